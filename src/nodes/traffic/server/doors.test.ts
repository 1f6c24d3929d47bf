/** Doors and models of servers: what queues do to callers that give up, and what models do. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { times } from '../../../../test/support/long.ts';
import { fastLink, placeOf, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';

const exponential = (mean: number) => ({ kind: 'exponential', mean, min: 0 }) as const;

interface Asked {
  readonly patienceMs: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly costOf?: () => number;
}

/** Random requests at a server; those of the second half that were answered in time. */
function loaded(given: object, { patienceMs, perSecond, seconds, costOf }: Asked, cores = 1) {
  const params = defaultsOf(system.params, given as never);
  const stage = new Stage({ seed: '5', link: { ...fastLink, latency: constant(0) } });
  stage.add('web', () => system.create(params, placeOf('web'), null), { cores });
  const random = fixedRandom(3);
  const asked = new Map<number, { readonly atMs: number; readonly cost: number }>();
  const times: number[] = [];
  const halfMs = seconds * 500;
  stage.onSent = ({ atMs, to, message }) => {
    const { inReplyTo, type } = message as unknown as { inReplyTo: number; type: string };
    const one = asked.get(inReplyTo);
    stage.sent.length = 0;
    if (to !== 'client' || type === 'error' || one === undefined || one.atMs < halfMs) return;
    if (one.cost === 1 && atMs - one.atMs <= patienceMs) times.push(atMs - one.atMs);
  };
  for (let ms = random.exponential(1000 / perSecond); ms < seconds * 1000; ) {
    const atMs = ms;
    const cost = costOf?.() ?? 1;
    stage.at(atMs, () => {
      const id = stage.ask('web', { type: 'request', cost }, patienceMs);
      asked.set(id, { atMs, cost });
    });
    ms += random.exponential(1000 / perSecond);
  }
  stage.until(seconds * 1000 + 3000);
  times.sort((a, b) => a - b);
  return {
    goodput: times.length / (seconds / 2),
    quantile: (share: number) => times[Math.ceil(times.length * share) - 1] as number,
    stage,
  };
}

/** Recomputed: a capacity of 100/s, 120/s from callers that wait 1 s. */
describe('who is served of too many', () => {
  const overload = { patienceMs: 1000, perSecond: 120, seconds: 60 };
  const time = { 'service-time': exponential(10) };
  test.each([
    ['without a bound nobody in time', {}, 0],
    ['nor with places for 1.5 s of work', { queue: 150 }, 0],
    ['with places for half a second all that it can', { queue: 50 }, 100],
    ['dropping what is late as its turn comes, most of it', { expired: 'drop' }, 83],
    ['the newest first', { order: 'lifo' }, 99],
    // By the mean they fit exactly, so that a third of them ends late all the same.
    ['those that fit', { 'admit-if-fits': true }, 68],
  ])('%s', (_name, given, goodput) => {
    // Of random arrivals and times over 30 s: a spread of 2.6/s at a capacity of 100.
    const seen = loaded({ ...time, ...given }, overload).goodput;
    expect(Math.abs(seen - goodput)).toBeLessThan(goodput === 0 ? 3 : 8);
  });
});

test('a refusal that costs processor time takes it from the work', () => {
  const asked = { patienceMs: 1000, perSecond: 400, seconds: 20 };
  const given = { model: 'thread-pool', workers: 1, queue: 5, compute: constant(5) };
  const free = loaded(given, asked).goodput;
  const costly = loaded({ ...given, 'refuse-cost': 2 }, asked).goodput;
  expect(free).toBeGreaterThan(190);
  expect(costly).toBeLessThan(150);
});

test('service time for callers that have given up is wasted', () => {
  const { stage } = loaded(
    { 'service-time': constant(10), order: 'edf' },
    {
      patienceMs: 100,
      perSecond: 150,
      seconds: 20,
    },
  );
  const sumOf = (name: string) =>
    stage
      .measured()
      .filter((row) => row.startsWith(`web ${name} `))
      .reduce((sum, row) => sum + Number(row.split(' ')[2]), 0);
  expect(sumOf('wasted-ms') / sumOf('work-ms')).toBeGreaterThan(0.8);
});

