/**
 * A machine that executes each update once, whatever retries put it into the log again (Ongaro
 * 2014, "Consensus: Bridging Theory and Practice", section 6.3).
 *
 * The table of sessions is part of the replicated state: all replicas change it in the order of the
 * log and in no other way, and it goes into snapshots. A session is sequential, so its last serial
 * with the answers is enough. One serial may stand for several commands, when a service between
 * client and store makes several calls for one operation; a retry has the same serial and the same
 * content. Reads change nothing, and are executed again.
 *
 * Beyond `max` sessions the one whose last update is furthest back in the log is forgotten, alike
 * on all replicas. A retry that comes after that is executed again.
 */
import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain } from '../../../sim/node.ts';
import { samePlain } from '../same-plain.ts';
import type { Command, Machine } from './machine.ts';

/**
 * The answer to a retry whose session has gone on. It is not definite: it may have been executed.
 */
export const SUPERSEDED: ReplyBody = {
  type: 'error',
  code: 'timeout',
  text: 'its session has gone on; the answer is not kept',
};

interface Session {
  serial: number;
  commands: Command[];
  outcomes: ReplyBody[];
}

export class OnceMachine {
  readonly machine: Machine;
  readonly #max: number;
  /** In the order of each session's last update: the first is the next to be forgotten. */
  readonly #sessions = new Map<string, Session>();

  constructor(machine: Machine, max: number) {
    this.machine = machine;
    this.#max = max;
  }

  /** Executes a command of the log, unless it was executed before: then its answer is the same. */
  apply(command: Command): ReplyBody {
    if (this.machine.isRead(command.type)) return this.machine.apply(command);
    const before = this.find(command);
    if (before !== null) return before;
    const outcome = this.machine.apply(command);
    this.#record(command, outcome);
    return outcome;
  }

  /** The answer to an update that was executed before; null if it is new. */
  find(update: Command): ReplyBody | null {
    const session = this.#sessions.get(update.session);
    if (session === undefined || session.serial < update.serial) return null;
    if (session.serial > update.serial) return SUPERSEDED;
    const i = session.commands.findIndex((command) => samePlain(command, update));
    return session.outcomes[i] ?? null;
  }

  snapshot(): Plain {
    const sessions = [...this.#sessions].map(([name, { serial, commands, outcomes }]) => ({
      name,
      serial,
      commands: [...commands],
      outcomes: [...outcomes] as unknown as Plain[],
    }));
    return { machine: this.machine.snapshot(), sessions };
  }

  restore(snapshot: Plain): void {
    const { machine, sessions } = snapshot as unknown as {
      readonly machine: Plain;
      readonly sessions: readonly (Session & { readonly name: string })[];
    };
    this.machine.restore(machine);
    this.#sessions.clear();
    for (const { name, serial, commands, outcomes } of sessions) {
      this.#sessions.set(name, { serial, commands: [...commands], outcomes: [...outcomes] });
    }
  }

  #record(update: Command, outcome: ReplyBody): void {
    const session = this.#touch(update.session);
    assert(update.serial >= session.serial, 'the serial of a session never falls');
    if (session.serial !== update.serial) {
      session.serial = update.serial;
      session.commands = [];
      session.outcomes = [];
    }
    session.commands.push(update);
    session.outcomes.push(outcome);
  }

  /** The session, now the last in order; made, at the cost of the first, if there is none. */
  #touch(name: string): Session {
    const session = this.#sessions.get(name) ?? { serial: 0, commands: [], outcomes: [] };
    if (!this.#sessions.delete(name) && this.#sessions.size >= this.#max) {
      for (const first of this.#sessions.keys()) {
        this.#sessions.delete(first);
        break;
      }
    }
    this.#sessions.set(name, session);
    return session;
  }
}
