/** The algorithms: whose turn it is, and the mean times and shares that theory or recomputation give. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { placeOf } from '../../../../test/support/stage.ts';
import type { NodeId } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import { EarliestDeadline, SmoothTurns } from '../../parts/weighted-turns.ts';
import { type Algorithm, Balancer, type BalancerSpec } from './balancers.ts';
import { CheckState } from './checks.ts';
import { balancerSpecOf, loadBalancerParams } from './params.ts';
import { matches } from './routes.ts';
import { Sessions } from './sessions.ts';

const names = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `web-${i + 1}`);
const notes: string[] = [];
const measured: string[] = [];
let clockMs = 0;

function balancer(targets: readonly NodeId[], more: Partial<BalancerSpec>, given = {}): Balancer {
  const values = defaultsOf(loadBalancerParams, { targets, ...given } as never);
  const made = new Balancer({ ...balancerSpecOf(values, placeOf('lb'), null), ...more });
  notes.length = 0;
  measured.length = 0;
  clockMs = 0;
  made.start({
    random: fixedRandom(2 + (more.turn ?? 0)),
    elapsed: () => clockMs,
    note: (label, detail) => void notes.push(`${clockMs} ${label} ${JSON.stringify(detail)}`),
    measure: (name, value, of) => void measured.push(`${clockMs} ${name} ${of} ${value}`),
  });
  return made;
}

describe('turns by weight', () => {
  const turns = (made: SmoothTurns | EarliestDeadline, weights: object) => {
    const all = Object.keys(weights);
    const weightOf = (id: string) => (weights as { [id: string]: number })[id] as number;
    const count = all.reduce((sum, id) => sum + weightOf(id), 0);
    return Array.from({ length: count }, () => made.next(all, weightOf)).join('');
  };

  test('smooth, as nginx has them', () => {
    expect(turns(new SmoothTurns(), { a: 5, b: 1, c: 1 })).toBe('aabacaa');
    expect(turns(new SmoothTurns(), { a: 3, b: 2, c: 1 })).toBe('abacba');
  });

  test('by the earliest deadline', () => {
    expect(turns(new EarliestDeadline(), { a: 5, b: 1, c: 1 })).toBe('aaaabca');
    expect(turns(new EarliestDeadline(), { a: 3, b: 2, c: 1 })).toBe('abacba');
  });

  test('made anew at each change, the schedule starves light members', () => {
    const shares = (rebuilds: boolean) => {
      const made = new EarliestDeadline(rebuilds);
      const count: { [id: string]: number } = { a: 0, b: 0, c: 0 };
      for (let i = 0; i < 2100; i++) {
        const open = i % 4 < 2 ? ['a', 'b', 'c'] : ['a', 'c'];
        const id = made.next(open, (one) => (one === 'c' ? 1 : 10));
        count[id] = (count[id] ?? 0) + 1;
      }
      return count['c'] as number;
    };
    expect(shares(true)).toBe(0);
    expect(shares(false)).toBeGreaterThan(100);
  });
});

/**
 * Servers of one place each, first come first served, behind one balancer, or several of which each
 * request takes any; no way between.
 */
