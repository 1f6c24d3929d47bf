// Logs with offsets: every error by a small history of its own.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as log } from './index.ts';
import { logErrors } from './log-error.ts';

/** Sends of values to log x at offsets, as one transaction. */
function sent(...pairs: readonly (readonly [number | null, string])[]): string {
  const answered = pairs.map(([offset, value]) => `["send","x",[${offset},"${value}"]]`);
  const asked = pairs.map(([, value]) => `["send","x","${value}"]`);
  return `send [${asked}] -> [${answered}]`;
}

/** Polls of log x, as one transaction. */
function polled(...polls: readonly (readonly (readonly [number, string])[])[]): string {
  const answers = polls.map((pairs) => `["poll",{"x":${JSON.stringify(pairs)}}]`);
  return `poll [${polls.map(() => '["poll"]')}] -> [${answers}]`;
}

const abc = [
  [10, 'a'],
  [20, 'b'],
  [30, 'c'],
] as const;
const [a, b, c] = abc;

describe('log', () => {
  it('passes what agrees, gaps in the offsets included', () => {
    const history = told(`
      0-1  p  assign ["x"]
      0-1  q  ${sent(a, b)}
      2-3  p  ${polled([a])}
      4-5  q  ${sent(c)}
      6-7  p  ${polled([b], [c])}
    `);
    const result = ask(log, history);
    expect(brief(result)).toBe('pass');
    expect(result.numbers).toMatchObject({
      sendCount: 2,
      pollCount: 2,
      messageCount: 3,
      unseenCount: 0,
      mostUnseen: 2,
    });
  });

  const send = `0-1 q ${sent(...abc)}\n`;
  const cases: readonly (readonly [string, string])[] = [
    ['inconsistent-offsets', `${send} 2-3 q ${sent([10, 'z'])}\n 4-5 p ${polled([a, b, c])}`],
    ['duplicate', `${send} 2-3 p ${polled([a])}\n 4-5 p ${polled([b, [25, 'a'], c])}`],
    ['G1a', `0-1! q ${sent(a)}\n 2-3 p ${polled([a])}`],
    [
      'precommitted-read',
      '0-1 q txn [["send","x","a"],["poll"]] -> [["send","x",[1,"a"]],["poll",{"x":[[1,"a"]]}]]',
    ],
    ['lost-write', `${send} 2-3 p ${polled([a, c])}`],
    ['poll-skip', `${send} 2-3 p ${polled([a])}\n 4-5 p ${polled([c])}`],
    ['nonmonotonic-poll', `${send} 2-3 p ${polled([a, b])}\n 4-5 p ${polled([b, c])}`],
    ['int-poll-skip', `${send} 2-3 p ${polled([a], [c])}`],
    ['int-nonmonotonic-poll', `${send} 2-3 p ${polled([b, a])}`],
    ['nonmonotonic-send', `0-1 q ${sent(b)}\n 2-3 q ${sent(a)}\n 4-5 p ${polled([a, b])}`],
    ['int-nonmonotonic-send', `0-1 q ${sent(b, a)}\n 4-5 p ${polled([a, b])}`],
    ['int-send-skip', `0-1 q ${sent(a, c)}\n 0-1 r ${sent(b)}\n 4-5 p ${polled([a, b, c])}`],
    [
      'G0',
      `0-1 q send [["send","x","a"],["send","y","a"]] -> [["send","x",[1,"a"]],["send","y",[2,"a"]]]
       0-1 r send [["send","x","b"],["send","y","b"]] -> [["send","x",[2,"b"]],["send","y",[1,"b"]]]`,
    ],
    [
      'G1c',
      `0-1 q txn [["send","x","a"],["poll"]] -> [["send","x",[1,"a"]],["poll",{"y":[[1,"b"]]}]]
       0-1 r txn [["send","y","b"],["poll"]] -> [["send","y",[1,"b"]],["poll",{"x":[[1,"a"]]}]]`,
    ],
  ];

  it.each(cases)('finds %s', (name, text) => {
    const result = ask(log, told(text));
    expect(result.verdict).toBe('fail');
    expect(result.anomalies?.map((anomaly) => anomaly.name)).toContain(name);
  });

  it('has a case for every error; those of real time below', () => {
    const named = cases.map(([name]) => name);
    expect([...named, 'G0-realtime', 'G1c-realtime'].sort()).toEqual([...logErrors.keys()].sort());
  });

  it('finds nothing else in most of them', () => {
    const others = cases.map(([name, text]) => {
      const { anomalies = [] } = ask(log, told(text));
      return [name, anomalies.map((anomaly) => anomaly.name).filter((other) => other !== name)];
    });
    expect(others.filter(([, found]) => found?.length !== 0)).toMatchInlineSnapshot(`
      [
        [
          "inconsistent-offsets",
          [
            "lost-write",
            "nonmonotonic-send",
          ],
        ],
        [
          "duplicate",
          [
            "nonmonotonic-poll",
            "int-nonmonotonic-send",
            "int-send-skip",
          ],
        ],
        [
          "lost-write",
          [
            "int-poll-skip",
          ],
        ],
        [
          "poll-skip",
          [
            "lost-write",
          ],
        ],
        [
          "int-poll-skip",
          [
            "lost-write",
          ],
        ],
        [
          "int-send-skip",
          [
            "G0",
          ],
        ],
      ]
    `);
  });

  it('tells a loss', () => {
    const { summary, evidence } = ask(
      log,
      told(`${send} 2-3 p ${polled([a])}\n 2-3 q ${polled([c])}`),
    );
    expect(summary).toMatchInlineSnapshot(
      `"#0 sent b to x, and nobody polled it, though #2 polled c, which stands after it."`,
    );
    expect(evidence).toEqual([0, 2]);
  });

  it('tells a cycle with its edges', () => {
    const [, text] = cases.find(([name]) => name === 'G1c') ?? ['', ''];
    const { anomalies } = ask(log, told(text));
    expect(anomalies?.find(({ name }) => name === 'G1c')).toMatchInlineSnapshot(`
      {
        "count": 1,
        "edges": [
          {
            "because": "#1 polled a from x, which #0 sent",
            "from": 0,
            "kind": "wr",
            "to": 1,
          },
          {
            "because": "#0 polled b from y, which #1 sent",
            "from": 1,
            "kind": "wr",
            "to": 0,
          },
        ],
        "name": "G1c",
        "operations": [
          0,
          1,
        ],
        "sentence": "#1 polled a from x, which #0 sent; #0 polled b from y, which #1 sent.",
      }
    `);
  });
});

