/**
 * What stays with one target: sessions that are sticky, and connections of layer 4, which are
 * balanced once, when they are opened.
 */
import type { NodeId } from '../../../sim/node.ts';

interface Held {
  target: NodeId;
  /** Where it came to first. */
  readonly home: NodeId;
  readonly sinceMs: number;
  usedMs: number;
}

export class Sessions {
  private readonly held = new Map<string, Held>();
  /** Unused for longer than this it is forgotten, in ms. */
  private readonly idleMs: number;
  /** Older than this it is forgotten, in ms. */
  private readonly ageMs: number;

  constructor(idleMs: number, ageMs: number) {
    this.idleMs = idleMs;
    this.ageMs = ageMs;
  }

  /** The target of this session; null if it has none now. */
  targetOf(name: string, nowMs: number): NodeId | null {
    const held = this.held.get(name);
    if (held === undefined) return null;
    if (nowMs - held.usedMs >= this.idleMs || nowMs - held.sinceMs >= this.ageMs) {
      this.held.delete(name);
      return null;
    }
    held.usedMs = nowMs;
    return held.target;
  }

  keep(name: string, target: NodeId, nowMs: number): void {
    this.held.set(name, { target, home: target, sinceMs: nowMs, usedMs: nowMs });
  }

  /** The session goes elsewhere, and yet belongs where it came to first. */
  lend(name: string, target: NodeId): void {
    const held = this.held.get(name);
    if (held !== undefined) held.target = target;
  }

  /** Where the session belongs, if it is elsewhere. */
  homeOf(name: string): NodeId | null {
    const held = this.held.get(name);
    return held === undefined || held.home === held.target ? null : held.home;
  }

  forget(name: string): void {
    this.held.delete(name);
  }
}
