/** One sum, to which numbers are added. */
import counter from '../../../interfaces/counter.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';

const ADDED: ReplyBody = { type: 'add_ok' };

export class Counter implements Machine {
  readonly answers = [counter];
  #sum = 0;

  apply(command: Command): ReplyBody {
    const request = command as unknown as RequestOf<typeof counter>;
    switch (request.type) {
      case 'add':
        this.#sum += request.delta;
        return ADDED;
      case 'read':
        return { type: 'read_ok', value: this.#sum };
      default:
        return unknownCommand(command);
    }
  }

  isRead(type: string): boolean {
    return type === 'read';
  }

  snapshot(): Plain {
    return this.#sum;
  }

  restore(snapshot: Plain): void {
    this.#sum = snapshot as number;
  }
}
