/**
 * What one injection changed on one link, or what a link has of its own: loss, delay, damage,
 * copies and bandwidth.
 *
 * A shape that acts on few messages draws the number of the next one that it touches, and is not
 * asked about the messages before.
 */
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange } from '../fault.ts';
import type { Message } from '../node.ts';
import { isExchange } from '../rpc.ts';
import { damaged } from './corruption.ts';
import type { Distribution } from './distribution.ts';
import { Bursts, type Chance, chanceOf, Pipe, type Rarity } from './link-effects.ts';
import { type Fate, LOST, type Parcel } from './link-fate.ts';
import type { Stream, Streams } from './random.ts';
import { BY_CORRUPTION, BY_LOSS } from './rows.ts';
import type { Tally } from './tally.ts';

/** What a change must know of the link that it acts on. */
export interface Carrier {
  /** It is a connection. */
  readonly ordered: boolean;
  readonly latency: Distribution;
}

/** What one change does to each message; draws of its own stream. */
class Effects {
  private readonly stream: Stream;
  private readonly tally: Tally;
  private readonly loss: Chance | null;
  readonly bursts: Bursts | null;
  private readonly held: Chance | null;
  private readonly corrupt: Chance | null;
  private readonly undetected: Chance | null;
  private readonly extra: Distribution | null;
  private readonly factor: number;
  /** The extra latency, if it is always the same; else NaN. */
  private readonly fixedUs: number;

  /** `bursts` are those of the link's first tries, for whoever acts on later ones. */
  constructor(
    stream: Stream,
    change: LinkChange,
    tally: Tally,
    extra: Distribution | null,
    bursts?: Bursts | null,
  ) {
    this.stream = stream;
    this.tally = tally;
    this.loss = chanceOf(stream, change.loss);
    const own = change.lossBursts === undefined ? null : change.lossBursts;
    this.bursts = bursts !== undefined ? bursts : own === null ? null : new Bursts(stream, own);
    this.held = chanceOf(stream, change.reorder);
    this.corrupt = chanceOf(stream, change.corrupt);
    this.undetected = chanceOf(stream, change.undetected);
    this.extra = extra;
    this.factor = change.latencyFactor ?? 1;
    this.fixedUs = extra === null ? 0 : extra.constantUs;
  }

  /** It only makes messages late, each one. */
  get isSlowOnly(): boolean {
    return (this.loss ?? this.bursts ?? this.held ?? this.corrupt) === null;
  }

  /** What `act` does if that is all. */
  slow(parcel: Parcel): void {
    const { fixedUs } = this;
    // Nobody else draws from the stream of what only slows: a constant needs no draw.
    const extraUs = fixedUs >= 0 ? fixedUs : this.extra!.sampleUs(this.stream);
    if (parcel.delayUs !== LOST && this.delay(parcel, extraUs)) this.tally.messagesDelayed++;
  }

  /** The effects that choose which messages it acts on; null if it acts on every message. */
  rarities(): readonly Rarity[] | null {
    const { loss, bursts, held, corrupt } = this;
    if (this.extra !== null || this.factor !== 1 || bursts?.isRare === false) return null;
    return [loss, bursts, held, corrupt].filter((rarity) => rarity !== null);
  }

  /** Acts on one copy of a datagram. Draws alike for one that is lost already. */
  act(parcel: Parcel, fate: Fate, link: Carrier, nowUs: number): void {
    let lost = this.loss?.hit() === true;
    if (this.bursts?.loses(nowUs) === true) lost = true;
    const extraUs = this.extraOf(link);
    const before = parcel.altered ?? fate.original;
    const altered = this.corrupt?.hit() ? this.alter(before) : before;
    if (parcel.delayUs === LOST) return;
    if (lost || altered === null) {
      this.tally.messagesDropped++;
      parcel.lose(altered === null ? BY_CORRUPTION : BY_LOSS, this.tally);
      return;
    }
    if (altered !== before) {
      this.tally.messagesCorrupted++;
      parcel.altered = altered;
    }
    if (this.delay(parcel, extraUs)) this.tally.messagesDelayed++;
  }

