/**
 * What reads of lists tell about the transactions that append to them: Kingsbury & Alvaro, Elle
 * (VLDB 2020). If every append to a list is unique, a read is the list's whole past: the longest
 * one gives the order of versions, every other one must be a beginning of it, and an append that a
 * committed transaction made and nobody saw comes after all that was seen.
 */
import { DependencyGraph, Fan, RW, WR, WW } from './dependency-graph.ts';
import { Findings } from './findings.ts';
import type { Inference } from './inference.ts';
import { ListAnomalies } from './list-anomalies.ts';
import { spotInternal } from './list-internal.ts';
import { ListReasons } from './list-reasons.ts';
import { ListVersions, listOf } from './list-versions.ts';
import type { ChosenEdge } from './rule-paths.ts';
import {
  ABORTED,
  COMMITTED,
  type MicroOpForm,
  READ,
  type Transactions,
  UNSEEN,
  WRITE,
} from './transactions.ts';
import type { OpenKey } from './version-choices.ts';

export const listAppendForm: MicroOpForm = {
  writes: ['append'],
  refuse: (value) =>
    value === null || Array.isArray(value) ? null : 'returned something that is no list',
};

/** Throws Unreadable if an element was appended to one list by two transactions. */
export function inferListAppend(transactions: Transactions): Inference {
  const versions = new ListVersions(transactions);
  const findings = new Findings();
  const { remarks } = new ListAnomalies(versions, findings);
  spotInternal(transactions, findings);
  const { graph, open, withoutLostUpdates } = new ListDependencies(versions, findings);
  const reasons = new ListReasons(versions);
  return {
    graph,
    findings,
    open,
    withoutLostUpdates,
    wrote: 'appended to',
    readsShowOrder: true,
    remarks,
    because: (edge) => reasons.because(edge),
    shownBy: ({ kind, key }) => {
      const reader = versions.reader[key]!;
      return kind === WR || reader < 0 ? [] : [reader];
    },
  };
}

class ListDependencies {
  readonly graph: DependencyGraph;
  readonly #all: Transactions;
  readonly #versions: ListVersions;
  /** Lists to which several appended what nobody read. */
  readonly open: OpenKey[] = [];
  readonly withoutLostUpdates: ChosenEdge[] = [];
  readonly #findings: Findings;
  /** By key: those whose appends nobody saw. */
  readonly #unseen: (Fan | null)[];
  /** By transaction: which others appended before it, or an update is lost; each with the list. */
  readonly #overtaken = new Map<number, ReadonlyMap<number, number>>();

