/** Exposure against counting every pair. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HandOperation, handFacts, handHistory } from '../../../test/support/hand-history.ts';
import type { Side } from '../../sim/fault.ts';
import type { History } from '../../sim/history.ts';
import { type Exposure, exposureOf } from './exposure.ts';

const sides: readonly Side[] = [
  { name: 'minority', nodes: ['kv-1', 'kv-2'] },
  { name: 'majority', nodes: ['kv-3', 'kv-4', 'kv-5'] },
];
const { loads } = handFacts();
const window = { fromUs: 100_000, untilUs: 900_000 };

test('pairs of an acknowledged write and a later read of its key', () => {
  const operations: HandOperation[] = [
    { at: 50, f: 'write' },
    { at: 200, f: 'write', took: 20 },
    { at: 210, node: 'kv-3' },
    { at: 220, node: 'kv-3' },
    { at: 221, node: 'kv-3' },
    { at: 222, node: 'kv-2' },
    { at: 223, node: 'kv-4', key: 'k2' },
    { at: 224, node: 'kv-4', outcome: 'info' },
    { at: 300, f: 'cas', node: 'kv-5', took: 1 },
    { at: 310, f: 'cas', node: 'kv-5', error: 'precondition-failed' },
    { at: 320, node: 'kv-1' },
    { at: 950, node: 'kv-3' },
  ];
  // #1 is seen by #4 (other side), #5 and #10 (its own); #8 by #10 (other side).
  expect(exposureOf(handHistory(operations), sides, window, loads)).toEqual({
    across: 2,
    within: 2,
  });
  expect(exposureOf([], sides, window, loads)).toEqual({ across: 0, within: 0 });
});

test('keys of one name in two objects are two keys', () => {
  const operations: HandOperation[] = [
    { at: 200, f: 'write', node: 'kv-1' },
    { at: 300, node: 'kv-3', load: 'aside' },
  ];
  const [load] = loads;
  if (load === undefined) throw new Error('there is a load');
  const apart = [load, { ...load, name: 'aside', target: 'other' }];
  const together = [load, { ...load, name: 'aside' }];
  const history = handHistory(operations);
  expect(exposureOf(history, sides, window, apart)).toEqual({ across: 0, within: 0 });
  expect(exposureOf(history, sides, window, together)).toEqual({ across: 1, within: 0 });
});

function everyPair(history: History): Exposure {
  const sideOf = (node: string | null) =>
    sides.findIndex(({ nodes }) => nodes.includes(node ?? ''));
  const counts = { across: 0, within: 0 };
  const inside = history.filter(
    ({ invokedAtUs, outcome, node }) =>
      outcome === 'ok' &&
      window.fromUs <= invokedAtUs &&
      invokedAtUs < window.untilUs &&
      sideOf(node) !== -1,
  );
  for (const write of inside) {
    if (write.f === 'read' || write.completedAtUs >= window.untilUs) continue;
    for (const read of inside) {
      if (read.f !== 'read' || read.key !== write.key) continue;
      if (read.invokedAtUs <= write.completedAtUs) continue;
      counts[sideOf(read.node) === sideOf(write.node) ? 'within' : 'across']++;
    }
  }
  return counts;
}

test('as many as counting every pair finds', () => {
  const operation = fc.record({
    at: fc.integer({ min: 80, max: 120 }).map((tens) => tens * 10 - 700),
    took: fc.integer({ min: 1, max: 60 }),
    node: fc.constantFrom('kv-1', 'kv-2', 'kv-3', 'kv-5', 'lb', null),
    f: fc.constantFrom('read', 'read', 'write', 'cas'),
    key: fc.constantFrom('k1', 'k2'),
    outcome: fc.constantFrom('ok' as const, 'ok' as const, 'info' as const),
  });
  let across = 0;
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 40 }), (operations) => {
      const history = handHistory(operations);
      const exposure = exposureOf(history, sides, window, loads);
      expect(exposure).toEqual(everyPair(history));
      across += exposure.across;
    }),
    { seed: 9, numRuns: 200 },
  );
  expect(across).toBeGreaterThan(500);
});
