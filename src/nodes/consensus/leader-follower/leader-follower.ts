/**
 * Leader and followers: one member takes all requests, and copies each operation to the others
 * before it answers. Heartbeats tell who is there; the trusted member with the first name leads.
 *
 * What keeps it safe is the *generation*. A member that wants to lead asks a majority to follow it
 * in a new generation, and none of them accepts anything of an older one from then on; it goes on
 * from the furthest state that they have. So a leader that was paused and does not know it is over
 * is refused by its number (Joshi 2023, Patterns of Distributed Systems: generation clock; the
 * change of leader is the view change of Oki, Liskov 1988, Viewstamped Replication, section 4).
 * Without `generation` two may lead, and each undoes what the other has acknowledged.
 *
 * With `election` the holder of a lock claims, and the token of the lock is its generation: names
 * decide nothing. With `lease` the leader answers reads from its own state for as long as nobody
 * else can lead.
 */
import type { Detail, Node, NodeId } from '../../../sim/node.ts';
import { isReply, isRequest, type Request, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { ROLE_NOTE } from '../../../sim/trace.ts';
import { detectorOf } from '../../parts/detector-params.ts';
import { Fence } from '../../parts/fence.ts';
import { HeartbeatWatch, SILENCE } from '../../parts/heartbeats.ts';
import { LOCK, LockHolder } from '../../parts/lock-holder.ts';
import { majority } from '../../parts/quorum.ts';
import { type LeaderBug, type LeaderParams, LOCK_LEASE_MS } from './declared.ts';
import { Leases } from './leases.ts';
import type {
  Append,
  Effect,
  Heartbeat,
  Install,
  LeaderContext,
  LeaderMessage,
  State,
} from './messages.ts';
import { answerOf, applied, effectOf, isFurther, NOTHING } from './operations.ts';

const BEAT = 'beat';
const STATE = 'state';
/** After this many heartbeats a candidate gives up a claim that no majority has followed. */
const CLAIM_BEATS = 3;
/** Who has the lock and no majority for this many heartbeats lets another have it. */
const LOCK_BEATS = 10;
/** A member that knows of no leader listens for this many heartbeats before it claims. */
const LISTEN_BEATS = 3;

type Role = 'follower' | 'candidate' | 'leader';

/** A request whose operation is on its way to a majority. */
interface Waiting {
  readonly index: number;
  /** What the leader has with it. */
  readonly state: State;
  answer(ctx: LeaderContext): void;
}

type Reply = (ctx: LeaderContext, answer: LeaderMessage) => void;

export class LeaderFollower implements Node<LeaderMessage> {
  readonly #given: LeaderParams;
  readonly #heartbeatMs: number;
  readonly #members: readonly NodeId[];
  readonly #others: readonly NodeId[];
  readonly #watch: HeartbeatWatch;
  readonly #fence: Fence;
  readonly #leases: Leases;
  /** With `election`: what gives it the right to lead. */
  readonly #lock: LockHolder | null;
  /** The bug: it leads on when its right is over. */
  readonly #leadsOn: boolean;
  /** When it claimed its generation, or began to lead in it. */
  #sinceMs = 0;
  /** The bug: replies count whatever their generation. */
  readonly #trustsReplies: boolean;
  #state: State = NOTHING;
  #role: Role = 'follower';
  #leader: NodeId | null = null;
  /** Of a candidate: who follows it, with what they have. */
  #followers = new Map<NodeId, State>();
  /** Heartbeats until it claims, if nothing happens. */
  #beatsLeft = LISTEN_BEATS;
  /** Of a leader: how far each other member is; whether a majority has its first state. */
  readonly #acked = new Map<NodeId, number>();
  #isReady = false;
  /** Of a leader that is ready: what a majority has. */
  #settled: State = NOTHING;
  #waiting: Waiting[] = [];

  constructor(given: LeaderParams, { group, members, self }: Place, bug: LeaderBug | null) {
    this.#given = given;
    const { election, lease = LOCK_LEASE_MS, 'lease-drift': drift } = given;
    const detector = detectorOf(given);
    this.#heartbeatMs = detector.heartbeatMs;
    this.#leases = new Leases(given, bug);
    this.#leadsOn = bug === 'leads-past-lease';
    this.#lock =
      election === undefined
        ? null
        : new LockHolder({ servers: election, key: group, leaseMs: lease, drift });
    this.#members = members;
    this.#others = members.filter((member) => member !== self);
    this.#watch = new HeartbeatWatch(detector, detector.ownPauseMs);
    this.#watch.onChange = (ctx: LeaderContext, of, isSuspected) => {
      ctx.note(isSuspected ? 'suspects' : 'trusts', { of });
    };
    this.#fence = new Fence('generation', bug !== 'fence-in-memory');
    this.#trustsReplies = bug === 'fence-requests-only';
  }

  start(ctx: LeaderContext): void {
    this.#fence.load(ctx);
    this.#state = (ctx.storage.get(STATE) as State | undefined) ?? NOTHING;
    this.#leases.start(ctx);
    this.#lock?.start(ctx);
    this.#watch.start(ctx, this.#others);
    ctx.note(ROLE_NOTE, { role: 'follower', term: this.#fence.highest });
    ctx.setTimer(BEAT, ctx.random.between(0, this.#heartbeatMs));
  }

  receive(ctx: LeaderContext, from: NodeId, m: LeaderMessage): void {
    if (isRequest(m)) return this.#request(ctx, from, m);
    if (isReply(m)) return this.#lock?.receive(ctx, m);
    switch (m.type) {
      case 'heartbeat':
        this.#watch.beat(ctx, from, m.incarnation);
        if (m.leads && this.#admits(ctx, from, m.generation)) this.#onLeads(ctx, from, m);
        return;
      case 'heard':
        if (this.#isLeaderOf(m.generation)) this.#leases.heard(ctx, from, m.sentMs);
        return;
      case 'claim':
        return this.#onClaim(ctx, from, m.generation);
      case 'follows':
        return this.#onFollows(ctx, from, m.generation, m.state);
      case 'install':
        return this.#onInstall(ctx, from, m);
      case 'append':
        return this.#onAppend(ctx, from, m);
      case 'appended':
        return this.#onAppended(ctx, from, m.generation, m.index);
      case 'behind':
        if (this.#isLeaderOf(m.generation)) this.#install(ctx, from);
        return;
      case 'stale':
        return this.#onStale(ctx, m.generation);
      case 'forward':
        // A datagram may come twice: a refusal of one copy could not be believed, so there is none.
        if (this.#role !== 'leader' || !this.#isReady) return;
        return this.#operate(ctx, m.request, (c, reply) =>
          c.send(from, { type: 'forwarded', origin: m.origin, reply: reply as never }),
        );
      case 'forwarded':
        return ctx.send(m.origin, m.reply);
    }
  }

  timeout(ctx: LeaderContext, tag: string, key: number): void {
    if (tag === SILENCE) return this.#watch.silent(ctx, key);
    if (tag === LOCK) return this.#lock?.timeout(ctx);
    ctx.setTimer(BEAT, this.#heartbeatMs);
    this.#watch.tick(ctx);
    if (this.#lock !== null) this.#lookAtLock(ctx, this.#lock);
    const leads = this.#role === 'leader';
    const generation = this.#fence.highest;
    const asks = leads && (this.#lock !== null || this.#given.lease !== undefined);
    const when = asks ? { sentMs: ctx.elapsed() } : {};
    const beat = { type: 'heartbeat', generation, incarnation: ctx.life, leads, ...when } as const;
    for (const to of this.#others) ctx.send(to, beat);
    if (leads) this.#catchUp(ctx);
    else if (this.#lock === null) this.#mayClaim(ctx);
  }

  inspect(): Detail {
    const { index } = this.#state;
    return { role: this.#role, term: this.#fence.highest, index, ready: this.#isReady };
  }

  // --- Who leads ---------------------------------------------------------------------------------

  /** The first of those that it trusts claims, once the leader is silent. */
  #mayClaim(ctx: LeaderContext): void {
    if (this.#leader !== null && !this.#watch.isSuspected(this.#leader)) return;
    if (--this.#beatsLeft > 0) return;
    const first = this.#members.find((one) => one === ctx.self || !this.#watch.isSuspected(one));
    if (first !== ctx.self || this.#leases.bars(ctx, ctx.self)) return;
    this.#claim(ctx, this.#fence.highest + 1);
  }

  #claim(ctx: LeaderContext, generation: number): void {
    this.#fence.admits(ctx, generation);
    this.#takeRole(ctx, 'candidate');
    this.#leader = null;
    this.#sinceMs = ctx.elapsed();
    this.#beatsLeft = CLAIM_BEATS;
    this.#followers = new Map([[ctx.self, this.#state]]);
    this.#askToFollow(ctx);
    this.#mayLead(ctx);
  }

  #askToFollow(ctx: LeaderContext): void {
    const claim = { type: 'claim', generation: this.#fence.highest } as const;
    for (const to of this.#others) if (!this.#followers.has(to)) ctx.send(to, claim);
  }

  /**
   * With a lock service: who has the lock claims, and leads until the lease is over by its own
   * clock. One that no majority follows gives the lock back, or nobody would ever lead.
   */
  #lookAtLock(ctx: LeaderContext, lock: LockHolder): void {
    if (this.#role === 'leader' && this.#leadsOn) return;
    const token = lock.heldToken(ctx);
    const { highest } = this.#fence;
    if (token === null) {
      if (this.#role !== 'follower') this.#resign(ctx);
    } else if (this.#role === 'follower') {
      if (token >= highest) this.#claim(ctx, token);
      else this.#letGo(ctx);
    } else {
      const heardMs = Math.max(this.#sinceMs, this.#leases.majorityMs(this.#others));
      if (ctx.elapsed() - heardMs > LOCK_BEATS * this.#heartbeatMs) {
        this.#letGo(ctx);
        this.#resign(ctx);
      } else if (this.#role === 'candidate') this.#askToFollow(ctx);
    }
  }

  #letGo(ctx: LeaderContext): void {
    this.#lock?.giveBack(ctx, LOCK_BEATS * this.#heartbeatMs);
  }

  #resign(ctx: LeaderContext): void {
    this.#leader = null;
    this.#beatsLeft = LISTEN_BEATS;
    this.#takeRole(ctx, 'follower');
  }

  #onLeads(ctx: LeaderContext, from: NodeId, { generation, sentMs }: Heartbeat): void {
    this.#follow(ctx, from);
    if (sentMs === undefined) return;
    this.#leases.bind(ctx, from);
    ctx.send(from, { type: 'heard', generation, sentMs });
  }

  #onClaim(ctx: LeaderContext, from: NodeId, generation: number): void {
    // A generation has one candidate: who has promised it to another refuses. The same one may ask
    // twice.
    const { highest } = this.#fence;
    const isSame = generation === highest && this.#leader === from;
    const isNew = generation > highest || isSame || !this.#given.generation;
    if (!isNew) return this.#refuseStale(ctx, from, generation);
    // Who is bound to another says nothing: the claim comes again.
    if (this.#leases.bars(ctx, from)) return;
    this.#fence.admits(ctx, generation);
    this.#follow(ctx, from);
    ctx.send(from, { type: 'follows', generation, state: this.#state });
  }

  #onFollows(ctx: LeaderContext, from: NodeId, generation: number, state: State): void {
    if (this.#role !== 'candidate' || !this.#isOwnReply(generation)) return;
    this.#followers.set(from, state);
    this.#mayLead(ctx);
  }

  /** A majority follows: it goes on from the furthest state among them. */
  #mayLead(ctx: LeaderContext): void {
    if (this.#followers.size < majority(this.#members.length)) return;
    let furthest = this.#state;
    for (const state of this.#followers.values()) {
      if (isFurther(state, furthest)) furthest = state;
    }
    this.#setState(ctx, { ...furthest, generation: this.#fence.highest });
    this.#takeRole(ctx, 'leader');
    this.#leader = ctx.self;
    this.#sinceMs = ctx.elapsed();
    this.#leases.letGo();
    this.#acked.clear();
    this.#isReady = false;
    for (const to of this.#others) this.#install(ctx, to);
    this.#commit(ctx);
  }

  #follow(ctx: LeaderContext, leader: NodeId): void {
    // Without numbers a leader has no way to tell that its time is over.
    if (this.#role === 'leader' && !this.#given.generation) return;
    this.#leader = leader;
    this.#beatsLeft = 0;
    this.#followers.clear();
    if (this.#role !== 'follower') this.#takeRole(ctx, 'follower');
  }

  #takeRole(ctx: LeaderContext, role: Role): void {
    this.#role = role;
    ctx.note(ROLE_NOTE, { role, term: this.#fence.highest });
    if (role === 'leader') return;
    // The fate of what waits is open: the next leader may have it or not, and nobody is answered.
    this.#isReady = false;
    this.#waiting = [];
  }

  // --- Generations -------------------------------------------------------------------------------

  /** Whether a message of this generation may be obeyed; if not, its sender hears why. */
  #admits(ctx: LeaderContext, from: NodeId, generation: number): boolean {
    if (!this.#given.generation) return true;
    if (this.#fence.admits(ctx, generation)) return true;
    this.#refuseStale(ctx, from, generation);
    return false;
  }

  #refuseStale(ctx: LeaderContext, to: NodeId, generation: number): void {
    ctx.note('refuses stale', { token: generation, of: to });
    ctx.send(to, { type: 'stale', generation: this.#fence.highest });
  }

  /** It is not the leader any more, or not a candidate for anything. */
  #onStale(ctx: LeaderContext, generation: number): void {
    if (!this.#given.generation || this.#trustsReplies) return;
    const { highest } = this.#fence;
    // Of an equal number somebody else is the candidate; a leader had its majority.
    const isOver = generation > highest || (generation === highest && this.#role === 'candidate');
    if (!isOver || this.#role === 'follower') return;
    this.#fence.admits(ctx, generation);
    this.#letGo(ctx);
    this.#resign(ctx);
  }

  #isLeaderOf(generation: number): boolean {
    if (this.#role !== 'leader') return false;
    return !this.#given.generation || this.#isOwnReply(generation);
  }

  /** Whether a reply is one to what it has asked in the generation that it is in. */
  #isOwnReply(generation: number): boolean {
    return this.#trustsReplies || generation === this.#fence.highest;
  }

  // --- Copies ------------------------------------------------------------------------------------

  #install(ctx: LeaderContext, to: NodeId): void {
    ctx.send(to, { type: 'install', generation: this.#fence.highest, state: this.#state });
  }

  #onInstall(ctx: LeaderContext, from: NodeId, { generation, state }: Install): void {
    if (!this.#admits(ctx, from, generation)) return;
    this.#follow(ctx, from);
    const isOld = this.#given.generation && isFurther(this.#state, state);
    if (!isOld) this.#setState(ctx, state);
    ctx.send(from, { type: 'appended', generation, index: this.#state.index });
  }

  #onAppend(ctx: LeaderContext, from: NodeId, { generation, index, effect }: Append): void {
    if (!this.#admits(ctx, from, generation)) return;
    this.#follow(ctx, from);
    const isNext = index === this.#state.index + 1 && this.#state.generation === generation;
    if (isNext || !this.#given.generation) this.#setState(ctx, applied(this.#state, index, effect));
    else if (index > this.#state.index || this.#state.generation !== generation) {
      return ctx.send(from, { type: 'behind', generation });
    }
    ctx.send(from, { type: 'appended', generation, index: this.#state.index });
  }

  #onAppended(ctx: LeaderContext, from: NodeId, generation: number, index: number): void {
    if (!this.#isLeaderOf(generation)) return;
    this.#acked.set(from, Math.max(index, this.#acked.get(from) ?? 0));
    this.#commit(ctx);
  }

  /** Who has not confirmed the last operation gets the state again: messages may be lost. */
  #catchUp(ctx: LeaderContext): void {
    for (const to of this.#others) {
      const acked = this.#acked.get(to);
      if (acked === undefined || acked < this.#state.index) this.#install(ctx, to);
    }
  }

  /** Answers what a majority has on disk. */
  #commit(ctx: LeaderContext): void {
    const reached = [...this.#acked.values(), this.#state.index].sort((a, b) => b - a);
    const committed = reached[majority(this.#members.length) - 1];
    if (committed === undefined) return;
    this.#isReady = true;
    if (committed >= this.#state.index) this.#settled = this.#state;
    const done = this.#waiting.filter(({ index }) => index <= committed);
    this.#waiting = this.#waiting.filter(({ index }) => index > committed);
    for (const { state, answer } of done) {
      this.#settled = state;
      answer(ctx);
    }
  }

  #setState(ctx: LeaderContext, state: State): void {
    this.#state = state;
    // One record: it is replaced in one piece, or not at all.
    ctx.storage.set(STATE, state);
  }

  // --- Requests ----------------------------------------------------------------------------------

  #request(ctx: LeaderContext, from: NodeId, request: Request): void {
    if (this.#role !== 'leader' && this.#leader !== null && this.#leader !== ctx.self) {
      return ctx.send(this.#leader, { type: 'forward', origin: from, request: request as never });
    }
    this.#operate(ctx, request, (c, reply) => c.send(from, reply));
  }

  /** Carries a request out, and answers once a majority has it. */
  #operate(ctx: LeaderContext, request: Request, reply: Reply): void {
    if (this.#role !== 'leader' || !this.#isReady) {
      return reply(ctx, refuse(request, 'temporarily-unavailable', 'no leader is ready'));
    }
    if (request.type === 'read' && this.#mayReadAlone(ctx)) {
      ctx.measure('lone-reads', 1);
      const { answer } = effectOf(this.#settled, request as never) as Effect;
      return reply(ctx, answerOf(answer, request.id));
    }
    const [serial, answer] = this.#state.served[request.session] ?? [0, null];
    if (request.serial < serial) return;
    if (request.serial === serial && answer !== null) {
      return this.#answerAt(this.#state.index, request, answer, reply, ctx);
    }
    const effect = effectOf(this.#state, request as never);
    if (effect === null) return reply(ctx, refuse(request, 'not-supported'));
    const index = this.#state.index + 1;
    const generation = this.#fence.highest;
    this.#setState(ctx, applied(this.#state, index, effect));
    for (const to of this.#others) ctx.send(to, { type: 'append', generation, index, effect });
    this.#answerAt(index, request, effect.answer, reply, ctx);
  }

  /** Whether nobody else can lead, so that what it has is the latest. */
  #mayReadAlone(ctx: LeaderContext): boolean {
    if (this.#given.lease === undefined) return false;
    if (this.#leadsOn) return true;
    return this.#lock === null
      ? this.#leases.isHeld(ctx, this.#others)
      : this.#lock.heldToken(ctx) === this.#fence.highest;
  }

  #answerAt(
    index: number,
    request: Request,
    answer: State['served'][string][1],
    reply: Reply,
    ctx: LeaderContext,
  ): void {
    const message = answerOf(answer, request.id);
    this.#waiting.push({ index, state: this.#state, answer: (c) => reply(c, message) });
    this.#commit(ctx);
  }
}
