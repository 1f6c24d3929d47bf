/** Every metric over histories drawn by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HandOperation,
  handFacts,
  handFault,
  handHistory,
} from '../../../test/support/hand-history.ts';
import { MessageColumns } from '../../sim/kernel/message-columns.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import { wilson } from '../../sim/proportion.ts';
import { ROLE_NOTE } from '../../sim/trace.ts';
import type {
  Facts,
  Measurement,
  MessageCounts,
  NoteFact,
  ScenarioNames,
  Traffic,
  Window,
} from '../checker.ts';
import { metrics } from './index.ts';
import { complement, disjoint, lengthUs, WindowCursor, windowAt } from './parts/windows.ts';

const whole: readonly Window[] = [{ fromUs: 0, untilUs: 10_000_000 }];
const window = (fromMs: number, untilMs: number): Window => ({
  fromUs: fromMs * 1000,
  untilUs: untilMs * 1000,
});

interface Given {
  readonly args?: readonly string[];
  readonly windows?: readonly Window[];
  readonly facts?: Partial<Facts>;
}

function measure(name: string, operations: readonly HandOperation[], given: Given = {}) {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`there is no ${name}`);
  const { args = [], windows = whole } = given;
  return metric.measure(args, windows, handHistory(operations), handFacts(given.facts));
}

/** `value of samples`. */
function brief({ value, samples }: Measurement): string {
  return `${value} of ${samples}`;
}

const timeout = { outcome: 'info', error: 'timeout', took: 100 } as const;

