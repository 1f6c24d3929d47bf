/**
 * Links between nodes: latency, loss, duplication, reordering and cuts.
 *
 * A link is one direction between two nodes, numbered when first used. Its draws come from streams
 * of its own name, and a message takes the same draws whatever becomes of it, so that a cut or a
 * loss never shifts the latency of later messages: a run with a fault and its twin without differ
 * only by what the fault did.
 *
 * Links are rows of integers: with a hundred nodes there are ten thousand of them, each used
 * seldom, and an object apiece costs a message several cache misses; a row costs one. A link on
 * which something besides delay can happen also has a `Link` object, and a flag in the row tells
 * so.
 */
import type { DistributionSpec } from '../distribution.ts';
import { type FeltCounter, type LinkChange, nothingFelt } from '../fault.ts';
import type { NodeId } from '../node.ts';
import { compile, type Distribution } from './distribution.ts';
import { hash32 } from './hash.ts';
import type { Stream, Streams } from './random.ts';

/** How a link carries messages when no fault holds it. */
export interface LinkSpec {
  /** One way, in ms. */
  readonly latency: DistributionSpec;
  /** Chances, 0..1. */
  readonly loss: number;
  readonly duplicate: number;
  /** To be held back by one further latency draw. */
  readonly reorder: number;
}

/** What one injection touched so far; the kernel counts, reports read. */
export type Tally = { -readonly [C in FeltCounter]: number };

export const newTally: () => Tally = nothingFelt;

/**
 * A change that one injection made to one link; draws from the injection's own stream for that
 * link.
 */
export interface Shape {
  readonly tally: Tally;
  readonly stream: Stream;
  readonly extraLatency: Distribution | null;
  readonly latencyFactor: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** Up to so many nodes, link numbers are in a square of 4 B each; beyond, in a map. */
const SQUARE_MAX = 2048;

/** No delivery. */
export const LOST = -1;

/**
 * The row of a link: the four words of its stream, then the place of its latency among those of the
 * network, its sender, its flags, and the hash of its name.
 */
export const ROW = 8;
const LATENCY = 4;
export const FROM = 5;
export const FLAGS = 6;
export const HASH = 7;
/** Flags: it has a `Link`; an end is a client. */
export const SPECIAL = 1;
export const CLIENT = 2;

/** The part of a link that has more to it than delay. */
class Link {
  readonly name: string;
  /** Injections that cut it: it carries nothing while there is one. */
  readonly cuts: Tally[] = [];
  readonly shapes: Shape[] = [];
  readonly latency: Distribution;
  private readonly spec: LinkSpec;
  private readonly chances: Stream | null;

  constructor(name: string, spec: LinkSpec, latency: Distribution, streams: Streams) {
    this.name = name;
    this.spec = spec;
    this.latency = latency;
    this.chances = hasChances(spec) ? streams.get(`link-chance/${name}`) : null;
  }

  get isSpecial(): boolean {
    return this.chances !== null || this.cuts.length !== 0 || this.shapes.length !== 0;
  }

  /** Decides on the message that the network has given its delay. */
  route(network: Network): void {
    if (this.chances !== null) this.takeChances(network, this.chances);
    for (const shape of this.shapes) this.apply(network, shape);
  }

  private takeChances(network: Network, chances: Stream): void {
    const lost = chances.chance(this.spec.loss);
    const doubled = chances.chance(this.spec.duplicate);
    const held = chances.chance(this.spec.reorder);
    if (doubled) network.copyUs = this.latency.sampleUs(chances);
    if (held) network.delayUs += this.latency.sampleUs(chances);
    if (lost) network.delayUs = LOST;
  }

  private apply(network: Network, shape: Shape): void {
    const { stream, tally } = shape;
    const doubled = shape.duplicate > 0 && stream.chance(shape.duplicate);
    network.delayUs = this.changed(network.delayUs, shape);
    // A copy is a message like any other: what a fault does to the link, it does to it too.
    if (network.copyUs !== LOST) network.copyUs = this.changed(network.copyUs, shape);
    if (!doubled || network.delayUs === LOST) return;
    network.copyUs = network.delayUs + this.latency.sampleUs(stream);
    tally.messagesDuplicated++;
  }

  /** The delay of a message under a fault, or LOST. Draws alike for one that is lost already. */
  private changed(delayUs: number, shape: Shape): number {
    const { stream, tally } = shape;
    const lost = shape.loss > 0 && stream.chance(shape.loss);
    const held = shape.reorder > 0 && stream.chance(shape.reorder);
    let extra = shape.extraLatency === null ? 0 : shape.extraLatency.sampleUs(stream);
    if (held) extra += this.latency.sampleUs(stream);
    if (delayUs === LOST) return LOST;
    if (lost) {
      tally.messagesDropped++;
      return LOST;
    }
    const changed = Math.round(delayUs * shape.latencyFactor) + extra;
    if (changed !== delayUs) tally.messagesDelayed++;
    return changed;
  }
}

/**
 * All links of a world; node numbers are positions in the scenario, names are what streams know.
 */
export class Network {
  /** By link number, a row of ROW integers. */
  table = new Int32Array(64 * ROW);
  /** Results of `route`: the delay in µs, or LOST, and that of a second copy, or LOST. */
  delayUs = 0;
  copyUs = 0;

