/** Logical processes, and what outlives the crash of a client. */
import { OwnSessions } from '../../sim/flows/own-sessions.ts';
import type { OperationOutcome } from '../../sim/history.ts';
import type { Context, Message, NodeId, Plain, Random } from '../../sim/node.ts';
import type { Invocation } from '../workload.ts';

/**
 * A logical process, and the operation that it has in flight, if any. It is sequential, and one
 * whose operation ended with `info` never invokes again.
 */
export class Process {
  /** Unique in the run. */
  readonly number: number;
  /** The session that its requests name. */
  readonly session: string;
  /** The number of its last request in the session. */
  serial = 0;
  /** The index of its operation in the history. */
  operation = -1;
  /** What it was asked to do last. */
  invocation: Invocation = NOTHING_YET;
  request = -1;
  /** The context of the session's last answer, for the next request; undefined before. */
  context: Plain | undefined = undefined;
  #mine: Map<string, Plain> | null = null;
  #calls: OwnSessions | null = null;

  /**
   * `ordinal` counts the client's own processes, so that sessions do not depend on who else is
   * there.
   */
  constructor(client: NodeId, number: number, ordinal: number) {
    this.number = number;
    this.session = `${client}/${ordinal}`;
  }

  /** The sessions of an actor's calls: its own, and more if several are under way at once. */
  get calls(): OwnSessions {
    this.#calls ??= new OwnSessions(this.session, 1);
    return this.#calls;
  }

  /** What an actor keeps for this process. */
  get mine(): Map<string, Plain> {
    this.#mine ??= new Map();
    return this.#mine;
  }
}

const NOTHING_YET: Invocation = { f: '', key: null, input: null, request: { type: '' } };

/**
 * What one client has used up, over all its lives. A client that boots again after a crash goes on
 * counting: neither a session nor the number of a request is used twice, or a store would take a
 * new write for a repeat, and the client a late answer for a new one.
 */
export class ClientMemory {
  processes = 0;
  requests = 0;
  /** Operations begun, final reads and probes not counted. */
  issued = 0;
}

/** Carries out operations: one request each, or a flow. */
export interface Invoker {
  /**
   * Begins an operation of an idle process, and writes its start into the journal. `mostUs`: it has
   * no more patience than this, whatever the load has.
   */
  invoke(
    ctx: Context,
    process: Process,
    invocation: Invocation,
    random: Random,
    mostUs?: number,
  ): void;
  receive(ctx: Context, from: NodeId, message: Message): void;
  /** A timer of the invoker's own; others it ignores. */
  timeout(ctx: Context, tag: string, key: number): void;
  readonly inFlight: number;
}

/** Learns how operations end. */
export interface Ends {
  ended(
    ctx: Context,
    process: Process,
    outcome: OperationOutcome,
    output: Plain,
    error: string | null,
  ): void;
}