describe('availability', () => {
  const availability = (operations: readonly HandOperation[], given?: Given) =>
    measure('availability', operations, given);

  test('counts ok and answers in the negative; refusals, timeouts and unknown ends are none', () => {
    const measured = availability([
      { at: 1 },
      { at: 2, error: 'precondition-failed' },
      { at: 3, error: 'key-does-not-exist' },
      { at: 4, error: 'temporarily-unavailable' },
      { at: 5, error: 'overloaded' },
      { at: 6, ...timeout },
      { at: 7, outcome: 'info', error: 'crash' },
      { at: 8, error: 'never-heard-of' },
    ]);
    expect(measured).toEqual({
      value: 3 / 8,
      samples: 8,
      because:
        '5 of 8 requests unanswered; first #3 at 0.004s: temporarily-unavailable; only 1 of 3 answers took effect',
    });
  });

  test('says where it is worst', () => {
    const measured = availability([
      { at: 1, node: 'kv-1', ...timeout },
      { at: 2, node: 'kv-1' },
      { at: 3, node: 'kv-2', ...timeout },
      { at: 4, node: 'kv-3' },
    ]);
    expect(measured.because).toBe(
      '2 of 4 requests unanswered; worst at kv-2: 0 of 1 answered; first #0 at 0.001s: timeout',
    );
    expect(availability([{ at: 1 }, { at: 2 }]).because).toBe('all 2 requests answered');
  });

  test('asks nothing of nodes that were down, nor of requests that never left', () => {
    const down = [
      { node: 'kv-1', fromUs: 6000, untilUs: 7000 },
      { node: 'kv-1', fromUs: 5000, untilUs: 9000 },
      { node: 'kv-2', fromUs: 0, untilUs: 2000 },
    ];
    const operations: HandOperation[] = [
      { at: 1, node: 'kv-2', ...timeout },
      { at: 2, node: 'kv-2' },
      { at: 4 },
      { at: 5, ...timeout },
      { at: 8, ...timeout },
      { at: 9 },
      { at: 10, node: null, error: 'circuit-open' },
    ];
    expect(brief(availability(operations, { facts: { down } }))).toBe('1 of 3');
    const dead = availability([{ at: 6, ...timeout }], { facts: { down } });
    expect(dead).toEqual({
      value: null,
      samples: 0,
      because: '1 request went to nodes that were down',
    });
    const windows = [window(0, 60)];
    const early = availability([{ at: 2 }, { at: 6 }, { at: 7 }], { facts: { down }, windows });
    expect(early.because).toBe(
      'the window is too short: 1 request might still be answered after it, and 2 requests went to nodes that were down',
    );
  });

  test('an operation belongs to the window of its invocation; the last ones count neither way', () => {
    const windows = [window(1000, 2000)];
    const operations: HandOperation[] = [
      { at: 999, ...timeout },
      { at: 1000 },
      { at: 1899, ...timeout },
      // Invoked less than the patience of 100 ms before the end.
      { at: 1900, took: 1 },
      { at: 1950, ...timeout },
      { at: 2000, ...timeout },
    ];
    expect(brief(availability(operations, { windows }))).toBe('0.5 of 2');
    expect(availability([{ at: 1950 }], { windows })).toEqual({
      value: null,
      samples: 0,
      because: 'the window is too short: 1 request might still be answered after it',
    });
  });

  test('where clients wait forever, an answer after the window is none', () => {
    const loads = handFacts().loads.map((load) => ({ ...load, timeoutUs: Infinity }));
    const given = { windows: [window(1000, 2000)], facts: { loads } };
    const operations = [
      { at: 1500, took: 500 },
      { at: 1600, took: 401 },
      { at: 1990, took: 9 },
    ];
    expect(brief(availability(operations, given))).toBe(`${2 / 3} of 3`);
  });

  test('over several windows, which may overlap, each request once', () => {
    const windows = [window(3000, 4000), window(1000, 2000), window(1500, 3500)];
    const operations = [500, 1600, 3200, 3600, 4200].map((at) => ({ at }));
    expect(brief(availability(operations, { windows }))).toBe('1 of 3');
  });

  test('by node, group, load and operation; kinds restrict, names of one kind add up', () => {
    const operations: HandOperation[] = [
      { at: 1, node: 'kv-1', f: 'read' },
      { at: 2, node: 'kv-1', f: 'write', ...timeout },
      { at: 3, node: 'kv-2', f: 'write' },
      { at: 4, node: 'lb', f: 'cas', ...timeout },
      { at: 5, node: 'kv-3', f: 'cas', load: 'other', ...timeout },
    ];
    const groups = [...handFacts().groups, { name: 'edge', kind: 'lb', nodes: ['lb'] }];
    const loads = [...handFacts().loads, ...handFacts().loads].map((load, i) => ({
      ...load,
      name: i === 0 ? 'load' : 'other',
    }));
    const of = (...args: string[]) =>
      brief(availability(operations, { args, facts: { groups, loads } }));
    expect([
      of(),
      of('kv-1'),
      of('kv-1', 'kv-2'),
      of('kv'),
      of('edge'),
      of('load'),
      of('write'),
      of('read', 'write'),
      of('kv-1', 'write'),
      of('kv', 'cas', 'load'),
    ]).toEqual([
      '0.4 of 5',
      '0.5 of 2',
      `${2 / 3} of 3`,
      '0.5 of 4',
      '0 of 1',
      '0.5 of 4',
      '0.5 of 2',
      `${2 / 3} of 3`,
      '0 of 1',
      'null of 0',
    ]);
    const none = availability(operations, { args: ['kv', 'cas', 'load'] });
    expect(none.because).toBe('nothing was asked of kv, cas, load in the window');
  });
});

