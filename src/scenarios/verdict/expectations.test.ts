/** The judge over histories and facts drawn by hand: every state of every kind of expectation. */
import { describe, expect, test } from 'vitest';
import {
  type HandOperation,
  handFacts,
  handFault,
  handHistory,
  interfaceNamed,
} from '../../../test/support/hand-history.ts';
import { handScenario } from '../../../test/support/hand-scenario.ts';
import {
  type Checker,
  type Facts,
  type FaultFact,
  NO_ARGUMENTS,
  type Verdict,
} from '../../checks/checker.ts';
import { metrics } from '../../checks/metrics/index.ts';
import { nothingFelt } from '../../sim/fault.ts';
import { formatMeasured } from '../../sim/units.ts';
import type { Judged } from '../result.ts';
import type { Expectation, FaultSpec, WindowSpec } from '../scenario.ts';
import type { Comparison } from '../values/comparison.ts';
import { judge, windowsOf, worstState } from './expectations.ts';

const run: WindowSpec = { when: 'run', of: null };
const during: WindowSpec = { when: 'during', of: 'partition' };
const timeout = { outcome: 'info', error: 'timeout', took: 100 } as const;

function metric(
  name: string,
  comparison: Comparison,
  value: number,
  window: WindowSpec = run,
  args: readonly string[] = [],
): Expectation {
  const found = metrics.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  const text = `${name} ${comparison} ${value}`;
  return { kind: 'metric', text, position: null, metric: found, args, comparison, value, window };
}

function sometimes(label: string, window: WindowSpec = run): Expectation {
  return { kind: 'sometimes', text: `sometimes '${label}'`, position: null, label, window };
}

function felt(fault: string | null): Expectation {
  return { kind: 'felt', text: `felt ${fault ?? ''}`.trim(), position: null, fault };
}

/** A checker that gives the verdicts it was made with, and counts how often it is asked. */
function saying(verdict: Verdict, name = 'consistent'): Checker & { asked: number } {
  const checker = {
    name,
    summary: '',
    sources: [],
    judges: [interfaceNamed('register')],
    ...NO_ARGUMENTS,
    asked: 0,
    check() {
      checker.asked++;
      return {
        checker: name,
        verdict,
        summary: `it is ${verdict}`,
        reasons: verdict === 'fail' ? ['#3 read a value that was gone'] : [],
        evidence: [],
        key: null,
        atUs: null,
        numbers: {},
      };
    },
  };
  return checker;
}

function check(checker: Checker): Expectation {
  return { kind: 'check', text: checker.name, position: null, checker };
}

function judgeAll(
  expectations: readonly Expectation[],
  operations: readonly HandOperation[] = [{ at: 1 }],
  facts: Partial<Facts> = {},
) {
  return judge(handScenario({ expect: expectations }), handHistory(operations), handFacts(facts));
}

function judgeOne(
  ...args: Parameters<typeof judgeAll> extends [unknown, ...infer R] ? [Expectation, ...R] : never
): Judged {
  const [expectation, ...rest] = args;
  const [judged] = judgeAll([expectation], ...rest).judged;
  if (judged === undefined) throw new Error('one expectation, one judgement');
  return judged;
}

function brief({ state, measured, because }: Judged): string {
  return `${state}: ${measured} (${because})`;
}

describe('the worst', () => {
  test('of states is violated, unknown, never exercised, held', () => {
    expect(worstState(['held', 'held'])).toBe('held');
    expect(worstState(['held', 'never exercised', 'held'])).toBe('never exercised');
    expect(worstState(['never exercised', 'unknown', 'held'])).toBe('unknown');
    expect(worstState(['unknown', 'held', 'violated', 'never exercised'])).toBe('violated');
  });

  test('of nothing expected is never exercised', () => {
    expect(judgeAll([])).toEqual({
      checks: [],
      judged: [],
      shares: [],
      labels: [],
      state: 'never exercised',
    });
  });

  test('of a run is that of its expectations, in their order', () => {
    const { judged, state } = judgeAll([
      metric('operations', '>=', 1),
      check(saying('unknown')),
      metric('availability', '>', 0.5),
    ]);
    expect(judged.map((one) => one.state)).toEqual(['held', 'unknown', 'held']);
    expect(judged.map(({ text }) => text)).toEqual([
      'operations >= 1',
      'consistent',
      'availability > 0.5',
    ]);
    expect(state).toBe('unknown');
  });
});

