/** Staleness in time and versions against its definition, drawn histories, and the bound. */
import { describe, expect, it } from 'vitest';
import { handFacts } from '../../../test/support/hand-history.ts';
import { draw, historyOf } from '../../../test/support/histories.ts';
import { simulateWeak } from '../../../test/support/replicated-register.ts';
import { simulateRegister } from '../../../test/support/simulated-register.ts';
import type { History } from '../../sim/history.ts';
import { RegisterHistory } from '../causal/register-history.ts';
import { metrics } from '../metrics/index.ts';
import { checkStaleness } from './bound.ts';
import { stalenessOf } from './staleness.ts';

const brief = (history: History) =>
  stalenessOf(new RegisterHistory(history)).map(
    ({ read, staleUs, versions, newer }) =>
      `#${read.index} ${staleUs / 1000}ms ${versions} ${newer === null ? '-' : `#${newer.index}`}`,
  );

describe('staleness', () => {
  it('counts the acknowledged writes that are newer for certain', () => {
    const history = draw(`
      |w(1)| |w(2)|   |w(3)|                |w(4)---|
                               |r()=1|        |r()=3|   |r()=3|
    `);
    expect(brief(history)).toMatchInlineSnapshot(`
      [
        "#3 13ms 2 #1",
        "#5 0ms 0 -",
        "#6 4ms 1 #4",
      ]
    `);
  });

  it('gives writes at the same time, open ones and repeated values the benefit of the doubt', () => {
    expect(brief(draw('|w(1)---|\n  |w(2)-|\n             |r()=1|'))).toEqual(['#2 0ms 0 -']);
    expect(brief(draw('|w(1)?\n        |w(2)-|\n                 |r()=1|'))).toEqual([
      '#2 0ms 0 -',
    ]);
    expect(brief(draw('|w(1)| |w(2)| |w(1)|\n                       |r()=1|'))).toEqual([
      '#3 0ms 0 -',
    ]);
  });

  it('takes writes that touch for writes at the same time', () => {
    const touching = (at: number) =>
      historyOf([
        { process: 0, f: 'write', input: 1, from: 0, to: 10 },
        { process: 1, f: 'write', input: 2, from: at, to: 20 },
        { process: 2, f: 'read', output: 1, from: 30, to: 35 },
      ]);
    expect(brief(touching(10))).toEqual(['#2 0ms 0 -']);
    expect(brief(touching(11))).toEqual(['#2 0.01ms 1 #1']);
  });

  it('does not count a write that is acknowledged in the microsecond in which the read begins', () => {
    const acknowledged = (at: number) =>
      historyOf([
        { process: 0, f: 'write', input: 1, from: 0, to: at },
        { process: 1, f: 'read', output: null, from: 10, to: 20 },
      ]);
    expect(brief(acknowledged(10))).toEqual(['#1 0ms 0 -']);
    expect(brief(acknowledged(9))).toEqual(['#1 0.001ms 1 #0']);
  });

  it('counts from the start for who reads the initial value, and refused writes not at all', () => {
    expect(brief(draw('|w(1)|   |cas(1,2)| |w(3)!\n                             |r()=_|'))).toEqual(
      ['#1 0ms 0 -', '#3 24ms 2 #0'],
    );
  });

  it('is what the definition says, on histories of all kinds', () => {
    let stale = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const history =
        seed % 2 === 0
          ? simulateWeak('log', { seed, operations: 80, processes: 4, keys: 2, lag: 20 })
          : simulateRegister({
              seed,
              operations: 80,
              processes: 5,
              values: seed % 3 === 0 ? 4 : 0,
            });
      const found = stalenessOf(new RegisterHistory(history));
      for (const { read, staleUs, versions } of found) {
        const naive = naiveStaleness(history, read.index);
        expect({ seed, read: read.index, staleUs, versions }).toEqual({
          seed,
          read: read.index,
          ...naive,
        });
        if (versions > 0) stale++;
      }
      if (seed % 2 === 1) expect(found.every(({ versions }) => versions === 0)).toBe(true);
    }
    expect(stale).toBeGreaterThan(300);
  });
});

/** By the definition of PBS, every write looked at for every read. */
function naiveStaleness(history: History, index: number): { staleUs: number; versions: number } {
  const read = history[index];
  if (read === undefined) throw new Error('no such read');
  const writes = history.filter(({ f, key }) => f === 'write' && key === read.key);
  const sources = writes.filter(({ input }) => input === read.output);
  const overs = sources.map(({ completedAtUs }) => completedAtUs);
  if (read.output === null) overs.push(-1);
  const all = overs.map((overUs) => {
    const newer = writes.filter(
      ({ invokedAtUs, completedAtUs }) => invokedAtUs > overUs && completedAtUs < read.invokedAtUs,
    );
    const first = Math.min(...newer.map(({ completedAtUs }) => completedAtUs));
    return { versions: newer.length, staleUs: newer.length === 0 ? 0 : read.invokedAtUs - first };
  });
  return all.reduce((a, b) => (b.versions < a.versions ? b : a));
}

describe('a bound on staleness', () => {
  const history = draw(`
      |w(1)| |w(2)|   |w(3)|
                               |r()=1|  |r()=3|
  `);

  it('in time and in versions', () => {
    const verdict = (withinUs?: number, versions?: number) =>
      checkStaleness(history, {
        ...(withinUs === undefined ? {} : { withinUs }),
        ...(versions === undefined ? {} : { versions }),
      }).verdict;
    expect([
      verdict(13_000),
      verdict(12_999),
      verdict(undefined, 2),
      verdict(undefined, 1),
    ]).toEqual(['pass', 'fail', 'pass', 'fail']);
    expect([verdict(20_000, 1), verdict(20_000, 2), verdict()]).toEqual([
      'fail',
      'pass',
      'unknown',
    ]);
  });

  it('is told', () => {
    const { summary, evidence, numbers } = checkStaleness(history, { withinUs: 5000 });
    expect(summary).toMatchInlineSnapshot(
      `"1 of 2 reads are older than 5ms; the first: #3 at 0.031s returned 1, 13ms after #1 was acknowledged, 2 versions behind."`,
    );
    expect(evidence).toEqual([1, 3]);
    expect(numbers).toMatchInlineSnapshot(`
      {
        "over the bound": 1,
        "reads": 2,
        "stale": 1,
        "staleness max ms": 13,
        "staleness p50 ms": 0,
        "staleness p99 ms": 13,
        "versions max": 2,
        "versions p50": 0,
        "versions p99": 2,
      }
    `);
  });
});

describe('the metrics', () => {
  const history = draw(`
      |w(1)| |w(2)|   |w(3)|
                               |r()=1|  |r()=3|
  `);
  const measure = (name: string, args: readonly string[] = [], fromUs = 0) =>
    metrics.get(name)?.measure(args, [{ fromUs, untilUs: 1_000_000 }], history, handFacts());

  it('are of reads in the window, fresh ones included', () => {
    expect(measure('max staleness')?.value).toBe(13);
    expect(measure('p50 staleness')?.value).toBe(0);
    expect(measure('p99 versions behind')?.value).toBe(2);
    expect(measure('stale reads')).toMatchInlineSnapshot(`
      {
        "because": "1 of 2 reads were stale; oldest: #3 at 0.031s, 13ms and 2 versions behind",
        "samples": 2,
        "value": 0.5,
      }
    `);
    expect(measure('stale reads', [], 35_000)?.value).toBe(0);
    expect(measure('max versions behind', ['write'])).toEqual({
      value: null,
      samples: 0,
      because: 'no read of write invoked in the window returned what was written',
    });
  });
});
