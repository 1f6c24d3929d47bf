/**
 * The lock recipe: clients build a lock out of the tree of a coordination service (Hunt et al.
 * 2010, ZooKeeper, section 2.4, "simple locks without herd effect"; with the care that Curator had
 * to learn). Its operations are those of the interface `lock`, and are judged as such.
 *
 * Who wants the lock makes a sequence node that goes with its lease, and looks at the list. If its
 * own is the first, it holds the lock, and the revision of its node is the token. If not, it
 * watches the one before its own only, so that one waiter wakes for each release; and looks again
 * when that is gone, for its owner may have given up. The name has an identifier of the client's,
 * so that it finds its node when the answer to `create` was lost. When it has waited, it looks
 * whether its lease still lives. With the lease the lock is lost: the holder stops by its own
 * clock.
 */

import coordination from '../interfaces/coordination.ts';
import lock from '../interfaces/lock.ts';
import type { Flow } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { CoordinationLease } from './parts/coordination-lease.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { leaseParams } from './parts/lease-params.ts';
import { SequenceLock } from './parts/sequence-lock.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
} from './workload.ts';

const params = defineParams({
  keys: { type: 'integer', doc: 'How many locks, `k1` and up.', default: 1, min: 1 },
  store: {
    type: 'nodes',
    doc: 'What the lock guards: reads and writes go there. Without it nobody works under the lock.',
    optional: true,
  },
  work: {
    type: 'distribution',
    doc: 'How long a holder has the lock, or works before its write.',
    default: { kind: 'constant', value: 20 },
  },
  times: {
    type: 'integer',
    doc: 'How often each client takes the lock; absent: as long as the load goes on.',
    optional: true,
    min: 1,
  },
  wait: {
    type: 'duration',
    doc: 'How long an acquire waits for its turn; absent: as long as the client is patient. Then it ends as lock-held.',
    optional: true,
    min: 1,
  },
  watch: {
    type: 'choice',
    options: ['predecessor', 'all'],
    doc: 'Whether a waiter watches the node before its own, or the whole list: then all wake for each release.',
    default: 'predecessor',
  },
  guid: {
    type: 'boolean',
    doc: 'Whether names have an identifier, by which a client finds the node of a lost answer. Without, nobody owns it, and nobody gets the lock.',
    default: true,
  },
  shared: {
    type: 'ratio',
    doc: 'Share of the acquires that are for reading: readers have the lock together, and wait only for writers before them.',
    default: 0,
    min: 0,
    max: 1,
  },
  depth: {
    type: 'integer',
    doc: 'How often a holder takes the lock that it has, before it works: it releases it as often. Judge it by mutual-exclusion(reentrant: true).',
    default: 1,
    min: 1,
  },
  'check-lease': {
    type: 'boolean',
    doc: 'Whether a client that has waited looks if its lease still lives, and a holder before it writes.',
    default: true,
  },
  ...leaseParams,
});

type RecipeParams = Params<typeof params>;

export default defineWorkload({
  name: 'lock-recipe',
  summary: 'Takes locks that clients build out of sequence nodes, leases and watches.',
  params,
  asks: lock,
  speaks: coordination,
  operations: ['acquire', 'read', 'write', 'release'],
  tell: (f, input, output) => {
    if (f === 'write') return `write ${JSON.stringify(input)}`;
    return output === undefined || output === null ? f : `${f} ${JSON.stringify(output)}`;
  },
  generator: (given) => new RecipeGenerator(given),
  act: (given) => new RecipeActor(given),
  outputOf: () => null,
});

type Stage = 'held' | 'read' | 'written';

/** What a process has, as the generator knows it. */
interface Has {
  readonly key: string;
  readonly token: Plain;
  readonly isShared: boolean;
  stage: Stage;
  /** Acquires that are not released. */
  depth: number;
}

/** The input of an acquire for reading. */
const SHARED = 'shared';

class RecipeGenerator implements Generator {
  readonly #given: RecipeParams;
  readonly #finals: FinalPositions;
  readonly #stages = new Map<number, Has>();
  readonly #taken = new Map<number, number>();
  #value = 0;

