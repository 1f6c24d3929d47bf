/**
 * A watcher: asks each node of a group again and again whether it is well, and when the primary is
 * not, makes another node primary (Redis Sentinel, "High availability"; keepalived, Pacemaker).
 *
 * Several watchers agree first: enough of them must take the primary for dead, and a majority must
 * let one of them act, in an epoch that nobody has voted in before. A watcher that is cut off alone
 * then does nothing; a single one next to the replicas would make a second primary.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import type { Place } from '../../../sim/system.ts';
import type { HealthReply, SharedLockSpec } from '../../parts/failover-messages.ts';
import { majority } from '../../parts/quorum.ts';
import type { Bug } from './declared.ts';
import type { AskVote, Vote, WatcherMessage } from './messages.ts';
import type { Settings } from './settings.ts';
import { mostAdvanced, Watched } from './watched.ts';

type Ctx = Context<WatcherMessage>;

type Memory = {
  readonly epoch: number;
  readonly primary: NodeId | null;
  readonly votedEpoch: number;
  readonly votedFor: NodeId | null;
};

/** A fail-over that this watcher conducts. */
interface Failover {
  readonly epoch: number;
  readonly old: NodeId;
  readonly beganAtMs: number;
  readonly isDownBy: Set<NodeId>;
  readonly votes: Set<NodeId>;
  chosen: Watched | null;
}

