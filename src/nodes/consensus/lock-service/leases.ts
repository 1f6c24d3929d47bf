/**
 * The leader's clock of leases: when each was heard last, and which are over (Gray, Cheriton 1989,
 * Leases; Burrows 2006, Chubby, section 2.8; the sessions of ZooKeeper).
 *
 * Only the leader ends leases, and by an entry of the log. What it has heard is in its memory: a
 * new leader takes all leases for heard at the moment of its election. That is later than any
 * promise of a leader before it: a ping is answered once a majority has confirmed the leader after
 * the ping came, so the next one is elected after that.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Asker } from '../../parts/machines/askers.ts';
import { type Coordination, leaseOf } from '../../parts/machines/coordination.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Settings } from './settings.ts';

export class LeaseClock {
  readonly #machine: Coordination;
  readonly #settings: Settings;
  readonly #heardAtMs = new Map<string, number>();
  /** Leases and paths whose end is in the log, and not applied yet. */
  readonly #ending = new Set<string>();
  /** Since when a lost holder's path is known to be delayed. */
  readonly #delayedAtMs = new Map<string, number>();
  /** Leases heard in the term of an earlier leader last longer. */
  #electedAtMs = 0;
  #knowsAllAt = Infinity;

  constructor(machine: Coordination, settings: Settings) {
    this.#machine = machine;
    this.#settings = settings;
  }

  /** It leads from now on, with a log up to `knowsAllAt`, not all of which it has applied. */
  begin(nowMs: number, knowsAllAt: number, heardAtMs = nowMs): void {
    this.#electedAtMs = nowMs;
    this.#knowsAllAt = heardAtMs === nowMs ? knowsAllAt : Infinity;
    this.#heardAtMs.clear();
    this.#ending.clear();
    this.#delayedAtMs.clear();
    for (const lease of this.#machine.leases.keys()) this.#heardAtMs.set(lease, heardAtMs);
    for (const path of this.#machine.delayed.keys()) this.#delayedAtMs.set(path, nowMs);
  }

  /** What is there once the log of its election is applied is of before it. */
  reached(applied: number, nowMs: number): void {
    if (applied < this.#knowsAllAt) return;
    this.#knowsAllAt = Infinity;
    this.#electedAtMs = nowMs;
    for (const lease of this.#machine.leases.keys()) this.#heardOf(lease, nowMs);
  }

  hear(lease: string, nowMs: number): void {
    this.#heardAtMs.set(lease, nowMs);
  }

  isEnding(lease: string): boolean {
    return this.#ending.has(lease);
  }

  /** Its end, or that of its delay, goes into the log. */
  end(name: string): void {
    this.#ending.add(name);
  }

  forget(name: string): void {
    this.#ending.delete(name);
    this.#heardAtMs.delete(name);
    this.#delayedAtMs.delete(name);
  }

  /** When a lease is over by this leader's clock. */
  endOf(lease: string, nowMs: number): number {
    const { leaseFactor, tickMs, electionGraceMs } = this.#settings;
    const lastsMs = this.#machine.leases.get(lease) ?? 0;
    const heardAtMs = this.#heardOf(lease, nowMs);
    const graceMs = heardAtMs <= this.#electedAtMs ? electionGraceMs : 0;
    const endMs = heardAtMs + lastsMs * leaseFactor + graceMs;
    return tickMs === 0 ? endMs : (Math.floor(endMs / tickMs) + 1) * tickMs;
  }

  isOver(lease: string, nowMs: number): boolean {
    return this.endOf(lease, nowMs) <= nowMs;
  }

  /** The leases that are over, the paths whose delay is, and when to look again. */
  due(nowMs: number): {
    readonly leases: readonly string[];
    readonly paths: readonly string[];
    readonly nextMs: number;
  } {
    const leases: string[] = [];
    const paths: string[] = [];
    let nextMs = Infinity;
    for (const lease of this.#machine.leases.keys()) {
      if (this.#ending.has(lease)) continue;
      const endMs = this.endOf(lease, nowMs);
      if (endMs <= nowMs) leases.push(lease);
      else if (endMs < nextMs) nextMs = endMs;
    }
    for (const path of this.#machine.delayed.keys()) {
      if (this.#ending.has(path)) continue;
      const sinceMs = this.#delayedAtMs.get(path) ?? nowMs;
      this.#delayedAtMs.set(path, sinceMs);
      const endMs = sinceMs + this.#settings.lockDelayMs;
      if (endMs <= nowMs) paths.push(path);
      else if (endMs < nextMs) nextMs = endMs;
    }
    return { leases, paths, nextMs };
  }

  /** A lease that was applied just now was heard just now. */
  #heardOf(lease: string, nowMs: number): number {
    const known = this.#heardAtMs.get(lease);
    if (known !== undefined) return known;
    this.#heardAtMs.set(lease, nowMs);
    return nowMs;
  }
}

/** The lease that a ping keeps: its own, or that of the grant of a lock. */
export function leaseIn(request: MachineRequest): string {
  const { lease, key, token } = request as unknown as {
    readonly lease?: string;
    readonly key?: string;
    readonly token?: number;
  };
  return lease ?? leaseOf({ key: key as string, token: token as number });
}

export function leaseOpened(outcome: ReplyBody): string {
  return (outcome as unknown as { readonly lease: string }).lease;
}

/** A ping that the leader keeps, so that its answer renews the lease when it nearly ends. */
export interface HeldPing {
  readonly asker: Asker;
  readonly request: MachineRequest;
  readonly lease: string;
  readonly sinceMs: number;
}
