/**
 * How long elections take and how often votes are split: the figures of Ongaro's thesis, chapter 9.
 */
import { describe, expect, test } from 'vitest';
import { isLong, times } from '../support/long.ts';
import { electionOf } from './wan-elections.ts';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of the mean of these. */
function errorOfMean(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / values.length);
}

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** AvailSim, thesis 9.3: 30 to 40 ms one way, timeouts of 300 to 600 ms, five servers. */
const wan = [
  { dead: 0, meanMs: 430, within650: 0.972 },
  { dead: 1, meanMs: 469, within650: 0.909 },
  { dead: 2, meanMs: 626, within650: 0.682 },
] as const;

describe('elections over a wide area (thesis 9.3)', { timeout: 300_000 }, () => {
  test.each(wan)('$dead of 5 dead: $meanMs ms on average', ({ dead, meanMs, within650 }) => {
    const options = {
      servers: 5,
      dead,
      latency: { kind: 'uniform', min: 30, max: 40 } as const,
      electionMinMs: 300,
      electionMaxMs: 600,
    };
    const took = seeds(times(400, 10_000)).map((seed) => electionOf(seed, options).atMs);
    // Ten thousand elections are within 3% and .015; few within that and their own error.
    const errors = isLong ? 0 : 2;
    const slackMs = 0.03 * meanMs + errors * errorOfMean(took);
    expect(Math.abs(mean(took) - meanMs)).toBeLessThanOrEqual(slackMs);
    const share = took.filter((ms) => ms <= 650).length / took.length;
    const slack = 0.015 + errors * Math.sqrt((within650 * (1 - within650)) / took.length);
    expect(Math.abs(share - within650)).toBeLessThanOrEqual(slack);
  });
});

/** Thesis 9.2: the latency is a fixed share of the range of timeouts. */
const splits = [
  { servers: 5, alive: 4, latency: 0.1, split: 0.0523 },
  { servers: 5, alive: 3, latency: 0.1, split: 0.271 },
  { servers: 5, alive: 4, latency: 0.2, split: 0.1808 },
  { servers: 5, alive: 3, latency: 0.2, split: 0.488 },
  { servers: 9, alive: 6, latency: 0.2, split: 0.3446 },
] as const;

/** The others of the table, for `npm run test:long`. */
const more = [
  { servers: 5, alive: 4, latency: 0.01, split: 0.00059 },
  { servers: 7, alive: 6, latency: 0.2, split: 0.0989 },
  { servers: 9, alive: 7, latency: 0.2, split: 0.148 },
  { servers: 9, alive: 5, latency: 0.1, split: 0.4095 },
  { servers: 9, alive: 5, latency: 0.2, split: 0.6723 },
] as const;

test.each(isLong ? [...splits, ...more] : splits)(
  'votes split: $alive of $servers up, latency $latency of the range: $split (thesis 9.2)',
  { timeout: 300_000 },
  ({ servers, alive, latency, split }) => {
    const options = {
      servers,
      dead: servers - alive,
      latency: { kind: 'constant', value: 100 * latency } as const,
      electionMinMs: 300,
      electionMaxMs: 400,
    };
    const count = times(200, 20_000);
    const found = seeds(count).filter((seed) => electionOf(seed, options).term > 1).length / count;
    // Twenty thousand are within .01; few within that and three of their deviations.
    const slack = 0.01 + (isLong ? 0 : 3 * Math.sqrt((split * (1 - split)) / count));
    expect(Math.abs(found - split)).toBeLessThanOrEqual(slack);
  },
);
