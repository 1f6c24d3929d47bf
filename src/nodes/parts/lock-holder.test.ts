/** The holder's half of a lock, by hand, against a server that lends locks. */
import { describe, expect, test } from 'vitest';
import { type Body, Stage } from '../../../test/support/stage.ts';
import type { Context, Message } from '../../sim/node.ts';
import { isReply } from '../../sim/rpc.ts';
import leaseServer from '../consensus/lease-server/index.ts';
import { LockHolder } from './lock-holder.ts';

const TTL_MS = 3000;
const spec = { servers: ['locks'], key: 'k', leaseMs: TTL_MS, drift: 0 };

/** Holders `a` and `b`, each a node of its own; `held` says who may act. */
function cast(set: Partial<typeof spec> = {}) {
  const lives = new Map<string, { readonly holder: LockHolder; readonly ctx: Context<Message> }>();
  const body = (id: string): Body => {
    const holder = new LockHolder({ ...spec, ...set });
    return {
      start(ctx) {
        lives.set(id, { holder, ctx });
        holder.start(ctx);
      },
      receive(ctx, _from, m) {
        if (isReply(m)) holder.receive(ctx, m);
      },
      timeout: (ctx) => holder.timeout(ctx),
    };
  };
  const stage = new Stage();
  stage.addSystem('locks', leaseServer, { params: { ttl: TTL_MS } });
  for (const id of ['a', 'b']) stage.addBody(id, () => body(id));
  const heldBy = (id: string) => {
    const life = lives.get(id);
    return life?.holder.heldToken(life.ctx) ?? null;
  };
  return { stage, lives, held: () => ['a', 'b'].map(heldBy) };
}

describe('a holder', () => {
  test('counts a lease from when its renewal was sent, never from the answer to an acquire', () => {
    const { stage, held } = cast();
    stage.until(3);
    // The acquire was answered; the renewal is on its way.
    expect(held()).toEqual([null, null]);
    stage.until(4);
    expect(held()).toEqual([1, null]);
    // Sent at 2 ms: no renewal is answered any more.
    stage.levers().cut('locks', 'a');
    stage.until(3001);
    expect(held()).toEqual([1, null]);
    stage.until(3003);
    expect(held()[0]).toBe(null);
  });

  test('stops sooner by what clocks may run apart', () => {
    const { stage, held } = cast({ drift: 0.2 });
    stage.until(10);
    stage.levers().cut('locks', 'a');
    stage.until(2 + (TTL_MS * 0.8) / 1.2 + 1);
    expect(held()[0]).toBe(null);
  });

  test('renews, so that the other never gets it', () => {
    const { stage, held } = cast();
    for (let s = 1; s <= 20; s++) expect(stage.until(s * 1000) && held()).toEqual([1, null]);
  });

  test('that crashed is followed by the next with a larger token, and has to wait for its own old lease', () => {
    const { stage, held } = cast();
    stage.until(1000).crash('a').boot('a');
    stage.until(2500);
    expect(held()).toEqual([null, null]);
    stage.until(6000);
    expect(held().filter((token) => token !== null)).toEqual([2]);
  });

  test('that gives it back lets the other have it, and asks again', () => {
    const { stage, lives, held } = cast();
    stage.until(1000);
    const life = lives.get('a');
    life?.holder.giveBack(life.ctx, 500);
    expect(held()).toEqual([null, null]);
    stage.until(3000);
    expect(held()).toEqual([null, 2]);
    stage.crash('b').until(8000);
    expect(held()[0]).toBe(3);
  });

  test('asks the next server when one is silent, and says the same again: it is granted once', () => {
    const { stage, held } = cast({ servers: ['client', 'locks'] });
    stage.until(10_000);
    expect(held().filter((token) => token !== null)).toEqual([1]);
  });
});