function queues(
  algorithm: Algorithm,
  servers: number,
  perMs: number,
  jobs: number,
  serviceOf: (server: number, random: ReturnType<typeof fixedRandom>) => number,
  more: Partial<BalancerSpec> = {},
  balancers = 1,
  reportMs = Infinity,
) {
  const ids = names(servers);
  const made = Array.from({ length: balancers }, (_, turn) =>
    balancer(ids, { algorithm, turn, ...more }),
  );
  const random = fixedRandom(5);
  const inside: Job[][] = ids.map(() => []);
  const shares = ids.map(() => 0);
  let total = 0;
  let counted = 0;
  const settleUntil = (ms: number) => {
    for (;;) {
      let next = -1;
      let atMs = ms;
      for (let i = 0; i < servers; i++) {
        const end = inside[i]?.[0]?.endMs ?? Infinity;
        if (end > atMs) continue;
        atMs = end;
        next = i;
      }
      if (next === -1) return;
      const job = inside[next]?.shift() as Job;
      clockMs = job.endMs;
      job.by.ended(ids[next] as NodeId, 'ok', job.endMs - job.sinceMs);
      total += job.endMs - job.sinceMs;
      counted++;
    }
  };
  let nowMs = 0;
  const reportsDue = made.map(() =>
    ids.map(() => (reportMs < Infinity ? random.between(0, reportMs) : Infinity)),
  );
  const report = () => {
    made.forEach((one, b) => {
      ids.forEach((id, server) => {
        const due = reportsDue[b] as number[];
        if (nowMs < (due[server] as number)) return;
        one.reported(id, inside[server]?.length ?? 0);
        // Not from now on: those of two balancers would soon be in step.
        due[server] = (due[server] as number) + reportMs;
      });
    });
  };
  for (let i = 0; i < jobs; i++) {
    nowMs += random.exponential(1 / perMs);
    settleUntil(nowMs);
    clockMs = nowMs;
    if (reportMs < Infinity) report();
    const by = made[balancers === 1 ? 0 : random.int(0, balancers - 1)] as Balancer;
    const at = ids.indexOf(by.choose(ids, ids, `s${random.int(0, 1e6)}`));
    const queue = inside[at] as Job[];
    const startMs = queue[queue.length - 1]?.endMs ?? nowMs;
    queue.push({ by, sinceMs: nowMs, endMs: startMs + serviceOf(at, random) });
    shares[at] = (shares[at] as number) + 1;
    // What was while the queues filled counts for nothing.
    if (i === jobs / 10) {
      total = 0;
      counted = 0;
    }
  }
  return { mean: total / counted, shares: shares.map((count) => count / jobs) };
}

interface Job {
  readonly by: Balancer;
  readonly sinceMs: number;
  readonly endMs: number;
}

/** Recomputed apart from this code; round robin is the queue E10/M/1. Within 3%. */
describe('ten servers of mean 1 at a load of .8: the mean time', () => {
  test.each([
    ['round-robin', 2.9223],
    ['random', 5],
    ['two-choices', 2.06],
    ['least-connections', 1.36],
  ] as const)('%s %f', (algorithm, mean) => {
    const seen = queues(algorithm, 10, 8, 80_000, (_, random) => random.exponential(1));
    // Random waits have the longest memory: a spread of 2.7% for so many.
    expect(Math.abs(seen.mean / mean - 1)).toBeLessThan(algorithm === 'random' ? 0.08 : 0.03);
  });

  /** Each of ten sees a tenth of what is in flight. Recomputed from three million jobs each. */
  test.each([
    ['round-robin', 3.416],
    ['two-choices', 3.093],
    ['least-connections', 3.0],
  ] as const)('%s %f, with ten balancers side by side', (algorithm, mean) => {
    const serviceOf = (_: number, random: ReturnType<typeof fixedRandom>) => random.exponential(1);
    const seen = queues(algorithm, 10, 8, 60_000, serviceOf, {}, 10);
    expect(Math.abs(seen.mean / mean - 1)).toBeLessThan(0.05);
  });

  /** Recomputed apart from this code, from 150,000 jobs each. */
  test.each([
    [10, 1, 1.96, null],
    [10, 10, 2.76, null],
    [1, 10, 1.35, null],
    [1, 10, 11.4, 'reports-only'],
  ] as const)(
    'least-load: %i balancers with a report each %i service times: %f, bug %s',
    (balancers, reportMs, mean, bug) => {
      const serviceOf = (_: number, random: ReturnType<typeof fixedRandom>) =>
        random.exponential(1);
      const seen = queues('least-load', 10, 8, 40_000, serviceOf, { bug }, balancers, reportMs);
      expect(Math.abs(seen.mean / mean - 1)).toBeLessThan(bug === null ? 0.06 : 0.15);
    },
  );

  test('three choices are better than two, and hashing sessions is as random', () => {
    const mean = (algorithm: Algorithm, more = {}) =>
      queues(algorithm, 10, 8, 60_000, (_, random) => random.exponential(1), more).mean;
    expect(mean('two-choices', { choices: 3 })).toBeLessThan(mean('two-choices') - 0.1);
    expect(Math.abs(mean('source-hash') / 5 - 1)).toBeLessThan(0.15);
  });
});

