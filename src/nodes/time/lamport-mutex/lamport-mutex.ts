/**
 * Mutual exclusion without a leader: the first use of Lamport's clock (Lamport 1978, Time, Clocks,
 * and the Ordering of Events in a Distributed System, the five rules of its example).
 *
 * `lamport`: a request goes to all, all acknowledge it, a member enters when its request is the
 * first that it knows and it has heard something later from everybody; then it tells all that it is
 * out: 3(n - 1) messages an entry. `ricart-agrawala` (Ricart, Agrawala 1981, An Optimal Algorithm
 * for Mutual Exclusion in Computer Networks) saves the last n - 1: who is in, or was earlier, keeps
 * its acknowledgement back until it is out.
 *
 * Both need every member: one that is down stops all. Lamport's needs links that keep order, too:
 * if an acknowledgement overtakes an earlier request of its sender, two enter.
 */
import type lock from '../../../interfaces/lock.ts';
import { assert } from '../../../sim/assert.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Detail, Node, NodeId } from '../../../sim/node.ts';
import { isRequest, type Request, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { FifoLinks } from '../../parts/fifo-links.ts';
import { LamportClock } from '../../parts/lamport-clock.ts';
import type { MutexContext, MutexMessage, PeerMessage } from './messages.ts';

type Acquire = RequestOf<typeof lock, 'acquire'>;

interface Asker {
  readonly from: NodeId;
  readonly request: Acquire;
  /** When it has given up, by a clock that never jumps. */
  readonly untilMs: number;
}

/** The one request of this member for a lock. */
interface Own {
  readonly time: number;
  readonly asker: Asker;
  /** Whoever has acknowledged it, or sent anything later. */
  readonly heard: Set<NodeId>;
  isIn: boolean;
}

interface Lock {
  readonly key: string;
  own: Own | null;
  /** Requests of others that are known and not over, by their times. */
  readonly others: Map<NodeId, number>;
  /** Sessions of this member that wait for their turn here. */
  readonly askers: Asker[];
  /** Acknowledgements kept back. */
  readonly owed: Set<NodeId>;
}

export interface MutexSpec {
  readonly variant: 'lamport' | 'ricart-agrawala';
  readonly keepsOrder: boolean;
}

export class LamportMutex implements Node<MutexMessage> {
  readonly #spec: MutexSpec;
  readonly #members: readonly NodeId[];
  readonly #others: readonly NodeId[];
  readonly #index: number;
  readonly #clock = new LamportClock();
  readonly #links = new FifoLinks<PeerMessage>();
  readonly #locks = new Map<string, Lock>();

  constructor(spec: MutexSpec, { members, self, index }: Place) {
    this.#spec = spec;
    this.#members = members;
    this.#index = index;
    this.#others = members.filter((member) => member !== self);
  }

  start(): void {}

  receive(ctx: MutexContext, from: NodeId, m: MutexMessage): void {
    if (isRequest(m)) return this.#request(ctx, from, m);
    if (!('seq' in m)) return;
    const ready = this.#spec.keepsOrder ? this.#links.arrived(from, m) : [m];
    for (const message of ready) this.#hear(ctx, from, message);
  }

  inspect(): Detail {
    const held = [...this.#locks.values()].filter(({ own }) => own?.isIn === true);
    return { holds: held.map(({ key }) => key), time: this.#clock.time };
  }

  // --- Clients -----------------------------------------------------------------------------------

  #request(ctx: MutexContext, from: NodeId, m: Request): void {
    switch (m.type) {
      case 'acquire':
        return this.#acquire(ctx, from, m as Acquire);
      case 'release': {
        const request = m as RequestOf<typeof lock, 'release'>;
        if (!this.#holds(request)) return ctx.send(from, refuse(m, 'precondition-failed'));
        ctx.note('lets go', { key: request.key });
        this.#leave(ctx, this.#lockOf(request.key));
        return ctx.send(from, { type: 'release_ok', inReplyTo: m.id });
      }
      case 'renew': {
        const isHeld = this.#holds(m as RequestOf<typeof lock, 'renew'>);
        if (!isHeld) return ctx.send(from, refuse(m, 'precondition-failed'));
        return ctx.send(from, { type: 'renew_ok', inReplyTo: m.id });
      }
      default:
        return ctx.send(from, refuse(m, 'not-supported', 'what the lock guards is elsewhere'));
    }
  }

  #acquire(ctx: MutexContext, from: NodeId, request: Acquire): void {
    const untilMs = ctx.elapsed() + (request.timeoutMs ?? Infinity);
    const lock = this.#lockOf(request.key);
    lock.askers.push({ from, request, untilMs });
    this.#ask(ctx, lock);
  }

  #holds({ key, token }: { readonly key: string; readonly token: number }): boolean {
    const { own } = this.#lockOf(key);
    return own?.isIn === true && this.#tokenOf(own) === token;
  }

  /** Grows with the order of entries: by time, then by the place of the member. */
  #tokenOf({ time }: Own): number {
    return time * this.#members.length + this.#index;
  }

  // --- The protocol ------------------------------------------------------------------------------

  /** Rule 1: a request to all, one at a time. */
  #ask(ctx: MutexContext, lock: Lock): void {
    if (lock.own !== null) return;
    const asker = lock.askers.shift();
    if (asker === undefined) return;
    const time = this.#clock.tick();
    lock.own = { time, asker, heard: new Set(), isIn: false };
    for (const to of this.#others) this.#send(ctx, to, 'lock-request', lock.key, time);
    this.#mayEnter(ctx, lock);
  }

  #hear(ctx: MutexContext, from: NodeId, m: PeerMessage): void {
    this.#clock.receive(m.time);
    const lock = this.#lockOf(m.key);
    if (lock.own !== null && m.time > lock.own.time) this.#heardLater(lock.own, from, m);
    if (m.type === 'lock-request') {
      lock.others.set(from, m.time);
      this.#acknowledge(ctx, lock, from, m.time);
    } else if (m.type === 'leave-lock') lock.others.delete(from);
    this.#mayEnter(ctx, lock);
  }

  /** Any later message says that nothing earlier is to come; a permission must be one. */
  #heardLater(own: Own, from: NodeId, { type }: PeerMessage): void {
    if (this.#spec.variant === 'lamport' || type === 'acknowledge') own.heard.add(from);
  }

  /** Rule 2; with deferred replies, who is in or was earlier keeps it back. */
  #acknowledge(ctx: MutexContext, lock: Lock, to: NodeId, time: number): void {
    const { own, key } = lock;
    const isFirst = own !== null && (own.isIn || this.#isBefore(own.time, ctx.self, time, to));
    if (this.#spec.variant === 'ricart-agrawala' && isFirst) lock.owed.add(to);
    else this.#send(ctx, to, 'acknowledge', key, this.#clock.tick());
  }

  /** Rule 5: its request is the first, and everybody has been heard since. */
  #mayEnter(ctx: MutexContext, lock: Lock): void {
    const { own, key } = lock;
    if (own === null || own.isIn || own.heard.size < this.#others.length) return;
    if (this.#spec.variant === 'lamport') {
      for (const [node, time] of lock.others) {
        if (this.#isBefore(time, node, own.time, ctx.self)) return;
      }
    }
    own.isIn = true;
    const { from, request, untilMs } = own.asker;
    // Nobody waits for it any more: in and out again.
    if (ctx.elapsed() >= untilMs) return this.#leave(ctx, lock);
    const token = this.#tokenOf(own);
    ctx.note('holds', { key, token });
    ctx.send(from, { type: 'acquire_ok', inReplyTo: request.id, token });
  }

  /** Rule 3: out, and the next session of this member may ask. */
  #leave(ctx: MutexContext, lock: Lock): void {
    assert(lock.own?.isIn === true, 'only who is in goes out');
    lock.own = null;
    const time = this.#clock.tick();
    if (this.#spec.variant === 'lamport') {
      for (const to of this.#others) this.#send(ctx, to, 'leave-lock', lock.key, time);
    } else {
      for (const to of lock.owed) this.#send(ctx, to, 'acknowledge', lock.key, time);
      lock.owed.clear();
    }
    this.#ask(ctx, lock);
  }

  #isBefore(time: number, node: NodeId, than: number, other: NodeId): boolean {
    if (time !== than) return time < than;
    return this.#members.indexOf(node) < this.#members.indexOf(other);
  }

  #send(ctx: MutexContext, to: NodeId, type: PeerMessage['type'], key: string, time: number): void {
    ctx.send(to, { type, key, time, seq: this.#links.number(to), life: ctx.life });
  }

  #lockOf(key: string): Lock {
    const known = this.#locks.get(key);
    if (known !== undefined) return known;
    const lock: Lock = { key, own: null, others: new Map(), askers: [], owed: new Set() };
    this.#locks.set(key, lock);
    return lock;
  }
}
