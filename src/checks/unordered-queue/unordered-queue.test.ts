// Queues by what went in and what came out.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as unordered } from './index.ts';

describe('unordered-queue', () => {
  it('lets an enqueue take effect from its invocation on, whatever becomes of it', () => {
    expect(brief(ask(unordered, told('0-5? a enqueue 1\n 1-2 b dequeue -> 1')))).toBe('pass');
    expect(brief(ask(unordered, told('2-5 a enqueue 1\n 0-1 b dequeue -> 1')))).toBe(
      'fail: unexpected 1',
    );
    expect(brief(ask(unordered, told('0-1! a enqueue 1\n 2-3 b dequeue -> 1')))).toBe(
      'fail: unexpected 1',
    );
  });

  it('counts how often', () => {
    const history = told(`
      0-1  a  enqueue 1
      2-3  a  enqueue 1
      4-5  b  dequeue -> 1
      6-7  b  dequeue -> 1
      8-9  b  dequeue -> 1
    `);
    const result = ask(unordered, history);
    expect(brief(result)).toBe('fail: duplicated 1');
    expect(result.summary).toBe('#4 dequeued 1 again, but it was put in 2 times by then.');
    expect(result.evidence).toEqual([0, 1, 2, 3, 4]);
    expect(brief(ask(unordered, history.slice(0, 4)))).toBe('pass');
  });

  it('does not mind the order, nor an empty queue', () => {
    const history = told(`
      0-1  a  enqueue 1
      2-3  a  enqueue 2
      4-5  b  dequeue -> 2
      6-7  b  dequeue -> 1
      8-9  b  dequeue -> null
    `);
    expect(ask(unordered, history)).toMatchObject({
      verdict: 'pass',
      numbers: { dequeued: 2, empty: 1 },
    });
  });

  it('takes a drain for many dequeues', () => {
    const history = told(
      '0-1 a enqueue 1\n 2-3 a enqueue 2\n 4-5 b drain -> [2, 1]\n 6-7 b drain -> []',
    );
    expect(ask(unordered, history)).toMatchObject({ verdict: 'pass', numbers: { dequeued: 2 } });
    const twice = told('0-1 a enqueue 1\n 2-3 b dequeue -> 1\n 4-5 b drain -> [1, 7]');
    expect(brief(ask(unordered, twice))).toBe('fail: unexpected 1, duplicated 1');
  });
});
