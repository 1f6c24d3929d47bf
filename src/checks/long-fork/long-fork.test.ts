// Long fork: two writes seen in two orders.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as longFork } from './index.ts';

describe('long-fork', () => {
  const fork = told(`
    0-1  a  write [["w","x",1]]
    0-1  b  write [["w","y",1]]
    2-3  c  read [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",null]]
    2-3  d  read [["r","y",null],["r","x",null]] -> [["r","y",1],["r","x",null]]
  `);

  it('is two reads that saw two writes the other way round', () => {
    const result = ask(longFork, fork);
    expect(brief(result)).toBe('fail: long-fork 1');
    expect(result.summary).toBe('#2 saw x and not y, #3 saw it the other way round.');
    expect(result.evidence).toEqual([2, 3]);
  });

  it('is none if one saw all that the other saw', () => {
    const history = told(`
      0-1  a  read [["r","x",null],["r","y",null]] -> [["r","x",null],["r","y",null]]
      2-3  b  read [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",null]]
      4-5  c  read [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",1]]
    `);
    expect(ask(longFork, history)).toMatchObject({
      verdict: 'pass',
      numbers: { readCount: 3, groupCount: 1, groupSize: 2 },
    });
  });

  it('compares reads of the same keys only, and of as many as it was told', () => {
    const history = told(`
      2-3  c  read [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",null]]
      2-3  d  read [["r","y",null],["r","z",null]] -> [["r","y",1],["r","z",null]]
    `);
    expect(brief(ask(longFork, history))).toBe('pass');
    expect(ask(longFork, history, { set: { n: 3 } }).summary).toBe(
      'Nothing was judged: #0 reads 2 keys, not 3.',
    );
  });

  it('needs every key to be written once', () => {
    const twice = told('0-1 a write [["w","x",1]]\n 2-3 a write [["w","x",2]]');
    expect(ask(longFork, twice).summary).toBe(
      'Nothing was judged: key x is written twice, by #0 and #1.',
    );
    const clash = told(`
      2-3  c  read [["r","x",null]] -> [["r","x",1]]
      4-5  c  read [["r","x",null]] -> [["r","x",2]]
    `);
    expect(ask(longFork, clash).verdict).toBe('unknown');
    expect(ask(longFork, told('0-1 a txn [["r","x",1],["w","y",1]]')).verdict).toBe('unknown');
  });
});