describe('checks', () => {
  test.each<[Verdict, string]>([
    ['pass', 'held: it is pass (1 answer could have been wrong)'],
    ['fail', 'violated: it is fail (#3 read a value that was gone)'],
    ['unknown', 'unknown: it is unknown (it is unknown)'],
  ])('%s', (verdict, words) => {
    const judged = judgeOne(check(saying(verdict)));
    expect(brief(judged)).toBe(words);
    expect(judged.check?.verdict).toBe(verdict);
  });

  test('that pass over a history without success were never exercised', () => {
    const judged = judgeOne(check(saying('pass')), [{ at: 1, ...timeout }]);
    expect(judged.state).toBe('never exercised');
    expect(judgeOne(check(saying('pass')), []).state).toBe('never exercised');
    expect(judgeOne(check(saying('pass')), [{ at: 1, load: 'unknown' }]).state).toBe(
      'never exercised',
    );
    expect(judgeOne(check(saying('fail')), []).state).toBe('violated');
    const ofQueues = { ...saying('pass'), judges: [interfaceNamed('queue')] };
    expect(judgeOne(check(ofQueues)).state).toBe('never exercised');
  });

  test('of which nothing could have been wrong were never exercised', () => {
    const passed = saying('pass');
    const numbered = (judged: number) => ({
      ...passed,
      check: (...asked: Parameters<typeof passed.check>) => ({
        ...passed.check(...asked),
        numbers: { judged },
      }),
    });
    expect(brief(judgeOne(check(numbered(0))))).toBe(
      'never exercised: it is pass (none of its 1 answered operations could have been wrong: nothing was read)',
    );
    expect(brief(judgeOne(check(numbered(2))))).toBe(
      'held: it is pass (2 answers could have been wrong)',
    );
  });

  test('run once, however often they are expected', () => {
    const checker = saying('pass');
    const other = saying('fail', 'other');
    const { checks } = judgeAll([check(checker), check(other), check(checker)]);
    expect(checker.asked).toBe(1);
    expect(checks.map((one) => one.checker)).toEqual(['consistent', 'other']);
  });
});

describe('metrics', () => {
  test.each<[Comparison, readonly boolean[]]>([
    ['<', [false, false, true]],
    ['<=', [false, true, true]],
    ['>', [true, false, false]],
    ['>=', [true, true, false]],
    ['=', [false, true, false]],
    ['!=', [true, false, true]],
  ])('%s', (comparison, expected) => {
    const operations = [{ at: 1 }, { at: 2 }];
    const states = [1, 2, 3].map(
      (value) => judgeOne(metric('operations', comparison, value), operations).state === 'held',
    );
    expect(states).toEqual(expected);
  });

  test('say what was measured, and why', () => {
    const operations = [{ at: 1000 }, { at: 1001, ...timeout }, { at: 1002 }];
    expect(brief(judgeOne(metric('availability', '>=', 0.9), operations))).toBe(
      'violated: 66.66% (1 of 3 requests unanswered; first #1 at 1.001s: timeout)',
    );
    expect(judgeOne(metric('p50', '<', 250), operations).measured).toBe('1ms');
    expect(brief(judgeOne(metric('p99', '<', 250), operations))).toBe(
      'violated: ∞ (3 operations, 1 without an answer, the first #1 at 1.001s: timeout, ' +
        'slowest answer: #0 at 1.000s, 1ms)',
    );
    expect(judgeOne(metric('throughput', '>', 0.1), operations).measured).toBe('0.2/s');
  });

  test('without a sample were never exercised, whatever they compare with', () => {
    expect(brief(judgeOne(metric('availability', '<=', 0.01), []))).toBe(
      'never exercised: nothing (nothing was asked in the window)',
    );
    expect(judgeOne(metric('leaders per term', '<=', 1)).state).toBe('never exercised');
  });

  test('in the window of a fault that never struck were never exercised', () => {
    const facts = { faults: [handFault(null, null)] };
    const expectation = metric('availability', '<=', 0.01, during);
    expect(brief(judgeOne(expectation, [{ at: 1500, ...timeout }], facts))).toBe(
      'never exercised: nothing (partition never struck: it found no target within 5s)',
    );
    const two = { faults: [handFault(null, null), handFault(null, null, { name: 'partition-2' })] };
    expect(judgeOne(expectation, [], two).because).toBe('none of the 2 partition struck');
  });

  test('measure in the window, and on the side, that they name', () => {
    const facts = { faults: [handFault(1000, 2000)] };
    const operations = [
      { at: 500 },
      { at: 1500, ...timeout },
      { at: 1600, node: 'kv-4' },
      { at: 2500 },
    ];
    const on = (side: string, when: WindowSpec['when']) =>
      judgeOne(
        metric('availability', '>=', 1, { when, of: 'partition' }, [side]),
        operations,
        facts,
      ).measured;
    expect(on('minority', 'during')).toBe('0%');
    expect(on('majority', 'during')).toBe('100%');
    expect(on('minority', 'outside')).toBe('100%');
    expect(judgeOne(metric('availability', '>=', 1, run), operations, facts).measured).toBe(
      '75.00%',
    );
  });

  test('that are no number are unknown', () => {
    const broken = metric('availability', '>=', 0);
    if (broken.kind !== 'metric') throw new Error('a metric');
    const measure = () => ({ value: Number.NaN, samples: 1, because: 'broken' });
    const expectation = { ...broken, metric: { ...broken.metric, measure } };
    expect(judgeOne(expectation).state).toBe('unknown');
  });

  test('are written for people', () => {
    expect([
      formatMeasured(0.99312, 'ratio'),
      formatMeasured(8.25, 'ms'),
      formatMeasured(11204, 'count'),
      formatMeasured(12.006, 'count'),
      formatMeasured(96.456, 'per-second'),
      formatMeasured(0, 'count'),
    ]).toEqual(['99.31%', '8.25ms', '11,204', '12.01', '96.46/s', '0']);
  });
});

