/**
 * A node of a quorum store (DeCandia et al. 2007, "Dynamo: Amazon's Highly Available Key-value
 * Store", section 4; Lakshman & Malik 2010, "Cassandra"): its state, and who handles what.
 *
 * Every node is a replica of some keys, a coordinator of requests, and a stand-in for silent nodes.
 * `coordinator.ts` counts answers, `replica.ts` is the disk, `handoff.ts` brings hints home,
 * `anti-entropy.ts` compares whole nodes, `membership.ts` and `streaming.ts` let nodes join and
 * leave, `clients.ts` is what clients see.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { isReply, isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import type { HashRing } from '../../parts/hash-ring.ts';
import { Liveness } from '../../parts/liveness.ts';
import { dropsSiblings, schemes, type VersionScheme } from '../../parts/sibling-set.ts';
import { compareWithOne, onTreeEntries, onTreeLeaves, onTreeRoot } from './anti-entropy.ts';
import { onForward, onForwardReply, onRequest } from './clients.ts';
import { type Op, onFetched, onOwnDisk, onStored, onTimeUp } from './coordinator.ts';
import type { Bug } from './declared.ts';
import { offerHints, onHandoff, onHandoffDone, onStore } from './handoff.ts';
import { Membership, type RingView } from './membership.ts';
import type { StoreMessage } from './messages.ts';
import { Replica } from './replica.ts';
import type { Settings } from './settings.ts';
import { Move, onHandOn, onMoved, onRing, onStream, removeDead, sendStream } from './streaming.ts';
import { dropTombstones } from './tombstones.ts';

export type Ctx = Context<StoreMessage>;

/** Operations of one life have numbers of their own: an answer to an earlier life means nothing. */
const OPS_PER_LIFE = 1_000_000_000;

