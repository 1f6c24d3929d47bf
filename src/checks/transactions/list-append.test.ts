import { describe, expect, it } from 'vitest';
import { drawTransactions } from '../../../test/support/transactions.ts';
import { defaultsOf } from '../../sim/params.ts';
import { DEFAULT_BUDGET } from '../search/turns.ts';
import { listAppendJudge as listAppend } from './index.ts';

function judge(picture: string, consistency = 'strict-serializable', anomalies: string[] = []) {
  const params = defaultsOf(listAppend.params, { anomalies });
  return listAppend.judge(drawTransactions(picture), params, consistency, DEFAULT_BUDGET);
}

/** Each anomaly with its sentence, and the weakest models that are ruled out. */
function told(picture: string) {
  const { verdict, anomalies = [], models } = judge(picture);
  return [
    verdict,
    ...anomalies.map(({ name, sentence }) => `${name}: ${sentence}`),
    `not ${models?.ruledOut.join(', ')}`,
  ];
}

describe('anomalies of lists', () => {
  it('none', () => {
    const { verdict, summary, models } = judge(`
      @0-1  a x 1, r y _
      @2-3  r x [1], a y 2
      @4-5  r x [1], r y [2]
    `);
    expect([verdict, summary, models]).toMatchInlineSnapshot(`
      [
        "pass",
        "Nothing in 3 committed transactions is against strict-serializable.",
        {
          "alsoRuledOut": [],
          "mayHold": [
            "strict-serializable",
          ],
          "ruledOut": [],
        },
      ]
    `);
  });

  it('G0: two transactions wrote over one another both ways', () => {
    const picture = `
      a x 1, a y 1
      a x 2, a y 2
      r x [1 2], r y [2 1]
    `;
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G0: #1 appended 2 to x after #0 appended 1; #0 appended 1 to y after #1 appended 2; so #0 < #1 < #0",
        "not read-uncommitted",
      ]
    `);
    expect(judge(picture).reasons).toMatchInlineSnapshot(`
      [
        "#0 < #1 (ww): #1 appended 2 to x after #0 appended 1.",
        "#1 < #0 (ww): #0 appended 1 to y after #1 appended 2.",
        "Ruled out: read-uncommitted, and with it 24 stronger models. No model is left.",
      ]
    `);
  });

  it('G1a: a read of what was aborted', () => {
    expect(told('! a x 1\n r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1a: #1 read [1] from x, but #0, which appended 1, was aborted",
        "not read-committed",
      ]
    `);
  });

  it('G1b: a read of what was not finished', () => {
    expect(told('a x 1, a x 2\n r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1b: #1 read x up to 1, which #0 had not finished: it appended 2 as well",
        "G-single-item: #1 read [1] from x, without #0's 2; #1 read #0's 1 from x; so #1 < #0 < #1",
        "not read-committed",
      ]
    `);
  });

  it('G1c: information flowed both ways', () => {
    expect(told('a x 1, r y [1]\n a y 1, r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1c: #1 read #0's 1 from x; #0 read #1's 1 from y; so #0 < #1 < #0",
        "not read-committed",
      ]
    `);
  });

  it('G-single: a read saw one write of a transaction and not the other', () => {
    expect(told('a x 1, a y 1\n r x [1], r y _\n r y [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: #1 read [] from y, without #0's 1; #1 read #0's 1 from x; so #1 < #0 < #1",
        "not consistent-view, repeatable-read",
      ]
    `);
  });

  it('G-nonadjacent: two readers saw two writes in opposite orders', () => {
    expect(told('a x 1\n a y 1\n r x [1], r y _\n r y [1], r x _')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-nonadjacent-item: #2 read [] from y, without #1's 1; #3 read #1's 1 from y; #3 read [] from x, without #0's 1; #2 read #0's 1 from x; so #2 < #1 < #3 < #0 < #2",
        "not repeatable-read, snapshot-isolation",
      ]
    `);
  });

  it('G2-item: write skew', () => {
    const picture = 'r x _, a y 1\n r y _, a x 1\n r x [1], r y [1]';
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G2-item: #0 read [] from x, without #1's 1; #1 read [] from y, without #0's 1; so #0 < #1 < #0",
        "not repeatable-read",
      ]
    `);
    expect(judge(picture, 'snapshot-isolation').verdict).toBe('pass');
    expect(judge(picture, 'serializable', ['write-skew']).verdict).toBe('fail');
    expect(judge(picture, 'snapshot-isolation').next).toMatchInlineSnapshot(`
      [
        "Other models forbid what is in it: G2-item (write skew): #0 read [] from x, without #1's 1; #1 read [] from y, without #0's 1; so #0 < #1 < #0.",
      ]
    `);
  });

  it('lost update', () => {
    expect(told('a x 1\n r x [1], a x 2\n r x [1], a x 3')).toMatchInlineSnapshot(`
      [
        "fail",
        "lost-update: #1 and #2 both read [1] from x and then appended to it",
        "G2-item: #1 read [1] from x, without #2's 3; #2 read [1] from x, without #1's 2; so #1 < #2 < #1",
        "not cursor-stability, update-atomic",
      ]
    `);
  });

  it('lost update by the shortest of several reads', () => {
    const twice = 'a x 1\n r x [1], r x _, a x 2\n r x [1 2]';
    const { verdict, anomalies = [] } = judge(twice, 'cursor-stability');
    expect([verdict, ...anomalies.map(({ name }) => name)]).toEqual(['fail', 'lost-update']);
    expect(judge(twice.replace('r x _', 'r x [1]'), 'cursor-stability').verdict).toBe('pass');
  });

  it('internal: a transaction did not see its own', () => {
    expect(told('a x 1, r x _\n r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "internal: #0 read [] from x, but after what it had done itself it should have read a list that ends with [1]",
        "not read-atomic",
      ]
    `);
    expect(told('r x _, r x [1]\n a x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "internal: #0 read [1] from x, but after what it had done itself it should have read []",
        "G-single-item: #0 read [] from x, without #1's 1; #0 read #1's 1 from x; so #0 < #1 < #0",
        "not read-atomic, consistent-view, repeatable-read",
      ]
    `);
  });

  it('future read', () => {
    expect(told('r x [1], a x 1\n r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "future-read: #0 read [1] from x before it appended 1 itself",
        "not read-committed",
      ]
    `);
  });

  it('dirty update: on top of what was aborted, through one of unknown outcome', () => {
    expect(told('! a x 1\n ? a x 2\n a x 3\n r x [1 2 3]')).toMatchInlineSnapshot(`
      [
        "fail",
        "dirty-update: #1 appended 2 to x on top of #0's 1, which was aborted",
        "G1a: #3 read [1,2,3] from x, but #0, which appended 1, was aborted",
        "not read-committed",
      ]
    `);
  });

  it('aborted read: the first of several that were aborted is named', () => {
    expect(told('! a x 1, a x 2\n r x [1 2]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1a: #1 read [1,2] from x, but #0, which appended 1, was aborted",
        "not read-committed",
      ]
    `);
  });

  it('duplicate elements', () => {
    expect(told('a x 1\n a x 2\n r x [1 2 1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "duplicate-elements: #2 read [1,2,1] from x: 1 is in it twice",
        "not read-uncommitted",
      ]
    `);
  });

  it('incompatible orders: of two reads, and of a read with the order of one transaction', () => {
    expect(told('a x 1\n a x 2\n r x [1 2]\n r x [2 1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "incompatible-order: #3 read [2,1] from x and #2 [1,2]: neither is how the other began",
        "not read-committed",
      ]
    `);
    expect(told('a x 1, a x 2\n r x [2 1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "incompatible-order: #1 read [2,1] from x, but #0 appended 1 before 2",
        "G1b: #1 read x up to 1, which #0 had not finished: it appended 2 as well",
        "not read-committed",
      ]
    `);
    expect(told('a x 1, a x 2\n r x [2]')).toMatchInlineSnapshot(`
      [
        "fail",
        "incompatible-order: #1 read [2] from x, but #0 appended 1 before 2",
        "G-single-item: #1 read [2] from x, without #0's 1; #1 read #0's 2 from x; so #1 < #0 < #1",
        "not read-committed",
      ]
    `);
  });

  it('G-single-process: a process did not see what it had done', () => {
    expect(told('p1 @0-5 a x 1\n p1 @5-9 r x _\n p2 @0-9 r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item-process: #2 read [] from x, without #0's 1; #2 followed #0 in process 1; so #2 < #0 < #2",
        "not strong-session-snapshot-isolation",
      ]
    `);
  });

  it('G-single-realtime: a read of the past', () => {
    expect(told('@0-1 a x 1\n @2-3 r x _\n @4-5 r x [1]')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item-realtime: #1 read [] from x, without #0's 1; #1 began after #0 had ended; so #1 < #0 < #1",
        "not strong-snapshot-isolation",
      ]
    `);
  });

  it('G1c-process and G1c-realtime: a read of what its own process did later', () => {
    expect(told('p1 @0-1 r x [1]\n p1 @2-3 a x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1c-process: #0 read #1's 1 from x; #1 followed #0 in process 1; so #1 < #0 < #1",
        "G1c-realtime: #0 read #1's 1 from x; #1 began after #0 had ended; so #1 < #0 < #1",
        "not strong-session-read-committed",
      ]
    `);
  });
});

describe('transactions of unknown outcome', () => {
  it('may not have happened', () => {
    expect(judge('@0-1 ? a x 1\n @2-3 r x _\n @4-5 a y 1, r x _').verdict).toBe('pass');
  });

  it('happened as a whole if a part was seen', () => {
    expect(told('? a x 1, a y 1\n r x [1], r y _')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: #1 read [] from y, without #0's 1; #1 read #0's 1 from x; so #1 < #0 < #1",
        "not consistent-view, repeatable-read",
      ]
    `);
  });
});

