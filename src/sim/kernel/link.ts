/**
 * The part of a link that has more to it than delay: what the scenario gives it, what faults hold
 * on it, and what broke on it.
 *
 * A message goes through the same draws whatever becomes of it, and a second copy through draws of
 * its own: to add or take away one mechanism shifts no draw of another.
 */
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange, MessageScript } from '../fault.ts';
import type { LossBursts, Transport } from '../link.ts';
import type { Message } from '../node.ts';
import { msToUs } from '../units.ts';
import { damaged } from './corruption.ts';
import type { Distribution } from './distribution.ts';
import { Bursts, type Chance, chanceOf, FULL, Pipe, sizeOf } from './link-effects.ts';
import type { Stream, Streams } from './random.ts';
import {
  BY_CORRUPTION,
  BY_FULL_QUEUE,
  BY_LOSS,
  BY_PARTITION,
  BY_RESET,
  BY_SCRIPT,
} from './rows.ts';
import { newTally, type Tally } from './tally.ts';

/** How a link carries messages when no fault holds it. */
export interface LinkSpec {
  /** One way, in ms. */
  readonly latency: DistributionSpec;
  /** Chances, 0..1. */
  readonly loss: number;
  readonly duplicate: number;
  /** To be held back by one further latency draw. */
  readonly reorder: number;
  /** Added to the latency of each message, in ms. */
  readonly jitter?: DistributionSpec | undefined;
  readonly lossBursts?: LossBursts | undefined;
  /** Chance to be damaged, and the share of damages that nobody notices. */
  readonly corrupt?: number | undefined;
  readonly undetected?: number | undefined;
  /** Bytes a second, and bytes that may wait; without limit by default. */
  readonly bandwidth?: number | undefined;
  readonly queue?: number | undefined;
  /** `datagram` by default. */
  readonly transport?: Transport | undefined;
}

/** No delivery. */
export const LOST = -1;
/** No reason why a message may not go on. */
export const ADMITTED = -1;

/** A connection sends a lost message again after so long, and each time after twice that. */
const RETRANSMIT_US = 200_000;
/** A message lost more often than this breaks its connection. */
const RETRANSMITS_MAX = 6;

/** One copy of a message on its way. */
export class Parcel {
  /** In µs, or LOST. */
  delayUs = LOST;
  /** If LOST: the reason's number. */
  why = BY_LOSS;
  message: Message = { type: '' };

  lose(why: number): void {
    this.delayUs = LOST;
    this.why = why;
  }
}

