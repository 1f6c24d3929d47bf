/**
 * A replica: keeps for each key the value with the highest stamp that it was given (Attiya, Bar-Noy
 * & Dolev 1995, section 3; with stamps of several writers Lynch & Shvartsman 1997).
 *
 * What an answer promises is on the disk before it leaves: `ctx.send` waits for all writes of the
 * node. That holds for answers to queries too. A replica that shows a value, crashes and has
 * forgotten it would take it out of a quorum that has counted it.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import { Recent } from '../../parts/recent.ts';
import { compareStamps, NO_STAMP } from '../../parts/stamp.ts';
import type { Bug } from './bugs.ts';
import type { Query, QuorumMessage, Store, Stored } from './messages.ts';

type Ctx = Context<QuorumMessage>;

const NOTHING: Stored = { stamp: NO_STAMP, value: null };
/** How many keys the view for the invariant shows: those that were stored last. */
const SHOWN = 16;

export class Replica {
  readonly #bug: Bug | null;
  readonly #latest = new Recent<Stored>(SHOWN);

  constructor(bug: Bug | null) {
    this.#bug = bug;
  }

  read(ctx: Ctx, key: string): Stored {
    return (ctx.storage.get(recordOf(key)) as Stored | undefined) ?? NOTHING;
  }

  /** Keeps a value unless the one it has is as new. */
  keep(ctx: Ctx, key: string, stored: Stored): void {
    const before = this.read(ctx, key);
    if (compareStamps(stored.stamp, before.stamp) <= 0) return;
    assert(stored.stamp.number > 0, 'what is stored has a stamp');
    ctx.storage.set(recordOf(key), stored);
    this.#latest.set(key, stored);
  }

  onQuery(ctx: Ctx, from: NodeId, { life, operation, key }: Query): void {
    ctx.send(from, { type: 'queryReply', life, operation, stored: this.read(ctx, key) });
  }

  onStore(ctx: Ctx, from: NodeId, { life, operation, key, stored }: Store): void {
    this.keep(ctx, key, stored);
    const reply = { type: 'storeReply', life, operation } as const;
    // The bug: the acknowledgement leaves while the disk still writes.
    if (this.#bug === 'ack-before-durable') ctx.sendNow(from, reply);
    else ctx.send(from, reply);
  }

  /** Of the keys stored last: the stamp and the value. */
  shown(): { readonly [key: string]: Plain } {
    return this.#latest.show(({ stamp, value }) => [stamp.number, stamp.by, value]);
  }
}

function recordOf(key: string): string {
  return `register ${key}`;
}
