/**
 * A history of registers as numbers: which operations observe, which set, and which writes may have
 * been seen. What every check of the hierarchy below sequential consistency reads.
 *
 * Operations are numbered in the order of the history, without those that certainly did not happen
 * (`fail`) and open reads, which saw nothing. A compare-and-set that succeeded both observes and
 * sets. The order of one process is that of its invocations.
 */
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { identityOf } from '../search/identity.ts';

/** A source of a read: the value that every key starts with. */
export const INITIAL = -1;
/** No source: nothing was observed, or nobody knows yet what. */
export const NOTHING = -2;

/** The operations that registers know. */
export const REGISTER_OPERATIONS: readonly string[] = ['read', 'write', 'cas'];

export interface RegisterConventions {
  /** What a key that was never written reads as. Default null. */
  readonly initial?: Plain;
  /** How a refused compare-and-set is read, as in `models/register.ts`. Default `ignored`. */
  readonly failedCas?: 'ignored' | 'observation';
  /** Operations on one key of different objects are independent. Default: one object. */
  readonly objectOf?: (operation: Operation) => string;
}

export class RegisterHistory {
  readonly operations: readonly Operation[];
  readonly size: number;
  /** Dense number of the process, by operation. */
  readonly process: Int32Array;
  /** The operations of each process, in their order; open ones, which bind no others, last. */
  readonly processes: readonly (readonly number[])[];
  /** Dense number of the key, by operation; and the keys as written. */
  readonly key: Int32Array;
  readonly keys: readonly (string | null)[];
  /** 1 if it observes a value, if it sets one, if nobody knows whether it happened. */
  readonly observes: Uint8Array;
  readonly sets: Uint8Array;
  readonly open: Uint8Array;
  /** The last operation of the process before this one that observes, that sets; or -1. */
  readonly lastRead: Int32Array;
  readonly lastWrite: Int32Array;
  /**
   * What an operation may have seen, the most likely first: writes by number, or `INITIAL`. Empty
   * where it observes nothing, or nothing fits.
   */
  readonly sources: readonly (readonly number[])[];

  constructor(history: History, conventions: RegisterConventions = {}) {
    const { failedCas = 'ignored' } = conventions;
    this.operations = history.filter((operation) => takesPart(operation, failedCas));
    this.size = this.operations.length;
    this.process = new Int32Array(this.size);
    this.key = new Int32Array(this.size);
    this.observes = new Uint8Array(this.size);
    this.sets = new Uint8Array(this.size);
    this.open = new Uint8Array(this.size);
    this.lastRead = new Int32Array(this.size).fill(-1);
    this.lastWrite = new Int32Array(this.size).fill(-1);
    this.keys = this.#numberKeys(conventions.objectOf ?? (() => ''));
    for (let o = 0; o < this.size; o++) this.#classify(o);
    this.processes = this.#chain();
    this.sources = this.#findSources(conventions.initial ?? null);
  }

  /** The value that an operation observed, or that a compare-and-set must not have found. */
  valueSeen(o: number): Plain {
    const { f, input, output } = this.operations[o]!;
    return f === 'cas' ? pair(input)[0] : output;
  }

  valueSet(o: number): Plain {
    const { f, input } = this.operations[o]!;
    return f === 'cas' ? pair(input)[1] : input;
  }

  /** Whether it observed that a value was *not* there: a refused compare-and-set. */
  refutes(o: number): boolean {
    return this.observes[o] === 1 && this.operations[o]!.f === 'cas' && this.sets[o] === 0;
  }