describe('the power of two choices (Mitzenmacher 2001)', () => {
  /** Means for infinitely many servers; 100 come within 3%. */
  test.each([
    [0.5, 1.2657],
    [0.8, 1.9474],
  ])('at load %f a mean time of %f', (load, mean) => {
    const seen = queues('two-choices', 100, 100 * load, 60_000, (_, random) =>
      random.exponential(1),
    );
    expect(Math.abs(seen.mean / mean - 1)).toBeLessThan(0.03);
  });
});

describe('a server that fails at once draws requests', () => {
  /** One of ten takes 1 ms, the others 50 on average, with a place for each request. */
  const shareOf = (algorithm: Algorithm) => {
    const ids = names(10);
    const made = balancer(ids, { algorithm });
    const random = fixedRandom(8);
    const ends: { readonly atMs: number; readonly id: NodeId }[] = [];
    let first = 0;
    const requests = 40_000;
    for (let i = 0, nowMs = 0; i < requests; i++) {
      nowMs += random.exponential(1);
      for (let k = ends.length - 1; k >= 0; k--) {
        const end = ends[k] as (typeof ends)[0];
        if (end.atMs > nowMs) continue;
        ends.splice(k, 1);
        made.ended(end.id, 'ok');
      }
      const id = made.choose(ids, ids);
      if (id === 'web-1') first++;
      ends.push({ id, atMs: nowMs + (id === 'web-1' ? 1 : random.exponential(50)) });
    }
    return first / requests;
  };

  test('random and round robin send it a tenth, two choices a fifth at most', () => {
    expect(Math.abs(shareOf('random') - 0.1)).toBeLessThan(0.01);
    expect(shareOf('round-robin')).toBeCloseTo(0.1, 3);
    expect(shareOf('two-choices')).toBeLessThan(0.205);
  });

  test('least connections sends it two thirds at 1000/s', () => {
    expect(Math.abs(shareOf('least-connections') - 0.66)).toBeLessThan(0.02);
  });
});

describe('by latency', () => {
  const share = (bug: BalancerSpec['bug']) => {
    const ids = names(4);
    const made = balancer(ids, { algorithm: 'ewma', bug });
    let sick = 0;
    for (let i = 0; i < 2000; i++) {
      clockMs = i * 10;
      const id = made.choose(ids, ids);
      if (id === 'web-2') sick++;
      made.ended(id, id === 'web-2' ? 'crash' : 'ok', id === 'web-2' ? 1 : 20);
    }
    return sick / 2000;
  };

  test('errors count as slow, or a target that fails at once gets all', () => {
    expect(share(null)).toBeLessThan(0.05);
    expect(share('errors-are-fast')).toBeGreaterThan(0.9);
  });

  test('an unknown target is taken for an average one: not all go there at once', () => {
    const ids = names(3);
    const made = balancer(ids, { algorithm: 'ewma' });
    for (let i = 0; i < 9; i++) made.ended(made.choose(ids.slice(0, 2), ids), 'ok', 20);
    const chosen = Array.from({ length: 6 }, () => made.choose(ids, ids));
    expect(chosen.filter((id) => id === 'web-3')).toHaveLength(2);
  });
});