/** What becomes of one message. */
export class Fate {
  readonly first = new Parcel();
  /** A second copy; LOST if there is none. */
  readonly copy = new Parcel();
  /** Its connection breaks. */
  breaks = false;
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
  }

  /** It only makes messages late, each one. */
  get isSlowOnly(): boolean {
    return (this.loss ?? this.bursts ?? this.held ?? this.corrupt) === null;
  }

  /** What `act` does if that is all. */
  slow(parcel: Parcel): void {
    const { extra, factor } = this;
    const extraUs = extra === null ? 0 : extra.sampleUs(this.stream);
    if (parcel.delayUs === LOST) return;
    const delayUs = Math.round(parcel.delayUs * factor) + extraUs;
    if (delayUs !== parcel.delayUs) this.tally.messagesDelayed++;
    parcel.delayUs = delayUs;
  }

  /** The trials that each message is one of; null if there is more to do for each. */
  trials(): readonly Chance[] | null {
    if (this.extra !== null || this.bursts !== null || this.factor !== 1) return null;
    return [this.loss, this.held, this.corrupt].filter((chance) => chance !== null);
  }

  /** Acts on one copy. Draws alike for one that is lost already. */
  act(parcel: Parcel, fate: Fate, link: Link, nowUs: number): void {
    const { stream, loss, bursts, held, corrupt, extra } = this;
    let losses = loss?.hit() ? 1 : 0;
    if (losses > 0 && link.ordered) losses += again(loss);
    if (bursts?.loses(nowUs)) losses++;
    let extraUs = extra === null ? 0 : extra.sampleUs(stream);
    if (held?.hit()) extraUs += link.latency.sampleUs(stream);
    const altered = corrupt?.hit() ? this.alter(parcel.message) : parcel.message;
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
      fate.breaks = true;
      return;
    }
    if (altered !== null && altered !== parcel.message) {
      tally.messagesCorrupted++;
      parcel.message = altered;
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

/** What so many losses in a row cost a message on a connection. */
function retransmitUs(losses: number): number {
  return losses === 0 ? 0 : RETRANSMIT_US * ((1 << losses) - 1);
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
  /** If it acts on few messages: the trials that tell which; else null. */
  private readonly trials: readonly Chance[] | null;
  /** The last message that its trials have counted. */
  private countedTo: number;
  private readonly slowOnly: boolean;
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
    const trials = this.effects.trials();
    this.trials = trials === null || this.doubled === null ? trials : [...trials, this.doubled];
    this.slowOnly = this.trials === null && this.doubled === null && this.effects.isSlowOnly;
    this.countedTo = sent;
    this.foresee();
    // On a connection nothing is dropped for want of room: the sender waits with the rest.
    const queue = ordered ? Infinity : (change.queue ?? Infinity);
    this.pipe = change.bandwidth === undefined ? null : new Pipe(change.bandwidth, queue);
  }

  /** Acts on a message, `number` on its link, and on a copy of it that there is already. */
  act(fate: Fate, link: Link, nowUs: number, number: number): void {
    if (this.trials !== null) this.count(this.trials, number);
    const { first, copy } = fate;
    const doubled = this.doubled?.hit() === true;
    this.effects.act(first, fate, link, nowUs);
    this.actOnCopy(fate, link, nowUs);
    this.foresee();
    if (!doubled || link.ordered) return;
    const laterUs = link.latency.sampleUs(this.stream);
    if (first.delayUs === LOST) return;
    copy.delayUs = first.delayUs + laterUs;
    copy.message = first.message;
    this.tally.messagesDuplicated++;
  }

  /** Acts on a message without a copy. */
  actOnOne(fate: Fate, link: Link, nowUs: number, number: number): void {
    if (this.slowOnly) this.effects.slow(fate.first);
    else this.act(fate, link, nowUs, number);
  }

  /** A copy is a message like any other: what a fault does to the link, it does to it too. */
  actOnCopy(fate: Fate, link: Link, nowUs: number): void {
    if (fate.copy.delayUs === LOST) return;
    this.ofCopies ??= this.effectsOn(this.workshop.streams.get(`${this.name}/copies`));
    this.ofCopies.act(fate.copy, fate, link, nowUs);
  }

  /** The messages that it sat out are trials that missed. */
  private count(trials: readonly Chance[], number: number): void {
    const missed = number - this.countedTo - 1;
    if (missed > 0) for (const chance of trials) chance.miss(missed);
    this.countedTo = number;
  }

  private foresee(): void {
    if (this.trials === null) return;
    let misses = Infinity;
    for (const chance of this.trials) misses = Math.min(misses, chance.misses);
    this.dueAt = this.countedTo + 1 + misses;
  }

  private effectsOn(stream: Stream): Effects {
    const { extraLatency } = this.change;
    const extra = extraLatency === undefined ? null : this.workshop.compiled(extraLatency);
    return new Effects(stream, this.change, this.tally, extra);
  }
}

/** What a fault does to certain messages of a link. */
export interface HeldScript {
  readonly script: MessageScript;
  readonly tally: Tally;
  readonly stream: Stream;
}

/** Messages up to this number were under way when something broke the link. */
interface Break {
  upTo: number;
  readonly tally: Tally;
}

export class Link {
  readonly name: string;
  /** Injections that cut it: it carries nothing while there is one. */
  readonly cuts: Tally[] = [];
  readonly scripts: HeldScript[] = [];
  readonly latency: Distribution;
  /** It is a connection. */
  readonly ordered: boolean;
  private readonly spec: LinkSpec;
  private readonly chances: Stream | null;
  /** Its own first, if it has one. */
  private readonly shapes: Shape[] = [];
  /** Those that act on every message, in the same order. */
  private busy: readonly Shape[] = [];
  /** How many messages were sent over it, and the number of the next on which others act too. */
  sent = 0;
  private dueAt = Infinity;
  private piped = false;
  /** By type, how many messages were sent, of types that a script counts. */
  private counts: Map<string, number> | null = null;
  private readonly breaks: Break[] = [];
  private brokenUpTo = 0;
  /** When the last message of a connection arrives. */
  private lastAtUs = 0;

