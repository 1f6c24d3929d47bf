/** Identifiers: the numbers from 1 on, each handed out once. */
import ids from '../../../interfaces/ids.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain } from '../../../sim/node.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

export class Ids implements Machine {
  readonly answers = [ids];
  #last = 0;

  apply(command: Command): ReplyBody {
    if (command.type !== 'generate') return unknownCommand(command);
    this.#last++;
    return { type: 'generate_ok', value: this.#last };
  }

  isRead(): boolean {
    return false;
  }

  snapshot(): Plain {
    return this.#last;
  }

  restore(snapshot: Plain): void {
    this.#last = snapshot as number;
  }
}
