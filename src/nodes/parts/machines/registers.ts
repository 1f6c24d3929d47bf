/** Keyed registers with read, write and compare-and-set. */
import register from '../../../interfaces/register.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { BodyOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { samePlain } from '../same-plain.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

export type RegisterCommand = Command & BodyOf<typeof register>;

const WRITTEN: ReplyBody = { type: 'write_ok' };
const SWAPPED: ReplyBody = { type: 'cas_ok' };
const ANOTHER: ReplyBody = {
  type: 'error',
  code: 'precondition-failed',
  text: 'the value is another',
};

export class Registers implements Machine {
  readonly answers = [register];
  readonly #values = new Map<string, Plain>();

  apply(command: Command): ReplyBody {
    const request = command as RegisterCommand;
    switch (request.type) {
      case 'read':
        return { type: 'read_ok', value: this.read(request.key) };
      case 'write':
        this.write(request.key, request.value);
        return WRITTEN;
      case 'cas':
        return this.compareAndSet(request.key, request.from, request.to) ? SWAPPED : ANOTHER;
      default:
        return unknownCommand(command);
    }
  }

  isRead(type: string): boolean {
    return type === 'read';
  }

  /** null when the key was never written. */
  read(key: string): Plain {
    return this.#values.get(key) ?? null;
  }

  write(key: string, value: Plain): void {
    this.#values.set(key, value);
  }

  /**
   * Writes `to` if the value is `from`, and says whether it was. A key never written has the value
   * null.
   */
  compareAndSet(key: string, from: Plain, to: Plain): boolean {
    if (!samePlain(this.read(key), from)) return false;
    this.#values.set(key, to);
    return true;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Keys and values, in the order the keys were first written. */
  entries(): IterableIterator<[string, Plain]> {
    return this.#values.entries();
  }

  snapshot(): Plain {
    return [...this.#values];
  }

  restore(snapshot: Plain): void {
    this.#values.clear();
    for (const [key, value] of snapshot as readonly [string, Plain][]) this.#values.set(key, value);
  }
}
