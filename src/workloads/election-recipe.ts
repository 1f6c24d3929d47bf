/**
 * The election recipe: clients elect one of them to lead, out of the tree of a coordination service
 * (Hunt et al. 2010, ZooKeeper, section 2.4, "leader election"; the `LeaderSelector` of Curator,
 * the election of etcd's concurrency package).
 *
 * It is the lock recipe with another aim: whoever has the first node leads, for a reign, and does
 * the work of the leader by writes that show its token; then it resigns. A leader whose lease is
 * over by its own clock steps down by itself, for the next one leads when the service has ended the
 * lease. The token is the term, and clients announce the roles that they take, so that the metrics
 * of leaders are those of any other election.
 *
 * The operations are those of the interface `lock`: `acquire` is a campaign, `release` a
 * resignation.
 */
import coordination from '../interfaces/coordination.ts';
import lock from '../interfaces/lock.ts';
import type { Flow } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { ROLE_NOTE } from '../sim/trace.ts';
import { CoordinationLease } from './parts/coordination-lease.ts';
import { leaseParams } from './parts/lease-params.ts';
import { SequenceLock } from './parts/sequence-lock.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from './workload.ts';

const params = defineParams({
  store: {
    type: 'nodes',
    doc: 'Where the leader writes, under its token. Without it a leader only reigns.',
    optional: true,
  },
  writes: {
    type: 'integer',
    doc: 'How many writes a leader makes before it resigns.',
    default: 10,
    min: 1,
  },
  work: {
    type: 'distribution',
    doc: 'How long a leader works before each write.',
    default: { kind: 'constant', value: 100 },
  },
  'check-lease': {
    type: 'boolean',
    doc: 'Whether a leader steps down when its lease is over by its own clock. Without, two lead.',
    default: true,
  },
  ...leaseParams,
});

type ElectionParams = Params<typeof params>;

const KEY = 'leader';

export default defineWorkload({
  name: 'election-recipe',
  summary: 'Elects one of the clients to lead, out of sequence nodes, leases and watches.',
  params,
  asks: lock,
  speaks: coordination,
  operations: ['acquire', 'write', 'release'],
  tell(f, input, output) {
    if (f === 'write') return `write ${JSON.stringify(input)}`;
    const word = f === 'acquire' ? 'campaigns' : 'resigns';
    return output === undefined || output === null ? word : `${word} ${JSON.stringify(output)}`;
  },
  generator: (given) => new ElectionGenerator(given),
  act: (given) => new ElectionActor(given),
  outputOf: () => null,
});

class ElectionGenerator implements Generator {
  readonly #given: ElectionParams;
  /** By process that leads: its token, and the writes that are left. */
  readonly #reigns = new Map<number, { readonly token: Plain; writesLeft: number }>();
  #value = 0;

  constructor(given: ElectionParams) {
    this.#given = given;
  }

  next(process: number, _random: Random): Invocation {
    const reign = this.#reigns.get(process);
    if (reign === undefined) return invocation('acquire', null, {});
    const { token, writesLeft } = reign;
    if (writesLeft > 0) {
      const value = ++this.#value;
      return invocation('write', [token, value], { token, value });
    }
    this.#reigns.delete(process);
    return invocation('release', null, { token });
  }

  heard(process: number, { f }: Invocation, outcome: OperationOutcome, output: Plain): void {
    if (f === 'acquire' && outcome === 'ok') {
      const { writes } = this.#given;
      this.#reigns.set(process, { token: output, writesLeft: writes });
    }
    const reign = this.#reigns.get(process);
    if (f !== 'write' || reign === undefined) return;
    // Who is deposed leads no more.
    reign.writesLeft = outcome === 'ok' ? reign.writesLeft - 1 : 0;
  }

  last(): null {
    return null;
  }
}

function invocation(f: string, input: Plain, fields: { readonly [name: string]: Plain }) {
  return { f, key: KEY, input, request: { type: f, key: KEY, ...fields } };
}

class ElectionActor implements Actor {
  readonly #given: ElectionParams;
  readonly #lease: CoordinationLease;
  readonly #lock: SequenceLock;
  #leads = false;

  constructor(given: ElectionParams) {
    this.#given = given;
    this.#lease = new CoordinationLease(given);
    const { 'check-lease': checks } = given;
    const spec = { watch: 'predecessor', guid: true, 'check-lease': checks } as const;
    this.#lock = new SequenceLock(spec, this.#lease);
  }

  start(ctx: ActorContext): Flow {
    return this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext, { f, request }: Invocation): Flow<Plain> {
    switch (f) {
      case 'acquire': {
        const token = yield* this.#lock.acquire(ctx, KEY);
        this.#takeRole(ctx, true, token);
        return token;
      }
      case 'release':
        this.#takeRole(ctx, false, request['token'] ?? null);
        return yield* this.#lock.release(ctx);
      default:
        return yield* this.#write(ctx, request);
    }
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  *#write(ctx: ActorContext, request: Invocation['request']): Flow<Plain> {
    const { work, store } = this.#given;
    try {
      yield* this.#lock.workFor(ctx, ctx.random.draw(work));
      this.#lock.mustHold(ctx);
    } catch (error) {
      if (error instanceof OperationFailed) this.#takeRole(ctx, false, request['token'] ?? null);
      throw error;
    }
    if (store !== undefined) yield* ctx.call(store, request);
    return null;
  }

  #takeRole(ctx: ActorContext, leads: boolean, term: Plain): void {
    if (leads === this.#leads) return;
    this.#leads = leads;
    ctx.note(ROLE_NOTE, { role: leads ? 'leader' : 'follower', term });
  }
}
