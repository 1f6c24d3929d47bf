/**
 * How a node keeps a synced clock: it asks time servers again and again, and tells others the time
 * by it. The messages are those of the interface `timestamp`.
 */
import type { Context, Message, NodeId } from '../../sim/node.ts';
import { defineParams, type Params } from '../../sim/params.ts';
import { SyncedClock, type SyncMistake, type TimeInterval } from './synced-clock.ts';

/** What time is it? */
export interface AskTime extends Message {
  readonly type: 'ask-time';
  readonly poll: number;
}

/** It was received and answered at these times, by a clock that may be wrong by `errorMs`. */
export interface TellTime extends Message {
  readonly type: 'tell-time';
  readonly poll: number;
  readonly receivedMs: number;
  readonly sentMs: number;
  readonly errorMs: number;
}

export const syncParams = defineParams({
  poll: {
    type: 'duration',
    min: 1,
    default: 30_000,
    doc: 'How often it asks each time server. Seldomer, its error grows larger between.',
  },
  drift: {
    type: 'number',
    unit: 'ppm',
    min: 0,
    max: 100_000,
    default: 200,
    doc: 'By how much its own oscillator may run wrong. What is less than the truth is no bound.',
  },
});

export type SyncParams = Params<typeof syncParams>;

/** What ntpd does: it slews by 500 millionths, and steps what is off by more than 128 ms. */
const STEP_MS = 128;
const SLEW = 0.0005;

// biome-ignore lint/suspicious/noExplicitAny: the messages of the kind that keeps the clock.
type AnyContext = Context<any>;

export const SYNC_TIMER = 'sync';
/** How often it asks as long as it knows nothing, in ms. */
const FIRST_MS = 1000;
const POLLS_PER_LIFE = 1_000_000;

export class TimeSync {
  readonly #servers: readonly NodeId[];
  readonly #pollMs: number;
  readonly #clock: SyncedClock;
  /** By server: the last poll that has no answer yet. */
  readonly #asked = new Map<NodeId, { readonly poll: number; readonly askedMs: number }>();
  readonly #heard = new Set<NodeId>();
  #polls = 0;

  constructor(
    servers: readonly NodeId[],
    { poll, drift }: SyncParams,
    mistake: SyncMistake | null = null,
  ) {
    this.#servers = servers;
    this.#pollMs = poll;
    const spec = { drift: drift / 1_000_000, stepMs: STEP_MS, slew: SLEW, mistake };
    this.#clock = new SyncedClock(spec);
  }

  start(ctx: AnyContext): void {
    this.#clock.start(ctx.elapsed(), ctx.now());
    this.poll(ctx);
  }

  /** At the timer `SYNC_TIMER`. */
  poll(ctx: AnyContext): void {
    const isEarly = this.#heard.size < this.#servers.length;
    ctx.setTimer(SYNC_TIMER, isEarly ? Math.min(FIRST_MS, this.#pollMs) : this.#pollMs);
    // Answers to another life of this node mean nothing: its oscillator began at 0.
    const poll = ctx.life * POLLS_PER_LIFE + ++this.#polls;
    const askedMs = ctx.elapsed();
    for (const server of this.#servers) {
      this.#asked.set(server, { poll, askedMs });
      ctx.sendNow(server, { type: 'ask-time', poll });
    }
  }

  /** By how much the clock was stepped, in ms; null if the answer is none to the last question. */
  heard(ctx: AnyContext, from: NodeId, m: TellTime): number | null {
    const asked = this.#asked.get(from);
    if (asked === undefined || asked.poll !== m.poll) return null;
    this.#asked.delete(from);
    this.#heard.add(from);
    const { askedMs } = asked;
    const { receivedMs, sentMs, errorMs } = m;
    const heardMs = ctx.elapsed();
    return this.#clock.heard(from, { askedMs, receivedMs, sentMs, heardMs, errorMs });
  }

  /** Where the true time is; null as long as it does not know. */
  interval(ctx: AnyContext): TimeInterval | null {
    return this.#heard.size * 2 > this.#servers.length ? this.#clock.interval(ctx.elapsed()) : null;
  }

  time(ctx: AnyContext): number {
    return this.#clock.time(ctx.elapsed());
  }
}
