/**
 * Histories of a simulated register: each operation takes effect at one moment between its call and
 * its answer, so they are linearizable by construction; with planted mistakes they are not, or may
 * not be.
 */
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from './histories.ts';

export interface SimulatedLoad {
  readonly seed: number;
  readonly operations: number;
  /** Clients; one whose operation ends unknown goes on as a new process. */
  readonly processes: number;
  readonly keys?: number;
  /**
   * Values written are 1..values. Default 0: each value is written once, and a compare-and-set
   * expects one of the last four that were sent to its key.
   */
  readonly values?: number;
  /** Shares of operations. Default half reads, half writes, no compare-and-sets. */
  readonly reads?: number;
  readonly cas?: number;
  /** Share of operations that end unknown. Default 0. */
  readonly unknown?: number;
  /** Operations invoked in this stretch, as shares of the run, mostly end unknown. */
  readonly partition?: { readonly from: number; readonly until: number; readonly unknown: number };
  /** Mean time of an operation, in µs. Default 10 000. */
  readonly meanUs?: number;
}

/**
 * A small generator of its own, so that these histories never change (mulberry32, Tommy Ettinger,
 * public domain).
 */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Planned {
  readonly process: number;
  readonly f: string;
  readonly key: string;
  readonly input: Plain;
  readonly from: number;
  readonly to: number;
  /** When it takes effect; Infinity is never. */
  readonly at: number;
  readonly unknown: boolean;
  output: Plain;
  refused: boolean;
}

/** A linearizable history. */
export function simulateRegister(load: SimulatedLoad): History {
  const planned = plan(load);
  const values = new Map<string, Plain>();
  for (const one of [...planned].sort((a, b) => a.at - b.at || a.from - b.from)) {
    if (one.at === Infinity) continue;
    const value = values.get(one.key) ?? null;
    if (one.f === 'read') one.output = value;
    else if (one.f === 'write') values.set(one.key, one.input);
    else if (Array.isArray(one.input) && one.input[0] === value) {
      values.set(one.key, one.input[1] ?? null);
    } else one.refused = true;
  }
  return historyOf(planned.map(sketchOf));
}

function plan(load: SimulatedLoad): Planned[] {
  const { seed, operations, processes, keys = 1, values = 0, unknown = 0, meanUs = 10_000 } = load;
  const { reads = 0.5, cas = 0, partition } = load;
  const random = randomOf(seed);
  const clocks = Array.from({ length: processes }, () => random() * meanUs);
  const names = clocks.map((_, i) => i);
  const expectedUs = (operations / processes) * 1.5 * meanUs;
  const planned: Planned[] = [];
  let fresh = 0;
  const value = () => (values === 0 ? ++fresh : 1 + Math.floor(random() * values));
  const sent = new Map<string, number[]>();
  for (let i = 0; i < operations; i++) {
    const client = clocks.indexOf(Math.min(...clocks));
    const from = Math.floor(clocks[client] ?? 0);
    const share = from / expectedUs;
    const cut = partition !== undefined && share >= partition.from && share < partition.until;
    const lost = random() < (cut ? partition.unknown : unknown);
    const tookUs = 1 + Math.floor(-Math.log(1 - random()) * meanUs);
    const to = from + tookUs;
    const dice = random();
    const f = dice < reads ? 'read' : dice < reads + cas ? 'cas' : 'write';
    const key = `k${Math.floor(random() * keys)}`;
    const recent = sent.get(key) ?? [];
    const expected = () =>
      values === 0
        ? (recent[Math.max(0, recent.length - 1 - Math.floor(random() * 4))] ?? null)
        : value();
    const input = f === 'read' ? null : f === 'write' ? value() : [expected(), value()];
    if (f !== 'read') sent.set(key, [...recent.slice(-3), fresh]);
    const late = random() < 0.5 ? Infinity : to + random() * expectedUs * 0.2;
    planned.push({
      process: names[client] ?? 0,
      f,
      key,
      input,
      from,
      to,
      at: lost && random() < 0.7 ? late : from + random() * tookUs,
      unknown: lost,
      output: null,
      refused: false,
    });
    clocks[client] = to + 1 + Math.floor(random() * meanUs);
    if (lost) names[client] = processes + i;
  }
  return planned;
}

function sketchOf(one: Planned): OperationSketch {
  const { process, f, key, input, from, to, output } = one;
  const outcome = one.unknown ? 'info' : one.refused ? 'fail' : 'ok';
  const error = outcome === 'fail' ? 'precondition-failed' : null;
  return { process, f, key, input, output, from, to, outcome, error };
}