describe('what counts as proof', () => {
  it('believes an uncertain send only if something of it was polled', () => {
    const both = '[["send","x","a"],["send","y","b"]]';
    const answered = '[["send","x",[1,"a"]],["send","y","b"]]';
    const uncertain = `0-1? q send ${both} -> ${answered}\n 2-3 r ${sent([1, 'z'])}`;
    expect(brief(ask(log, told(uncertain)))).toBe('pass');
    const proven = told(`${uncertain}\n 4-5 p poll [["poll"]] -> [["poll",{"y":[[5,"b"]]}]]`);
    expect(brief(ask(log, proven))).toBe('fail: inconsistent-offsets 1');
  });

  it('puts a consumer back whose transaction failed', () => {
    const rewound = `0-1 q ${sent(...abc)}\n 2-3! p ${polled([a, b])}\n 4-5 p ${polled([a, b, c])}`;
    expect(brief(ask(log, told(rewound)))).toBe('pass');
    const left = `0-1 q ${sent(...abc)}\n 2-3 p ${polled([a])}\n 4-5! p ${polled([b])}\n 6-7 p ${polled([c])}`;
    expect(ask(log, told(left)).anomalies?.map(({ name }) => name)).toContain('poll-skip');
  });

  it('lets a consumer start anew in a log that it did not have in between', () => {
    const history = (keys: string) =>
      told(`
        0-1   q  ${sent(...abc)}
        2-3   p  ${polled([a, b, c])}
        4-5?  p  assign ${keys}
        6-7   p  ${polled([a])}
      `);
    expect(brief(ask(log, history('["y"]')))).toBe('pass');
    expect(brief(ask(log, history('["x","y"]')))).toBe('fail: nonmonotonic-poll 1');
  });

  it('demands only what stands before something polled', () => {
    expect(ask(log, told(`0-1 q ${sent(...abc)}\n 2-3 p ${polled([a])}`))).toMatchObject({
      verdict: 'pass',
      numbers: { unseenCount: 2 },
      next: [expect.stringContaining('2 acknowledged messages nobody polled')],
    });
  });

  it('counts a value at two offsets as high as its first when polled, and due at its last', () => {
    const sends = `0-1 q ${sent(a, b)}`;
    const again = [50, 'a'] as const;
    const read = told(`${sends}\n 2-3 p ${polled([again])}`);
    expect(brief(ask(log, read))).toBe('fail: duplicate 1, int-nonmonotonic-send 1');
    const unread = told(`${sends}\n 2-3! p ${polled([again])}\n 4-5 r ${polled([b])}`);
    expect(brief(ask(log, unread))).toBe('fail: duplicate 1, int-nonmonotonic-send 1');
  });

  it('is unknown without sends and polls', () => {
    expect(ask(log, told('0-1 p assign ["x"]')).verdict).toBe('unknown');
    expect(ask(log, told('0-1 p poll [["poll"]] -> [["poll",{"x":7}]]')).summary).toBe(
      'Nothing was judged: #0 is [["poll",{"x":7}]], no list of sends and polls.',
    );
  });
});

