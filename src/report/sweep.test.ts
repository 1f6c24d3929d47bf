import { describe, expect, test } from 'vitest';
import { buildError, buildHeld, buildResult } from '../../test/support/result.ts';
import { createInk } from './ink.ts';
import { textWidth } from './layout.ts';
import type { RunContext } from './run-context.ts';
import { renderSweepEnd, renderSweepRow, type SweepRow, showsRow, sweepRow } from './sweep.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });
const context: RunContext = {
  dsim: 'dsim',
  allowOutside: false,
  version: '0.1.0',
  file: 'scenarios/partition.yaml',
  sets: [],
  without: false,
  maxEvents: null,
  strict: false,
  scenarioHash: '1a9e1806bfe02ff7',
  kept: null,
  runId: null,
};

function rows(count: number, resultOf: (seed: number) => ReturnType<typeof buildHeld>): SweepRow[] {
  return Array.from({ length: count }, (_, seed) =>
    sweepRow({ ...resultOf(seed), seed: String(seed) }),
  );
}

test('1,000 seeds of which 17 fail', () => {
  const all = rows(1000, (seed) => {
    if (seed % 60 === 11) return buildResult();
    return seed === 500 ? buildResult({ error: buildError() }) : buildHeld();
  });
  expect(`\n${renderSweepEnd(all, 1000, context, ink).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    WHAT FAILED
      17×  linearizable; availability(minority) <= 0% during partit…  first seed 11
       1×  handler: Cannot read properties of undefined (reading '…  first seed 500

    1,000 seeds  ✓ 982 held  ✗ 18 violated
      failure rate 1.80% (95%: 1.14% – 2.83%)
      CAP  neither in 18 of 1,000 seeds
      repro: dsim replay scenarios/partition.yaml --seed 11 --digest 0123456789abcdef --by 0.1.0
      next:  dsim run scenarios/partition.yaml --seed 11  seed 11 in full
    "
  `);
});

test('no failure is no proof, and says how little it may be', () => {
  const all = rows(1000, () => buildHeld());
  expect(renderSweepEnd(all, 1000, context, ink)).toEqual([
    '1,000 seeds  ✓ 1,000 held',
    '  failure rate at most 0.39% (95% confidence)',
  ]);
});

test('what was seen of CAP is counted over the seeds', () => {
  const { cap } = buildResult();
  const of = (letters: string | null) => buildHeld({ cap: cap && { ...cap, letters } });
  const all = rows(30, (seed) => of(seed === 3 ? '?' : seed < 6 ? '-' : seed === 6 ? null : 'C'));
  expect(renderSweepEnd(all, 30, context, ink).at(-1)).toBe(
    '  CAP  C in 23, neither in 5, ? in 1, not exercised in 1 of 30 seeds',
  );
  expect(
    renderSweepEnd(
      rows(2, () => buildHeld({ cap: null })),
      2,
      context,
      ink,
    ),
  ).toHaveLength(2);
});

test('an interrupted sweep counts what it did', () => {
  const all = rows(3, () => buildHeld());
  expect(renderSweepEnd(all, 100, context, ink)[0]).toBe('3 of 100 seeds  ✓ 3 held');
  expect(renderSweepEnd([], 100, context, ink)).toEqual(['0 of 100 seeds']);
});

test('the way back leads to the first violation, else to the first that is not held', () => {
  const never = buildHeld({ state: 'never exercised' });
  const all = rows(4, (seed) => (seed === 1 ? never : seed === 3 ? buildResult() : buildHeld()));
  expect(renderSweepEnd(all, 4, context, ink).join('\n')).toContain('--seed 3 --digest');
  expect(renderSweepEnd(all.slice(0, 3), 3, context, ink).join('\n')).toContain(
    '--seed 1 --digest',
  );
});

describe('rows', () => {
  const [row] = rows(1, () => buildResult());

  test('fit the width', () => {
    expect(row && renderSweepRow(row, 4, ink)).toMatchInlineSnapshot(
      `"  ✗    0  linearizable; availability(minority) <= 0% during partition; sometime…"`,
    );
    for (const width of [40, 60, 80]) {
      const line = row && renderSweepRow(row, 4, createInk({ color: false, ascii: false, width }));
      expect(textWidth(line ?? '')).toBeLessThanOrEqual(width);
    }
  });

  test('of few seeds are all shown, of many only failures, and not without end', () => {
    const held = sweepRow(buildHeld());
    expect(row && [showsRow(held, 20, 0), showsRow(held, 21, 0)]).toEqual([true, false]);
    expect(row && [showsRow(row, 1000, 19), showsRow(row, 1000, 20)]).toEqual([true, false]);
  });
});
