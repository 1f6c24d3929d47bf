/**
 * The proposer (Lamport 2001, section 2.2): it asks for promises, and proposes what they oblige it
 * to. A ballot that does not come to an end is followed by a higher one.
 *
 * Two proposers can interrupt each other forever (section 2.4): each begins a higher ballot before
 * the other's is accepted. With links that take d one way and a new ballot every R, the second
 * proposer s behind the first, they do so exactly if R - 2d < s < 2d. A random `retry` ends it.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { Distinct } from '../../parts/distinct.ts';
import { compareStamps, NO_STAMP, sameStamp, showStamp } from '../../parts/stamp.ts';
import type { Bug } from './bugs.ts';
import type {
  Accepted,
  Ballot,
  Nack,
  PaxosMessage,
  PromiseReply,
  ProposeRequest,
} from './messages.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<PaxosMessage>;

const DOUBLINGS_MAX = 5;

/** Who waits for the value of a key. */
interface Asker {
  readonly from: NodeId;
  readonly requestId: number;
}

interface Proposal {
  readonly number: number;
  readonly key: string;
  /** What it proposes if no promise obliges it to another value. */
  readonly own: Plain;
  readonly beganAtMs: number;
  readonly askers: Asker[];
  /** When the last of them has lost its patience, on the clock that never jumps. */
  untilMs: number;
  ballot: Ballot;
  /** How many ballots it has begun. */
  ballots: number;
  /** `waiting`: its ballot was refused, and the next one begins when `retry` is over. */
  phase: 'preparing' | 'accepting' | 'waiting';
  promised: Distinct;
  /** What promises name as accepted, in the order of arrival. */
  reported: Accepted[];
}

export class Proposer {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  readonly #self: NodeId;
  readonly #proposals = new Map<string, Proposal>();
  readonly #byNumber = new Map<number, Proposal>();
  #last = 0;
  /** The highest round used or heard of; the highest used is on disk. */
  #round = 0;

  constructor(settings: Settings, bug: Bug | null, self: NodeId) {
    this.#settings = settings;
    this.#bug = bug;
    this.#self = self;
  }

  get pending(): number {
    return this.#proposals.size;
  }

  start(ctx: Ctx): void {
    this.#round = (ctx.storage.get('round') as number | undefined) ?? 0;
  }

  onRequest(ctx: Ctx, from: NodeId, request: ProposeRequest): void {
    const { key, value, id, timeoutMs } = request;
    const untilMs = timeoutMs === null ? Infinity : ctx.elapsed() + timeoutMs;
    const asker: Asker = { from, requestId: id };
    const under = this.#proposals.get(key);
    if (under !== undefined) {
      // One proposal a key: whoever asks meanwhile gets what is chosen.
      under.askers.push(asker);
      if (untilMs > under.untilMs) under.untilMs = untilMs;
      return;
    }
    const proposal: Proposal = {
      number: ++this.#last,
      key,
      own: value,
      beganAtMs: ctx.elapsed(),
      askers: [asker],
      untilMs,
      ballot: NO_STAMP,
      ballots: 0,
      phase: 'waiting',
      promised: new Distinct(),
      reported: [],
    };
    this.#proposals.set(key, proposal);
    this.#byNumber.set(proposal.number, proposal);
    this.#begin(ctx, proposal);
  }

  /** The ballot has taken too long, or the pause after a refusal is over. */
  onRetry(ctx: Ctx, number: number): void {
    const proposal = this.#byNumber.get(number);
    if (proposal === undefined) return;
    if (ctx.elapsed() >= proposal.untilMs) {
      this.#end(ctx, proposal);
      const { key, ballot } = proposal;
      return ctx.note('gives up', { key, ballot: showStamp(ballot) });
    }
    this.#begin(ctx, proposal);
  }

