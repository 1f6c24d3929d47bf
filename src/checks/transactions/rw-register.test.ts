import { describe, expect, it } from 'vitest';
import { drawTransactions } from '../../../test/support/transactions.ts';
import { defaultsOf } from '../../sim/params.ts';
import { DEFAULT_BUDGET } from '../search/turns.ts';
import { rwRegisterJudge as rwRegister } from './index.ts';

type Keys = 'wfr-keys' | 'sequential-keys' | 'linearizable-keys';

function judge(picture: string, keys: readonly Keys[] = [], consistency = 'strict-serializable') {
  const set = Object.fromEntries(keys.map((name) => [name, true]));
  const params = defaultsOf(rwRegister.params, set);
  return rwRegister.judge(drawTransactions(picture), params, consistency, DEFAULT_BUDGET);
}

/** Each anomaly with its sentence, and the weakest models that are ruled out. */
function told(picture: string, ...keys: readonly Keys[]) {
  const { verdict, anomalies = [], models } = judge(picture, keys);
  return [
    verdict,
    ...anomalies.map(({ name, sentence }) => `${name}: ${sentence}`),
    `not ${models?.ruledOut.join(', ')}`,
  ];
}

describe('anomalies of registers', () => {
  it('none', () => {
    expect(judge('@0-1 w x 1\n @2-3 r x 1, w x 2\n @4-5 r x 2').summary).toMatchInlineSnapshot(
      `"Nothing in 3 committed transactions is against strict-serializable."`,
    );
  });

  it('G0: by the order of processes', () => {
    const picture = `
      p0 @0-1  w x 1, w y 2
      p1 @2-3  w x 2, w y 1
      p0 @4-5  r x 2
      p1 @6-7  r y 2
    `;
    expect(told(picture, 'sequential-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "G0: #1 wrote 2 to x after #0 wrote 1 (1 before 2, as #2 followed #0 in its process); #0 wrote 2 to y after #1 wrote 1 (1 before 2, as #3 followed #1 in its process); so #0 < #1 < #0",
        "not read-uncommitted",
      ]
    `);
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item-process: there is a cycle in whatever order #0 and #1 wrote x, and #0 and #1 wrote y",
        "not strong-session-snapshot-isolation",
      ]
    `);
  });

  it('G1a: a read of what was aborted', () => {
    expect(told('! w x 1\n r x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1a: #1 read 1 from x, but #0, which wrote it, was aborted",
        "not read-committed",
      ]
    `);
  });

  it('G1b: a read of what was not finished', () => {
    expect(told('w x 1, w x 2\n r x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1b: #1 read 1 from x, but #0 wrote 1 and then 2",
        "not read-committed",
      ]
    `);
  });

  it('G1c: information flowed both ways', () => {
    expect(told('w x 1, r y 1\n w y 1, r x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "G1c: #1 read #0's 1 from x; #0 read #1's 1 from y; so #0 < #1 < #0",
        "not read-committed",
      ]
    `);
  });

  it('G-single: by the initial state', () => {
    expect(told('w x 1, w y 1\n r x 1, r y _')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: #1 read nothing from y, without #0's 1; #1 read #0's 1 from x; so #1 < #0 < #1",
        "not consistent-view, repeatable-read",
      ]
    `);
  });

  it('G-single: by writes that follow reads', () => {
    const picture = 'w x 1, w y 1\n r y 1, w x 2, w y 2\n r x 2, r y 1';
    expect(told(picture, 'wfr-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: #2 read 1 from y, which #1 overwrote by 2 (1 before 2, as #1 read the one and wrote the other); #2 read #1's 2 from x; so #2 < #1 < #2",
        "not consistent-view, repeatable-read",
      ]
    `);
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: there is a cycle in whatever order #0 and #1 wrote y",
        "not consistent-view, repeatable-read",
      ]
    `);
  });

  it('G2-item: write skew', () => {
    expect(told('r x _, w y 1\n r y _, w x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "G2-item: #0 read nothing from x, without #1's 1; #1 read nothing from y, without #0's 1; so #0 < #1 < #0",
        "not repeatable-read",
      ]
    `);
    expect(judge('r x _, w y 1\n r y _, w x 1', [], 'snapshot-isolation').verdict).toBe('pass');
  });

  it('lost update', () => {
    expect(told('w x 1\n r x 1, w x 2\n r x 1, w x 3')).toMatchInlineSnapshot(`
      [
        "fail",
        "lost-update: #1 and #2 both read 1 from x and then wrote it",
        "not cursor-stability, update-atomic",
      ]
    `);
  });

  it('internal, future read', () => {
    expect(told('w x 1\n w x 2, r x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "internal: #1 read 1 from x after it had itself read or written 2",
        "not read-atomic",
      ]
    `);
    expect(told('r x 1, w x 1')).toMatchInlineSnapshot(`
      [
        "fail",
        "future-read: #0 read 1 from x before it wrote that itself",
        "not read-committed",
      ]
    `);
  });

  it('cyclic versions: by processes, by real time, by the initial state', () => {
    const picture = 'p1 @0-1 w x 1\n p1 @2-3 w x 2\n p1 @4-5 r x 1';
    expect(told(picture, 'sequential-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "cyclic-versions: the versions of x go in a circle: 1 before 2, as #1 followed #0 in its process; 2 before 1, as #2 followed #1 in its process",
        "not read-uncommitted",
      ]
    `);
    expect(told(picture, 'linearizable-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "cyclic-versions: the versions of x go in a circle: 1 before 2, as #1 began after #0 had ended; 2 before 1, as #2 began after #1 had ended",
        "not read-uncommitted",
      ]
    `);
    expect(told('@0-1 w x 1\n @2-3 r x _', 'linearizable-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "cyclic-versions: the versions of x go in a circle: 1 before null, as #1 began after #0 had ended; null before 1, as it is initial",
        "not read-uncommitted",
      ]
    `);
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item-process: there is a cycle in whatever order #0 and #1 wrote x",
        "not strong-session-snapshot-isolation",
      ]
    `);
  });

  it('G-single: by real time of one key, over a version that nobody wrote', () => {
    const picture = `
      @0-1  w y 1
      @2-3  r y 7
      @4-5  w y 2, w x 2
      @0-9  r y 1, r x 2
    `;
    expect(told(picture, 'linearizable-keys')).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item: #1 read 1 from y, which #3 overwrote by 2; #1 read #3's 2 from x; so #1 < #3 < #1",
        "not consistent-view, repeatable-read",
      ]
    `);
    expect(told(picture)).toMatchInlineSnapshot(`
      [
        "fail",
        "G-single-item-realtime: there is a cycle in whatever order #0 and #3 wrote y",
        "not strong-snapshot-isolation",
      ]
    `);
  });
});

describe('what cannot be judged', () => {
  it('is unknown, and says why', () => {
    const why = (picture: string) => judge(picture).summary;
    expect(why('w x 1\n w x 1')).toMatchInlineSnapshot(
      `"Nothing was judged: #0 and #1 both wrote 1 to x; values must be unique."`,
    );
    expect(why('w x _')).toMatchInlineSnapshot(
      `"Nothing was judged: #0 wrote null to x, which a register holds before anything is written."`,
    );
    expect(why('a x 1')).toMatchInlineSnapshot(
      `"Nothing was judged: #0: ["append","x",1] is neither r nor w."`,
    );
    expect(why('w x 1\n w y 1')).toMatchInlineSnapshot(
      `"Nothing was judged: no transaction depends on another."`,
    );
  });

  it('is said of models that are checked in part', () => {
    const { verdict, next } = judge('w x 1\n r x 1', [], 'parallel-snapshot-isolation');
    expect([verdict, next]).toMatchInlineSnapshot(`
      [
        "pass",
        [
          "Of what parallel-snapshot-isolation forbids, a part is looked for.",
        ],
      ]
    `);
  });

  it('is not a value that nobody wrote', () => {
    const { verdict, next } = judge('@0-1 w x 2\n @2-3 r x 3\n @4-5 r x 2');
    expect([verdict, next]).toMatchInlineSnapshot(`
      [
        "pass",
        [
          "#1 read 3 from x: nobody in this history wrote it.",
        ],
      ]
    `);
  });
});
