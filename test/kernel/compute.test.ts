// Computations on cores: schedules worked out by hand, faults, and a queue against its formula.
import { expect, test } from 'vitest';
import { newTally } from '../../src/sim/kernel/network.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import type { Message } from '../../src/sim/node.ts';
import { serve } from '../../src/sim/service.ts';
import { type Body, placeOf, type WorldOfOptions, worldOf } from '../support/stage.ts';

const MS = 1000;

/** Nodes that begin computations at given times, and write down when each is done. */
function computing(
  work: { readonly [node: string]: readonly (readonly [atMs: number, ms: number])[] },
  options: WorldOfOptions = {},
): { world: World; done: string[] } {
  const done: string[] = [];
  const makers: { [id: string]: () => Body } = {};
  for (const [id, jobs] of Object.entries(work)) {
    makers[id] = () => ({
      start(ctx) {
        jobs.forEach(([atMs], i) => void ctx.setTimer('begin', atMs, i + 1));
      },
      timeout(ctx, tag, key) {
        if (tag === 'begin') ctx.compute('work', jobs[key - 1]![1], key);
        else done.push(`${id}${key} ${world.now / MS}`);
      },
    });
  }
  const world = worldOf(makers, options);
  return { world, done };
}

test('one core: who comes later waits, first come first served', () => {
  const { world, done } = computing({
    a: [
      [0, 10],
      [1, 5],
      [2, 1],
      [30, 2],
    ],
  });
  world.run(100 * MS);
  expect(done).toEqual(['a1 10', 'a2 15', 'a3 16', 'a4 32']);
});

test('two cores: two at a time', () => {
  const { world, done } = computing(
    {
      a: [
        [0, 10],
        [1, 5],
        [2, 7],
        [3, 1],
      ],
    },
    { cores: 2 },
  );
  world.run(100 * MS);
  expect(done).toEqual(['a2 6', 'a4 11', 'a1 10', 'a3 13'].sort(byTime));
});

test('a timer holds no core', () => {
  const { world, done } = computing({
    a: [
      [0, 10],
      [0, 10],
      [15, 0],
    ],
  });
  world.run(100 * MS);
  expect(done).toEqual(['a1 10', 'a2 20', 'a3 20']);
});

test('nodes of one machine share its cores, in one queue', () => {
  const work = {
    a: [
      [0, 10],
      [3, 4],
    ],
    b: [
      [1, 5],
      [2, 5],
    ],
    c: [[4, 1]],
  } as const;
  const shared = computing(work, { cores: 2, machine: 'm' });
  shared.world.run(100 * MS);
  // a1 0-10, b1 1-6; b2 from 6 to 11; a2 from 10 to 14; c1 from 11 to 12.
  expect(shared.done).toEqual(['b1 6', 'a1 10', 'b2 11', 'c1 12', 'a2 14']);
  const own = computing(work, { cores: 1 });
  own.world.run(100 * MS);
  expect(own.done).toEqual(['c1 5', 'b1 6', 'a1 10', 'b2 11', 'a2 14'].sort(byTime));
});

test('messages that cost time hold a core too, and the others wait for it', () => {
  const got: number[] = [];
  const world = worldOf(
    {
      a: () => ({
        start: (ctx) => ctx.compute('work', 10),
        receive: () => void got.push(world.now / MS),
      }),
      b: () => ({
        start(ctx) {
          for (let i = 0; i < 3; i++) ctx.send('a', { type: 'hello' });
        },
      }),
    },
    { cpuMessageUs: 2 * MS },
  );
  world.run(100 * MS);
  expect(got).toEqual([10, 12, 14]);
});

test('messages that cost nothing wait for no core', () => {
  const got: number[] = [];
  const world = worldOf({
    a: () => ({
      start: (ctx) => ctx.compute('work', 10),
      receive: () => void got.push(world.now / MS),
    }),
    b: () => ({ start: (ctx) => ctx.send('a', { type: 'hello' }) }),
  });
  world.run(100 * MS);
  expect(got).toEqual([1]);
});

test('a slow processor stretches what is left, and no more', () => {
  const { world, done } = computing({
    a: [
      [0, 10],
      [0, 10],
    ],
  });
  const host = world.hosts[0]!;
  const tally = newTally();
  world.at(4 * MS, () => {
    const release = host.slow({ factor: 3, messageMs: 0 }, tally);
    world.at(10 * MS, release);
  });
  world.run(100 * MS);
  // 4 ms done by 4, 2 more by 10, the last 4 by 14; the other runs unhindered.
  expect(done).toEqual(['a1 14', 'a2 24']);
});