  constructor(given: RecipeParams) {
    this.#given = given;
    this.#finals = new FinalPositions(given.store === undefined ? 0 : given.keys);
  }

  next(process: number, random: Random): Invocation | null {
    const { keys, depth, shared, store } = this.#given;
    const has = this.#stages.get(process);
    if (has === undefined) {
      const key = `k${random.int(1, keys)}`;
      const isShared = shared > 0 && random.chance(shared);
      return this.#acquire(process, key, isShared);
    }
    const { key, token, stage, isShared } = has;
    if (stage === 'held' && has.depth < depth) return acquireOf(key, isShared);
    if (stage === 'held' && store !== undefined) return invocation('read', key, null);
    if (stage === 'read' && !isShared) return invocation('write', key, [token, ++this.#value]);
    has.stage = 'written';
    if (--has.depth === 0) this.#stages.delete(process);
    return invocation('release', key, null, token);
  }

  heard(process: number, what: Invocation, outcome: OperationOutcome, output: Plain): void {
    const { f, key, input } = what;
    const has = this.#stages.get(process);
    if (f === 'acquire' && outcome === 'ok' && has !== undefined) has.depth++;
    else if (f === 'acquire' && outcome === 'ok') {
      this.#taken.set(process, (this.#taken.get(process) ?? 0) + 1);
      const isShared = input === SHARED;
      const stage = 'held';
      this.#stages.set(process, { key: key as string, token: output, isShared, stage, depth: 1 });
    }
    if (has === undefined) return;
    if (f === 'read' && outcome === 'ok') has.stage = 'read';
    else if (f === 'read' || f === 'write' || outcome !== 'ok') has.stage = 'written';
  }

  last(process: number): Invocation | null {
    const i = this.#finals.next(process);
    return i === null ? null : invocation('read', `k${i + 1}`, null);
  }

  #acquire(process: number, key: string, isShared: boolean): Invocation | null {
    const { times = Infinity } = this.#given;
    return (this.#taken.get(process) ?? 0) >= times ? null : acquireOf(key, isShared);
  }
}

function acquireOf(key: string, isShared: boolean): Invocation {
  return { f: 'acquire', key, input: isShared ? SHARED : null, request: { type: 'acquire', key } };
}

function invocation(f: string, key: string, input: Plain, token?: Plain): Invocation {
  const written = Array.isArray(input)
    ? { token: input[0] as Plain, value: input[1] as Plain }
    : {};
  const shown = token === undefined ? written : { token };
  return { f, key, input, request: { type: f, key, ...shown } };
}

class RecipeActor implements Actor {
  readonly #given: RecipeParams;
  readonly #lease: CoordinationLease;
  readonly #lock: SequenceLock;

  constructor(given: RecipeParams) {
    this.#given = given;
    this.#lease = new CoordinationLease(given);
    this.#lock = new SequenceLock(given, this.#lease);
  }

  start(ctx: ActorContext): Flow {
    return this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext, { f, key, input, request }: Invocation): Flow<Plain> {
    switch (f) {
      case 'acquire':
        return yield* this.#lock.acquire(ctx, key as string, input === SHARED);
      case 'release':
        return yield* this.#lock.release(ctx);
      case 'read':
        return yield* this.#read(ctx, request);
      default:
        this.#lock.mustHold(ctx);
        yield* ctx.call(this.#store, request);
        return null;
    }
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  get #store(): readonly NodeId[] {
    return this.#given.store as readonly NodeId[];
  }

  /** A holder works on what it has read. */
  *#read(ctx: ActorContext, request: Invocation['request']): Flow<Plain> {
    const isHolder = this.#lock.held !== null;
    if (isHolder) this.#lock.mustHold(ctx);
    const reply = yield* ctx.call(this.#store, request);
    const { value } = reply as ReplyOf<typeof lock, 'read'>;
    if (isHolder) yield* this.#lock.workFor(ctx, ctx.random.draw(this.#given.work));
    return value;
  }
}
