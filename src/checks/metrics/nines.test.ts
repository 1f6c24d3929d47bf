/** Nines, and the downtime that they allow. */
import { describe, expect, test } from 'vitest';
import { runLaidOver } from '../../../test/support/laid-over.ts';
import { allowed, availabilityOf, ninesOf } from './nines.ts';

test.each([
  [1, 0],
  [0.2, 0],
  [0.1, 1],
  [0.011, 1],
  [0.01, 2],
  [1 - 0.999, 3],
  [0.0001, 4],
  [3 / 1000, 2],
])('unavailable for %f: %i nines', (down, nines) => {
  expect(ninesOf(down)).toBe(nines);
});

test('three nines allow 8.77 h a year, 43.8 min a month, 10.1 min a week, 86.4 s a day', () => {
  expect(allowed(0.001)).toBe('down for 8.77h a year, 43m50s a month, 10m5s a week, 86.4s a day');
  expect(allowed(0.0001)).toContain('8.64s a day');
});

/** Up 100 s and down 5 s on average each, independently: 95.238% alone. */
describe('three servers that restart at random', () => {
  const wholeOf = async (nodes: string) => {
    const loop = (node: string) =>
      `{ at: 0s, for: 20000s, name: ${node}s, restart-loop: { nodes: ${node}, up: { exponential: { mean: 100s } }, down: { exponential: { mean: 5s } } } }`;
    const { judged } = await runLaidOver({
      file: 'src/nodes/traffic/server/example.yaml',
      sets: [
        `nodes=${nodes}`,
        'duration=20000s',
        'clients.load={ workload: request, target: front, rate: 0.2/s, timeout: 1s }',
        `faults=[${['a', 'b', 'c'].map(loop)}]`,
        'expect=["availability >= 1%"]',
      ],
    });
    return Number.parseFloat(judged[0]?.measured ?? '') / 100;
  };

  test('in series all must be up: 86.4%', async () => {
    const up = await wholeOf(
      '{ a: { kind: server, needs: b }, b: { kind: server, needs: c }, c: { kind: server }, front: { kind: load-balancer, targets: a } }',
    );
    expect(availabilityOf([100 / 105, 100 / 105, 100 / 105], 3)).toBeCloseTo(0.86384, 5);
    // Of some 190 outages of each, and 4,000 requests: a spread of .9%.
    expect(Math.abs(up - 0.86384)).toBeLessThan(0.027);
  });

  test('side by side any will do: 99.989%', async () => {
    const up = await wholeOf(
      '{ a: { kind: server }, b: { kind: server }, c: { kind: server }, front: { kind: load-balancer, targets: [a, b, c], attempts: 3, timeout: 50ms } }',
    );
    expect(availabilityOf([100 / 105, 100 / 105, 100 / 105], 1)).toBeCloseTo(0.999892, 6);
    expect(up).toBeGreaterThan(0.998);
  });
});

test('any two of three different parts', () => {
  // .9 * .8 + .9 * .5 + .8 * .5 - 2 * .9 * .8 * .5
  expect(availabilityOf([0.9, 0.8, 0.5], 2)).toBeCloseTo(0.85, 12);
  expect(availabilityOf([0.9, 0.8, 0.5], 0)).toBe(1);
});
