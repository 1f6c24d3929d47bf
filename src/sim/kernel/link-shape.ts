/**
 * What one injection changed on one link, or what a link has of its own: loss, delay, damage,
 * copies and bandwidth.
 *
 * Whoever acts on few messages draws when the next one is due, and sits the others out.
 */
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange } from '../fault.ts';
import type { Message } from '../node.ts';
import { damaged } from './corruption.ts';
import type { Distribution } from './distribution.ts';
import { Bursts, type Chance, chanceOf, Pipe, type Rarity } from './link-effects.ts';
import { type Fate, LOST, type Parcel, RETRANSMITS_MAX, retransmitUs } from './link-fate.ts';
import type { Stream, Streams } from './random.ts';
import { BY_CORRUPTION, BY_LOSS, BY_RESET } from './rows.ts';
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
  private readonly bursts: Bursts | null;
  private readonly held: Chance | null;
  private readonly corrupt: Chance | null;
  private readonly undetected: Chance | null;
  private readonly extra: Distribution | null;
  private readonly factor: number;
  /** The extra latency, if it is always the same; else NaN. */
  private readonly fixedUs: number;

  constructor(stream: Stream, change: LinkChange, tally: Tally, extra: Distribution | null) {
    this.stream = stream;
    this.tally = tally;
    this.loss = chanceOf(stream, change.loss);
    this.bursts = change.lossBursts === undefined ? null : new Bursts(stream, change.lossBursts);
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
    const { factor, fixedUs } = this;
    // Nobody else draws from the stream of what only slows: a constant needs no draw.
    const extraUs = fixedUs >= 0 ? fixedUs : this.extra!.sampleUs(this.stream);
    if (parcel.delayUs === LOST) return;
    const slowedUs = factor === 1 ? parcel.delayUs : Math.round(parcel.delayUs * factor);
    const delayUs = slowedUs + extraUs;
    if (delayUs !== parcel.delayUs) this.tally.messagesDelayed++;
    parcel.delayUs = delayUs;
  }

  /** What tells which messages it acts on; null if there is something to do for each. */
  rarities(): readonly Rarity[] | null {
    const { loss, bursts, held, corrupt } = this;
    if (this.extra !== null || this.factor !== 1 || bursts?.isRare === false) return null;
    return [loss, bursts, held, corrupt].filter((rarity) => rarity !== null);
  }

  /** Acts on one copy. Draws alike for one that is lost already. */
  act(parcel: Parcel, fate: Fate, link: Carrier, nowUs: number): void {
    const { stream, loss, bursts, held, corrupt, extra } = this;
    let losses = loss?.hit() ? 1 : 0;
    if (losses > 0 && link.ordered) losses += again(loss);
    if (bursts?.loses(nowUs)) losses++;
    let extraUs = extra === null ? 0 : extra.sampleUs(stream);
    if (held?.hit()) extraUs += link.latency.sampleUs(stream);
    const before = parcel.altered ?? fate.original;
    const altered = corrupt?.hit() ? this.alter(before) : before;
    if (parcel.delayUs === LOST) return;
    if (altered === null) losses++;
    if (losses > 0 && !link.ordered) {
      this.tally.messagesDropped++;
      parcel.lose(altered === null ? BY_CORRUPTION : BY_LOSS);
      return;
    }
    this.goOn(parcel, fate, losses, extraUs, altered);
  }

  /** null if the receiver notices. */
  private alter(message: Message): Message | null {
    if (this.undetected === null || !this.undetected.hit()) return null;
    return damaged(message, this.stream);
  }

  private goOn(
    parcel: Parcel,
    fate: Fate,
    losses: number,
    extraUs: number,
    altered: Message | null,
  ): void {
    const { tally, factor } = this;
    if (losses > RETRANSMITS_MAX) {
      tally.messagesDropped++;
      parcel.lose(BY_RESET);
      fate.brokenBy = tally;
      return;
    }
    if (altered !== null && altered !== (parcel.altered ?? fate.original)) {
      tally.messagesCorrupted++;
      parcel.altered = altered;
    }
    const delayUs = Math.round(parcel.delayUs * factor) + extraUs + retransmitUs(losses);
    if (delayUs !== parcel.delayUs) tally.messagesDelayed++;
    parcel.delayUs = delayUs;
  }
}

/** How often a message is lost again when it is sent again. */
function again(loss: Chance | null): number {
  let times = 0;
  while (times < RETRANSMITS_MAX && loss?.hit()) times++;
  return times;
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
  /** If it acts on few messages: what tells which; else null. */
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
    // On a connection nothing is dropped for want of room: the sender waits with the rest.
    const queue = ordered ? Infinity : (change.queue ?? Infinity);
    this.pipe = change.bandwidth === undefined ? null : new Pipe(change.bandwidth, queue);
  }

  /** No message gets past it. */
  get losesAll(): boolean {
    return (this.change.loss ?? 0) >= 1;
  }

  /** Acts on a message, `number` on its link, and on a copy of it that there is already. */
  act(fate: Fate, link: Carrier, nowUs: number, number: number): void {
    if (this.rarities !== null) this.count(this.rarities, number);
    const { first, copy } = fate;
    const doubled = this.doubled?.hit() === true;
    this.effects.act(first, fate, link, nowUs);
    this.actOnCopy(fate, link, nowUs);
    this.foresee();
    if (!doubled || link.ordered) return;
    const laterUs = link.latency.sampleUs(this.stream);
    if (first.delayUs === LOST) return;
    copy.delayUs = first.delayUs + laterUs;
    copy.altered = first.altered;
    this.tally.messagesDuplicated++;
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

  private effectsOn(stream: Stream): Effects {
    const { extraLatency } = this.change;
    const extra = extraLatency === undefined ? null : this.workshop.compiled(extraLatency);
    return new Effects(stream, this.change, this.tally, extra);
  }
}
