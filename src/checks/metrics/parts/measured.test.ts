/** Sums, quantiles and levels of measures, against what is counted µs by µs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { handFacts } from '../../../../test/support/hand-history.ts';
import { MeasuredColumns } from '../../../sim/kernel/measured-columns.ts';
import type { Measure, MeasureTable } from '../../../sim/measure.ts';
import type { Measurement, Window } from '../../checker.ts';
import { measuredMetric } from './measured.ts';
import { busiestSecond } from './measured-values.ts';
import { disjoint } from './windows.ts';

const END = 60;
const NODES = ['web-1', 'web-2'];
const table = {
  hits: { sort: 'count', doc: '' },
  lookups: { sort: 'count', doc: '' },
  lag: { sort: 'sample', unit: 'ms', doc: '' },
  queued: { sort: 'gauge', unit: 'count', doc: '' },
  'hit-ratio': { ratio: ['hits', 'lookups'], doc: '' },
} as const satisfies MeasureTable;
type Name = keyof typeof table;

/** One value, or the crash of the node. */
interface Row {
  readonly atUs: number;
  readonly node: number;
  readonly name: Exclude<Name, 'hit-ratio'> | 'crash';
  readonly value: number;
  readonly of?: string;
}

function columnsOf(rows: readonly Row[], rowsMax?: number): MeasuredColumns {
  const nodes = NODES.map((node) => ({ node, kind: 'cache', measures: table }));
  const columns = new MeasuredColumns(nodes, rowsMax);
  for (const { atUs, node, name, value, of } of rows) {
    if (name === 'crash') columns.endGauges(atUs, node);
    else columns.add(atUs, node, name, value, of);
  }
  return columns;
}

interface Asked {
  readonly args?: readonly string[];
  readonly windows?: readonly Window[];
  readonly rowsMax?: number;
}

function measure(way: string, name: Name, rows: readonly Row[], asked: Asked = {}): Measurement {
  const groups = [{ name: 'web', nodes: NODES }];
  const measured = columnsOf(rows, asked.rowsMax);
  const spec = { way, name, measure: table[name] as Measure, groups, labels: ['db-1'] };
  const facts = handFacts({
    measured,
    durationUs: END,
    groups: [{ name: 'web', kind: 'cache', nodes: NODES }],
  });
  const whole = [{ fromUs: 0, untilUs: END }];
  return measuredMetric(spec).measure(asked.args ?? [], asked.windows ?? whole, [], facts);
}

const windowArb = fc
  .tuple(fc.integer({ min: 0, max: END }), fc.integer({ min: 0, max: END }))
  .map(([a, b]): Window => ({ fromUs: Math.min(a, b), untilUs: Math.max(a, b) }));
const windowsArb = fc.array(windowArb, { minLength: 1, maxLength: 4 });

function rowsArb(name: Row['name'], crashes = false) {
  const row = fc.record({
    atUs: fc.integer({ min: 0, max: END - 1 }),
    node: fc.integer({ min: 0, max: 1 }),
    name: crashes
      ? fc.constantFrom<Row['name'][]>(name, name, name, 'crash')
      : fc.constant<Row['name']>(name),
    value: fc.integer({ min: 0, max: 9 }),
  });
  return fc.array(row, { maxLength: 30 }).map((rows) => rows.sort((a, b) => a.atUs - b.atUs));
}

const isIn = (windows: readonly Window[], atUs: number) =>
  windows.some(({ fromUs, untilUs }) => fromUs <= atUs && atUs < untilUs);