describe('by hash', () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`);
  const placed = (made: Balancer, open: readonly NodeId[], all: readonly NodeId[]) =>
    keys.map((key) => {
      const id = made.choose(open, all, key);
      made.ended(id, 'ok');
      return id;
    });

  test('with a consistent one only the keys of the target that is gone move', () => {
    const all = names(10);
    const made = balancer(all, { algorithm: 'consistent-hash' });
    const before = placed(made, all, all);
    const after = placed(made, all.slice(1), all);
    before.forEach((id, i) => {
      if (id !== 'web-1') expect(after[i]).toBe(id);
    });
    const plain = balancer(all, { algorithm: 'source-hash' });
    const moved = placed(plain, all, all);
    const stay = placed(plain, all.slice(1), all).filter((id, i) => id === moved[i]).length;
    expect(stay / keys.length).toBeLessThan(0.2);
  });

  test('with a bound no target has more than 1.25 times the mean in flight', () => {
    const all = names(8);
    const made = balancer(all, { algorithm: 'consistent-hash' });
    for (let i = 0; i < 400; i++) made.choose(all, all, `k${i % 4}`);
    const busy = all.map((id) => made.busyAt(id));
    expect(Math.max(...busy)).toBeLessThanOrEqual(Math.ceil(1.25 * 50));
    expect(busy.reduce((sum, count) => sum + count, 0)).toBe(400);
  });
});

describe('by the table of Maglev', () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`);
  const all = names(10);
  const placed = (made: Balancer, open: readonly NodeId[] = all) =>
    keys.map((key) => {
      const id = made.choose(open, all, key);
      made.ended(id, 'ok');
      return id;
    });
  const moved = (before: readonly NodeId[], after: readonly NodeId[]) =>
    before.filter((id, i) => id !== 'web-1' && id !== after[i]).length / keys.length;

  test('a target that is down takes its keys along, and hardly any others', () => {
    const made = balancer(all, { algorithm: 'maglev' });
    const before = placed(made);
    made.health.checked('web-1', false);
    expect(moved(before, placed(made))).toBeLessThan(0.01);
    made.health.checked('web-1', true);
    expect(placed(made)).toEqual(before);
  });

  test('a retry goes to another target, and moves no other key', () => {
    const made = balancer(all, { algorithm: 'maglev' });
    expect(moved(placed(made), placed(made, all.slice(1)))).toBe(0);
  });

  test('with all but few down, in panic, the keys are where they were', () => {
    const made = balancer(all, { algorithm: 'maglev' }, { 'panic-below': 0.5 });
    const before = placed(made);
    for (const id of all.slice(2)) made.health.checked(id, false);
    expect(placed(made)).toEqual(before);
  });

  test('with a bound no target has more than 1.25 times the mean in flight', () => {
    const made = balancer(all, { algorithm: 'maglev' });
    for (let i = 0; i < 400; i++) made.choose(all, all, `k${i % 4}`);
    const busy = all.map((id) => made.busyAt(id));
    expect(Math.max(...busy)).toBeLessThanOrEqual(Math.ceil(1.25 * 40));
    expect(busy.reduce((sum, count) => sum + count, 0)).toBe(400);
  });
});