describe('windows', () => {
  const faults = [
    handFault(1000, 2000),
    handFault(4000, 5000, { name: 'again' }),
    handFault(1500, 3000, { name: 'crash', kind: 'crash', sides: [] }),
    handFault(null, null, { name: 'loss', kind: 'loss' }),
  ];
  const ms = (when: WindowSpec['when'], of: string | null, given: Partial<Facts> = { faults }) => {
    const windows = windowsOf({ when, of }, handFacts(given));
    if (typeof windows === 'string') return windows;
    return windows.map(({ fromUs, untilUs }) => `${fromUs / 1000}-${untilUs / 1000}`).join(' ');
  };

  test('the run is its duration', () => {
    expect(ms('run', null)).toBe('0-10000');
  });

  test('of a name are its own, of a kind those of all of it, of faults those of all', () => {
    expect(ms('during', 'again')).toBe('4000-5000');
    expect(ms('during', 'partition')).toBe('1000-2000 4000-5000');
    expect(ms('during', 'faults')).toBe('1000-3000 4000-5000');
    expect(ms('outside', 'faults')).toBe('0-1000 3000-4000 5000-10000');
    expect(ms('before', 'partition')).toBe('0-1000');
    expect(ms('after', 'partition')).toBe('5000-10000');
    expect(ms('after', 'crash')).toBe('3000-10000');
    expect(ms('during', 'loss')).toBe('loss never struck: it found no target within 5s');
  });

  test('end with the duration, whenever the fault heals', () => {
    const lasting = { faults: [handFault(8000, null)] };
    expect(ms('during', 'partition', lasting)).toBe('8000-10000');
    expect(ms('outside', 'partition', lasting)).toBe('0-8000');
    expect(ms('after', 'partition', lasting)).toBe(
      'there is no after: partition lasted to the end',
    );
    const settled = { faults: [handFault(8000, 11_000)] };
    expect(ms('during', 'partition', settled)).toBe('8000-10000');
    expect(ms('after', 'partition', settled)).toBe('no moment of the run was after partition');
    const late = { faults: [handFault(10_000, 11_000)] };
    expect(ms('during', 'partition', late)).toBe('partition never struck');
    const early = { faults: [handFault(0, 500)] };
    expect(ms('before', 'partition', early)).toBe('no moment of the run was before partition');
  });
});