  /** How much later a message comes, besides the factor. */
  extraOf(link: Carrier): number {
    const { stream, extra, held } = this;
    const extraUs = extra === null ? 0 : extra.sampleUs(stream);
    return held?.hit() ? extraUs + link.latency.sampleUs(stream) : extraUs;
  }

  /** True if the message is late by it. */
  delay(parcel: Parcel, extraUs: number): boolean {
    const { factor } = this;
    parcel.extraUs += extraUs;
    const ownUs = parcel.delayUs;
    const isLater = extraUs !== 0 || (factor !== 1 && Math.round(ownUs * factor) !== ownUs);
    if (factor !== 1) parcel.factor *= factor;
    return isLater;
  }

  /** One try on a connection: true if it does not get through, whoever else loses it. */
  loses(parcel: Parcel, fate: Fate, atUs: number): boolean {
    let lost = this.loss?.hit() === true;
    if (this.bursts?.loses(atUs) === true) lost = true;
    if (this.corrupt?.hit() !== true) return lost;
    const altered = this.alter(parcel.altered ?? fate.original);
    if (altered === null) return true;
    parcel.altered = altered;
    fate.alteredBy.push(this.tally);
    return lost;
  }

  /** null if the receiver notices. */
  private alter(message: Message): Message | null {
    if (this.undetected === null || !this.undetected.hit()) return null;
    return damaged(message, this.stream);
  }
}

/** What links need of their network. */
export interface Workshop {
  readonly streams: Streams;
  /** One for all links that have the same specification: its table is large. */
  compiled(spec: DistributionSpec): Distribution;
}

/** A change that one injection made to one link, or that a link has of its own. */
export class Shape {
  readonly tally: Tally;
  readonly pipe: Pipe | null;
  /** The number of the message of its link on which it acts next; 0 if on every one. */
  dueAt = 0;
  /** The effects that choose the few messages it acts on; null if it acts on every message. */
  private readonly rarities: readonly Rarity[] | null;
  /** The last message that its rarities have counted. */
  private countedTo: number;
  /** It does nothing but make messages late, each one. */
  readonly slowOnly: boolean;
  private readonly change: LinkChange;
  private readonly workshop: Workshop;
  private readonly name: string;
  private readonly stream: Stream;
  private readonly doubled: Chance | null;
  private readonly effects: Effects;
  private ofCopies: Effects | null = null;
  private ofRetries: Effects | null = null;
  /** By how much it delays the try that is being decided. */
  private lateByUs = 0;

  /** `name` is that of its stream; `sent` messages have gone over the link before. */
  constructor(
    change: LinkChange,
    tally: Tally,
    workshop: Workshop,
    name: string,
    ordered: boolean,
    sent: number,
  ) {
    this.change = change;
    this.tally = tally;
    this.workshop = workshop;
    this.name = name;
    this.stream = workshop.streams.get(name);
    this.doubled = chanceOf(this.stream, change.duplicate);
    this.effects = this.effectsOn(this.stream);
    const rarities = this.effects.rarities();
    this.rarities =
      rarities === null || this.doubled === null ? rarities : [...rarities, this.doubled];
    this.slowOnly = this.rarities === null && this.doubled === null && this.effects.isSlowOnly;
    this.countedTo = sent;
    this.foresee();
    // On a connection nothing is dropped for lack of room: the sender waits with the rest.
    const queue = ordered ? Infinity : (change.queue ?? Infinity);
    this.pipe = change.bandwidth === undefined ? null : new Pipe(change.bandwidth, queue);
  }

  /** No message gets past it. */
  get losesAll(): boolean {
    const { loss, corrupt, undetected } = this.change;
    return (loss ?? 0) >= 1 || ((corrupt ?? 0) >= 1 && (undetected ?? 0) <= 0);
  }

  // On a connection each try takes all chances again. First all say whether they lose it, then
  // those that make it late do.