test('cold at first: work takes longer, less and less', () => {
  const given = { 'service-time': constant(10), 'warm-up': 1000, 'cold-factor': 3 };
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  stage.addSystem('web', system, { params: given });
  const took = [0, 500, 1000].map((ms) => {
    stage.until(ms);
    stage.ask('web', { type: 'request' });
    stage.step(40);
    return (stage.sent.at(-1)?.atMs ?? 0) - ms;
  });
  expect(took).toEqual([30, 20, 10]);
});

test('a cancelled request gives its place, or its turn, to the next', () => {
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  stage.addSystem('web', system, { params: { 'service-time': constant(10), order: 'lifo' } });
  const ids = [1, 2, 3].map(() => stage.ask('web', { type: 'request' }));
  stage.until(5);
  stage.inject('client', 'web', { type: 'cancel', of: ids[2] } as Message);
  stage.inject('client', 'web', { type: 'cancel', of: ids[0] } as Message);
  stage.untilQuiet();
  expect(
    stage.sent.map(({ atMs, message }) => [
      atMs,
      (message as never as { inReplyTo: number }).inReplyTo,
    ]),
  ).toEqual([[15, 2]]);
  expect(stage.node('web').inspect?.()).toMatchObject({ active: 0, queued: 0 });
});

describe('a new connection', () => {
  const given = { 'service-time': constant(10), handshake: 30 };
  const asked = (stage: Stage, session: string, patienceMs = 1000) => {
    const fromMs = stage.nowMs;
    const rest = { serial: 1, attempt: 1, timeoutMs: patienceMs };
    stage.inject('client', 'web', { type: 'request', id: 1, session, ...rest } as Message);
    stage.untilQuiet();
    return (stage.sent.at(-1)?.atMs ?? 0) - fromMs;
  };

  test('costs a handshake, and the requests that follow on it do not', () => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    stage.addSystem('web', system, { params: given });
    expect([asked(stage, 'a'), asked(stage, 'a'), asked(stage, 'b')]).toEqual([40, 10, 40]);
    stage.crash('web');
    stage.boot('web');
    expect(asked(stage, 'a')).toBe(40);
  });

  test('takes the place of one whose caller has given up', () => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    stage.addSystem('web', system, { params: given });
    expect([asked(stage, 'a', 35), asked(stage, 'a'), asked(stage, 'a')]).toEqual([40, 40, 10]);
  });
});

/**
 * Speed 1 / (1 + n / 50) with n inside, .7 a ms come: unstable from n = 50 (1 / .7 - 1) = 21.4 on. By
 * the birth-death chain: whether it is empty before there are 400.
 */
describe('a server that its queue slows down', () => {
  test.each([
    [10, 0.927],
    [21, 0.538],
    [40, 0.019],
  ])('with %i inside at first it is empty again with a chance of %f', (inside, chance) => {
    const runs = times(20, 2000);
    const random = fixedRandom(inside);
    const params = defaultsOf(system.params, {
      'service-time': exponential(1),
      'half-speed-at': 50,
    } as never);
    let emptied = 0;
    for (let run = 0; run < runs; run++) {
      const stage = new Stage({
        seed: `${inside} ${run}`,
        link: { ...fastLink, latency: constant(0) },
      });
      stage.add('web', () => system.create(params, placeOf('web'), null));
      for (let i = 0; i < inside; i++) stage.ask('web', { type: 'request' });
      stage.step(0);
      for (;;) {
        stage.step(random.exponential(1 / 0.7));
        stage.sent.length = 0;
        const levels = stage.node('web').inspect?.();
        const now = Number(levels?.['active']) + Number(levels?.['queued']);
        if (now === 0) emptied++;
        if (now === 0 || now >= 400) break;
        stage.ask('web', { type: 'request' });
      }
    }
    const deviation = Math.sqrt((chance * (1 - chance)) / runs);
    expect(Math.abs(emptied / runs - chance)).toBeLessThan(0.015 + 3 * deviation);
  });
});

