/**
 * The order of versions of lists: the longest committed read of each gives it (Kingsbury & Alvaro,
 * Elle, VLDB 2020), and every element names its append. Orders are laid out one after another in
 * columns, a slot for each element.
 */
import type { Plain } from '../../sim/node.ts';
import { identityOf, samePlain } from '../search/identity.ts';
import { keyText, valueText } from './findings.ts';
import { ABORTED, READ, type Transactions, UNSEEN, Unreadable } from './transactions.ts';

/** What an empty list, or one that was never written, reads as. */
export const EMPTY: readonly Plain[] = [];

/** A read as a list: null is the empty one. */
export function listOf(value: Plain): readonly Plain[] {
  return (value ?? EMPTY) as readonly Plain[];
}

export class ListVersions {
  readonly all: Transactions;
  /** By key: the append of each element. */
  readonly appends: readonly Map<string | number, number>[];
  /** By key: the longest committed read, and who made it; -1 is nobody. */
  readonly order: (readonly Plain[])[];
  readonly reader: Int32Array;
  /** The order of key `k` has slots `slots[k]` until `slots[k + 1]`. */
  readonly slots: Int32Array;
  /** By slot: the append of the element there; -1 if there is none, or if it was there before. */
  append = new Int32Array(0);
  /** By slot: who wrote last up to here, and who writes first from here on; -1 is nobody. */
  writer = new Int32Array(0);
  next = new Int32Array(0);
  /** By append: its slot and one more, 0 if no order has it. */
  readonly placed: Int32Array;
  /** By key, made when a read is not a beginning of the order: where each element is. */
  readonly #places = new Map<number, ReadonlyMap<string | number, number>>();

  /** Throws Unreadable if an element was appended to one list twice. */
  constructor(transactions: Transactions) {
    this.all = transactions;
    const keys = transactions.keys.length;
    this.appends = Array.from({ length: keys }, () => new Map());
    this.order = new Array<readonly Plain[]>(keys).fill(EMPTY);
    this.reader = new Int32Array(keys).fill(-1);
    this.slots = new Int32Array(keys + 1);
    this.placed = new Int32Array(transactions.size);
    this.#index();
    this.#layOut();
  }

  /** Finds the appends of each list and its longest read. */
  #index(): void {
    const { size, does, key, value, status, transaction } = this.all;
    for (let at = 0; at < size; at++) {
      const k = key[at]!;
      const v = value[at]!;
      if (v === UNSEEN) continue;
      if (does[at] === READ) {
        const list = listOf(v);
        if (list.length > this.order[k]!.length) {
          this.order[k] = list;
          this.reader[k] = transaction[at]!;
        }
        continue;
      }
      const appends = this.appends[k]!;
      const identity = identityOf(v);
      const before = appends.get(identity);
      if (before === undefined || status[transaction[before]!] === ABORTED) {
        appends.set(identity, at);
      } else if (status[transaction[at]!] !== ABORTED) {
        const [a, b] = [this.name(transaction[before]!), this.name(transaction[at]!)];
        const what = `${valueText(v)} to ${this.keyText(k)}`;
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
    const { status, transaction } = this.all;
    const keys = this.order.length;
    for (let k = 0; k < keys; k++) this.slots[k + 1] = this.slots[k]! + this.order[k]!.length;
    const size = this.slots[keys]!;
    this.append = new Int32Array(size).fill(-1);
    this.writer = new Int32Array(size).fill(-1);
    this.next = new Int32Array(size).fill(-1);
    for (let k = 0; k < keys; k++) {
      const from = this.slots[k]!;
      const until = this.slots[k + 1]!;
      const order = this.order[k]!;
      const appends = this.appends[k]!;
      let last = -1;
      for (let slot = from; slot < until; slot++) {
        const at = appends.get(identityOf(order[slot - from]!)) ?? -1;
        // An element that is there twice is taken to have come where it is first.
        if (at >= 0 && this.placed[at] === 0) {
          this.placed[at] = slot + 1;
          this.append[slot] = at;
          if (status[transaction[at]!] !== ABORTED) last = transaction[at]!;
        }
        this.writer[slot] = last;
      }
      let next = -1;
      for (let slot = until - 1; slot >= from; slot--) {
        const at = this.append[slot]!;
        if (at >= 0 && status[transaction[at]!] !== ABORTED) next = transaction[at]!;
        this.next[slot] = next;
      }
    }
  }

  /** How much of the order of a list a read shows; -1 if its last element is not in it. */
  lengthOf(key: number, list: readonly Plain[]): number {
    const order = this.order[key]!;
    if (isBeginning(list, order)) return list.length;
    const places = this.#placesOf(key);
    const place = places.get(identityOf(list[list.length - 1]!));
    return place === undefined ? -1 : place + 1;
  }

  #placesOf(key: number): ReadonlyMap<string | number, number> {
    let places = this.#places.get(key);
    if (places === undefined) {
      const order = this.order[key]!;
      // Of an element that is there twice the first place counts.
      places = new Map(order.map((v, i) => [identityOf(v), i] as const).reverse());
      this.#places.set(key, places);
    }
    return places;
  }

  name(t: number): string {
    return `#${this.all.operations[t]!.index}`;
  }

  keyText(key: number): string {
    return keyText(this.all.keys[key]!);
  }

  /** The value of a write in words. */
  written(append: number): string {
    return valueText(this.all.value[append] as Plain);
  }
}

/** Whether a list is how an order begins. */
export function isBeginning(list: readonly Plain[], order: readonly Plain[]): boolean {
  if (list === order) return true;
  if (list.length > order.length) return false;
  for (let i = 0; i < list.length; i++) {
    const a = list[i]!;
    const b = order[i]!;
    if (a !== b && !samePlain(a, b)) return false;
  }
  return true;
}
