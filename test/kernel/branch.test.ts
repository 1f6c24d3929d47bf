// A branch: what nodes, disks and links draw is as it was until then, and all of it other afterwards.
import { expect, test } from 'vitest';
import type { Context } from '../../src/sim/node.ts';
import { fastLink, worldOf } from '../support/stage.ts';

/** What is drawn in each of twenty rounds of 100 ms, by whom. */
function drawn(branchAt: number | null) {
  const nodes: number[] = [];
  const disks: number[] = [];
  const links: number[] = [];
  let began = 0;
  const world = worldOf(
    {
      a: () => ({
        start: (ctx: Context) => ctx.setTimer('round', 100),
        timeout(ctx: Context, tag: string) {
          if (tag === 'synced') return void disks.push(ctx.elapsed() - began);
          ctx.setTimer('round', 100);
          began = ctx.elapsed();
          nodes.push(ctx.random.int(0, 1e9));
          ctx.storage.set('k', nodes.length);
          ctx.storage.sync('synced');
          ctx.sendNow('b', { type: 'hello' });
        },
      }),
      b: () => ({ receive: (ctx: Context) => void links.push(ctx.elapsed() - began) }),
    },
    {
      sync: { kind: 'uniform', min: 1, max: 20 },
      link: { ...fastLink, latency: { kind: 'uniform', min: 1, max: 20 } },
    },
  );
  for (let round = 0; round < 20; round++) {
    world.run((round + 1) * 100_000 - 1);
    if (round === branchAt) world.branch(1);
  }
  return { nodes, disks, links };
}

test.each(['nodes', 'disks', 'links'] as const)('%s draw otherwise from then on', (who) => {
  const plain = drawn(null)[who];
  const branched = drawn(9)[who];
  expect(plain.length).toBeGreaterThanOrEqual(19);
  expect(branched.slice(0, 9)).toEqual(plain.slice(0, 9));
  expect(branched.slice(9).filter((one, i) => one === plain[9 + i])).toEqual([]);
});
