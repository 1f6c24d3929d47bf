/**
 * The coordination workload: clients make, change, delete and read small nodes, each with a lease
 * of its own, and set watches with some of their reads. An event is recorded in the history when it
 * comes.
 *
 * Keys are nodes below the root: `k1` is `/k1`. A set names the version that its client has seen
 * last, if it knows one, half of the time. Final reads read all keys.
 */
import coordination from '../interfaces/coordination.ts';
import { CallError, type Flow } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import type { Reply } from '../sim/rpc.ts';
import { CoordinationLease, type Fired } from './parts/coordination-lease.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { leaseParams } from './parts/lease-params.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from './workload.ts';

const params = defineParams({
  keys: { type: 'integer', doc: 'How many nodes, `/k1` and up.', default: 3, min: 1 },
  reads: { type: 'ratio', doc: 'Share of reads.', default: 0.5, min: 0, max: 1 },
  watches: {
    type: 'ratio',
    doc: 'Of the reads, the share that sets a watch.',
    default: 0.3,
    min: 0,
    max: 1,
  },
  deletes: {
    type: 'ratio',
    doc: 'Of the changes, the share of deletions.',
    default: 0.1,
    min: 0,
    max: 1,
  },
  ...leaseParams,
});

type CoordinationParams = Params<typeof params>;

export default defineWorkload({
  name: 'coordination',
  summary: 'Makes, changes, deletes, reads and watches small nodes, under leases.',
  params,
  asks: coordination,
  operations: ['create', 'get', 'set', 'delete', 'exists'],
  tell: (f, input, output) => {
    const asked = f === 'set' || f === 'create' ? ` ${JSON.stringify(input)}` : '';
    return output === undefined || output === null
      ? f + asked
      : `${f}${asked} → ${JSON.stringify(output)}`;
  },
  generator: (given) => new CoordinationGenerator(given),
  act: (given) => new CoordinationActor(given),
  outputOf,
});

function outputOf(f: string, reply: Reply): Plain {
  switch (f) {
    case 'get': {
      const { value, version } = reply as ReplyOf<typeof coordination, 'get'>;
      return [value, version];
    }
    case 'set':
    case 'exists':
      return (reply as ReplyOf<typeof coordination, 'exists'>).version;
    default:
      return f === 'create' ? 0 : null;
  }
}

class CoordinationGenerator implements Generator {
  readonly #given: CoordinationParams;
  readonly #finals: FinalPositions;
  /** The versions that each process has seen, by key. */
  readonly #versions = new Map<string, number>();
  #value = 0;

  constructor(given: CoordinationParams) {
    this.#given = given;
    this.#finals = new FinalPositions(given.keys);
  }

  next(process: number, random: Random): Invocation {
    const { keys, reads, watches, deletes } = this.#given;
    const key = `k${random.int(1, keys)}`;
    if (random.chance(reads))
      return readOf(random.chance(0.5) ? 'get' : 'exists', key, random.chance(watches));
    const version = random.chance(0.5) ? this.#versions.get(`${process} ${key}`) : undefined;
    const at = version === undefined ? {} : { version };
    if (random.chance(deletes)) {
      const request = { type: 'delete', path: `/${key}`, ...at };
      return { f: 'delete', key, input: version ?? null, request };
    }
    const value = ++this.#value;
    if (random.chance(0.3)) {
      return {
        f: 'create',
        key,
        input: value,
        request: { type: 'create', path: `/${key}`, value },
      };
    }
    const request = { type: 'set', path: `/${key}`, value, ...at };
    return { f: 'set', key, input: [value, version ?? null], request };
  }

  heard(process: number, { f, key }: Invocation, outcome: OperationOutcome, output: Plain): void {
    if (outcome !== 'ok') return;
    const version = f === 'get' && Array.isArray(output) ? (output[1] as Plain) : output;
    if (f !== 'delete' && typeof version === 'number')
      this.#versions.set(`${process} ${key}`, version);
  }

  last(process: number): Invocation | null {
    const i = this.#finals.next(process);
    return i === null ? null : readOf('exists', `k${i + 1}`, false);
  }
}

function readOf(f: 'get' | 'exists', key: string, watch: boolean): Invocation {
  const input = watch ? { watch: true } : null;
  return { f, key, input, request: { type: f, path: `/${key}`, ...(watch ? { watch } : {}) } };
}

class CoordinationActor implements Actor {
  readonly #lease: CoordinationLease;
  readonly #watched = new Map<string, (fired: Fired) => void>();

  constructor(given: CoordinationParams) {
    this.#lease = new CoordinationLease(given);
    this.#lease.onEvent = (ctx, path, { what }, from) => {
      ctx.record('event', path.slice(1), null, what, from);
    };
  }

  start(ctx: ActorContext): Flow {
    return this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext, what: Invocation): Flow<Plain> {
    const { f, request } = what;
    const outcome =
      request['watch'] === true
        ? yield* this.#lease.watch(ctx, request as never, this.#onFired(ctx, what))
        : yield* this.#lease.ask(ctx, request);
    if (outcome.ok) return outputOf(f, outcome.reply);
    const { code, text } = outcome;
    const error = new CallError(code, ctx.target, outcome.from, text);
    throw error.definite ? new OperationFailed(code, error.message) : error;
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  /** With the lease all watches are gone: the client knows that it will hear nothing. */
  #onFired(ctx: ActorContext, { key }: Invocation): (fired: Fired) => void {
    const name = key as string;
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const fired = ({ what }: Fired) => {
      this.#watched.delete(name);
      if (what === 'lost') ctx.record('event', name, null, what);
    };
    this.#watched.set(name, fired);
    return fired;
  }
}
