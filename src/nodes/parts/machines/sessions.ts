/**
 * Client sessions: what makes a retried command take effect once (Ongaro's thesis, section 6.3).
 *
 * The table is part of the state machine: every server changes it in the order of the log and in no
 * other way, so all agree on what was executed. A session is sequential, so its last serial with
 * the answers is enough. One serial may stand for several commands, when a service between client
 * and store makes several calls for one operation; a retry has the same serial and the same
 * content. Reads change nothing and are executed again.
 *
 * The table is bounded: beyond `max` sessions the one whose last write is furthest back in the log
 * is forgotten, alike on all servers, and never by a clock, which would differ between them. The
 * thesis registers each session by an entry of its own, so that a forgotten one is known by its
 * absence. Here the first attempt of a session's first update registers it: that is what a first
 * attempt means. A *retry* of a session that is not in the table, once any was forgotten, may have
 * been executed before: `mayHaveForgotten` says so, and the log can refuse it.
 *
 * Snapshots hold the table. Without it the retry of a command in the compacted part of the log
 * would be executed again.
 */
import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain } from '../../../sim/node.ts';
import { samePlain } from '../same-plain.ts';
import type { Command } from './machine.ts';

/**
 * The answer to a retry whose session has gone on. It is not definite: the update may have been
 * executed.
 */
export const SUPERSEDED: ReplyBody = {
  type: 'error',
  code: 'timeout',
  text: 'its session has gone on; the answer is not kept',
};

/** The answer to a retry whose session may have been forgotten. It is not definite either. */
export const FORGOTTEN: ReplyBody = {
  type: 'error',
  code: 'timeout',
  text: 'its session is forgotten; it is not executed again',
};

/** A table in which nothing was recorded, as `snapshot` gives it. */
export const NO_SESSIONS: Plain = { forgotten: 0, sessions: [] };

interface Session {
  /** When its last update was, as a number that only grows. */
  updated: number;
  serial: number;
  readonly commands: Command[];
  readonly outcomes: ReplyBody[];
}

interface SessionsSnapshot {
  readonly forgotten: number;
  readonly sessions: readonly (readonly [
    name: string,
    serial: number,
    commands: readonly Command[],
    outcomes: readonly ReplyBody[],
  ])[];
}

export class Sessions {
  private readonly max: number;
  private readonly table = new Map<string, Session>();
  private updates = 0;
  /** How many sessions were forgotten. */
  private forgotten = 0;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.table.size;
  }

  /**
   * How this update ended if it was executed before; SUPERSEDED if its session is past it; null if
   * it is new.
   */
  find(update: Command): ReplyBody | null {
    const session = this.table.get(update.session);
    if (session === undefined || session.serial < update.serial) return null;
    if (session.serial > update.serial) return SUPERSEDED;
    for (let i = 0; i < session.commands.length; i++) {
      const command = session.commands[i];
      if (command !== undefined && samePlain(command, update)) return session.outcomes[i] ?? null;
    }
    return null;
  }

  /** Whether the session of an update may have been forgotten: then its retries are refused. */
  mayHaveForgotten(update: Command): boolean {
    return this.forgotten > 0 && !this.table.has(update.session);
  }

  /** The whole table, as data that is never changed. */
  snapshot(): Plain {
    const byUpdate = [...this.table].sort(([, a], [, b]) => a.updated - b.updated);
    const sessions = byUpdate.map(([name, { serial, commands, outcomes }]) => [
      name,
      serial,
      [...commands],
      [...outcomes] as readonly Plain[],
    ]);
    return { forgotten: this.forgotten, sessions };
  }

  /** Takes up a table that `snapshot` gave, in place of its own. */
  restore(snapshot: Plain): void {
    const { forgotten, sessions } = snapshot as unknown as SessionsSnapshot;
    this.forgotten = forgotten;
    this.table.clear();
    for (const [name, serial, commands, outcomes] of sessions) {
      const updated = ++this.updates;
      this.table.set(name, { updated, serial, commands: [...commands], outcomes: [...outcomes] });
    }
  }

  /** Remembers how a new update ended. */
  record(update: Command, outcome: ReplyBody): void {
    const session = this.touch(update.session);
    const { commands, outcomes } = session;
    if (session.serial === update.serial) {
      commands.push(update);
      outcomes.push(outcome);
      return;
    }
    assert(update.serial > session.serial, 'the serial of a session never falls');
    session.serial = update.serial;
    if (commands.length > 1) {
      commands.length = 1;
      outcomes.length = 1;
    }
    commands[0] = update;
    outcomes[0] = outcome;
  }

  /** The session, now the last updated; made, at the cost of the first, if there is none. */
  private touch(name: string): Session {
    let session = this.table.get(name);
    if (session === undefined) {
      if (this.table.size >= this.max) this.forgetFirst();
      session = { updated: 0, serial: 0, commands: [], outcomes: [] };
      this.table.set(name, session);
    }
    session.updated = ++this.updates;
    return session;
  }

  private forgetFirst(): void {
    let first = '';
    let updated = Infinity;
    for (const [name, session] of this.table) {
      if (session.updated >= updated) continue;
      first = name;
      ({ updated } = session);
    }
    this.table.delete(first);
    this.forgotten++;
  }
}