export class Watcher implements Node<WatcherMessage> {
  readonly #settings: Settings;
  readonly #watched: ReadonlyMap<NodeId, Watched>;
  readonly #watchers: number;
  readonly #bug: Bug | null;
  /** Empty without `fence: shared-lock`. */
  readonly #lock: { readonly lock?: SharedLockSpec };
  #round = 0;
  #epoch = 0;
  #primary: NodeId | null = null;
  #votedEpoch = 0;
  #votedFor: NodeId | null = null;
  #failover: Failover | null = null;
  #lastFailoverAtMs = -Infinity;
  /** The primary that was killed, and is to be started when there is another one. */
  #killed: NodeId | null = null;

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.#settings = settings;
    this.#watched = new Map(settings.watch.map((id) => [id, new Watched(id)]));
    this.#watchers = place.members.length;
    this.#bug = bug;
    const { lock: servers, lease: leaseMs } = settings;
    this.#lock = servers === undefined ? {} : { lock: { servers, key: place.group, leaseMs } };
  }

  start(ctx: Ctx): void {
    const found = ctx.storage.get('memory') as Memory | undefined;
    if (found !== undefined) {
      this.#epoch = found.epoch;
      this.#primary = found.primary;
      this.#votedEpoch = found.votedEpoch;
      this.#votedFor = found.votedFor;
    }
    // Rounds of an earlier life must not be taken for those of this one.
    this.#round = ctx.life * 1_000_000;
    ctx.setTimer('round', 0);
  }

  receive(ctx: Ctx, from: NodeId, m: WatcherMessage): void {
    switch (m.type) {
      case 'healthReply':
        return this.#onHealthReply(ctx, from, m);
      case 'askVote':
        return this.#onAskVote(ctx, from, m);
      case 'vote':
        return this.#onVote(ctx, from, m);
      default:
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    switch (tag) {
      case 'round':
        this.#ask(ctx);
        return ctx.setTimer('round', this.#settings.interval);
      case 'unanswered':
        return this.#onUnanswered(ctx, key);
      case 'campaign':
        return this.#campaign(ctx);
    }
  }

  inspect(): Detail {
    const down = [...this.#watched.values()].filter(({ isDown }) => isDown).map(({ id }) => id);
    return { primary: this.#primary, epoch: this.#epoch, down, acting: this.#failover !== null };
  }

  #persist(ctx: Ctx): void {
    ctx.storage.set('memory', {
      epoch: this.#epoch,
      primary: this.#primary,
      votedEpoch: this.#votedEpoch,
      votedFor: this.#votedFor,
    } satisfies Memory);
  }

  // --- Watching -------------------------------------------------------------------------------

  #ask(ctx: Ctx): void {
    this.#round++;
    const { fence, lease, timeout } = this.#settings;
    for (const { id, heardRound } of this.#watched.values()) {
      ctx.sendNow(id, {
        type: 'health',
        round: this.#round,
        heardRound,
        epoch: this.#epoch,
        primary: this.#primary,
        leaseMs: fence === 'lease' && this.#failover === null ? lease : null,
        ...this.#lock,
      });
    }
    ctx.setTimer('unanswered', timeout, this.#round);
    this.#askForVotes(ctx);
    this.#continue(ctx);
    if (this.#settings.failback) this.#failBack(ctx);
  }

  /**
   * The first node becomes primary again once it is healthy and follows the current primary. This
   * is a second interruption: a node that fails again and again causes two each time.
   */
  #failBack(ctx: Ctx): void {
    const [home] = this.#watched.values();
    const primary = this.#primary;
    if (this.#failover !== null || primary === null || home === undefined) return;
    const { id, isDown, last } = home;
    const since = ctx.elapsed() - this.#lastFailoverAtMs;
    if (id === primary || isDown || since < this.#settings['cool-down']) return;
    if (last === null || last.isBlank || last.epoch < this.#epoch) return;
    ctx.note('fails back', { node: id });
    ctx.send(primary, { type: 'failBack', to: id });
  }

  #onHealthReply(ctx: Ctx, from: NodeId, m: HealthReply): void {
    const node = this.#watched.get(from);
    if (node === undefined) return;
    if (node.hear(m, ctx.elapsed(), this.#settings.rise)) ctx.note('alive again', { node: from });
    if (!m.isPrimary) return;
    const { chosen, epoch } = this.#failover ?? {};
    if (chosen?.id === from && m.epoch === epoch) return this.#finish(ctx);
    if (m.epoch > this.#epoch || this.#primary === null) this.#learn(ctx, m.epoch, from);
  }

  #onUnanswered(ctx: Ctx, round: number): void {
    for (const node of this.#watched.values()) {
      if (!node.miss(round, this.#settings.fall)) continue;
      ctx.note('takes for dead', { node: node.id });
      ctx.measure('deaths');
      if (node.id === this.#failover?.chosen?.id) this.#abandon(ctx);
      else if (node.id === this.#primary) this.#campaignSoon(ctx);
    }
  }

  /** Somebody else has made this node primary. */
  #learn(ctx: Ctx, epoch: number, primary: NodeId): void {
    this.#epoch = epoch;
    this.#primary = primary;
    if (this.#failover !== null && this.#failover.epoch <= epoch) this.#failover = null;
    this.#persist(ctx);
  }

  // --- Agreeing -------------------------------------------------------------------------------

  /** A little later at random, so that watchers do not all ask at once and split the votes. */
  #campaignSoon(ctx: Ctx): void {
    const isAlone = this.#watchers === 1;
    ctx.setTimer('campaign', isAlone ? 0 : ctx.random.between(0, this.#settings.interval / 2));
  }

  #campaign(ctx: Ctx): void {
    const old = this.#primary;
    if (old === null || this.#watched.get(old)?.isDown !== true) return;
    const waitMs = this.#lastFailoverAtMs + this.#settings['cool-down'] - ctx.elapsed();
    if (waitMs > 0) return ctx.setTimer('campaign', waitMs);
    const isFenced = this.#settings.fence !== 'none' && this.#bug !== 'no-fencing';
    const epoch = isFenced ? Math.max(this.#epoch, this.#votedEpoch) + 1 : this.#epoch;
    this.#votedEpoch = Math.max(this.#votedEpoch, epoch);
    this.#votedFor = ctx.self;
    this.#persist(ctx);
    const me = new Set([ctx.self]);
    const votes = new Set(me);
    this.#failover = {
      epoch,
      old,
      beganAtMs: ctx.elapsed(),
      isDownBy: me,
      votes,
      chosen: null,
    };
    this.#askForVotes(ctx);
    this.#continue(ctx);
  }

  /** Once in each round, as long as it is not agreed. */
  #askForVotes(ctx: Ctx): void {
    if (this.#failover === null || this.#isAgreed(this.#failover)) return;
    const { epoch, old } = this.#failover;
    ctx.broadcast({ type: 'askVote', epoch, node: old });
  }

  #isAgreed({ isDownBy, votes }: Failover): boolean {
    return isDownBy.size >= this.#settings.quorum && votes.size >= majority(this.#watchers);
  }

  #onAskVote(ctx: Ctx, from: NodeId, { epoch, node }: AskVote): void {
    const isFirst =
      epoch > this.#votedEpoch || (epoch === this.#votedEpoch && this.#votedFor === from);
    if (isFirst) {
      this.#votedEpoch = epoch;
      this.#votedFor = from;
      // Whoever is elected acts; this watcher asks again only if nothing comes of it.
      if (this.#failover !== null && this.#failover.epoch < epoch) this.#failover = null;
      this.#persist(ctx);
    }
    const isDown = this.#watched.get(node)?.isDown === true;
    ctx.send(from, { type: 'vote', epoch, isDown, isGranted: isFirst });
  }

  #onVote(ctx: Ctx, from: NodeId, m: Vote): void {
    const failover = this.#failover;
    if (failover === null || failover.epoch !== m.epoch) return;
    if (m.isDown) failover.isDownBy.add(from);
    if (m.isGranted) failover.votes.add(from);
    this.#continue(ctx);
  }

  // --- Acting ---------------------------------------------------------------------------------

  /** One step further, if there is one: looked at in each round, and when votes come. */
  #continue(ctx: Ctx): void {
    const failover = this.#failover;
    if (failover === null) return this.#askAgain(ctx);
    const { old } = failover;
    // With a lock the chosen one cannot get it from a primary that was well all the time.
    const mayStop = failover.chosen === null || this.#settings.fence === 'shared-lock';
    if (this.#watched.get(old)?.isDown !== true && mayStop) {
      this.#failover = null;
      return;
    }
    if (!this.#isAgreed(failover)) {
      // Others may have voted for another one, or do not take the primary for dead.
      if (ctx.elapsed() - failover.beganAtMs > 2 * this.#settings.interval) this.#abandon(ctx);
      return;
    }
    if (!this.#isFenced(ctx, old)) return;
    if (failover.chosen === null) failover.chosen = this.#choose(ctx, old);
    this.#promote(ctx, failover);
  }

  /** The primary is dead, and nobody acts. */
  #askAgain(ctx: Ctx): void {
    const { heardAtMs, isDown } = this.#watched.get(this.#primary ?? '') ?? {};
    const { interval, fall } = this.#settings;
    if (isDown !== true || ctx.elapsed() - (heardAtMs ?? 0) < (fall + 2) * interval) return;
    this.#campaignSoon(ctx);
  }

  #abandon(ctx: Ctx): void {
    this.#failover = null;
    this.#campaignSoon(ctx);
  }

  /** Whether the old primary can do no harm any more; does what it takes. */
  #isFenced(ctx: Ctx, old: NodeId): boolean {
    const { fence, lease } = this.#settings;
    if (fence === 'lease') {
      const heardAtMs = this.#watched.get(old)?.heardAtMs ?? 0;
      return ctx.elapsed() > heardAtMs + lease;
    }
    if (fence !== 'stonith' || this.#killed === old) return true;
    ctx.note('cuts off the power', { node: old });
    ctx.machines.kill(old);
    this.#killed = old;
    return true;
  }

  #choose(ctx: Ctx, old: NodeId): Watched | null {
    const candidates = [...this.#watched.values()].filter(
      (node) => node.id !== old && node.canTakeOver(this.#round, this.#settings.fall),
    );
    const needed = Math.max(1, ...candidates.map(({ last }) => last?.candidatesNeeded ?? 1));
    if (candidates.length < needed) {
      ctx.note('no candidate', { heard: candidates.length, needed });
      return null;
    }
    // The bug: the one that has received the least.
    return this.#bug === 'promote-behind' ? leastAdvanced(candidates) : mostAdvanced(candidates);
  }

  #promote(ctx: Ctx, { chosen, epoch, old }: Failover): void {
    if (chosen === null) return;
    const { fence } = this.#settings;
    const isForced = epoch === this.#epoch;
    const isLeased = fence === 'lease';
    const promote = { type: 'promote', epoch, isLeased, isForced, ...this.#lock } as const;
    ctx.note('promotes', { node: chosen.id, epoch });
    ctx.send(chosen.id, promote);
    if (this.#bug !== 'one-watcher-two-primaries') return;
    // The bug: another one is asked too, in case the first does not answer.
    const others = [...this.#watched.values()].filter(
      (node) => node !== chosen && node.id !== old && !node.isDown,
    );
    if (others[0] !== undefined) ctx.send(others[0].id, promote);
  }

  #finish(ctx: Ctx): void {
    const { epoch, chosen, old } = this.#failover as Failover;
    this.#failover = null;
    this.#lastFailoverAtMs = ctx.elapsed();
    this.#epoch = epoch;
    this.#primary = chosen?.id ?? null;
    this.#persist(ctx);
    ctx.measure('failovers');
    ctx.measure('failover-time', ctx.elapsed() - (this.#watched.get(old)?.heardAtMs ?? 0));
    ctx.note('fail-over done', { node: this.#primary, epoch });
    if (this.#killed === null || !this.#settings.revive) return;
    ctx.machines.start(this.#killed);
    this.#killed = null;
  }
}

function leastAdvanced(candidates: readonly Watched[]): Watched | null {
  const [first = null] = candidates.toSorted((a, b) => (a.last?.lsn ?? 0) - (b.last?.lsn ?? 0));
  return first;
}
