import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceEvents } from '../../test/support/cli-host.ts';
import type { TraceEvent } from '../sim/trace.ts';
import {
  formatEvent,
  formatFooter,
  formatHeader,
  isFooter,
  parseHeader,
  parseLine,
  TraceFormatError,
} from './trace-format.ts';

const header = {
  dsim: '0.1.0',
  scenario: 'partition',
  file: 'partition.yaml',
  scenarioHash: '1a9e1806bfe02ff7',
  seed: '42',
  sets: ['duration=5s'],
  without: false,
  maxEvents: null,
  strict: false,
  nodes: ['kv-1', 'load-1'],
};

/** What a call complains of: the line, and the sentence. */
function complaint(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof TraceFormatError) return `line ${error.line}: ${error.message}`;
    throw error;
  }
  return 'none';
}

test('the lines of a trace', () => {
  const lines = [
    formatHeader(header),
    ...traceEvents.slice(0, 6).map(formatEvent),
    formatFooter({ events: 6, complete: false, state: null, digests: null }),
  ];
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    {"format":"dsim-trace","version":4,"dsim":"0.1.0","scenario":"partition","file":"partition.yaml","scenarioHash":"1a9e1806bfe02ff7","seed":"42","sets":["duration=5s"],"without":false,"maxEvents":null,"strict":false,"nodes":["kv-1","load-1"]}
    {"n":0,"atUs":0,"type":"boot","node":"kv-2"}
    {"n":1,"atUs":210000,"type":"note","node":"kv-2","label":"role","detail":{"role":"leader","term":1}}
    {"n":2,"atUs":10000000,"type":"fault","name":"partition","phase":"inject","label":"kv-2 kv-5 | kv-1 kv-3 kv-4"}
    {"n":3,"atUs":12300000,"type":"invoke","node":"load-3","operation":1,"text":"write x = 5"}
    {"n":3,"atUs":12300000,"type":"send","from":"load-3","to":"kv-3","id":1,"kind":"write","message":{"type":"write","key":"x","value":5}}
    {"n":4,"atUs":12302000,"type":"deliver","from":"load-3","to":"kv-3","id":1,"kind":"write","message":{"type":"write","key":"x","value":5}}
    {"end":true,"events":6,"complete":false,"state":null,"digests":null}
    "
  `);
});

describe('what is written is read back', () => {
  test('every type of event', () => {
    const extra: readonly TraceEvent[] = [
      { type: 'crash', atUs: 1, n: 1, node: 'kv "1"\n' },
      { type: 'fail', atUs: 1, n: 1, node: 'load-1', operation: 3, text: 'cas 1→2 refused' },
      { type: 'info', atUs: 1, n: 1, node: 'load-1', operation: 3, text: '' },
      { type: 'timer', atUs: 1, n: 1, node: 'kv-1', tag: 'retry\\', key: -4 },
      {
        type: 'drop',
        atUs: 1,
        n: 1,
        from: 'a',
        to: 'b',
        id: 0,
        kind: 'x',
        why: 'loss',
        fault: null,
      },
      { type: 'fault', atUs: 1, n: 1, name: 'crash', phase: 'not-felt', label: '' },
    ];
    for (const event of [...traceEvents, ...extra]) {
      expect(parseLine(formatEvent(event), 2)).toEqual(event);
    }
  });

  test('whatever names and texts hold', () => {
    const events = fc.record({
      type: fc.constant('note' as const),
      n: fc.nat(),
      atUs: fc.maxSafeNat(),
      node: fc.string({ unit: 'binary' }),
      label: fc.string(),
      detail: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
    });
    fc.assert(
      fc.property(events, (event) => {
        const line = formatEvent(event);
        expect(line).not.toContain('\n');
        expect(parseLine(line, 2)).toEqual(JSON.parse(JSON.stringify(event)));
      }),
      { seed: 4 },
    );
  });

  test('header and footer', () => {
    expect(parseHeader(formatHeader(header))).toEqual({
      format: 'dsim-trace',
      version: 4,
      ...header,
    });
    const footer = { events: 6, complete: false, state: null, digests: null };
    const entry = parseLine(formatFooter(footer), 8);
    expect(isFooter(entry) && entry).toEqual({ end: true, ...footer });
  });
});

describe('what is no trace is refused with its line', () => {
  test.each([
    ['', 'line 1: this is not a dsim trace: the first line is not JSON'],
    ['name: partition', 'line 1: this is not a dsim trace: the first line is not JSON'],
    ['[1]', 'line 1: this is not a dsim trace: the first line is not a JSON object'],
    ['{"a":1}', 'line 1: this is not a dsim trace: its first line has no "format":"dsim-trace"'],
    [
      '{"format":"dsim-trace","version":5,"dsim":"3.0.0"}',
      'line 1: trace version 5 (written by dsim 3.0.0) is not known here; this dsim reads version 4',
    ],
    ['{"format":"dsim-trace","version":4}', 'line 1: the header\'s field "dsim" is missing'],
    [
      formatHeader({ ...header, nodes: [1] as unknown as string[] }),
      'line 1: the header\'s field "nodes" is not a list of texts',
    ],
  ])('header %j', (line, message) => {
    expect(complaint(() => parseHeader(line))).toBe(message);
  });

  test.each([
    ['{"n":1,"atUs":', 'line 7: this line is not JSON; was the file cut short?'],
    ['"text"', 'line 7: this line is not a JSON object; was the file cut short?'],
    ['{"n":1,"atUs":0,"type":"teleport"}', 'line 7: unknown event type "teleport"'],
    ['{"atUs":0,"type":"boot","node":"a"}', 'line 7: the event\'s field "n" is missing'],
    [
      '{"n":1,"atUs":0.5,"type":"boot","node":"a"}',
      'line 7: the event\'s field "atUs" is not a whole number',
    ],
    ['{"n":1,"atUs":0,"type":"boot"}', 'line 7: the event\'s field "node" is missing'],
    [
      '{"n":1,"atUs":0,"type":"drop","from":"a","to":"b","id":1,"kind":"x","why":"magic"}',
      'line 7: the event\'s field "why" is not a known reason',
    ],
    ['{"end":true,"events":-1}', 'line 7: the footer\'s field "events" is not a whole number'],
    ['{"n":1,"atUs":0,"type":"__proto__"}', 'line 7: unknown event type "__proto__"'],
  ])('line %j', (line, message) => {
    expect(complaint(() => parseLine(line, 7))).toBe(message);
  });
});
