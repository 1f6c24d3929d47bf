/** The keys that were set last, with an item each: what `inspect()` shows of them to invariants. */
import type { Plain } from '../../sim/node.ts';

export class Recent<T> {
  readonly #max: number;
  readonly #items = new Map<string, T>();

  /** `max`: how many keys are kept. */
  constructor(max: number) {
    this.#max = max;
  }

  set(key: string, item: T): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    if (this.#items.size <= this.#max) return;
    for (const oldest of this.#items.keys()) {
      this.#items.delete(oldest);
      return;
    }
  }

  /** By key, the one that was set last at the end. */
  show(item: (item: T) => Plain): { readonly [key: string]: Plain } {
    const shown: { [key: string]: Plain } = {};
    for (const [key, value] of this.#items) shown[key] = item(value);
    return shown;
  }
}
