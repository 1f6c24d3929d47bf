/**
 * What is wrong with single reads of lists, or with an order of versions by itself: G1a, G1b, dirty
 * updates, duplicate elements, incompatible orders, lost updates (Kingsbury & Alvaro, Elle, VLDB
 * 2020).
 */
import type { Plain } from '../../sim/node.ts';
import { identityOf } from '../search/identity.ts';
import { type Findings, valueText } from './findings.ts';
import { isBeginning, type ListVersions, listOf } from './list-versions.ts';
import { ABORTED, COMMITTED, READ, type Transactions, UNSEEN, WRITE } from './transactions.ts';

export class ListAnomalies {
  readonly #versions: ListVersions;
  readonly #all: Transactions;
  readonly #findings: Findings;
  /** A sentence on the first element that nobody appended. */
  readonly remarks: string[] = [];

  constructor(versions: ListVersions, findings: Findings) {
    this.#versions = versions;
    this.#all = versions.all;
    this.#findings = findings;
    for (const key of versions.order.keys()) this.#spotInOrder(key);
    const { size, does, value, transaction, key } = versions.all;
    for (let at = 0; at < size; at++) {
      const v = value[at]!;
      if (does[at] !== READ || v === UNSEEN) continue;
      this.#spotInRead(transaction[at]!, key[at]!, listOf(v));
    }
    this.#lostUpdates();
  }

