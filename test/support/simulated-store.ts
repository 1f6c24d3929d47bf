/**
 * Histories of toy databases: transactions over lists or registers at a level of isolation that
 * holds by construction. Micro-operations of several transactions interleave in time; each database
 * differs in when they look and when they write.
 */
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from './histories.ts';
import { randomOf } from './simulated-register.ts';

/**
 * - `strict-serializable`: everything at one moment between call and answer.
 * - `serializable`: the same, but transactions that only read see an old state.
 * - `snapshot-isolation`: reads see the state as it was at the beginning; of two that write the
 *   same key at once the second to commit is aborted.
 * - `read-committed`: each read sees what is committed at its moment; writes wait for the commit
 *   and lock their key, and who finds it locked is aborted.
 * - `read-uncommitted`: each micro-operation acts at its moment, and an abort takes nothing back.
 */
export type StoreIsolation =
  | 'strict-serializable'
  | 'serializable'
  | 'snapshot-isolation'
  | 'read-committed'
  | 'read-uncommitted';

export interface StoreLoad {
  readonly seed: number;
  readonly datatype: 'list-append' | 'rw-register';
  readonly isolation: StoreIsolation;
  readonly transactions: number;
  readonly processes: number;
  /** Keys in use at a time. Default 10. */
  readonly keys?: number;
  /** A key is left for a new one after so many writes. Default 256. */
  readonly writesPerKey?: number;
  /** Micro-operations at most. Default 5. */
  readonly longest?: number;
  /** Shares of transactions that abort of themselves, and whose client never hears. Default 1%. */
  readonly aborts?: number;
  readonly unknown?: number;
}

interface Step {
  readonly write: boolean;
  readonly key: number;
  readonly value: number;
  read: Plain;
}

interface Planned {
  readonly process: number;
  readonly from: number;
  readonly to: number;
  readonly steps: readonly Step[];
  readonly lag: number;
  readonly unknown: boolean;
  aborted: boolean;
  begun: number;
}

export function simulateStore(load: StoreLoad): History {
  const planned = plan(load);
  const store = new Store(load);
  for (const { t, step } of agenda(planned, load)) store.run(t, step);
  const write = load.datatype === 'list-append' ? 'append' : 'w';
  return historyOf(
    planned.map((t): OperationSketch => {
      const asked = t.steps.map(({ write: w, key, value }) =>
        w ? [write, key, value] : ['r', key, null],
      );
      const answered = t.steps.map(({ write: w, key, value, read }) =>
        w ? [write, key, value] : ['r', key, read],
      );
      const outcome = t.unknown ? 'info' : t.aborted ? 'fail' : 'ok';
      const { process, from, to } = t;
      return { process, f: 'txn', key: null, input: asked, output: answered, from, to, outcome };
    }),
  );
}

function plan(load: StoreLoad): Planned[] {
  const { seed, transactions, processes, keys = 10, writesPerKey = 256, longest = 5 } = load;
  const { aborts = 0.01, unknown = 0.01, isolation } = load;
  const random = randomOf(seed);
  const active = Array.from({ length: keys }, (_, i) => i);
  const written = new Map<number, number>();
  let newest = keys;
  const clients = Array.from({ length: processes }, (_, process) => ({ process, free: process }));
  let nextProcess = processes;
  const planned: Planned[] = [];
  for (let i = 0; i < transactions; i++) {
    const client = clients.reduce((a, b) => (b.free < a.free ? b : a));
    const from = client.free + 1 + Math.floor(40 * random());
    const to = from + 20 + Math.floor(200 * random());
    const steps = Array.from({ length: 1 + Math.floor(longest * random()) }, (): Step => {
      // Each key is used about as often as all that come after it together.
      const place = Math.min(keys - 1, Math.clz32(Math.floor(random() * 0x1_0000_0000)));
      const key = active[place] ?? 0;
      if (random() < 0.5) return { write: false, key, value: 0, read: null };
      const value = (written.get(key) ?? 0) + 1;
      written.set(key, value);
      if (value === writesPerKey) active[place] = newest++;
      return { write: true, key, value, read: null };
    });
    const lost = random() < unknown;
    const aborted = random() < aborts;
    const reads = steps.every(({ write }) => !write);
    const lag = isolation === 'serializable' && reads ? Math.floor(2000 * random()) : 0;
    const { process } = client;
    planned.push({ process, from, to, steps, lag, unknown: lost, aborted, begun: 0 });
    client.free = to;
    if (lost) client.process = nextProcess++;
  }
  return planned;
}

