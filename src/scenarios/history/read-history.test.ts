/** Histories made elsewhere: the three notations, their mistakes, times, pairs and keys. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberOf } from '../../sim/exact-number.ts';
import type { History, Operation } from '../../sim/history.ts';
import { renderDiagnostics } from '../text/diagnostic.ts';
import { type ReadHistory, type ReadOptions, readHistory } from './read-history.ts';

const jsonl = `{"process":0,"type":"invoke","f":"write","value":4,"time":10000}
{"process":1,"type":"invoke","f":"read","value":null,"time":12000}
{"process":1,"type":"ok","f":"read","value":4,"time":19000}
{"process":0,"type":"info","f":"write","value":4,"time":5000000,"error":"timeout"}
{"process":"nemesis","type":"info","f":"start","value":null,"time":5000000}
{"process":2,"type":"invoke","f":"cas","value":[4,5],"time":6000000}
{"process":2,"type":"fail","f":"cas","value":[4,5],"time":7000000,"error":["stale",1]}
`;

const edn = `; written by a test
{:type :invoke, :f :write, :value 4, :process 0, :time 10000, :index 0}
#jepsen.history.Op{:index 1, :time 12000, :type :invoke, :process 1, :f :read, :value nil}
{:type :ok, :f :read, :value 4, :process 1, :time 19000}
{:type :info, :f :write, :value 4, :process 0, :time 5000000, :error :timeout}
{:type :info, :f :start, :value nil, :process :nemesis, :time 5000000}
{:type :invoke, :f :cas, :value [4 5], :process 2, :time 6000000}
{:type :fail, :f :cas, :value [4 5], :process 2, :time 7000000, :error [:stale 1]}
`;

const log = `0\t:invoke\t:write\t4
1\t:invoke\t:read\tnil
1\t:ok\t:read\t4
0\t:info\t:write\t4\t:timeout
:nemesis\t:info\t:start\tnil
2\t:invoke\t:cas\t[4 5]
2\t:fail\t:cas\t[4 5]\t[:stale 1]
`;

function read(text: string, options: ReadOptions = {}): ReadHistory {
  return readHistory('h', text, options);
}

/** What was found, without errors. */
function history(text: string, options: ReadOptions = {}): History {
  const { diagnostics, history: found } = read(text, options);
  expect(diagnostics).toEqual([]);
  return found;
}

function complaint(text: string, options: ReadOptions = {}): string {
  return `\n${renderDiagnostics(read(text, options).diagnostics)}`;
}

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;

/** What a history says, without its times. */
function said(found: History): unknown {
  return found.map(({ process, f, key, input, output, outcome, error }) => [
    process,
    f,
    key,
    input,
    output,
    outcome,
    error,
  ]);
}

