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
import { assert } from '../assert.ts';
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange, MessageScript } from '../fault.ts';
import type { NodeId } from '../node.ts';
import { compile, type Distribution } from './distribution.ts';
import { widened } from './growth.ts';
import { hash32 } from './hash.ts';
import { Link } from './link.ts';
import { LinkIndex } from './link-index.ts';
import { Shape, type Workshop } from './link-shape.ts';
import { isSpecialSpec, type LinkSpec } from './link-spec.ts';
import type { Stream, Streams } from './random.ts';
import type { Tally } from './tally.ts';

export { newTally, type Tally } from './tally.ts';
export type { LinkSpec };

/** Up to this many nodes, link numbers are in a square of 4 B each; beyond, in a hash table. */
const SQUARE_MAX = 2048;

/**
 * The row of a link: the four words of its stream, then the place of its latency among those of the
 * network, its sender, its flags, and the hash of its name.
 */
export const ROW = 8;
const LATENCY = 4;
export const FROM = 5;
export const FLAGS = 6;
export const HASH = 7;
/** Flags: it has a `Link`; an end is a client; a message may find that it cannot arrive. */
export const SPECIAL = 1;
export const CLIENT = 2;
export const BARRED = 4;

/** Hears what becomes of the links of connections. */
export interface LinkWatcher {
  cut(link: Link, from: number, to: number, tally: Tally): void;
  reset(link: Link, from: number, to: number, tally: Tally): void;
}

/**
 * All links of a world; node numbers are positions in the scenario, names are what streams know.
 */
export class Network implements Workshop {
  /** By link number, a row of ROW integers. */
  table = new Int32Array(64 * ROW);
  /** The number of the last message sent. */
  sent = 0;
  /** Result of `route`, in µs. */
  delayUs = 0;
  /** Whoever keeps the connections; it sets itself before the first event. */
  watcher!: LinkWatcher;

  private readonly names: readonly NodeId[];
  private readonly specOf: (from: number, to: number) => LinkSpec;
  readonly streams: Streams;
  /** By sender and receiver: the number of the link, plus 1; 0 for one not used yet. */
  private readonly square: Int32Array | null;
  private readonly found: LinkIndex | null;
  private readonly size: number;
  private readonly latencies: Distribution[] = [];
  private readonly kindOf = new Map<DistributionSpec, number>();
  /** By link number; none for those that only delay. */
  private readonly links: (Link | undefined)[] = [];
  private readonly scratch: Stream;
  private count = 0;
  /** What was found out of the specification of the last link that was opened. */
  private lastSpec: LinkSpec | null = null;
  private lastKind = 0;
  private isLastSpecial = false;
  /** By node: 1 for a client. */
  private readonly client: Uint8Array;

  constructor(
    names: readonly NodeId[],
    specOf: (from: number, to: number) => LinkSpec,
    streams: Streams,
    client: readonly boolean[],
  ) {
    this.names = names;
    this.client = Uint8Array.from(client, Number);
    this.specOf = specOf;
    this.streams = streams;
    this.size = names.length;
    const { length } = names;
    this.square = length <= SQUARE_MAX ? new Int32Array(length * length) : null;
    this.found = this.square === null ? new LinkIndex() : null;
    this.scratch = streams.make('link');
  }

  /** The number of the link between two nodes. */
  number(from: number, to: number): number {
    const { square } = this;
    const number = square === null ? this.found!.get(from, to) : square[from * this.size + to]!;
    return number !== 0 ? number - 1 : this.open(from, to);
  }

  /** Draws the delay of the next message of a link into `delayUs`. */
  route(link: number): void {
    const { scratch, table } = this;
    const row = link * ROW;
    scratch.load(table, row);
    this.delayUs = this.latencies[table[row + LATENCY]!]!.sampleUs(scratch);
    scratch.store(table, row);
  }

  /** The effects of a special link besides delay. */
  special(link: number): Link {
    return this.links[link]!;
  }

  /** The same by its ends; null if there is nothing. */
  specialOf(from: number, to: number): Link | null {
    return this.links[this.number(from, to)] ?? null;
  }

  /** Whether nothing that is sent over the link now can arrive. */
  isCut(from: number, to: number): boolean {
    return this.links[this.number(from, to)]?.carriesNothing === true;
  }

  /** Whether every message is lost on the link, cut or not. */
  losesEverything(from: number, to: number): boolean {
    return this.links[this.number(from, to)]?.losesEverything === true;
  }

  /**
   * Whether nothing that is sent over the link from this time to that one arrives, as it is now.
   */
  losesAll(from: number, to: number, fromUs: number, untilUs: number): boolean {
    return this.links[this.number(from, to)]?.losesAllFrom(fromUs, untilUs) === true;
  }

  /** How many things injections hold on a link. */
  holds(from: number, to: number): number {
    return this.links[this.number(from, to)]?.holds ?? 0;
  }

  /** Cuts a link; returns how to undo it. A connection breaks, in both directions. */
  cut(from: number, to: number, tally: Tally): () => void {
    const link = this.detailed(from, to);
    const release = this.hold(from, to, link.cuts, tally);
    if (!link.ordered) return release;
    if (link.cuts.length === 1) {
      link.cutNumber++;
      this.watcher.cut(link, from, to, tally);
    }
    return release;
  }

