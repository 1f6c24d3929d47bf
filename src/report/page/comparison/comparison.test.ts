// What many runs say together: counts, the sentence, numbers, groups of failures.
import { describe, expect, test } from 'vitest';
import {
  type ComparedRun,
  type Comparison,
  failuresOf,
  measuresOf,
  numberIn,
  runsAt,
  sentenceOf,
  stateOf,
} from './comparison.ts';
import { comparisonMain } from './comparison-html.ts';

const P99 = 'p99 < 250ms';

function run(place: readonly number[], measured: string, isHeld: boolean): ComparedRun {
  const state = isHeld ? 'held' : 'violated';
  return {
    seed: '1',
    place,
    state,
    signature: isHeld ? '' : P99,
    outcomes: [
      { text: P99, state, measured },
      { text: 'linearizable', state: 'held', measured: '' },
    ],
    sets: [],
    line: 'dsim run x.yaml --seed 1',
  };
}

function comparison(of: Partial<Comparison>): Comparison {
  const runs = of.runs ?? [];
  return { name: 'x', subtitle: [], axes: [], runs, planned: runs.length, line: '', ...of };
}

/** A grid of these states, by row and column: `+` held, `-` violated. */
function grid(rows: readonly string[]): Comparison {
  const axes = [
    { path: 'a', values: rows.map((_, i) => `a${i}`) },
    { path: 'b', values: Array.from(rows[0] ?? '', (_, i) => `b${i}`) },
  ];
  const runs = rows.flatMap((row, r) =>
    Array.from(row, (state, c) => run([r, c], '100ms', state === '+')),
  );
  return comparison({ axes, runs });
}

describe('the sentence', () => {
  test('over seeds bounds the rate of failure', () => {
    const runs = Array.from({ length: 30 }, (_, i) => run([], '100ms', i > 2));
    // Wilson's interval for 3 of 30 (newcombe.xls, method 3): 0.0346 to 0.2562.
    expect(sentenceOf(comparison({ runs }))).toBe(
      'Held in 27 of 30 runs: 3.45% to 25.63% of all seeds fail, with 95% confidence.',
    );
    const held = comparison({ runs: runs.slice(3), planned: 30 });
    expect(sentenceOf(held)).toMatch(/^Held in 27 of 27 runs \(3 did not run\): at most 12\.46%/);
  });

  test('of a knob says from where on, and up to where', () => {
    const of = (states: string) =>
      sentenceOf(
        comparison({
          axes: [{ path: 'loss', values: ['0%', '5%', '10%', '20%'].slice(0, states.length) }],
          runs: Array.from(states, (state, i) => run([i], '1ms', state === '+')),
        }),
      );
    expect(of('++--')).toBe(
      'Held in 2 of 4 runs. From loss 10% on no run holds; up to 5% all runs hold.',
    );
    expect(of('+-+-')).toBe(
      'Held in 2 of 4 runs. From loss 20% on no run holds; at 0% all runs hold.',
    );
    expect(of('--++')).toBe('Held in 2 of 4 runs. From loss 10% on all runs hold.');
    expect(of('++++')).toBe('Held in 4 of 4 runs.');
    expect(of('-+-')).toBe('Held in 1 of 3 runs. From loss 10% on no run holds.');
  });

  test('of two knobs looks at each whatever the other is', () => {
    expect(sentenceOf(grid(['++-', '+--']))).toBe(
      'Held in 3 of 6 runs. From b b2 on no run holds, whatever the rest; at b0 all runs hold.',
    );
  });
});

test('numbers are read as they are printed, and what failed most comes first', () => {
  expect(['98.82%', '2.5ms', '1.2s', '2,942', '3/s', '10 B', 'no answer'].map(numberIn)).toEqual([
    0.9882,
    2.5,
    1200,
    2942,
    3,
    10,
    null,
  ]);
  const [measure, ...more] = measuresOf(grid(['+-']));
  expect(more).toEqual([]);
  expect(measure).toEqual({ text: P99, bound: 250, values: [100, 100], failed: 1 });
});

test('of one knob each number is a line with its bands, and says its medians', () => {
  const values = ['0%', '5%', '10%'];
  const runs = values.flatMap((_, at) =>
    [1, 2, 3, 4, 5].map((n) => run([at], `${at * 100 + n * 10}ms`, true)),
  );
  const html = comparisonMain(comparison({ axes: [{ path: 'loss', values }], runs }), true);
  expect(html).toContain('median by loss: 0%: 30ms, 5%: 130ms, 10%: 230ms');
  // 10 to 250: the bound is at the top, and the median of the first value 20 above the bottom.
  const [, median = ''] = /class="median" points="([^"]*)"/.exec(html) ?? [];
  const y = (level: number) => (116 - ((level - 10) / 240) * 112).toFixed(1);
  expect(median).toBe(`4.0,${y(30)} 220.0,${y(130)} 436.0,${y(230)}`);
  expect(html.match(/class="bound" x1="0" x2="440" y1="4.0"/g)).toHaveLength(1);
  expect(html.match(/class="band"/g)).toHaveLength(2);
  // Two knobs have no line.
  expect(comparisonMain(grid(['+-+', '+++', '---']), true)).not.toContain('class="median"');
});

test('failures are grouped, the worst state is that of all', () => {
  const all = grid(['+--', '-++']);
  expect(failuresOf(all)).toEqual([{ signature: P99, count: 3, run: 1 }]);
  expect(stateOf(all)).toBe('violated');
  expect(stateOf(grid(['++']))).toBe('held');
  expect(runsAt(all, 1, 0)).toEqual([3]);
  expect(runsAt(all, 0, null)).toEqual([0, 1, 2]);
});

test('a cell counts its runs, and each has a mark; what is evil is text', () => {
  const evil = '</svg><img src=x onerror=alert(1)>';
  const html = comparisonMain({ ...grid(['+-', '++']), name: evil }, true);
  expect(html.match(/<td class="all"><b>1<\/b>\/1/g)).toHaveLength(3);
  expect(html.match(/<td class="no"><b>0<\/b>\/1/g)).toHaveLength(1);
  expect(html.match(/<g class="is-(held|violated)" data-run="\d"/g)).toHaveLength(4);
  const named = grid(['+']);
  const [first] = named.runs;
  if (first === undefined) throw new Error('there is a run');
  const bad = { ...first, state: 'violated' as const, signature: evil };
  expect(comparisonMain({ ...named, runs: [bad] }, false)).not.toContain('<img');
});
