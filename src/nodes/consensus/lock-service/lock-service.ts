/**
 * A server of a lock service: a Raft server whose state machine is a tree with leases, and what
 * needs a clock or clients around it (Burrows 2006, Chubby; Hunt et al. 2010, ZooKeeper).
 *
 * Updates go through Raft as they are. Around them stands, at the leader: the clock of leases
 * (`leases.ts`), who waits for locks (`lock-waiters.ts`), who has what in a cache (`caches.ts`),
 * and pings that it keeps for a while. At every server: watches, and reads from what it has
 * (`watching.ts`).
 */
import type coordination from '../../../interfaces/coordination.ts';
import type lock from '../../../interfaces/lock.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { type Asker, answer, refuse, replyOf } from '../../parts/machines/askers.ts';
import { type Coordination, lockOfPath, lockPath } from '../../parts/machines/coordination.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';
import type { Forward, RaftMessage } from '../raft/messages.ts';
import { Raft } from '../raft/raft.ts';
import { readAsLeader } from '../raft/reads.ts';
import { append, replicateSoon } from '../raft/replication.ts';
import type { Settings as RaftSettings } from '../raft/settings.ts';
import { type Attendant, AttendedMachine } from './attended.ts';
import { Caches } from './caches.ts';
import type { LockServiceBug } from './declared.ts';
import { type HeldPing, LeaseClock, leaseIn, leaseOpened } from './leases.ts';
import { LockWaiters } from './lock-waiters.ts';
import { machineOf } from './machine.ts';
import type { Invalidate, LockServiceMessage } from './messages.ts';
import type { Settings } from './settings.ts';
import { touchedBy } from './touched.ts';
import { sourceOf, Watching } from './watching.ts';

type Ctx = Context<LockServiceMessage>;
type Acquire = RequestOf<typeof lock, 'acquire'>;
type Rewatch = RequestOf<typeof coordination, 'rewatch'>;

const LEASES = 'leases';
const HELD_PING = 'held-ping';
const CACHES = 'caches';
/** How often the holders of a cache are asked again. */
const ASK_AGAIN_MS = 200;
/** The shortest wait that is a wait: a tick of the clock. */
const TICK_MS = 0.001;

export class LockService implements Node<LockServiceMessage>, Attendant {
  readonly #settings: Settings;
  readonly #bug: LockServiceBug | null;
  readonly #machine: Coordination;
  readonly #raft: Raft;
  readonly #watching: Watching;
  readonly #leases: LeaseClock;
  readonly #caches = new Caches();
  readonly #waiters = new LockWaiters();
  readonly #held = new Map<number, HeldPing>();
  #heldCount = 0;
  /** The term in which it leads; null: it does not. */
  #office: number | null = null;
  #serial = 0;
  /** Of the handler that runs. */
  #ctx!: Ctx;

  constructor(settings: Settings, raft: RaftSettings, place: Place, bug: LockServiceBug | null) {
    this.#settings = settings;
    this.#bug = bug;
    this.#machine = machineOf(settings, bug);
    this.#watching = new Watching(this.#machine, settings, bug);
    this.#leases = new LeaseClock(this.#machine, settings);
    const attended = new AttendedMachine(this.#machine, this);
    const first = { voters: place.initial, learners: [] };
    this.#raft = new Raft(raft, place.self, place.members, null, first, attended);
  }

  start(ctx: Ctx): void {
    this.#handle(ctx, () => this.#raft.start(ctx));
    if (this.#bug === 'expire-on-follower') ctx.setTimer(LEASES, TICK_MS);
  }

  receive(ctx: Ctx, from: NodeId, m: LockServiceMessage): void {
    this.#handle(ctx, () => this.#receive(ctx, from, m));
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    this.#handle(ctx, () => {
      if (tag === LEASES) this.#onLeases(ctx);
      else if (tag === HELD_PING) this.#onHeldPing(ctx, key);
      else if (tag === CACHES) this.#askCaches(ctx);
      else if (!this.#watching.timeout(ctx, tag, key)) this.#raft.timeout(ctx, tag, key);
    });
  }

  inspect(): Detail {
    return {
      ...this.#raft.inspect(),
      leases: this.#machine.leases.size,
      watches: this.#watching.size,
      orphans: this.#machine.orphans(),
    };
  }

  /** Everything that happens: afterwards it may lead, or lead no more. */
  #handle(ctx: Ctx, work: () => void): void {
    this.#ctx = ctx;
    work();
    const { role, currentTerm } = this.#raft;
    const office = role === 'leader' ? currentTerm : null;
    const { lastApplied } = this.#raft;
    if (office === this.#office) {
      if (office !== null) this.#leases.reached(lastApplied, ctx.elapsed());
      return this.#caches.reached(lastApplied);
    }
    this.#office = office;
    if (office === null) this.#leave(ctx);
    else this.#begin(ctx);
  }

