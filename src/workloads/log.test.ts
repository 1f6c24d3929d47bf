/** The log workload: unique values, logs taken first, and polls until nothing is left. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { defaultsOf, type Params } from '../sim/params.ts';
import workload from './log.ts';

type Given = Partial<Params<typeof workload.params>>;

const generatorOf = (given: Given = {}) => workload.generator(defaultsOf(workload.params, given));
const found = [['poll', { k1: [[0, 1]], k2: [] }]];
const nothing = [['poll', { k1: [], k2: [] }]];

function started(given: Given = {}) {
  const generator = generatorOf(given);
  const random = fixedRandom(1);
  for (const process of given.polls === 0 ? [] : [1, 2]) {
    const assign = generator.next(process, random) as never;
    generator.heard?.(process, assign, 'ok', null, null);
  }
  return { generator, random };
}

test('a process takes its logs before anything else, and again if it was refused', () => {
  const generator = generatorOf({ keys: 2 });
  const random = fixedRandom(1);
  const first = generator.next(1, random);
  expect(first).toMatchObject({ f: 'assign', input: ['k1', 'k2'] });
  generator.heard?.(1, first as never, 'fail', null, 'temporarily-unavailable');
  expect(generator.next(1, random)?.f).toBe('assign');
  generator.heard?.(1, first as never, 'ok', null, null);
  expect(generator.next(1, random)?.f).not.toBe('assign');
  expect(generator.next(2, random)?.f).toBe('assign');
});

test('no value is appended twice, whatever its log; the request says what the history says', () => {
  const { generator, random } = started({ polls: 0, acks: 'leader', 'first-value': 10 });
  const sent = Array.from({ length: 100 }, (_, i) => generator.next(1 + (i % 2), random));
  const inputOf = (one: unknown) => (one as { input: [[string, string, number]] }).input[0];
  const values = sent.map((one) => inputOf(one)[2]);
  expect(values).toEqual(Array.from({ length: 100 }, (_, i) => 10 + i));
  for (const one of sent) {
    const [, key, value] = inputOf(one);
    expect(one?.request).toEqual({ type: 'send', key, value, acks: 'leader' });
  }
  expect(new Set(sent.map((one) => one?.request['key'])).size).toBe(5);
});

test('heat moves what is sent to another log, and nothing else', () => {
  const { generator, random } = started({ polls: 0.3 });
  const { generator: calm, random: same } = started({ polls: 0.3 });
  const moved = Array.from({ length: 100 }, () => {
    const before = calm.next(1, same);
    const hot = generator.next(1, random, 'k2');
    expect([hot?.f, hot?.request['key']]).toEqual([
      before?.f,
      before?.f === 'send' ? 'k2' : undefined,
    ]);
    const isOther = hot?.request['key'] !== before?.request['key'];
    expect(generator.wasMoved).toBe(isOther);
    return isOther;
  });
  // Of 70 four in five, and a standard deviation of 5.
  expect(Math.abs(moved.filter(Boolean).length - 56)).toBeLessThan(25);
});

test.each([0, 0.3, 1])('the share of polls is %f', (polls) => {
  const { generator, random } = started({ polls });
  const made = Array.from({ length: 4000 }, () => generator.next(1, random)?.f);
  // A standard deviation of at most 0.008.
  expect(Math.abs(made.filter((f) => f === 'poll').length / 4000 - polls)).toBeLessThan(0.024);
});

test('at the end each process polls until nothing comes, or there is no answer', () => {
  const { generator, random } = started();
  const poll = generator.last(1, random) as never;
  expect(poll).toMatchObject({ f: 'poll' });
  generator.heard?.(1, poll, 'ok', found, null);
  expect(generator.last(1, random)).not.toBeNull();
  generator.heard?.(1, poll, 'ok', nothing, null);
  expect(generator.last(1, random)).toBeNull();
  expect(generator.last(2, random)).not.toBeNull();
  generator.heard?.(2, poll, 'info', null, 'timeout');
  expect(generator.last(2, random)).toBeNull();
});

test('a process that never had its logs asks for them once', () => {
  const generator = generatorOf();
  expect([1, 2].map(() => generator.last(7, fixedRandom(1))?.f)).toEqual(['assign', undefined]);
});

test('a load that only sends takes no logs, and polls nothing at the end', () => {
  const generator = generatorOf({ polls: 0 });
  expect(generator.next(1, fixedRandom(1))?.f).toBe('send');
  expect(generator.last(1, fixedRandom(1))).toBeNull();
});

test('operations in words', () => {
  const tell = (f: string, input: unknown, output?: unknown) =>
    workload.tell?.(f, input as never, output as never);
  expect(tell('assign', ['k1', 'k2'])).toBe('assign k1, k2');
  expect(tell('send', [['send', 'k1', 7]])).toBe('send k1 7');
  expect(tell('send', [['send', 'k1', 7]], [['send', 'k1', [3, 7]]])).toBe('send k1 7 at 3');
  expect(tell('poll', [['poll']])).toBe('poll');
  expect(tell('poll', [['poll']], found)).toBe('poll k1 1');
  expect(tell('poll', [['poll']], nothing)).toBe('poll nothing');
});
