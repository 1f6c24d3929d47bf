/** The notations in which tests write histories. */
import { describe, expect, it } from 'vitest';
import { draw, readNeutral } from './histories.ts';

const rows = (history: ReturnType<typeof draw>) =>
  history.map((o) => [
    o.process,
    o.f,
    o.key,
    o.input,
    o.outcome,
    o.output,
    o.invokedAtUs,
    o.completedAtUs,
  ]);

describe('a drawing', () => {
  it('has a line a process and a column a millisecond', () => {
    const history = draw(`
|-w(1)-|    |-r()=1-|
    |--w(y,2)----?
  |cas(1,_)!
`);
    expect(rows(history)).toEqual([
      [0, 'write', 'x', 1, 'ok', null, 0, 7000],
      [2, 'cas', 'x', [1, null], 'fail', null, 2000, 11_000],
      [1, 'write', 'y', 2, 'info', null, 4000, Infinity],
      [0, 'read', 'x', null, 'ok', 1, 12_000, 20_000],
    ]);
    expect(history[1]?.error).toBe('precondition-failed');
    expect(history[2]?.endedAtUs).toBe(17_000);
  });

  it('that cannot be read is an error', () => {
    expect(() => draw('|-write 1-|')).toThrow("cannot read '|-write 1-|' in the drawing");
  });
});

describe('a neutral history', () => {
  it('pairs events, leaves out who is no client, and opens what never ended', () => {
    const history = readNeutral(`
{"process":0,"type":"invoke","f":"write","key":1,"value":5,"time":1}
{"process":"nemesis","type":"info","f":"kill","value":null,"time":2}
{"process":1,"type":"invoke","f":"read","value":null,"time":3}
{"process":0,"type":"fail","f":"write","key":1,"value":5,"time":4,"error":"gone"}
`);
    expect(rows(history)).toEqual([
      [0, 'write', '1', 5, 'fail', null, 1, 4],
      [1, 'read', null, null, 'info', null, 3, Infinity],
    ]);
    expect(history[0]?.error).toBe('gone');
  });
});
