/** What becomes of one message on a link, or of one try of it on a connection. */
import type { Message } from '../node.ts';
import { BY_LOSS } from './rows.ts';
import type { Tally } from './tally.ts';

/** No delivery. */
export const LOST = -1;
/** One copy of a message on its way. */
export class Parcel {
  /** In µs, or LOST; while changes are collected, what the link itself takes. */
  delayUs = LOST;
  /** What changes to the link add to the latency, and by what they multiply the link's own. */
  extraUs = 0;
  factor = 1;
  /** If LOST: the reason's number. */
  why = BY_LOSS;
  /** If LOST: who is to blame; null for nobody, as for the link's own loss. */
  by: Tally | null = null;
  /** What arrives instead of the message that was sent, if it was damaged. */
  altered: Message | null = null;

  lose(why: number, by: Tally | null): void {
    this.delayUs = LOST;
    this.why = why;
    this.by = by;
  }

  /** It is late by what was collected: the order in which changes came makes no difference. */
  arriveLate(): void {
    if (this.delayUs === LOST) return;
    const ownUs = this.factor === 1 ? this.delayUs : Math.round(this.delayUs * this.factor);
    this.delayUs = ownUs + this.extraUs;
  }
}

/** What becomes of one message, or of one try of it. */
export class Fate {
  readonly first = new Parcel();
  /** A second copy; LOST if there is none. */
  readonly copy = new Parcel();
  /**
   * The message that was sent, kept only where it is needed: a young object in an old one costs the
   * garbage collector more time than most of the work here.
   */
  original: Message = { type: '' };
  /** How long it takes until the sender's way out is through with it, in µs. */
  outUs = 0;
  // Of a try on a connection:
  /** Who has counted the message as late. */
  counted: Tally[] = [];
  /** Who loses it; it gets through if nobody does. */
  readonly losers: Tally[] = [];
  /** Whose damage to it nobody noticed. */
  readonly alteredBy: Tally[] = [];
  /** By how much scripts hold the message back, and a second copy of it; LOST: there is none. */
  heldUs = 0;
  copyUs = LOST;

  /** Before a decision; `first.delayUs` stands. */
  clear(): void {
    const { first, copy, losers, alteredBy } = this;
    copy.delayUs = LOST;
    first.extraUs = 0;
    first.factor = 1;
    if (first.altered !== null) first.altered = null;
    if (losers.length > 0) losers.length = 0;
    if (alteredBy.length > 0) alteredBy.length = 0;
    this.outUs = 0;
    this.heldUs = 0;
    this.copyUs = LOST;
  }
}
