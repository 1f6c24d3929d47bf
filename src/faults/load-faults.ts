/** What faults of loads have in common: which loads they strike. Not listed. */
import type { Injection, Levers } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';

export const LOAD_PARAMS = defineParams({
  load: { type: 'text', doc: 'The load it strikes; all of them without it.', optional: true },
});

/** Pulls a lever for each load of a name, or for all; null if there is none. */
export function strikeLoads(
  levers: Levers,
  name: string | undefined,
  pull: (load: string) => void,
  how: string,
): Injection | null {
  const loads = levers.loads
    .map((load) => load.name)
    .filter((load) => name === undefined || load === name);
  if (loads.length === 0) return null;
  for (const load of loads) pull(load);
  return { label: `${loads.join(' ')} ${how}`, sides: [], detail: { loads } };
}
