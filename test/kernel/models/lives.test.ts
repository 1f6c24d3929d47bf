// Who is up, and what a node gets of what happens meanwhile, against a small model, at random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant } from '../../../src/sim/distribution.ts';
import { HeldLevers } from '../../../src/sim/kernel/levers.ts';
import { newTally } from '../../../src/sim/kernel/network.ts';
import { World } from '../../../src/sim/kernel/world.ts';
import type { Context, Message } from '../../../src/sim/node.ts';
import { times } from '../../support/long.ts';
import { type Body, fastLink, node, worldNode } from '../../support/stage.ts';
import { type Chore, type LifeEvent, type LivesCase, LivesModel } from './lives-model.ts';

const SPAN_US = 300_000;
type Numbered = Message & { readonly i: number };

const micros = (ctx: Context) => Math.round(ctx.now() * 1000);

function real({ listens, absent, letInAtUs, events }: LivesCase) {
  const told: string[] = [];
  const tell = (ctx: Context, text: string) => void told.push(`${micros(ctx)} ${text}`);
  const a: Body = {
    start: (ctx) => tell(ctx, `boots ${ctx.life}`),
    receive(ctx, _from, message) {
      const { i } = message as Numbered;
      tell(ctx, `ping ${i}`);
      const event = events[i] as LifeEvent & { does: 'ping' };
      for (const chore of event.chores) {
        if (chore.chore === 'set') ctx.setTimer('t', chore.afterUs / 1000, chore.key);
        else ctx.cancelTimer('t', chore.key);
      }
    },
    timeout: (ctx, _tag, key) => tell(ctx, `timer ${key}`),
    ...(listens ? { leave: (ctx: Context) => tell(ctx, 'farewell') } : {}),
  };
  const operator: Body = {
    receive(ctx, _from, message) {
      const { order, graceUs } = events[(message as Numbered).i] as LifeEvent & { does: 'order' };
      tell(ctx, `order ${ctx.machines.state('a')}`);
      if (order === 'start') ctx.machines.start('a');
      else if (order === 'kill') ctx.machines.kill('a');
      else ctx.machines.stop('a', { graceMs: graceUs / 1000 });
    },
  };
  const world = new World(
    {
      seed: '1',
      nodes: [
        worldNode('a', () => node(a), { spare: absent === 'spare' }),
        worldNode('operator', () => node(operator), { operates: ['a'] }),
      ],
      link: () => ({ ...fastLink, latency: constant(1) }),
      invariants: new Map(),
    },
    {},
  );
  const joiner = new HeldLevers(world, 'join', ['a'], newTally());
  if (absent === 'until struck') joiner.keepOut('a');
  if (absent !== 'no') world.at(letInAtUs, () => joiner.letIn('a'));
  let atUs = 0;
  events.forEach((event, i) => {
    atUs += event.gapUs;
    world.at(atUs, () => strike(world, event, i));
  });
  world.run(SPAN_US);
  expect(world.error).toBeNull();
  const down = world.lives.down.map(({ fromUs, untilUs }) => ({ fromUs, untilUs }));
  return { told, down };
}

function strike(world: World, event: LifeEvent, i: number): void {
  const message: Numbered = { type: 'm', i };
  if (event.does === 'ping') return world.send(1, 0, message);
  if (event.does === 'order') return world.send(0, 1, message);
  const levers = new HeldLevers(world, `x${i}`, ['a'], newTally());
  if (event.does === 'crash') levers.crash('a');
  else if (event.does === 'pause') levers.pause('a');
  else if (event.does === 'leave') {
    levers.tellToLeave('a');
    levers.after(event.graceUs / 1000, () => levers.crash('a'));
  }
  world.at(world.now + event.forUs, () => levers.release());
}

const span = (max: number) => fc.integer({ min: 1, max });
const chore: fc.Arbitrary<Chore> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      key: fc.nat(3),
      chore: fc.constant('set' as const),
      afterUs: span(15_000),
    }),
  },
  fc.record({ key: fc.nat(3), chore: fc.constant('cancel' as const) }),
);
const gapUs = span(5000);
const event: fc.Arbitrary<LifeEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      gapUs,
      does: fc.constant('ping' as const),
      chores: fc.array(chore, { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      gapUs,
      does: fc.constantFrom('crash' as const, 'pause' as const),
      forUs: span(15_000),
    }),
  },
  fc.record({ gapUs, does: fc.constant('leave' as const), graceUs: span(8000), forUs: span(9000) }),
  {
    weight: 2,
    arbitrary: fc.record({
      gapUs,
      does: fc.constant('order' as const),
      order: fc.constantFrom('start' as const, 'stop' as const, 'kill' as const),
      graceUs: fc.oneof(fc.constant(0), span(8000)),
    }),
  },
);
const livesCase: fc.Arbitrary<LivesCase> = fc.record({
  listens: fc.boolean(),
  absent: fc.constantFrom('no' as const, 'no' as const, 'spare' as const, 'until struck' as const),
  letInAtUs: span(30_000),
  events: fc.array(event, { minLength: 1, maxLength: 25 }),
});

test('a node lives, waits and dies as the model of lives says', () => {
  let used = 0;
  const runs = times(700, 80_000);
  fc.assert(
    fc.property(livesCase, (given) => {
      const model = new LivesModel(given);
      model.run(SPAN_US);
      if (model.tied) return;
      used++;
      const { told, down } = real(given);
      expect(told).toEqual(model.told);
      expect(down).toEqual(model.down);
    }),
    { seed: 23, numRuns: runs },
  );
  expect(used).toBeGreaterThan(runs / 3);
});
