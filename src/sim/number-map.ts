/**
 * A map from numbers that count up, such as those of requests, to what is under way for them.
 *
 * Of the numbers in use most are close together, so each has a place of its own in a small table:
 * the number modulo its size. If that place is taken, the next free one is used.
 * `Map` keeps the order of insertion, for which it copies itself again and again when entries come
 * and go; here each request costs a tenth of that.
 */
import { assert } from './assert.ts';

const FIRST_SIZE = 8;

export class NumberMap<T> {
  size = 0;
  #mask = FIRST_SIZE - 1;
  /** By place; a place without a value is free. */
  #keys: number[] = new Array(FIRST_SIZE).fill(0);
  #values: (T | undefined)[] = new Array(FIRST_SIZE).fill(undefined);

  get(key: number): T | undefined {
    const place = this.#placeOf(key);
    return this.#values[place];
  }

  set(key: number, value: T): void {
    assert(value !== undefined, 'a place without a value is free');
    const place = this.#placeOf(key);
    if (this.#values[place] === undefined) this.size++;
    this.#keys[place] = key;
    this.#values[place] = value;
    // At most half full: there always is a free place, and it is near.
    if (2 * this.size > this.#mask) this.#grow();
  }

  /** Takes the value of a key out; undefined if it has none. */
  take(key: number): T | undefined {
    const place = this.#placeOf(key);
    const value = this.#values[place];
    if (value === undefined) return undefined;
    this.size--;
    this.#free(place);
    return value;
  }

  /** In no particular order, but in the same one in every run. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  /** Where the key is, or else the free place that it would have. */
  #placeOf(key: number): number {
    const mask = this.#mask;
    let place = key & mask;
    while (this.#values[place] !== undefined && this.#keys[place] !== key)
      place = (place + 1) & mask;
    return place;
  }

  /** Frees a place. Those who found it taken as they came move up, or they would not be found. */
  #free(place: number): void {
    const mask = this.#mask;
    let free = place;
    for (
      let next = (place + 1) & mask;
      this.#values[next] !== undefined;
      next = (next + 1) & mask
    ) {
      const key = this.#keys[next] as number;
      const wanted = key & mask;
      if (((next - wanted) & mask) < ((next - free) & mask)) continue;
      this.#keys[free] = key;
      this.#values[free] = this.#values[next];
      free = next;
    }
    this.#values[free] = undefined;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const size = 2 * values.length;
    this.#mask = size - 1;
    this.#keys = new Array(size).fill(0);
    this.#values = new Array(size).fill(undefined);
    values.forEach((value, i) => {
      if (value === undefined) return;
      const place = this.#placeOf(keys[i] as number);
      this.#keys[place] = keys[i] as number;
      this.#values[place] = value;
    });
  }
}
