/** Dependencies between transactions on lists, in words. */

import type { Edge } from './cycles.ts';
import { WR, WW } from './dependency-graph.ts';
import { valueText } from './findings.ts';
import { type ListVersions, listOf } from './list-versions.ts';
import { READ, type Transactions, UNSEEN, WRITE } from './transactions.ts';

export class ListReasons {
  readonly #versions: ListVersions;
  readonly #all: Transactions;

  constructor(versions: ListVersions) {
    this.#versions = versions;
    this.#all = versions.all;
  }

  /** Why the edge is there. */
  because({ from, to, kind, key }: Edge): string {
    const [a, b, k] = [
      this.#versions.name(from),
      this.#versions.name(to),
      this.#versions.keyText(key),
    ];
    const slots = { from: this.#versions.slots[key]!, until: this.#versions.slots[key + 1]! };
    if (kind === WW) {
      for (let slot = slots.from; slot < slots.until; slot++) {
        if (this.#versions.writer[slot] !== from) continue;
        if (slot + 1 < slots.until && this.#versions.writer[slot + 1] === from) continue;
        const next = this.#elementFrom(to, key, slot + 1);
        if (next === null) continue;
        const own = this.#elementUpTo(from, key, slot);
        return `${b} appended ${next} to ${k} after ${a} appended ${own}`;
      }
      return `${b} appended to ${k} after ${a}`;
    }
    if (kind === WR) {
      const seen = this.#readOf(
        to,
        key,
        (length) => this.#versions.writer[slots.from + length - 1] === from,
      );
      return `${b} read ${a}'s ${this.#elementUpTo(from, key, slots.from + seen - 1)} from ${k}`;
    }
    const own = (length: number) => {
      const next = slots.from + length;
      return next < slots.until && this.#versions.next[next]! >= 0
        ? this.#versions.next[next] === to
        : this.#unseenOf(to, key) !== null;
    };
    const seen = this.#readOf(from, key, own);
    const missed = this.#elementFrom(to, key, slots.from + seen);
    const read = valueText(this.#versions.order[key]!.slice(0, seen));
    return `${a} read ${read} from ${k}, without ${b}'s ${missed}`;
  }

  /** How much a transaction read of a list, by the first read that is as told. */
  #readOf(t: number, wanted: number, told: (length: number) => boolean): number {
    const { start, does, key, value } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      const v = value[at]!;
      if (does[at] !== READ || key[at] !== wanted || v === UNSEEN) continue;
      const length = this.#versions.lengthOf(wanted, listOf(v));
      if (length >= 0 && told(length)) return length;
    }
    return 0;
  }

  /** The first element that `t` appended at this place of the order or later, or unseen. */
  #elementFrom(t: number, key: number, slot: number): string | null {
    const { transaction } = this.#all;
    for (let place = slot; place < this.#versions.slots[key + 1]!; place++) {
      const at = this.#versions.append[place]!;
      if (at >= 0 && transaction[at] === t) return this.#versions.written(at);
      if (this.#versions.writer[place]! >= 0 && this.#versions.next[place] !== t) break;
    }
    return this.#unseenOf(t, key);
  }

  #elementUpTo(t: number, key: number, slot: number): string {
    const { transaction } = this.#all;
    for (let place = slot; place >= this.#versions.slots[key]!; place--) {
      const at = this.#versions.append[place]!;
      if (at >= 0 && transaction[at] === t) return this.#versions.written(at);
    }
    return '?';
  }

  #unseenOf(t: number, wanted: number): string | null {
    const { start, does, key } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      if (does[at] === WRITE && key[at] === wanted && this.#versions.placed[at] === 0) {
        return this.#versions.written(at);
      }
    }
    return null;
  }
}
