// Handlers that faults run, and looks at nodes: what goes wrong in one node stays with it.
import { expect, test } from 'vitest';
import leave from '../../src/faults/leave.ts';
import { type AnyFault, defineFault, type Fault } from '../../src/sim/fault.ts';
import { Injection } from '../../src/sim/kernel/injection.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import { type Body, worldOf } from '../support/stage.ts';

const MS = 1000;

function strike(world: World, fault: AnyFault, atMs: number, forMs: number | null, params = {}) {
  const of = world.nodes.map(({ id }) => id);
  const forUs = forMs === null ? null : forMs * MS;
  return new Injection(world, { name: 'x', fault, params, of, atUs: atMs * MS, forUs });
}

test('a fault that boots several nodes goes on when the first dies of its disk', () => {
  const both = defineFault({
    name: 'both',
    summary: '',
    family: 'process',
    params: {},
    shorthand: null,
    prepare(levers) {
      levers.keepOut('a');
      levers.keepOut('b');
    },
    inject(levers) {
      levers.shapeDisk('a', { full: true });
      levers.letIn('a');
      levers.letIn('b');
      return { label: 'both', sides: [], detail: {} };
    },
  });
  const boots: string[] = [];
  const body = (id: string) => (): Body => ({
    start(ctx) {
      ctx.storage.set('booted', true);
      boots.push(`${id} ${world.now / MS}`);
    },
  });
  const world = worldOf({ a: body('a'), b: body('b') });
  const injection = strike(world, both as Fault, 10, 20);
  world.run(20 * MS);
  expect(boots).toEqual(['b 10']);
  expect(injection.latest.isHeld).toBe(true);
  world.run(100 * MS);
  expect(world.error).toBeNull();
  // Its disk is whole again, so it boots.
  expect(boots).toEqual(['b 10', 'a 30']);
  expect(injection.latest.healedAtUs).toBe(30 * MS);
});

test('nodes that die as a fault heals do not keep the others down', () => {
  let full = false;
  const boots: string[] = [];
  const body = (id: string) => (): Body => ({
    start(ctx) {
      if (full) ctx.storage.set('booted', true);
      boots.push(`${id} ${world.now / MS}`);
    },
  });
  const world = worldOf({ a: body('a'), b: body('b') });
  const crash = defineFault({
    name: 'crash-both',
    summary: '',
    family: 'process',
    params: {},
    shorthand: null,
    inject(levers) {
      levers.crash('a');
      levers.crash('b');
      return { label: 'both', sides: [], detail: {} };
    },
  });
  strike(world, crash as Fault, 10, 10);
  world.at(5 * MS, () => {
    full = true;
    void world.hosts[1]!.disk.change({ full: true }, newTally(), new Streams('1').get('x'));
  });
  world.run(100 * MS);
  expect(world.error).toBeNull();
  expect(boots).toEqual(['a 0', 'b 0', 'a 20']);
});

test('a leave that heals before its grace is over restarts who was told, and is felt', () => {
  const log: string[] = [];
  const body = (): Body => ({
    start: () => void log.push(`boots ${world.now / MS}`),
    leave: () => void log.push(`leaves ${world.now / MS}`),
  });
  const world = worldOf({ a: body });
  const early = strike(world, leave as AnyFault, 10, 50, { nodes: 'a', grace: 100 });
  world.run(500 * MS);
  expect(log).toEqual(['boots 0', 'leaves 10', 'boots 60']);
  expect(early.latest.tally.nodesTold).toBe(1);
  expect(world.hosts[0]!.node).not.toBeNull();
});

test('a leave that lasts longer than its grace stops the node, and boots it as it heals', () => {
  const log: string[] = [];
  const body = (): Body => ({
    start: () => void log.push(`boots ${world.now / MS}`),
    leave: () => void log.push(`leaves ${world.now / MS}`),
  });
  const world = worldOf({ a: body });
  strike(world, leave as AnyFault, 10, 150, { nodes: 'a', grace: 100 });
  world.run(120 * MS);
  expect(world.hosts[0]!.node).toBeNull();
  world.run(500 * MS);
  expect(log).toEqual(['boots 0', 'leaves 10', 'boots 160']);
});

test('a look at a damaged record shows nothing, kills nobody, and is not felt', () => {
  let reads = 0;
  const world = worldOf({
    a: () => {
      let storage: { get(key: string): unknown } | null = null;
      return {
        start(ctx) {
          ctx.storage.set('role', 'leader');
          storage = ctx.storage;
        },
        inspect() {
          reads++;
          return { role: storage?.get('role') as string };
        },
      };
    },
  });
  const tally = newTally();
  world.run(10 * MS);
  expect(world.viewOf(0)).toEqual({ role: 'leader' });
  const { disk } = world.hosts[0]!;
  const damage = { ratio: 1, what: 'all', undetected: false } as const;
  expect(disk.damage(damage, {}, tally, new Streams('1').get('x'))).toBe(1);
  world.watch.add(() => void world.viewOf(0));
  world.at(20 * MS, () => world.watch.tell());
  world.run(30 * MS);
  expect(reads).toBe(2);
  expect(world.viewOf(0)).toEqual({});
  expect([world.error, tally.readsDamaged]).toEqual([null, 0]);
  expect(world.hosts[0]!.node).not.toBeNull();
  expect(() => disk.get('role')).toThrow('is damaged');
  expect(tally.readsDamaged).toBe(1);
});

test('any other error of inspect() ends the run and names the node', () => {
  const world = worldOf({
    a: () => ({}),
    b: () => ({
      inspect() {
        throw new TypeError('no view');
      },
    }),
  });
  world.at(10 * MS, () => void world.viewOf(1));
  world.run(20 * MS);
  expect(world.error).toMatchObject({ kind: 'handler', node: 'b', message: 'no view' });
});

test('a time beyond every run is never, not an error', () => {
  const log: string[] = [];
  const world = worldOf(
    {
      a: () => ({
        start(ctx) {
          ctx.setTimer('never', 1e300);
          ctx.compute('never', 1e16);
          ctx.send('b', { type: 'lost in time' });
          ctx.setTimer('soon', 5);
        },
        timeout: (_ctx, tag) => void log.push(tag),
      }),
      b: () => ({ receive: () => void log.push('arrives') }),
    },
    { link: { latency: { kind: 'constant', value: 4e12 }, loss: 0, duplicate: 0, reorder: 0 } },
  );
  world.run(3_600_000 * MS);
  expect(world.error).toBeNull();
  expect(log).toEqual(['soon']);
});
