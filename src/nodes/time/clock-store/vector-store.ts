/**
 * A store without a leader whose clocks are vectors: one counter for each member (DeCandia et al.
 * 2007, Dynamo, section 4.4). A write that had seen a value replaces it; values that had not seen
 * each other are concurrent, and stay side by side until a write has seen both.
 *
 * A counter belongs to a member and not to a client, so a write that comes with an old context
 * could not be told from one that had seen all: each value has the *dot* of its own write beside
 * what was seen (Preguiça et al. 2012, Dotted Version Vectors). `parts/sibling-set.ts` has the
 * rules.
 */
import type { Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { seenOf, withSeen } from '../../parts/session-context.ts';
import {
  dropsSiblings,
  NOTHING_WRITTEN,
  type SiblingSet,
  sameSet,
  schemes,
  type VersionScheme,
  valuesOf,
} from '../../parts/sibling-set.ts';
import { prunedTo } from '../../parts/vector-pruning.ts';
import { type CausalContext, contextDescends, NOTHING_SEEN } from '../../parts/version-vector.ts';
import type { ClockBug, ClockParams, ClockView } from './declared.ts';
import type { ClientRequest, ClockContext, ClockMessage } from './messages.ts';

const REPLICATE = 'replicate';
const COMPARE = 'compare';
const SET = 'set ';
const ACTOR = 'actor';

export class VectorStore implements Node<ClockMessage> {
  readonly #given: ClockParams;
  readonly #others: readonly NodeId[];
  readonly #scheme: VersionScheme;
  /** How many members a vector keeps; 0: all. */
  readonly #entriesMost: number;
  readonly #sets = new Map<string, SiblingSet>();
  readonly #outgoing = new Set<string>();
  /** By whose name this member counts its writes. */
  #actor = '';
  #lastStampMs = -Infinity;
  #received: CausalContext | null = null;
  #clock: CausalContext = NOTHING_SEEN;

  constructor(given: ClockParams, { members, self }: Place, bug: ClockBug | null) {
    this.#given = given;
    this.#others = members.filter((member) => member !== self);
    const scheme = schemes[bug === 'no-dots' ? 'vector' : 'dotted'];
    this.#scheme = given.siblings === 'lww' ? dropsSiblings(scheme) : scheme;
    this.#entriesMost = bug === 'prune-vector' ? 1 : 0;
  }

  start(ctx: ClockContext): void {
    for (const name of ctx.storage.keys()) {
      if (!name.startsWith(SET)) continue;
      const set = ctx.storage.get(name) as SiblingSet;
      this.#sets.set(name.slice(SET.length), set);
    }
    this.#actor = this.#actorOf(ctx);
    const everyMs = this.#given['anti-entropy'];
    if (everyMs > 0) ctx.setTimer(COMPARE, ctx.random.between(0, everyMs));
  }

  /** A disk that is new counts under a name that no disk had before. */
  #actorOf(ctx: ClockContext): string {
    const known = ctx.storage.get(ACTOR);
    if (typeof known === 'string') return known;
    const actor = `${ctx.self}:${ctx.life}`;
    ctx.storage.set(ACTOR, actor);
    return actor;
  }

  receive(ctx: ClockContext, from: NodeId, m: ClockMessage): void {
    switch (m.type) {
      case 'set-copies':
        for (const [key, set] of m.sets) this.#take(ctx, key, set);
        return;
      case 'compare-sets':
        return this.#compare(ctx, from, m.seen);
      default:
        if (isRequest(m)) this.#request(ctx, from, m as ClientRequest);
    }
  }

  timeout(ctx: ClockContext, tag: string): void {
    if (tag === REPLICATE) {
      const keys = [...this.#outgoing];
      this.#outgoing.clear();
      return this.#sendToAll(ctx, keys);
    }
    ctx.setTimer(COMPARE, this.#given['anti-entropy']);
    if (this.#others.length === 0) return;
    const seen = [...this.#sets].map(([key, { context }]) => [key, context] as const);
    ctx.send(ctx.random.pick(this.#others), { type: 'compare-sets', seen });
  }

  inspect(): ClockView {
    return { received: this.#received, clock: this.#clock, keys: this.#sets.size };
  }

  // --- Requests ----------------------------------------------------------------------------------

  #request(ctx: ClockContext, from: NodeId, m: ClientRequest): void {
    const answer = (body: object) => ctx.send(from, { ...body, inReplyTo: m.id } as ClockMessage);
    switch (m.type) {
      case 'get':
      case 'read': {
        const { context: seen } = this.#held(m.key);
        const values = this.#valuesOf(ctx, m.key);
        const context = withSeen(m.context, m.key, seen);
        if (m.type === 'get') return answer({ type: 'get_ok', values, context });
        return answer({ type: 'read_ok', value: values[0] ?? null, context });
      }
      case 'write':
      case 'put':
      case 'delete': {
        const value = m.type === 'delete' ? null : m.value;
        const seen = this.#put(ctx, m.key, value, m.type === 'delete', seenOf(m.context, m.key));
        return answer({ type: `${m.type}_ok`, context: withSeen(m.context, m.key, seen) });
      }
      default:
        ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  /** Gives what the writer has seen now. */
  #put(
    ctx: ClockContext,
    key: string,
    value: Plain,
    deleted: boolean,
    seen: CausalContext,
  ): CausalContext {
    ctx.measure('writes');
    this.#lastStampMs = Math.max(ctx.now(), this.#lastStampMs + TICK_MS);
    const write = { value, deleted, stampMs: this.#lastStampMs, seen, actor: this.#actor };
    const written = this.#scheme.put(this.#held(key), write);
    this.#keep(ctx, key, written.set);
    this.#valuesOf(ctx, key);
    this.#received = seen;
    this.#clock = this.#held(key).context;
    this.#replicate(ctx, key);
    return written.seen;
  }

  #valuesOf(ctx: ClockContext, key: string): readonly Plain[] {
    const values = valuesOf(this.#held(key));
    ctx.measure('siblings', values.length);
    return values;
  }

  // --- Copies ------------------------------------------------------------------------------------

  #held(key: string): SiblingSet {
    return this.#sets.get(key) ?? NOTHING_WRITTEN;
  }

  #keep(ctx: ClockContext, key: string, set: SiblingSet): void {
    const kept = prunedTo(this.#entriesMost, set);
    this.#sets.set(key, kept);
    ctx.storage.set(`${SET}${key}`, kept);
  }

  #replicate(ctx: ClockContext, key: string): void {
    if (this.#given.replicate === 0) return this.#sendToAll(ctx, [key]);
    this.#outgoing.add(key);
    ctx.setTimer(REPLICATE, this.#given.replicate);
  }

  #sendToAll(ctx: ClockContext, keys: readonly string[]): void {
    const sets = keys.map((key) => [key, this.#held(key)] as const);
    for (const to of this.#others) ctx.send(to, { type: 'set-copies', sets });
  }

  #take(ctx: ClockContext, key: string, set: SiblingSet): void {
    const held = this.#held(key);
    const merged = this.#scheme.merge(held, set);
    if (!sameSet(merged, held)) this.#keep(ctx, key, merged);
    this.#received = set.context;
    this.#clock = this.#held(key).context;
  }

  /** Sends what the other has not seen. */
  #compare(
    ctx: ClockContext,
    from: NodeId,
    seen: readonly (readonly [string, CausalContext])[],
  ): void {
    const known = new Map(seen);
    const sets = [...this.#sets].filter(
      ([key, { context }]) => !contextDescends(known.get(key) ?? NOTHING_SEEN, context),
    );
    if (sets.length > 0) ctx.send(from, { type: 'set-copies', sets });
  }
}

/** What clocks count in, in ms. */
const TICK_MS = 0.001;
