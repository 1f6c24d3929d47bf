// Convergence: what replicas answer at last, compared.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import convergedChecker, { judge as convergence } from './index.ts';

describe('converged', () => {
  it('compares the last answers of replicas, lists in any order', () => {
    const same = told('0-1 a add 1\n 2-3 a/n1 read -> [1, 2]\n 2-3 b/n2 read -> [2, 1]');
    expect(brief(ask(convergence, same))).toBe('pass');
    expect(brief(ask(convergence, same, { set: { ordered: true } }))).toBe('fail: diverged 1');
    const result = ask(
      convergence,
      told('0-1 a write 1\n 2-3 a/n1 read -> 1\n 2-3 b/n2 read -> 2\n 2-3 c/n3 read -> 1'),
    );
    expect(brief(result)).toBe('fail: diverged 1');
    expect(result.summary).toBe('3 replicas ended in 2 states: n1 has 1 (#1), n2 has 2 (#2).');
  });

  it('says how many replicas of how many objects agreed', () => {
    const read = (key: string) => `2-3 a/n1 read@${key} -> 1\n 2-3 b/n2 read@${key} -> 1`;
    const summary = (...keys: string[]) =>
      ask(convergence, told(keys.map(read).join('\n'))).summary;
    expect(summary('x')).toBe('2 replicas answered the same at last.');
    expect(summary('x', 'y')).toBe('2 replicas answered the same at last on all 2 keys.');
  });

  it('looks at reads after the last write only, the last of each replica', () => {
    const history = told(`
      0-5  a     write 1
      1-2  b/n2  read -> 0
      6-7  b/n2  read -> 0
      6-7  a/n1  read -> 1
      8-9  b/n2  read -> 1
    `);
    expect(brief(ask(convergence, history))).toBe('pass');
    expect(ask(convergence, history.slice(0, 3)).summary).toBe(
      'Only one replica was read after the last write had ended.',
    );
  });

  it('judges the targets of two loads apart', () => {
    const history = [
      ...told('2-3 a/n1 read@x -> 1\n 2-3 b/n2 read@x -> 1'),
      ...told('2-3 c/m1 read@x -> 2\n 2-3 d/m2 read@x -> 2').map((each) => ({
        ...each,
        load: 'other',
      })),
    ];
    const loads = (target: string) => [
      { name: 'load', workload: 'register', target: 'kv' },
      { name: 'other', workload: 'register', target },
    ];
    expect(convergedChecker.check(history, emptyFacts(loads('store'))).verdict).toBe('pass');
    expect(convergedChecker.check(history, emptyFacts(loads('kv'))).verdict).toBe('fail');
  });

  it('does not wait for the end of what only looks', () => {
    const history = told(`
      0-1  a     add 1
      2-3  a/n1  read -> [1]
      2-3  b/n2  read -> []
      4-9  c     contains 1 -> true
    `);
    expect(brief(ask(convergence, history))).toBe('fail: diverged 1');
  });
});