describe('consistencies', () => {
  it('tolerate what is usual in Kafka, and say so', () => {
    const history = told(`
      0-1  q  ${sent(a, c)}
      0-1  r  ${sent(b)}
      2-3  p  ${polled([a])}
      4-5  p  ${polled([c])}
      4-5  s  ${polled([b])}
    `);
    expect(brief(ask(log, history))).toBe('fail: poll-skip 1, int-send-skip 1, G0 1');
    expect(brief(ask(log, history, { consistency: 'kafka' }))).toBe('fail: poll-skip 1');
    const advice = (consistency?: string) =>
      (ask(log, history, consistency === undefined ? {} : { consistency }).next ?? []).map(
        (line) => /--consistency (\S+)/.exec(line)?.[1],
      );
    expect([advice(), advice('kafka')]).toEqual([
      ['kafka', 'kafka-subscribed'],
      ['kafka-subscribed'],
    ]);
    const subscribed = ask(log, history, { consistency: 'kafka-subscribed' });
    expect(subscribed.verdict).toBe('pass');
    expect(subscribed.summary).toContain('tolerated: ');
  });

  it('with real time refuses what was polled before it was sent', () => {
    const history = told(`0-1 p ${polled([a])}\n 2-3 q ${sent(a)}`);
    expect(brief(ask(log, history))).toBe('pass');
    const result = ask(log, history, { consistency: 'strict-realtime' });
    expect(brief(result)).toBe('fail: G1c-realtime 1');
    expect(result.anomalies?.[0]?.edges.map(({ kind }) => kind).sort()).toEqual(['realtime', 'wr']);
    const sends = told(`0-1 r ${sent(b)}\n 2-3 q ${sent(a)}\n 4-5 p ${polled([a, b])}`);
    expect(brief(ask(log, sends, { consistency: 'strict-realtime' }))).toBe('fail: G0-realtime 1');
    // At the same time anything may come first.
    const overlapping = told(`0-2 p ${polled([a])}\n 2-3 q ${sent(a)}`);
    expect(brief(ask(log, overlapping, { consistency: 'strict-realtime' }))).toBe('pass');
  });
});
