/**
 * The register workload: read, write and compare-and-set of a few keys, each a register of its own.
 *
 * No value but null is written twice by one load, so that a read shows which write it saw. A
 * compare-and-set expects a value that was lately sent to its key, mostly the last one: many
 * succeed, some are refused.
 */
import { register as model } from '../checks/models/register.ts';
import register from '../interfaces/register.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { formatRatio } from '../sim/units.ts';
import { Keys } from './parts/keys.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  keys: {
    type: 'keys',
    doc: 'The keys, `k1` and up: their number, or how often each comes too. With more of them fewer operations meet on one.',
    default: 5,
    min: 1,
  },
  reads: {
    type: 'ratio',
    doc: 'Share of reads. Shares left out divide what the others leave in proportion 50 : 35 : 15.',
    optional: true,
    min: 0,
    max: 1,
  },
  writes: { type: 'ratio', doc: 'Share of writes.', optional: true, min: 0, max: 1 },
  cas: { type: 'ratio', doc: 'Share of compare-and-sets.', optional: true, min: 0, max: 1 },
  deletes: {
    type: 'ratio',
    doc: 'Of the writes, the share that deletes the key: it writes null.',
    default: 0,
    min: 0,
    max: 1,
  },
  fields: {
    type: 'integer',
    doc: 'Values are rows of this many fields, all of which change with each write; 0: plain numbers.',
    default: 0,
    min: 0,
    max: 100,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first value written; the next are one more each. Sets two loads on one store apart.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'register',
  summary: 'Reads, writes and compare-and-sets of a few keys.',
  params,
  asks: register,
  tell: model.describe,
  refuse,
  generator: (given) => new RegisterGenerator(given),
  outputOf: (f, reply) => (f === 'read' ? (reply as ReplyOf<typeof register, 'read'>).value : null),
});

/** Of shares that are left out, how much each gets of what is left. */
const PROPORTION = { reads: 50, writes: 35, cas: 15 } as const;

/** A compare-and-set expects one of this many latest values. */
const RECENT = 4;
/** How often it expects the last of them. */
const LAST_RATIO = 0.75;

class RegisterGenerator implements Generator {
  readonly #keys: Keys;
  /** By key, the values last sent, oldest first; `RECENT` at most. */
  readonly #recent = new Map<string, Plain[]>();
  readonly #reads: number;
  readonly #readsAndWrites: number;
  readonly #total: number;
  readonly #fields: number;
  readonly #deletes: number;
  #value: number;
  /** By process, the position of its next final read. */
  readonly #read = new Map<number, number>();

  constructor(given: Params<typeof params>) {
    this.#keys = new Keys(given.keys);
    const { reads, writes, cas } = sharesOf(given);
    this.#reads = reads;
    this.#readsAndWrites = reads + writes;
    this.#total = reads + writes + cas;
    this.#fields = given.fields;
    this.#deletes = given.deletes;
    this.#value = given['first-value'];
  }

  get firstKey(): string | undefined {
    return this.#keys.first;
  }

  get wasMoved(): boolean {
    return this.#keys.wasMoved;
  }

  next(_process: number, random: Random, heat?: string): Invocation | null {
    const drawn = this.#keys.next(random, heat);
    const choice = random.between(0, this.#total);
    const reads = choice < this.#reads;
    const key = this.#keys.instead(random, reads) ?? drawn;
    if (reads) return readOf(key);
    const recent = this.#recentOf(key);
    // There is nothing yet that a compare-and-set could expect.
    if (choice < this.#readsAndWrites || recent.length === 0) {
      const deletes = this.#deletes > 0 && random.chance(this.#deletes);
      return this.#write(key, deletes ? null : this.#newValue(), recent);
    }
    const last = random.chance(LAST_RATIO);
    const from = last ? recent[recent.length - 1] : random.pick(recent);
    return this.#cas(key, recent, from ?? null);
  }

  /** Each process reads every key once. */
  last(process: number, _random: Random): Invocation | null {
    const i = this.#read.get(process) ?? 0;
    if (i >= this.#keys.count) return null;
    this.#read.set(process, i + 1);
    return readOf(this.#keys.at(i));
  }

  #recentOf(key: string): Plain[] {
    let recent = this.#recent.get(key);
    if (recent === undefined) {
      recent = [];
      this.#recent.set(key, recent);
    }
    return recent;
  }

  #write(key: string, value: Plain, recent: Plain[]): Invocation {
    sentTo(recent, value);
    return { f: 'write', key, input: value, request: { type: 'write', key, value } };
  }

  #cas(key: string, recent: Plain[], from: Plain): Invocation {
    const to = this.#newValue();
    sentTo(recent, to);
    return { f: 'cas', key, input: [from, to], request: { type: 'cas', key, from, to } };
  }

  #newValue(): Plain {
    const n = this.#value++;
    return this.#fields === 0 ? n : rowOf(n, this.#fields);
  }
}

function sentTo(recent: Plain[], value: Plain): void {
  recent.push(value);
  if (recent.length > RECENT) recent.shift();
}

/** Every other field gets less, so that no order of values prefers all fields of one row. */
function rowOf(n: number, fields: number): Plain {
  return Object.fromEntries(
    Array.from({ length: fields }, (_, i) => [`f${i + 1}`, i % 2 === 0 ? n : ROW_SUM - n]),
  );
}

const ROW_SUM = 1_000_000;

function readOf(key: string): Invocation {
  return { f: 'read', key, input: null, request: { type: 'read', key } };
}

/** Drawn by weights, shares that do not add up would be others than those written. */
function refuse({ reads, writes, cas }: Params<typeof params>): string | null {
  const given = [reads, writes, cas].filter((share) => share !== undefined);
  const sum = given.reduce((total, share) => total + share, 0);
  const isPart = given.length < 3 && sum < 1;
  if (isPart || Math.abs(sum - 1) < TOLERANCE) return null;
  return `its shares of operations are ${formatRatio(sum)} together, and not 100%`;
}

/** Three shares of a third may be written with a few digits. */
const TOLERANCE = 0.001;

/** The shares as weights: those given as they are, the others out of what is left. */
function sharesOf(given: Params<typeof params>): { reads: number; writes: number; cas: number } {
  let left = 1;
  let parts = 0;
  for (const name of ['reads', 'writes', 'cas'] as const) {
    const share = given[name];
    if (share === undefined) parts += PROPORTION[name];
    else left -= share;
  }
  const of = (name: 'reads' | 'writes' | 'cas') =>
    given[name] ?? (Math.max(0, left) * PROPORTION[name]) / parts;
  return { reads: of('reads'), writes: of('writes'), cas: of('cas') };
}
