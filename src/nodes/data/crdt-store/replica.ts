/**
 * A replica: answers at once from its own state, and brings what has changed to the others later.
 *
 * With `sync: delta` changes are kept in a row, and each other replica gets those that it has not
 * acknowledged yet; one that is too far behind, or is new to this life, gets the whole state first
 * (Almeida, Shoker & Baquero 2018, "Delta State Replicated Data Types", algorithm 2).
 *
 * With `sync: op` each change is an operation, which all apply once and in causal order; the log
 * below sees to that, so operations need not bear to come twice, or in any order.
 */
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isReply, isRequest, type Reply } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { CausalLog, type Op } from '../../parts/causal-log.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { NO_EVENTS, type VersionVector } from '../../parts/version-vector.ts';
import type { Bug } from './declared.ts';
import { type StoreType, typeOf } from './kept-types.ts';
import type { Settings } from './settings.ts';

/** A whole state. `upTo` and `life` as in `Deltas`; -1 if nothing is to be acknowledged. */
export interface State extends Message {
  readonly type: 'state';
  readonly state: Plain;
  readonly life: number;
  readonly upTo: number;
}

/** Changes, merged into one: those of this life of the sender up to this number. */
export interface Deltas extends Message {
  readonly type: 'deltas';
  readonly delta: Plain;
  readonly life: number;
  readonly upTo: number;
}

export interface DeltasAck extends Message {
  readonly type: 'deltasAck';
  /** Of the sender of the changes. */
  readonly life: number;
  readonly upTo: number;
  /** Of the one who acknowledges: what an earlier life had, this one may not have. */
  readonly receiverLife: number;
}

/** Operations that the receiver lacks, each origin's in order. */
export interface Operations extends Message {
  readonly type: 'operations';
  readonly ops: readonly Op<Plain>[];
}

/** What the sender has applied, by origin. */
export interface Applied extends Message {
  readonly type: 'applied';
  readonly have: VersionVector;
}

/** Operations in one message at most. */
const BATCH_MAX = 64;

type Known = Message & { readonly type: string };

