/** The last few keys with what is shown of them by `inspect()`, for the invariant. */
import type { Plain } from '../../../sim/node.ts';

const MOST = 8;

export class Recent<T> {
  readonly #items = new Map<string, T>();

  set(key: string, item: T): void {
    this.#items.delete(key);
    this.#items.set(key, item);
    if (this.#items.size <= MOST) return;
    for (const oldest of this.#items.keys()) {
      this.#items.delete(oldest);
      return;
    }
  }

  show(item: (item: T) => Plain): { readonly [key: string]: Plain } {
    const shown: { [key: string]: Plain } = {};
    for (const [key, value] of this.#items) shown[key] = item(value);
    return shown;
  }
}
