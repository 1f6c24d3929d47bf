// A disk, and the process that writes to it, under strikes of every kind, against a small model, at
// random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant } from '../../../src/sim/distribution.ts';
import type { DiskChange } from '../../../src/sim/fault.ts';
import { HeldLevers } from '../../../src/sim/kernel/levers.ts';
import { newTally } from '../../../src/sim/kernel/network.ts';
import type { World } from '../../../src/sim/kernel/world.ts';
import { type Context, type Message, StorageError } from '../../../src/sim/node.ts';
import { times } from '../../support/long.ts';
import { type Body, worldOf } from '../../support/stage.ts';
import { type DiskCase, DiskModel, type Happening, type Op, type Trouble } from './disk-model.ts';

const SPAN_US = 400_000;

const micros = (ctx: Context) => Math.round(ctx.now() * 1000);

function readable(read: () => unknown): string {
  try {
    return String(read());
  } catch (error) {
    if (error instanceof StorageError) return '!';
    throw error;
  }
}

function contents({ storage }: Context): string {
  const log = storage.log('l');
  const keys = storage.keys().map((key) => `${key}=${readable(() => storage.get(key))}`);
  const records: string[] = [];
  for (let i = log.start; i < log.end; i++) records.push(readable(() => log.at(i)));
  return `${keys.join(' ')} | ${log.start}: ${records.join(' ')}`;
}

function act(ctx: Context, op: Op, i: number, tell: (text: string) => void): void {
  const log = ctx.storage.log('l');
  if (op.op === 'set') ctx.storage.set(op.key, op.value);
  else if (op.op === 'delete') ctx.storage.delete(op.key);
  else if (op.op === 'append') log.append(op.value);
  else if (op.op === 'truncate') log.truncate(Math.max(log.start, log.end - op.by));
  else if (op.op === 'drop') log.dropBefore(Math.min(log.end, log.start + op.by));
  else if (op.op === 'torn') tell(`drops ${log.dropTorn()}`);
  else if (op.op === 'send') ctx.send('b', { type: 'm', i } as Message);
  else if (op.op === 'send now') ctx.sendNow('b', { type: 'm', i } as Message);
  else ctx.storage.sync('synced', i);
}

function changeOf(trouble: Exclude<Trouble, { change: 'damage' }>): DiskChange {
  switch (trouble.change) {
    case 'full':
      return { full: true };
    case 'lies':
      return { lies: { cacheMs: trouble.cacheUs / 1000 } };
    case 'slow':
      return { flushFactor: trouble.factor, extraFlush: constant(trouble.extraUs / 1000) };
    case 'fails':
      return { failsFlush: { ratio: 1, outcome: trouble.outcome } };
    case 'tears':
      return { tears: trouble.what };
  }
}

function strike(world: World, happening: Happening, i: number): void {
  const levers = new HeldLevers(world, `x${i}`, [], newTally());
  const { does } = happening;
  if (does === 'work') return world.send(1, 0, { type: 'do', i } as Message);
  if (does === 'crash') {
    levers.crash('a', happening.power);
    if (happening.wipe) levers.wipeDisk('a');
  } else if (does === 'pause') levers.pause('a');
  else if (happening.trouble.change === 'damage') {
    levers.damageDisk('a', { ratio: 1, what: happening.trouble.what, undetected: false });
  } else levers.shapeDisk('a', changeOf(happening.trouble));
  world.at(world.now + happening.forUs, () => levers.release());
}

