// Nodes that start and stop other nodes.
import { expect, test } from 'vitest';
import { newTally } from '../../src/sim/kernel/network.ts';
import type { Context } from '../../src/sim/node.ts';
import { type Body, type WorldOfOptions, worldOf } from '../support/stage.ts';

const MS = 1000;

/** A node `boss` that gives orders at given times, and `w`, which it operates. */
function bossed(
  orders: readonly (readonly [atMs: number, order: (ctx: Context) => void])[],
  worker: Body = {},
  options: WorldOfOptions = {},
) {
  const log: string[] = [];
  const world = worldOf(
    {
      boss: () => ({
        start: (ctx) => orders.forEach(([atMs], i) => void ctx.setTimer('order', atMs, i + 1)),
        timeout: (ctx, _tag, key) => orders[key - 1]![1](ctx as Context),
      }),
      w: () => ({ ...worker, start: () => void log.push(`boots ${world.now / MS}`) }),
    },
    { operates: { boss: ['w'] }, ...options },
  );
  return { world, log, host: world.hosts[1]! };
}

test('a node that is stopped stays down until it is started', () => {
  const seen: string[] = [];
  const { world, log } = bossed([
    [5, (ctx) => ctx.machines.stop('w')],
    [6, (ctx) => void seen.push(ctx.machines.state('w'))],
    [20, (ctx) => ctx.machines.start('w')],
    [21, (ctx) => void seen.push(ctx.machines.state('w'))],
  ]);
  world.run(100 * MS);
  expect(world.error).toBeNull();
  expect(log).toEqual(['boots 0', 'boots 20']);
  expect(seen).toEqual(['stopped', 'up']);
  expect(world.lives.down).toMatchObject([{ node: 'w', fromUs: 5 * MS, untilUs: 20 * MS }]);
});

test('an order is an event of its own, after the handler that gave it', () => {
  const seen: string[] = [];
  const { world } = bossed([
    [
      5,
      (ctx) => {
        ctx.machines.kill('w');
        seen.push(ctx.machines.state('w'));
      },
    ],
  ]);
  world.run(10 * MS);
  expect(seen).toEqual(['up']);
  expect(world.hosts[1]!.node).toBeNull();
});

test('with a grace it is told to leave first', () => {
  const seen: string[] = [];
  const { world, log, host } = bossed(
    [
      [5, (ctx) => ctx.machines.stop('w', { graceMs: 10 })],
      [6, (ctx) => void seen.push(ctx.machines.state('w'))],
    ],
    { leave: () => void log.push(`leaves ${world.now / MS}`) },
  );
  world.run(14 * MS);
  expect(host.node).not.toBeNull();
  world.run(100 * MS);
  expect(host.node).toBeNull();
  expect(log).toEqual(['boots 0', 'leaves 5']);
  expect(seen).toEqual(['leaving']);
});

test('one that is started again while it leaves boots once it has stopped', () => {
  const { world, log } = bossed(
    [
      [5, (ctx) => ctx.machines.stop('w', { graceMs: 10 })],
      [8, (ctx) => ctx.machines.start('w')],
    ],
    { leave: () => undefined },
  );
  world.run(100 * MS);
  expect(log).toEqual(['boots 0', 'boots 15']);
});

test('a fault that ends does not start what was stopped, and an order does not end a fault', () => {
  const { world, log, host } = bossed([
    [5, (ctx) => ctx.machines.stop('w')],
    [30, (ctx) => ctx.machines.start('w')],
  ]);
  const tally = newTally();
  world.at(2 * MS, () => {
    host.downBy.push(tally);
    world.lives.crash(host);
  });
  world.at(20 * MS, () => world.lives.letBoot(host, tally));
  world.run(25 * MS);
  expect(host.node).toBeNull();
  world.at(26 * MS, () => host.downBy.push(tally));
  world.at(40 * MS, () => world.lives.letBoot(host, tally));
  world.run(100 * MS);
  expect(log).toEqual(['boots 0', 'boots 40']);
});

test('only its own nodes, and only for a kind that says so', () => {
  const other = bossed([[5, (ctx) => ctx.machines.kill('boss')]]);
  other.world.run(10 * MS);
  expect(other.world.error?.message).toBe('boss does not operate boss: only w');
  const none = bossed([[5, (ctx) => ctx.machines.kill('w')]], {}, { operates: {} });
  none.world.run(10 * MS);
  expect(none.world.error?.message).toBe(
    'boss uses ctx.machines, but its kind does not declare which nodes it `operates`',
  );
});
