/** What faults of loads have in common: which loads they strike. */
import type { Injection, Levers } from '../../sim/fault.ts';
import { defineParams } from '../../sim/params.ts';

export const LOAD_PARAMS = defineParams({
  load: { type: 'text', doc: 'The load it strikes; all of them without it.', optional: true },
});

/** Why there is no such load to strike, as a sentence for the user; null if there is one. */
export function refuseLoad(
  name: string | undefined,
  loads: readonly string[] | undefined,
): string | null {
  if (loads === undefined) return null;
  if (loads.length === 0) return 'there is no load to change: the scenario has no clients';
  if (name === undefined || loads.includes(name)) return null;
  return `there is no load ${name}, only ${loads.join(', ')}`;
}

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