describe('sometimes', () => {
  const notes = [
    { atUs: 500_000, node: 'kv-3', label: 'became leader', detail: {} },
    { atUs: 1_500_000, node: 'kv-4', label: 'became leader', detail: {} },
  ];
  const facts = { notes, faults: [handFault(1000, 2000)] };

  test('held when the note was made in the window, with who and when', () => {
    expect(brief(judgeOne(sometimes('became leader'), [], facts))).toBe(
      'held: 2 times (kv-3 noted it at 0.500s)',
    );
    expect(brief(judgeOne(sometimes('became leader', during), [], facts))).toBe(
      'held: once (kv-4 noted it at 1.500s)',
    );
  });

  test('else never exercised', () => {
    expect(brief(judgeOne(sometimes('stepped down'), [], facts))).toBe(
      "never exercised: nothing (nobody noted 'stepped down' in the window)",
    );
    const after: WindowSpec = { when: 'after', of: 'partition' };
    expect(judgeOne(sometimes('became leader', after), [], facts).state).toBe('never exercised');
  });

  test('unknown where notes of the label were not kept in the window', () => {
    const notesLost = [{ label: 'stepped down', count: 7, fromUs: 1_500_000 }];
    const lossy = { ...facts, notesLost };
    expect(brief(judgeOne(sometimes('stepped down', during), [], lossy))).toBe(
      "unknown: not all was kept (7 notes 'stepped down' were not kept)",
    );
    const before: WindowSpec = { when: 'before', of: 'partition' };
    expect(judgeOne(sometimes('stepped down', before), [], lossy).state).toBe('never exercised');
    expect(judgeOne(sometimes('became leader'), [], lossy).state).toBe('held');
  });
});

