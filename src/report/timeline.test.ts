/** The rows of the timeline: that they are true, cell by cell. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildFacts,
  buildFault,
  buildResult,
  buildRow,
  buildTimeline,
} from '../../test/support/result.ts';
import { nothingFelt } from '../sim/fault.ts';
import { createInk } from './ink.ts';
import { blankRow, cellsOf, columnAt, columnEnd, drawBar, renderAxis } from './time-plot.ts';
import { feltText, renderTimeline } from './timeline.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });

/** The plot of the row with this label. */
function row(label: string, result: Parameters<typeof renderTimeline>[0]): string {
  const line = renderTimeline(result, ink).find((each) => each.startsWith(`  ${label} `)) ?? '';
  return line.slice(15);
}

function answered(asked: number, count: number): string {
  const cells = [{ asked, answered: count }];
  return row(
    'answered',
    buildResult({ timeline: buildTimeline({ cells: 1, availability: [buildRow('all', cells)] }) }),
  );
}

describe('availability', () => {
  test('is full only when all were answered, lowest only when none was', () => {
    expect(answered(1000, 1000)[0]).toBe('█');
    expect(answered(1000, 999)[0]).toBe('▇');
    expect(answered(1000, 1)[0]).toBe('▂');
    expect(answered(1000, 0)[0]).toBe('▁');
    expect(answered(0, 0)[0]).toBe(' ');
  });

  test('is never rounded up in numbers either', () => {
    expect(answered(100_000, 99_999)).toContain('99.99% in all');
  });
});

test('latency has a level for each doubling, from the least of the run', () => {
  const latencyMs = [128, 64, 32, 16, 8, 4, 2, 1, null, 65];
  const result = buildResult({ timeline: buildTimeline({ cells: 10, latencyMs }) });
  const plot = row('p99 latency', result).slice(0, 40);
  expect([...plot].filter((_, i) => i % 4 === 0).join('')).toBe('█▇▆▅▄▃▂▁ ▇');
  expect(row('p99 latency', result)).toContain('1ms–128ms');
});

describe('leaders', () => {
  const lead = (node: string, term: number, seconds: number, until: number | null = null) => ({
    node,
    term,
    atUs: seconds * 1e6,
    untilUs: until === null ? null : until * 1e6,
  });
  const lanes = (result: Parameters<typeof renderTimeline>[0]) =>
    renderTimeline(result, ink).filter((line) => /^ {2}(leader|two at once) /.test(line));
  const down = [{ node: 'kv-2', fromUs: 5e6, untilUs: 8e6 }];

  test('have a lane each, and one where two led at once; not while they are down', () => {
    const leaders = [
      lead('kv-2', 1, 0, 15),
      lead('kv-3', 2, 10, 20),
      lead('kv-5', 3, 20),
      lead('kv-2', 4, 28),
    ];
    const result = buildResult({
      timeline: buildTimeline({ leaders }),
      facts: buildFacts({ down }),
    });
    expect(lanes(result).join('\n')).toMatchInlineSnapshot(`
      "  leader kv-2  ├───────┤    ├──────────┤                    ├─┄┄  14s, 2 terms
        leader kv-3                  ├───────────────┤                  10s, term 2
        leader kv-5                                  ├──────────────┄┄  10s, term 3
        two at once                  ├───────┤                    ├─┄┄  7s"
    `);
  });

  test('of one term are called out', () => {
    const leaders = [lead('kv-3', 2, 10, 20), lead('kv-1', 2, 12)];
    const text = lanes(buildResult({ timeline: buildTimeline({ leaders }) })).join('\n');
    expect(text).toMatch(/^ {2}two at once +├─+┤ +8s, term 2$/m);
  });

  test('of several groups have a lane for both groups, and are not at once', () => {
    const groups = [
      { name: 'a', kind: 'raft', nodes: ['kv-1', 'kv-2'] },
      { name: 'b', kind: 'raft', nodes: ['kv-3'] },
      { name: 'lb', kind: 'load-balancer', nodes: ['kv-4'] },
    ];
    const leaders = [lead('kv-2', 1, 0), lead('kv-3', 1, 0)];
    const result = buildResult({
      timeline: buildTimeline({ leaders }),
      facts: buildFacts({ groups }),
    });
    expect(lanes(result)).toEqual([
      expect.stringMatching(/^ {2}leader kv-2 +├─+┄┄ +30s, term 1$/),
      expect.stringMatching(/^ {2}leader kv-3 +├─+┄┄ +30s, term 1$/),
    ]);
  });

  test('beyond five are counted', () => {
    const nodes = Array.from({ length: 8 }, (_, i) => `kv-${i + 1}`);
    const leaders = nodes.map((node, i) => lead(node, i + 1, i, i + 1));
    const facts = buildFacts({ groups: [{ name: 'kv', kind: 'raft', nodes }] });
    const result = buildResult({ timeline: buildTimeline({ leaders }), facts });
    expect(lanes(result)).toHaveLength(5);
    expect(renderTimeline(result, ink).at(-1)).toBe('    and 3 more nodes that led');
  });
});

