/**
 * Who is served next, and who is not let in: the queue at a server's door, as a state machine.
 *
 * A queue must be bounded in time: what waits longer than its caller is work for nobody. With a
 * capacity C and callers that wait To, more than C To places in the queue mean that everything that
 * is served is too late. Orders differ in which requests wait when there is too much; the newest
 * first serves some in time, the oldest first nobody.
 *
 * CoDel (Nichols and Jacobson 2012) drops from the head when requests have waited longer than the
 * target for a whole interval, and more often the longer that lasts.
 */
import { assert } from '../../sim/assert.ts';

export const ORDERS = ['fifo', 'lifo', 'adaptive-lifo', 'priority', 'edf'] as const;

export interface AdmissionSpec {
  readonly order: (typeof ORDERS)[number];
  /** Requests served at a time. */
  readonly places: number;
  /** Requests that may wait. */
  readonly queueMax: number;
  /** Requests that are too late are dropped as their turn comes. */
  readonly dropsExpired: boolean;
  /** A request that cannot end in time, by this mean service time in ms, is refused; 0: none is. */
  readonly fitsMs: number;
  /** CoDel's target and interval, in ms; a target of 0: off. */
  readonly codelTargetMs: number;
  readonly codelIntervalMs: number;
  /** Tenants take turns; none has more of the queue than its share. */
  readonly fair: boolean;
}

/** A request at the door. */
export interface Ticket {
  /** The lower, the more important. */
  readonly rank: number;
  readonly tenant: string;
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

export type Refusal = 'full' | 'no-time' | 'expired' | 'codel' | 'shed';

export class Admission<T extends Ticket> {
  private readonly spec: AdmissionSpec;
  private readonly refuse: (ticket: T, why: Refusal) => void;
  private queue: T[] = [];
  private taken = 0;
  private aboveSinceMs = -1;
  private dropping = false;
  private drops = 0;
  private nextDropMs = 0;
  private lastTenant = '';

  /** `refuse` hears of each that is turned away after it was let in to wait. */
  constructor(spec: AdmissionSpec, refuse: (ticket: T, why: Refusal) => void) {
    this.spec = spec;
    this.refuse = refuse;
  }

  get waiting(): number {
    return this.queue.length;
  }

  get active(): number {
    return this.taken;
  }

  /** A request comes: it is served now, waits, or is turned away for a reason. */
  offer(ticket: T): 'serve' | 'wait' | Refusal {
    const { places, queueMax, fitsMs } = this.spec;
    if (this.taken < places && this.queue.length === 0) {
      this.taken++;
      return 'serve';
    }
    if (fitsMs > 0 && !this.fits(ticket)) return 'no-time';
    if (this.queue.length < queueMax) {
      this.queue.push(ticket);
      return 'wait';
    }
    const out = this.toShed(ticket);
    if (out === null) return 'full';
    this.queue.splice(this.queue.indexOf(out), 1);
    this.queue.push(ticket);
    this.refuse(out, 'shed');
    return 'wait';
  }

  /** A place is free again; the next to be served, if there is one. */
  leave(nowMs: number): T | null {
    this.taken--;
    assert(this.taken >= 0, 'no more requests end than were served');
    return this.next(nowMs);
  }

  /** Takes out one that waits: its caller has given it up. */
  remove(ticket: T): boolean {
    const at = this.queue.indexOf(ticket);
    if (at >= 0) this.queue.splice(at, 1);
    return at >= 0;
  }

  /** Takes out all that wait. */
  clear(): readonly T[] {
    return this.queue.splice(0);
  }

  private next(nowMs: number): T | null {
    for (;;) {
      const ticket = this.pick();
      if (ticket === null) {
        this.dropping = false;
        return null;
      }
      if (this.spec.dropsExpired && nowMs >= ticket.deadlineMs) {
        this.refuse(ticket, 'expired');
      } else if (this.isDropped(ticket, nowMs)) {
        this.refuse(ticket, 'codel');
      } else {
        this.taken++;
        assert(this.taken <= this.spec.places, 'no more are served than there are places');
        return ticket;
      }
    }
  }