describe('sides', () => {
  const at = (ms: number, node: string, answered: boolean): HandOperation =>
    answered ? { at: ms, node } : { at: ms, node, ...timeout };
  const of = (side: string, operations: HandOperation[], given: Given) =>
    brief(measure('availability', operations, { ...given, args: [side] }));

  test('are those of the fault in force', () => {
    const faults = [handFault(1000, 2000)];
    const operations = [
      at(1100, 'kv-1', false),
      at(1200, 'kv-2', true),
      at(1300, 'kv-3', true),
      at(1400, 'kv-4', true),
    ];
    const given = { windows: [window(1000, 2000)], facts: { faults } };
    expect(of('minority', operations, given)).toBe('0.5 of 2');
    expect(of('majority', operations, given)).toBe('1 of 2');
    expect(of('left', operations, given)).toBe('null of 0');
  });

  test('before and after a fault are those it makes and made', () => {
    const faults = [handFault(3000, 4000)];
    const operations = [500, 3500, 5000].flatMap((ms) => [
      at(ms, 'kv-1', ms !== 3500),
      at(ms, 'kv-5', true),
    ]);
    const over = (...windows: Window[]) =>
      of('minority', operations, { windows, facts: { faults } });
    expect(over(window(0, 3000))).toBe('1 of 1');
    expect(over(window(3000, 4000))).toBe('0 of 1');
    expect(over(window(4000, 10_000))).toBe('1 of 1');
    expect(over(...whole)).toBe(`${2 / 3} of 3`);
  });

  test('of two faults, one after the other, change with them', () => {
    const second = handFault(5000, 6000, {
      name: 'partition-2',
      sides: [
        { name: 'minority', nodes: ['kv-5'] },
        { name: 'majority', nodes: ['kv-1', 'kv-2', 'kv-3', 'kv-4'] },
      ],
    });
    const faults = [handFault(1000, 2000), second];
    const operations = [1500, 3000, 5500, 7000].flatMap((ms) => [
      at(ms, 'kv-1', ms === 1500 || ms === 3000),
      at(ms, 'kv-5', ms === 5500),
    ]);
    const over = (...windows: Window[]) =>
      of('minority', operations, { windows, facts: { faults } });
    expect(over(window(1000, 2000), window(5000, 6000))).toBe('1 of 2');
    expect(over(window(2000, 5000))).toBe('1 of 1');
    expect(over(window(6000, 9000))).toBe('0 of 1');
  });

  test('of two that overlap add up, but in the window of one that one decides', () => {
    const second = handFault(1500, 3000, {
      name: 'partition-2',
      sides: [{ name: 'minority', nodes: ['kv-5'] }],
    });
    const faults = [handFault(1000, 2000), second];
    const operations = [
      at(1600, 'kv-1', true),
      at(1700, 'kv-5', true),
      at(2500, 'kv-1', true),
      at(2600, 'kv-5', true),
    ];
    const over = (...windows: Window[]) =>
      of('minority', operations, { windows, facts: { faults } });
    expect(over(window(1000, 3000))).toBe('1 of 3');
    expect(over(window(1500, 3000))).toBe('1 of 2');
    expect(over(window(1000, 2000))).toBe('1 of 1');
  });
});

describe('latency', () => {
  const operations: HandOperation[] = Array.from({ length: 1000 }, (_, i) => ({
    at: i,
    took: ((i * 7) % 1000) + 1,
  }));
  const value = (name: string, given?: Given) => measure(name, operations, given).value;

  test('quantiles by nearest rank, mean and maximum', () => {
    expect(['p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean'].map((name) => value(name))).toEqual(
      [500, 900, 950, 990, 999, 1000, 500.5],
    );
  });

  test('of operations invoked in the window; without an answer slower than any in quantiles', () => {
    const some: HandOperation[] = [
      { at: 1, took: 900 },
      { at: 10, took: 5 },
      { at: 11, took: 70, error: 'overloaded' },
      { at: 12, ...timeout },
      { at: 13, took: 40, f: 'write' },
      { at: 99, took: 800 },
    ];
    const given = { windows: [window(10, 99)] };
    const because =
      '4 operations, 2 without an answer, the first #2 at 0.011s: overloaded, ' +
      'slowest answer: #4 at 0.013s, 40ms';
    expect(measure('max', some, given)).toEqual({ value: 40, samples: 4, because });
    expect(measure('mean', some, given).value).toBe(22.5);
    expect(measure('p50', some, given)).toEqual({ value: 40, samples: 4, because });
    expect(measure('p90', some, given)).toEqual({ value: Infinity, samples: 4, because });
    expect(measure('p50', some, { ...given, args: ['write'] }).value).toBe(40);
    expect(measure('p99', some, { ...given, args: ['cas'] })).toEqual({
      value: null,
      samples: 0,
      because: 'no operation of cas invoked in the window was answered',
    });
  });

  test('of nothing but refusals: quantiles have no end, mean and maximum no sample', () => {
    const some: HandOperation[] = [{ at: 1, error: 'overloaded' }];
    expect(measure('p50', some).value).toBe(Infinity);
    expect(measure('max', some).value).toBeNull();
    expect(measure('mean', some).value).toBeNull();
  });

  test('a meaningful no is an answer; what was under way at the end is neither', () => {
    const some: HandOperation[] = [
      { at: 1, took: 7, error: 'precondition-failed' },
      { at: 2, took: Infinity, error: 'timeout' },
    ];
    expect(measure('p99', some)).toMatchObject({ value: 7, samples: 1 });
  });

  test('what a client only took down has no latency, and was no request', () => {
    const some: HandOperation[] = [
      { at: 1, took: 8 },
      { at: 2, took: 0, f: 'deliver', recorded: true },
      { at: 30, took: 0, f: 'deliver', recorded: true },
    ];
    expect(measure('p50', some)).toMatchObject({ value: 8, samples: 1 });
    expect(measure('availability', some).samples).toBe(1);
    expect(measure('longest gap', some, { windows: [window(0, 100)] }).value).toBe(91);
    expect(measure('operations', some).value).toBe(3);
  });

  test('nearest rank agrees with sorting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 1000 }),
        (values, permille) => {
          const sorted = [...values].sort((a, b) => a - b);
          const rank = Math.max(1, Math.ceil((permille * values.length) / 1000));
          expect(nearestRank(Float64Array.from(values), permille / 1000)).toBe(sorted[rank - 1]);
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });

  test('nearest rank of sorted, reversed and equal values takes no quadratic time', () => {
    const n = 300_000;
    for (const of of [(i: number) => i, (i: number) => n - i, () => 3, (i: number) => i % 2]) {
      const values = Float64Array.from({ length: n }, (_, i) => of(i));
      const sorted = Float64Array.from(values).sort();
      expect(nearestRank(values, 0.99)).toBe(sorted[Math.ceil(0.99 * n) - 1]);
    }
  });
});