describe('against a naive count', () => {
  test('sums of counts and their rate', () => {
    fc.assert(
      fc.property(rowsArb('hits'), windowsArb, (rows, windows) => {
        const inside = rows.filter(({ atUs }) => isIn(windows, atUs));
        const sum = inside.reduce((total, { value }) => total + value, 0);
        const found = measure('', 'hits', rows, { windows });
        expect(found.value).toBe(inside.length === 0 ? null : sum);
        const spanUs = Array.from({ length: END }, (_, us) => us).filter((us) =>
          isIn(windows, us),
        ).length;
        const rate = measure('rate', 'hits', rows, { windows }).value;
        if (rate !== null) expect(rate).toBeCloseTo((sum * 1e6) / spanUs, 6);
      }),
      { seed: 62 },
    );
  });

  test('quantiles, mean and extremes of samples', () => {
    fc.assert(
      fc.property(rowsArb('lag'), windowsArb, (rows, windows) => {
        const inside = rows.filter(({ atUs }) => isIn(windows, atUs)).map(({ value }) => value);
        const sorted = inside.sort((a, b) => a - b);
        const rank = (q: number) => sorted[Math.ceil(q * sorted.length - 1e-9) - 1] ?? null;
        const found = (way: string) => measure(way, 'lag', rows, { windows }).value;
        expect(found('p50')).toBe(rank(0.5));
        expect(found('p99')).toBe(rank(0.99));
        expect(found('min')).toBe(sorted[0] ?? null);
        expect(found('max')).toBe(sorted.at(-1) ?? null);
        const sum = sorted.reduce((total, value) => total + value, 0);
        expect(found('sum')).toBe(sorted.length === 0 ? null : sum);
        expect(found('mean')).toBe(sorted.length === 0 ? null : sum / sorted.length);
      }),
      { seed: 63 },
    );
  });

  test('levels of gauges, µs by µs, with crashes', () => {
    fc.assert(
      fc.property(rowsArb('queued', true), windowsArb, (rows, windows) => {
        // The level of each node after all rows of the µs; NaN where it has none.
        const stood: number[] = [];
        const seen: number[] = [];
        const atEnd: number[] = [];
        const lastUs = (disjoint(windows).at(-1)?.untilUs ?? 0) - 1;
        for (const node of [0, 1]) {
          let level = Number.NaN;
          for (let us = 0; us < END; us++) {
            for (const row of rows) {
              if (row.atUs !== us || row.node !== node) continue;
              // The same level once more is no news: it has stood since before.
              if (row.name !== 'crash' && row.value === level) continue;
              level = row.name === 'crash' ? Number.NaN : row.value;
              if (isIn(windows, us) && !Number.isNaN(level)) seen.push(level);
            }
            if (!isIn(windows, us) || Number.isNaN(level)) continue;
            stood.push(level);
            seen.push(level);
            if (us === lastUs) atEnd.push(level);
          }
        }
        const found = (way: string) => measure(way, 'queued', rows, { windows }).value;
        const sorted = stood.sort((a, b) => a - b);
        const mean = sorted.reduce((total, value) => total + value, 0) / sorted.length;
        const rank = (q: number) => sorted[Math.ceil(q * sorted.length - 1e-9) - 1] ?? null;
        if (sorted.length === 0) expect(found('mean')).toBeNull();
        else expect(found('mean')).toBeCloseTo(mean, 9);
        expect(found('p50')).toBe(rank(0.5));
        expect(found('p90')).toBe(rank(0.9));
        expect(found('max')).toBe(seen.length === 0 ? null : Math.max(...seen));
        expect(found('min')).toBe(seen.length === 0 ? null : Math.min(...seen));
        expect(found('last')).toBe(atEnd.length === 0 ? null : Math.max(...atEnd));
      }),
      { seed: 61, numRuns: 300 },
    );
  });
});