export class Replica implements Node {
  readonly #settings: Settings;
  readonly #others: readonly NodeId[];
  readonly #bug: Bug | null;
  readonly #type: StoreType;
  #state: Plain;
  #name = '';
  #life = 0;
  /** The changes of this life that are kept; the first has the number `#first`. */
  #deltas: Plain[] = [];
  #first = 0;
  /** How many changes of this life each has; undefined: it needs the whole state. */
  readonly #acked = new Map<NodeId, number>();
  /** The latest life in which each was heard. */
  readonly #lives = new Map<NodeId, number>();
  #changes = 0;
  /** With `sync: op`. */
  readonly #log = new CausalLog<Plain>();
  /** What others have applied, as far as they have said. */
  readonly #applied = new Map<NodeId, VersionVector>();
  /** With the bug `apply-out-of-order`: what was applied before its turn. */
  readonly #ahead = new Set<string>();

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.#settings = settings;
    this.#others = place.members.filter((id) => id !== place.self);
    this.#bug = bug;
    this.#type = typeOf(settings.type, bug);
    this.#state = this.#type.bottom;
  }

  start(ctx: Context): void {
    this.#life = ctx.life;
    this.#name = this.#nameOf(ctx);
    const log = ctx.storage.log<Plain>('deltas');
    log.dropTorn();
    for (let i = log.start; i < log.end; i++) {
      this.#state = this.#type.merge(this.#state, log.at(i));
    }
    const operations = ctx.storage.log<Op<Plain>>('operations');
    operations.dropTorn();
    for (let i = operations.start; i < operations.end; i++) {
      for (const op of this.#log.add([operations.at(i)])) this.#apply(op);
    }
    // At the start of the world nobody lacks anything.
    if (ctx.life === 1) for (const id of this.#others) this.#acked.set(id, 0);
    ctx.setTimer('gossip', ctx.random.between(0, this.#settings['gossip-every']));
  }

  /**
   * A name that no other disk has: under an old one its counts would begin again, and others would
   * keep the larger ones of before.
   */
  #nameOf(ctx: Context): string {
    if (this.#bug === 'reset-id') return ctx.self;
    const known = ctx.storage.get('name');
    if (typeof known === 'string') return known;
    const name = `${ctx.self}:${ctx.life}`;
    ctx.storage.set('name', name);
    if (ctx.life > 1) ctx.note('new replica', { name });
    return name;
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    const m = message as Known;
    if (m.type === 'state') this.#onState(ctx, from, m as State);
    else if (m.type === 'deltas') this.#onDeltas(ctx, from, m as Deltas);
    else if (m.type === 'deltasAck') this.#onAck(from, m as DeltasAck);
    else if (m.type === 'operations') this.#onOperations(ctx, from, m as Operations);
    else if (m.type === 'applied') this.#applied.set(from, (m as Applied).have);
    else if (isRequest(m) && !isReply(m)) {
      const asked = { replica: this.#name, nowMs: ctx.now(), random: ctx.random };
      const { body, delta } = this.#type.answer(this.#state, m, asked);
      if (delta !== null) this.#change(ctx, delta);
      // It waits for the disk: what is answered is kept.
      ctx.send(from, { ...body, inReplyTo: m.id } as Reply);
    }
  }

  #change(ctx: Context, delta: Plain): void {
    if (this.#settings.sync !== 'op') return this.#take(ctx, delta);
    const effect = this.#type.operation?.(this.#state, delta) ?? delta;
    this.#takeOperations(ctx, [this.#log.next(this.#name, effect)]);
  }

  /** A change of its own, or something new of another replica. */
  #take(ctx: Context, delta: Plain): void {
    this.#state = this.#type.merge(this.#state, delta);
    this.#changes++;
    ctx.storage.log<Plain>('deltas').append(delta);
    this.#deltas.push(delta);
    const excess = this.#deltas.length - this.#settings['deltas-max'];
    if (excess > 0) this.#forget(excess);
  }

  #forget(count: number): void {
    this.#deltas.splice(0, count);
    this.#first += count;
  }

  #takeFromOther(ctx: Context, delta: Plain): void {
    const merged = this.#type.merge(this.#state, delta);
    // What brings nothing new is passed on to nobody, or it would go round forever.
    if (samePlain(merged, this.#state)) return;
    ctx.measure('merges');
    this.#take(ctx, delta);
  }

  #onState(ctx: Context, from: NodeId, { state, life, upTo }: State): void {
    this.#hear(from, life);
    this.#takeFromOther(ctx, state);
    if (upTo >= 0) this.#acknowledge(ctx, from, life, upTo);
  }

  #onDeltas(ctx: Context, from: NodeId, { delta, life, upTo }: Deltas): void {
    this.#hear(from, life);
    this.#takeFromOther(ctx, delta);
    this.#acknowledge(ctx, from, life, upTo);
  }

  #acknowledge(ctx: Context, to: NodeId, life: number, upTo: number): void {
    const ack: DeltasAck = { type: 'deltasAck', life, upTo, receiverLife: this.#life };
    ctx.send(to, ack);
  }

  /** A replica that has booted may have lost its disk: it gets everything again. */
  #hear(from: NodeId, life: number): void {
    const known = this.#lives.get(from) ?? 1;
    if (life > known) this.#acked.delete(from);
    this.#lives.set(from, Math.max(known, life));
  }

  #onAck(from: NodeId, { life, upTo, receiverLife }: DeltasAck): void {
    if (life !== this.#life || receiverLife < (this.#lives.get(from) ?? 1)) return;
    this.#acked.set(from, Math.max(this.#acked.get(from) ?? 0, upTo));
    const least = Math.min(...this.#others.map((id) => this.#acked.get(id) ?? this.#first));
    if (least > this.#first) this.#forget(least - this.#first);
  }

  // --- Operations -------------------------------------------------------------------------------

  #onOperations(ctx: Context, from: NodeId, { ops }: Operations): void {
    for (const op of ops) this.#mistake(op);
    for (const _ of this.#takeOperations(ctx, ops)) ctx.measure('merges');
    ctx.send(from, { type: 'applied', have: this.#log.have } as Applied);
  }

  /** The bugs: what was applied is applied again, or nothing waits for its turn. */
  #mistake(op: Op<Plain>): void {
    const id = `${op.origin} ${op.n}`;
    if (this.#log.has(op)) {
      if (this.#bug === 'apply-twice') this.#apply(op);
    } else if (this.#bug === 'apply-out-of-order' && !this.#ahead.has(id)) {
      this.#apply(op);
      this.#ahead.add(id);
    }
  }

  #takeOperations(ctx: Context, ops: readonly Op<Plain>[]): readonly Op<Plain>[] {
    const delivered = this.#log.add(ops);
    for (const op of delivered) {
      ctx.storage.log<Op<Plain>>('operations').append(op);
      this.#apply(op);
    }
    return delivered;
  }

  #apply({ origin, n, effect }: Op<Plain>): void {
    if (this.#ahead.delete(`${origin} ${n}`)) return;
    const apply = this.#type.apply ?? this.#type.merge;
    this.#state = apply(this.#state, effect);
    this.#changes++;
  }

  #sendOperations(ctx: Context, to: NodeId): void {
    const ops = this.#log.missing(this.#applied.get(to) ?? NO_EVENTS, BATCH_MAX);
    if (ops.length === 0) return;
    ctx.measure('operations', ops.length);
    ctx.send(to, { type: 'operations', ops } as Operations);
  }

  // --- Sending ----------------------------------------------------------------------------------

  timeout(ctx: Context, tag: string): void {
    if (tag !== 'gossip') return;
    const { sync } = this.#settings;
    if (sync === 'state') this.#sendStates(ctx);
    else if (sync === 'op') for (const id of this.#others) this.#sendOperations(ctx, id);
    else for (const id of this.#others) this.#sendDeltas(ctx, id);
    // The bug: it is on its way, so it need not be kept.
    if (this.#bug === 'clear-delta-early') {
      this.#forget(this.#deltas.length);
      for (const id of this.#others) this.#acked.set(id, this.#first);
    }
    ctx.setTimer('gossip', this.#settings['gossip-every']);
  }

  #sendStates(ctx: Context): void {
    for (const id of ctx.random.shuffle(this.#others).slice(0, this.#settings['fan-out'])) {
      this.#sendState(ctx, id, -1);
    }
  }

  #sendState(ctx: Context, to: NodeId, upTo: number): void {
    ctx.measure('states');
    ctx.send(to, { type: 'state', state: this.#state, life: this.#life, upTo } as State);
  }

  #sendDeltas(ctx: Context, to: NodeId): void {
    const upTo = this.#first + this.#deltas.length;
    const acked = this.#acked.get(to);
    if (acked === undefined || acked < this.#first) return this.#sendState(ctx, to, upTo);
    const missing = this.#deltas.slice(acked - this.#first);
    if (missing.length === 0) return;
    ctx.measure('deltas', missing.length);
    const delta = missing.reduce(
      (merged, each) => this.#type.merge(merged, each),
      this.#type.bottom,
    );
    ctx.send(to, { type: 'deltas', delta, life: this.#life, upTo } as Deltas);
  }

  inspect(): Detail {
    return {
      changes: this.#changes,
      kept: this.#deltas.length,
      ...(this.#settings.sync === 'op' ? { early: this.#log.earlyCount } : {}),
    };
  }
}
