/**
 * What reads of lists tell about the transactions that append to them: Kingsbury & Alvaro, Elle
 * (VLDB 2020). If every append to a list is unique, a read is the list's whole past: the longest
 * one gives the order of versions, every other one must be a beginning of it, and an append that a
 * committed transaction made and nobody saw comes after all that was seen.
 */
import type { Plain } from '../../sim/node.ts';
import { identityOf, samePlain } from '../search/identity.ts';
import type { Edge } from './cycles.ts';
import { DependencyGraph, Fan, RW, WR, WW } from './dependency-graph.ts';
import { Findings, keyText, valueText } from './findings.ts';
import type { Inference } from './inference.ts';
import { spotInternal } from './list-internal.ts';
import {
  ABORTED,
  COMMITTED,
  type MicroOpForm,
  READ,
  type Transactions,
  UNSEEN,
  Unreadable,
  WRITE,
} from './transactions.ts';

export const listAppendForm: MicroOpForm = {
  writes: ['append'],
  refuse: (value) =>
    value === null || Array.isArray(value) ? null : 'returned something that is no list',
};

const EMPTY: readonly Plain[] = [];

/** Throws Unreadable if an element was appended to one list by two transactions. */
export function inferListAppend(transactions: Transactions): Inference {
  return new ListAppend(transactions);
}

class ListAppend implements Inference {
  readonly graph: DependencyGraph;
  readonly findings = new Findings();
  readonly remarks: string[] = [];
  readonly #all: Transactions;
  /** By key: the append of each element. */
  readonly #appends: readonly Map<string | number, number>[];
  /** By key: the longest committed read, and where its elements are in the columns below. */
  readonly #order: (readonly Plain[])[];
  readonly #slots: Int32Array;
  /** By place in an order: the append of the element there, -1 if nobody's. */
  #append = new Int32Array(0);
  /** By place: who wrote last up to here, and who writes first from here on; -1 is nobody. */
  #writer = new Int32Array(0);
  #next = new Int32Array(0);
  /** By key: those whose appends nobody saw. */
  readonly #unseen: (Fan | null)[];
  /** By append: whether an order has it. */
  readonly #placed: Uint8Array;
  /** By key, made when a read is not a beginning of the order: where each element is. */
  readonly #places = new Map<number, ReadonlyMap<string | number, number>>();

  constructor(transactions: Transactions) {
    this.#all = transactions;
    this.graph = new DependencyGraph(transactions.count);
    const keys = transactions.keys.length;
    this.#appends = Array.from({ length: keys }, () => new Map());
    this.#order = new Array<readonly Plain[]>(keys).fill(EMPTY);
    this.#slots = new Int32Array(keys + 1);
    this.#unseen = new Array<Fan | null>(keys).fill(null);
    this.#placed = new Uint8Array(transactions.size);
    this.#index();
    this.#layOut();
    for (let key = 0; key < keys; key++) this.#linkOrder(key);
    this.#linkUnseen();
    this.#read();
    this.#lostUpdates();
    spotInternal(transactions, this.findings);
  }

  /** Finds the appends of each list and its longest read. */
  #index(): void {
    const { size, does, key, value, status, transaction } = this.#all;
    for (let at = 0; at < size; at++) {
      const k = key[at]!;
      const v = value[at]!;
      if (v === UNSEEN) continue;
      if (does[at] === READ) {
        const list = (v ?? EMPTY) as readonly Plain[];
        if (list.length > this.#order[k]!.length) this.#order[k] = list;
        continue;
      }
      const appends = this.#appends[k]!;
      const identity = identityOf(v);
      const before = appends.get(identity);
      if (before === undefined || status[transaction[before]!] === ABORTED) {
        appends.set(identity, at);
      } else if (status[transaction[at]!] !== ABORTED) {
        const [a, b] = [this.#name(transaction[before]!), this.#name(transaction[at]!)];
        const what = `${valueText(v)} to ${this.#keyText(k)}`;
        throw new Unreadable(
          a === b
            ? `${a} appended ${what} twice; elements must be unique`
            : `${a} and ${b} both appended ${what}; elements must be unique`,
        );
      }
    }
  }

  /** Finds the writers of all elements, in order. */
  #layOut(): void {
    const { status, transaction } = this.#all;
    const keys = this.#order.length;
    for (let k = 0; k < keys; k++) this.#slots[k + 1] = this.#slots[k]! + this.#order[k]!.length;
    const size = this.#slots[keys]!;
    this.#append = new Int32Array(size).fill(-1);
    this.#writer = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(size).fill(-1);
    for (let k = 0; k < keys; k++) {
      const from = this.#slots[k]!;
      const until = this.#slots[k + 1]!;
      const order = this.#order[k]!;
      const appends = this.#appends[k]!;
      let last = -1;
      for (let slot = from; slot < until; slot++) {
        const at = appends.get(identityOf(order[slot - from]!)) ?? -1;
        this.#append[slot] = at;
        if (at >= 0) {
          this.#placed[at] = 1;
          if (status[transaction[at]!] !== ABORTED) last = transaction[at]!;
        }
        this.#writer[slot] = last;
      }
      let next = -1;
      for (let slot = until - 1; slot >= from; slot--) {
        const at = this.#append[slot]!;
        if (at >= 0 && status[transaction[at]!] !== ABORTED) next = transaction[at]!;
        this.#next[slot] = next;
      }
    }
  }

