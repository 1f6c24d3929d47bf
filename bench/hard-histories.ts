/**
 * Twenty histories of one register, of the size and hardness of the etcd logs that Porcupine is
 * tested with: five values, a third each of reads, writes and compare-and-sets, 150 to 170 events,
 * up to twenty operations that never ended, and in three of four one read that was given another
 * value. The usual search (`baseline-linearizable.ts`) takes from a tenth of a millisecond to a
 * fifth of a second for them, evenly on a logarithmic scale; most logs are easy, and some are not.
 */
import type { History } from '../src/sim/history.ts';
import { randomOf, simulateRegister } from '../test/support/simulated-register.ts';

export interface HardHistory {
  readonly seed: number;
  readonly operations: number;
  readonly processes: number;
  /** Share of operations that end unknown. */
  readonly unknown: number;
}

/** The easiest for the usual search first. */
export const hardHistories: readonly HardHistory[] = [
  { seed: 281, operations: 88, processes: 5, unknown: 0.1 },
  { seed: 347, operations: 92, processes: 10, unknown: 0.15 },
  { seed: 110, operations: 88, processes: 5, unknown: 0.1 },
  { seed: 321, operations: 92, processes: 10, unknown: 0.15 },
  { seed: 37, operations: 88, processes: 5, unknown: 0.1 },
  { seed: 167, operations: 88, processes: 5, unknown: 0.1 },
  { seed: 194, operations: 88, processes: 5, unknown: 0.1 },
  { seed: 125, operations: 92, processes: 10, unknown: 0.15 },
  { seed: 106, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 169, operations: 92, processes: 10, unknown: 0.15 },
  { seed: 37, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 345, operations: 92, processes: 20, unknown: 0.12 },
  { seed: 25, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 335, operations: 92, processes: 20, unknown: 0.12 },
  { seed: 259, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 38, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 171, operations: 90, processes: 5, unknown: 0.15 },
  { seed: 56, operations: 92, processes: 20, unknown: 0.12 },
  { seed: 94, operations: 92, processes: 10, unknown: 0.15 },
  { seed: 154, operations: 92, processes: 10, unknown: 0.15 },
];

export function historyOfHard({ seed, operations, processes, unknown }: HardHistory): History {
  const shares = { values: 5, reads: 1 / 3, cas: 1 / 3 };
  const history = [...simulateRegister({ seed, operations, processes, unknown, ...shares })];
  const random = randomOf(seed);
  const reads = history.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const changed = reads[Math.floor((0.5 + 0.5 * random()) * reads.length)];
  if (seed % 4 === 0 || changed === undefined) return history;
  const output = 1 + Math.floor(5 * random());
  history[changed.index] = { ...changed, output };
  return history;
}