describe('ejection', () => {
  const failing = (made: Balancer, id: NodeId, all: readonly NodeId[], count = 5) => {
    for (let i = 0; i < count; i++) {
      made.choose([id], all);
      made.ended(id, 'crash');
    }
  };
  const usable = (made: Balancer, all: readonly NodeId[]) => made.health.usable(all, all);

  test('the n-th time it is out n times as long, up to a most', () => {
    const all = names(3);
    const made = balancer(all, {}, { 'eject-after': 5, 'eject-for': 1000, 'eject-max': 2500 });
    for (const ms of [1000, 2000, 2500, 2500]) {
      failing(made, 'web-1', all);
      clockMs += ms - 1;
      expect(usable(made, all)).toHaveLength(2);
      clockMs += 1;
      expect(usable(made, all)).toHaveLength(3);
    }
  });

  test.each([
    ['in a row', 0, [3, 3, 3, 3, 3, 2]],
    // nginx: `max_fails=3 fail_timeout=10s`. At 10.5 s the first of four is too old.
    ['within 10 s', 10_000, [3, 3, 3, 3, 2, 2]],
  ] as const)('three failures %s eject', (_which, within, left) => {
    const all = names(3);
    const made = balancer(all, {}, { 'eject-after': 3, 'eject-within': within });
    const steps = [
      [0, 'crash'],
      [1000, 'crash'],
      [2000, 'ok'],
      [10_500, 'crash'],
      [11_000, 'crash'],
      [11_500, 'crash'],
    ] as const;
    const seen = steps.map(([atMs, how]) => {
      clockMs = atMs;
      made.choose(['web-1'], all);
      made.ended('web-1', how);
      return usable(made, all).length;
    });
    // 1000, 10500 and 11000 are within 10 s; in a row there are three only at 11500.
    expect(seen).toEqual(left);
  });

  test('what is measured of each target: what it has in flight, and whether it is used', () => {
    const all = names(2);
    const made = balancer(all, { algorithm: 'first' }, { 'eject-after': 1, 'eject-for': 1000 });
    made.choose(all, all);
    made.choose(all, all);
    clockMs = 5;
    made.ended('web-1', 'crash');
    made.choose(all, all);
    clockMs = 1005;
    made.ended('web-2', 'ok');
    made.choose(all, all);
    expect(measured.filter((row) => / (busy|healthy) /.test(row))).toEqual([
      '0 healthy web-1 1',
      '0 healthy web-2 1',
      '0 busy web-1 1',
      '0 busy web-1 2',
      '5 busy web-1 1',
      '5 healthy web-1 0',
      '5 busy web-2 1',
      '1005 busy web-2 0',
      '1005 healthy web-1 1',
      '1005 busy web-1 2',
    ]);
  });

  test.each([
    [null, 3, 1],
    ['eject-all', 3, 2],
  ] as const)('at most half out, bug %s: of three %i fail and %i are out', (bug, count, out) => {
    const all = names(3);
    const made = balancer(all, { bug }, { 'eject-after': 5, 'max-ejected': 0.5 });
    for (const id of all.slice(0, count)) failing(made, id, all);
    expect(3 - usable(made, all).length).toBe(out);
  });

  test('a tenth of fewer than ten is none, unless one is always allowed', () => {
    const all = names(5);
    const given = { 'eject-after': 5, 'max-ejected': 0.1 };
    const made = balancer(all, {}, given);
    failing(made, 'web-1', all);
    expect(usable(made, all)).toHaveLength(5);
    const one = balancer(all, {}, { ...given, 'always-eject-one': true });
    for (const id of all) failing(one, id, all);
    expect(usable(one, all)).toHaveLength(4);
  });

  test('by comparison: far below the mean of enough hosts with enough requests', () => {
    const run = (hosts: number, requests: number, least = 5) => {
      const all = names(hosts);
      const made = balancer(all, {}, { 'sweep-every': 10_000, 'sweep-hosts': least });
      for (let i = 0; i < requests; i++) {
        for (const id of all) {
          made.choose([id], all);
          made.ended(id, id === 'web-1' && i % 2 === 0 ? 'crash' : 'ok');
        }
      }
      clockMs = 10_000;
      return usable(made, all).length;
    };
    expect(run(6, 100)).toBe(5);
    expect(run(6, 99)).toBe(6);
    expect([run(5, 100), run(5, 100, 6)]).toEqual([4, 5]);
  });

  test('by its share of failures, whatever the others do: nine of ten fail everywhere', () => {
    const out = (share: number) => {
      const all = names(6);
      const given = { 'sweep-every': 10_000, 'sweep-failures': share, 'max-ejected': 0.5 };
      const made = balancer(all, {}, given);
      for (let i = 0; i < 100; i++) {
        for (const id of all) {
          made.choose([id], all);
          made.ended(id, i % 10 > 0 ? 'crash' : 'ok');
        }
      }
      clockMs = 10_000;
      return 6 - usable(made, all).length;
    };
    expect([out(0), out(0.85), out(0.95)]).toEqual([0, 3, 0]);
  });

  test('a target that was well at a sweep is out for a shorter time again', () => {
    const all = names(3);
    const given = { 'eject-after': 5, 'eject-for': 1000, 'eject-max': 9000, 'sweep-every': 5000 };
    const made = balancer(all, {}, given);
    failing(made, 'web-1', all);
    clockMs = 5000;
    expect(usable(made, all)).toHaveLength(3);
    failing(made, 'web-1', all);
    expect(usable(made, all)).toHaveLength(2);
    clockMs = 6000;
    expect(usable(made, all)).toHaveLength(3);
  });

  test('a check that passes ends it', () => {
    const all = names(3);
    const made = balancer(all, {}, { 'eject-after': 5 });
    failing(made, 'web-1', all);
    made.health.checked('web-1', false);
    made.health.checked('web-1', true);
    expect(usable(made, all)).toHaveLength(3);
  });

  test('a target that says it is leaving is out for a while', () => {
    const all = names(3);
    const made = balancer(all, {}, { drain: 3000 });
    made.choose(['web-1'], all);
    made.ended('web-1', 'temporarily-unavailable');
    clockMs = 2999;
    expect(usable(made, all)).toEqual(['web-2', 'web-3']);
    clockMs = 3000;
    expect(usable(made, all)).toHaveLength(3);
  });

  test('panic: with too few well, all are used', () => {
    const all = names(10);
    const given = { 'eject-after': 5, 'panic-below': 0.5 };
    const made = balancer(all, {}, given);
    for (const id of all.slice(0, 5)) failing(made, id, all);
    expect(usable(made, all)).toHaveLength(5);
    failing(made, 'web-6', all);
    expect(usable(made, all)).toHaveLength(10);
  });
});