describe('the three notations', () => {
  test('say the same', () => {
    expect(read(jsonl).format).toBe('jsonl');
    expect(read(edn).format).toBe('edn');
    expect(read(log).format).toBe('log');
    expect(said(history(jsonl))).toEqual([
      [0, 'write', null, 4, 4, 'info', 'timeout'],
      [1, 'read', null, null, 4, 'ok', null],
      [2, 'cas', null, [4, 5], [4, 5], 'fail', '["stale",1]'],
    ]);
    expect(history(edn)).toEqual(history(jsonl));
    expect(said(history(log))).toEqual(said(history(jsonl)));
  });

  test('operations have lines, and times in microseconds since the first', () => {
    const { lines, history: found, order } = read(jsonl);
    expect(order).toBe('times');
    expect(lines).toEqual([
      { invoked: 1, completed: 4 },
      { invoked: 2, completed: 3 },
      { invoked: 6, completed: 7 },
    ]);
    expect(
      found.map(({ invokedAtUs, completedAtUs, endedAtUs }) => [
        invokedAtUs,
        completedAtUs,
        endedAtUs,
      ]),
    ).toEqual([
      [0, Infinity, 4990],
      [2, 9, 9],
      [5990, 6990, 6990],
    ]);
  });

  test('EDN in one vector, over several lines, with what EDN has', () => {
    const text = `[ #_{:type :ok} {:type :invoke
        :process 3 :f :txn :value [[:r "x" nil] [:append :y 1N]]}
      {:type :ok :process 3 :f :txn, :value ([:r "x" #{1 2}] [:append :y 9007199254740993]),
       :extra {[1 2] \\a, :b #inst "2024-01-01" :c 1/3 :d -2.5e1M}} ]`;
    expect(said(history(text))).toEqual([
      [
        3,
        'txn',
        null,
        [
          ['r', 'x', null],
          ['append', 'y', 1],
        ],
        [
          ['r', 'x', [1, 2]],
          ['append', 'y', numberOf('9007199254740993')],
        ],
        'ok',
        null,
      ],
    ]);
  });

  test("Jepsen's log amid other lines", () => {
    const text = `INFO [2024-01-02 03:04:05,678] main - jepsen.cli Test options
INFO [2024-01-02 03:04:05,678] jepsen worker 3 - jepsen.util 3\t:invoke\t:write\t4
java.net.SocketTimeoutException: Read timed out
INFO [2024-01-02 03:04:05,700] jepsen worker 3 - jepsen.util 3\t:info\t:write\t4\t:timed-out
INFO  jepsen.util - 4 :invoke :read nil
INFO  jepsen.util - 4 :fail :read :timed-out
`;
    const { notes } = read(text);
    expect(said(history(text))).toEqual([
      [3, 'write', null, 4, 4, 'info', 'timed-out'],
      [4, 'read', null, null, 'timed-out', 'fail', null],
    ]);
    expect(notes).toEqual([
      'the file has no times: one event counts as 1µs',
      '2 lines of the log left out',
    ]);
  });

  test.each([
    ['a byte order mark', `\ufeff${jsonl}`],
    ['carriage returns', jsonl.replaceAll('\n', '\r\n')],
    ['no line break at the end', jsonl.trimEnd()],
    ['empty lines and comments', `\n# a comment\n// another\n  \n${jsonl}\n`],
    ['an EDN of carriage returns', edn.replaceAll('\n', '\r\n')],
  ])('%s changes nothing', (_what, text) => {
    expect(said(history(text))).toEqual(said(history(jsonl)));
  });

  test('one JSON array of events', () => {
    const events = jsonl
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    for (const indent of [0, 2]) {
      const text = JSON.stringify(events, null, indent);
      expect(history(text)).toEqual(history(jsonl));
      expect(complaint(`${text} x`)).toContain('something follows the history');
      expect(complaint(text.slice(0, -1))).toContain('is never closed');
      expect(complaint(text.replace('"ok"', 'ok'))).toContain('`ok` is no JSON value');
    }
    expect(history('[]')).toEqual([]);
    expect(history('[ ] ')).toEqual([]);
    expect(read(JSON.stringify(events, null, 2)).lines[0]).toEqual({ invoked: 2, completed: 23 });
  });

  test.each([
    ['a word', ' oops, ', 'this is no event'],
    ['null', ', null, ', 'this is no event'],
    ['a number', ', 7, ', 'this is no event'],
    ['nothing', ' ', 'a comma is missing'],
    ['a comma too many', ',,', 'a comma too many'],
  ])('%s between the events of an array', (_what, between, message) => {
    const [first = '', second = ''] = jsonl.split('\n');
    expect(complaint(`[${first}${between}${second}]`)).toContain(message);
  });

  test('a comma or a word after the last event of an array', () => {
    const [first = ''] = jsonl.split('\n');
    expect(complaint(`[${first}, ]`)).toContain('a comma too many');
    expect(complaint(`[${first} oops]`)).toContain('this is no event');
  });

  test('a transaction without a name', () => {
    const text = '{:process 0 :type :ok :value [[:append :x 1]]}';
    expect(said(history(text))).toEqual([
      [0, 'txn', null, [['append', 'x', 1]], [['append', 'x', 1]], 'ok', null],
    ]);
  });

  test('an empty file is an empty history', () => {
    expect(history('')).toEqual([]);
    expect(history('\n# nothing\n')).toEqual([]);
    expect(history('[]', { format: 'edn' })).toEqual([]);
  });

  test('a format that is asked for is not guessed', () => {
    expect(complaint(jsonl, { format: 'log' })).toContain('it is no operation');
  });
});

