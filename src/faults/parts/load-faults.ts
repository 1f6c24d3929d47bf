/** What faults of loads have in common: which loads they strike. */
import type { Injection, Levers } from '../../sim/fault.ts';
import { defineParams } from '../../sim/params.ts';

export const LOAD_PARAMS = defineParams({
  load: {
    type: 'text',
    doc: 'The load it strikes; all that ask nodes of `of` without it.',
    optional: true,
  },
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

/**
 * Pulls a lever for each load of a name, or for all that ask one of the fault's nodes; null if
 * there is none.
 */
export function strikeLoads(
  levers: Levers,
  name: string | undefined,
  pull: (load: string) => void,
  how: string,
): Injection | null {
  const of = new Set(levers.of.map(({ id }) => id));
  const loads = levers.loads
    .filter((load) => {
      return name === undefined ? load.targets.some((node) => of.has(node)) : load.name === name;
    })
    .map((load) => load.name);
  if (loads.length === 0) return null;
  for (const load of loads) pull(load);
  return { label: `${loads.join(' ')} ${how}`, sides: [], detail: { loads } };
}
