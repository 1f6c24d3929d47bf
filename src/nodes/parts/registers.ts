/**
 * Keyed registers with read, write and compare-and-set: the state machine that replicated stores
 * replicate.
 *
 * Deterministic: the same operations in the same order leave the same state and give the same
 * answers.
 */
import type { Plain } from '../../sim/node.ts';
import { samePlain } from './same-plain.ts';

export class Registers {
  private readonly values = new Map<string, Plain>();

  /** null when the key was never written. */
  read(key: string): Plain {
    return this.values.get(key) ?? null;
  }

  write(key: string, value: Plain): void {
    this.values.set(key, value);
  }

  /**
   * Writes `to` if the value is `from`, and says whether it was. A key never written has the value
   * null.
   */
  compareAndSet(key: string, from: Plain, to: Plain): boolean {
    if (!samePlain(this.read(key), from)) return false;
    this.values.set(key, to);
    return true;
  }

  get size(): number {
    return this.values.size;
  }

  /** Keys and values, in the order the keys were first written. */
  entries(): IterableIterator<[string, Plain]> {
    return this.values.entries();
  }
}
