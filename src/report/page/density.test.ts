// Counts by column against a look at every message, by both ways of counting.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Density, EXACT_MAX } from './density.ts';
import type { Lanes } from './lanes.ts';
import type { Messages, Rows } from './run-data.ts';

const END_US = 1_000_000;
const LANES = 4;

interface Sent {
  readonly us: number;
  readonly from: number;
  readonly to: number;
  readonly isLost: boolean;
}

/** The last node has no lane. */
function densityOf(sent: readonly Sent[]): Density {
  const none = new Float64Array(0);
  const column = (of: (one: Sent) => number) => Float64Array.from(sent, of);
  const sentUs = column(({ us }) => us);
  const messages: Messages = {
    length: sent.length,
    sentUs,
    endedUs: sentUs,
    from: column(({ from }) => from),
    to: column(({ to }) => to),
    kind: none,
    fate: column(({ isLost }) => (isLost ? 3 : 0)),
    sentStep: none,
    endedStep: none,
    cause: none,
    fault: none,
  };
  const rows: Rows = { rows: Uint32Array.from(sent, (_, i) => i), sent: sentUs, ended: sentUs };
  const lane = { label: '', nodes: [], isClient: false, y: 0, height: 0 };
  const of = Array.from({ length: LANES + 1 }, (_, node) => (node < LANES ? node : -1));
  const lanes: Lanes = {
    lanes: Array.from({ length: LANES }, () => lane),
    of,
    height: 0,
    cutY: null,
    sides: [],
    hidden: 0,
  };
  return new Density(messages, rows, lanes, END_US);
}

function crossing(sent: readonly Sent[], gap: number): readonly Sent[] {
  return sent.filter(({ from, to }) => {
    return Math.max(from, to) < LANES && Math.min(from, to) <= gap && Math.max(from, to) > gap;
  });
}

const sum = (counts: Uint32Array | undefined) => counts?.reduce((a, b) => a + b, 0);

test('each column of a gap counts the messages that cross it, in any window', () => {
  const node = fc.nat(LANES);
  const one = fc.record({ us: fc.nat(END_US), from: node, to: node, isLost: fc.boolean() });
  const edges = fc.uniqueArray(fc.nat(END_US), { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), edges, (drawn, some) => {
      const sent = drawn.sort((a, b) => a.us - b.us);
      const at = some.sort((a, b) => a - b);
      const { gaps, all } = densityOf(sent).counts(Float64Array.from(at));
      const inColumn = (of: readonly Sent[], column: number) =>
        of.filter(({ us }) => {
          const isLast = column === at.length - 2 && us === at.at(-1);
          return us >= (at[column] ?? 0) && (us < (at[column + 1] ?? 0) || isLast);
        });
      for (let column = 0; column < at.length - 1; column++) {
        const here = inColumn(sent, column);
        expect(all.sent[column]).toBe(here.length);
        for (let gap = 0; gap < LANES - 1; gap++) {
          const crosses = inColumn(crossing(sent, gap), column);
          expect(gaps[gap]?.sent[column]).toBe(crosses.length);
          expect(gaps[gap]?.lost[column]).toBe(crosses.filter(({ isLost }) => isLost).length);
        }
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('of many messages the sums lose none, and a narrow window is counted one by one', () => {
  const count = 2 * EXACT_MAX;
  const sent = Array.from({ length: count }, (_, i): Sent => {
    const us = Math.floor((i * END_US) / count);
    return { us, from: i % LANES, to: (i * 7 + 1) % LANES, isLost: i % 10 === 0 };
  });
  const density = densityOf(sent);
  const edgesOf = (fromUs: number, untilUs: number, columns: number) =>
    Float64Array.from(
      { length: columns + 1 },
      (_, i) => fromUs + ((untilUs - fromUs) * i) / columns,
    );
  const whole = density.counts(edgesOf(0, END_US, 280));
  expect(sum(whole.all.sent)).toBe(count);
  expect(sum(whole.all.lost)).toBe(count / 10);
  for (let gap = 0; gap < LANES - 1; gap++) {
    expect(sum(whole.gaps[gap]?.sent)).toBe(crossing(sent, gap).length);
  }
  // A column may lack or have a moment's messages at its ends, and is never staircase or hole.
  const mean = count / 280;
  for (const each of whole.all.sent) expect(Math.abs(each - mean)).toBeLessThanOrEqual(30);
  const near = density.counts(edgesOf(500_000, 501_000, 10));
  const inNear = sent.filter(({ us }) => us >= 500_000 && us <= 501_000);
  expect(sum(near.all.sent)).toBe(inNear.length);
  expect(Math.min(...near.all.sent)).toBeGreaterThan(0);
});
