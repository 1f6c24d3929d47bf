/**
 * The sessions in which a node makes calls of its own.
 *
 * Two rules make a store that drops repeats by (session, serial) believe them:
 *
 * - A session belongs to one life of the node. It counts from 1 at boot, so under its old name the
 *   first writes of the second life would be taken for repeats of the first life's.
 * - A session carries one call at a time. Of two at once, the network may deliver the later first,
 *   and the store would take the earlier for one that is past.
 *
 * So there are as many sessions as there have been calls at once: `app`, `app/2`, ..., and after a
 * reboot `app#2`, `app#2/2`, ...
 *
 * A call that is given up in doubt gives its session back like any other. If it still arrives after
 * the next call of the session, a store drops it: it may have happened, or never will.
 */
import { assert } from '../assert.ts';
import type { NodeId } from '../node.ts';

/** What a request carries to be told from others. */
export interface Identity {
  readonly session: string;
  readonly serial: number;
}

interface OwnSession extends Identity {
  serial: number;
  busy: boolean;
}

export class OwnSessions {
  readonly #name: string;
  readonly #free: OwnSession[] = [];
  #made = 0;

  /** `life` counts the lives of the node from 1. */
  constructor(self: NodeId, life: number) {
    this.#name = life === 1 ? self : `${self}#${life}`;
  }

  /** The next number of a session that carries no call. */
  take(): Identity {
    const session = this.#free.pop() ?? this.#open();
    session.busy = true;
    session.serial++;
    return session;
  }

  /** The call is over, as far as this node will ever know. */
  give(identity: Identity): void {
    const session = identity as OwnSession;
    assert(session.busy, `the session ${session.session} is given back twice`);
    session.busy = false;
    this.#free.push(session);
  }

  #open(): OwnSession {
    this.#made++;
    const name = this.#made === 1 ? this.#name : `${this.#name}/${this.#made}`;
    return { session: name, serial: 0, busy: false };
  }
}