test('is as wide as the terminal, with a cell for each column', () => {
  const asked: number[] = [];
  const base = buildResult();
  const timelineAt = (cells: number) => {
    asked.push(cells);
    return { ...base.timeline, cells, latencyMs: Array.from({ length: cells }, () => 1) };
  };
  const widths = [80, 120, 200].map((width) => {
    const wide = createInk({ color: false, ascii: false, width });
    const lines = renderTimeline({ ...base, timelineAt }, wide);
    return lines.find((line) => line.startsWith('  p99 latency'))?.length;
  });
  expect(asked).toEqual([49, 89, 169]);
  expect(widths).toEqual(asked.map((columns) => 15 + columns + 2 + 11));
});

describe('bars', () => {
  const scale = { fromUs: 0, untilUs: 1000, columns: 10 };
  const bar = (fromUs: number, untilUs: number | null) => {
    const cells = blankRow(scale.columns);
    drawBar(cells, scale, fromUs, untilUs, ink);
    return cells.join('');
  };

  test.each([
    [0, 1000, '├────────┤'],
    [200, 500, '  ├─┤     '],
    [250, 255, '  ┃       '],
    [950, null, '         ┃'],
    [500, null, '     ├──┄┄'],
    [-100, 2000, '├────────┤'],
  ])('from %i to %s', (fromUs, untilUs, drawn) => {
    expect(bar(fromUs, untilUs)).toBe(drawn);
  });

  test('stay in the picture and touch every column that they overlap', () => {
    const stretch = fc
      .tuple(fc.nat(1200), fc.nat(1200))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    fc.assert(
      fc.property(stretch, ([fromUs = 0, untilUs = 0]) => {
        const drawn = bar(fromUs, untilUs);
        expect([...drawn]).toHaveLength(10);
        expect(drawn.trim().length).toBeGreaterThan(0);
        expect(columnEnd(scale, untilUs)).toBeGreaterThanOrEqual(columnAt(scale, fromUs));
      }),
      { seed: 7 },
    );
  });
});

test('columns stand for all cells, each for at least one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (count, columns) => {
        const cells = Array.from({ length: count }, (_, i) => i);
        const seen = Array.from({ length: columns }, (_, column) =>
          cellsOf(cells, column, columns),
        );
        expect(seen.every((of) => of.length > 0)).toBe(true);
        if (columns <= count) expect(seen.flat()).toEqual(cells);
      },
    ),
    { seed: 8 },
  );
});

test.each([
  [30_000_000, 48, '╷0s             ╷10s            ╷20s'],
  [1000, 40, '╷0s                 ╷500µs'],
  [600_000_000, 60, '╷0s       ╷100s     ╷3m20s    ╷5m       ╷6m40s    ╷8m20s'],
])('the axis of %i µs has round times', (untilUs, columns, axis) => {
  expect(renderAxis({ fromUs: 0, untilUs, columns }, ink)).toBe(axis);
});

test('operations in flight while a fault touched nothing are a coincidence', () => {
  const felt = nothingFelt();
  expect(feltText([buildFault({ felt, operationsTouched: 9 })])).toEqual([]);
  expect(
    feltText([buildFault({ felt: { ...felt, eventsSuppressed: 2 }, operationsTouched: 0 })]),
  ).toEqual(['2 messages and timers missed']);
});

test('of many nodes that a fault touched the first are named', () => {
  const label = Array.from({ length: 60 }, (_, i) => `node-${i + 1}`).join(' ');
  const lines = renderTimeline(
    buildResult({ facts: buildFacts({ faults: [buildFault({ label })] }) }),
    ink,
  );
  expect(lines.filter((line) => line.includes('node-'))).toHaveLength(2);
  expect(lines.find((line) => line.includes('node-1 '))).toContain('node-2 ');
  expect(lines.join()).toContain('…');
  expect(lines.join()).not.toContain('node-60');
});

test('too many sides are counted, not drawn', () => {
  const availability = Array.from({ length: 10 }, (_, i) =>
    buildRow(i === 0 ? 'all' : `side-${i}`, [{ asked: 1, answered: 1 }]),
  );
  const lines = renderTimeline(buildResult({ timeline: buildTimeline({ availability }) }), ink);
  expect(lines.filter((line) => /side-\d/.test(line))).toHaveLength(6);
  expect(lines).toContain('    and 3 more sides');
});
