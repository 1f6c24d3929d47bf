/** One knob against outcome, as people and programs read it. */
import { describe, expect, test } from 'vitest';
import { createInk } from './ink.ts';
import { renderVaried, type VariedRow, type VariedRun, variedCsv, variedDocument } from './vary.ts';

const ink = createInk({ color: false, ascii: false, width: 100 });

function row(value: string, availability: number, recovery: number): VariedRow {
  const state = availability >= 0.7 ? 'held' : 'violated';
  return { value, state, runs: [run('1', availability, recovery)] };
}

function run(seed: string, availability: number, recovery: number): VariedRun {
  const state = availability >= 0.7 ? 'held' : 'violated';
  const measured = `${(availability * 100).toFixed(2)}%`;
  return {
    seed,
    outcomes: [
      { text: 'availability >= 70%', state, measured, value: availability, unit: 'ratio' },
      {
        text: 'recovers within 30s after x, "y"',
        state: recovery < 30 ? 'held' : 'violated',
        measured: recovery === Infinity ? 'metastable' : `after ${recovery}s`,
        value: recovery * 1000,
        unit: 'ms',
      },
      { text: 'linearizable', state: 'held', measured: 'all is well', value: null, unit: null },
    ],
  };
}

const rows = [row('0%', 0.8, 20), row('25%', 0.4, Infinity)];

test('a table, and a plot of each number', () => {
  expect(renderVaried('nodes.app.retry.budget', rows, ink)).toEqual([
    'VARY  nodes.app.retry.budget',
    '   1  availability >= 70%',
    '   2  recovers within 30s after x, "y"',
    '   3  linearizable',
    '',
    '          1         2             3',
    '   0%  ✓  ✓ 80.00%  ✓ after 20s   ✓ held',
    '  25%  ✗  ✗ 40.00%  ✗ metastable  ✓ held',
    '',
    '  availability >= 70%',
    `   0%  ${'█'.repeat(40)} 80.00%`,
    `  25%  ${'█'.repeat(20)} 40.00%`,
    '',
    '  recovers within 30s after x, "y"',
    `   0%  ${'█'.repeat(40)} 20s`,
    `  25%  ${'∞'.repeat(40)} ∞`,
  ]);
  expect(renderVaried('x', [], ink)).toEqual([]);
});

test('as CSV and as JSON', () => {
  expect(variedCsv('budget', rows).split('\n').slice(0, 4)).toEqual([
    'path,value,expectation,state,unit,measured',
    'budget,0%,availability >= 70%,held,ratio,0.8',
    'budget,0%,"recovers within 30s after x, ""y""",held,ms,20000',
    'budget,0%,linearizable,held,,',
  ]);
  expect(variedCsv('budget', rows)).toContain(',violated,ms,inf\n');
  const document = variedDocument('budget', '25%', rows[1]?.runs[0] as VariedRun);
  expect(document.varied).toEqual({ path: 'budget', value: '25%' });
  expect(document.expectations[1]?.value).toBe('∞');
});

describe('with several seeds', () => {
  const bands: VariedRow[] = [
    { value: '0%', state: 'held', runs: [run('1', 0.8, 20), run('2', 0.9, 10), run('3', 0.7, 15)] },
    {
      value: '25%',
      state: 'violated',
      runs: [run('1', 0.4, Infinity), run('2', 0.8, 5), run('3', 0.45, Infinity)],
    },
  ];

  test('how many held, the median, and a band from the least to the most', () => {
    const most = (columns: number) => '─'.repeat(columns);
    expect(renderVaried('budget', bands, ink)).toEqual([
      'VARY  budget, 3 seeds each',
      '   1  availability >= 70%',
      '   2  recovers within 30s after x, "y"',
      '   3  linearizable',
      '',
      '          1             2          3',
      '   0%  ✓  ✓ 3/3 80.00%  ✓ 3/3 15s  ✓ 3/3',
      '  25%  ✗  ✗ 1/3 45.00%  ✗ 1/3 ∞    ✓ 3/3',
      '',
      '  availability >= 70%',
      `   0%  ${' '.repeat(30)}├${most(4)}█${most(3)}┤ 80.00% (70.00%–90.00%)`,
      `  25%  ${' '.repeat(17)}├${most(2)}█${most(14)}┤     45.00% (40.00%–80.00%)`,
      '',
      '  recovers within 30s after x, "y"',
      `   0%  ${' '.repeat(20)}├${most(8)}█${most(9)}┤ 15s (10s–20s)`,
      `  25%  ${' '.repeat(10)}├${most(28)}∞ ∞ (5s–∞)`,
    ]);
  });

  test('as CSV: a line for each seed', () => {
    expect(variedCsv('budget', bands).split('\n').slice(0, 2)).toEqual([
      'path,value,seed,expectation,state,unit,measured',
      'budget,0%,1,availability >= 70%,held,ratio,0.8',
    ]);
    expect(variedCsv('budget', bands).trim().split('\n')).toHaveLength(1 + 2 * 3 * 3);
  });

  test('in ASCII too', () => {
    const plain = createInk({ color: false, ascii: true, width: 100 });
    const drawn = renderVaried('budget', bands, plain).join('\n');
    expect(drawn).toContain(`|${'-'.repeat(4)}#${'-'.repeat(3)}| 80.00%`);
    expect(drawn).not.toMatch(/[^ -~\n]/);
  });
});