  /** Changes a link; its draws come from a stream named after the injection and the link. */
  shape(from: number, to: number, change: LinkChange, injection: string, tally: Tally): () => void {
    const link = this.detailed(from, to);
    const stream = `fault/${injection}/${this.nameOf(from, to)}`;
    const shape = new Shape(change, tally, this, stream, link.ordered, link.sent);
    link.addShape(shape);
    this.mark(from, to);
    return () => {
      link.removeShape(shape);
      this.mark(from, to);
    };
  }

  /** Everything under way on a link is lost; a connection breaks, in both directions. */
  reset(from: number, to: number, tally: Tally): void {
    const link = this.detailed(from, to);
    if (link.ordered) this.watcher.reset(link, from, to, tally);
    else this.breakLink(from, to, tally);
  }

  /** What is under way on a link is lost: all that was sent up to this message. */
  breakLink(from: number, to: number, tally: Tally, upTo = this.sent): void {
    const link = this.detailed(from, to);
    link.break(upTo, tally);
    this.mark(from, to);
  }

  /** A connection broke: what is under way either way is lost. */
  breakBoth(from: number, to: number, tally: Tally, upTo = this.sent): void {
    this.breakLink(from, to, tally, upTo);
    this.breakLink(to, from, tally, upTo);
  }

  /** Counts messages of a type on a link from now on. */
  countMessages(from: number, to: number, type: string): void {
    this.detailed(from, to).count(type);
    this.mark(from, to);
  }

  /** Acts on messages that are counted; returns how to undo it. */
  script(
    from: number,
    to: number,
    script: MessageScript,
    injection: string,
    tally: Tally,
  ): () => void {
    const { scripts } = this.detailed(from, to);
    const stream = this.streams.get(`fault/${injection}/${this.nameOf(from, to)}`);
    return this.hold(from, to, scripts, { script, tally, stream });
  }

  private hold<T>(from: number, to: number, list: T[], item: T): () => void {
    list.push(item);
    this.mark(from, to);
    return () => {
      removeOne(list, item);
      this.mark(from, to);
    };
  }

  /** The effects of a link besides delay, from now on. */
  detailed(from: number, to: number): Link {
    const number = this.number(from, to);
    return this.links[number] ?? this.detail(number, from, to);
  }

  /** Sets the flags of a link after a change to its effects. */
  mark(from: number, to: number): void {
    const number = this.number(from, to);
    const link = this.links[number];
    assert(link != null, 'a link that a fault holds has details');
    const at = number * ROW + FLAGS;
    const flags = this.table[at]! & ~(SPECIAL | BARRED);
    this.table[at] = flags | (link.isSpecial ? SPECIAL : 0) | (link.isBarred ? BARRED : 0);
  }

  /** Every link draws from another stream from now on. */
  branch(): void {
    const restart = (from: number, to: number, number: number) => {
      this.streams.restart(this.scratch, `link/${this.nameOf(from, to)}`);
      this.scratch.store(this.table, (number - 1) * ROW);
    };
    this.found?.forEach(restart);
    this.square?.forEach((number, place) => {
      const to = place % this.size;
      if (number !== 0) restart((place - to) / this.size, to, number);
    });
  }

  private open(from: number, to: number): number {
    const number = this.count++;
    const at = number * ROW;
    if (at === this.table.length) this.table = widened(this.table);
    const { table } = this;
    const spec = this.specOf(from, to);
    const name = this.nameOf(from, to);
    this.streams.restart(this.scratch, `link/${name}`);
    this.scratch.store(table, at);
    if (spec !== this.lastSpec) this.look(spec);
    table[at + LATENCY] = this.lastKind;
    table[at + FROM] = from;
    table[at + FLAGS] = this.client[from]! | this.client[to]! ? CLIENT : 0;
    table[at + HASH] = hash32(name);
    if (this.square === null) this.found!.add(from, to, number + 1);
    else this.square[from * this.size + to] = number + 1;
    if (this.isLastSpecial) {
      this.detail(number, from, to);
      this.mark(from, to);
    }
    return number;
  }

  /** Most links have the specification of the one before. */
  private look(spec: LinkSpec): void {
    this.lastSpec = spec;
    this.lastKind = this.latencyKind(spec.latency);
    this.isLastSpecial = isSpecialSpec(spec);
  }

  private detail(number: number, from: number, to: number): Link {
    const link = new Link(this.nameOf(from, to), this.specOf(from, to), this);
    this.links[number] = link;
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

  /** One distribution for all who ask with the same specification: its table is large. */
  compiled(spec: DistributionSpec): Distribution {
    return this.latencies[this.latencyKind(spec)]!;
  }

  private nameOf(from: number, to: number): string {
    return `${this.names[from]}→${this.names[to]}`;
  }
}

/** Takes the newest of equal items out of a list. */
export function removeOne<T>(items: T[], item: T): void {
  const at = items.lastIndexOf(item);
  if (at >= 0) items.splice(at, 1);
}
