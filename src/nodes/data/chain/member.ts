/**
 * A member of a chain (van Renesse & Schneider 2004, "Chain Replication for Supporting High
 * Throughput and Availability"): updates enter at the head and go from member to member; at the
 * tail they are done. `updates.ts` moves them along, `clients.ts` is what clients see.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { isReply, isRequest } from '../../../sim/rpc.ts';
import { onPassed, onRequest, onVersion, type Question } from './clients.ts';
import type { Bug } from './declared.ts';
import type { BeatAck, ChainMessage, Configuration } from './messages.ts';
import type { Settings } from './settings.ts';
import { Store } from './store.ts';
import { onAcked, onCopy, onForwarded, onResume, settle, showLinks } from './updates.ts';

export type Ctx = Context<ChainMessage>;
export type Position = 'head' | 'middle' | 'tail' | 'single' | 'joining' | 'out';

/** Rounds whose time of sending is remembered. */
const ROUNDS_KEPT = 32;

export class Member implements Node<ChainMessage> {
  readonly settings: Settings;
  readonly self: NodeId;
  readonly master: NodeId;
  readonly bug: Bug | null;
  store!: Store;
  configuration: Configuration = { epoch: 0, chain: [] };
  joiner: NodeId | null = null;
  position: Position = 'out';
  /** Whether it may act at its position: a new tail only when it has what the old one had. */
  isActive = false;
  /** Its disk has nothing of a chain: it must copy everything. */
  isBlank = false;
  /** As joiner: it has the copy. */
  hasCopy = false;
  leaseUntilMs = -Infinity;
  /** Dirty reads that wait for the version of the tail, by number. */
  readonly questions = new Map<number, Question>();
  lastQuestion = 0;
  pendingShown = 0;
  #round = 0;
  readonly #sentAtMs = new Map<number, number>();
  #hadLease = false;

  constructor(settings: Settings, self: NodeId, master: NodeId, bug: Bug | null) {
    this.settings = settings;
    this.self = self;
    this.master = master;
    this.bug = bug;
  }

  start(ctx: Ctx): void {
    this.store = new Store(ctx.storage);
    this.isBlank = ctx.life > 1 && ctx.storage.get('member') === undefined;
    if (!this.isBlank) ctx.storage.set('member', true);
    this.#round = ctx.life * 1_000_000;
    this.lastQuestion = ctx.life * 1_000_000_000;
    ctx.setTimer('beat', 0);
  }

  receive(ctx: Ctx, from: NodeId, m: ChainMessage): void {
    switch (m.type) {
      case 'beatAck':
        return this.#onBeatAck(ctx, m);
      case 'forwarded':
        return onForwarded(this, ctx, from, m);
      case 'acked':
        return onAcked(this, ctx, m);
      case 'resume':
        return onResume(this, ctx, from, m);
      case 'copy':
        return onCopy(this, ctx, m);
      case 'askVersion':
        if (this.answersForAll(ctx)) {
          ctx.sendNow(from, { type: 'version', question: m.question, n: this.store.last });
        }
        return;
      case 'version':
        return onVersion(this, ctx, m);
      case 'passed':
        return onPassed(this, ctx, m);
      case 'beat':
        return;
      default:
        if (isRequest(m) && !isReply(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Ctx, tag: string): void {
    if (tag !== 'beat') return;
    this.#round++;
    this.#sentAtMs.set(this.#round, ctx.elapsed());
    if (this.#sentAtMs.size > ROUNDS_KEPT) this.#sentAtMs.delete(this.#round - ROUNDS_KEPT);
    const holds = this.hasLease(ctx);
    if (this.#hadLease && !holds) ctx.note('loses its lease');
    this.#hadLease = holds;
    ctx.sendNow(this.master, {
      type: 'beat',
      round: this.#round,
      epoch: this.configuration.epoch,
      isBlank: this.isBlank,
      isReady: this.hasCopy,
    });
    showLinks(this, ctx);
    ctx.setTimer('beat', this.settings.heartbeat);
  }

  inspect(): Detail {
    const { position, configuration, store } = this;
    return {
      role: position,
      position: configuration.chain.indexOf(this.self),
      epoch: configuration.epoch,
      applied: store.last,
      pending: store.pending.length,
    };
  }

  // --- The chain --------------------------------------------------------------------------------

  #onBeatAck(ctx: Ctx, { round, configuration, joiner }: BeatAck): void {
    const sentAtMs = this.#sentAtMs.get(round);
    if (configuration.epoch > this.configuration.epoch) this.#reconfigure(ctx, configuration);
    if (configuration.epoch < this.configuration.epoch) return;
    this.joiner = joiner;
    if (sentAtMs !== undefined) {
      this.leaseUntilMs = Math.max(this.leaseUntilMs, sentAtMs + this.settings.lease);
    }
    const isNew = this.position === 'out' && joiner === this.self;
    if (isNew) this.#setPosition(ctx, 'joining');
  }

  #reconfigure(ctx: Ctx, configuration: Configuration): void {
    const isBoot = this.configuration.epoch === 0;
    const wasActive = isBoot ? ctx.storage.get('active') !== false : this.isActive;
    this.configuration = configuration;
    this.questions.clear();
    const at = configuration.chain.indexOf(this.self);
    // Without its disk it is no member, whatever the master still believes.
    if (at === -1 || this.isBlank) {
      // What it has may be behind, and may hold what the chain never had: it begins again.
      this.hasCopy = false;
      this.isActive = false;
      ctx.storage.set('active', false);
      return this.#setPosition(ctx, 'out');
    }
    this.hasCopy = false;
    this.#setPosition(ctx, positionAt(at, configuration.chain.length));
    // A tail that was a member before has all that passed it; one that has just joined has not.
    this.isActive = false;
    if (wasActive || this.bug === 'join-at-head') this.activate(ctx);
    settle(this, ctx);
    showLinks(this, ctx);
  }

  /** It has all that a member at its place must have. */
  activate(ctx: Ctx): void {
    if (!this.isActive) ctx.storage.set('active', true);
    this.isActive = true;
  }

  #setPosition(ctx: Ctx, position: Position): void {
    if (position === this.position) return;
    this.position = position;
    ctx.note('role', { role: position, term: this.configuration.epoch });
  }

  get isHead(): boolean {
    return this.position === 'head' || this.position === 'single';
  }

  get isTail(): boolean {
    return this.position === 'tail' || this.position === 'single';
  }

  get predecessor(): NodeId | null {
    const { chain } = this.configuration;
    if (this.position === 'joining') return chain.at(-1) ?? null;
    const at = chain.indexOf(this.self);
    return at <= 0 ? null : (chain[at - 1] ?? null);
  }

  /** The next member; after the tail the one that wants to join, if any. */
  get successor(): NodeId | null {
    const { chain } = this.configuration;
    const at = chain.indexOf(this.self);
    return at === -1 ? null : (chain[at + 1] ?? null);
  }

  isOfNow(epoch: number): boolean {
    return epoch === this.configuration.epoch;
  }

  hasLease(ctx: Ctx): boolean {
    return ctx.elapsed() < this.leaseUntilMs || this.bug === 'tail-without-lease';
  }

  /** As the tail, and as long as the master counts on it. */
  answersForAll(ctx: Ctx): boolean {
    return this.isTail && this.isActive && this.hasLease(ctx);
  }
}

function positionAt(at: number, length: number): Position {
  if (length === 1) return 'single';
  if (at === 0) return 'head';
  return at === length - 1 ? 'tail' : 'middle';
}
