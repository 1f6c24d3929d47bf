/**
 * Histories of weak stores, each of a known level by the way it works, for tests of the hierarchy.
 * One process a replica; every value is written once.
 */
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from './histories.ts';
import { randomOf } from './simulated-register.ts';

/**
 * How replicas come by each other's writes:
 * - `log`: there is one log; a replica applies it late, but up to its own write before it answers.
 *   Sequentially consistent.
 * - `last-writer`: each replica takes what the others wrote, in the order of writing but late, and
 *   keeps the later written. Causally convergent and causal.
 * - `first-come`: each replica takes the writes of each other in their order, but as they come, and
 *   keeps what came last. PRAM, and no more.
 */
export type Replication = 'log' | 'last-writer' | 'first-come';

export interface WeakLoad {
  readonly seed: number;
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  /** How late writes arrive, in operations; of `first-come`, of the reader's own. */
  readonly lag: number;
  /** Share of writes of unknown outcome: their process ends. Default 0. */
  readonly unknown?: number;
}

interface Written {
  readonly key: string;
  readonly value: Plain;
  readonly number: number;
  readonly replica: number;
  readonly at: number;
}

/** Operations are 10 µs apart and take 5. */
export function simulateWeak(replication: Replication, load: WeakLoad): History {
  const { seed, operations, processes, keys, lag, unknown = 0 } = load;
  const random = randomOf(seed);
  const below = (n: number) => Math.floor(random() * n);
  const names = Array.from({ length: processes }, (_, i) => i);
  const replicas = names.map((own) => new Replica(replication, own, processes, lag));
  const written: Written[] = [];
  const sketches: OperationSketch[] = [];
  for (let i = 0; i < operations; i++) {
    const p = below(processes);
    const key = `k${below(keys)}`;
    const replica = replicas[p] as Replica;
    const times = { process: names[p] ?? p, key, from: 10 * i, to: 10 * i + 5 };
    replica.catchUp(written, i, random);
    if (random() < 0.5) {
      sketches.push({ ...times, f: 'read', output: replica.values.get(key)?.value ?? null });
      continue;
    }
    const write = { key, value: i + 1, number: written.length, replica: p, at: i };
    written.push(write);
    replica.own(written, write);
    const lost = random() < unknown;
    sketches.push({ ...times, f: 'write', input: i + 1, outcome: lost ? 'info' : 'ok' });
    if (lost) names[p] = processes + i;
  }
  return historyOf(sketches);
}

class Replica {
  readonly values = new Map<string, Written>();
  readonly #replication: Replication;
  readonly #own: number;
  /**
   * How many writes of each replica have been applied; of the log as a whole, in the first place.
   */
  readonly #applied: number[];
  readonly #lag: number;

  constructor(replication: Replication, own: number, replicas: number, lag: number) {
    this.#replication = replication;
    this.#own = own;
    this.#applied = new Array<number>(replicas).fill(0);
    this.#lag = lag;
  }

  catchUp(written: readonly Written[], now: number, random: () => number): void {
    if (this.#replication !== 'first-come') {
      const late = this.#lag * (0.2 + this.#own / this.#applied.length);
      let until = this.#applied[0] ?? 0;
      while (until < written.length && (written[until] as Written).at + late <= now) until++;
      this.#applyUntil(written, until);
      return;
    }
    for (const from of this.#applied.keys()) {
      const queue = written.filter(({ replica }) => replica === from).slice(this.#applied[from]);
      for (const write of queue) {
        if (from === this.#own || random() > 1 / this.#lag) break;
        this.#applied[from] = (this.#applied[from] ?? 0) + 1;
        this.values.set(write.key, write);
      }
    }
  }

  own(written: readonly Written[], write: Written): void {
    if (this.#replication === 'log') this.#applyUntil(written, written.length);
    else this.values.set(write.key, write);
  }

  #applyUntil(written: readonly Written[], until: number): void {
    for (let i = this.#applied[0] ?? 0; i < until; i++) {
      const write = written[i] as Written;
      const before = this.values.get(write.key);
      if (before === undefined || before.number < write.number) this.values.set(write.key, write);
    }
    this.#applied[0] = Math.max(this.#applied[0] ?? 0, until);
  }
}
