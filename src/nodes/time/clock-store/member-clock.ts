/** The time of day of a member, and how wrong it may be: its own word, or that of time servers. */
import type { NodeId } from '../../../sim/node.ts';
import type { TimeInterval } from '../../parts/synced-clock.ts';
import { type TellTime, TimeSync } from '../../parts/time-sync.ts';
import type { ClockBug, ClockParams } from './declared.ts';
import type { ClockContext } from './messages.ts';

export interface MemberClock {
  /** At boot. */
  start(ctx: ClockContext): void;
  /** What it shows, in ms. */
  timeMs(ctx: ClockContext): number;
  /** Where the true time is, as the member believes; null: it does not know. */
  interval(ctx: ClockContext): TimeInterval | null;
  /** A time server answers. */
  heard(ctx: ClockContext, from: NodeId, m: TellTime): void;
  /** It is time to ask the time servers again. */
  poll(ctx: ClockContext): void;
}

export function memberClock(given: ClockParams, bug: ClockBug | null): MemberClock {
  const { epsilon } = given;
  const servers = given['clock-source'];
  if (servers === undefined) return new OwnClock(bug === 'epsilon-halved' ? epsilon / 2 : epsilon);
  const mistake = bug === 'epsilon-ignores-age' ? 'ignores-age' : null;
  return new ServedClock(new TimeSync(servers, given, mistake));
}

/** The machine's clock, of which somebody has said how wrong it may be. */
class OwnClock implements MemberClock {
  readonly #errorMs: number;

  constructor(errorMs: number) {
    this.#errorMs = errorMs;
  }

  start(): void {}
  heard(): void {}
  poll(): void {}

  timeMs(ctx: ClockContext): number {
    return ctx.now();
  }

  interval(ctx: ClockContext): TimeInterval {
    const nowMs = ctx.now();
    return { earliest: nowMs - this.#errorMs, latest: nowMs + this.#errorMs };
  }
}

class ServedClock implements MemberClock {
  readonly #sync: TimeSync;

  constructor(sync: TimeSync) {
    this.#sync = sync;
  }

  start(ctx: ClockContext): void {
    this.#sync.start(ctx);
  }

  heard(ctx: ClockContext, from: NodeId, m: TellTime): void {
    this.#sync.heard(ctx, from, m);
  }

  poll(ctx: ClockContext): void {
    this.#sync.poll(ctx);
  }

  timeMs(ctx: ClockContext): number {
    return this.#sync.time(ctx);
  }

  interval(ctx: ClockContext): TimeInterval | null {
    return this.#sync.interval(ctx);
  }
}
