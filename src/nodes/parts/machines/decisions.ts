/** Decisions: of the values that are proposed for a key, the first one stays forever. */
import propose from '../../../interfaces/propose.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

export class Decisions implements Machine {
  readonly answers = [propose];
  readonly #chosen = new Map<string, Plain>();

  apply(command: Command): ReplyBody {
    if (command.type !== 'propose') return unknownCommand(command);
    const { key, value } = command as unknown as RequestOf<typeof propose>;
    const chosen = this.#chosen.get(key);
    if (chosen !== undefined) return { type: 'propose_ok', value: chosen };
    this.#chosen.set(key, value);
    return { type: 'propose_ok', value };
  }

  isRead(): boolean {
    return false;
  }

  snapshot(): Plain {
    return [...this.#chosen];
  }

  restore(snapshot: Plain): void {
    this.#chosen.clear();
    for (const [key, value] of snapshot as readonly [string, Plain][]) this.#chosen.set(key, value);
  }
}
