/**
 * Links between nodes: latency, loss, duplication, reordering and cuts.
 *
 * A link is one direction between two nodes, made when first used. Its draws come from streams of its own name,
 * and a message takes the same draws whatever becomes of it, so that a cut or a loss never shifts the latency of
 * later messages: a run with a fault and its twin without differ only by what the fault did. Faults are data on
 * the link, counted, each with the tally of what it touched.
 */
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange } from '../fault.ts';
import type { NodeId } from '../node.ts';
import { compile, type Distribution } from './distribution.ts';
import type { Stream, Streams } from './random.ts';

/** How a link carries messages when no fault holds it. */
export interface LinkSpec {
  /** One way, in ms. */
  readonly latency: DistributionSpec;
  /** Chances, 0..1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** What one injection touched so far; the kernel counts, reports read. */
export interface Tally {
  messagesDropped: number;
  messagesDelayed: number;
  messagesDuplicated: number;
  eventsSuppressed: number;
}

export function newTally(): Tally {
  return { messagesDropped: 0, messagesDelayed: 0, messagesDuplicated: 0, eventsSuppressed: 0 };
}

/** A change that one injection made to one link; draws from the injection's own stream for that link. */
export interface Shape {
  readonly tally: Tally;
  readonly stream: Stream;
  readonly extraLatency: Distribution | null;
  readonly latencyFactor: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** The fate of one message, in fields: `Link.route` is called for every message and must not allocate. */
export class Link {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  /** Injections that cut this link: it carries nothing while there is one. */
  readonly cuts: Tally[] = [];
  readonly shapes: Shape[] = [];
  private readonly latency: Distribution;
  private readonly loss: number;
  private readonly duplicate: number;
  private readonly reorder: number;
  /** No chance of its own to do anything but delay. */
  private readonly plain: boolean;
  private readonly stream: Stream;
  private readonly chances: Stream;
  /** Results of `route`: the delay in µs, or LOST, and that of a second copy, or LOST. */
  delayUs = 0;
  copyUs = 0;

  constructor(from: number, to: number, name: string, spec: LinkSpec, streams: Streams) {
    this.from = from;
    this.to = to;
    this.name = name;
    this.latency = compile(spec.latency);
    this.loss = spec.loss;
    this.duplicate = spec.duplicate;
    this.reorder = spec.reorder;
    this.plain = spec.loss === 0 && spec.duplicate === 0 && spec.reorder === 0;
    this.stream = streams.get(`link/${name}`);
    this.chances = this.plain ? this.stream : streams.get(`link-chance/${name}`);
  }

  /** Decides the fate of the next message into `delayUs` and `copyUs`. Ignores cuts. */
  route(): void {
    this.delayUs = this.latency.sampleUs(this.stream);
    this.copyUs = LOST;
    if (!this.plain) this.takeChances();
    if (this.shapes.length !== 0) this.applyShapes();
  }

  private takeChances(): void {
    const lost = this.chances.chance(this.loss);
    const doubled = this.chances.chance(this.duplicate);
    const held = this.chances.chance(this.reorder);
    if (doubled) this.copyUs = this.latency.sampleUs(this.chances);
    if (held) this.delayUs += this.latency.sampleUs(this.chances);
    if (lost) this.delayUs = LOST;
  }

  private applyShapes(): void {
    for (const shape of this.shapes) {
      const lost = shape.loss > 0 && shape.stream.chance(shape.loss);
      const doubled = shape.duplicate > 0 && shape.stream.chance(shape.duplicate);
      const held = shape.reorder > 0 && shape.stream.chance(shape.reorder);
      let extra = shape.extraLatency === null ? 0 : shape.extraLatency.sampleUs(shape.stream);
      if (held) extra += this.latency.sampleUs(shape.stream);
      if (this.delayUs === LOST) continue;
      const before = this.delayUs;
      this.delayUs = Math.round(before * shape.latencyFactor) + extra;
      if (this.delayUs !== before) shape.tally.messagesDelayed++;
      if (doubled) {
        this.copyUs = this.delayUs + this.latency.sampleUs(shape.stream);
        shape.tally.messagesDuplicated++;
      }
      if (lost) {
        this.delayUs = LOST;
        shape.tally.messagesDropped++;
      }
    }
  }
}

/** No delivery. */
export const LOST = -1;

/** All links of a world; node numbers are positions in the scenario, names are what streams know. */
export class Network {
  private readonly names: readonly NodeId[];
  private readonly specOf: (from: number, to: number) => LinkSpec;
  private readonly streams: Streams;
  private readonly rows: (Link | undefined)[][];

  constructor(
    names: readonly NodeId[],
    specOf: (from: number, to: number) => LinkSpec,
    streams: Streams,
  ) {
    this.names = names;
    this.specOf = specOf;
    this.streams = streams;
    this.rows = names.map(() => []);
  }

  link(from: number, to: number): Link {
    return this.rows[from]![to] ?? this.open(from, to);
  }

  /** The link if any message or fault has used it. */
  existing(from: number, to: number): Link | undefined {
    return this.rows[from]![to];
  }

  private open(from: number, to: number): Link {
    const name = `${this.names[from]}→${this.names[to]}`;
    const link = new Link(from, to, name, this.specOf(from, to), this.streams);
    const row = this.rows[from]!;
    // Grow without holes of the dictionary kind: the row is read for every message.
    while (row.length <= to) row.push(undefined);
    row[to] = link;
    return link;
  }

  /** A shape that draws from a stream named after the injection and the link. */
  shape(link: Link, change: LinkChange, injection: string, tally: Tally): Shape {
    return {
      tally,
      stream: this.streams.get(`fault/${injection}/${link.name}`),
      extraLatency: change.extraLatency === undefined ? null : compile(change.extraLatency),
      latencyFactor: change.latencyFactor ?? 1,
      loss: change.loss ?? 0,
      duplicate: change.duplicate ?? 0,
      reorder: change.reorder ?? 0,
    };
  }
}