  /** Those before it, and itself, at the mean service time. */
  private fits({ sinceMs, deadlineMs, rank }: T): boolean {
    const { places, fitsMs, order } = this.spec;
    const before =
      order === 'priority'
        ? this.queue.filter((one) => one.rank <= rank).length
        : this.queue.length;
    return sinceMs + ((before + 1) / places) * fitsMs + fitsMs <= deadlineMs;
  }

  /** The one that a full queue gives up for a new one; null: the new one is turned away. */
  private toShed(ticket: T): T | null {
    const { order, fair } = this.spec;
    if (order === 'priority') {
      let worst: T | null = null;
      for (const one of this.queue) if (one.rank >= (worst?.rank ?? -Infinity)) worst = one;
      return worst !== null && worst.rank > ticket.rank ? worst : null;
    }
    if (order === 'lifo' || order === 'adaptive-lifo') return this.queue[0] ?? null;
    if (!fair) return null;
    const counts = new Map<string, number>();
    for (const { tenant } of this.queue) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    let greedy = ticket.tenant;
    let most = (counts.get(greedy) ?? 0) + 1;
    for (const [tenant, count] of counts) {
      if (count <= most) continue;
      most = count;
      greedy = tenant;
    }
    if (greedy === ticket.tenant) return null;
    return this.queue.filter(({ tenant }) => tenant === greedy).at(-1) ?? null;
  }

  private pick(): T | null {
    const { queue } = this;
    if (queue.length === 0) return null;
    const at = this.spec.fair ? this.fairTurn() : this.turn();
    return queue.splice(at, 1)[0] ?? null;
  }

  private turn(): number {
    const { queue } = this;
    switch (this.spec.order) {
      case 'fifo':
        return 0;
      case 'lifo':
        return queue.length - 1;
      case 'adaptive-lifo':
        // Newest first only while there is too much: else nobody need wait out of turn.
        return queue.length > this.spec.places ? queue.length - 1 : 0;
      case 'priority':
        return leastBy(queue, ({ rank }) => rank);
      case 'edf':
        return leastBy(queue, ({ deadlineMs }) => deadlineMs);
    }
  }

  /** The first of the tenant whose turn it is, by name. */
  private fairTurn(): number {
    const tenants = [...new Set(this.queue.map(({ tenant }) => tenant))].sort((a, b) =>
      a < b ? -1 : 1,
    );
    const next = tenants.find((tenant) => tenant > this.lastTenant) ?? tenants[0];
    this.lastTenant = next ?? '';
    return this.queue.findIndex(({ tenant }) => tenant === next);
  }

  private isDropped({ sinceMs }: T, nowMs: number): boolean {
    const { codelTargetMs, codelIntervalMs } = this.spec;
    if (codelTargetMs === 0) return false;
    if (nowMs - sinceMs < codelTargetMs || this.queue.length === 0) {
      this.aboveSinceMs = -1;
      this.dropping = false;
      return false;
    }
    if (this.aboveSinceMs < 0) this.aboveSinceMs = nowMs;
    if (!this.dropping) {
      if (nowMs - this.aboveSinceMs < codelIntervalMs) return false;
      this.dropping = true;
      this.drops = 0;
      this.nextDropMs = nowMs;
    }
    if (nowMs < this.nextDropMs) return false;
    this.drops++;
    this.nextDropMs = nowMs + codelIntervalMs / Math.sqrt(this.drops);
    return true;
  }
}

function leastBy<T>(items: readonly T[], of: (item: T) => number): number {
  let best = 0;
  for (let i = 1; i < items.length; i++) {
    if (of(items[i] as T) < of(items[best] as T)) best = i;
  }
  return best;
}

/** The classes of "Site Reliability Engineering", chapter 21, the most important first. */
export const CLASSES = ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'] as const;

/** Without a class a request is critical. */
export function rankOf(name: unknown): number {
  const at = CLASSES.indexOf(name as (typeof CLASSES)[number]);
  return at === -1 ? 1 : at;
}