  constructor(name: string, spec: LinkSpec, workshop: Workshop) {
    this.name = name;
    this.spec = spec;
    this.latency = workshop.compiled(spec.latency);
    this.ordered = spec.transport === 'connection';
    this.chances = hasChances(spec) ? workshop.streams.get(`link-chance/${name}`) : null;
    const more = ownChange(spec);
    const stream = `link-more/${name}`;
    if (more !== null)
      this.addShape(new Shape(more, newTally(), workshop, stream, this.ordered, 0));
  }

  /** How many things injections hold on it. */
  get holds(): number {
    const shapes = this.shapes.length - (ownChange(this.spec) === null ? 0 : 1);
    return this.cuts.length + shapes + this.scripts.length;
  }

  /** A message may find that it cannot arrive. */
  get isBarred(): boolean {
    return this.brokenUpTo !== 0 || this.cuts.length !== 0;
  }

  /** Something besides delay can happen on it now. */
  get isSpecial(): boolean {
    return (
      isSpecialSpec(this.spec) ||
      this.counts !== null ||
      this.isBarred ||
      this.shapes.length !== 0 ||
      this.scripts.length !== 0
    );
  }

  /** Decides on a message that has its delay in `fate.first`. Ignores cuts. */
  decide(fate: Fate, nowUs: number): void {
    const { message } = fate.first;
    fate.copy.delayUs = LOST;
    fate.breaks = false;
    if (this.chances !== null) this.takeChances(fate, this.chances);
    const number = ++this.sent;
    if (number < this.dueAt && fate.copy.delayUs === LOST) {
      for (const shape of this.busy) shape.actOnOne(fate, this, nowUs, number);
    } else this.actAll(fate, nowUs, number);
    if (this.piped) this.passPipes(fate, message, nowUs);
    if (this.counts !== null) this.followScripts(fate, message.type, this.counts);
  }

  /** All shapes act that must, and on a copy all. */
  private actAll(fate: Fate, nowUs: number, number: number): void {
    for (const shape of this.shapes) {
      if (shape.dueAt <= number) shape.act(fate, this, nowUs, number);
      else shape.actOnCopy(fate, this, nowUs);
    }
    this.foresee();
  }

  private foresee(): void {
    this.dueAt = Infinity;
    for (const { dueAt } of this.shapes) {
      if (dueAt > 0 && dueAt < this.dueAt) this.dueAt = dueAt;
    }
  }

  addShape(shape: Shape): void {
    this.shapes.push(shape);
    this.reshape();
  }

  removeShape(shape: Shape): void {
    this.shapes.splice(this.shapes.indexOf(shape), 1);
    this.reshape();
  }

  private reshape(): void {
    this.busy = this.shapes.filter(({ dueAt }) => dueAt === 0);
    this.piped = this.shapes.some(({ pipe }) => pipe !== null);
    this.foresee();
  }

  private takeChances(fate: Fate, chances: Stream): void {
    const { spec, latency, ordered } = this;
    const { first, copy } = fate;
    const lost = chances.chance(spec.loss);
    const doubled = chances.chance(spec.duplicate);
    const held = chances.chance(spec.reorder);
    if (doubled && !ordered) {
      copy.delayUs = latency.sampleUs(chances);
      copy.message = first.message;
    }
    if (held && !ordered) first.delayUs += latency.sampleUs(chances);
    if (!lost) return;
    if (!ordered) return first.lose(BY_LOSS);
    let losses = 1;
    while (losses <= RETRANSMITS_MAX && chances.chance(spec.loss)) losses++;
    if (losses <= RETRANSMITS_MAX) first.delayUs += retransmitUs(losses);
    else {
      first.lose(BY_RESET);
      fate.breaks = true;
    }
  }