test('availability says so if most of what was answered took no effect', () => {
  const refused = Array.from({ length: 9 }, (_, i) => {
    return { at: 100 * i, f: 'cas', error: 'precondition-failed' } as const;
  });
  const few = measure('availability', [...refused, { at: 950 }]);
  expect(few.value).toBe(1);
  expect(few.because).toMatch(/; only 1 of 10 answers took effect$/);
  const half = measure('availability', [...refused.slice(0, 1), { at: 950 }]);
  expect(half.because).toBe('all 2 requests answered');
});

describe('longest gap', () => {
  test('lies between answers, or between one and the edge of its window', () => {
    const operations: HandOperation[] = [
      { at: 1000, took: 5 },
      { at: 1200, ...timeout },
      { at: 2000, took: 10 },
      { at: 1990, took: 1 },
      { at: 2500, ...timeout },
    ];
    expect(measure('longest gap', operations, { windows: [window(900, 2600)] })).toEqual({
      value: 986,
      samples: 3,
      because: 'no answer for 986ms from 1.005s on',
    });
    const after = measure('longest gap', operations, { windows: [window(1950, 4000)] });
    expect(after.because).toBe('no answer for 1.99s from 2.010s on');
    const before = measure('longest gap', operations, { windows: [window(500, 1300)] });
    expect(before.value).toBe(505);
  });

  test('sees answers to what was asked before its window, or of a node that was paused', () => {
    const slow = Array.from({ length: 30 }, (_, i) => ({ at: i * 100, took: 1000 }));
    const windows = [window(2000, 3000)];
    expect(measure('longest gap', slow, { windows })).toMatchObject({ value: 100, samples: 10 });
    const paused = [
      { at: 3500, took: 3 },
      { at: 4600, took: 900 },
      { at: 6000, took: 3 },
    ];
    const down = [{ node: 'kv-1', fromUs: 4_500_000, untilUs: 5_500_000 }];
    const whole = { windows: [window(3500, 6003)], facts: { down } };
    expect(measure('longest gap', paused, whole).value).toBe(1997);
  });

  test('is the whole window when nothing was answered, and nothing when nothing was asked', () => {
    const none = measure('longest gap', [{ at: 1200, ...timeout }], {
      windows: [window(1000, 2000)],
    });
    expect(brief(none)).toBe('1000 of 0');
    expect(brief(measure('longest gap', []))).toBe('null of 0');
    const windows = [window(1000, 2000), window(3000, 9000)];
    expect(measure('longest gap', [{ at: 1200 }], { windows }).value).toBe(799);
  });
});