describe('slow start of 60 s: the share of one new of four', () => {
  test('grows with time, from a tenth of its weight on', () => {
    const all = names(4);
    const share = (atMs: number) => {
      const made = balancer(all, { algorithm: 'weighted-random' }, { 'slow-start': 60_000 });
      made.health.checked('web-1', false);
      made.health.checked('web-1', true);
      clockMs = atMs;
      const weight = made.health.warmth('web-1');
      return weight / (3 + weight);
    };
    expect(share(6000)).toBeCloseTo(0.0323, 4);
    expect(share(30_000)).toBeCloseTo(0.1429, 4);
    expect(share(60_000)).toBe(0.25);
    let sum = 0;
    for (let ms = 0; ms < 60_000; ms += 100) sum += share(ms + 50) / 600;
    expect(sum).toBeCloseTo(0.1385, 3);
  });

  test.each([
    [1, 0.25],
    [2, 0.5],
    [0.5, 0.1],
  ])(
    'with an aggression of %f it has %f of its weight after a quarter of the time',
    (aggression, share) => {
      const given = { 'slow-start': 60_000, aggression };
      const made = balancer(names(4), { algorithm: 'weighted-random' }, given);
      made.health.checked('web-1', false);
      made.health.checked('web-1', true);
      clockMs = 15_000;
      expect(made.health.warmth('web-1')).toBeCloseTo(share, 9);
    },
  );

  test('begins anew when an ejection ends', () => {
    const all = names(4);
    const made = balancer(all, {}, { 'slow-start': 60_000, 'eject-after': 1, 'eject-for': 1000 });
    made.choose(['web-1'], all);
    made.ended('web-1', 'crash');
    clockMs = 31_000;
    expect([made.health.warmth('web-1'), made.health.warmth('web-2')]).toEqual([0.5, 1]);
  });

  test.each(['round-robin', 'random', 'two-choices', 'least-connections'] as const)(
    '%s sends it less',
    (algorithm) => {
      const all = names(4);
      const made = balancer(all, { algorithm }, { 'slow-start': 60_000 });
      made.health.checked('web-1', false);
      made.health.checked('web-1', true);
      clockMs = 12_000;
      let cold = 0;
      for (let i = 0; i < 800; i++) {
        const id = made.choose(all, all);
        if (id === 'web-1') cold++;
        if (algorithm === 'two-choices' || i % 8 === 7)
          for (const one of all) while (made.busyAt(one) > 0) made.ended(one, 'ok');
      }
      // An even share is 200; a fifth of the weight is 50.
      expect(cold).toBeLessThan(160);
    },
  );
});

describe('a pool of connections', () => {
  const targets = names(2);

  test('takes the one that came back last, and the coldest when all before it are in use', () => {
    const pool = balancer(targets, { algorithm: 'most-recent', connections: 2 });
    const taken = [1, 2, 3, 4].map(() => pool.choose(targets, targets));
    expect(taken).toEqual(['web-2', 'web-1', 'web-2', 'web-1']);
    pool.ended('web-1', 'ok');
    pool.ended('web-2', 'ok');
    expect([pool.choose(targets, targets), pool.choose(targets, targets)]).toEqual([
      'web-2',
      'web-1',
    ]);
  });

  test('with all in use opens one more, which is closed again', () => {
    const pool = balancer(targets, { algorithm: 'most-recent', connections: 1 });
    for (let i = 0; i < 3; i++) pool.choose(targets, targets);
    expect(pool.busyAt('web-1') + pool.busyAt('web-2')).toBe(3);
    const crowded = pool.busyAt('web-1') === 2 ? 'web-1' : 'web-2';
    for (const id of [...targets, crowded]) pool.ended(id, 'ok');
    expect([pool.choose(targets, targets), pool.choose(targets, targets)].sort()).toEqual(targets);
  });

  test('a connection without an answer is closed; the one in its place is taken last', () => {
    const pool = balancer(targets, { algorithm: 'most-recent', connections: 1 });
    for (let i = 0; i < 2; i++) pool.choose(targets, targets);
    pool.ended('web-1', 'ok');
    pool.ended('web-2', 'timeout');
    expect(pool.choose(targets, targets)).toBe('web-1');
  });

  test('a target that is not well keeps its connections', () => {
    const pool = balancer(targets, { algorithm: 'most-recent' });
    expect(pool.choose(['web-1'], targets)).toBe('web-1');
  });
});

