/**
 * A machine that executes each update once, whatever retries put it into the log again: the machine
 * with its `Sessions`, in one snapshot (Ongaro 2014, "Consensus: Bridging Theory and Practice",
 * section 6.3).
 *
 * A retry whose session was forgotten is executed again.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain } from '../../../sim/node.ts';
import type { Command, Machine } from './machine.ts';
import { Sessions } from './sessions.ts';

export class OnceMachine {
  readonly machine: Machine;
  readonly #sessions: Sessions;

  /** `max`: the sessions that are kept. */
  constructor(machine: Machine, max: number) {
    this.machine = machine;
    this.#sessions = new Sessions(max);
  }

  /** Executes a command of the log, unless it was executed before: then its answer is the same. */
  apply(command: Command): ReplyBody {
    if (this.machine.isRead(command.type)) return this.machine.apply(command);
    const before = this.find(command);
    if (before !== null) return before;
    const outcome = this.machine.apply(command);
    this.#sessions.record(command, outcome);
    return outcome;
  }

  /** The answer to an update that was executed before; null if it is new. */
  find(update: Command): ReplyBody | null {
    return this.#sessions.find(update);
  }

  snapshot(): Plain {
    return { machine: this.machine.snapshot(), sessions: this.#sessions.snapshot() };
  }

  restore(snapshot: Plain): void {
    const { machine, sessions } = snapshot as { readonly machine: Plain; readonly sessions: Plain };
    this.machine.restore(machine);
    this.#sessions.restore(sessions);
  }
}