  private readonly names: readonly NodeId[];
  private readonly specOf: (from: number, to: number) => LinkSpec;
  private readonly streams: Streams;
  /** By sender and receiver: the number of the link, plus 1; 0 for one not used yet. */
  private readonly numbers: Int32Array | Map<number, number>;
  private readonly size: number;
  private readonly latencies: Distribution[] = [];
  private readonly kindOf = new Map<DistributionSpec, number>();
  private readonly links = new Map<number, Link>();
  private readonly scratch: Stream;
  private count = 0;
  private readonly client: readonly boolean[];

  constructor(
    names: readonly NodeId[],
    specOf: (from: number, to: number) => LinkSpec,
    streams: Streams,
    client: readonly boolean[],
  ) {
    this.names = names;
    this.client = client;
    this.specOf = specOf;
    this.streams = streams;
    this.size = names.length;
    this.numbers =
      names.length <= SQUARE_MAX ? new Int32Array(names.length * names.length) : new Map();
    this.scratch = streams.make('link');
  }

  /** The number of the link between two nodes. */
  number(from: number, to: number): number {
    const { numbers } = this;
    const place = from * this.size + to;
    const number = numbers instanceof Int32Array ? numbers[place]! : (numbers.get(place) ?? 0);
    return number !== 0 ? number - 1 : this.open(from, to);
  }

  /** Decides the fate of the next message of a link into `delayUs` and `copyUs`. Ignores cuts. */
  route(link: number): void {
    const { scratch, table } = this;
    const row = link * ROW;
    scratch.load(table, row);
    this.delayUs = this.latencies[table[row + LATENCY]!]!.sampleUs(scratch);
    scratch.store(table, row);
    this.copyUs = LOST;
    if ((table[row + FLAGS]! & SPECIAL) !== 0) this.links.get(link)!.route(this);
  }

  /** The injections that cut a link. Ask only for special ones. */
  cutsOf(link: number): readonly Tally[] {
    return this.links.get(link)!.cuts;
  }

  /** Whether a fault cuts the link now. */
  isCut(from: number, to: number): boolean {
    const link = this.links.get(this.number(from, to));
    return link !== undefined && link.cuts.length > 0;
  }

  /** Cuts a link; returns how to undo it. */
  cut(from: number, to: number, tally: Tally): () => void {
    return this.hold(from, to, (link) => link.cuts, tally);
  }

  /** Changes a link; its draws come from a stream named after the injection and the link. */
  shape(from: number, to: number, change: LinkChange, injection: string, tally: Tally): () => void {
    const shape: Shape = {
      tally,
      stream: this.streams.get(`fault/${injection}/${this.nameOf(from, to)}`),
      extraLatency: change.extraLatency === undefined ? null : compile(change.extraLatency),
      latencyFactor: change.latencyFactor ?? 1,
      loss: change.loss ?? 0,
      duplicate: change.duplicate ?? 0,
      reorder: change.reorder ?? 0,
    };
    return this.hold(from, to, (link) => link.shapes, shape);
  }

  private hold<T>(from: number, to: number, listOf: (link: Link) => T[], item: T): () => void {
    const number = this.number(from, to);
    const link = this.links.get(number) ?? this.detail(number, from, to);
    const list = listOf(link);
    list.push(item);
    this.mark(number, true);
    return () => {
      removeOne(list, item);
      this.mark(number, link.isSpecial);
    };
  }

  private mark(link: number, special: boolean): void {
    const at = link * ROW + FLAGS;
    const flags = this.table[at]! & ~SPECIAL;
    this.table[at] = special ? flags | SPECIAL : flags;
  }

  private open(from: number, to: number): number {
    const number = this.count++;
    const at = number * ROW;
    if (at === this.table.length) this.table = widenInts(this.table);
    const { table } = this;
    const spec = this.specOf(from, to);
    this.streams.make(`link/${this.nameOf(from, to)}`).store(table, at);
    table[at + LATENCY] = this.latencyKind(spec.latency);
    table[at + FROM] = from;
    table[at + FLAGS] = this.client[from] || this.client[to] ? CLIENT : 0;
    table[at + HASH] = hash32(this.nameOf(from, to));
    const place = from * this.size + to;
    if (this.numbers instanceof Int32Array) this.numbers[place] = number + 1;
    else this.numbers.set(place, number + 1);
    if (hasChances(spec)) {
      this.detail(number, from, to);
      this.mark(number, true);
    }
    return number;
  }

  private detail(number: number, from: number, to: number): Link {
    const latency = this.latencies[this.table[number * ROW + LATENCY]!]!;
    const link = new Link(this.nameOf(from, to), this.specOf(from, to), latency, this.streams);
    this.links.set(number, link);
    return link;
  }

  private latencyKind(spec: DistributionSpec): number {
    let kind = this.kindOf.get(spec);
    if (kind === undefined) {
      kind = this.latencies.push(compile(spec)) - 1;
      this.kindOf.set(spec, kind);
    }
    return kind;
  }

  private nameOf(from: number, to: number): string {
    return `${this.names[from]}→${this.names[to]}`;
  }
}

function hasChances(spec: LinkSpec): boolean {
  return spec.loss !== 0 || spec.duplicate !== 0 || spec.reorder !== 0;
}

/** A copy with twice the room. */
export function widenInts(ints: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(ints.length * 2);
  wider.set(ints);
  return wider;
}

/** Takes the newest of equal items out of a list. */
export function removeOne<T>(items: T[], item: T): void {
  const at = items.lastIndexOf(item);
  if (at >= 0) items.splice(at, 1);
}