  /** Each acceptor counts once, however often its promise arrives. */
  onPromise(ctx: Ctx, from: NodeId, { key, ballot, accepted }: PromiseReply): void {
    const proposal = this.#proposals.get(key);
    if (proposal?.phase !== 'preparing' || !sameStamp(proposal.ballot, ballot)) return;
    if (!proposal.promised.add(from)) return;
    if (accepted !== null) proposal.reported.push(accepted);
    if (proposal.promised.size < this.#settings.phase1Quorum) return;
    this.#propose(ctx, proposal);
  }

  onNack(ctx: Ctx, { key, ballot, promised }: Nack): void {
    if (promised.number > this.#round) this.#round = promised.number;
    const proposal = this.#proposals.get(key);
    if (proposal === undefined || !sameStamp(proposal.ballot, ballot)) return;
    if (proposal.phase === 'waiting') return;
    ctx.measure('refused');
    proposal.phase = 'waiting';
    this.#setRetry(ctx, proposal);
  }

  /** Somebody has learned what is chosen. */
  onChosen(ctx: Ctx, key: string, value: Plain): void {
    const proposal = this.#proposals.get(key);
    if (proposal === undefined) return;
    this.#end(ctx, proposal);
    ctx.measure('proposals');
    ctx.measure('proposal-time', ctx.elapsed() - proposal.beganAtMs);
    for (const { from, requestId } of proposal.askers) {
      ctx.sendNow(from, { type: 'propose_ok', inReplyTo: requestId, value });
    }
  }

  /**
   * Phase 1a, in a round above all that it has used or heard of. The round is on disk before
   * anybody hears of it, or the next life could use it for another value.
   */
  #begin(ctx: Ctx, proposal: Proposal): void {
    const ballot: Ballot = { number: this.#nextRound(ctx, proposal), by: this.#self };
    assert(compareStamps(ballot, proposal.ballot) > 0, 'the ballots of a proposer grow');
    proposal.ballot = ballot;
    proposal.ballots++;
    proposal.phase = 'preparing';
    proposal.promised = new Distinct();
    proposal.reported = [];
    ctx.measure('ballots');
    ctx.note('begins ballot', { key: proposal.key, ballot: showStamp(ballot) });
    for (const acceptor of this.#settings.acceptors) {
      ctx.send(acceptor, { type: 'prepare', key: proposal.key, ballot });
    }
    this.#setRetry(ctx, proposal);
  }

  #nextRound(ctx: Ctx, { ballot }: Proposal): number {
    // The bug: each proposal counts its own rounds, so that one after a crash begins at 1 again.
    if (this.#bug === 'reuse-ballot') return ballot.number + 1;
    this.#round++;
    ctx.storage.set('round', this.#round);
    return this.#round;
  }

  /** Phase 2a. */
  #propose(ctx: Ctx, proposal: Proposal): void {
    const { key, ballot } = proposal;
    proposal.phase = 'accepting';
    const value = this.#valueOf(proposal);
    for (const acceptor of this.#settings.acceptors) {
      ctx.send(acceptor, { type: 'accept', key, ballot, value });
    }
  }

  /** That of the highest ballot among the promises; its own only if they name none (P2c). */
  #valueOf({ own, reported }: Proposal): Plain {
    if (this.#bug === 'own-value-always' || reported.length === 0) return own;
    if (this.#bug === 'commonest-value') return commonest(reported);
    return reported.reduce((a, b) => (compareStamps(b.ballot, a.ballot) > 0 ? b : a)).value;
  }

  #setRetry(ctx: Ctx, { number, ballots }: Proposal): void {
    const { retryMinMs, retryMaxMs, doubles } = this.#settings;
    const isFixed = retryMinMs === retryMaxMs;
    const waitMs = isFixed ? retryMinMs : ctx.random.between(retryMinMs, retryMaxMs);
    const doublings = ballots - 1 < DOUBLINGS_MAX ? ballots - 1 : DOUBLINGS_MAX;
    ctx.setTimer('retry', doubles ? waitMs * (1 << doublings) : waitMs, number);
  }

  #end(ctx: Ctx, { key, number }: Proposal): void {
    this.#proposals.delete(key);
    this.#byNumber.delete(number);
    ctx.cancelTimer('retry', number);
  }
}

/** Of values that are as common, the one with the lower ballot: the bug at its worst. */
function commonest(reported: readonly Accepted[]): Plain {
  const counts = new Map<string, number>();
  const textOf = ({ value }: Accepted) => JSON.stringify(value);
  for (const accepted of reported)
    counts.set(textOf(accepted), (counts.get(textOf(accepted)) ?? 0) + 1);
  const count = (accepted: Accepted) => counts.get(textOf(accepted)) ?? 0;
  return reported.reduce((a, b) => {
    if (count(a) !== count(b)) return count(b) > count(a) ? b : a;
    return compareStamps(b.ballot, a.ballot) < 0 ? b : a;
  }).value;
}
