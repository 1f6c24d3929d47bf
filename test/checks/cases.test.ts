/** Small histories that once had a wrong verdict, through `dsim check`. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judges } from '../../src/checks/index.ts';
import { runCheck, runDsim } from '../support/run-check.ts';

const folder = fileURLToPath(new URL('../fixtures/cases/', import.meta.url));
const verdictOf = async (file: string, options: string) =>
  (await runCheck(join(folder, file), options.split(' '))).verdict;

/** A history of these lines, in a file that the test writes. */
async function judged(name: string, events: readonly string[], options: string) {
  const file = join(tmpdir(), `dsim-case-${process.pid}-${name}.jsonl`);
  writeFileSync(file, `${events.join('\n')}\n`);
  return runCheck(file, options.split(' '));
}

const event = (process: number, type: string, f: string, value: string) =>
  `{"process":${process},"type":"${type}","f":"${f}","value":${value}}`;
/** The events of `add 7` or `read -> 7`: what is not there is null. */
function events(operation: string): string[] {
  const [, f = '', input = 'null', output = 'null'] =
    /^([\w-]+)(?: (?!->)(.*?))?(?: -> (.*))?$/.exec(operation) ?? [];
  return [event(0, 'invoke', f, input), event(0, 'ok', f, output)];
}

describe('long numbers are exact', () => {
  it.each([
    // cluster_logical_timestamp() of CockroachDB: 19 digits, a point and 10 digits.
    ['long-numbers/crdb.edn', '-m monotonic', 'fail'],
    ['long-numbers/crdb2.edn', '-m monotonic', 'fail'],
    ['long-numbers/mono2.jsonl', '-m monotonic', 'pass'],
    ['long-numbers/mono3.jsonl', '-m monotonic', 'fail'],
    ['long-numbers/dec_ids.edn', '-m unique-ids', 'pass'],
    ['long-numbers/reg_dec.jsonl', '-m register', 'fail'],
    // As clojure.edn reads them.
    ['clojure-numbers/num-0x1F.edn', '-m register', 'pass'],
    ['clojure-numbers/num--0x1F.edn', '-m register', 'pass'],
    ['clojure-numbers/num-017.edn', '-m register', 'pass'],
    ['clojure-numbers/num-1_2.edn', '-m register', 'pass'],
    ['clojure-numbers/num-2r101.edn', '-m register', 'pass'],
    // Offsets that are made of times.
    ['log-offsets/ns1.jsonl', '-m log', 'pass'],
    ['log-offsets/us.jsonl', '-m log', 'pass'],
    ['log-offsets/sec.jsonl', '-m log', 'pass'],
    ['log-offsets/cross.jsonl', '-m log', 'pass'],
    ['log-offsets/edge.jsonl', '-m log', 'pass'],
  ])('%s %s: %s', async (file, options, verdict) => {
    expect(await verdictOf(file, options)).toBe(verdict);
  });

  it.each([
    [
      'bank',
      'pass',
      'read -> {"a":9007199254740993,"b":0}',
      'read -> {"a":9007199254740992,"b":1}',
    ],
    [
      'bank',
      'fail',
      'read -> {"a":9007199254740993,"b":0}',
      'read -> {"a":9007199254740992,"b":0}',
    ],
    ['bank', 'pass', 'read -> {"a":0.1,"b":0.2}', 'read -> {"a":0.3,"b":0}'],
    ['counter', 'pass', 'add 9007199254740992', 'add 1', 'read -> 9007199254740993'],
    ['counter', 'fail', 'add 9007199254740992', 'add 1', 'read -> 9007199254740992'],
    ['linear-counter', 'pass', 'add 9007199254740992', 'add 1', 'read -> 9007199254740993'],
    ['linear-counter', 'fail', 'add 9007199254740992', 'add 1', 'read -> 9007199254740992'],
    ['linear-counter', 'pass', 'add 0.1', 'add 0.2', 'read -> 0.3'],
    ['pn-counter', 'pass', 'add 9007199254740992', 'add -1', 'read -> 9007199254740991'],
    ['pn-counter', 'fail', 'add 9007199254740993', 'read -> 9007199254740992'],
    [
      'fencing-lock',
      'pass',
      'acquire -> 9007199254740992',
      'release -> true',
      'acquire -> 9007199254740993',
    ],
    [
      'fencing-lock',
      'fail',
      'acquire -> 9007199254740993',
      'release -> true',
      'acquire -> 9007199254740992',
    ],
    [
      'mutex',
      'pass',
      'acquire -> 99999999999999999',
      'release -> true',
      'acquire -> 100000000000000000',
    ],
    [
      'mutex',
      'fail',
      'acquire -> 100000000000000001',
      'release -> true',
      'acquire -> 100000000000000000',
    ],
    ['unique-ids', 'pass', 'generate -> 9007199254740992', 'generate -> 9007199254740993'],
    ['unique-ids', 'pass', 'generate -> 1e400', 'generate -> 2e400'],
    // A text of the same digits is another value; other words for one number are not.
    ['register', 'fail', 'write 9007199254740993', 'read -> "9007199254740993"'],
    ['register', 'pass', 'write 1e20', 'read -> 100000000000000000000.0'],
    ['set', 'fail', 'add 9007199254740993', 'read -> [9007199254740992]'],
    ['set', 'pass', 'add 9007199254740993', 'read -> [9007199254740993]'],
  ])('%s: %s', async (model, verdict, ...operations) => {
    const result = await judged(`long-${model}`, operations.flatMap(events), `-m ${model}`);
    expect([result.verdict, result.sentence]).toEqual([verdict, expect.any(String)]);
    expect(JSON.stringify(result)).not.toMatch(/\{"text"|\[object/);
  });

  it('a number of more digits than can be computed with is refused at its place', async () => {
    const file = join(tmpdir(), `dsim-case-${process.pid}-digits.jsonl`);
    writeFileSync(file, `${event(0, 'ok', 'read', '1e99999')}\n`);
    const { code, err } = await runDsim(['check', file, '-m', 'register']);
    expect([code, err]).toEqual([2, expect.stringContaining('more than 10000 digits')]);
  });
});

describe('what somebody read has happened', () => {
  it.each([
    ['read-committed', 'fail'],
    ['snapshot-isolation', 'fail'],
    ['serializable', 'fail'],
    ['strict-serializable', 'fail'],
  ])('an append of unknown outcome, under %s: %s', async (level, verdict) => {
    for (const outcome of ['unknown', 'ok']) {
      const file = `unknown-outcomes/read-append-of-${outcome}.jsonl`;
      expect(await verdictOf(file, `-m list-append -c ${level}`)).toBe(verdict);
    }
  });
});

describe('nothing in it is never green', () => {
  it.each([...judges.keys()])('%s', async (model) => {
    const { verdict, sentence: summary } = await runCheck(join(folder, 'empty.jsonl'), [
      '-m',
      model,
    ]);
    expect([verdict, summary]).toEqual(['unknown', expect.any(String)]);
  });
});

describe('updates that nobody read', () => {
  it.each([
    ['cursor-stability', 'pass'],
    ['consistent-view', 'fail'],
    ['snapshot-isolation', 'fail'],
    ['serializable', 'fail'],
  ])('one of two is lost or they go in a circle, under %s: %s', async (level, verdict) => {
    const file = 'unknown-outcomes/lost-update-unread.jsonl';
    expect(await verdictOf(file, `-m list-append -c ${level}`)).toBe(verdict);
  });

  it('count in whatever order they were', async () => {
    const { verdict, sentence, reasons } = await judged(
      'unordered',
      [
        '{"process":0,"type":"invoke","f":"txn","value":[["append","x",1],["append","y",1]]}',
        '{"process":1,"type":"invoke","f":"txn","value":[["append","x",2],["append","y",2]]}',
        '{"process":2,"type":"invoke","f":"txn","value":[["r","x",null],["r","z",null]]}',
        '{"process":3,"type":"invoke","f":"txn","value":[["append","z",3],["r","y",null]]}',
        '{"process":0,"type":"ok","f":"txn","value":[["append","x",1],["append","y",1]]}',
        '{"process":1,"type":"ok","f":"txn","value":[["append","x",2],["append","y",2]]}',
        '{"process":2,"type":"ok","f":"txn","value":[["r","x",[]],["r","z",[3]]]}',
        '{"process":3,"type":"ok","f":"txn","value":[["append","z",3],["r","y",[1]]]}',
      ],
      '-m list-append -c serializable',
    );
    expect([verdict, sentence, reasons]).toMatchInlineSnapshot(`
      [
        "fail",
        "Not serializable: G-single-item (read skew): #2 read [] from x, without #0's 1; #3 read #0's 1 from y; #2 read #3's 3 from z; so #2 < #0 < #3 < #2.",
        [
          "#2 < #0 (rw): #2 read [] from x, without #0's 1.",
          "#0 < #3 (wr): #3 read #0's 1 from y.",
          "#3 < #2 (wr): #2 read #3's 3 from z.",
          "Ruled out: consistent-view, repeatable-read, and with it 8 stronger models. May hold: strong-read-committed, cursor-stability.",
        ],
      ]
    `);
  });
});

describe('final reads', () => {
  const read = (value: number, mark: string) => [
    `{"process":1,"type":"invoke","f":"read","value":null${mark}}`,
    `{"process":1,"type":"ok","f":"read","value":${value}${mark}}`,
  ];
  const add = ['invoke', 'ok'].map((type) => event(0, type, 'add', '5'));

  it.each([
    // The last add is over when both reads begin; only one of them is marked.
    ['"final?":true', 5, 'pass'],
    ['"final":true', 5, 'pass'],
    ['"final":true', 4, 'fail'],
    // Without a mark the last read of a node is final.
    ['"final":false', 5, 'pass'],
    ['"final":false', 4, 'fail'],
  ])('%s, %d: %s', async (mark, last, verdict) => {
    const events = [...add, ...read(0, ''), ...read(last, `,${mark}`)];
    expect((await judged(`final-marks`, events, '-m pn-counter')).verdict).toBe(verdict);
  });

  it.each([
    ['pn-counter', add, '5'],
    ['set-final', add, '[5]'],
    ['exactly-once', ['invoke', 'ok'].map((type) => event(0, type, 'apply', '5')), '[5]'],
  ])('of %s that had no answer leave none, whatever others say', async (model, before, seen) => {
    const marked = ['invoke', 'info'].map(
      (type) => `{"process":1,"type":"${type}","f":"read","value":null,"final":true}`,
    );
    const other = ['null', seen].map((value, i) =>
      event(2, i === 0 ? 'invoke' : 'ok', 'read', value),
    );
    const without = await judged(`${model}-other`, [...before, ...other], `-m ${model}`);
    expect(without.verdict).toBe('pass');
    const result = await judged(`${model}-marked`, [...before, ...marked, ...other], `-m ${model}`);
    expect(result).toMatchObject({
      verdict: 'unknown',
      sentence: 'No read that is marked as final was answered.',
    });
  });

  it('as Jepsen writes them', async () => {
    const file = join(tmpdir(), `dsim-case-${process.pid}-final.edn`);
    writeFileSync(
      file,
      [
        '{:process 0, :type :invoke, :f :add, :value 5}',
        '{:process 0, :type :ok, :f :add, :value 5}',
        '{:process 1, :type :ok, :f :read, :value 0}',
        '{:process 1, :type :ok, :f :read, :value 5, :final? true}',
      ].join('\n'),
    );
    expect((await runCheck(file, ['-m', 'pn-counter'])).verdict).toBe('pass');
  });
});

describe('answers of a wrong shape are not judged, and named', () => {
  it.each(
    ['counter', 'pn-counter', 'linear-counter'].flatMap((model) =>
      ['"7"', '{"n":7}', '[7]', 'null'].map((answer) => [model, answer] as const),
    ),
  )('%s reads %s', async (model, answer) => {
    const made = ['add 7', `read -> ${answer}`].flatMap(events);
    const { verdict, sentence } = await judged('shape', made, `-m ${model}`);
    expect([verdict, sentence]).toEqual(['unknown', expect.stringMatching(/#1 .*no number\.$/)]);
  });

  it('a set reads no list', async () => {
    const made = ['add 7', 'read -> "7"'].flatMap(events);
    const { verdict, sentence } = await judged('shape', made, '-m set');
    expect([verdict, sentence]).toEqual([
      'unknown',
      'Nothing was judged: #1 read answered 7, no list.',
    ]);
  });
});

describe('rw-register says what a level needs', () => {
  const crossed = [
    '{"process":0,"type":"invoke","f":"txn","value":[["w","x",1]]}',
    '{"process":0,"type":"ok","f":"txn","value":[["w","x",1]]}',
    '{"process":1,"type":"invoke","f":"txn","value":[["w","x",2]]}',
    '{"process":1,"type":"ok","f":"txn","value":[["w","x",2]]}',
    '{"process":2,"type":"invoke","f":"txn","value":[["r","x",null]]}',
    '{"process":2,"type":"ok","f":"txn","value":[["r","x",2]]}',
    '{"process":3,"type":"invoke","f":"txn","value":[["r","x",null]]}',
    '{"process":3,"type":"ok","f":"txn","value":[["r","x",1]]}',
  ];

  it('and finds what is wrong in whatever order versions were written', async () => {
    const { verdict, sentence, reasons } = await judged('crossed', crossed, '-m rw-register');
    expect([verdict, sentence, reasons]).toMatchInlineSnapshot(`
      [
        "fail",
        "Not strict-serializable: G-single-item-realtime (read skew against real time): there is a cycle in whatever order #0 and #1 wrote x.",
        [
          "If #0 wrote x before #1: #3 read 1 from x, which #1 overwrote by 2; #2 read #1's 2 from x; #3 began after #2 had ended; so #3 < #1 < #2 < #3.",
          "If #1 wrote x before #0: #0 wrote 1 to x after #1 wrote 2; #1 began after #0 had ended; so #1 < #0 < #1.",
          "Ruled out: strong-snapshot-isolation, and with it strict-serializable. May hold: strong-read-committed, strong-session-serializable.",
        ],
      ]
    `);
    const given = '-m rw-register --set linearizable-keys=true';
    expect((await judged('crossed', crossed, given)).verdict).toBe('fail');
  });

  it('where the order is what it is about, and no read shows it', async () => {
    const { verdict, sentence, next } = await judged(
      'unordered',
      crossed,
      '-m rw-register -c read-uncommitted',
    );
    expect([verdict, sentence, next.advice]).toMatchInlineSnapshot(`
      [
        "pass",
        "Nothing in 4 committed transactions is against read-uncommitted, as far as the order of versions was read.",
        [
          "Other models forbid what is in it: G-single-item-realtime (read skew against real time): there is a cycle in whatever order #0 and #1 wrote x.",
          "Nobody read in which order #0 and #1 wrote x: what follows from that order is not judged.",
          "--set linearizable-keys=true orders versions by real time, where each key by itself is linearizable.",
        ],
      ]
    `);
  });
});