test('each balancer of a subset uses its own targets, and all are used by some', () => {
  const all = names(6);
  const used = [0, 1, 2].map((turn) => {
    const made = balancer(all, { algorithm: 'round-robin', subset: 2, turn });
    const chosen = Array.from({ length: 12 }, () => made.choose(all, all));
    return [...new Set(chosen)].sort();
  });
  expect(used.map((one) => one.length)).toEqual([2, 2, 2]);
  expect(new Set(used.flat()).size).toBe(6);
});

describe('checks', () => {
  const spec = {
    everyMs: 2000,
    fastEveryMs: 500,
    timeoutMs: 100,
    fall: 3,
    rise: 2,
    type: 'request',
    path: '/',
  };

  test('the first decides; then three bad ones in a row, and two good ones, faster while unsure', () => {
    const state = new CheckState(spec);
    const seen = [false, true, false, true, true, false, false, true, false, false, false].map(
      (well) => [state.ended(well), state.up] as const,
    );
    expect(seen).toEqual([
      [2000, false],
      [500, false],
      [2000, false],
      [500, false],
      [2000, true],
      [500, true],
      [500, true],
      [2000, true],
      [500, true],
      [500, true],
      [2000, false],
    ]);
  });

  /** A crash at a random phase is found within (fall - 1) to fall intervals: 4 to 6 s, on average 5. */
  test('how long it takes until a crash is found', () => {
    const random = fixedRandom(6);
    const found = Array.from({ length: 3000 }, () => {
      const state = new CheckState({ ...spec, fastEveryMs: 2000 });
      state.ended(true);
      const crashMs = random.between(0, 2000);
      let ms = 2000;
      while (state.up) ms += state.ended(ms < crashMs);
      return ms - 2000 - crashMs;
    });
    const mean = found.reduce((sum, ms) => sum + ms, 0) / found.length;
    expect(Math.min(...found)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...found)).toBeLessThanOrEqual(6000);
    expect(Math.abs(mean / 5000 - 1)).toBeLessThan(0.03);
  });
});

describe('routes', () => {
  const body = {
    type: 'request',
    path: '/api/users/7',
    host: 'shop.example',
    headers: { lang: 'de' },
    cookie: 'beta',
    tenant: 't1',
  };
  test.each([
    [{}, true],
    [{ path: '/api' }, true],
    [{ path: '/api/' }, true],
    [{ path: '/ap' }, false],
    [{ path: '/api', exact: true }, false],
    [{ path: '/api/users/7', exact: true }, true],
    [{ host: 'shop.example' }, true],
    [{ host: 'other.example' }, false],
    [{ header: 'lang' }, true],
    [{ header: 'lang: de' }, true],
    [{ header: 'lang: fr' }, false],
    [{ header: 'agent' }, false],
    [{ cookie: 'beta', tenant: 't1' }, true],
    [{ cookie: 'beta', tenant: 't2' }, false],
    [{ method: 'write' }, false],
  ])('%j: %s', (route, matched) => {
    expect(matches({ exact: false, to: [], ...route }, body)).toBe(matched);
  });
});

test('four connections of layer 4 at random are on four targets in 9.4% of cases', () => {
  const targets = names(4);
  const made = balancer(targets, { algorithm: 'random' });
  const tries = 20_000;
  let apart = 0;
  for (let i = 0; i < tries; i++) {
    const chosen = targets.map(() => made.choose(targets, targets));
    for (const id of chosen) made.ended(id, 'ok');
    if (new Set(chosen).size === 4) apart++;
  }
  // 4! / 4^4, and three standard deviations.
  expect(Math.abs(apart / tries - 0.09375)).toBeLessThan(0.0062);
});

test('sessions are forgotten when they idle, or are old', () => {
  const sessions = new Sessions(100, 250);
  sessions.keep('a', 'web-1', 0);
  expect([sessions.targetOf('a', 90), sessions.targetOf('a', 180)]).toEqual(['web-1', 'web-1']);
  expect(sessions.targetOf('a', 250)).toBeNull();
  sessions.keep('b', 'web-2', 0);
  expect(sessions.targetOf('b', 100)).toBeNull();
});
