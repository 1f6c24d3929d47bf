// Queues by what went in and what came out.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as total } from './index.ts';

describe('total-queue', () => {
  it('demands what was acknowledged', () => {
    const result = ask(total, told('0-1 a enqueue 1\n 2-3? a enqueue 2\n 4-5 b dequeue -> 2'));
    expect(brief(result)).toBe('fail: lost 1');
    expect(result.summary).toBe('#0 enqueued 1, acknowledged, and it never came out.');
    expect(result.numbers).toMatchObject({ recoveredCount: 1, lostCount: 1 });
  });

  it('cannot tell null that was put in from an empty queue', () => {
    const history = told('0-1? a enqueue null\n 2-3 b dequeue -> null');
    expect(ask(total, history)).toMatchObject({
      verdict: 'unknown',
      summary: 'Nothing was judged: #0 enqueued null, which stands for an empty queue.',
    });
    expect(
      brief(ask(total, told('0-1! a enqueue null\n 2-3 a enqueue 1\n 4-5 b dequeue -> 1'))),
    ).toBe('pass');
  });

  it('takes a drain for many dequeues', () => {
    const history = told('0-1 a enqueue 1\n 2-3 a enqueue 2\n 4-5 b drain -> [2, 1]');
    expect(brief(ask(total, history))).toBe('pass');
  });

  it('cannot say what a drain took that did not return', () => {
    const history = told('0-1 a enqueue 1\n 2-3? b drain');
    expect(ask(total, history)).toMatchObject({
      verdict: 'unknown',
      summary: 'Undecided: #1, a drain that gave no list, may have taken what is missing.',
    });
    expect(brief(ask(total, told('0-1 a enqueue 1\n 2-3! b drain')))).toBe('fail: lost 1');
  });

  it('allows what comes out twice, unless it must be exactly once', () => {
    const history = told('0-1 a enqueue 1\n 2-3 b dequeue -> 1\n 4-5 b dequeue -> 1');
    expect(ask(total, history)).toMatchObject({ verdict: 'pass', numbers: { duplicatedCount: 1 } });
    expect(brief(ask(total, history, { consistency: 'exactly-once' }))).toBe('fail: duplicated 1');
  });

  it('says who may have what is lost', () => {
    const { next } = ask(total, told('0-1 a enqueue 1\n 2-3? b dequeue'));
    expect(next?.[0]).toContain('#1 is a dequeue of unknown outcome');
  });
});
