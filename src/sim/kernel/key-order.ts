/** The order in which the keys of a disk were first written; a key that is deleted forgets it. */
import type { Plain } from '../node.ts';

export class KeyOrder {
  /** By key, a number that grows. */
  private born: Map<string, number> | null = null;
  private births = 0;
  /** A delete was taken back: its key is not where it was. */
  private isDisordered = false;

  /** A key is written that was not there. */
  add(key: string): void {
    this.born ??= new Map();
    this.born.set(key, ++this.births);
  }

  /** A key is deleted. Returns its place, for `restore`. */
  remove(key: string): number | undefined {
    const place = this.born?.get(key);
    this.born?.delete(key);
    return place;
  }

  /** A delete is taken back; undefined for what was no delete. */
  restore(key: string, place: number | undefined): void {
    if (place === undefined) return;
    this.born ??= new Map();
    this.born.set(key, place);
    this.isDisordered = true;
  }

  clear(): void {
    this.born = null;
  }

  /** Puts the records in the order first written. */
  sort(records: Map<string, Plain>): void {
    if (!this.isDisordered) return;
    this.isDisordered = false;
    const placeOf = (key: string) => this.born?.get(key) ?? Infinity;
    const sorted = [...records].sort(([a], [b]) => {
      return placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b);
    });
    records.clear();
    for (const [key, value] of sorted) records.set(key, value);
  }
}