  /** Links the writers of a list in their order; spots what an order alone shows. */
  #linkOrder(key: number): void {
    const { status, transaction } = this.#all;
    let aborted = -1;
    for (let slot = this.#slots[key]!; slot < this.#slots[key + 1]!; slot++) {
      const writer = this.#writer[slot]!;
      const before = slot > this.#slots[key]! ? this.#writer[slot - 1]! : -1;
      if (before >= 0 && writer >= 0) this.graph.add(before, writer, WW, key);
      const at = this.#append[slot]!;
      if (at < 0) continue;
      const t = transaction[at]!;
      if (status[t] === ABORTED) {
        aborted = at;
      } else if (status[t] === COMMITTED && aborted >= 0) {
        const dirty = aborted;
        this.findings.add('dirty-update', [transaction[dirty]!, t], () => {
          const { value } = this.#all;
          const from = `${this.#name(transaction[dirty]!)}'s ${valueText(value[dirty] as Plain)}`;
          const append = `${this.#name(t)} appended ${valueText(value[at] as Plain)}`;
          return `${append} to ${this.#keyText(key)} on top of ${from}, which was aborted`;
        });
        aborted = -1;
      }
    }
  }

  /** Appends that nobody saw come after the last one that somebody saw. */
  #linkUnseen(): void {
    const { size, does, key, status, transaction } = this.#all;
    const unseen = new Map<number, number[]>();
    for (let at = 0; at < size; at++) {
      const t = transaction[at]!;
      if (does[at] !== WRITE || this.#placed[at] === 1 || status[t] !== COMMITTED) continue;
      const k = key[at]!;
      const list = unseen.get(k);
      if (list === undefined) unseen.set(k, [t]);
      else list.push(t);
    }
    for (const [k, writers] of unseen) {
      const fan = new Fan(this.graph, writers);
      this.#unseen[k] = fan;
      const last = this.#slots[k + 1]! - 1;
      if (last >= this.#slots[k]! && this.#writer[last]! >= 0) {
        fan.link(this.#writer[last]!, WW, k);
      }
    }
  }

  /** Links readers with whom they saw and whom they did not see. */
  #read(): void {
    const { size, does, key, value, transaction } = this.#all;
    for (let at = 0; at < size; at++) {
      const v = value[at]!;
      if (does[at] !== READ || v === UNSEEN) continue;
      const list = (v ?? EMPTY) as readonly Plain[];
      const k = key[at]!;
      const t = transaction[at]!;
      this.#spotInRead(t, k, list);
      const length = this.#lengthOf(k, list);
      if (length < 0) continue;
      const from = this.#slots[k]!;
      const last = length > 0 ? this.#append[from + length - 1]! : -1;
      // A list that ends in one's own append says nothing about others that the order does not.
      if (last >= 0 && transaction[last] === t) continue;
      if (length > 0) {
        const writer = this.#writer[from + length - 1]!;
        if (writer >= 0) this.graph.add(writer, t, WR, k);
      }
      const next = from + length < this.#slots[k + 1]! ? this.#next[from + length]! : -1;
      if (next >= 0) this.graph.add(t, next, RW, k);
      else this.#unseen[k]?.link(t, RW, k);
    }
  }

  /** How much of the order of a list a read shows; -1 if its last element is not in it. */
  #lengthOf(key: number, list: readonly Plain[]): number {
    const order = this.#order[key]!;
    if (isBeginning(list, order)) return list.length;
    const places = this.#placesOf(key);
    const place = places.get(identityOf(list[list.length - 1]!));
    return place === undefined ? -1 : place + 1;
  }

  #placesOf(key: number): ReadonlyMap<string | number, number> {
    let places = this.#places.get(key);
    if (places === undefined) {
      const order = this.#order[key]!;
      // Of an element that is there twice the first place counts.
      places = new Map(order.map((v, i) => [identityOf(v), i] as const).reverse());
      this.#places.set(key, places);
    }
    return places;
  }

  /** By key: how long a read may be before it has something strange in it. */
  readonly #clean = new Map<number, number>();

  /** G1a, G1b, duplicate elements, incompatible orders. */
  #spotInRead(t: number, key: number, list: readonly Plain[]): void {
    if (list.length === 0) return;
    const { transaction, status, value } = this.#all;
    const order = this.#order[key]!;
    const whole = isBeginning(list, order);
    if (!whole) {
      this.findings.add('incompatible-order', [t, ...this.#readersOf(key, order, t)], () => {
        const other = this.#readersOf(key, order, t).map((r) => this.#name(r))[0];
        const lists = `${valueText(list)} and ${other} ${valueText(order)}`;
        return `of ${this.#keyText(key)}, ${this.#name(t)} read ${lists}: neither is how the other began`;
      });
    }
    if (!whole || list.length > this.#cleanLength(key)) this.#spotElements(t, key, list);
    const last = this.#appends[key]!.get(identityOf(list[list.length - 1]!));
    if (last === undefined) return;
    const writer = transaction[last]!;
    if (writer === t || status[writer] === ABORTED) return;
    const later = this.#laterAppend(last);
    if (later < 0) return;
    this.findings.add('G1b', [writer, t], () => {
      const [seen, missed] = [last, later].map((at) => valueText(value[at] as Plain));
      const read = `${this.#name(t)} read ${this.#keyText(key)} up to ${seen}`;
      return `${read}, which ${this.#name(writer)} had not finished: it appended ${missed} as well`;
    });
  }

  /** The next append of the same transaction to the same list, or -1. */
  #laterAppend(append: number): number {
    const { transaction, start, does, key } = this.#all;
    const end = start[transaction[append]! + 1]!;
    for (let at = append + 1; at < end; at++) {
      if (does[at] === WRITE && key[at] === key[append]) return at;
    }
    return -1;
  }

  #cleanLength(key: number): number {
    let clean = this.#clean.get(key);
    if (clean !== undefined) return clean;
    const { status, transaction } = this.#all;
    const order = this.#order[key]!;
    const met = new Set<string | number>();
    clean = order.length;
    for (let i = 0; i < order.length && clean === order.length; i++) {
      const at = this.#append[this.#slots[key]! + i]!;
      const identity = identityOf(order[i]!);
      const strange = at < 0 || status[transaction[at]!] === ABORTED || met.has(identity);
      if (strange) clean = i;
      met.add(identity);
    }
    this.#clean.set(key, clean);
    return clean;
  }

  /** Looks at each element of a read. */
  #spotElements(t: number, key: number, list: readonly Plain[]): void {
    const { transaction, status } = this.#all;
    const met = new Set<string | number>();
    let aborted = -1;
    let twice: Plain | undefined;
    let foreign: Plain | undefined;
    for (const element of list) {
      const identity = identityOf(element);
      if (met.has(identity)) twice ??= element;
      met.add(identity);
      const at = this.#appends[key]!.get(identity);
      if (at === undefined) foreign ??= element;
      else if (status[transaction[at]!] === ABORTED && aborted < 0) aborted = at;
    }
    const read = () => `${this.#name(t)} read ${valueText(list)} from ${this.#keyText(key)}`;
    if (twice !== undefined) {
      const text = valueText(twice);
      this.findings.add('duplicate-elements', [t], () => `${read()}: ${text} is in it twice`);
    }
    if (aborted >= 0) {
      const from = transaction[aborted]!;
      const text = valueText(this.#all.value[aborted] as Plain);
      this.findings.add(
        'G1a',
        [from, t],
        () => `${read()}, but ${this.#name(from)}, which appended ${text}, was aborted`,
      );
    }
    if (foreign !== undefined && this.remarks.length === 0) {
      this.remarks.push(`${read()}: nobody in this history appended ${valueText(foreign)}.`);
    }
  }

  /** The transaction that made the longest read, other than `t` if there is one. */
  #readersOf(key: number, order: readonly Plain[], t: number): number[] {
    const { size, does, value, transaction } = this.#all;
    for (let at = 0; at < size; at++) {
      if (does[at] !== READ || this.#all.key[at] !== key || transaction[at] === t) continue;
      const v = value[at]!;
      if (Array.isArray(v) && v.length === order.length && isBeginning(v, order)) {
        return [transaction[at]!];
      }
    }
    return [];
  }

  /** Two committed transactions that saw the same version of a list and both appended to it. */
  #lostUpdates(): void {
    const { count, start, status, does, key, value } = this.#all;
    // By version: the first who updated it. A list of n elements has n + 1 versions.
    const updated = new Int32Array(this.#append.length + this.#order.length).fill(-1);
    const read = new Map<number, number>();
    for (let t = 0; t < count; t++) {
      if (status[t] !== COMMITTED) continue;
      read.clear();
      for (let at = start[t]!; at < start[t + 1]!; at++) {
        const k = key[at]!;
        if (does[at] === READ) {
          const v = value[at]!;
          if (v === UNSEEN || read.has(k)) continue;
          const list = (v ?? EMPTY) as readonly Plain[];
          read.set(k, isBeginning(list, this.#order[k]!) ? list.length : -1);
          continue;
        }
        const length = read.get(k);
        read.set(k, -1);
        if (length === undefined || length < 0) continue;
        const version = this.#slots[k]! + k + length;
        const first = updated[version]!;
        if (first < 0) updated[version] = t;
        else {
          this.findings.add('lost-update', [first, t], () => {
            const text = valueText(this.#order[k]!.slice(0, length));
            const both = `${this.#name(first)} and ${this.#name(t)}`;
            return `${both} both read ${text} from ${this.#keyText(k)} and then appended to it`;
          });
        }
      }
    }
  }

  because({ from, to, kind, key }: Edge): string {
    const [a, b, k] = [this.#name(from), this.#name(to), this.#keyText(key)];
    const slots = { from: this.#slots[key]!, until: this.#slots[key + 1]! };
    if (kind === WW) {
      for (let slot = slots.from; slot < slots.until; slot++) {
        if (this.#writer[slot] !== from) continue;
        if (slot + 1 < slots.until && this.#writer[slot + 1] === from) continue;
        const next = this.#elementFrom(to, key, slot + 1);
        if (next === null) continue;
        const own = this.#elementUpTo(from, key, slot);
        return `${b} appended ${next} to ${k} after ${a} appended ${own}`;
      }
    }
    if (kind === WR) {
      const seen = this.#readOf(to, key, (length) => this.#writer[slots.from + length - 1] === from);
      return `${b} read ${a}'s ${this.#elementUpTo(from, key, slots.from + seen - 1)} from ${k}`;
    }
    const own = (length: number) => {
      const next = slots.from + length;
      return next < slots.until && this.#next[next]! >= 0
        ? this.#next[next] === to
        : this.#unseenOf(to, key) !== null;
    };
    const seen = this.#readOf(from, key, own);
    const missed = this.#elementFrom(to, key, slots.from + seen);
    const read = valueText(this.#order[key]!.slice(0, seen));
    return `${a} read ${read} from ${k}, without ${b}'s ${missed}`;
  }

  /** How much a transaction read of a list, by the first read that is as told. */
  #readOf(t: number, wanted: number, told: (length: number) => boolean): number {
    const { start, does, key, value } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      const v = value[at]!;
      if (does[at] !== READ || key[at] !== wanted || v === UNSEEN) continue;
      const length = this.#lengthOf(wanted, (v ?? EMPTY) as readonly Plain[]);
      if (length >= 0 && told(length)) return length;
    }
    return 0;
  }

  /** The first element that `t` appended at this place of the order or later, or unseen. */
  #elementFrom(t: number, key: number, slot: number): string | null {
    const { transaction, value } = this.#all;
    for (let place = slot; place < this.#slots[key + 1]!; place++) {
      const at = this.#append[place]!;
      if (at >= 0 && transaction[at] === t) return valueText(value[at] as Plain);
      if (this.#writer[place]! >= 0 && this.#next[place] !== t) break;
    }
    return this.#unseenOf(t, key);
  }

  #elementUpTo(t: number, key: number, slot: number): string {
    const { transaction, value } = this.#all;
    for (let place = slot; place >= this.#slots[key]!; place--) {
      const at = this.#append[place]!;
      if (at >= 0 && transaction[at] === t) return valueText(value[at] as Plain);
    }
    return '?';
  }

  #unseenOf(t: number, wanted: number): string | null {
    const { start, does, key, value } = this.#all;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      if (does[at] === WRITE && key[at] === wanted && this.#placed[at] === 0) {
        return valueText(value[at] as Plain);
      }
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

/** Whether a list is how an order begins. */
function isBeginning(list: readonly Plain[], order: readonly Plain[]): boolean {
  if (list === order) return true;
  if (list.length > order.length) return false;
  for (let i = 0; i < list.length; i++) {
    const a = list[i]!;
    const b = order[i]!;
    if (a !== b && !samePlain(a, b)) return false;
  }
  return true;
}