  #begin(ctx: Ctx): void {
    const nowMs = ctx.elapsed();
    const renews = this.#bug !== 'lease-not-renewed-by-election';
    const { lastIndex } = this.#raft.log;
    this.#leases.begin(nowMs, lastIndex, renews ? nowMs : -Infinity);
    const known = this.#settings.cache ? this.#machine.leases.keys() : [];
    this.#caches.begin(known, lastIndex);
    ctx.setTimer(LEASES, TICK_MS);
  }

  #leave(ctx: Ctx): void {
    for (const timer of [LEASES, CACHES])
      if (this.#bug !== 'expire-on-follower') ctx.cancelTimer(timer);
    for (const [key, { asker }] of this.#held) {
      ctx.cancelTimer(HELD_PING, key);
      refuse(ctx, asker, 'temporarily-unavailable', 'it does not lead any more');
    }
    this.#held.clear();
    this.#caches.begin([], 0);
    this.#waiters.dismiss();
  }

  // --- Requests ----------------------------------------------------------------------------------

  #receive(ctx: Ctx, from: NodeId, m: LockServiceMessage): void {
    if (m.type === 'invalidated') return this.#caches.dropped(m.lease, m.number);
    if (m.type === 'event' || m.type === 'invalidate') return;
    if (m.type === 'forward') {
      this.#meet(m.origin, m.request);
      const asker: Asker = { origin: m.origin, via: from, requestId: m.request.id };
      return this.#request(ctx, from, m, asker, m.request);
    }
    if (m.type === 'forwardReply' && m.reply.type === 'ping_ok') {
      const [lease] = this.#watching.leasesAt(m.origin);
      const events = lease === undefined ? {} : { events: this.#eventsOf(ctx, lease) };
      return ctx.sendNow(m.origin, { ...m.reply, ...events } as never);
    }
    if (!isRequest(m)) return this.#raft.receive(ctx, from, m as RaftMessage);
    this.#meet(from, m as MachineRequest);
    const asker: Asker = { origin: from, via: null, requestId: m.id };
    this.#request(ctx, from, m as MachineRequest, asker, m as MachineRequest);
  }

  /** Events go to where the lease was heard from last. */
  #meet(from: NodeId, request: MachineRequest): void {
    const { lease } = request as { readonly lease?: string };
    if (lease !== undefined) this.#watching.hear(lease, from);
  }

  /** A request from a client, or `m` that another server has passed on. */
  #request(
    ctx: Ctx,
    from: NodeId,
    m: MachineRequest | Forward,
    asker: Asker,
    request: MachineRequest,
  ): void {
    const { type } = request;
    const seen = (request as { readonly seen?: number }).seen ?? 0;
    if (type === 'ping' || type === 'renew') return this.#ping(ctx, asker, request);
    if (this.#answersHere(type)) return this.#readHere(ctx, asker, request, seen);
    if (this.#office === null) return this.#raft.receive(ctx, from, m);
    const pass = () => this.#raft.receive(this.#ctx, from, m);
    if (type === 'acquire') return this.#acquire(ctx, asker, request as Acquire, pass);
    if (this.#machine.isRead(type)) return pass();
    this.#change(ctx, request as never, pass);
  }

  /** Watches that are set again belong to the server that is asked, whoever answers reads. */
  #answersHere(type: string): boolean {
    if (type === 'rewatch') return true;
    const isLocal = this.#settings.reads === 'local';
    return isLocal && (type === 'get' || type === 'exists' || type === 'children');
  }

  /** From what this server has; never from before what the client has seen elsewhere. */
  #readHere(ctx: Ctx, asker: Asker, request: MachineRequest, seen: number): void {
    if (this.#machine.revision < seen) {
      return refuse(ctx, asker, 'temporarily-unavailable', 'it has not seen what the client has');
    }
    const command = this.#raft.commands.of(request);
    if (command === null) return;
    if (request.type === 'rewatch') {
      const { lease, watches, seen: known } = request as Rewatch;
      if (!this.#watching.rewatch(ctx, lease, watches, known)) {
        return refuse(ctx, asker, 'precondition-failed', 'compacted');
      }
    }
    answer(ctx, asker, replyOf(asker.requestId, this.#raft.machine.apply(command)));
  }

  // --- Leases ------------------------------------------------------------------------------------

  /**
   * A ping renews the lease as it comes to the leader, and is answered once a majority has
   * confirmed that it leads: another leader is elected after that, and gives the lease its whole
   * time again.
   */
  #ping(ctx: Ctx, asker: Asker, request: MachineRequest): void {
    const { leader, currentTerm: term } = this.#raft;
    if (this.#bug === 'expire-on-follower') this.#leases.hear(leaseIn(request), ctx.elapsed());
    if (this.#office === null) {
      if (leader === null || asker.via !== null) {
        return refuse(ctx, asker, 'temporarily-unavailable', 'no leader is known');
      }
      return ctx.sendNow(leader, { type: 'forward', term, origin: asker.origin, request });
    }
    const lease = leaseIn(request);
    if (this.#leases.isEnding(lease)) {
      return refuse(ctx, asker, 'precondition-failed', 'the lease is over');
    }
    const nowMs = ctx.elapsed();
    this.#leases.hear(lease, nowMs);
    const { epoch } = request as { readonly epoch?: number };
    if (epoch === this.#office) this.#caches.confirmed(lease);
    const holdMs = this.#holdMs(lease);
    if (holdMs === 0 || request.type !== 'ping' || epoch !== this.#office) {
      return this.#answerPing(ctx, asker, request, 0);
    }
    const key = ++this.#heldCount;
    this.#held.set(key, { asker, request, lease, sinceMs: nowMs });
    ctx.setTimer(HELD_PING, holdMs, key);
  }

  #holdMs(lease: string): number {
    return (this.#machine.leases.get(lease) ?? 0) * this.#settings.pingHold;
  }

  #onHeldPing(ctx: Ctx, key: number): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    const { asker, request, lease, sinceMs } = held;
    if (this.#leases.isEnding(lease)) {
      return refuse(ctx, asker, 'precondition-failed', 'the lease is over');
    }
    const nowMs = ctx.elapsed();
    this.#leases.hear(lease, nowMs);
    this.#answerPing(ctx, asker, request, nowMs - sinceMs);
  }

  #answerPing(ctx: Ctx, asker: Asker, request: MachineRequest, heldMs: number): void {
    const command = this.#raft.commands.of(request);
    if (command === null) return;
    const kept = heldMs > 0 ? { ...command, heldMs } : command;
    readAsLeader(this.#raft, ctx, { asker, command: kept });
  }

  #onLeases(ctx: Ctx): void {
    if (this.#office === null && this.#bug !== 'expire-on-follower') return;
    const nowMs = ctx.elapsed();
    const { leases, paths, nextMs } = this.#leases.due(nowMs);
    // Who is over uses no cache any more.
    for (const lease of leases) this.#caches.ended(lease);
    for (const lease of leases) this.#endLease(ctx, lease);
    for (const path of paths) {
      this.#leases.end(path);
      this.#propose(ctx, { type: 'undelay', path });
    }
    const waitsUntilMs = this.#waiters.settle(nowMs);
    const soonest = Math.min(nextMs, waitsUntilMs);
    if (soonest < Infinity) ctx.setTimer(LEASES, Math.max(TICK_MS, soonest - nowMs));
    else if (this.#bug === 'expire-on-follower') ctx.setTimer(LEASES, ASK_AGAIN_MS);
  }

  #endLease(ctx: Ctx, lease: string): void {
    this.#leases.end(lease);
    const expire = { type: 'expire', lease } as const;
    if (this.#bug === 'expire-on-follower') {
      this.#raft.machine.apply({ ...expire, session: this.#raft.self, serial: 0 });
      return;
    }
    this.#change(ctx, expire, () => this.#propose(this.#ctx, expire));
  }

  /** An entry that no client has asked for. */
  #propose(ctx: Ctx, body: { readonly type: string; readonly [field: string]: Plain }): void {
    if (this.#raft.role !== 'leader') return;
    const session = `${this.#raft.self}/${ctx.life}`;
    append(this.#raft, ctx, { ...body, session, serial: ++this.#serial });
    replicateSoon(this.#raft, ctx);
  }

  // --- Locks -------------------------------------------------------------------------------------

  /** Waits at the leader while another has the lock, no longer than the asker does. */
  #acquire(ctx: Ctx, asker: Asker, request: Acquire, pass: () => void): void {
    const { key, session, shared = false } = request;
    const waitMs = Math.min(request.waitMs ?? 0, request.timeoutMs ?? Infinity);
    const go = () => this.#change(this.#ctx, request, () => this.#append(key, pass));
    const isOwn = this.#machine.grantOf(key, session, shared) !== undefined;
    const mustWait = this.#waiters.isBusy(key) || !this.#machine.isFree(key, shared);
    if (waitMs <= 0 || isOwn || !mustWait) {
      this.#waiters.begin(key);
      return go();
    }
    const untilMs = ctx.elapsed() + waitMs;
    const refuseLate = () =>
      refuse(this.#ctx, asker, 'lock-held', 'another session holds the lock');
    this.#waiters.wait(key, { untilMs, shared, go, refuse: refuseLate });
    this.#onLeases(ctx);
  }

  /**
   * Raft answers some acquires without an entry: a copy of one that it has had, a retry, one that
   * it has no room for. The lock does not wait for the outcome of these.
   */
  #append(key: string, pass: () => void): void {
    const before = this.#raft.log.lastIndex;
    try {
      pass();
    } finally {
      if (this.#raft.log.lastIndex === before) {
        this.#waiters.done(key);
        this.#letNext(lockPath(key));
      }
    }
  }

  // --- Caches ------------------------------------------------------------------------------------

  /** Does what changes the tree once nobody has that part of it in a cache. */
  #change(ctx: Ctx, command: { readonly type: string }, go: () => void): void {
    if (!this.#settings.cache || this.#bug === 'cache-not-invalidated') return go();
    if (this.#caches.defers(() => this.#change(this.#ctx, command, go))) return;
    const what = touchedBy(this.#machine.tree, command);
    if (what.length === 0) return go();
    const { number, holders } = this.#caches.change(what, () =>
      this.#caches.carryOut(what, go, this.#raft),
    );
    if (holders.length === 0) return;
    ctx.note('waits for caches', { what: what.join(', '), of: holders.length });
    this.#invalidate(ctx, number, what, holders);
    ctx.setTimer(CACHES, ASK_AGAIN_MS);
  }

  #invalidate(ctx: Ctx, number: number, what: readonly string[], holders: readonly string[]): void {
    for (const lease of holders) {
      const node = this.#watching.nodeOf(lease);
      const message: Invalidate = { type: 'invalidate', lease, what, number };
      if (node !== undefined) ctx.send(node, message);
    }
  }

  #askCaches(ctx: Ctx): void {
    const open = this.#caches.open();
    for (const { number, what, leases } of open) this.#invalidate(ctx, number, what, leases);
    if (open.length > 0) ctx.setTimer(CACHES, ASK_AGAIN_MS);
  }

  // --- The state machine -------------------------------------------------------------------------

  applied(command: Command, outcome: ReplyBody): void {
    const ctx = this.#ctx;
    const changes = this.#machine.takeChanges();
    if (changes.length > 0) this.#watching.applied(ctx, changes);
    const { type } = command;
    if (type === 'expire' || type === 'close') this.#leaseEnded(ctx, command);
    if (type === 'undelay') this.#leases.forget(command['path'] as string);
    if (this.#office === null) return;
    if (type === 'open' && outcome.type !== 'error') this.#caches.opened(leaseOpened(outcome));
    this.#caches.applied(this.#raft.lastApplied);
    for (const { path, revision } of changes) ctx.note('tree changes', { path, revision });
    const key = command['key'] as string | undefined;
    if (type === 'acquire' && key !== undefined) this.#waiters.done(key);
    // Leases to be ended, or delays.
    if (TIMED.has(type)) ctx.setTimer(LEASES, TICK_MS);
    if (outcome.type === 'error') return;
    if (key !== undefined && changes.length > 0) {
      const { token } = outcome as { readonly token?: number };
      if (token === undefined) ctx.note('lets go', { key });
      else ctx.note('holds', { key, token });
    }
    if (type === 'undelay') this.#letNext(command['path'] as string);
    for (const { path } of changes) this.#letNext(path);
  }

  /** The lock of this node may be free now for who waits for it. */
  #letNext(path: string): void {
    const key = lockOfPath(path);
    if (key === null) return;
    this.#waiters.next(key, (shared) => this.#machine.isFree(key, shared));
  }

  #leaseEnded(ctx: Ctx, { type, lease }: Command): void {
    const name = lease as string;
    this.#leases.forget(name);
    this.#caches.ended(name);
    this.#watching.forget(name);
    if (type === 'expire' && this.#office !== null) ctx.note('session expired', { session: name });
  }

  answering(command: Command, outcome: ReplyBody): ReplyBody {
    const ctx = this.#ctx;
    const lease = command['lease'] as string | undefined;
    if (command.type === 'ping' && outcome.type === 'ping_ok') {
      const heldMs = command['heldMs'];
      const held = heldMs === undefined ? {} : { heldMs };
      const events = { events: this.#eventsOf(ctx, lease as string) };
      return { ...outcome, epoch: this.#raft.currentTerm, ...held, ...events };
    }
    if (lease === undefined || !WATCHED.has(command.type)) return outcome;
    const path = command['path'] as string;
    const of = command.type === 'children' ? 'children' : 'data';
    if (command['watch'] === true && outcome.type !== 'error') this.#watching.add(of, path, lease);
    const events = { events: this.#eventsOf(ctx, lease) };
    const mayKeep =
      command['cache'] === true &&
      this.#settings.cache &&
      this.#office !== null &&
      this.#caches.take(`${of} ${path}`, lease);
    return { ...outcome, ...events, ...(mayKeep ? { cacheable: this.#raft.currentTerm } : {}) };
  }

  restored(before: number): void {
    this.#watching.restored(this.#ctx, before);
  }

  #eventsOf(ctx: Ctx, lease: string): readonly [string, number] {
    return [sourceOf(ctx), this.#watching.sentTo(lease)];
  }
}

const TIMED: ReadonlySet<string> = new Set(['acquire', 'open', 'expire']);
/** Reads that set watches, and whose answers follow events. */
const WATCHED: ReadonlySet<string> = new Set(['get', 'exists', 'children', 'rewatch']);
