/** One knob against outcome, as people and programs read it. */
import { expect, test } from 'vitest';
import { createInk } from './ink.ts';
import { renderVaried, type VariedRow, variedCsv, variedDocument } from './vary.ts';

const ink = createInk({ color: false, ascii: false, width: 100 });

function row(value: string, availability: number, recovery: number): VariedRow {
  const state = availability >= 0.7 ? 'held' : 'violated';
  const measured = `${(availability * 100).toFixed(2)}%`;
  return {
    value,
    state,
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
  const document = variedDocument('budget', rows[1] as VariedRow);
  expect(document.varied).toEqual({ path: 'budget', value: '25%' });
  expect(document.expectations[1]?.value).toBe('∞');
});
