/** The queue of a service: order, bound, places, deadlines; and what queueing theory says of it. */
import { describe, expect, test } from 'vitest';
import { serve } from '../../src/sim/service.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { echo, type Handle, tiers } from '../support/services.ts';
import { placeOf, Stage } from '../support/stage.ts';

const slow: Handle = function* (ctx) {
  yield* ctx.sleep(10);
  return { type: 'request_ok' };
};

/** Request numbers and when each was answered. */
const answeredAt = (world: Stage) =>
  world.sent
    .filter(({ to }) => to === 'client')
    .map(({ atMs, message }) => [(message as unknown as { inReplyTo: number }).inReplyTo, atMs]);

describe('requests', () => {
  test('are handled so many at a time, and the others wait in order', () => {
    const world = tiers(slow, { concurrency: 2 });
    for (let i = 0; i < 5; i++) world.ask('api', { type: 'request' });
    expect(world.node('api').inspect?.()).toEqual({ active: 2, queued: 3 });
    world.untilQuiet();
    expect(answeredAt(world)).toEqual([
      [1, 10],
      [2, 10],
      [3, 20],
      [4, 20],
      [5, 30],
    ]);
    expect(world.node('api').inspect?.()).toEqual({ active: 0, queued: 0 });
  });

  test('are refused when there is no room for them', () => {
    const world = tiers(slow, { concurrency: 1, queue: 2 });
    for (let i = 0; i < 4; i++) world.ask('api', { type: 'request' });
    expect(world.answers().get(4)).toMatchObject({ type: 'error', code: 'overloaded' });
    world.until(10);
    world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(answeredAt(world)).toEqual([
      [4, 0],
      [1, 10],
      [2, 20],
      [3, 30],
      [5, 40],
    ]);
  });

  test('without a queue are refused unless they begin at once', () => {
    const world = tiers(slow, { concurrency: 1, queue: 0 });
    for (let i = 0; i < 2; i++) world.ask('api', { type: 'request' });
    expect(world.answers().get(2)).toMatchObject({ code: 'overloaded' });
  });

  test('occupy a place for the service time, then for the flow', () => {
    const serviceTime = { kind: 'constant', value: 4 } as const;
    const world = tiers(slow, { concurrency: 1, serviceTime });
    for (let i = 0; i < 2; i++) world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(answeredAt(world)).toEqual([
      [1, 14],
      [2, 28],
    ]);
  });

  test.each([
    ['drop', [], 10],
    ['refuse', [[2, 10]], 10],
    ['handle', [[2, 20]], 20],
  ] as const)('whose deadline passed while they waited: %s', (expired, answers, freeAt) => {
    const world = tiers(slow, { concurrency: 1, expired });
    world.ask('api', { type: 'request' });
    world.ask('api', { type: 'request' }, 8);
    world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(answeredAt(world)).toEqual([[1, 10], ...answers, [3, freeAt + 10]]);
    if (expired === 'refuse') expect(world.answers().get(2)).toMatchObject({ code: 'overloaded' });
  });

  test('that fail free their place', () => {
    const world = tiers(
      function* (ctx) {
        yield* ctx.sleep(1);
        yield* ctx.call('none', { type: 'get' });
        return { type: 'request_ok' };
      },
      { concurrency: 1 },
    );
    for (let i = 0; i < 3; i++) world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(answeredAt(world)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  test('in any number are worked off without deep recursion', () => {
    const world = tiers(
      function* (ctx, request) {
        if (request.serial === 1) yield* ctx.sleep(1);
        return { type: 'request_ok' };
      },
      { concurrency: 1 },
    );
    for (let i = 0; i < 30_000; i++) world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(world.answers().size).toBe(30_000);
  });
});

const exponential = (mean: number) => ({ kind: 'exponential', mean, min: 0 }) as const;

/** Of mean 1. The last has a variance of 4: two exponentials of balanced means. */
const services = {
  constant: { kind: 'constant', value: 1 },
  exponential: exponential(1),
  hyperexponential: {
    kind: 'mixture',
    parts: [
      { weight: 0.887298, of: exponential(0.563508) },
      { weight: 0.112702, of: exponential(4.436492) },
    ],
  },
} as const;

/**
 * Poisson arrivals at a server; mean wait before service, mean number in the system, share that had
 * to wait.
 */
function offer(servers: number, rho: number, jobs: number, service: keyof typeof services) {
  const serviceTime = services[service];
  const world = new Stage({ seed: '7' });
  world.add('api', () =>
    serve({ handle: echo }, placeOf('api'), { concurrency: servers, serviceTime }),
  );
  const arrivals = fixedRandom(11);
  const arrivedAt = new Map<number, number>();
  let [inSystem, area, last, total, waited] = [0, 0, 0, 0, 0];
  const count = (change: number) => {
    area += inSystem * (world.nowMs - last);
    last = world.nowMs;
    inSystem += change;
  };
  world.onSent = ({ message }) => {
    count(-1);
    const id = (message as unknown as { inReplyTo: number }).inReplyTo;
    total += world.nowMs - (arrivedAt.get(id) ?? 0);
    world.sent.length = 0;
  };
  let arrived = 0;
  const arrive = () => {
    arrived++;
    if (inSystem >= servers) waited++;
    count(1);
    arrivedAt.set(arrived, world.nowMs);
    world.ask('api', { type: 'request' });
    if (arrived < jobs) world.after(arrivals.exponential(1 / (rho * servers)), arrive);
  };
  arrive();
  world.untilQuiet();
  return {
    meanTime: total / jobs,
    meanNumber: area / last,
    rate: jobs / last,
    waited: waited / jobs,
  };
}

const JOBS = 50_000;

/**
 * Three standard deviations of a mean of so many waits, as a share of it. Waits are correlated: in
 * M/M/1 the variance of their mean tends to rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4 / jobs.
 * M/D/1 and M/M/c stray less.
 */
function tolerance(rho: number): number {
  const idle = 1 - rho;
  const variance = (rho * (2 + 5 * rho - 4 * rho * rho + rho * rho * rho)) / JOBS;
  return (3 * Math.sqrt(variance)) / (idle * idle) / (rho / idle);
}

const error = (value: number, expected: number) => Math.abs(value / expected - 1);

describe('is the queue of the textbooks', () => {
  /** Mean waits: M/M/1 rho / (1 - rho), M/D/1 half of it, M/M/c by Erlang C. */
  test.each([
    ['M/M/1', 1, 0.5, 'exponential', 1],
    ['M/M/1', 1, 0.7, 'exponential', 2.3333],
    ['M/D/1', 1, 0.7, 'constant', 1.1667],
    ['M/M/2', 2, 0.5, 'exponential', 0.3333],
    ['M/M/4', 4, 0.8, 'exponential', 0.7455],
  ] as const)('%s with %i at %f, %s', (_name, servers, rho, service, meanWait) => {
    const seen = offer(servers, rho, JOBS, service);
    expect(error(seen.meanTime - 1, meanWait)).toBeLessThan(tolerance(rho));
    // Little's law holds whatever the draws.
    expect(error(seen.meanNumber, seen.rate * seen.meanTime)).toBeLessThan(0.001);
    // Erlang C is the share of those who wait: those who met all servers busy.
    if (servers === 4) expect(error(seen.waited, 0.5964)).toBeLessThan(tolerance(rho));
    if (servers === 1) expect(error(seen.waited, rho)).toBeLessThan(0.02);
  });

  /** Pollaczek and Khinchine: rho / (1 - rho) (1 + variance) / 2, so 2.5 times that of M/M/1. */
  test('M/G/1 with a variance of 4 at 0.5', () => {
    const seen = offer(1, 0.5, JOBS, 'hyperexponential');
    expect(error(seen.meanTime - 1, 2.5)).toBeLessThan(3 * tolerance(0.5));
  });
});
