/**
 * The part of a link that has more to it than delay: what the scenario gives it, what faults hold
 * on it, and what broke on it.
 *
 * A message goes through the same draws whatever becomes of it, and a second copy through draws of
 * its own: to add or take away one mechanism shifts no draw of another.
 */
import type { MessageScript } from '../fault.ts';
import type { ConnectionSpec } from '../link.ts';
import type { Message } from '../node.ts';
import { isExchange } from '../rpc.ts';
import { msToUs } from '../units.ts';
import type { Connection } from './connection.ts';
import type { Distribution } from './distribution.ts';
import { FULL, sizeOf } from './link-effects.ts';
import { Fate, LOST, type Parcel } from './link-fate.ts';
import { type Carrier, Shape, type Workshop } from './link-shape.ts';
import { hasChances, isSpecialSpec, type LinkSpec, ownChange } from './link-spec.ts';
import type { Stream } from './random.ts';
import { BY_FULL_QUEUE, BY_LOSS, BY_PARTITION, BY_RESET, BY_SCRIPT } from './rows.ts';
import { newTally, type Tally } from './tally.ts';
import { Unfinished } from './unfinished.ts';

/** No reason why a message may not go on. */
export const ADMITTED = -1;

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

export class Link implements Carrier {
  readonly name: string;
  /** Injections that cut it: it carries nothing while there is one. */
  readonly cuts: Tally[] = [];
  readonly scripts: HeldScript[] = [];
  readonly latency: Distribution;
  /** It is a connection. */
  readonly ordered: boolean;
  /** If it is one: what it shares with the other direction, once something was sent. */
  connection: Connection | null = null;
  /** If it is one: the messages that did not get through at once, and what waits behind them. */
  readonly unfinished: Unfinished | null;
  /** Who is to blame for the last refusal; null for nobody. */
  blamed: Tally | null = null;
  /** How often it was cut. */
  cutNumber = 0;
  private readonly spec: LinkSpec;
  private readonly chances: Stream | null;
  /** Of later tries, and of the copies that the link makes. */
  private retries: Stream | null = null;
  private again: Stream | null = null;
  private ofCopies: Stream | null = null;
  private readonly workshop: Workshop;
  /** Its own first, if it has one. */
  private readonly shapes: Shape[] = [];
  /** Those that act on every message, in the same order. */
  private busy: readonly Shape[] = [];
  /** Those do nothing but make it late. */
  private onlySlows = true;
  /** How many messages were sent over it, and the number of the next on which others act too. */
  sent = 0;
  private dueAt = Infinity;
  private piped = false;
  /** By type, how many messages were sent, of types that a script counts. */
  private counts: Map<string, number> | null = null;
  /** Counts what the link itself does to messages, and what is lost when it breaks of itself. */
  private readonly nobody = newTally();
  private readonly breaks: Break[] = [];
  private brokenUpTo = 0;
  /** When the last message of a connection arrives, and the last of each of its streams. */
  private lastAtUs = 0;
  private readonly lastOfStream: Map<unknown, number> | null;
  /** The packets of a handshake have a fate, too. */
  private packet: Fate | null = null;

  constructor(name: string, spec: LinkSpec, workshop: Workshop) {
    this.name = name;
    this.spec = spec;
    this.workshop = workshop;
    this.latency = workshop.compiled(spec.latency);
    this.ordered = spec.transport === 'connection';
    const byStream = spec.connection?.order === 'stream';
    this.lastOfStream = this.ordered && byStream ? new Map() : null;
    this.unfinished = this.ordered ? new Unfinished(byStream) : null;
    this.chances = hasChances(spec) ? workshop.streams.get(`link-chance/${name}`) : null;
    const more = ownChange(spec);
    const stream = `link-more/${name}`;
    if (more !== null)
      this.addShape(new Shape(more, this.nobody, workshop, stream, this.ordered, 0));
  }

  /** How many things injections hold on it. */
  get holds(): number {
    const shapes = this.shapes.length - (ownChange(this.spec) === null ? 0 : 1);
    return this.cuts.length + shapes + this.scripts.length;
  }

  /** A message may find that it cannot arrive. */
  get isBarred(): boolean {
    return (
      this.brokenUpTo !== 0 ||
      this.cuts.length !== 0 ||
      this.unfinished?.isEmpty === false ||
      this.spec.connection?.idle !== undefined
    );
  }

  get isCut(): boolean {
    return this.cuts.length !== 0;
  }

  get connectionSpec(): ConnectionSpec | null {
    return this.spec.connection ?? null;
  }

  /** When the last message that is under way arrives. */
  get lastArrivalUs(): number {
    return this.lastAtUs;
  }

  /** Nothing broke since the message of this number was sent. */
  carries(id: number): boolean {
    return id > this.brokenUpTo;
  }

  /** Of a connection: a cut does not break it at once, but costs what it stops a try. */
  get outlastsCuts(): boolean {
    return (this.spec.connection?.['break-after'] ?? 0) > 0;
  }