describe('counts', () => {
  const operations: HandOperation[] = [
    { at: 100, f: 'read' },
    { at: 200, f: 'write', ...timeout },
    { at: 300, f: 'write', error: 'overloaded' },
    { at: 400, f: 'cas', error: 'precondition-failed' },
    { at: 900, f: 'read', took: 200 },
  ];
  const first = [window(0, 1000)];

  test('operations', () => {
    expect(measure('operations', operations)).toEqual({
      value: 5,
      samples: 5,
      because: '5 of 5 invoked',
    });
    expect(brief(measure('operations', operations, { args: ['write'], windows: first }))).toBe(
      '2 of 5',
    );
    expect(brief(measure('operations', operations, { args: ['send'] }))).toBe('0 of 5');
    expect(brief(measure('operations', operations, { windows: [window(2000, 3000)] }))).toBe(
      'null of 0',
    );
  });

  test('throughput is of those that ended in the window, over its length', () => {
    const later = [window(1000, 1500)];
    expect(brief(measure('throughput', operations, { windows: first }))).toBe('1 of 5');
    expect(measure('throughput', operations, { windows: later })).toEqual({
      value: 2,
      samples: 1,
      because: '1 operations ended ok in 500ms',
    });
    expect(brief(measure('throughput', operations))).toBe('0.2 of 5');
    expect(brief(measure('throughput', operations, { args: ['write'], windows: first }))).toBe(
      '0 of 2',
    );
    expect(brief(measure('throughput', [], { windows: first }))).toBe('null of 0');
  });

  test('errors, by code or all that are no answers', () => {
    const of = (...args: string[]) => measure('errors', operations, { args });
    expect(of()).toEqual({
      value: 2,
      samples: 5,
      because: 'timeout 1, overloaded 1, of 5 operations; first #1 at 0.200s',
    });
    expect(brief(of('timeout'))).toBe('1 of 5');
    expect(brief(of('precondition-failed', 'overloaded'))).toBe('2 of 5');
    expect(of('overloaded', 'read')).toEqual({
      value: 0,
      samples: 2,
      because: 'none among 2 operations',
    });
    expect(brief(of('overloaded', 'send'))).toBe('null of 0');
    const unended = handHistory([{ at: 1, outcome: 'info' }]);
    const errors = metrics.get('errors');
    expect(errors?.measure([], whole, unended, handFacts()).because).toContain('no end 1');
  });
});