/** X(N) / X(1) = N / (1 + a (N - 1) + b N (N - 1)), a = .03, b = .0001: the peak is at 98.5. */
test.each([
  [20, 12.44],
  [98, 20.16],
  [1000, 7.64],
])('the Universal Scalability Law: %i at a time do as much as %f alone', (at, times) => {
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  const given = {
    concurrency: at,
    'service-time': constant(8),
    contention: 0.03,
    coherency: 0.0001,
  };
  stage.addSystem('web', system, { params: given });
  for (let i = 0; i < at; i++) stage.ask('web', { type: 'request' });
  stage.untilQuiet();
  const ends = stage.sent.map(({ atMs }) => atMs);
  expect(ends).toHaveLength(at);
  // They end together: as many as there are in the time of the last.
  expect((at * 8) / Math.max(...ends)).toBeCloseTo(times, 2);
});

describe('a backlog', () => {
  test('what finds it full is dropped without a word, and nothing else is', () => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    const given = { model: 'blocking', compute: constant(10), backlog: 2 };
    stage.addSystem('web', system, { params: given });
    for (let i = 0; i < 5; i++) stage.ask('web', { type: 'request' }, 100);
    stage.until(99);
    expect(stage.sent.map(({ atMs }) => atMs)).toEqual([10, 20, 30]);
    expect(stage.measured().filter((row) => row.includes('backlog-drops'))).toHaveLength(2);
  });
});

describe('memory for each worker', () => {
  const given = { concurrency: 100, 'service-time': constant(50), 'memory-per-worker': 100 };

  test('one too many kills all, those that wait too, and it is away for a while', () => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    stage.addSystem('web', system, { params: { ...given, memory: 450, restart: 200 } });
    const codes = (count: number) => {
      const ids = Array.from({ length: count }, () => stage.ask('web', { type: 'request' }));
      stage.step(60);
      return ids.map((id) => {
        const { type, code } = stage.answers().get(id) as { type: string; code?: string };
        return code ?? type;
      });
    };
    expect(codes(4)).toEqual(Array(4).fill('request_ok'));
    expect(codes(5)).toEqual(Array(5).fill('crash'));
    expect(codes(1)).toEqual(['temporarily-unavailable']);
    expect(stage.notes).toEqual(['web oom {"active":5,"queued":0}']);
    stage.step(200);
    expect(codes(4)).toEqual(Array(4).fill('request_ok'));
    expect(stage.node('web').inspect?.()).toMatchObject({ active: 0, queued: 0 });
  });

  test('a bound on workers keeps it alive: what waits needs none', () => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    stage.addSystem('web', system, { params: { ...given, concurrency: 4, memory: 450 } });
    for (let i = 0; i < 20; i++) stage.ask('web', { type: 'request' });
    stage.untilQuiet();
    expect(stage.notes).toEqual([]);
    expect(stage.node('web').inspect?.()).toMatchObject({ served: 20 });
  });
});

