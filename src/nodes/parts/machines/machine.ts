/**
 * State machines apart from the protocols that replicate them: what a command does, without a word
 * on how all replicas come to apply the same commands in the same order (Schneider 1990,
 * "Implementing Fault-Tolerant Services Using the State Machine Approach").
 *
 * A machine is deterministic: the same commands in the same order leave the same state and give the
 * same answers. It has no clock and draws nothing. What depends on time (a lease that runs out, a
 * message that is delivered again) is a command that somebody who has a clock makes.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Interface } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';

/**
 * What is replicated of a request: its type and own fields, and whose it is. It goes to disks and
 * over links as it is, so it is plain data.
 */
export type Command = {
  readonly type: string;
  readonly session: string;
  readonly serial: number;
  readonly [field: string]: Plain;
};

export interface Machine {
  /** Its requests, a command each. */
  readonly answers: readonly Interface[];
  /**
   * Executes a command, and gives the answer without an address. A refusal changes nothing. Whoever
   * replicates the machine filters repeats.
   */
  apply(command: Command): ReplyBody;
  /** Whether commands of this type change nothing: they need not be kept from running twice. */
  isRead(type: string): boolean;
  /** The whole state, as data that shares nothing with the machine. */
  snapshot(): Plain;
  /** Takes up a state that `snapshot` gave, in place of its own. */
  restore(snapshot: Plain): void;
}

/**
 * The commands of a machine. Which fields a command has is looked up once: with a look at the
 * declaration for each request, a Raft under load spent a tenth of its time on it.
 */
export class Commands {
  readonly #fields = new Map<string, readonly string[]>();

  constructor({ answers }: Machine) {
    for (const { requests } of answers) {
      for (const [type, { fields }] of Object.entries(requests)) {
        if (!this.#fields.has(type)) this.#fields.set(type, Object.keys(fields));
      }
    }
  }

  /** Does the machine have a command for requests of this type? */
  has(type: string): boolean {
    return this.#fields.has(type);
  }

  /** The command of a request; null if the machine has none of its type. */
  of(request: Request): Command | null {
    const { type, session, serial } = request;
    const names = this.#fields.get(type);
    if (names === undefined) return null;
    const command: { -readonly [K in keyof Command]: Command[K] } = { type, session, serial };
    const fields = request as unknown as { readonly [field: string]: Plain | undefined };
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = fields[name];
      if (value !== undefined) command[name] = value;
    }
    return command;
  }
}

/** The answer to a command that the machine has no use for. */
export function unknownCommand({ type }: Command): ReplyBody {
  return { type: 'error', code: 'not-supported', text: `this machine has no ${type}` };
}
