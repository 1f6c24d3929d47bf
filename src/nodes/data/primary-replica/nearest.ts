/**
 * With `reads: nearest`: who answers a read, by round trips that each member measures itself. It
 * stands where a driver stands (MongoDB drivers, "Server Selection" specification: the eligible
 * member with the lowest average round trip, and those within a window above it, one at random).
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Ctx, Member } from './member.ts';
import type { Pong } from './messages.ts';

/** The weight of a new round trip in the average, as that specification has it. */
const WEIGHT = 0.2;
/** Who has not answered for this many heartbeats is not eligible. */
const SILENT_HEARTBEATS = 5;

interface Distance {
  readonly averageMs: number;
  readonly heardAtMs: number;
  readonly canRead: boolean;
}

export class Distances {
  readonly #by = new Map<NodeId, Distance>();

  /** At each heartbeat. */
  ask({ settings, others }: Member, ctx: Ctx): void {
    if (settings.reads !== 'nearest') return;
    for (const id of others) ctx.sendNow(id, { type: 'ping', atMs: ctx.elapsed() });
  }

  heard(ctx: Ctx, from: NodeId, { atMs, canRead }: Pong): void {
    const heardAtMs = ctx.elapsed();
    const before = this.#by.get(from)?.averageMs ?? heardAtMs - atMs;
    const averageMs = before + WEIGHT * (heardAtMs - atMs - before);
    this.#by.set(from, { averageMs, heardAtMs, canRead });
  }

  /** Who is to answer a read: itself, another one, or null if nobody may. */
  choose({ settings }: Member, ctx: Ctx, canRead: boolean): NodeId | null {
    const sinceMs = ctx.elapsed() - SILENT_HEARTBEATS * settings.heartbeat;
    const near: [id: NodeId, averageMs: number][] = canRead ? [[ctx.self, 0]] : [];
    for (const [id, { averageMs, heardAtMs, canRead }] of this.#by) {
      if (canRead && heardAtMs >= sinceMs) near.push([id, averageMs]);
    }
    const most = Math.min(...near.map(([, ms]) => ms)) + settings['latency-window'];
    const within = near.filter(([, ms]) => ms <= most);
    return within.length < 2 ? (within[0]?.[0] ?? null) : ctx.random.pick(within)[0];
  }
}
