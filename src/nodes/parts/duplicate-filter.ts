/**
 * Distinguishes the second copy of a request from a new one, where a protocol passes requests on in
 * messages of its own.
 *
 * Links never double a request. They may double any other message, and with it the request that it
 * carries. A node that answers the first copy with a definite error ("this did not and will not
 * happen") has lied if it then executes the second:
 *   1. A server passes a client's request on to the leader, and the network doubles the message.
 *   2. The leader has just stepped down, and refuses the first copy. The client marks the write as
 *      failed.
 *   3. It is elected again. The second copy arrives, is executed, and somebody reads a value that
 *      nobody wrote.
 * So whoever refuses definitely must remember what it has seen. A retry is no copy: it has an id of
 * its own.
 *
 * Remembered are the last `window` ids of each sender, and only for the life of the node: a copy
 * that comes later than that, or after a reboot, is taken for new. What must never happen twice
 * needs sessions.
 */
import type { NodeId } from '../../sim/node.ts';
import type { Request } from '../../sim/rpc.ts';

/** The last requests of one sender, by id modulo the window. They are not kept alive themselves. */
interface Seen {
  readonly ids: number[];
  readonly serials: number[];
  readonly attempts: number[];
  readonly sessions: string[];
}

export class DuplicateFilter {
  private readonly window: number;
  private readonly senders = new Map<NodeId, Seen>();

  /** @param window how many ids of each sender to remember */
  constructor(window = 256) {
    this.window = window;
  }

  /** Whether this request of this sender was here before; remembers it. */
  seen(sender: NodeId, request: Request): boolean {
    let seen = this.senders.get(sender);
    if (seen === undefined) {
      seen = { ids: [], serials: [], attempts: [], sessions: [] };
      for (let i = 0; i < this.window; i++) {
        seen.ids.push(-1);
        seen.serials.push(0);
        seen.attempts.push(0);
        seen.sessions.push('');
      }
      this.senders.set(sender, seen);
    }
    const { id, serial, attempt, session } = request;
    const slot = id % this.window;
    // A sender counts from 1 again after a reboot, so equal ids alone prove nothing.
    if (
      seen.ids[slot] === id &&
      seen.serials[slot] === serial &&
      seen.attempts[slot] === attempt &&
      seen.sessions[slot] === session
    ) {
      return true;
    }
    seen.ids[slot] = id;
    seen.serials[slot] = serial;
    seen.attempts[slot] = attempt;
    seen.sessions[slot] = session;
    return false;
  }
}
