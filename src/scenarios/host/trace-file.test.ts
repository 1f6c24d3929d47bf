import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TextOutput, traceEvents } from '../../../test/support/cli-host.ts';
import type { Message } from '../../sim/node.ts';
import type { TraceEvent } from '../../sim/trace.ts';
import { formatEvent, TraceFormatError } from '../trace-format.ts';
import { DescriptorWriter, OutputError } from './descriptor-writer.ts';
import { TraceComparison } from './trace-comparison.ts';
import { readLines, TraceReader, TraceWriter } from './trace-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'dsim-trace-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = {
  dsim: '0.1.0',
  scenario: 'partition',
  file: 'partition.yaml',
  scenarioHash: '1a9e1806bfe02ff7',
  seed: '42',
  sets: [],
  without: false,
  maxEvents: null,
  strict: false,
  nodes: ['kv-1'],
};
const finished = { complete: true, state: 'held' as const, digests: null };

let count = 0;
/** Writes a trace; returns its path. */
function write(events: readonly TraceEvent[], footer: object | null = finished): string {
  const path = join(folder, `${count++}.ndjson`);
  const writer = new TraceWriter({ path, shown: path }, header);
  for (const event of events) writer.event(event);
  writer.finish({ ...finished, ...footer });
  if (footer === null) {
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${lines.slice(0, -2).join('\n')}\n`);
  }
  return path;
}

function readAll(path: string): TraceEvent[] {
  const reader = new TraceReader(path);
  const events: TraceEvent[] = [];
  for (let event = reader.next(); event !== null; event = reader.next()) events.push(event);
  reader.close();
  return events;
}

describe('a trace file', () => {
  test('is read as it was written', () => {
    const path = write(traceEvents);
    expect(readAll(path)).toEqual(traceEvents);
    const reader = new TraceReader(path);
    expect(reader.header).toMatchObject(header);
    while (reader.next() !== null);
    expect(reader.footer).toMatchObject({ events: traceEvents.length, complete: true });
    reader.close();
  });

  test('of many chunks is whole, lines and characters cut anywhere', () => {
    const event: TraceEvent = {
      type: 'note',
      atUs: 1,
      n: 1,
      node: 'kv-1',
      label: 'ünïcode 漢字 🙂'.repeat(97),
      detail: {},
    };
    const events = Array.from({ length: 500 }, (_, n) => ({ ...event, n }));
    expect(readAll(write(events))).toEqual(events);
  });

  test('without a footer was cut short: what is there can be read', () => {
    const reader = new TraceReader(write(traceEvents, null));
    let events = 0;
    while (reader.next() !== null) events++;
    reader.close();
    expect([events, reader.footer]).toEqual([traceEvents.length, null]);
  });

  test('cut short within a line has the lines before it; one without its break is whole', () => {
    const path = write(traceEvents, null);
    const text = readFileSync(path, 'utf8');
    for (const [cut, there] of [
      [1, traceEvents.length],
      [2, traceEvents.length - 1],
      [20, traceEvents.length - 1],
    ] as const) {
      writeFileSync(path, text.slice(0, -cut));
      expect(readAll(path)).toEqual(traceEvents.slice(0, there));
    }
  });

  test.each(['\n', '{"n":9}\n', 'x'])('that goes on after its footer is refused: %j', (more) => {
    const path = write(traceEvents);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text + more);
    expect(() => readAll(path)).toThrow('something follows the footer');
    writeFileSync(path, text.trimEnd());
    expect(readAll(path)).toEqual(traceEvents);
  });

  test('whose footer counts otherwise is refused', () => {
    const path = write(traceEvents);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines.splice(4, 1);
    writeFileSync(path, lines.join('\n'));
    const error = `the footer counts ${traceEvents.length} events, but there are ${traceEvents.length - 1} before it`;
    expect(() => readAll(path)).toThrow(error);
  });

  test('names the line that is broken', () => {
    const path = write(traceEvents);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[5] = '{"n":1,';
    writeFileSync(path, lines.join('\n'));
    expect(() => readAll(path)).toThrow(expect.objectContaining({ line: 6 }));
  });

  test('that is empty, or something else, is no trace', () => {
    const path = join(folder, 'empty.ndjson');
    writeFileSync(path, '');
    expect(() => new TraceReader(path)).toThrow(TraceFormatError);
    writeFileSync(path, 'nodes:\n');
    expect(() => new TraceReader(path)).toThrow('this is not a dsim trace');
  });
});

describe('lines', () => {
  function lines(text: string): string[] {
    const path = join(folder, 'lines.txt');
    writeFileSync(path, text);
    const fd = openSync(path, 'r');
    const all = [...readLines(fd)];
    closeSync(fd);
    return all;
  }

  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\nb\n', ['a', 'b']],
    ['\n\n', ['', '']],
  ])('of %j', (text, expected) => {
    expect(lines(text)).toEqual(expected);
  });

  test('longer than a chunk, and many chunks of them', () => {
    const long = Array.from({ length: 40 }, (_, i) => `${i} ${'é'.repeat(5000 * (i % 5))}`);
    expect(lines(long.join('\n'))).toEqual(long);
  });
});

describe('what cannot be written', () => {
  test('a folder that is not there', () => {
    const path = join(folder, 'nowhere', 't.ndjson');
    expect(() => new TraceWriter({ path, shown: 'nowhere/t.ndjson' }, header)).toThrow(
      'cannot write nowhere/t.ndjson: there is no such folder (ENOENT)',
    );
  });

  test.skipIf(!existsSync('/dev/full'))(
    'a full disk fails the trace at its end, not the run',
    () => {
      const writer = new TraceWriter({ path: '/dev/full', shown: 't.ndjson' }, header);
      for (let i = 0; i < 2000; i++) for (const event of traceEvents) writer.event(event);
      expect(() => writer.finish(finished)).toThrow(
        new OutputError('ENOSPC', 'cannot write t.ndjson: no space left on the device (ENOSPC)'),
      );
    },
  );

  test("a reader that has left is nobody's mistake", () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(fifo, 'w');
    const writer = new DescriptorWriter(writing, 'x');
    writer.write(Buffer.from('heard'), null);
    closeSync(reading);
    writer.write(Buffer.from('not heard'), null);
    closeSync(writing);
    expect([writer.readerLeft, writer.failure]).toEqual([true, null]);
  });

  test('an output that is open already gets the same lines', () => {
    const output = new TextOutput();
    const writer = new TraceWriter({ output }, header);
    for (const event of traceEvents) writer.event(event);
    writer.finish(finished);
    expect(output.text).toBe(readFileSync(write(traceEvents), 'utf8'));
  });
});

describe('a run held against a recording', () => {
  function compare(recorded: string, events: readonly TraceEvent[]) {
    const reader = new TraceReader(recorded);
    const comparison = new TraceComparison(reader);
    for (const event of events) comparison.event(event);
    const difference = comparison.finish();
    reader.close();
    return { difference, comparison };
  }

  test('is the same', () => {
    const { difference, comparison } = compare(write(traceEvents), traceEvents);
    expect([difference, comparison.compared, comparison.isPartial]).toEqual([
      null,
      traceEvents.length,
      false,
    ]);
  });

  test('differs: the first event that does, with what came before and after', () => {
    const other = traceEvents.map((event, i) =>
      i === 5 ? ({ ...event, atUs: event.atUs + 1 } as TraceEvent) : event,
    );
    expect(compare(write(traceEvents), other).difference).toMatchInlineSnapshot(`
      {
        "index": 5,
        "now": [
          "12302.001ms load-3⇒kv-3 write key=x value=5",
          "12302.000ms kv-3→kv-1 append term=2",
          "12304.000ms kv-3⇒kv-1 append term=2",
        ],
        "recorded": [
          "12302.000ms load-3⇒kv-3 write key=x value=5",
          "12302.000ms kv-3→kv-1 append term=2",
          "12304.000ms kv-3⇒kv-1 append term=2",
        ],
        "shared": [
          "10000.000ms fault partition inject kv-2 kv-5 | kv-1 kv-3 kv-4",
          "12300.000ms load-3 invoke #1 write x = 5",
          "12300.000ms load-3→kv-3 write key=x value=5",
        ],
      }
    `);
  });

  test('differs in what people are not shown: then the lines themselves', () => {
    const other = traceEvents.map((event, i) =>
      i === 5 ? ({ ...event, id: 99 } as TraceEvent) : event,
    );
    const { difference } = compare(write(traceEvents), other);
    expect(difference?.recorded[0]).toBe(formatEvent(traceEvents[5] as TraceEvent));
    expect(difference?.now[0]).toContain('"id":99');
  });

  test('ends too early, or too late', () => {
    const early = compare(write(traceEvents), traceEvents.slice(0, 4)).difference;
    expect([early?.index, early?.recorded.length, early?.now]).toEqual([4, 3, []]);
    const late = compare(write(traceEvents.slice(0, 4)), traceEvents).difference;
    expect([late?.index, late?.recorded, late?.now.length]).toEqual([4, [], 3]);
  });

  test.each([
    ['interrupted', { complete: false, state: null }],
    ['cut short', null],
  ])('goes on after a recording that was %s', (_name, footer) => {
    const { difference, comparison } = compare(write(traceEvents.slice(0, 4), footer), traceEvents);
    expect([difference, comparison.compared, comparison.isPartial]).toEqual([null, 4, true]);
  });

  test('a broken recording is told, not thrown into the run', () => {
    const path = write(traceEvents);
    writeFileSync(
      path,
      `${readFileSync(path, 'utf8').split('\n').slice(0, 3).join('\n')}\n{"end":true}\n`,
    );
    const { difference, comparison } = compare(path, traceEvents);
    expect(difference).toBeNull();
    expect(comparison.broken?.line).toBe(4);
  });
});

test('a line break that the chunk before has left over ends no line', () => {
  const path = join(folder, 'left-over.ndjson');
  const long = 'x'.repeat(64 * 1024 - 7);
  writeFileSync(path, `01234\n${long}\nhello`);
  const fd = openSync(path, 'r');
  const lines = [...readLines(fd)];
  closeSync(fd);
  expect(lines).toEqual(['01234', long, 'hello']);
});

test('lines are those of formatEvent, whatever a message has', () => {
  const odd = 'q"\\ \u007f \u0000 \u202e é 漢 🙂 \ud800';
  /** Each alone: after the first of them the rest of a text is not looked at. */
  const characters = [
    'q"',
    'q\\',
    'q\u007f',
    'q\u0000',
    'q\u001f',
    'q\u202e',
    'é',
    'q\ud800',
    'q~ ',
  ];
  const values = [0, 9, 10, 99, 999_999_999, 1e9, 4_294_967_296, Number.MAX_SAFE_INTEGER];
  const others = [-1, -0, 0.5, 1e21, Number.NaN, true, false, null, undefined, '', odd];
  const list = [[], [undefined, () => 1], {}, { [odd]: odd, 7: 1, gone: undefined }];
  const own = [{ toJSON: () => 'own' }, new Map(), new Date(0), Object.create({ inherited: 1 })];
  const long = 'x'.repeat(1 << 14);
  const messages = [...values, ...others, ...characters, ...list, ...own, long];
  const events = messages.map((value, id) => {
    const message = { type: odd, value, list: [value, value] } as unknown as Message;
    return { ...traceEvents.find(({ type }) => type === 'drop'), id, n: id, atUs: 1e12, message };
  }) as TraceEvent[];
  const huge = { ...events[0], message: { type: 'é'.repeat(1 << 18) } } as unknown as TraceEvent;
  const many = Array.from({ length: 9 }, () => events).flat();
  const all = [...traceEvents, ...many, huge, ...events];
  const text = readFileSync(write(all), 'utf8');
  expect(text.split('\n').slice(1, -2)).toEqual(all.map(formatEvent));
});