/** What happens, in order: -1 begins a transaction, its number of steps commits it. */
function agenda(
  planned: readonly Planned[],
  { isolation, seed }: StoreLoad,
): readonly { readonly t: Planned; readonly step: number }[] {
  const random = randomOf(seed ^ 0x5eed);
  const atOnce = isolation === 'strict-serializable' || isolation === 'serializable';
  const events = planned.flatMap((t, number) => {
    const commit = t.from + 1 + (t.to - t.from - 2) * (0.5 + 0.5 * random());
    const span = commit - t.from - 1;
    return Array.from({ length: t.steps.length + 2 }, (_, i) => {
      const at = atOnce ? commit : t.from + 1 + (span * i) / (t.steps.length + 1);
      return { at, number, step: i - 1, t };
    });
  });
  return events.sort((a, b) => a.at - b.at || a.number - b.number || a.step - b.step);
}

function readsOneSnapshot(isolation: StoreIsolation): boolean {
  return isolation === 'snapshot-isolation' || isolation === 'serializable';
}

class Store {
  readonly #load: StoreLoad;
  /** Of each key everything that was ever written, and when. */
  readonly #logs = new Map<number, { readonly seq: number; readonly value: number }[]>();
  /** What a transaction has written and not committed. */
  readonly #own = new Map<Planned, Step[]>();
  readonly #locks = new Map<number, Planned>();
  #seq = 0;

  constructor(load: StoreLoad) {
    this.#load = load;
  }

  run(t: Planned, at: number): void {
    this.#seq++;
    const { isolation } = this.#load;
    if (at < 0) {
      t.begun = this.#seq;
      this.#own.set(t, []);
      return;
    }
    const step = t.steps[at];
    if (step === undefined) {
      this.#commit(t);
      return;
    }
    const own = this.#own.get(t) ?? [];
    if (step.write) {
      if (isolation === 'read-uncommitted') this.#install(step);
      else if (isolation === 'read-committed' && !this.#lock(t, step.key)) t.aborted = true;
      else own.push(step);
      return;
    }
    const snapshot = readsOneSnapshot(isolation) ? t.begun - t.lag : this.#seq;
    step.read = this.#read(step.key, snapshot, own);
  }

  #lock(t: Planned, key: number): boolean {
    const holder = this.#locks.get(key) ?? t;
    if (holder === t) this.#locks.set(key, t);
    return holder === t;
  }

  #read(key: number, seq: number, own: readonly Step[]): Plain {
    const log = this.#logs.get(key) ?? [];
    let count = log.length;
    while (count > 0 && (log[count - 1]?.seq ?? 0) > seq) count--;
    const mine = own.filter((step) => step.key === key).map(({ value }) => value);
    if (this.#load.datatype === 'rw-register') return mine.at(-1) ?? log[count - 1]?.value ?? null;
    const seen = log.slice(0, count).map(({ value }) => value);
    return seen.length + mine.length === 0 ? null : [...seen, ...mine];
  }

  #commit(t: Planned): void {
    const own = this.#own.get(t) ?? [];
    this.#own.delete(t);
    for (const [key, holder] of this.#locks) if (holder === t) this.#locks.delete(key);
    if (this.#load.isolation === 'snapshot-isolation') {
      const late = own.some(({ key }) => (this.#logs.get(key)?.at(-1)?.seq ?? 0) > t.begun);
      if (late) t.aborted = true;
    }
    if (t.aborted) return;
    for (const step of own) this.#install(step);
  }

  #install({ key, value }: Step): void {
    const log = this.#logs.get(key);
    if (log === undefined) this.#logs.set(key, [{ seq: this.#seq, value }]);
    else log.push({ seq: this.#seq, value });
  }
}
