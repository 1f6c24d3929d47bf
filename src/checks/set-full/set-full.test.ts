// Sets by all reads: what became of each element.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as full } from './index.ts';

describe('set-full', () => {
  it('finds what was acknowledged and then gone', () => {
    const result = ask(
      full,
      told(`
        0-1  a  add 1
        2-3  a  add 2
        4-5  b  read -> [1, 2]
        6-7  b  read -> [2]
      `),
    );
    expect(brief(result)).toBe('fail: lost 1');
    expect(result.summary).toMatchInlineSnapshot(
      `"1 was lost: #0 made it known, #2 shows it 3ms later, and #3, the last to be invoked, does not."`,
    );
    expect(result.evidence).toEqual([0, 2, 3]);
    expect(result.atUs).toBe(7000);
    expect(result.numbers).toMatchObject({ lostCount: 1, stableCount: 1, lostLatencyMaxMs: 3 });
  });

  it('calls an element stale if a read misses it that was invoked when it was known', () => {
    const history = told(`
      0-1  a  add 1
      3-4  b  read -> []
      5-6  c  read -> [1]
    `);
    const eventual = ask(full, history);
    expect(brief(eventual)).toBe('pass');
    expect(eventual.numbers).toMatchObject({ staleCount: 1, stableLatencyMaxMs: 2 });
    const linearizable = ask(full, history, { consistency: 'linearizable' });
    expect(brief(linearizable)).toBe('fail: stale 1');
    expect(linearizable.summary).toBe('#1 misses 1, which #0 had made known 2ms before.');
  });

  it('knows an uncertain element only once it was read', () => {
    const unread = told('0-9? a add 1\n 1-2 b read -> []');
    expect(brief(ask(full, unread))).toBe('unknown');
    const lost = told('0-9? a add 1\n 1-2 b read -> [1]\n 3-4 b read -> []');
    expect(brief(ask(full, lost))).toBe('fail: lost 1');
  });

  it('lets a read that was under way when the add was acknowledged miss it', () => {
    const history = told('0-2 a add 1\n 1-3 b read -> []\n 4-5 b read -> [1]');
    expect(ask(full, history).numbers).toMatchObject({ staleCount: 0, stableLatencyMaxMs: 0 });
  });

  it('refuses what nobody had added by then, and what one read shows twice', () => {
    expect(brief(ask(full, told('0-1 a add 1\n 2-3 b read -> [1, 7]')))).toBe('fail: unexpected 1');
    const early = told('0-1 b read -> [1]\n 2-3 a add 1\n 4-5 b read -> [1]');
    expect(brief(ask(full, early))).toBe('fail: unexpected 1');
    const twice = told('0-1 a add 1\n 2-3 b read -> [1, 1]');
    expect(brief(ask(full, twice))).toBe('fail: duplicated 1');
  });

  it('takes broadcasts for adds', () => {
    const history = told('0-1 a broadcast 1\n 2-3 b read -> [1]\n 4-5 b read -> []');
    expect(brief(ask(full, history))).toBe('fail: lost 1');
  });

  it('tells texts, numbers and lists apart', () => {
    const history = told('0-1 a add 1\n 2-3 a add "1"\n 4-5 a add [1]\n 6-7 b read -> [1, [1]]');
    const { anomalies } = ask(full, history);
    expect(anomalies?.map(({ name, operations }) => [name, operations])).toEqual([
      ['lost', [1, 3]],
    ]);
  });

  it('judges keys apart, and is unknown as long as one of them was not read', () => {
    const history = told(`
      0-1  a  add@x 1
      0-1  b  add@y 2
      2-3  a  read@x -> [1]
    `);
    expect(ask(full, history)).toMatchObject({
      verdict: 'unknown',
      summary: 'No element on key y is known to have stayed in the set: it was never read.',
    });
    const both = [...history, ...told('4-5 a read@y -> []')].map((each, index) => ({
      ...each,
      index,
    }));
    expect(ask(full, both)).toMatchObject({ verdict: 'fail', key: 'y' });
  });

  it('says so when it cannot read the history', () => {
    expect(ask(full, told('0-1 a push 1')).summary).toBe(
      "Nothing was judged: #0 is a 'push', not one of 'add', 'read', 'remove', 'contains'.",
    );
    expect(ask(full, told('0-1 a read -> 3')).summary).toBe(
      'Nothing was judged: #0 read 3, no list.',
    );
    expect(ask(full, []).verdict).toBe('unknown');
  });

  it('looks at what somebody tried to remove only until then', () => {
    const judged = (history: string) => brief(ask(full, told(history)));
    const known = '0-1 a add 1\n 2-3 b read -> [1]';
    expect(judged(`${known}\n 4-5 a remove 1\n 6-7 b read -> []`)).toBe('pass');
    expect(judged(`${known}\n 4-5? a remove 1\n 6-7 b read -> []`)).toBe('pass');
    expect(judged(`${known}\n 4-5! a remove 1\n 6-7 b read -> []`)).toBe('fail: lost 1');
    expect(judged(`${known}\n 4-5 b read -> []\n 6-7 a remove 1`)).toBe('fail: lost 1');
    // A read that was under way says nothing.
    expect(judged(`${known}\n 4-7 b read -> []\n 6-8 a remove 1`)).toBe('pass');
    expect(judged(`${known}\n 4-5 a contains 1 -> true`)).toBe('pass');
  });
});
