import { describe, expect, it } from 'vitest';
import { handFacts, handLoad } from '../../../test/support/hand-history.ts';
import { simulateStore } from '../../../test/support/simulated-store.ts';
import { drawTransactions } from '../../../test/support/transactions.ts';
import type { History } from '../../sim/history.ts';
import { named } from '../named.ts';
import checkers from './index.ts';

const serializable = named(checkers, 'serializable');
const snapshotIsolation = named(checkers, 'snapshot-isolation');
const strictSerializable = named(checkers, 'strict-serializable');

/** Facts of loads on targets: `[name, workload, target]`. */
function factsOf(...loads: (readonly [string, string, string])[]) {
  return handFacts({
    loads: loads.map(([name, asks, target]) => handLoad(name, asks, target)),
  });
}

const on = (load: string, history: History, from = 0): History =>
  history.map((operation) => ({ ...operation, load, index: operation.index + from }));

const skew = drawTransactions('r x _, a y 1\n r y _, a x 1');
const fine = drawTransactions('@0-1 a x 1\n @2-3 r x [1]');

describe('isolation as an expectation', () => {
  it('is judged by store', () => {
    const both = [...on('one', skew), ...on('two', fine, 2)];
    const result = serializable.check(
      both,
      factsOf(['one', 'list-append', 'a'], ['two', 'list-append', 'b']),
    );
    expect([result.verdict, result.evidence]).toEqual(['fail', [0, 1]]);
    expect(result.summary).toMatchInlineSnapshot(
      `"Not serializable: G2-item (write skew): #0 read [] from x, without #1's 1; #1 read [] from y, without #0's 1; so #0 < #1 < #0."`,
    );
    const { verdict, summary } = snapshotIsolation.check(
      both,
      factsOf(['one', 'list-append', 'a'], ['two', 'list-append', 'b']),
    );
    expect(verdict).toBe('pass');
    expect(summary).toMatchInlineSnapshot(
      `"Nothing in 2 committed transactions is against snapshot-isolation. So in each of 2 stores."`,
    );
  });

  it('takes loads on one target as one store', () => {
    const [first, second] = drawTransactions('a x 1, r y [1]\n a y 1, r x [1]');
    if (first === undefined || second === undefined) throw new Error('two were drawn');
    const both = [...on('one', [first]), ...on('two', [second])];
    const facts = factsOf(['one', 'list-append', 'a'], ['two', 'list-append', 'a']);
    expect(serializable.check(both, facts).verdict).toBe('fail');
  });

  it('is unknown where there was no transaction', () => {
    const facts = factsOf(['one', 'register', 'a']);
    expect(serializable.check(on('one', skew), facts)).toMatchObject({
      verdict: 'unknown',
      summary: 'Nothing was judged: there were no transactions.',
    });
  });

  it('assumes of registers what the model promises', () => {
    const facts = factsOf(['one', 'rw-register', 'a']);
    const stale = on('one', drawTransactions('@0-1 w x 1\n @2-3 w x 2\n @4-5 r x 1'));
    expect(serializable.check(stale, facts).verdict).toBe('pass');
    const { verdict, summary, models } = strictSerializable.check(stale, facts);
    expect([verdict, summary, models]).toMatchInlineSnapshot(`
      [
        "fail",
        "Not strict-serializable: cyclic-versions: the versions of x go in a circle: 1 before 2, as #1 began after #0 had ended; 2 before 1, as #2 began after #1 had ended.",
        undefined,
      ]
    `);
  });

  it('holds in a store that has it', () => {
    const facts = factsOf(['load', 'rw-register', 'a']);
    const history = simulateStore({
      ...{ seed: 1, datatype: 'rw-register', isolation: 'strict-serializable' },
      ...{ transactions: 500, processes: 5 },
    });
    expect(strictSerializable.check(history, facts).verdict).toBe('pass');
  });
});
