/**
 * How a master publishes: each other member gets the last version of each record until it has
 * acknowledged it. Versions that wait together travel as one; a member sees the versions of a
 * record in their order, though perhaps not all of them.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Ctx, Received, StoredRecord, Version } from './messages.ts';

/** Records in one message at most. */
const BATCH_MAX = 64;

export class Delivery {
  /** By member: records that it has not acknowledged, and the version that was sent, if one was. */
  readonly #open = new Map<NodeId, Map<string, Version | null>>();
  readonly #recordOf: (key: string) => StoredRecord | undefined;

  constructor(others: readonly NodeId[], recordOf: (key: string) => StoredRecord | undefined) {
    for (const other of others) this.#open.set(other, new Map());
    this.#recordOf = recordOf;
  }

  /** Records that somebody has not acknowledged. */
  get pending(): number {
    return new Set([...this.#open.values()].flatMap((keys) => [...keys.keys()])).size;
  }

  /** A record has a new version: it goes to everybody, as soon as it is on disk. */
  publish(ctx: Ctx, key: string): void {
    for (const [to, keys] of this.#open) {
      keys.set(key, null);
      this.#send(ctx, to, [key]);
    }
  }

  /** Everything goes to everybody again: after a boot nobody knows what was acknowledged. */
  publishAll(keys: Iterable<string>): void {
    const all = [...keys];
    for (const open of this.#open.values()) for (const key of all) open.set(key, null);
  }

  /** What was not acknowledged by now is taken for lost. */
  resend(ctx: Ctx): void {
    for (const [to, keys] of this.#open) {
      if (keys.size > 0) this.#send(ctx, to, [...keys.keys()].slice(0, BATCH_MAX));
    }
  }

  acknowledged(from: NodeId, { versions }: Received): void {
    const keys = this.#open.get(from);
    for (const [key, [generation, sequence]] of versions) {
      const sent = keys?.get(key);
      if (sent?.[0] === generation && sent[1] === sequence) keys?.delete(key);
    }
  }

  #send(ctx: Ctx, to: NodeId, keys: readonly string[]): void {
    const records = keys.flatMap((key) => {
      const record = this.#recordOf(key);
      if (record === undefined) return [];
      this.#open.get(to)?.set(key, record.version);
      return [[key, record] as const];
    });
    if (records.length > 0) ctx.send(to, { type: 'updates', records });
  }
}