describe('felt', () => {
  const nothing = nothingFelt();
  const vacuous = handFault(4000, 5000, { name: 'late', felt: nothing, operationsTouched: 9 });
  const pulled = handFault(1000, 2000);

  test('held when every such fault touched something', () => {
    expect(brief(judgeOne(felt('partition'), [], { faults: [pulled] }))).toBe(
      'held: 1 of 1 had an effect (partition 12 messages dropped, 3 operations in flight)',
    );
    const named = (name: string) => ({ ...pulled, name });
    const [second, third] = [named('second'), named('third')];
    expect(judgeOne(felt(null), [], { faults: [pulled, second] }).measured).toBe(
      '2 of 2 had an effect',
    );
    const weak = handFault(4000, 5000, { name: 'weak', felt: { ...nothing, messagesDropped: 2 } });
    expect(brief(judgeOne(felt(null), [], { faults: [pulled, weak, second, third] }))).toMatch(
      /^held: 4 of 4 had an effect \(the least: weak 2 messages dropped/,
    );
    const paused = { ...pulled, felt: { ...nothing, eventsSuppressed: 1 } };
    expect(judgeOne(felt('partition'), [], { faults: [paused] }).state).toBe('held');
  });

  test('violated by one that touched nothing, or never struck', () => {
    expect(brief(judgeOne(felt('partition'), [], { faults: [pulled, vacuous] }))).toBe(
      'violated: 1 of 2 had an effect (late struck kv-1 kv-2 | kv-3 kv-4 kv-5 at 4.000s, and had no effect)',
    );
    const unstruck = handFault(null, null, { felt: nothing });
    expect(brief(judgeOne(felt('partition'), [], { faults: [unstruck] }))).toBe(
      'violated: 0 of 1 had an effect (partition found no target within 5s)',
    );
    expect(judgeOne(felt('late'), [], { faults: [pulled, vacuous] }).state).toBe('violated');
  });

  test('is asked of every fault that nobody asks about, and may miss only if it says so', () => {
    const once = metric('operations', '>=', 1);
    const judged = (expectations: readonly Expectation[], faults: readonly FaultFact[]) => {
      const { judged: all, state } = judgeAll(expectations, [{ at: 1 }], { faults });
      return { extra: all.slice(expectations.length).map(brief), state };
    };
    const unstruck = handFault(null, null, { name: 'gone', felt: nothing });
    expect(judged([once], [pulled])).toEqual({ extra: [], state: 'held' });
    expect(judged([once], [pulled, vacuous, unstruck])).toEqual({
      extra: [
        'never exercised: nothing (late struck kv-1 kv-2 | kv-3 kv-4 kv-5 at 4.000s, and had no effect; `may-miss: true` beside it allows that)',
        'never exercised: nothing (gone found no target within 5s; `may-miss: true` beside it allows that)',
      ],
      state: 'never exercised',
    });
    // Asked about by its name, by its kind, or with all: judged there, and once.
    for (const asked of ['late', 'partition', null]) {
      expect(judged([felt(asked)], [vacuous]).extra).toEqual([]);
    }
    expect(judged([felt('other')], [vacuous]).extra).toHaveLength(1);
    expect(judged([], [vacuous])).toEqual({ extra: [], state: 'never exercised' });
    const excuse = (name: string, mayMiss?: true) => {
      const spec = { name, ...(mayMiss === undefined ? {} : { mayMiss }) } as FaultSpec;
      const of = { ...handScenario({ expect: [once] }), faults: [spec] };
      return judge(of, handHistory([{ at: 1 }]), handFacts({ faults: [vacuous] })).state;
    };
    expect([excuse('late', true), excuse('late')]).toEqual(['held', 'never exercised']);
    expect(excuse('other', true)).toBe('never exercised');
  });

  test('without a name passes over one that may miss, unless it had an effect', () => {
    const spec = { name: 'late', mayMiss: true } as FaultSpec;
    const told = (asked: string | null, ...faults: FaultFact[]) => {
      const of = { ...handScenario({ expect: [felt(asked)] }), faults: [spec] };
      const { judged } = judge(of, handHistory([{ at: 1 }]), handFacts({ faults }));
      return judged.map(({ state, measured }) => `${state}: ${measured}`);
    };
    expect(told(null, pulled, vacuous)).toEqual(['held: 1 of 1 had an effect']);
    expect(told('faults', pulled, vacuous)).toEqual(['held: 1 of 1 had an effect']);
    expect(told(null, pulled, { ...pulled, name: 'late' })).toEqual(['held: 2 of 2 had an effect']);
    expect(told(null, { ...vacuous, name: 'early' }, vacuous)).toEqual([
      'violated: 0 of 1 had an effect',
    ]);
    expect(told(null, vacuous)).toEqual(['never exercised: nothing']);
    expect(told('late', pulled, vacuous)).toEqual(['violated: 0 of 1 had an effect']);
  });

  test('the strikes of one entry count together, of whatever kind they are', () => {
    const quiet = { felt: nothing, operationsTouched: 0 };
    const strikes = [1, 2, 3].map((strike) =>
      handFault(1000 * strike, 1000 * strike + 500, { name: 'storm', strike, ...quiet }),
    );
    expect(brief(judgeOne(felt('storm'), [], { faults: strikes }))).toBe(
      'violated: 0 of 1 had an effect (storm struck 3 times, first kv-1 kv-2 | kv-3 kv-4 kv-5 at 1.000s, and had no effect)',
    );
    const crash = handFault(5000, 5500, { name: 'storm', strike: 4, kind: 'crash' });
    expect(brief(judgeOne(felt('storm'), [], { faults: [...strikes, crash] }))).toBe(
      'held: 1 of 1 had an effect (storm 4 strikes: 12 messages dropped, 3 operations in flight)',
    );
    // Of a kind only its own strikes count.
    expect(judgeOne(felt('partition'), [], { faults: [...strikes, crash] }).state).toBe('violated');
    expect(judgeOne(felt('crash'), [], { faults: [...strikes, crash] }).state).toBe('held');
  });

  test('a kind that the nemesis did not draw was never exercised', () => {
    const nemesis = {
      name: 'nemesis',
      swarm: true,
      kinds: ['crash'],
      betweenUs: 1,
      lastsUs: 1,
      budgets: [],
      beyond: [],
      withheld: 0,
      strikes: [],
    };
    const of = (kind: string) => brief(judgeOne(felt(kind), [], { nemeses: [nemesis] }));
    expect(of('pause')).toBe(
      'never exercised: nothing (nemesis did not draw pause with this seed)',
    );
    expect(of('crash')).toBe('never exercised: nothing (nemesis had no occasion for crash)');
  });

  test('never exercised without a fault', () => {
    expect(judgeOne(felt(null)).state).toBe('never exercised');
  });
});

test('the same run gives the same judgement', () => {
  const expectations = [metric('availability', '>=', 0.5, during, ['minority']), felt(null)];
  const facts = { faults: [handFault(1000, 2000)] };
  const operations = [{ at: 1100 }, { at: 1200, ...timeout }];
  expect(judgeAll(expectations, operations, facts)).toEqual(
    judgeAll(expectations, operations, facts),
  );
});
