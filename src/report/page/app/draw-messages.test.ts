// Where messages are drawn: what a cut stopped ends on it.
import { expect, test } from 'vitest';
import { fates } from '../run-events.ts';
import { lineOf } from './draw-messages.ts';
import type { Frame } from './frame.ts';

const LOST = fates.indexOf('partition');
const NEVER = Number.POSITIVE_INFINITY;

/** Lanes at 100, 200 and 300, the cut at 250; a pixel is a ms. */
function frameOf(from: number, to: number, fate: number, endedUs: number): Frame {
  const column = (value: number) => Float64Array.of(value);
  const messages = {
    sentUs: column(10_000),
    endedUs: column(endedUs),
    from: column(from),
    to: column(to),
    fate: column(fate),
  };
  const frame = {
    data: { messages, model: { endUs: 100_000 } },
    lanes: { cutY: 230 },
    top: 20,
    x: (us: number) => us / 1000,
    y: (node: number) => 100 * (node + 1),
  };
  return frame as unknown as Frame;
}

test('a message that a partition lost ends on its line, one that arrived at its receiver', () => {
  expect(lineOf(frameOf(0, 2, LOST, 30_000), 0)).toEqual({
    x1: 10,
    y1: 100,
    x2: 25,
    y2: 250,
    isLost: true,
  });
  expect(lineOf(frameOf(2, 1, LOST, 30_000), 0)).toMatchObject({ y1: 300, y2: 250 });
  // One that never crosses the cut is lost on its way.
  expect(lineOf(frameOf(0, 1, LOST, 30_000), 0)).toMatchObject({ y1: 100, y2: 170 });
  // Stopped at once, it is drawn as if it had flown for a moment.
  const atOnce = lineOf(frameOf(0, 2, LOST, 10_000), 0);
  expect(atOnce?.x2).toBeGreaterThan(10);
  expect(atOnce?.y2).toBe(250);
  expect(lineOf(frameOf(0, 2, 0, 40_000), 0)).toMatchObject({ x2: 40, y2: 300, isLost: false });
  expect(lineOf(frameOf(0, 2, 1, NEVER), 0)).toMatchObject({ x2: 100, y2: 300, isLost: false });
});