  /** Bandwidth is at the sender's end: what is lost later has taken its time there too. */
  private passPipes(fate: Fate, message: Message, nowUs: number): void {
    const bytes = sizeOf(message);
    let outUs = nowUs;
    for (const { pipe, tally } of this.shapes) {
      if (pipe === null) continue;
      const passedUs = pipe.pass(outUs, bytes);
      if (passedUs === FULL) return overflow(fate, tally);
      if (fate.first.delayUs !== LOST) tally.messagesDelayed++;
      outUs = passedUs;
    }
    const takenUs = Math.round(outUs - nowUs);
    if (fate.first.delayUs !== LOST) fate.first.delayUs += takenUs;
    if (fate.copy.delayUs !== LOST) fate.copy.delayUs += takenUs;
  }

  private followScripts(fate: Fate, type: string, counts: Map<string, number>): void {
    const sent = counts.get(type);
    if (sent === undefined) return;
    const number = sent + 1;
    counts.set(type, number);
    for (const held of this.scripts) {
      const { script } = held;
      if (script.type === type && script.first <= number && number <= script.last) {
        this.follow(fate, held);
      }
    }
  }

  private follow({ first, copy }: Fate, { script, tally, stream }: HeldScript): void {
    if (first.delayUs === LOST) return;
    const byUs = script.byMs === null ? this.latency.sampleUs(stream) : msToUs(script.byMs);
    if (script.action === 'drop') {
      tally.messagesDropped++;
      first.lose(BY_SCRIPT);
      copy.delayUs = LOST;
    } else if (script.action === 'delay') {
      tally.messagesDelayed++;
      first.delayUs += byUs;
      if (copy.delayUs !== LOST) copy.delayUs += byUs;
    } else {
      tally.messagesDuplicated++;
      copy.delayUs = first.delayUs + byUs;
      copy.message = first.message;
    }
  }

  /** On a connection nothing overtakes what was sent before. */
  arrange({ first, copy }: Fate, nowUs: number): void {
    for (const parcel of [first, copy]) {
      if (parcel.delayUs === LOST) continue;
      this.lastAtUs = Math.max(this.lastAtUs, nowUs + parcel.delayUs);
      parcel.delayUs = this.lastAtUs - nowUs;
    }
  }

  /** Counts messages of a type from now on. */
  count(type: string): void {
    this.counts ??= new Map();
    if (!this.counts.has(type)) this.counts.set(type, 0);
  }

  /** What was sent up to this number never arrives; a connection begins anew. */
  break(upTo: number, tally: Tally): void {
    const known = this.breaks.find((each) => each.tally === tally);
    if (known === undefined) this.breaks.push({ upTo, tally });
    else known.upTo = upTo;
    this.brokenUpTo = upTo;
    this.lastAtUs = 0;
  }

  /** The reason for which a message may not go on, or ADMITTED; whoever is to blame counts it. */
  refusal(id: number): number {
    const { cuts } = this;
    if (cuts.length !== 0) {
      for (const tally of cuts) tally.messagesDropped++;
      return BY_PARTITION;
    }
    if (id > this.brokenUpTo) return ADMITTED;
    for (const { upTo, tally } of this.breaks) if (id <= upTo) tally.messagesDropped++;
    return BY_RESET;
  }
}

function overflow({ first, copy }: Fate, tally: Tally): void {
  if (first.delayUs !== LOST) tally.messagesDropped++;
  first.lose(BY_FULL_QUEUE);
  copy.delayUs = LOST;
}

function hasChances(spec: LinkSpec): boolean {
  return spec.loss !== 0 || spec.duplicate !== 0 || spec.reorder !== 0;
}

/** What a link does of its own beyond chances, as a change to it; null for nothing. */
function ownChange(spec: LinkSpec): LinkChange | null {
  const { jitter, lossBursts, corrupt, undetected, bandwidth, queue } = spec;
  const change: LinkChange = {
    ...(jitter === undefined ? {} : { extraLatency: jitter }),
    ...(lossBursts === undefined ? {} : { lossBursts }),
    ...(corrupt === undefined || corrupt === 0 ? {} : { corrupt }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  };
  if (Object.keys(change).length === 0) return null;
  return { ...change, undetected: undetected ?? 0, queue: queue ?? Infinity };
}

/** Whether something besides delay can happen on such a link without any fault. */
export function isSpecialSpec(spec: LinkSpec): boolean {
  return hasChances(spec) || ownChange(spec) !== null || spec.transport === 'connection';
}
