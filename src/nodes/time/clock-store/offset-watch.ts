/**
 * How far a member's clock is from those of the others, and whether it is the one that is wrong.
 *
 * The rule of CockroachDB (`pkg/rpc/clock_offset.go`): nodes ask each other for the time, and one
 * that is more than 80 % of `max-offset` away from at least half of the clocks that it knows shuts
 * itself down, before it hands out stamps that others have to refuse. A difference counts only as
 * far as it is certain: less half of the round trip. The own clock is one of those known, so that
 * of three members only the wrong one stops.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { TellTime } from '../../parts/time-sync.ts';
import type { ClockContext } from './messages.ts';

export const OFFSETS = 'offsets';
const EVERY_MS = 1000;
/** Older answers are not counted: the clocks may have changed since. */
const STALE_MS = 3 * EVERY_MS;
const ASKS_PER_LIFE = 1_000_000;

interface Heard {
  /** The least that the two clocks are apart. */
  readonly apartMs: number;
  /** By the clock that never jumps. */
  readonly atMs: number;
}

export class OffsetWatch {
  readonly #others: readonly NodeId[];
  readonly #toleratedMs: number;
  readonly #heard = new Map<NodeId, Heard>();
  #askedMs = 0;
  #asks = 0;
  #isWrong = false;

  constructor(others: readonly NodeId[], toleratedMs: number) {
    this.#others = others;
    this.#toleratedMs = toleratedMs;
  }

  /** As of the last look. */
  get isWrong(): boolean {
    return this.#isWrong;
  }

  /** At boot and at its timer: asks all others. Answers to earlier questions count no more. */
  ask(ctx: ClockContext): void {
    ctx.setTimer(OFFSETS, EVERY_MS);
    this.#askedMs = ctx.elapsed();
    const poll = ctx.life * ASKS_PER_LIFE + ++this.#asks;
    for (const to of this.#others) ctx.sendNow(to, { type: 'ask-time', poll });
  }

  /** Takes the answer of another member; `nowMs` is the time by this member's clock. */
  heard(ctx: ClockContext, from: NodeId, { poll, sentMs }: TellTime, nowMs: number): void {
    if (poll !== ctx.life * ASKS_PER_LIFE + this.#asks) return;
    const atMs = ctx.elapsed();
    const halfMs = (atMs - this.#askedMs) / 2;
    this.#heard.set(from, { apartMs: Math.abs(sentMs + halfMs - nowMs) - halfMs, atMs });
    this.#look(ctx, atMs);
  }

  #look(ctx: ClockContext, atMs: number): void {
    let [known, near] = [1, 1];
    for (const { apartMs, atMs: heardMs } of this.#heard.values()) {
      if (atMs - heardMs > STALE_MS) continue;
      known++;
      if (apartMs <= this.#toleratedMs) near++;
    }
    const isWrong = known > 1 && near * 2 <= known;
    if (isWrong === this.#isWrong) return;
    this.#isWrong = isWrong;
    ctx.note(isWrong ? 'clock too far off' : 'clock agrees again', { near, known });
  }
}