describe('what cannot be judged', () => {
  it('is undecided when the budget is gone', () => {
    const history = drawTransactions('a x 1, r y [1]\n a y 1, r x [1]');
    const budget = { ...DEFAULT_BUDGET, steps: 1 };
    const params = defaultsOf(listAppend.params);
    const { verdict, summary } = listAppend.judge(history, params, 'serializable', budget);
    expect([verdict, summary]).toMatchInlineSnapshot(`
      [
        "unknown",
        "Undecided after 1 steps: there may be G1c.",
      ]
    `);
    // What the model allows need not be decided.
    const allowing = listAppend.judge(history, params, 'read-uncommitted', budget);
    expect(allowing.verdict).toBe('pass');
  });

  const why = (picture: string) => {
    const { verdict, summary } = judge(picture);
    return `${verdict}: ${summary}`;
  };

  it('is unknown, and says why', () => {
    expect(why('a x 1\n a x 1')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: #0 and #1 both appended 1 to x; elements must be unique."`,
    );
    expect(why('a x 1, a x 1')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: #0 appended 1 to x twice; elements must be unique."`,
    );
    expect(why('a x 1\n a y 2')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: no transaction depends on another."`,
    );
    expect(why('! a x 1')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: no transaction depends on another."`,
    );
    expect(why('w x 1')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: #0: ["w","x",1] is neither r nor append."`,
    );
    expect(why('r x 1')).toMatchInlineSnapshot(
      `"unknown: Nothing was judged: #0: ["r","x",1] returned something that is no list."`,
    );
  });

  it('is not an append that is tried again after it was aborted', () => {
    expect(judge('! a x 1\n @101-102 a x 1\n @103-104 r x [1]').verdict).toBe('pass');
  });

  it('names an element that nobody appended, without holding it against anybody', () => {
    const { verdict, next } = judge('@0-1 a x 1\n @2-3 r x [7 1]');
    expect([verdict, next]).toMatchInlineSnapshot(`
      [
        "pass",
        [
          "#1 read [7,1] from x: nobody in this history appended 7.",
        ],
      ]
    `);
  });
});