  /** Dirty updates, and orders that are not those of their transactions. */
  #spotInOrder(key: number): void {
    const { status, transaction } = this.#all;
    let aborted = -1;
    for (let slot = this.#versions.slots[key]!; slot < this.#versions.slots[key + 1]!; slot++) {
      const at = this.#versions.append[slot]!;
      if (at < 0) continue;
      const t = transaction[at]!;
      if (status[t] === ABORTED) {
        aborted = at;
        continue;
      }
      this.#spotDisorder(at, slot, key);
      // Somebody saw it: an append of unknown outcome counts as committed.
      if (aborted < 0) continue;
      const dirty = aborted;
      const reader = this.#versions.reader[key]!;
      aborted = -1;
      this.#findings.add('dirty-update', [...new Set([transaction[dirty]!, t, reader])], () => {
        const from = `${this.#versions.name(transaction[dirty]!)}'s ${this.#versions.written(dirty)}`;
        const append = `${this.#versions.name(t)} appended ${this.#versions.written(at)}`;
        return `${append} to ${this.#versions.keyText(key)} on top of ${from}, which was aborted`;
      });
    }
  }

  /** An element before which the same transaction appended another that is not before it. */
  #spotDisorder(append: number, slot: number, wanted: number): void {
    const { transaction, start, does, key } = this.#all;
    const t = transaction[append]!;
    for (let at = append - 1; at >= start[t]!; at--) {
      if (does[at] !== WRITE || key[at] !== wanted) continue;
      const place = this.#versions.placed[at]!;
      if (place > 0 && place <= slot) return;
      const order = this.#versions.order[wanted]!;
      const reader = this.#versions.reader[wanted]!;
      this.#findings.add('incompatible-order', [...new Set([t, reader])], () => {
        const [first, second] = [at, append].map((a) => this.#versions.written(a));
        const who = this.#versions.name(reader);
        const read = `${who} read ${valueText(order)} from ${this.#versions.keyText(wanted)}`;
        return `${read}, but ${this.#versions.name(t)} appended ${first} before ${second}`;
      });
      return;
    }
  }

  /** By key: how long a read may be before it has something strange in it. */
  readonly #clean = new Map<number, number>();

  /** G1a, G1b, duplicate elements, incompatible orders. */
  #spotInRead(t: number, key: number, list: readonly Plain[]): void {
    if (list.length === 0) return;
    const { transaction, status } = this.#all;
    const order = this.#versions.order[key]!;
    const whole = isBeginning(list, order);
    if (!whole) {
      const reader = this.#versions.reader[key]!;
      this.#findings.add('incompatible-order', [...new Set([t, reader])], () => {
        const other = reader === t ? 'itself' : this.#versions.name(reader);
        const read = `${this.#versions.name(t)} read ${valueText(list)} from ${this.#versions.keyText(key)}`;
        return `${read} and ${other} ${valueText(order)}: neither is how the other began`;
      });
    }
    if (!whole || list.length > this.#cleanLength(key)) this.#spotElements(t, key, list);
    const last = this.#versions.appends[key]!.get(identityOf(list[list.length - 1]!));
    if (last === undefined) return;
    const writer = transaction[last]!;
    if (writer === t || status[writer] === ABORTED) return;
    const later = this.#laterAppend(last);
    if (later < 0) return;
    this.#findings.add('G1b', [writer, t], () => {
      const [seen, missed] = [last, later].map((at) => this.#versions.written(at));
      const read = `${this.#versions.name(t)} read ${this.#versions.keyText(key)} up to ${seen}`;
      return `${read}, which ${this.#versions.name(writer)} had not finished: it appended ${missed} as well`;
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
    const order = this.#versions.order[key]!;
    const met = new Set<string | number>();
    clean = order.length;
    for (let i = 0; i < order.length && clean === order.length; i++) {
      const at = this.#versions.append[this.#versions.slots[key]! + i]!;
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
      const at = this.#versions.appends[key]!.get(identity);
      if (at === undefined) foreign ??= element;
      else if (status[transaction[at]!] === ABORTED && aborted < 0) aborted = at;
    }
    const read = () =>
      `${this.#versions.name(t)} read ${valueText(list)} from ${this.#versions.keyText(key)}`;
    if (twice !== undefined) {
      const text = valueText(twice);
      this.#findings.add('duplicate-elements', [t], () => `${read()}: ${text} is in it twice`);
    }
    if (aborted >= 0) {
      const from = transaction[aborted]!;
      const text = this.#versions.written(aborted);
      this.#findings.add(
        'G1a',
        [from, t],
        () => `${read()}, but ${this.#versions.name(from)}, which appended ${text}, was aborted`,
      );
    }
    if (foreign !== undefined && this.remarks.length === 0) {
      this.remarks.push(`${read()}: nobody in this history appended ${valueText(foreign)}.`);
    }
  }

  /**
   * The transaction that appended to a list between the read of `t`, which saw `length` elements,
   * and the append of `t`: Adya's G-cursor on this list; -1 if there is none.
   */
  #missedBefore(append: number, t: number, key: number, length: number): number {
    const { transaction, status } = this.#all;
    const from = this.#versions.slots[key]!;
    const placed = this.#versions.placed[append]!;
    const until = placed > 0 ? placed - 1 : this.#versions.slots[key + 1]!;
    for (let slot = from + length; slot < until; slot++) {
      const other = this.#versions.append[slot]!;
      if (other < 0) continue;
      const writer = transaction[other]!;
      if (writer !== t && status[writer] !== ABORTED) return writer;
    }
    return -1;
  }

  /**
   * Committed transactions that saw a version of a list and appended to it, though not next: two to
   * the same version, or after somebody else.
   */
  #lostUpdates(): void {
    const { count, start, status, does, key, value } = this.#all;
    // By version: the first who updated it. A list of n elements has n + 1 versions.
    const updated = new Int32Array(this.#versions.append.length + this.#versions.order.length).fill(
      -1,
    );
    const read = new Map<number, number>();
    for (let t = 0; t < count; t++) {
      if (status[t] !== COMMITTED) continue;
      read.clear();
      for (let at = start[t]!; at < start[t + 1]!; at++) {
        const k = key[at]!;
        if (does[at] === READ) {
          const v = value[at]!;
          if (v === UNSEEN) continue;
          const list = listOf(v);
          // Of several reads the shortest missed most.
          const seen = isBeginning(list, this.#versions.order[k]!) ? list.length : -1;
          read.set(k, Math.min(seen, read.get(k) ?? seen));
          continue;
        }
        const length = read.get(k);
        read.set(k, -1);
        if (length === undefined || length < 0) continue;
        const between = this.#missedBefore(at, t, k, length);
        if (between >= 0) {
          this.#findings.add('lost-update', [between, t], () => {
            const text = valueText(this.#versions.order[k]!.slice(0, length));
            const name = this.#versions.name(t);
            const list = this.#versions.keyText(k);
            return `${name} read ${text} from ${list} and appended to it, but not next: ${this.#versions.name(between)} had appended in between`;
          });
        }
        const version = this.#versions.slots[k]! + k + length;
        const first = updated[version]!;
        if (first < 0) updated[version] = t;
        else {
          this.#findings.add('lost-update', [first, t], () => {
            const text = valueText(this.#versions.order[k]!.slice(0, length));
            const both = `${this.#versions.name(first)} and ${this.#versions.name(t)}`;
            return `${both} both read ${text} from ${this.#versions.keyText(k)} and then appended to it`;
          });
        }
      }
    }
  }
}