export class QuorumStore implements Node<StoreMessage> {
  readonly settings: Settings;
  readonly place: Place;
  readonly bug: Bug | null;
  readonly scheme: VersionScheme;
  replica!: Replica;
  liveness!: Liveness;
  membership!: Membership;
  readonly move = new Move();
  /** Operations that wait for copies, by number. */
  readonly ops = new Map<number, Op>();
  /** By whose name this node counts its writes. */
  actor = '';
  #lastOp = 0;
  #lastStampMs = -Infinity;
  #hintsShown = 0;

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.settings = settings;
    this.place = place;
    this.bug = bug;
    const scheme = schemes[bug === 'no-dots' ? 'vector' : settings.versions];
    this.scheme = bug === 'drop-sibling' ? dropsSiblings(scheme) : scheme;
  }

  start(ctx: Ctx): void {
    this.replica = new Replica(ctx.storage, this.scheme);
    const view = (ctx.storage.get('ring') ?? {}) as RingView;
    this.membership = new Membership(this.place.initial, this.settings.vnodes, view);
    this.move.begin(this, ctx);
    this.liveness = new Liveness(ctx.peers, this.settings['suspect-after'], ctx.elapsed());
    this.#lastOp = ctx.life * OPS_PER_LIFE;
    this.actor = this.#actorOf(ctx);
    this.showHints(ctx);
    ctx.setTimer('heartbeat', 0);
    ctx.setTimer('handoff', this.settings['handoff-every']);
    ctx.setTimer('tombstones', this.settings['gc-grace']);
    const every = this.settings['anti-entropy'];
    if (every !== undefined) ctx.setTimer('anti-entropy', ctx.random.between(0, every));
  }

  /**
   * A disk that is new gets a name that no disk had before: under the old one its events would be
   * numbered from 1 again, and others would take them for events they have seen (riak_kv issues
   * 679, 1643).
   */
  #actorOf(ctx: Ctx): string {
    if (this.bug === 'vnode-clock-reset') return ctx.self;
    const known = ctx.storage.get('actor');
    if (typeof known === 'string') return known;
    return this.#newActor(ctx, `${ctx.life}`);
  }

  #newActor(ctx: Ctx, suffix: string): string {
    const actor = `${ctx.self}:${suffix}`;
    ctx.storage.set('actor', actor);
    return actor;
  }

  /**
   * Who drops a key forgets how far it has counted. Under the old name it would number what is
   * written later like the events that a deletion has seen, which a hint may still hold: brought
   * home, that deletion would kill the new value (Riak's doomstone).
   */
  #dropTombstones(ctx: Ctx): void {
    const dropped = dropTombstones(this.replica, ctx.now() - this.settings['gc-grace']);
    if (dropped && this.bug !== 'vnode-clock-reset') {
      // Operations are counted from 1 in each life.
      this.actor = this.#newActor(ctx, `${ctx.life}.${this.nextOp()}`);
    }
  }

  receive(ctx: Ctx, from: NodeId, m: StoreMessage): void {
    if (this.liveness.heard(from, ctx.elapsed())) {
      ctx.note('hears again', { node: from });
      offerHints(this, ctx, from);
    }
    switch (m.type) {
      case 'ping':
        return m.ring === undefined ? undefined : onRing(this, ctx, m.ring);
      case 'wantStream':
        onRing(this, ctx, m.ring);
        sendStream(this, ctx, from);
        return;
      case 'stream':
        return onStream(this, ctx, from, m);
      case 'streamTaken':
        return onMoved(this, ctx, from);
      case 'handOn':
        return onHandOn(this, ctx, from, m);
      case 'handedOn':
        return m.node === this.move.node ? onMoved(this, ctx, from) : undefined;
      case 'store':
        return onStore(this, ctx, from, m);
      case 'stored':
        return onStored(this, ctx, from, m);
      case 'fetch':
        return ctx.sendNow(from, { type: 'fetched', op: m.op, set: this.replica.held(m.key) });
      case 'fetched':
        return onFetched(this, ctx, from, m);
      case 'handoff':
        return onHandoff(this, ctx, from, m);
      case 'handoffDone':
        return onHandoffDone(this, ctx, from, m);
      case 'treeRoot':
        return onTreeRoot(this, ctx, from, m);
      case 'treeLeaves':
        return onTreeLeaves(this, ctx, from, m);
      case 'treeEntries':
        return onTreeEntries(this, ctx, from, m);
      case 'forward':
        return onForward(this, ctx, from, m);
      case 'forwardReply':
        return onForwardReply(ctx, m);
      default:
        if (isRequest(m) && !isReply(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    const { settings } = this;
    switch (tag) {
      case 'heartbeat':
        this.#beat(ctx);
        return ctx.setTimer('heartbeat', settings.heartbeat);
      case 'ring':
        return this.move.step(this, ctx);
      case 'handoff':
        for (const peer of ctx.peers) if (this.liveness.isAlive(peer)) offerHints(this, ctx, peer);
        return ctx.setTimer('handoff', settings['handoff-every']);
      case 'anti-entropy':
        compareWithOne(this, ctx);
        return ctx.setTimer('anti-entropy', settings['anti-entropy'] ?? 1);
      case 'tombstones':
        this.#dropTombstones(ctx);
        return ctx.setTimer('tombstones', settings['gc-grace']);
      case 'own-disk':
        return onOwnDisk(this, ctx, key);
      case 'time-up':
        return onTimeUp(this, ctx, key);
    }
  }

  #beat(ctx: Ctx): void {
    const { view } = this.membership;
    ctx.broadcast(Object.keys(view).length === 0 ? { type: 'ping' } : { type: 'ping', ring: view });
    for (const node of this.liveness.newlySilent(ctx.elapsed())) {
      if (this.membership.statusOf(node) !== 'left') ctx.note('suspects', { node });
    }
    this.move.ask(this, ctx);
  }

  command(ctx: Ctx, name: string, params: { readonly [name: string]: unknown }): void {
    if (name === 'remove') removeDead(this, ctx, (params['node'] as readonly NodeId[])[0]);
    if (name !== 'decommission' || this.move.wish !== null || !this.mayLeave(ctx.self)) return;
    this.move.wish = 'out';
    this.move.step(this, ctx);
  }

  /** Whether there would be as many nodes left as there are copies. */
  mayLeave(node: NodeId): boolean {
    const isNormal = (id: NodeId) => this.membership.statusOf(id) === 'normal';
    return isNormal(node) && this.place.members.filter(isNormal).length > this.settings.n;
  }

  inspect(): Detail {
    const { replica, liveness, ops, membership } = this;
    const ring = Object.entries(membership.view)
      .map(([node, [status]]) => `${node} ${status}`)
      .sort((a, b) => (a < b ? -1 : 1));
    return {
      ...(ring.length === 0 ? {} : { ring: ring.join(', ') }),
      keys: replica.keyCount,
      hints: replica.hintCount,
      silent: liveness.silentCount,
      waiting: ops.size,
    };
  }

  nextOp(): number {
    this.#lastOp++;
    return this.#lastOp;
  }

  /** This node's time of day, later than all that it has given before in this life. */
  stampMs(ctx: Ctx): number {
    this.#lastStampMs = Math.max(ctx.now(), this.#lastStampMs + 0.001);
    return this.#lastStampMs;
  }

  /** The nodes that should have a key, and answer reads of it. */
  replicasOf(key: string): readonly NodeId[] {
    return this.#on(this.membership.reads, key);
  }

  /** Those that should have it before and after the change of the ring that is under way. */
  copiesOf(key: string): ReturnType<Membership['copies']> {
    return this.membership.copies((ring) => this.#on(ring, key));
  }

  /** All of these: writes go to them. */
  writersOf(key: string): readonly NodeId[] {
    const { before, after } = this.copiesOf(key);
    return before === after ? before : [...new Set([...before, ...after])];
  }

  #on(ring: HashRing, key: string): readonly NodeId[] {
    const { n, placement } = this.settings;
    if (placement === 'ring') return ring.replicas(key, n);
    return ring.replicas(key, n, (node) => this.place.regionOf(node));
  }

  showHints(ctx: Ctx): void {
    const { hintCount } = this.replica;
    if (hintCount !== this.#hintsShown) ctx.measure('hints', hintCount);
    this.#hintsShown = hintCount;
  }
}
