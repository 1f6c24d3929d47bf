/**
 * Transactions of a few steps on a few keys, each a read or a change, as Elle's generators make
 * them (Kingsbury & Alvaro 2020): what is written to one key is never written to it again, so that
 * a read shows which transaction it saw. A key rests once it has been changed often enough, and a
 * new one takes its place: lists stay short.
 */
import type { Plain, Random } from '../../sim/node.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import type { Generator, Invocation } from '../workload.ts';
import { FinalPositions } from './final-positions.ts';

export const transactionParams = defineParams({
  keys: {
    type: 'integer',
    doc: 'How many keys are in use at once.',
    default: 3,
    min: 1,
    max: 10_000,
  },
  steps: { type: 'integer', doc: 'The most steps of a transaction.', default: 4, min: 1, max: 100 },
  'writes-per-key': {
    type: 'integer',
    doc: 'Changes after which a key rests, and a new one takes its place.',
    default: 16,
    min: 1,
    max: 1_000_000,
  },
  reads: {
    type: 'ratio',
    doc: 'Share of steps that read; the others change.',
    default: 0.5,
    min: 0,
    max: 1,
  },
});

type Step = readonly [what: string, key: string, value: Plain];

interface Key {
  readonly name: string;
  /** How often it was changed; the last value written to it. */
  written: number;
}

export class TransactionGenerator implements Generator {
  readonly #change: string;
  readonly #given: Params<typeof transactionParams>;
  readonly #keys: Key[] = [];
  #made = 0;
  readonly #finals = new FinalPositions(1);

  /** `change` is the word for a step that changes: `append`, `w`. */
  constructor(change: string, given: Params<typeof transactionParams>) {
    this.#change = change;
    this.#given = given;
    for (let i = 0; i < given.keys; i++) this.#keys.push(this.#newKey());
  }

  next(_process: number, random: Random): Invocation {
    const steps: Step[] = [];
    for (let left = random.int(1, this.#given.steps); left > 0; left--) {
      const at = random.int(0, this.#keys.length - 1);
      const key = this.#keys[at];
      if (key === undefined) break;
      if (random.chance(this.#given.reads)) steps.push(['r', key.name, null]);
      else {
        key.written++;
        steps.push([this.#change, key.name, key.written]);
        if (key.written >= this.#given['writes-per-key']) this.#keys[at] = this.#newKey();
      }
    }
    return invocation(steps);
  }

  /** Each process reads all keys in use, in one transaction. */
  last(process: number): Invocation | null {
    if (this.#finals.next(process) === null) return null;
    return invocation(this.#keys.map(({ name }): Step => ['r', name, null]));
  }

  #newKey(): Key {
    this.#made++;
    return { name: `k${this.#made}`, written: 0 };
  }
}

function invocation(txn: readonly Step[]): Invocation {
  return { f: 'txn', key: null, input: txn, request: { type: 'txn', txn } };
}

/** `append k1 3, read k2 → [1 2]`. */
export function tellSteps(_f: string, input: Plain, output: Plain | undefined): string {
  const steps = (output ?? input) as readonly Step[];
  return steps
    .map(([what, key, value]) => {
      if (what === 'r')
        return output === undefined ? `read ${key}` : `read ${key} → ${shown(value)}`;
      return `${what === 'w' ? 'write' : what} ${key} ${shown(value)}`;
    })
    .join(', ');
}

function shown(value: Plain): string {
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
}