test('a pause stops the work, gives the core to others of the machine, and keeps the turn', () => {
  const { world, done } = computing(
    {
      a: [[0, 10]],
      b: [
        [1, 5],
        [20, 1],
      ],
    },
    { machine: 'm' },
  );
  const [a] = world.hosts;
  const tally = newTally();
  world.at(4 * MS, () => world.lives.pause(a!, tally));
  world.at(6 * MS, () => world.lives.resume(a!, tally));
  world.run(100 * MS);
  // b1 gets the core at 4 and keeps it to 9; a1 has 6 ms left.
  expect(done).toEqual(['b1 9', 'a1 15', 'b2 21']);
});

test('a crash ends the work, and a reboot begins with free cores', () => {
  const { world, done } = computing(
    {
      a: [
        [0, 10],
        [1, 10],
      ],
      b: [[2, 5]],
    },
    { machine: 'm' },
  );
  const [a] = world.hosts;
  world.at(4 * MS, () => world.lives.crash(a!));
  world.at(20 * MS, () => world.lives.boot(a!));
  world.run(100 * MS);
  expect(done).toEqual(['b1 9', 'a1 30', 'a2 40']);
});

test('a computation that is cancelled gives its core back', () => {
  const log: string[] = [];
  const world = worldOf({
    a: () => ({
      start(ctx) {
        ctx.compute('long', 50);
        ctx.compute('short', 2);
        ctx.setTimer('enough', 5);
      },
      timeout(ctx, tag) {
        log.push(`${tag} ${world.now / MS}`);
        if (tag === 'enough') ctx.cancelCompute('long');
      },
    }),
  });
  world.run(100 * MS);
  expect(log).toEqual(['enough 5', 'short 7']);
});

test('work takes a finite time', () => {
  const world = worldOf({ a: () => ({ start: (ctx) => ctx.compute('work', -1) }) });
  world.run(10);
  expect(world.error?.message).toBe(
    "compute('work', -1): work takes a finite time of 0 ms or more",
  );
});

// M/M/c: the mean time in the system by Erlang's C formula (Kleinrock, Queueing Systems I, 3.5).
test.each([
  [1, 0.7],
  [3, 0.8],
])('M/M/%d at %d: requests that compute take what Erlang says', (cores, load) => {
  const SERVICE_MS = 10;
  const REQUESTS = 60_000;
  let sum = 0;
  let answers = 0;
  const asks = new Map<number, number>();
  const place = placeOf('a', { members: ['a', 'b'] });
  const server = () =>
    serve(
      {
        *handle(ctx) {
          yield* ctx.compute(ctx.random.exponential(SERVICE_MS));
          return { type: 'done' };
        },
      },
      place,
    );
  const world = worldOf(
    {
      a: server,
      b: () => ({
        start: (ctx) => ctx.setTimer('ask', 0),
        timeout(ctx) {
          const id = asks.size + 1;
          asks.set(id, world.now);
          ctx.send('a', { type: 'work', id, session: 'b', serial: id, attempt: 1 } as Message);
          if (id < REQUESTS) ctx.setTimer('ask', ctx.random.exponential(SERVICE_MS / cores / load));
        },
        receive(_ctx, _from, message) {
          const { inReplyTo } = message as unknown as { inReplyTo: number };
          sum += world.now - asks.get(inReplyTo)!;
          answers++;
        },
      }),
    },
    { cores, seed: '3' },
  );
  world.run(REQUESTS * SERVICE_MS * MS * 2);
  expect(world.error).toBeNull();
  expect(answers).toBe(REQUESTS);
  const meanMs = sum / answers / MS - 2;
  const expected = SERVICE_MS + (erlangC(cores, load) * SERVICE_MS) / (cores * (1 - load));
  expect(Math.abs(meanMs / expected - 1)).toBeLessThan(0.05);
});

function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let term = 1;
  let sum = 0;
  for (let k = 0; k < servers; k++) {
    sum += term;
    term *= offered / (k + 1);
  }
  const last = term / (1 - load);
  return last / (sum + last);
}

function byTime(a: string, b: string): number {
  return Number(a.split(' ')[1]) - Number(b.split(' ')[1]);
}
