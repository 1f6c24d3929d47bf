import { expect, test } from 'vitest';
import type { RunOutcome } from './job.ts';
import { narrowLines } from './margin.ts';

const outcomesOf = (text: string, values: readonly string[]) =>
  values.map(
    (measured) => ({ judged: [{ text, state: 'held', measured }] }) as unknown as RunOutcome,
  );

test.each([
  ['throughput >= 50/s', '60.0/s', '57.4/s', '14.8'],
  ['p99(read) <= 1s', '200ms', '900ms', '10.0'],
  ['bytes per operation(add) <= 3kB', '2 kB', '2.8 kB', '6.7'],
  ['stale reads <= 20%', '1%', '18%', '10.0'],
  // 0.9% are missing of 1% that may be.
  ['availability >= 99%', '100%', '99.1%', '10.0'],
])('%s with %s and %s is narrow', (text, wide, narrow, share) => {
  const [line] = narrowLines(outcomesOf(text, [wide, narrow]));
  expect(line).toBe(`\`${text}\` is held by ${share}% of its bound only (${narrow}); it wants 15%`);
});

test.each([
  ['throughput >= 50/s', '57.6/s', '70/s'],
  ['p99(read) <= 1s', '850ms', '20ms'],
  ['availability >= 99%', '99.2%', '100%'],
  // Nothing that could be met narrowly: no bound, all of it, a count of a few, no number.
  ['delivered', 'held', 'held too'],
  ['availability >= 100%', '100%', '100.0%'],
  ['leaders >= 1', '1', '2'],
  ['never leaders(n) > 1 and elapsed >= 9s', 'at most 1', '1'],
  // The same on every seed.
  ['messages per operation(broadcast) <= 25', '24', '24'],
])('%s with %s and %s is not', (text, ...values) => {
  expect(narrowLines(outcomesOf(text, values))).toEqual([]);
});