describe('by hand', () => {
  const row = (atUs: number, node: number, name: Row['name'], value: number, of?: string): Row => {
    return of === undefined ? { atUs, node, name, value } : { atUs, node, name, value, of };
  };

  test('a mean is weighted by time: a level of 9 for 10 of 60 µs is no mean of 4.5', () => {
    const rows = [row(0, 0, 'queued', 0), row(50, 0, 'queued', 9)];
    expect(measure('mean', 'queued', rows)).toEqual({
      value: 1.5,
      samples: 2,
      because: '2 levels, highest: 9 at web-1 at 0.000s',
    });
    expect(measure('p50', 'queued', rows).value).toBe(0);
    expect(measure('p90', 'queued', rows).value).toBe(9);
  });

  test('a level goes with its node, and comes back when the node reports one', () => {
    const rows = [row(0, 0, 'queued', 8), row(10, 0, 'crash', 0), row(40, 0, 'queued', 2)];
    expect(measure('mean', 'queued', rows).value).toBe((8 * 10 + 2 * 20) / 30);
    const windows = [{ fromUs: 20, untilUs: 30 }];
    expect(measure('max', 'queued', rows, { windows })).toEqual({
      value: null,
      samples: 0,
      because: 'web measured no queued in the window',
    });
  });

  test('a ratio is one of sums; without a whole it was never exercised', () => {
    const rows = [
      row(1, 0, 'lookups', 1),
      row(1, 0, 'hits', 1),
      row(2, 1, 'lookups', 3),
      row(3, 1, 'hits', 0),
    ];
    expect(measure('', 'hit-ratio', rows)).toEqual({
      value: 0.25,
      samples: 2,
      because: '1 hits, 4 lookups',
    });
    expect(measure('', 'hit-ratio', rows, { args: ['web-1'] }).value).toBe(1);
    expect(measure('', 'hit-ratio', []).because).toBe('web measured no lookups in the window');
  });

  test('a count of nothing is 0 where the nodes were busy, else never exercised', () => {
    expect(measure('', 'hits', [row(5, 0, 'lookups', 1)])).toMatchObject({ value: 0, samples: 0 });
    expect(measure('', 'hits', [row(5, 0, 'lookups', 1)], { args: ['web-2'] }).value).toBeNull();
  });

  test('arguments are nodes that report it, or what it is of', () => {
    const rows = [row(1, 0, 'hits', 1, 'db-1'), row(1, 1, 'hits', 2, 'db-2'), row(2, 1, 'hits', 4)];
    expect(measure('', 'hits', rows).value).toBe(7);
    expect(measure('', 'hits', rows, { args: ['web-2'] }).value).toBe(6);
    expect(measure('', 'hits', rows, { args: ['db-1'] }).value).toBe(1);
    expect(measure('', 'hits', rows, { args: ['web-1', 'db-2'] }).value).toBe(0);
  });

  test('what found no room makes it unknown, but not the time before', () => {
    const rows = [row(1, 0, 'lag', 1), row(2, 0, 'lag', 2), row(30, 0, 'lag', 3)];
    expect(measure('p99', 'lag', rows, { rowsMax: 2 })).toEqual({
      value: null,
      samples: 0,
      because: '1 values found no room from 0.000s on',
      isUnknown: true,
    });
    const windows = [{ fromUs: 0, untilUs: 30 }];
    expect(measure('max', 'lag', rows, { rowsMax: 2, windows }).value).toBe(2);
  });
});

test('peak: the most in one second, wherever it begins, of all nodes together', () => {
  const at = (ms: number, node: number, value = 1): Row => ({
    atUs: ms * 1000,
    node,
    name: 'hits',
    value,
  });
  const rows = [
    at(0, 0),
    at(900, 0, 2),
    at(950, 1),
    at(1000, 0),
    at(1899, 1),
    at(1900, 0),
    at(5000, 0, 4),
  ];
  const series = columnsOf(rows).series;
  const whole = [{ fromUs: 0, untilUs: 6_000_000 }];
  // From 900 ms on: 2, 1, 1 and 1; what comes a second later is out.
  expect(busiestSecond(series, whole)).toEqual({ sum: 5, fromUs: 900_000 });
  expect(busiestSecond(series, [{ fromUs: 0, untilUs: 940_000 }])).toEqual({ sum: 3, fromUs: 0 });
  expect(busiestSecond([], whole).sum).toBe(0);
  expect(measure('peak', 'hits', rows, { windows: whole }).value).toBe(5);
});