describe('serverless', () => {
  const given = {
    concurrency: 1000,
    queue: 0,
    'service-time': constant(20),
    'cold-start': 400,
    'keep-warm': 300_000,
  };
  const run = (more: object, gaps: readonly number[], bug?: string) => {
    const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
    const options = bug === undefined ? {} : { bug };
    stage.addSystem('web', system, { params: { ...given, ...more }, ...options });
    let atMs = 0;
    const beganMs: number[] = [];
    const took: number[] = [];
    for (const gap of gaps) {
      atMs += gap;
      beganMs.push(atMs);
      stage.at(atMs, () => void stage.ask('web', { type: 'request' }));
    }
    stage.onSent = ({ atMs: nowMs, message }) => {
      const { inReplyTo } = message as unknown as { inReplyTo: number };
      took[inReplyTo - 1] = Math.round(nowMs - (beganMs[inReplyTo - 1] ?? 0));
    };
    stage.until(atMs + 1000);
    return { took, stage };
  };

  test('a request that finds no warm instance waits for a new one', () => {
    // Two at once, one while both are warm, one after they were given up.
    expect(run({}, [0, 0, 1000, 300_021]).took).toEqual([420, 420, 20, 420]);
    expect(run({ provisioned: 1 }, [0, 0, 1000, 300_021]).took).toEqual([20, 420, 20, 20]);
  });

  test('with all instances in use a request is refused', () => {
    const { stage } = run({ concurrency: 2 }, [0, 0, 0]);
    expect([...stage.answers().values()].filter(({ type }) => type === 'error')).toHaveLength(1);
  });

  /** One request in as long as an instance is kept: the next comes later with a chance of 1/e. */
  test('requests as seldom as instances are kept: 37% start cold', () => {
    const random = fixedRandom(9);
    const count = 4000;
    const gaps = Array.from({ length: count }, () => random.exponential(300_000));
    const cold = run({}, gaps).took.filter((ms) => ms === 420).length / count;
    // Two at once need two instances, which is seldom; three standard deviations.
    expect(Math.abs(cold - 0.368)).toBeLessThan(0.023);
  });

  test('the instance that served last is taken: the others are given up; the mistake keeps them', () => {
    // A burst makes ten; then one request at a time, each a tenth of the time that they are kept.
    const gaps = [...Array(10).fill(0), ...Array(30).fill(30_000)];
    const last = (bug?: string) => {
      const { stage } = run({}, gaps, bug);
      const rows = stage.measured().filter((row) => row.startsWith('web instances '));
      return Number(rows.at(-1)?.split(' ')[2]);
    };
    expect([last(), last('oldest-first')]).toEqual([1, 10]);
  });
});

test.each([
  ['blocking', 10, { active: 1, queued: 9 }, 1],
  ['coroutines', 10, { active: 10, queued: 0 }, undefined],
])('a check of a server with model %s is answered beside its queue', (model, asked, _in, usage) => {
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  stage.addSystem('web', system, { params: { model, compute: constant(10) } });
  for (let i = 0; i < asked; i++) stage.ask('web', { type: 'request' });
  stage.step(1);
  const id = stage.ask('web', { type: 'check' });
  expect(stage.node('web').inspect?.()).toMatchObject(_in);
  const answer = { type: 'check_ok', load: 10, ...(usage === undefined ? {} : { usage }) };
  expect(stage.answers().get(id)).toEqual({ inReplyTo: id, ...answer });
  stage.levers().tellToLeave('web');
  const late = stage.step(0.001).ask('web', { type: 'check' });
  expect(stage.answers().get(late)).toMatchObject({ code: 'temporarily-unavailable' });
});

test('values that make no sense together', () => {
  const refusal = (given: object) =>
    system.refuse?.(defaultsOf(system.params, given as never), 1, {});
  expect(refusal({})).toBeNull();
  expect(refusal({ 'cold-start': 9, model: 'coroutines' })).toContain('model: queue');
  expect(refusal({ 'cold-start': 9, provisioned: 2 })).toContain('more than the 1 instances');
});

