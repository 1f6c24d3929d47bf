/**
 * What happens to messages on a link, one mechanism a class: a chance, loss in bursts, a bandwidth
 * with a queue. Each takes the same draws whatever becomes of the messages.
 */
import type { LossBursts } from '../link.ts';
import type { Message } from '../node.ts';
import { log1p } from '../portable-math.ts';
import { msToUs } from '../units.ts';
import { Stream } from './random.ts';
import { textLength } from './text-length.ts';

/** An effect on few messages: how many messages pass before the next one is known. */
export interface Rarity {
  /** How many messages are known to pass untouched. */
  readonly misses: number;
  /** Takes messages that pass untouched, all at once. */
  miss(messages: number): void;
}

/**
 * Independent trials of one probability. The number of trials up to the next hit is geometric: to
 * draw that instead of each trial costs most messages a decrement.
 */
export class Chance implements Rarity {
  private readonly stream: Stream;
  /** log(1 - probability); -Infinity for 1. */
  private readonly logMiss: number;
  /** Trials up to the next hit, that one included. */
  private left: number;

  /** `probability` is more than 0 and at most 1. */
  constructor(stream: Stream, probability: number) {
    this.stream = stream;
    this.logMiss = probability >= 1 ? -Infinity : log1p(-probability);
    this.left = this.draw();
  }

  /** How many trials are known to miss. */
  get misses(): number {
    return this.left - 1;
  }

  /** Takes trials that miss, all at once. */
  miss(trials: number): void {
    this.left -= trials;
  }

  hit(): boolean {
    this.left--;
    if (this.left > 0) return false;
    this.left = this.draw();
    return true;
  }

  private draw(): number {
    return Math.floor(log1p(-this.stream.unit()) / this.logMiss) + 1;
  }
}

/** null for a chance of 0. */
export function chanceOf(stream: Stream, probability: number | undefined): Chance | null {
  return probability === undefined || probability <= 0 ? null : new Chance(stream, probability);
}

/**
 * The two states of a link with loss in bursts (Gilbert 1960; Elliott 1963). It begins in either as
 * often as it is in it on the whole. By messages, the state changes before a message with the
 * chance that makes stays geometric with the means asked for; by time, stays are exponential, and
 * no message has a part in them.
 */
export class Bursts implements Rarity {
  private readonly stream: Stream;
  /** Of the stays: losses draw from the other, as often as there are messages. */
  private readonly stays: Stream;
  /** By messages: whether the state changes before one. */
  private readonly leavesBad: Chance;
  private readonly leavesGood: Chance;
  private readonly spec: LossBursts;
  private bad: boolean;
  /** By time: when the state changes next, in µs; negative until it is first asked for. */
  private changeUs = -1;

  constructor(stream: Stream, spec: LossBursts) {
    this.stream = stream;
    this.stays = new Stream(stream.word(), stream.word(), stream.word(), stream.word());
    this.leavesBad = new Chance(this.stays, Math.min(1, 1 / spec.burst));
    this.leavesGood = new Chance(this.stays, Math.min(1, 1 / spec.gap));
    this.spec = spec;
    this.bad = stream.chance(spec.burst / (spec.burst + spec.gap));
  }

  /** Between bursts nothing is lost, and how long that lasts is a number of messages. */
  get isRare(): boolean {
    return this.spec.unit === 'message' && this.spec.outside === 0;
  }

  /** If it is rare. */
  get misses(): number {
    return this.bad ? 0 : this.leavesGood.misses;
  }

  miss(messages: number): void {
    this.leavesGood.miss(messages);
  }

  /** Whether what is sent at this time is lost; times never go back. */
  loses(atUs: number): boolean {
    const { spec } = this;
    if (spec.unit === 'ms') this.passTo(atUs);
    else if ((this.bad ? this.leavesBad : this.leavesGood).hit()) this.bad = !this.bad;
    const chance = this.bad ? spec.inside : spec.outside;
    return chance === 1 || (chance !== 0 && this.stream.chance(chance));
  }

  /** By time: everything is lost from now to that time, as far as the stays drawn tell. */
  losesAllFrom(nowUs: number, untilUs: number): boolean {
    if (this.spec.unit !== 'ms' || this.spec.inside < 1) return false;
    this.passTo(nowUs);
    return this.bad && this.changeUs >= untilUs;
  }

  private passTo(atUs: number): void {
    if (this.changeUs < 0) this.changeUs = atUs + this.stayUs();
    while (this.changeUs <= atUs) {
      this.bad = !this.bad;
      this.changeUs += this.stayUs();
    }
  }

  /** At least 1 µs, or time would stand still. */
  private stayUs(): number {
    const mean = this.bad ? this.spec.burst : this.spec.gap;
    return Math.max(1, msToUs(this.stays.exponential(mean)));
  }
}

/** What the headers of a message take, in bytes. */
const HEADER_BYTES = 64;

/** Bytes on the wire: 64 and the message's field `bytes`, else the length of its text. */
export function sizeOf(message: Message): number {
  const { bytes } = message as { readonly bytes?: unknown };
  const body = typeof bytes === 'number' && bytes >= 0 ? bytes : textLength(message);
  return HEADER_BYTES + body;
}

/** The queue of a pipe has no room for the message. */
export const FULL = -1;

/**
 * A sender's way out: one message after another, each for its size over the bandwidth; those that
 * wait are in a queue whose bytes are limited, the one on its way out included. A message finds
 * room in an empty queue however long it is.
 */
export class Pipe {
  private readonly bytesPerUs: number;
  private readonly queueBytes: number;
  /** When the last message is out; a fraction of a µs is kept, or throughput would drift. */
  private busyUntilUs = 0;

  constructor(bytesPerSecond: number, queueBytes: number) {
    this.bytesPerUs = bytesPerSecond / 1e6;
    this.queueBytes = queueBytes;
  }

  /** When a message that comes at this time is out, or FULL. */
  pass(atUs: number, bytes: number): number {
    const waitingUs = Math.max(0, this.busyUntilUs - atUs);
    if (waitingUs > 0 && waitingUs * this.bytesPerUs + bytes > this.queueBytes) return FULL;
    this.busyUntilUs = atUs + waitingUs + bytes / this.bytesPerUs;
    return this.busyUntilUs;
  }

  /** How long these bytes take, in µs. */
  takesUs(bytes: number): number {
    return bytes / this.bytesPerUs;
  }
}
