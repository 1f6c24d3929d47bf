/** What becomes of one message on a link: each copy of it, and what a loss costs a connection. */
import type { Message } from '../node.ts';
import { BY_LOSS } from './rows.ts';
import type { Tally } from './tally.ts';

/** No delivery. */
export const LOST = -1;
/** A connection sends a lost message again after so long, and each time after twice that. */
const RETRANSMIT_US = 200_000;
/** A message lost more often than this breaks its connection. */
export const RETRANSMITS_MAX = 6;

/** One copy of a message on its way. */
export class Parcel {
  /** In µs, or LOST; while changes are collected, what the link itself takes. */
  delayUs = LOST;
  /** What changes to the link add to the latency, and by what they multiply the link's own. */
  extraUs = 0;
  factor = 1;
  /** If LOST: the reason's number. */
  why = BY_LOSS;
  /** What arrives instead of the message that was sent, if it was damaged. */
  altered: Message | null = null;

  lose(why: number): void {
    this.delayUs = LOST;
    this.why = why;
  }

  /** It is late by what was collected: the order in which changes came makes no difference. */
  arriveLate(): void {
    if (this.delayUs === LOST) return;
    const ownUs = this.factor === 1 ? this.delayUs : Math.round(this.delayUs * this.factor);
    this.delayUs = ownUs + this.extraUs;
  }
}

/** What becomes of one message. */
export class Fate {
  readonly first = new Parcel();
  /** A second copy; LOST if there is none. */
  readonly copy = new Parcel();
  /**
   * The message that was sent, kept only where it is needed: a young object in an old one costs the
   * garbage collector more time than most of the work here.
   */
  original: Message = { type: '' };
  /** Its connection breaks, for whoever is to blame. */
  brokenBy: Tally | null = null;
  /** How often a connection sent it again. */
  retries = 0;
  /** Whose damage nobody noticed, in the try that is being decided. */
  readonly alteredBy: Tally[] = [];
}

/** What a number of losses in a row costs a message on a connection, in µs. */
export function retransmitUs(losses: number): number {
  return losses === 0 ? 0 : RETRANSMIT_US * ((1 << losses) - 1);
}
