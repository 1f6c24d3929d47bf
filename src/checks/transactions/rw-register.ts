/**
 * What reads of registers tell about the transactions that write them: Kingsbury & Alvaro, Elle
 * (VLDB 2020). If every write to a register is unique, a read names its writer. The order of
 * versions is known only as far as the rules of `version-order.ts` give it; a key whose versions go
 * in a circle (`cyclic-versions`) yields no other dependencies than those of its reads.
 */
import type { Plain } from '../../sim/node.ts';
import { identityOf, samePlain } from '../search/identity.ts';
import type { Edge } from './cycles.ts';
import { DependencyGraph, Fan, RW, WR, WW } from './dependency-graph.ts';
import { Findings, keyText, valueText } from './findings.ts';
import type { Inference } from './inference.ts';
import { byInvocation } from './orders.ts';
import {
  ABORTED,
  COMMITTED,
  type MicroOpForm,
  READ,
  type Transactions,
  UNSEEN,
  Unreadable,
} from './transactions.ts';
import type { OpenKey } from './version-choices.ts';
import {
  orderVersions,
  type Touch,
  type VersionEdge,
  type VersionRules,
  versionCycle,
  versionPath,
} from './version-order.ts';

export const rwRegisterForm: MicroOpForm = { writes: ['w', 'write'], refuse: () => null };

/** Throws Unreadable if a value was written to one register twice. */
export function inferRwRegister(transactions: Transactions, rules: VersionRules): Inference {
  return new RwRegister(transactions, rules);
}

interface Version {
  readonly key: number;
  readonly value: Plain;
  /** The write that made it, -1 if there is none; whether its transaction wrote over it later. */
  write: number;
  hidden: boolean;
  /** Transactions that read it from outside. */
  readonly readers: number[];
  /** Those whose versions come next, if they are known. */
  next: VersionEdge[];
}

class RwRegister implements Inference {
  readonly graph: DependencyGraph;
  readonly findings = new Findings();
  readonly remarks: string[] = [];
  readonly open: OpenKey[] = [];
  /** By `wfr-keys` these are in the graph. */
  readonly withoutLostUpdates = [];
  readonly wrote = 'wrote';
  readonly readsShowOrder = false;
  readonly #all: Transactions;
  readonly #versions: Version[] = [];
  /** By key: versions by value; that of null is the initial one. */
  readonly #numbers: readonly Map<string | number, number>[];
  readonly #touches: readonly Touch[][];

  constructor(transactions: Transactions, rules: VersionRules) {
    this.#all = transactions;
    this.graph = new DependencyGraph(transactions.count);
    this.#numbers = transactions.keys.map(() => new Map());
    this.#touches = transactions.keys.map(() => []);
    for (const key of transactions.keys.keys()) this.#number(key, null);
    this.#indexWrites();
    for (const t of byInvocation(transactions)) this.#readTransaction(t);
    for (const key of transactions.keys.keys()) this.#linkKey(key, rules);
    this.#lostUpdates();
  }