  constructor(versions: ListVersions, findings: Findings) {
    this.#all = versions.all;
    this.#findings = findings;
    this.#versions = versions;
    this.graph = new DependencyGraph(this.#all.count);
    this.#unseen = new Array<Fan | null>(this.#all.keys.length).fill(null);
    this.#linkWriters();
    this.#linkUnseen();
    if (this.#overtaken.size > 0) this.#spotOvertakenWriters();
    this.#linkReaders();
  }

  /** Links the writers of each list in their order. */
  #linkWriters(): void {
    for (const key of this.#all.keys.keys()) {
      for (
        let slot = this.#versions.slots[key]! + 1;
        slot < this.#versions.slots[key + 1]!;
        slot++
      ) {
        const before = this.#versions.writer[slot - 1]!;
        if (before >= 0) this.graph.add(before, this.#versions.writer[slot]!, WW, key);
      }
    }
  }

  /**
   * Appends that nobody saw come after the last one that somebody saw. A transaction of unknown
   * outcome counts as committed if somebody saw another of its appends.
   */
  #linkUnseen(): void {
    const { count, start, does, key, status } = this.#all;
    const unseen = new Map<number, number[]>();
    for (let t = 0; t < count; t++) {
      if (status[t] === ABORTED || (status[t] !== COMMITTED && !this.#wasSeen(t))) continue;
      for (let at = start[t]!; at < start[t + 1]!; at++) {
        if (does[at] !== WRITE || this.#versions.placed[at] !== 0) continue;
        const writers = unseen.get(key[at]!);
        if (writers === undefined) unseen.set(key[at]!, [t]);
        else writers.push(t);
      }
    }
    for (const [k, writers] of unseen) this.#noteFirst(k, new Set(writers));
    for (const [k, writers] of unseen) {
      const versions = Array.from(new Set(writers), (writer) => ({ writer, readers: [] }));
      if (versions.length > 1) this.open.push({ key: k, versions });
    }
    for (const [k, writers] of unseen) {
      const fan = new Fan(this.graph, writers);
      this.#unseen[k] = fan;
      const last = this.#versions.slots[k + 1]! - 1;
      const writer = last >= this.#versions.slots[k]! ? this.#versions.writer[last]! : -1;
      if (writer < 0) continue;
      fan.link(writer, WW, k);
      for (const first of this.#overtaken.get(writer)?.keys() ?? []) {
        if (fan.has(first)) this.#spotOvertaken(writer, first, WW, k);
      }
    }
  }

  /**
   * Of several whose appends to a list nobody saw, one that had read all that was seen appended
   * first, or an update is lost.
   */
  #noteFirst(k: number, writers: ReadonlySet<number>): void {
    if (writers.size < 2) return;
    const updaters = [...writers].filter((t) => this.#readAll(t, k));
    const [first] = updaters;
    // Two of them are a lost update whatever their order.
    if (first === undefined || updaters.length > 1) return;
    for (const t of writers) {
      if (t === first) continue;
      this.withoutLostUpdates.push({ from: first, to: t, kind: WW, key: k });
      this.#overtaken.set(t, new Map([...(this.#overtaken.get(t) ?? []), [first, k]]));
    }
  }

  /** Whether its first step on this list is a read that saw all that anybody read of it. */
  #readAll(t: number, k: number): boolean {
    const { start, does, key, value } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      if (key[at] !== k) continue;
      const v = value[at]!;
      if (does[at] !== READ || v === UNSEEN) return false;
      return this.#versions.lengthOf(k, listOf(v)) === this.#versions.order[k]!.length;
    }
    return false;
  }

  /**
   * One depends on another that must have appended before it, if no update is lost: that is a cycle
   * in whatever order the two appended.
   */
  #spotOvertaken(before: number, after: number, kind: number, key: number): void {
    const list = this.#overtaken.get(before)?.get(after);
    if (list === undefined) return;
    const [a, b] = [this.#versions.name(before), this.#versions.name(after)];
    const [x, y] = [this.#versions.keyText(list), this.#versions.keyText(key)];
    const both = `${a} and ${b} both appended to ${x}, which ${b} had read without ${a}'s append`;
    // Either the update is lost, or the two go in a circle with one anti-dependency, or with none.
    const name = kind === RW ? 'G-single-item' : 'lost-update';
    const also = new Map([
      [RW, `${a} read ${y} without what ${b} appended to it`],
      [WR, `${b} saw what ${a} had appended to ${y}`],
      [WW, `${b} appended to ${y} after ${a}`],
    ]);
    this.#findings.add(name, [before, after], () => `${both}, and ${also.get(kind)}`);
  }

  #spotOvertakenWriters(): void {
    const { slots, writer } = this.#versions;
    for (const key of this.#all.keys.keys()) {
      for (let slot = slots[key]! + 1; slot < slots[key + 1]!; slot++) {
        const before = writer[slot - 1]!;
        if (before >= 0) this.#spotOvertaken(before, writer[slot]!, WW, key);
      }
    }
  }

  #wasSeen(t: number): boolean {
    const { start, does } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      if (does[at] === WRITE && this.#versions.placed[at] !== 0) return true;
    }
    return false;
  }

  /** Links each reader with the writers that it saw, and with those that it did not see. */
  #linkReaders(): void {
    const { size, does, key, value, transaction } = this.#all;
    for (let at = 0; at < size; at++) {
      const v = value[at]!;
      if (does[at] !== READ || v === UNSEEN) continue;
      const list = listOf(v);
      const k = key[at]!;
      const t = transaction[at]!;
      const length = this.#versions.lengthOf(k, list);
      if (length < 0) continue;
      const from = this.#versions.slots[k]!;
      const last = length > 0 ? this.#versions.append[from + length - 1]! : -1;
      // A list that ends in one's own append says nothing about others that the order does not.
      if (last >= 0 && transaction[last] === t) continue;
      if (length > 0) {
        const writer = this.#versions.writer[from + length - 1]!;
        if (writer >= 0) {
          this.graph.add(writer, t, WR, k);
          this.#spotOvertaken(writer, t, WR, k);
        }
      }
      const next =
        from + length < this.#versions.slots[k + 1]! ? this.#versions.next[from + length]! : -1;
      if (next >= 0) {
        this.graph.add(t, next, RW, k);
        this.#spotOvertaken(t, next, RW, k);
        continue;
      }
      this.#unseen[k]?.link(t, RW, k);
      for (const first of this.#overtaken.get(t)?.keys() ?? []) {
        if (this.#unseen[k]?.has(first)) this.#spotOvertaken(t, first, RW, k);
      }
    }
  }
}
