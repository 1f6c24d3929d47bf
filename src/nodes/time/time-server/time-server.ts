/**
 * A node that tells the time: by its own clock, which it trusts, or by a clock that it keeps by
 * asking other time servers, as a stratum of NTP asks the one above (RFC 5905) and as the daemons
 * of TrueTime ask the time masters (Corbett et al. 2012, Spanner, section 3).
 */
import type timestamp from '../../../interfaces/timestamp.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { type ErrorReply, isRequest, refuse } from '../../../sim/rpc.ts';
import type { TimeInterval } from '../../parts/synced-clock.ts';
import { type AskTime, type TellTime, TimeSync } from '../../parts/time-sync.ts';
import type { TimeBug, TimeParams } from './settings.ts';

type TimeMessage =
  | AskTime
  | TellTime
  | RequestOf<typeof timestamp>
  | ReplyOf<typeof timestamp>
  | ErrorReply;
type TimeContext = Context<TimeMessage>;

/** What the clock shows, and where the true time is. */
interface Reading {
  readonly timeMs: number;
  readonly interval: TimeInterval;
}

/** Of the clock, by the bug of the kind. */
const MISTAKES = {
  'epsilon-ignores-age': 'ignores-age',
  'error-ignores-delay': 'ignores-delay',
  'trusts-any-server': 'trusts-any-server',
} as const;

export class TimeServer implements Node<TimeMessage> {
  readonly #given: TimeParams;
  /** null: it trusts its own clock. */
  readonly #sync: TimeSync | null;

  constructor(given: TimeParams, bug: TimeBug | null) {
    this.#given = given;
    const mistake = bug === null ? null : MISTAKES[bug];
    this.#sync = given.source === undefined ? null : new TimeSync(given.source, given, mistake);
  }

  start(ctx: TimeContext): void {
    this.#sync?.start(ctx);
  }

  receive(ctx: TimeContext, from: NodeId, m: TimeMessage): void {
    switch (m.type) {
      case 'now':
        return this.#answer(ctx, from, m.id);
      case 'ask-time':
        return this.#tell(ctx, from, m.poll);
      case 'tell-time': {
        const by = this.#sync?.heard(ctx, from, m) ?? 0;
        if (by !== 0) ctx.note('steps clock', { by });
        return;
      }
      default:
        if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  timeout(ctx: TimeContext): void {
    this.#sync?.poll(ctx);
  }

  inspect(): Detail {
    return { synced: this.#sync !== null };
  }

  #answer(ctx: TimeContext, to: NodeId, inReplyTo: number): void {
    const reading = this.#read(ctx);
    if (reading === null) {
      const text = 'it does not know the time yet';
      return ctx.send(to, { type: 'error', inReplyTo, code: 'temporarily-unavailable', text });
    }
    const { timeMs, interval } = reading;
    const value = this.#given.answer === 'time' ? timeMs : { ...interval };
    ctx.send(to, { type: 'now_ok', inReplyTo, value });
  }

  /** Who does not know the time says nothing: others ask again. */
  #tell(ctx: TimeContext, to: NodeId, poll: number): void {
    const reading = this.#read(ctx);
    if (reading === null) return;
    const { timeMs, interval } = reading;
    const errorMs = Math.max(timeMs - interval.earliest, interval.latest - timeMs);
    ctx.send(to, { type: 'tell-time', poll, receivedMs: timeMs, sentMs: timeMs, errorMs });
  }

  #read(ctx: TimeContext): Reading | null {
    if (this.#sync === null) {
      const timeMs = ctx.now();
      const { error } = this.#given;
      return { timeMs, interval: { earliest: timeMs - error, latest: timeMs + error } };
    }
    const interval = this.#sync.interval(ctx);
    if (interval === null) return null;
    ctx.measure('epsilon', (interval.latest - interval.earliest) / 2);
    return { timeMs: this.#sync.time(ctx), interval };
  }
}