describe('leaders', () => {
  const took = (atMs: number, node: string, term: number, role = 'leader'): NoteFact => ({
    atUs: atMs * 1000,
    node,
    label: ROLE_NOTE,
    detail: { role, term },
  });
  const notes = [
    took(100, 'kv-1', 1, 'candidate'),
    took(110, 'kv-1', 1),
    took(500, 'kv-2', 2),
    took(600, 'kv-3', 2),
    took(610, 'kv-3', 2),
    took(700, 'other-1', 2),
    { ...took(800, 'kv-4', 2), label: 'became leader' },
  ];
  const groups = [...handFacts().groups, { name: 'other', kind: 'raft', nodes: ['other-1'] }];
  const given = (args: string[], windows = whole): Given => ({
    args,
    windows,
    facts: { notes, groups },
  });

  test('leaderless is the time in which nobody leads who is up', () => {
    const roles = [
      took(100, 'kv-1', 1),
      took(400, 'kv-1', 1, 'follower'),
      took(500, 'kv-2', 2),
      took(450, 'other-1', 1),
    ];
    const down = [
      { node: 'kv-2', fromUs: 600_000, untilUs: 650_000 },
      { node: 'kv-2', fromUs: 900_000, crashedAtUs: 900_000, untilUs: 5_000_000 },
    ];
    const facts = { notes: roles.toSorted((a, b) => a.atUs - b.atUs), groups, down };
    const of = (name: string, args: string[]) =>
      measure(name, [], { args, windows: [window(0, 1000)], facts });
    // Until 100, from 400 to 500, while kv-2 is paused from 600 to 650, and after its crash at 900.
    expect(of('leaderless', ['kv'])).toEqual({
      value: 0.35,
      samples: 4,
      because: '4 times, longest from 0.000s to 0.100s',
    });
    expect(brief(of('longest leaderless', ['kv']))).toBe('100 of 4');
    expect(brief(of('longest leaderless', []))).toBe('100 of 2');
    expect(brief(of('leaderless', ['kv-3']))).toBe('null of 0');
  });

  test('who is cut off from a quorum leads nobody, whoever cut what, one way or both', () => {
    const notes = [took(0, 'kv-1', 1)];
    const groups = [{ name: 'kv', kind: 'raft', nodes: ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'] }];
    const cut = (from: string, to: string, fromMs: number, untilMs: number) => ({
      from,
      to,
      fromUs: fromMs * 1000,
      untilUs: untilMs * 1000,
    });
    const cuts = [
      // Both ways, and by two faults of which one heals earlier.
      cut('kv-1', 'kv-2', 100, 500),
      cut('kv-2', 'kv-1', 100, 300),
      cut('kv-3', 'kv-1', 150, 400),
      cut('kv-1', 'kv-4', 200, 450),
      cut('kv-1', 'kv-4', 220, 300),
      // Between others.
      cut('kv-2', 'kv-5', 0, 1000),
    ];
    const down = [{ node: 'kv-5', fromUs: 700_000, untilUs: 900_000 }];
    const of = (quorum: number | null, name = 'leaderless') => {
      const quorums = new Map(quorum === null ? [] : [['kv', quorum]]);
      const facts = { notes, groups, down, reach: { cuts, quorums } };
      return brief(measure(name, [], { args: ['kv'], windows: [window(0, 1000)], facts }));
    };
    // Three of five: itself and two more. From 200, when the third is cut off, until 400.
    expect(of(3)).toBe('0.2 of 1');
    expect(of(3, 'longest leaderless')).toBe('200 of 1');
    // Four of five: from the second cut to the last but one.
    expect(of(4)).toBe('0.3 of 1');
    // All: from the first cut to the last, and while kv-5 is down.
    expect(of(5)).toBe('0.6 of 2');
    expect(of(null)).toBe('0 of 0');
  });

  test('are counted as often as somebody came to lead', () => {
    expect(brief(measure('leaders', [], given([])))).toBe('5 of 5');
    expect(brief(measure('leaders', [], given(['kv'])))).toBe('4 of 4');
    expect(brief(measure('leaders', [], given(['kv-3'])))).toBe('2 of 2');
    expect(measure('leaders', [], given(['kv'], [window(450, 605)]))).toEqual({
      value: 2,
      samples: 4,
      because: 'kv-2 at 0.500s, kv-3 at 0.600s',
    });
    expect(brief(measure('leaders', [], given([], [window(5000, 6000)])))).toBe('0 of 5');
    expect(brief(measure('leaders', []))).toBe('null of 0');
  });

  test('per term: distinct nodes of one group in one term', () => {
    expect(measure('leaders per term', [], given([]))).toEqual({
      value: 2,
      samples: 3,
      because: 'term 2: kv-2 at 0.500s, kv-3 at 0.600s',
    });
    expect(brief(measure('leaders per term', [], given(['other'])))).toBe('1 of 1');
    expect(brief(measure('leaders per term', [], given([], [window(0, 500)])))).toBe('1 of 1');
    expect(brief(measure('leaders per term', []))).toBe('null of 0');
  });
});

interface SentRow {
  readonly atUs: number;
  readonly type: number;
  readonly bytes: number;
}

/** Messages of types t0 to t2, none of them dropped. */
function trafficOf(rows: readonly SentRow[], rowsMax?: number): Traffic {
  const sent = new MessageColumns(true, rowsMax);
  for (const { atUs, type, bytes } of rows) {
    const message = { type: '', bytes: bytes - 64 };
    sent.add(atUs, type, message);
  }
  return { types: ['t0', 't1', 't2'], sent, dropped: new MessageColumns(false) };
}

function countsOf(rows: readonly SentRow[]): MessageCounts {
  const byType = new Map<string, number>();
  for (const { type } of rows) byType.set(`t${type}`, (byType.get(`t${type}`) ?? 0) + 1);
  return { sent: rows.length, delivered: 0, copies: 0, dropped: 0, clientSent: 0, byType };
}

describe('messages', () => {
  const byType = new Map([
    ['vote', 2],
    ['append', 30],
    ['append_ok', 28],
    ['install', 1],
  ]);
  const facts = {
    messages: { sent: 61, delivered: 50, copies: 0, dropped: 11, clientSent: 9, byType },
  };
  const operations = [{ at: 1 }, { at: 2, f: 'write' }, { at: 3 }, { at: 10_500 }];

  test('sent, dropped and per operation, final reads left out', () => {
    expect(measure('messages', operations, { facts })).toEqual({
      value: 61,
      samples: 61,
      because: 'most of them: append 30, append_ok 28, vote 2',
    });
    expect(measure('dropped', operations, { facts })).toEqual({
      value: 11,
      samples: 61,
      because: '11 of 61 messages dropped',
    });
    expect(measure('messages per operation', operations, { facts })).toEqual({
      value: 61 / 3,
      samples: 3,
      because: '61 messages between nodes, 3 operations',
    });
    expect(measure('messages per operation', operations, { facts, args: ['write'] }).value).toBe(
      61,
    );
    expect(
      measure('messages per operation', operations, { facts, args: ['cas'] }).value,
    ).toBeNull();
    expect(measure('dropped', operations).value).toBeNull();
  });

  test('never hold on an idle run, nor for a type that nobody sends', () => {
    for (const name of ['messages', 'dropped', 'bytes']) {
      const traffic = trafficOf([]);
      expect(measure(name, operations, { facts: { traffic } })).toEqual({
        value: null,
        samples: 0,
        because: 'no node sent a message',
      });
    }
    expect(measure('messages', operations, { facts, args: ['apend'] })).toEqual({
      value: null,
      samples: 0,
      because:
        'no node sent a message of type apend; most of them: append 30, append_ok 28, vote 2',
    });
    expect(measure('messages', operations, { facts, args: ['vote', 'install'] }).value).toBe(3);
  });

  test('copies that were dropped too are told as such', () => {
    const doubled = { ...facts.messages, sent: 212, dropped: 424, copies: 212 };
    expect(measure('dropped', operations, { facts: { messages: doubled } })).toEqual({
      value: 424,
      samples: 424,
      because: '424 dropped of 212 messages and of copies that the network made',
    });
  });

  test('windows, types and bytes are exact, against a naive count', () => {
    const rowArb = fc.record({
      atUs: fc.integer({ min: 0, max: 99 }),
      type: fc.integer({ min: 0, max: 2 }),
      bytes: fc.integer({ min: 64, max: 999 }),
    });
    const edge = fc.integer({ min: 0, max: 100 });
    const windowsArb = fc.array(
      fc.tuple(edge, edge).map(([a, b]) => ({ fromUs: Math.min(a, b), untilUs: Math.max(a, b) })),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.array(rowArb, { maxLength: 40 }), windowsArb, (rows, windows) => {
        const sorted = rows.sort((a, b) => a.atUs - b.atUs);
        const traffic = trafficOf(sorted);
        const inside = sorted.filter(({ atUs }) =>
          windows.some(({ fromUs, untilUs }) => fromUs <= atUs && atUs < untilUs),
        );
        const given = { facts: { traffic, messages: countsOf(sorted), durationUs: 1000 }, windows };
        const ofType = inside.filter(({ type }) => type === 1);
        const sum = (of: typeof inside) => of.reduce((total, row) => total + row.bytes, 0);
        const some = inside.length > 0;
        const everOfType = sorted.some(({ type }) => type === 1);
        const args = ['t1'];
        expect(measure('messages', [], given).value).toBe(some ? inside.length : null);
        expect(measure('bytes', [], given).value).toBe(some ? sum(inside) : null);
        const typed = some && everOfType;
        expect(measure('messages', [], { ...given, args }).value).toBe(
          typed ? ofType.length : null,
        );
        expect(measure('bytes', [], { ...given, args }).value).toBe(typed ? sum(ofType) : null);
      }),
      { seed: 9 },
    );
  });

  test('per operation, of the operations invoked in the window', () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ atUs: 500 * i, type: 0, bytes: 100 }));
    const given = {
      facts: { traffic: trafficOf(rows), messages: countsOf(rows) },
      windows: [window(1, 3)],
    };
    expect(measure('messages per operation', operations, given).value).toBe(4 / 2);
    expect(measure('bytes per operation', operations, given).value).toBe(400 / 2);
    expect(measure('bytes per operation', operations, { ...given, args: ['write'] }).value).toBe(
      400,
    );
  });

  test('per node and second, over the windows', () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ atUs: 500_000 * i, type: 0, bytes: 100 }));
    const groups = [{ nodes: ['a', 'b'] }, { nodes: ['c'] }];
    const facts = { groups, traffic: trafficOf(rows), messages: countsOf(rows) } as never;
    const given = { facts, windows: [window(1000, 3000)] };
    expect(measure('messages per node and second', [], given)).toMatchObject({
      value: 4 / 3 / 2,
      because: '4 messages, 3 nodes in 2.000s',
    });
    expect(measure('bytes per node and second', [], given).value).toBe(400 / 3 / 2);
    const typed = { ...given, args: ['no-such-type'] };
    expect(measure('messages per node and second', [], typed).value).toBeNull();
  });

  test('are unknown beyond what found room, or where nothing was kept', () => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ atUs: 500 * i, type: 0, bytes: 100 }));
    const given = { facts: { traffic: trafficOf(rows, 4), messages: countsOf(rows) } };
    expect(measure('messages', [], { ...given, windows: [window(0, 2)] }).value).toBe(4);
    expect(measure('messages', [], { ...given, windows: [window(0, 3)] })).toEqual({
      value: null,
      samples: 0,
      because: '8 messages found no room from 0.002s on',
      isUnknown: true,
    });
    const none = { facts: { messages: countsOf(rows) }, windows: [window(0, 2)] };
    expect(measure('messages', [], none)).toMatchObject({ isUnknown: true });
  });
});