  #number(key: number, value: Plain): number {
    const identity = identityOf(value);
    const known = this.#numbers[key]!.get(identity);
    if (known !== undefined) return known;
    const version = this.#versions.length;
    this.#versions.push({ key, value, write: -1, hidden: false, readers: [], next: [] });
    this.#numbers[key]!.set(identity, version);
    return version;
  }

  #indexWrites(): void {
    const { size, does, key, value, status, transaction } = this.#all;
    for (let at = 0; at < size; at++) {
      if (does[at] === READ) continue;
      const k = key[at]!;
      const v = value[at] as Plain;
      const t = transaction[at]!;
      if (v === null) {
        const what = `${this.#name(t)} wrote null to ${this.#keyText(k)}`;
        throw new Unreadable(`${what}, which a register holds before anything is written`);
      }
      const version = this.#versions[this.#number(k, v)]!;
      const before = version.write;
      if (before >= 0 && status[transaction[before]!] !== ABORTED) {
        if (status[t] === ABORTED) continue;
        const [a, b] = [this.#name(transaction[before]!), this.#name(t)];
        const what = `${valueText(v)} to ${this.#keyText(k)}`;
        throw new Unreadable(
          a === b
            ? `${a} wrote ${what} twice; values must be unique`
            : `${a} and ${b} both wrote ${what}; values must be unique`,
        );
      }
      version.write = at;
      version.hidden = this.#writesAgain(at);
    }
  }

  #writesAgain(write: number): boolean {
    const { transaction, start, does, key } = this.#all;
    const end = start[transaction[write]! + 1]!;
    for (let at = write + 1; at < end; at++) {
      if (does[at] !== READ && key[at] === key[write]) return true;
    }
    return false;
  }

  /** Notes what a transaction has to do with each key, and what it should not have seen. */
  #readTransaction(t: number): void {
    const { start, does, key, value, status } = this.#all;
    const read = new Map<number, number>();
    const now = new Map<number, Plain>();
    const wrote = new Map<number, number>();
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      const k = key[at]!;
      const v = value[at]!;
      if (v === UNSEEN) continue;
      if (does[at] === READ) {
        const own = now.get(k);
        if (own !== undefined && !samePlain(own, v)) this.#internal(t, k, own, v);
        if (!wrote.has(k)) {
          const version = this.#number(k, v);
          if (!read.has(k)) read.set(k, version);
          if (own === undefined || !samePlain(own, v)) this.#spotRead(t, at, version);
        }
      } else {
        wrote.set(k, this.#number(k, v));
      }
      now.set(k, v);
    }
    if (status[t] === ABORTED) return;
    for (const k of new Set([...read.keys(), ...wrote.keys()])) {
      const touch = { transaction: t, read: read.get(k) ?? -1, wrote: wrote.get(k) ?? -1 };
      this.#touches[k]!.push(touch);
    }
  }

  #internal(t: number, key: number, own: Plain, seen: Plain): void {
    this.findings.add('internal', [t], () => {
      const read = `${this.#name(t)} read ${valueText(seen)} from ${this.#keyText(key)}`;
      return `${read} after it had itself read or written ${valueText(own)}`;
    });
  }

  /** A read from outside: G1a, G1b, a value from the future, or plainly somebody's. */
  #spotRead(t: number, at: number, number: number): void {
    const { transaction, status, key, value } = this.#all;
    const version = this.#versions[number]!;
    const read = () =>
      `${this.#name(t)} read ${valueText(version.value)} from ${this.#keyText(version.key)}`;
    version.readers.push(t);
    if (version.write < 0) {
      if (version.value !== null && this.remarks.length === 0) {
        this.remarks.push(`${read()}: nobody in this history wrote it.`);
      }
      return;
    }
    const writer = transaction[version.write]!;
    if (writer === t) {
      if (version.write < at) return;
      version.readers.pop();
      this.findings.add('future-read', [t], () => `${read()} before it wrote that itself`);
    } else if (status[writer] === ABORTED) {
      this.findings.add(
        'G1a',
        [writer, t],
        () => `${read()}, but ${this.#name(writer)}, which wrote it, was aborted`,
      );
    } else if (version.hidden) {
      this.findings.add('G1b', [writer, t], () => {
        const last = this.#touches[key[at]!]!.find(({ transaction: w }) => w === writer)?.wrote;
        const then =
          last === undefined ? '' : ` and then ${valueText(this.#versions[last]!.value)}`;
        return `${read()}, but ${this.#name(writer)} wrote ${valueText(value[at] as Plain)}${then}`;
      });
    } else {
      this.graph.add(writer, t, WR, version.key);
    }
  }

  /** Orders the versions of a key, and links who wrote and read them. */
  #linkKey(key: number, rules: VersionRules): void {
    const initial = this.#number(key, null);
    const edges = orderVersions(this.#touches[key]!, initial, rules, this.#all);
    const cycle = versionCycle(edges);
    if (cycle !== null) {
      this.#spotCycle(key, cycle);
      return;
    }
    this.#noteOpen(key);
    for (const edge of edges) this.#versions[edge.from]!.next.push(edge);
    const reached = new Map<number, ReadonlySet<number>>();
    for (const version of new Set(edges.map(({ from }) => from))) {
      const { readers } = this.#versions[version]!;
      const writer = this.#writerOf(version);
      if (writer < 0 && readers.length === 0) continue;
      const fan = new Fan(this.graph, this.#writersAfter(version, reached));
      if (writer >= 0) fan.link(writer, WW, key);
      for (const reader of readers) fan.link(reader, RW, key);
    }
  }

  /** Versions that surely are: an unknown outcome that nobody saw may as well not have happened. */
  #noteOpen(key: number): void {
    const versions = this.#touches[key]!.flatMap(({ transaction: writer, wrote }) =>
      wrote < 0 || !this.#happened(writer)
        ? []
        : [{ writer, readers: this.#versions[wrote]!.readers.filter((one) => one !== writer) }],
    );
    if (versions.length > 1) this.open.push({ key, versions });
  }

  /** Whether it committed, or somebody read one of its writes. */
  #happened(t: number): boolean {
    const { status, start, does, key, value } = this.#all;
    if (status[t] === COMMITTED) return true;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      if (does[at] === READ) continue;
      const version = this.#versions[this.#number(key[at]!, value[at] as Plain)]!;
      if (version.write === at && version.readers.some((one) => one !== t)) return true;
    }
    return false;
  }

  /** Who made a version that others could keep, -1 if nobody. */
  #writerOf(number: number): number {
    const { write, hidden } = this.#versions[number]!;
    if (write < 0 || hidden) return -1;
    const t = this.#all.transaction[write]!;
    return this.#all.status[t] === ABORTED ? -1 : t;
  }

  /** Who wrote the next versions; those of unknown writers are passed over. */
  #writersAfter(number: number, known: Map<number, ReadonlySet<number>>): ReadonlySet<number> {
    const stack = [number];
    while (stack.length > 0) {
      const version = stack.at(-1)!;
      const waiting = this.#versions[version]!.next.filter(
        ({ to }) => this.#writerOf(to) < 0 && !known.has(to),
      );
      if (waiting.length > 0) {
        for (const { to } of waiting) stack.push(to);
        continue;
      }
      stack.pop();
      const writers = new Set<number>();
      for (const { to } of this.#versions[version]!.next) {
        const writer = this.#writerOf(to);
        if (writer >= 0) writers.add(writer);
        else for (const later of known.get(to) ?? []) writers.add(later);
      }
      known.set(version, writers);
    }
    return known.get(number)!;
  }

  #spotCycle(key: number, cycle: readonly VersionEdge[]): void {
    const shown = new Set(cycle.flatMap(({ before, after }) => [before, after]));
    shown.delete(-1);
    this.findings.add('cyclic-versions', [...shown], () => {
      const steps = cycle.map((edge) => this.#versionStep(edge));
      return `the versions of ${this.#keyText(key)} go in a circle: ${steps.join('; ')}`;
    });
  }

  #versionStep({ from, to, why, before, after }: VersionEdge): string {
    const [a, b] = [from, to].map((version) => valueText(this.#versions[version]!.value));
    const [x, y] = [before, after].map((t) => (t < 0 ? '' : this.#name(t)));
    const order = `${a} before ${b}`;
    if (why === 'initial') return `${order}, as it is initial`;
    if (why === 'wfr') return `${order}, as ${x} read the one and wrote the other`;
    if (why === 'process') return `${order}, as ${y} followed ${x} in its process`;
    return `${order}, as ${y} began after ${x} had ended`;
  }

  /** Committed transactions that read the same version and both wrote over it. */
  #lostUpdates(): void {
    for (const [key, touches] of this.#touches.entries()) {
      const updated = new Map<number, number>();
      for (const { transaction: t, read, wrote } of touches) {
        if (read < 0 || wrote < 0 || this.#all.status[t] !== COMMITTED) continue;
        const first = updated.get(read);
        if (first === undefined) {
          updated.set(read, t);
          continue;
        }
        this.findings.add('lost-update', [first, t], () => {
          const text = valueText(this.#versions[read]!.value);
          const both = `${this.#name(first)} and ${this.#name(t)} both read ${text}`;
          return `${both} from ${this.#keyText(key)} and then wrote it`;
        });
      }
    }
  }

  because({ from, to, kind, key }: Edge): string {
    const [a, b, k] = [this.#name(from), this.#name(to), this.#keyText(key)];
    const touches = this.#touches[key]!;
    const later = touches.find(({ transaction: t }) => t === to)!;
    const wrote = (touch: Touch) => valueText(this.#versions[touch.wrote]!.value);
    if (kind === WR) {
      const version = this.#versions.find(
        (one, number) =>
          one.key === key && one.readers.includes(to) && this.#writerOf(number) === from,
      )!;
      return `${b} read ${a}'s ${valueText(version.value)} from ${k}`;
    }
    const earlier = touches.find(({ transaction: t }) => t === from)!;
    if (kind === WW) {
      const order = this.#orderText(earlier.wrote, later.wrote);
      return `${b} wrote ${wrote(later)} to ${k} after ${a} wrote ${wrote(earlier)}${order}`;
    }
    const read = this.#overwritten(key, from, to) ?? earlier.read;
    const value = read < 0 ? null : this.#versions[read]!.value;
    if (value === null) return `${a} read nothing from ${k}, without ${b}'s ${wrote(later)}`;
    const order = this.#orderText(read, later.wrote);
    return `${a} read ${valueText(value)} from ${k}, which ${b} overwrote by ${wrote(later)}${order}`;
  }

  /** Why one version is the next after another, if it was not inferred over others between. */
  #orderText(from: number, to: number): string {
    const edge = this.#versions[from]?.next.find((one) => one.to === to);
    return edge === undefined ? '' : ` (${this.#versionStep(edge)})`;
  }

  shownBy({ from, to, kind, key }: Edge): readonly number[] {
    if (kind === WR) return [];
    const touches = this.#touches[key]!;
    const earlier = touches.find(({ transaction: t }) => t === from)!;
    const later = touches.find(({ transaction: t }) => t === to)!;
    const start = kind === WW ? earlier.wrote : (this.#overwritten(key, from, to) ?? earlier.read);
    const path = versionPath(start, later.wrote, (version) => this.#versions[version]!.next);
    const shown = new Set(path.flatMap(({ before, after }) => [before, after]));
    shown.delete(-1);
    return [...shown];
  }

  /** A version that one transaction read and after which another wrote. */
  #overwritten(key: number, reader: number, writer: number): number | null {
    for (const version of this.#numbers[key]!.values()) {
      if (!this.#versions[version]!.readers.includes(reader)) continue;
      if (this.#writersAfter(version, new Map()).has(writer)) return version;
    }
    return null;
  }

  #name(t: number): string {
    return `#${this.#all.operations[t]!.index}`;
  }

  #keyText(key: number): string {
    return keyText(this.#all.keys[key]!);
  }
}