  /** Every message is lost on it, cut or not. */
  get losesEverything(): boolean {
    return this.spec.loss >= 1 || this.shapes.some(({ losesAll }) => losesAll);
  }

  /** It is cut, or every message is lost. */
  get carriesNothing(): boolean {
    return this.cuts.length > 0 || this.losesEverything;
  }

  /** It carries nothing, or is in a burst for as long that loses everything. */
  losesAllFrom(fromUs: number, untilUs: number): boolean {
    return this.carriesNothing || this.shapes.some((shape) => shape.losesAllFrom(fromUs, untilUs));
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

  /**
   * Decides on a message that has its delay in `fate.first`; on a connection, on its first try.
   * Ignores cuts.
   */
  decide(fate: Fate, message: Message, nowUs: number): void {
    const { first } = fate;
    fate.clear();
    const number = ++this.sent;
    if (this.ordered) this.decideFirst(fate, message, nowUs, number);
    else this.letActOn(fate, message, nowUs, number);
    first.arriveLate();
    if (fate.copy.delayUs !== LOST) fate.copy.arriveLate();
    if (this.piped) this.passPipes(fate, message, nowUs, this.ordered ? fate.counted : null);
    if (this.counts !== null) this.followScripts(fate, message.type, this.counts);
  }

  /** What becomes of a datagram. */
  private letActOn(fate: Fate, message: Message, nowUs: number, number: number): void {
    if (this.chances !== null) this.takeChances(fate, this.chances, message);
    const isQuiet = number < this.dueAt && fate.copy.delayUs === LOST;
    if (!isQuiet || !this.onlySlows) fate.original = message;
    if (isQuiet) {
      for (const shape of this.busy) shape.actOnOne(fate, this, nowUs, number);
    } else this.actAll(fate, nowUs, number);
  }

  /** The first try of a message on a connection. */
  private decideFirst(fate: Fate, message: Message, nowUs: number, number: number): void {
    fate.original = message;
    fate.counted.length = 0;
    if (this.chances?.chance(this.spec.loss) === true) fate.losers.push(this.nobody);
    for (const shape of this.shapes) {
      if (shape.dueAt > number) shape.sitOut();
      else shape.tryFirst(fate, this, nowUs, number);
    }
    this.foresee();
    this.endTry(fate, fate.counted);
  }

  /**
   * Decides on a further try of a message on a connection, by the link as it is now. `counted`: who
   * has counted the message as late before. Ignores cuts.
   */
  decideAgain(fate: Fate, message: Message, nowUs: number, counted: Tally[]): void {
    this.again ??= this.workshop.streams.get(`link-again/${this.name}`);
    fate.clear();
    this.tryAgain(fate, message, nowUs, this.again);
    this.endTry(fate, counted);
    fate.first.arriveLate();
    if (this.piped) this.passPipes(fate, message, nowUs, counted);
  }

  /** A fault has counted the message as late, and a cut may yet stop this try on its way. */
  mayCountAgain({ counted }: Fate): boolean {
    return this.outlastsCuts && counted.some((tally) => tally !== this.nobody);
  }

  /**
   * A try that is no message's first, with the latency of a stream. Its draws are apart: one try
   * more shifts no other message's first try.
   */
  private tryAgain(fate: Fate, message: Message, nowUs: number, latency: Stream): void {
    fate.original = message;
    if (this.chances !== null) {
      this.retries ??= this.workshop.streams.get(`link-chance/${this.name}/retries`);
      if (this.retries.chance(this.spec.loss)) fate.losers.push(this.nobody);
    }
    for (const shape of this.shapes) shape.tryAgain(fate, this, nowUs, this.sent);
    this.foresee();
    fate.first.delayUs = this.latency.sampleUs(latency);
  }

  private endTry(fate: Fate, counted: Tally[]): void {
    const { first, losers, alteredBy } = fate;
    if (losers.length > 0) return first.lose(BY_LOSS, losers[0]!);
    for (const shape of this.shapes) shape.endTry(first, counted);
    for (const tally of alteredBy) tally.messagesCorrupted++;
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
    this.onlySlows = this.busy.every(({ slowOnly }) => slowOnly);
    this.piped = this.shapes.some(({ pipe }) => pipe !== null);
    this.foresee();
  }

  /**
   * How long a packet of a connection's own takes, or LOST. It takes the chances of a message that
   * is sent again, and its latency from the stream of its connection.
   */
  packetUs(nowUs: number, stream: Stream): number {
    this.packet ??= new Fate();
    const { packet } = this;
    packet.clear();
    packet.counted.length = 0;
    this.tryAgain(packet, PACKET, nowUs, stream);
    this.endTry(packet, packet.counted);
    packet.first.arriveLate();
    for (const tally of this.cuts) tally.messagesDropped++;
    if (this.isCut) return LOST;
    for (const tally of packet.losers) tally.messagesDropped++;
    return packet.first.delayUs;
  }

  /** The chances that a datagram takes on the link itself. */
  private takeChances({ first, copy }: Fate, chances: Stream, message: Message): void {
    const { spec, latency } = this;
    const lost = chances.chance(spec.loss);
    const doubled = chances.chance(spec.duplicate);
    const held = chances.chance(spec.reorder);
    if (doubled) this.makeCopy(copy, latency.sampleUs(chances), message);
    if (held) first.delayUs += latency.sampleUs(chances);
    if (lost) first.lose(BY_LOSS, null);
  }

  /**
   * The copy that the link itself makes: lost and held back as any message, by draws of its own.
   * Requests and their answers have none.
   */
  private makeCopy(copy: Parcel, delayUs: number, message: Message): void {
    this.ofCopies ??= this.workshop.streams.get(`link-chance/${this.name}/copies`);
    const lost = this.ofCopies.chance(this.spec.loss);
    const held = this.ofCopies.chance(this.spec.reorder);
    const heldUs = held ? this.latency.sampleUs(this.ofCopies) : 0;
    if (lost || isExchange(message)) return;
    copy.delayUs = delayUs + heldUs;
    copy.extraUs = 0;
    copy.factor = 1;
    copy.altered = null;
  }

  /**
   * Bandwidth is at the sender's end: what is lost later has taken its time there too. `counted`:
   * of a message on a connection, who has counted it as late before.
   */
  private passPipes(fate: Fate, message: Message, nowUs: number, counted: Tally[] | null): void {
    const bytes = sizeOf(message);
    let outUs = nowUs;
    for (const { pipe, tally } of this.shapes) {
      if (pipe === null) continue;
      const passedUs = pipe.pass(outUs, bytes);
      if (passedUs === FULL) return overflow(fate, tally);
      const isLater = Math.round(passedUs) !== Math.round(outUs);
      if (isLater && fate.first.delayUs !== LOST && counted?.includes(tally) !== true) {
        tally.messagesDelayed++;
        counted?.push(tally);
      }
      outUs = passedUs;
    }
    const takenUs = Math.round(outUs - nowUs);
    fate.outUs = takenUs;
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

  private follow(fate: Fate, { script, tally, stream }: HeldScript): void {
    const { first, copy } = fate;
    // What a connection will send again is acted on, too.
    const isComing = first.delayUs !== LOST || (fate.losers.length > 0 && first.why !== BY_SCRIPT);
    if (!isComing) return;
    const byUs = script.byMs === null ? this.latency.sampleUs(stream) : msToUs(script.byMs);
    if (script.action === 'drop') {
      tally.messagesDropped++;
      first.lose(BY_SCRIPT, tally);
      copy.delayUs = LOST;
    } else if (script.action === 'delay') {
      tally.messagesDelayed++;
      fate.heldUs += byUs;
      if (first.delayUs !== LOST) first.delayUs += byUs;
      if (copy.delayUs !== LOST) copy.delayUs += byUs;
    } else {
      tally.messagesDuplicated++;
      fate.copyUs = byUs;
      if (first.delayUs === LOST) return;
      copy.delayUs = first.delayUs + byUs;
      copy.altered = first.altered;
    }
  }

  /** On a connection nothing overtakes what was sent before, or before it on its own stream. */
  arrange({ first, copy }: Fate, nowUs: number, message: Message): void {
    for (const parcel of [first, copy]) {
      if (parcel.delayUs === LOST) continue;
      const { stream } = message as { readonly stream?: unknown };
      const before = this.lastOfStream?.get(stream) ?? (this.lastOfStream ? 0 : this.lastAtUs);
      const atUs = Math.max(before, nowUs + parcel.delayUs);
      this.lastOfStream?.set(stream, atUs);
      this.lastAtUs = Math.max(this.lastAtUs, atUs);
      parcel.delayUs = atUs - nowUs;
    }
  }

  /** Counts messages of a type from now on. */
  count(type: string): void {
    this.counts ??= new Map();
    if (!this.counts.has(type)) this.counts.set(type, 0);
  }

  /** What was sent up to this number never arrives; a connection begins again. */
  break(upTo: number, tally: Tally): void {
    const known = this.breaks.find((each) => each.tally === tally);
    if (known === undefined) this.breaks.push({ upTo, tally });
    else known.upTo = upTo;
    this.brokenUpTo = upTo;
    this.lastAtUs = 0;
    this.lastOfStream?.clear();
  }

  /**
   * The reason for which a message may not go on, or ADMITTED; whoever is to blame counts it, and
   * the first of them is `blamed`.
   */
  refusal(id: number): number {
    const { cuts } = this;
    if (cuts.length !== 0) {
      for (const tally of cuts) tally.messagesDropped++;
      this.blamed = cuts[0]!;
      return BY_PARTITION;
    }
    if (id > this.brokenUpTo) return ADMITTED;
    this.blamed = null;
    for (const { upTo, tally } of this.breaks) {
      if (id > upTo) continue;
      tally.messagesDropped++;
      this.blamed ??= tally;
    }
    return BY_RESET;
  }
}

const PACKET: Message = { type: 'packet' };

function overflow({ first, copy }: Fate, tally: Tally): void {
  if (first.delayUs !== LOST) tally.messagesDropped++;
  first.lose(BY_FULL_QUEUE, tally);
  copy.delayUs = LOST;
}