describe('models of servers', () => {
  /** Ten callers that ask again at once; exponential s = 1 and w = 9 ms on one core. */
  test('a pool: ten workers of 1 ms work and 9 ms waiting use 83.2% of a core', () => {
    const params = defaultsOf(system.params, {
      model: 'thread-pool',
      workers: 10,
      compute: exponential(1),
      io: exponential(9),
    } as never);
    const stage = new Stage({ seed: '2', link: { ...fastLink, latency: constant(0) } });
    stage.add('web', () => system.create(params, placeOf('web'), null));
    let answered = 0;
    stage.onSent = ({ to }) => {
      stage.sent.length = 0;
      if (to !== 'client') return;
      answered++;
      stage.after(0, () => void stage.ask('web', { type: 'request' }));
    };
    for (let i = 0; i < 10; i++) stage.ask('web', { type: 'request' });
    stage.until(15_000);
    // Two halves of an exponential time are no exponential one: a little more gets through.
    expect(answered / 15_000).toBeGreaterThan(0.832 * 0.97);
    expect(answered / 15_000).toBeLessThan(0.832 * 1.06);
  });

  const work = { compute: exponential(1), io: constant(9) };
  const asked = { patienceMs: 10_000, perSecond: 80, seconds: 60 };

  test('blocking, one at a time, waits while it could work; pool, loop and coroutines do not', () => {
    const p50 = (model: string) => loaded({ ...work, model }, asked).quantile(0.5);
    // M/G/1 at .8 with a nearly constant time: more than twice the 10 ms of a request alone.
    expect(p50('blocking')).toBeGreaterThan(20);
    for (const model of ['thread-pool', 'event-loop', 'coroutines', 'process-per-request']) {
      expect(p50(model)).toBeLessThan(11);
    }
  });

  test('an event loop uses one core, coroutines all', () => {
    const burst = { patienceMs: 500, perSecond: 1500, seconds: 4 };
    const given = { compute: constant(1) };
    expect(loaded({ ...given, model: 'event-loop' }, burst, 4).goodput).toBeLessThan(500);
    expect(loaded({ ...given, model: 'coroutines' }, burst, 4).goodput).toBeGreaterThan(1400);
  });

  test('one request in a hundred of 100 ms: the others wait behind it in a loop, not in slices', () => {
    const p99 = (more: object) => {
      const random = fixedRandom(8);
      return loaded(
        { compute: constant(1), ...more },
        {
          patienceMs: 10_000,
          perSecond: 300,
          seconds: 60,
          costOf: () => (random.chance(0.01) ? 100 : 1),
        },
      ).quantile(0.99);
    };
    const loop = p99({ model: 'event-loop' });
    const sliced = p99({ model: 'coroutines', slice: 10 });
    expect(loop).toBeGreaterThan(200);
    expect(loop).toBeGreaterThan(3 * sliced);
    expect(sliced).toBeGreaterThan(3 * p99({ model: 'coroutines', slice: 1 }));
  });

  test('a context switch costs at every stretch', () => {
    const p50 = (ms: number) =>
      loaded(
        { model: 'thread-pool', workers: 100, compute: constant(1), switch: ms },
        {
          patienceMs: 10_000,
          perSecond: 850,
          seconds: 20,
        },
      ).quantile(0.5);
    expect(p50(0.15)).toBeGreaterThan(3 * p50(0));
  });

  test('a new process for each request costs its time', () => {
    const p50 = (spawn: number) =>
      loaded(
        { model: 'process-per-request', compute: constant(1), spawn },
        {
          patienceMs: 10_000,
          perSecond: 50,
          seconds: 10,
        },
      ).quantile(0.5);
    expect(p50(5) - p50(0)).toBeGreaterThan(4.9);
  });
});

test('the run queue: what waits for a core, beyond those that have one', () => {
  const params = defaultsOf(system.params, {
    model: 'process-per-request',
    compute: constant(10),
  } as never);
  const place = placeOf('web', { cores: 2 });
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  stage.add('web', () => system.create(params, place, null), { cores: 2 });
  for (let i = 0; i < 4; i++) stage.ask('web', { type: 'request' });
  stage.untilQuiet();
  expect(stage.measured().filter((row) => row.includes('run-queue'))).toEqual(
    [0, 0, 1, 2, 1, 0, 0, 0].map((waiting) => `web run-queue ${waiting}`),
  );
});