  /** The first try of a message, `number` on its link. */
  tryFirst(fate: Fate, link: Carrier, nowUs: number, number: number): void {
    if (this.rarities !== null) this.count(this.rarities, number);
    this.doubled?.hit();
    this.lateByUs = this.effects.extraOf(link);
    if (this.effects.loses(fate.first, fate, nowUs)) fate.losers.push(this.tally);
    this.foresee();
  }

  /** It sits out the first try of a message. */
  sitOut(): void {
    this.lateByUs = 0;
  }

  /** A later try, or a packet of the connection's own, after `sent` messages. */
  tryAgain(fate: Fate, link: Carrier, nowUs: number, sent: number): void {
    // Bursts by message count each try: the messages that passed untouched come first.
    if (this.rarities !== null) this.count(this.rarities, sent + 1);
    this.countedTo = sent;
    const retries = this.retries();
    if (retries.loses(fate.first, fate, nowUs)) fate.losers.push(this.tally);
    this.lateByUs = retries.extraOf(link);
    this.foresee();
  }

  /** The try gets through, maybe late. `counted`: who has counted the message as late before. */
  endTry(parcel: Parcel, counted: Tally[]): void {
    const { tally } = this;
    if (!this.effects.delay(parcel, this.lateByUs) || counted.includes(tally)) return;
    tally.messagesDelayed++;
    counted.push(tally);
  }

  /** What it does to later tries, by draws of their own; bursts are the same for all tries. */
  private retries(): Effects {
    this.ofRetries ??= this.effectsOn(
      this.workshop.streams.get(`${this.name}/retries`),
      this.effects.bursts,
    );
    return this.ofRetries;
  }

  /** Acts on a message, `number` on its link, and on a copy of it that there is already. */
  act(fate: Fate, link: Carrier, nowUs: number, number: number): void {
    if (this.rarities !== null) this.count(this.rarities, number);
    const { first, copy } = fate;
    const doubled = this.doubled?.hit() === true;
    this.effects.act(first, fate, link, nowUs);
    this.actOnCopy(fate, link, nowUs);
    this.foresee();
    if (!doubled) return;
    const laterUs = link.latency.sampleUs(this.stream);
    if (first.delayUs === LOST || isExchange(fate.original)) return;
    copy.delayUs = first.delayUs;
    copy.factor = first.factor;
    copy.extraUs = first.extraUs + laterUs;
    copy.altered = first.altered;
    this.tally.messagesDuplicated++;
  }

  /** Everything is lost from this time to that one. */
  losesAllFrom(fromUs: number, untilUs: number): boolean {
    return this.losesAll || this.effects.bursts?.losesAllFrom(fromUs, untilUs) === true;
  }

  /** Acts on a message without a copy. */
  actOnOne(fate: Fate, link: Carrier, nowUs: number, number: number): void {
    if (this.slowOnly) this.effects.slow(fate.first);
    else this.act(fate, link, nowUs, number);
  }

  /** A copy is a message like any other: what a fault does to the link, it does to it too. */
  actOnCopy(fate: Fate, link: Carrier, nowUs: number): void {
    if (fate.copy.delayUs === LOST) return;
    this.ofCopies ??= this.effectsOn(this.workshop.streams.get(`${this.name}/copies`));
    this.ofCopies.act(fate.copy, fate, link, nowUs);
  }

  /** The messages that it sat out passed untouched. */
  private count(rarities: readonly Rarity[], number: number): void {
    const missed = number - this.countedTo - 1;
    if (missed > 0) for (const rarity of rarities) rarity.miss(missed);
    this.countedTo = number;
  }

  private foresee(): void {
    if (this.rarities === null) return;
    let misses = Infinity;
    for (const rarity of this.rarities) misses = Math.min(misses, rarity.misses);
    this.dueAt = this.countedTo + 1 + misses;
  }

  private effectsOn(stream: Stream, bursts?: Bursts | null): Effects {
    const { extraLatency } = this.change;
    const extra = extraLatency === undefined ? null : this.workshop.compiled(extraLatency);
    return new Effects(stream, this.change, this.tally, extra, bursts);
  }
}