  #classify(o: number): void {
    const operation = this.operations[o]!;
    const refused = isRefusal(operation);
    if (operation.f !== 'write') this.observes[o] = 1;
    if (operation.f === 'write' || (operation.f === 'cas' && !refused)) this.sets[o] = 1;
    if (operation.outcome === 'info') this.open[o] = 1;
  }

  #numberKeys(objectOf: (operation: Operation) => string): readonly (string | null)[] {
    const numbers = new Map<string, number>();
    const keys: (string | null)[] = [];
    for (let o = 0; o < this.size; o++) {
      const operation = this.operations[o]!;
      const name = JSON.stringify([objectOf(operation), operation.key]);
      let number = numbers.get(name);
      if (number === undefined) {
        number = keys.length;
        numbers.set(name, number);
        keys.push(operation.key);
      }
      this.key[o] = number;
    }
    return keys;
  }

  #chain(): readonly (readonly number[])[] {
    const numbers = new Map<number, number>();
    const processes: number[][] = [];
    const read: number[] = [];
    const written: number[] = [];
    const late: number[][] = [];
    for (let o = 0; o < this.size; o++) {
      const { process } = this.operations[o]!;
      let p = numbers.get(process);
      if (p === undefined) {
        p = processes.length;
        numbers.set(process, p);
        processes.push([]);
        late.push([]);
        read.push(-1);
        written.push(-1);
      }
      this.process[o] = p;
      this.lastRead[o] = read[p]!;
      this.lastWrite[o] = written[p]!;
      // An open one may take effect after whatever its client did next.
      if (this.open[o] === 1) {
        late[p]!.push(o);
        continue;
      }
      if (this.observes[o] === 1) read[p] = o;
      if (this.sets[o] === 1) written[p] = o;
      processes[p]!.push(o);
    }
    return processes.map((closed, p) => [...closed, ...late[p]!]);
  }

  #findSources(initial: Plain): readonly (readonly number[])[] {
    const setters = new Map<string, number[]>();
    const byKey: number[][] = this.keys.map(() => []);
    for (let o = 0; o < this.size; o++) {
      if (this.sets[o] === 0) continue;
      const name = nameOf(this.key[o]!, this.valueSet(o));
      const others = setters.get(name);
      if (others === undefined) setters.set(name, [o]);
      else others.push(o);
      byKey[this.key[o]!]!.push(o);
    }
    const start = identityOf(initial);
    return Array.from(this.operations, (_, o) => {
      if (this.observes[o] === 0) return [];
      const seen = identityOf(this.valueSeen(o));
      const refutes = this.refutes(o);
      const found = refutes
        ? byKey[this.key[o]!]!.filter((w) => identityOf(this.valueSet(w)) !== seen)
        : (setters.get(nameOf(this.key[o]!, this.valueSeen(o))) ?? []);
      const writes = this.#byLikelihood(o, found);
      const atStart = refutes ? start !== seen : start === seen;
      if (!atStart) return writes;
      const { completedAtUs } = this.operations[o]!;
      const past = writes.filter((w) => this.operations[w]!.invokedAtUs <= completedAtUs);
      return [...past, INITIAL, ...writes.slice(past.length)];
    });
  }

  /** Writes that had begun when the read was over, the latest first; then those of the future. */
  #byLikelihood(o: number, found: readonly number[]): readonly number[] {
    if (found.length <= 1) return found[0] === o ? [] : found;
    const { completedAtUs } = this.operations[o]!;
    const isPast = (w: number) => this.operations[w]!.invokedAtUs <= completedAtUs;
    const others = found.filter((w) => w !== o);
    return [...others.filter(isPast).reverse(), ...others.filter((w) => !isPast(w))];
  }
}

/** The first operation that registers do not know, or null. */
export function strangerIn(history: History): Operation | null {
  return history.find(({ f }) => !REGISTER_OPERATIONS.includes(f)) ?? null;
}

function takesPart(operation: Operation, failedCas: 'ignored' | 'observation'): boolean {
  const { f, outcome, error } = operation;
  if (outcome === 'ok') return true;
  if (outcome === 'info') return f !== 'read';
  return (
    failedCas === 'observation' &&
    f === 'cas' &&
    (error === null || error === 'precondition-failed')
  );
}

function isRefusal({ f, outcome, output }: Operation): boolean {
  return f === 'cas' && (outcome === 'fail' || (outcome === 'ok' && output === false));
}

function nameOf(key: number, value: Plain): string {
  const id = identityOf(value);
  return typeof id === 'number' ? `${key}#${id}` : `${key}:${id}`;
}

function pair(input: Plain): readonly [Plain, Plain] {
  return Array.isArray(input) ? [input[0] ?? null, input[1] ?? null] : [null, null];
}
