import { expect, test } from 'vitest';
import { demandHeap } from './larger-heap.ts';

test('a run that has room enough goes on, one that has not says what it needs', () => {
  expect(demandHeap(10_000, 100_000_000)).toBeUndefined();
  expect(() => demandHeap(1_000_000, 100_000_000)).toThrow(
    'this run needs a process with --max-old-space-size=5860 --max-semi-space-size=64',
  );
});
