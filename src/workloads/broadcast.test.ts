/** The broadcast workload: unique integers, the share of reads, one final read each. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { defaultsOf, type Params } from '../sim/params.ts';
import workload from './broadcast.ts';

type Given = Partial<Params<typeof workload.params>>;

function invocations(count: number, given: Given = {}) {
  const generator = workload.generator(defaultsOf(workload.params, given));
  const random = fixedRandom(1);
  return Array.from({ length: count }, (_, i) => generator.next(i % 3, random));
}

test('no integer is handed in twice, whoever asks', () => {
  const inputs = invocations(1000, { 'first-value': 100 })
    .filter((invocation) => invocation?.f === 'broadcast')
    .map((invocation) => invocation?.input);
  expect(inputs).toEqual(Array.from({ length: inputs.length }, (_, i) => 100 + i));
});

test('the request says what the history says', () => {
  for (const invocation of invocations(50)) {
    expect(invocation?.key).toBe(null);
    expect(invocation?.request).toEqual(
      invocation?.f === 'read'
        ? { type: 'read' }
        : { type: 'broadcast', message: invocation?.input },
    );
  }
});

test.each([0, 0.2, 0.5, 1])('the share of reads is %f', (reads) => {
  const share = invocations(4000, { reads }).filter((one) => one?.f === 'read').length / 4000;
  // A standard deviation of at most 0.008.
  expect(Math.abs(share - reads)).toBeLessThan(0.024);
});

test('each process ends with one read', () => {
  const generator = workload.generator(defaultsOf(workload.params));
  const random = fixedRandom(1);
  const last = [1, 2, 1].map((process) => generator.last(process, random)?.f ?? null);
  expect(last).toEqual(['read', 'read', null]);
});

test('a read is judged by the messages it was answered with, a broadcast by nothing', () => {
  const reply = { type: 'read_ok', inReplyTo: 1, messages: [3, 1] };
  expect(workload.outputOf('read', reply)).toEqual([3, 1]);
  expect(workload.outputOf('broadcast', { type: 'broadcast_ok', inReplyTo: 2 })).toBe(null);
});