test('metrics accept the names they understand, and no others', () => {
  const names: ScenarioNames = {
    groups: ['kv'],
    nodes: ['kv-1'],
    loads: ['load'],
    faults: ['partition'],
    faultKinds: ['partition'],
    operations: ['read', 'write'],
    sides: ['majority', 'minority'],
  };
  const accepted = (name: string) => metrics.get(name)?.accepts(names);
  const scope = ['majority', 'minority', 'kv-1', 'kv', 'load', 'read', 'write'];
  expect(accepted('availability')).toEqual(scope);
  expect(accepted('p99.9')).toEqual(scope);
  expect(accepted('throughput')).toEqual(scope);
  expect(accepted('errors')).toEqual(expect.arrayContaining(['timeout', 'overloaded', ...scope]));
  expect(accepted('leaders per term')).toEqual(['kv', 'kv-1']);
  expect(accepted('messages per operation')).toEqual(['read', 'write']);
  expect(accepted('messages')).toEqual([]);
  for (const [name, metric] of metrics) {
    expect(metric.name).toBe(name);
    expect(metric.summary).toMatch(/\.$/);
    expect(metric.doc).toMatch(/arguments?/i);
  }
});

describe('windows', () => {
  test('disjoint joins what touches and drops what is empty', () => {
    expect(
      disjoint([window(5, 6), window(1, 2), window(2, 3), window(4, 4), window(1, 1.5)]),
    ).toEqual([window(1, 3), window(5, 6)]);
  });

  test('complement is what is left', () => {
    expect(complement([window(2, 3), window(0, 1)], window(0, 5))).toEqual([
      window(1, 2),
      window(3, 5),
    ]);
    expect(complement([window(0, 9)], window(0, 5))).toEqual([]);
    expect(complement([], window(0, 5))).toEqual([window(0, 5)]);
  });

  test('a cursor, and searching, find the window that holds a moment', () => {
    const list = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 })),
    );
    fc.assert(
      fc.property(list, (pairs) => {
        const windows = disjoint(pairs.map(([from, length]) => window(from, from + length)));
        const cursor = new WindowCursor(windows);
        let covered = 0;
        for (let ms = 0; ms < 80; ms++) {
          const held = windows.findIndex(
            ({ fromUs, untilUs }) => fromUs <= ms * 1000 && ms * 1000 < untilUs,
          );
          expect(cursor.find(ms * 1000)).toBe(held);
          expect(windowAt(windows, ms * 1000)).toBe(held);
          const asGiven = pairs.some(([from, length]) => from <= ms && ms < from + length);
          expect(held !== -1).toBe(asGiven);
          if (asGiven) covered += 1000;
        }
        expect(lengthUs(windows)).toBe(covered);
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});

test("Wilson's interval", () => {
  // 1 of 10, 95%: 0.0179 to 0.4042; by hand from the formula with z = 1.96.
  const { low, high } = wilson(1, 10);
  expect(low).toBeCloseTo(0.0179, 4);
  expect(high).toBeCloseTo(0.4042, 4);
  expect(wilson(0, 4).high).toBeLessThan(0.5);
  expect(wilson(0, 3).high).toBeGreaterThan(0.5);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  expect(wilson(30, 30).high).toBe(1);
});