function real({ syncUs, writeBackUs, happenings }: DiskCase): string[] {
  const told: string[] = [];
  const a: Body = {
    start: (ctx) => void told.push(`${micros(ctx)} boots ${contents(ctx)}`),
    receive(ctx, _from, message) {
      const { i } = message as Message & { i: number };
      const tell = (text: string) => void told.push(`${micros(ctx)} ${text}`);
      const { ops, catches } = happenings[i] as Happening & { does: 'work' };
      for (const [k, op] of ops.entries()) {
        try {
          act(ctx, op, 100 * i + k, tell);
        } catch (error) {
          if (!catches) throw error;
          tell('refused');
        }
      }
      tell(`sees ${contents(ctx)}`);
    },
    timeout: (ctx, tag, key) => void told.push(`${micros(ctx)} ${tag} ${key}`),
  };
  const b: Body = {
    receive: (ctx, _from, message) =>
      void told.push(`${micros(ctx)} b hears ${(message as Message & { i: number }).i}`),
  };
  const options = {
    sync: constant(syncUs / 1000),
    ...(writeBackUs === null ? {} : { writeBackUs }),
  };
  const world = worldOf({ a: () => a, b: () => b }, options);
  let atUs = 0;
  happenings.forEach((happening, i) => {
    atUs += happening.gapUs;
    world.at(atUs, () => strike(world, happening, i));
  });
  world.run(SPAN_US);
  expect(world.error).toBeNull();
  return told;
}

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('set' as const),
      key: fc.constantFrom('p', 'q'),
      value: fc.nat(99),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('delete' as const),
      key: fc.constantFrom('p', 'q'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('append' as const), value: fc.nat(99) }) },
  fc.record({ op: fc.constant('truncate' as const), by: fc.nat(3) }),
  fc.record({ op: fc.constant('drop' as const), by: fc.nat(2) }),
  fc.record({
    op: fc.constantFrom('send' as const, 'send now' as const, 'sync' as const, 'torn' as const),
  }),
  fc.record({ op: fc.constantFrom('send' as const, 'sync' as const) }),
);
const span = (max: number) => fc.integer({ min: 1, max });
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ change: fc.constant('full' as const) }),
  fc.record({ change: fc.constant('lies' as const), cacheUs: span(9000) }),
  fc.record({
    change: fc.constant('slow' as const),
    factor: fc.constantFrom(1, 2, 3, 5),
    extraUs: fc.nat(3000),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      change: fc.constant('fails' as const),
      outcome: fc.constantFrom('die' as const, 'lose' as const),
    }),
  },
  fc.record({
    change: fc.constant('tears' as const),
    what: fc.constantFrom('logs' as const, 'all' as const),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      change: fc.constant('damage' as const),
      what: fc.constantFrom('logs' as const, 'records' as const, 'all' as const),
    }),
  },
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      gapUs: span(4000),
      does: fc.constant('work' as const),
      ops: fc.array(op, { minLength: 1, maxLength: 5 }),
      catches: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      gapUs: span(4000),
      does: fc.constant('crash' as const),
      forUs: span(9000),
      power: fc.boolean(),
      wipe: fc.integer({ min: 0, max: 4 }).map((of) => of === 0),
    }),
  },
  fc.record({ gapUs: span(4000), does: fc.constant('pause' as const), forUs: span(9000) }),
  fc.record({
    gapUs: span(4000),
    does: fc.constant('trouble' as const),
    forUs: span(30_000),
    trouble,
  }),
);
const diskCase: fc.Arbitrary<DiskCase> = fc.record({
  syncUs: fc.oneof(fc.constant(0), span(5000)),
  writeBackUs: fc.option(span(20_000)),
  happenings: fc.array(happening, { minLength: 1, maxLength: 25 }),
});

test('a disk and its process do what the model of the disk says', () => {
  let used = 0;
  const runs = times(700, 50_000);
  fc.assert(
    fc.property(diskCase, (given) => {
      const told = real(given);
      const boots = told.flatMap((line) => /^\d+ boots (.*)$/.exec(line)?.[1] ?? []);
      const model = new DiskModel(given, boots);
      model.run(SPAN_US);
      if (model.tied || model.unclear) return;
      used++;
      expect(told).toEqual(model.told);
    }),
    { seed: 7, numRuns: runs },
  );
  expect(used).toBeGreaterThan(runs / 2);
});
