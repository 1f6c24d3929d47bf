/** The request workload: its fields and keys. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { defaultsOf, type Params } from '../sim/params.ts';
import workload from './request.ts';

function requests(count: number, given: Partial<Params<typeof workload.params>> = {}) {
  const generator = workload.generator(defaultsOf(workload.params, given));
  const random = fixedRandom(1);
  return Array.from({ length: count }, () => generator.next(1, random));
}

test('a request has only the fields that are asked for', () => {
  expect(requests(1)).toEqual([
    { f: 'request', key: null, input: null, request: { type: 'request' } },
  ]);
  expect(requests(1, { bytes: 10, 'reply-bytes': 2000 })[0]?.request).toEqual({
    type: 'request',
    bytes: 10,
    replyBytes: 2000,
  });
});

test('keys are spread evenly, and in the history too', () => {
  const counts = new Map<string | null, number>();
  for (const invocation of requests(3000, { keys: 3 })) {
    expect(invocation?.request['key']).toBe(invocation?.key);
    counts.set(invocation?.key ?? null, (counts.get(invocation?.key ?? null) ?? 0) + 1);
  }
  // 1000 each, with a standard deviation of 26.
  for (const key of ['k1', 'k2', 'k3']) {
    expect(Math.abs((counts.get(key) ?? 0) - 1000)).toBeLessThan(78);
  }
});

test('there is nothing to read at the end', () => {
  const generator = workload.generator(defaultsOf(workload.params));
  expect(generator.last(1, fixedRandom(1))).toBe(null);
});