describe('what is wrong is named by line and column', () => {
  test('lines that are no JSON', () => {
    const text = `${line({ process: 0, type: 'invoke', f: 'read' })}{"process":1,"type":"ok" "f":"read"}
{"process":1,"type":"ok","f":"read","value":[1,2}
{process:1}
{"process":1,"value":"a\\x"}
{"process":1,"value":01}
{"process":1,"value":nil}
{"process":1
{"a":"b}
[1]
{} {}
`;
    expect(complaint(text)).toMatchInlineSnapshot(`
      "
      error[DS171]: \`"\` does not belong here
       --> h:2:26
        |
      2 | {"process":1,"type":"ok" "f":"read"}
        |                          ^ expected a comma or \`}\`

      error[DS171]: \`}\` does not belong here
       --> h:3:49
        |
      3 | {"process":1,"type":"ok","f":"read","value":[1,2}
        |                                                 ^ expected a comma or \`]\`

      error[DS171]: a key without quotes
       --> h:4:2
        |
      4 | {process:1}
        |  ^^^^^^^ expected a key in double quotes

      error[DS171]: there is no such escape
       --> h:5:24
        |
      5 | {"process":1,"value":"a\\x"}
        |                        ^^ expected an escape such as \\n, \\" or \\u0000

      error[DS171]: a number ends here
       --> h:6:23
        |
      6 | {"process":1,"value":01}
        |                       ^ expected a comma or a bracket

      error[DS171]: \`nil\` is no JSON value
       --> h:7:22
        |
      7 | {"process":1,"value":nil}
        |                      ^^^ expected a value: a text in double quotes, a number, true, false, null, [ or {

      error[DS171]: \`{\` is never closed
       --> h:8:1
        |
      8 | {"process":1
        | ^ expected \`}\` before the line ends

      error[DS171]: a text is never closed
       --> h:9:6
        |
      9 | {"a":"b}
        |      ^^^ expected \`"\`

      error[DS171]: it is no event
        --> h:10:1
         |
      10 | [1]
         | ^^^ expected an object with \`type\`, …

      error[DS171]: something follows the value
        --> h:11:4
         |
      11 | {} {}
         |    ^^ expected the end of the line
      "
    `);
  });

  test('lines that are no events', () => {
    const text = [
      { process: 0, type: 'invokes', f: 'read' },
      { process: 0, f: 'read' },
      { process: 1.5, type: 'ok', f: 'read' },
      { process: 1, type: 'ok' },
      { process: 1, type: 'ok', f: 7 },
      { process: 1, type: 'ok', f: 'read', time: 'noon' },
      { type: 'ok', f: 'read' },
    ];
    expect(complaint(text.map(line).join(''))).toMatchInlineSnapshot(`
      "
      error[DS171]: \`invokes\` is no type of event
       --> h:1:21
        |
      1 | {"process":0,"type":"invokes","f":"read"}
        |                     ^^^^^^^^^ expected "invoke", "ok", "fail" or "info"
        = help: did you mean \`invoke\`?

      error[DS171]: it has no \`type\`
       --> h:2:1
        |
      2 | {"process":0,"f":"read"}
        | ^^^^^^^^^^^^^^^^^^^^^^^^ expected "invoke", "ok", "fail" or "info"

      error[DS171]: this is no process
       --> h:3:12
        |
      3 | {"process":1.5,"type":"ok","f":"read"}
        |            ^^^ expected a whole number, a name or null

      error[DS171]: it has no \`f\`
       --> h:4:1
        |
      4 | {"process":1,"type":"ok"}
        | ^^^^^^^^^^^^^^^^^^^^^^^^^ expected the name of an operation, such as "read"

      error[DS171]: this names no operation
       --> h:5:30
        |
      5 | {"process":1,"type":"ok","f":7}
        |                              ^ expected the name of an operation, such as "read"

      error[DS171]: this is no time
       --> h:6:44
        |
      6 | {"process":1,"type":"ok","f":"read","time":"noon"}
        |                                            ^^^^^^ expected a number of nanoseconds
      "
    `);
  });

  test('keys that stand twice, in JSON and EDN', () => {
    const fields = '"process":0,"f":"read","value":';
    const text = (value: string, more = '') => `{"type":"ok",${fields}${value}${more}}\n`;
    expect(complaint(text('1', ',"value":2'))).toContain(
      'the key `value` stands twice\n --> h:1:47\n',
    );
    expect(complaint(text('{"a":{"b":1,"\\u0062":2}}'))).toContain('the key `b` stands twice');
    // What looks like a key within a text is none.
    const odd = { a: '"a":1', b: ['"a" :', { a: ':' }], 'a"': '\\"a":' };
    expect(history(text(JSON.stringify(odd)))[0]?.output).toEqual(odd);
    const map = (value: string) => `{:type :ok, :process 0, :f :read, :value ${value}}`;
    expect(complaint(map('1, :value 2'))).toContain('the key `value` stands twice');
    expect(complaint(map('{:a 1 "a" 2}'))).toContain('the key `a` stands twice');
    expect(history(map('{:a {:b 1} :b {:b 2}}'))[0]?.output).toEqual({ a: { b: 1 }, b: { b: 2 } });
  });

  test('maps with a namespace', () => {
    const value = (text: string) =>
      history(`{:type :ok, :process 0, :f :read, :value ${text}}`)[0]?.output;
    const short = value('#:a{:b 1, :_/c 2, :d/e 3, "f" {:g 4}}');
    expect(short).toEqual({ 'a/b': 1, c: 2, 'd/e': 3, f: { g: 4 } });
    expect(complaint('{:type :ok, :process 0, :f :read, :value #:a 1}')).toContain(
      'a namespace without a map',
    );
  });

  test('EDN', () => {
    const text = `{:type :invoke, :process 0, :f :read
{:type :invoke, :process 0, :f}
{:type :ok, :process 0, :f :read, :value [1 2)}
{:type :ok, :process 0, :f :read, :value "a}
{:type :ok, :process 0, :f :read, :value 1x2}
{:type :okay, :process 0, :f :read}
7
`;
    expect(complaint(text)).toMatchInlineSnapshot(`
      "
      error[DS171]: \`{\` is never closed
       --> h:1:1
        |
      1 | {:type :invoke, :process 0, :f :read
        | ^ expected \`}\` before the next operation

      error[DS171]: a key without a value
       --> h:2:29
        |
      2 | {:type :invoke, :process 0, :f}
        |                             ^^ expected as many values as keys

      error[DS171]: \`)\` closes what \`[\` opened
       --> h:3:46
        |
      3 | {:type :ok, :process 0, :f :read, :value [1 2)}
        |                                              ^ expected \`]\`

      error[DS171]: a string is never closed
       --> h:4:42
        |
      4 | {:type :ok, :process 0, :f :read, :value "a}
        |                                          ^^^ expected \`"\` at its end

      error[DS171]: \`1x2\` is no number
       --> h:5:42
        |
      5 | {:type :ok, :process 0, :f :read, :value 1x2}
        |                                          ^^^ expected a number

      error[DS171]: \`okay\` is no type of event
       --> h:6:2
        |
      6 | {:type :okay, :process 0, :f :read}
        |  ^^^^^^^^^^^ expected "invoke", "ok", "fail" or "info"

      error[DS171]: it is no operation
       --> h:7:1
        |
      7 | 7
        | ^ expected a map with :type, :process, :f and :value
      "
    `);
    expect(complaint('[{:type :invoke, :process 0, :f :read}')).toMatchInlineSnapshot(`
      "
      error[DS171]: \`[\` is never closed
       --> h:1:1
        |
      1 | [{:type :invoke, :process 0, :f :read}
        | ^ expected \`]\` at the end of the file
      "
    `);
    expect(complaint('[{:type :invoke, :process 0, :f :read}] {:type :ok}')).toMatchInlineSnapshot(`
      "
      error[DS171]: something follows the history
       --> h:1:41
        |
      1 | [{:type :invoke, :process 0, :f :read}] {:type :ok}
        |                                         ^^^^^^^^^^^ expected the end of the file
      "
    `);
  });

  test('logs', () => {
    expect(complaint(`${log}what is this\n3\t:ok\t:read\t[1\n`)).toMatchInlineSnapshot(`
      "
      error[DS171]: it is no operation
       --> h:8:1
        |
      8 | what is this
        | ^^^^^^^^^^^^ expected process, :type, :operation and value

      error[DS171]: \`[\` is never closed
       --> h:9:13
        |
      9 | 3    :ok    :read    [1
        |                      ^ expected \`]\` further on
      "
    `);
  });

  test('events that do not pair', () => {
    const text = [
      { process: 0, type: 'invoke', f: 'read' },
      { process: 0, type: 'invoke', f: 'read' },
      { process: 'a', type: 'invoke', f: 'read' },
      { process: 'a', type: 'ok', f: 'write' },
      { process: 5, type: 'invoke', f: 'read', key: 'x' },
      { process: 5, type: 'ok', f: 'read', key: 'y' },
    ];
    expect(complaint(text.map(line).join(''))).toMatchInlineSnapshot(`
      "
      error[DS172]: process 0 invokes twice at once
       --> h:2:1
        |
      2 | {"process":0,"type":"invoke","f":"read"}
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ its \`read\` of line 1 has not ended
        = help: a process does one thing at a time: end that one with ok, fail or info, or give this one another process

      error[DS172]: process \`a\` ends \`write\`, which it had not begun
       --> h:4:1
        |
      4 | {"process":"a","type":"ok","f":"write"}
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ it invoked \`read\` in line 3

      error[DS172]: process 5 ends \`read\` on another key, \`"y"\`
       --> h:6:1
        |
      6 | {"process":5,"type":"ok","f":"read","key":"y"}
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ it invoked it on \`"x"\` in line 5
      "
    `);
  });

  test('twenty are told, the rest are counted', () => {
    const { diagnostics, untold } = read(`${jsonl}${'{"x":\n'.repeat(30)}`);
    expect([diagnostics.length, untold]).toEqual([20, 10]);
  });

  test.each([
    ['a trace of dsim', '{"format":"dsim-trace","version":1}\n', '-o history.jsonl'],
    ['anything else', 'Dear Sir or Madam,\n', '--format jsonl|edn|log'],
  ])('%s', (_what, text, help) => {
    const { diagnostics } = read(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(['DS170']);
    expect(diagnostics[0]?.help.join()).toContain(help);
  });
});

describe('pairs', () => {
  const event = (process: unknown, type: string, f: string, value: unknown, rest = {}) =>
    line({ process, type, f, value, ...rest });

  test('a completion alone is an operation of no duration; an invocation alone is open', () => {
    const text = `${event(1, 'ok', 'add', 2)}${event(2, 'invoke', 'add', 3)}`;
    expect(said(history(text))).toEqual([
      [1, 'add', null, 2, 2, 'ok', null],
      [2, 'add', null, 3, null, 'info', null],
    ]);
    const [first, second] = history(text);
    expect(first?.completedAtUs).toBe(first?.invokedAtUs);
    expect([second?.completedAtUs, second?.endedAtUs]).toEqual([Infinity, Infinity]);
    expect(read(text).notes).toContain(
      '1 completion without an invocation: taken to begin where they end',
    );
  });

  test('a process that goes on after an unknown outcome is told', () => {
    const text = `${event(0, 'invoke', 'w', 1)}${event(0, 'info', 'w', 1)}${event(0, 'invoke', 'r', null)}`;
    expect(history(text).map(({ process }) => process)).toEqual([0, 0]);
    expect(read(text).notes.join()).toContain('1 time a process went on');
  });

  test('processes with names are clients, but the nemesis and null are not', () => {
    const text = [9, 'n1', 'worker', 'nemesis', null]
      .map((process) => event(process, 'ok', 'r', 1))
      .join('');
    expect(history(text).map(({ process, client }) => [process, client])).toEqual([
      [9, 'process 9'],
      [10, 'n1'],
      [11, 'worker'],
    ]);
  });

  test('events without processes pair by operation and value', () => {
    const text = [
      line({ type: 'invoke', f: 'read', value: null }),
      event('None', 'invoke', 'write', 1),
      event('None', 'invoke', 'write', 2),
      event('None', 'ok', 'write', 2),
      event('None', 'ok', 'read', [1]),
    ].join('');
    const found = history(text);
    expect(found.map(({ f, input, output, outcome }) => [f, input, output, outcome])).toEqual([
      ['read', null, [1], 'ok'],
      ['write', 1, null, 'info'],
      ['write', 2, 2, 'ok'],
    ]);
    expect(new Set(found.map(({ process }) => process)).size).toBe(3);
  });
});

describe('keys', () => {
  const tuple = (type: string, value: string) =>
    `{:process 0, :type ${type}, :f :write, :value ${value}}\n`;

  test('a field, a tagged tuple, or pairs that the user vouches for', () => {
    const tagged = `${tuple(':invoke', '#jepsen.independent/tuple [7 1]')}${tuple(':ok', '#jepsen.independent/tuple [7 1]')}`;
    expect(said(history(tagged))).toEqual([[0, 'write', '7', 1, 1, 'ok', null]]);
    const bare = `${tuple(':invoke', '[7 1]')}${tuple(':ok', '[7 1]')}`;
    expect(said(history(bare))).toEqual([[0, 'write', null, [7, 1], [7, 1], 'ok', null]]);
    expect(said(history(bare, { keyed: true }))).toEqual([[0, 'write', '7', 1, 1, 'ok', null]]);
    const field = line({ process: 0, type: 'ok', f: 'write', key: { b: 1, a: [2] }, value: 1 });
    expect(history(field)[0]?.key).toBe('{"a":[2],"b":1}');
  });

  test('a number and the text of it are two keys', () => {
    const text = [1, '1', 1].map((key) => line({ process: 0, type: 'ok', f: 'r', key, value: 0 }));
    expect(history(text.join('')).map(({ key }) => key)).toEqual(['1', '"1"', '1']);
  });

  test('under --keyed an event that has a key keeps its value', () => {
    const text = line({ process: 0, type: 'ok', f: 'cas', key: 'x', value: [1, 2] });
    expect(said(history(text, { keyed: true }))).toEqual([
      [0, 'cas', 'x', [1, 2], [1, 2], 'ok', null],
    ]);
  });

  test('a transaction needs no name, whatever its keys are', () => {
    const text = line({ process: 0, type: 'ok', value: [['append', 1, 2]] });
    expect(history(text)[0]?.f).toBe('txn');
  });

  test('under --keyed every value must be a pair', () => {
    expect(complaint(tuple(':ok', '5'), { keyed: true })).toMatchInlineSnapshot(`
      "
      error[DS173]: the value is no pair of a key and a value
       --> h:1:1
        |
      1 | {:process 0, :type :ok, :f :write, :value 5}
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected [key, value] under \`--keyed\`
      "
    `);
  });

  test('an error may stand in the place of a pair', () => {
    const text = `${tuple(':invoke', '[7 1]')}${tuple(':info', ':timed-out')}`;
    expect(said(history(text, { keyed: true }))).toEqual([
      [0, 'write', '7', 1, 'timed-out', 'info', null],
    ]);
  });

  test('pairs are guessed for a register only where nothing else makes sense', () => {
    const events = (value: unknown, f: string, type: string) =>
      line({ process: 0, type, f, value });
    const whole = [
      events(['x', null], 'read', 'invoke'),
      events(['x', 3], 'read', 'ok'),
      events(['x', [3, 4]], 'cas', 'invoke'),
      events(['x', [3, 4]], 'cas', 'ok'),
    ];
    const guess = (lines: readonly string[]) => read(lines.join(''), { keyed: 'guess' });
    expect(guess(whole).history.map(({ key }) => key)).toEqual(['x', 'x']);
    expect(guess(whole).notes.join()).toContain('--keyed');
    const cas = [events([3, 4], 'cas', 'invoke'), events([3, 4], 'cas', 'ok')];
    expect(guess(cas).history[0]?.key).toBeNull();
    const plain = [events(null, 'read', 'invoke'), events([1, 2], 'read', 'ok')];
    expect(guess(plain).history[0]?.key).toBeNull();
  });
});

describe('times', () => {
  const at = (...times: unknown[]): string =>
    times.map((time, process) => line({ process, type: 'ok', f: 'r', value: 0, time })).join('');
  const moments = (text: string) => history(text).map(({ invokedAtUs }) => invokedAtUs);

  test('never lose the order of nanoseconds', () => {
    expect(moments(at(0, 5_000_100, 5_000_101))).toEqual([0, 5000.1, 5000.101]);
  });

  test('of an epoch clock are exact', () => {
    const text = at(0, 0, 0)
      .replace('"time":0', '"time":1700000000000000001')
      .replace('"time":0', '"time":1700000000005000002')
      .replace('"time":0', '"time":1700000000005000003');
    expect(moments(text)).toEqual([0, 5000.001, 5000.002]);
  });

  test('order clients that stand one after another', () => {
    const event = (process: number, type: string, f: string, value: number | null, time: number) =>
      JSON.stringify({ process, type, f, value, time });
    const [a, b] = [
      [event(0, 'invoke', 'write', 1, 30_000), event(0, 'ok', 'write', 1, 40_000)],
      [event(1, 'invoke', 'read', null, 10_000), event(1, 'ok', 'read', null, 20_000)],
    ];
    const { order, notes, history, lines } = read([...a, ...b].join('\n'));
    expect([order, notes]).toEqual([
      'clients',
      ['the clients stand one after another: the times order what they did'],
    ]);
    expect(history.map(({ f, invokedAtUs, endedAtUs }) => [f, invokedAtUs, endedAtUs])).toEqual([
      ['read', 0, 10],
      ['write', 20, 30],
    ]);
    expect(lines.map(({ invoked }) => invoked)).toEqual([3, 1]);
    // A client that comes again, or whose own times go back: the lines were written in order.
    expect(read([a[0], ...b, a[1]].join('\n')).order).toBe('lines');
    expect(read([...a, ...b.toReversed()].join('\n')).order).toBe('lines');
  });

  test('that decrease leave the order to the lines', () => {
    const { order, notes } = read(at(5_000_000, 9_000_000, 7_000_000, 20_000_000));
    expect(order).toBe('lines');
    expect(notes).toEqual([
      'times go back somewhere: the order of the lines counts',
      '4 completions without an invocation: taken to begin where they end',
    ]);
    const found = moments(at(5_000_000, 9_000_000, 7_000_000, 20_000_000));
    expect(found).toEqual([0, 4000, expect.closeTo(4000.001, 6), 15_000]);
  });

  test('too small for nanoseconds count events', () => {
    expect(read(at(0, 1, 2)).order).toBe('count');
    expect(moments(at(0, 1, 1))).toEqual([0, 1, 1]);
  });

  test('that are missing somewhere are not used', () => {
    expect(moments(at(0, undefined, 7_000_000))).toEqual([0, 1, 2]);
    expect(read(at(0, undefined)).order).toBe('none');
    expect(read('').order).toBe('none');
  });
});

describe('nothing breaks it', () => {
  test('depth, huge numbers, names of Object', () => {
    const deep = `{"process":0,"type":"ok","f":"r","value":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    expect(read(deep).diagnostics[0]?.message).toBe('nested deeper than 200');
    const ednDeep = `{:process 0 :type :ok :f :r :value ${'['.repeat(50_000)}}`;
    expect(read(ednDeep).diagnostics[0]?.message).toBe('nested deeper than 200');
    for (const prefix of ['#a ', '#_ ', '^a ']) {
      expect(read(`{:process 0 :value ${prefix.repeat(50_000)}1}`).diagnostics.length).toBe(1);
    }
    const odd = line({ process: 0, type: 'ok', f: 'constructor', value: 1e300 }).replace(
      '"value"',
      '"__proto__":{"x":1},"value"',
    );
    expect(said(history(odd))).toEqual([
      [0, 'constructor', null, numberOf('1e300'), numberOf('1e300'), 'ok', null],
    ]);
    const proto = '{:process 0 :type :ok :f :r :value {:__proto__ 1}}';
    expect(JSON.stringify(history(proto)[0]?.output)).toBe('{"__proto__":1}');
  });

  test('a text of millions of characters, well or badly ended', () => {
    const long = 'x'.repeat(5_000_000);
    const whole = line({ process: 0, type: 'ok', f: 'w', value: `${long}"${long}` });
    expect(history(whole)).toHaveLength(1);
    expect(history(`[${whole}]`)).toHaveLength(1);
    expect(read(whole.replace('}', ' y}')).diagnostics[0]?.label).toBe('expected a comma or `}`');
  });

  test('mutations of valid files are read or named, and never thrown', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '"',
      '\\',
      ':',
      '#',
      '#_',
      '^',
      ',',
      '\n',
      '\t',
      '\0',
      '\ud800',
      '9'.repeat(40),
      'nil',
      '-',
      '{:',
      '0 :ok :r',
    ];
    const edit = fc.record({
      at: fc.nat(2000),
      drop: fc.nat(20),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })),
    });
    const seen = { wrong: 0, right: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(
          jsonl,
          edn,
          log,
          `[${edn}]`,
          `[${jsonl.trimEnd().replaceAll('\n', ',\n')}]`,
        ),
        fc.array(edit, { maxLength: 6 }),
        fc.constantFrom(null, 'jsonl', 'edn', 'log'),
        fc.constantFrom(false, true, 'guess'),
        (text, edits, format, keyed) => {
          let mutated = text;
          for (const { at, drop, put } of edits) {
            const from = at % (mutated.length + 1);
            mutated = mutated.slice(0, from) + put + mutated.slice(from + drop);
          }
          const found = readHistory('h', mutated, {
            format: format as ReadOptions['format'] & string,
            keyed: keyed as boolean | 'guess',
          });
          renderDiagnostics(found.diagnostics);
          if (found.diagnostics.length > 0) seen.wrong++;
          else seen.right++;
          for (const { message, place } of found.diagnostics) {
            expect(message).not.toBe('');
            expect(place?.line).toBeGreaterThan(0);
          }
          const isWrong = ({ index, completedAtUs, invokedAtUs }: Operation, i: number) =>
            index !== i || !(completedAtUs >= invokedAtUs);
          expect(found.history.filter(isWrong)).toEqual([]);
        },
      ),
      { seed: 7, numRuns: 3000 },
    );
    expect(seen.wrong).toBeGreaterThan(500);
    expect(seen.right).toBeGreaterThan(100);
  });
});
