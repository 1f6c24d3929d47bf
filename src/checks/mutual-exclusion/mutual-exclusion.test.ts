// Locks by what their holders were told, and fencing tokens.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import checkers, { judge as mutex } from './index.ts';

describe('mutual exclusion', () => {
  it('is broken when two surely hold the lock', () => {
    const result = ask(
      mutex,
      told(`
        0-1    a  acquire
        2-5    b  acquire
        6-7    a  release
      `),
    );
    expect(brief(result)).toBe('fail: two-holders 1');
    expect(result.summary).toBe(
      '#1 gave the lock to process 1 while process 0 held it: #0 had given it, and it invoked its release #2 only later.',
    );
    expect(result.numbers).toMatchObject({ acquireCount: 2, mostHoldersAtOnce: 2 });
    expect(result.next?.[0]).toContain('--consistency fencing');
  });

  it.each([
    ['two readers', '0-1 a acquire "shared"\n 2-3 b acquire "shared"', 'pass'],
    ['a writer after a reader', '0-1 a acquire "shared"\n 2-3 b acquire', 'fail: two-holders 1'],
    ['a reader after a writer', '0-1 a acquire\n 2-3 b acquire "shared"', 'fail: two-holders 1'],
    [
      'a reader after a writer and a reader that is out',
      '0-1 a acquire\n 2-3 a release\n 4-5 b acquire "shared"\n 6-7 c acquire "shared"',
      'pass',
    ],
    [
      'a writer after the first of two readers is out',
      '0-1 a acquire "shared"\n 2-3 b acquire "shared"\n 4-5 a release\n 6-7 c acquire',
      'fail: two-holders 1',
    ],
  ])('of readers that share it: %s', (_, history, verdict) => {
    expect(brief(ask(mutex, told(history)))).toBe(verdict);
  });

  it('ends with the invocation of the release, whatever becomes of it', () => {
    expect(brief(ask(mutex, told('0-1 a acquire\n 3-9? a release\n 2-4 b acquire')))).toBe('pass');
    expect(brief(ask(mutex, told('0-1 a acquire\n 5-6! a release\n 2-4 b acquire')))).toBe(
      'fail: two-holders 1',
    );
  });

  it('lasts forever without a release, or as long as the lease', () => {
    const history = told('0-1 a acquire\n 100-101 b acquire');
    expect(ask(mutex, history).summary).toContain('and it has never released it');
    expect(brief(ask(mutex, history, { set: { lease: 50 } }))).toBe('pass');
    expect(brief(ask(mutex, history, { set: { lease: 150 } }))).toBe('fail: two-holders 1');
  });

  it('ends with its process, which never acts again once it has given up an operation', () => {
    const givenUp = '0-1 a acquire\n 2-5? a write [1, 1]';
    expect(brief(ask(mutex, told(`${givenUp}\n 3-4 b acquire`)))).toBe('fail: two-holders 1');
    expect(brief(ask(mutex, told(`${givenUp}\n 6-7 b acquire`)))).toBe('pass');
  });

  it('ends with the crash of its client', () => {
    const [checker] = checkers;
    const history = told('0-1 a acquire\n 6-7 b acquire');
    const judged = (client: string, crashedAtMs: number) => {
      const crashedAtUs = crashedAtMs * 1000;
      const down = { node: client, fromUs: crashedAtUs, crashedAtUs, untilUs: Infinity };
      const facts = emptyFacts([{ name: 'load', workload: 'lock' }], [down]);
      return brief(checker!.check(history, facts));
    };
    expect(judged('a', 5)).toBe('pass');
    expect(judged('a', 8)).toBe('fail: two-holders 1');
    expect(judged('b', 5)).toBe('fail: two-holders 1');
  });

  it('does not count who may hold it, nor another key', () => {
    expect(brief(ask(mutex, told('0-1? a acquire\n 2-3 b acquire')))).toBe('pass');
    expect(brief(ask(mutex, told('0-1 a acquire@x\n 2-3 b acquire@y')))).toBe('pass');
  });

  it('is reentrant only where it is said', () => {
    const history = told('0-1 a acquire\n 2-3 a acquire\n 4-5 a release\n 6-7 b acquire');
    expect(brief(ask(mutex, history))).toBe('fail: two-holders 1');
    expect(ask(mutex, history).summary).toContain('to process 0 again while');
    const reentrant = { set: { reentrant: true } };
    expect(brief(ask(mutex, history, reentrant))).toBe('fail: two-holders 1');
    const released = told(
      '0-1 a acquire\n 2-3 a acquire\n 4-5 a release\n 6-7 a release\n 8-9 b acquire',
    );
    expect(brief(ask(mutex, released, reentrant))).toBe('pass');
  });

  it('is unknown if nobody got the lock', () => {
    expect(ask(mutex, told('0-1! a acquire')).verdict).toBe('unknown');
  });
});

describe('fencing', () => {
  const fencing = { consistency: 'fencing' };
  // The holder was paused, its lease ran out, and another took over.
  const paused = `
    0-1    a  acquire -> 33
    10-11  b  acquire -> 34
    12-13  b  write [34, "new"]
  `;

  it('allows two holders if storage refuses the older token', () => {
    const history = told(`${paused}\n 14-15! a write [33, "old"]`);
    expect(brief(ask(mutex, history, fencing))).toBe('pass');
    expect(brief(ask(mutex, history))).toBe('fail: two-holders 1');
  });

  it('is broken if storage accepts the older token', () => {
    const result = ask(mutex, told(`${paused}\n 14-15 a write {"token": 33}`), fencing);
    expect(brief(result)).toBe('fail: stale-token-accepted 1');
    expect(result.summary).toBe(
      '#3 wrote with token 33 and was accepted, though #2 had written with 34 before.',
    );
    expect(result.evidence).toEqual([2, 3]);
  });

  it('says nothing of writes at the same time', () => {
    const history = told(`${paused}\n 12-15 a write [33, "old"]`);
    expect(brief(ask(mutex, history, fencing))).toBe('pass');
  });

  it('needs tokens that only grow', () => {
    expect(brief(ask(mutex, told('0-1 a acquire -> 5\n 2-3 b acquire -> 4'), fencing))).toBe(
      'fail: token-went-back 1',
    );
    expect(brief(ask(mutex, told('0-3 a acquire -> 5\n 2-4 b acquire -> 5'), fencing))).toBe(
      'fail: token-reused 1',
    );
    expect(ask(mutex, told('0-1 a acquire'), fencing).verdict).toBe('unknown');
  });
});
