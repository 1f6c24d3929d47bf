/** Markdown, JSON, columns, lists and manuals. */
import { describe, expect, test } from 'vitest';
import {
  buildError,
  buildFault,
  buildHeld,
  buildOperation,
  buildResult,
  buildScenario,
  system,
} from '../../test/support/result.ts';
import { nothingFelt } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import type { TraceEvent } from '../sim/trace.ts';
import { createInk } from './ink.ts';
import { textWidth } from './layout.ts';
import { renderListings } from './listing.ts';
import { LogColumns } from './log-columns.ts';
import { defaultText, renderManual } from './manual.ts';
import type { RunContext } from './run-context.ts';
import { briefDocument, formatDocument, runDocument, totalsOf } from './run-document.ts';
import { renderMarkdown } from './run-page.ts';
import { renderTable } from './table.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });
const context: RunContext = {
  dsim: 'dsim',
  allowOutside: false,
  version: '0.1.0',
  file: 'scenarios/partition.yaml',
  sets: ['duration=5s'],
  without: false,
  maxEvents: null,
  strict: false,
  scenarioHash: '1a9e1806bfe02ff7',
  kept: null,
  runId: null,
};

describe('Markdown', () => {
  test('a page for an issue', () => {
    const page = renderMarkdown(buildResult(), context, 'sequenceDiagram\n  p1->>p2: read\n');
    expect(page).toMatchInlineSnapshot(`
      "# partition: violated

      A leader cut off with a minority must stop acknowledging writes.

      Scenario \`scenarios/partition.yaml\`, seed \`42\`, dsim 0.1.0.

      | expectation | state | measured |
      | --- | --- | --- |
      | linearizable | violated | A read of x returned 3 at 12.840s although 5 had been acknowledged at 12.310s |
      | availability(majority) \\>= 90% during partition | held | 93.00%; 558 of 600 answered |
      | availability(minority) \\<= 0% during partition | violated | 0.25%; 1 of 400 answered, \\#2 at 12.840s |
      | sometimes 'snapshot installed' | never exercised | no node noted it in the whole run |

      ## Not linearizable

      A read of x returned 3 at 12.840s although 5 had been acknowledged at 12.310s.

      - load-3 wrote 5 through kv-3, which the majority acknowledged.
      - load-2 then read 3 from kv-2, which had been cut off from the majority since 10.000s.

      \`\`\`text
          load-1 @kv-1  ├─ write 3 ─┤                               #0  9.120s → 9.134s
          load-3 @kv-3                ├─ write 5 ─┤                 #1  12.300s → 12.310s
          load-2 @kv-2                              ├─ read → 3 ─┤  #2  12.838s → 12.840s
          left to right in the order of time, not to scale
      \`\`\`

      ## Over time

      \`\`\`text
      TIMELINE       ╷0s                ╷10s                ╷20s                ╷30s
        partition                       ├───────────────────┤                     10s
          kv-2 kv-5 | kv-1 kv-3 kv-4 · 312 dropped · 40 operations touched
        answered     ████████████████████▁▁▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅███████████████████  84.66% in all
        majority     ████████████████████▁▁█████████████████████████████████████  96.66% in all
        minority                         ▁▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁                     0.25% in all
        p99 latency  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▅▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁    8ms–1.84s
        leader kv-2  ├──────────────────────────────────────┤                     19.9s, term 1
        leader kv-3                       ├───────────────────────────────────┄┄  19.1s, term 2
        two at once                       ├─────────────────┤                     9.2s
      \`\`\`

      ## What led to it

      \`\`\`mermaid
      sequenceDiagram
        p1->>p2: read
      \`\`\`

      ## Again

      \`\`\`sh
      dsim replay scenarios/partition.yaml --seed 42 --set duration=5s --digest 0123456789abcdef --by 0.1.0
      \`\`\`
      "
    `);
  });

  test('a fence is longer than any in the text, and a table keeps its cells', () => {
    const result = buildResult({
      error: buildError({ message: 'threw ````` at | it' }),
      scenario: buildScenario({ summary: '<script> and **bold**' }),
    });
    const page = renderMarkdown(result, context, null);
    expect(page).toContain('``````text\nthrew ````` at | it');
    expect(page).toContain('\\<script\\> and \\*\\*bold\\*\\*');
    expect(page).not.toContain('mermaid');
  });
});

describe('the JSON document', () => {
  test('has what docs/CLI.md says', () => {
    const document = runDocument(buildResult(), context);
    expect(Object.keys(document)).toMatchInlineSnapshot(`
      [
        "scenario",
        "seed",
        "sets",
        "without",
        "maxEvents",
        "strict",
        "state",
        "digests",
        "events",
        "durationUs",
        "settleUs",
        "verifyUs",
        "endedAtUs",
        "drawn",
        "groups",
        "operations",
        "messages",
        "expectations",
        "labelsExpected",
        "checks",
        "objectives",
        "faults",
        "actions",
        "liveness",
        "nemeses",
        "twins",
        "metastable",
        "leaders",
        "series",
        "measures",
        "notesLost",
        "cap",
        "error",
        "repro",
      ]
    `);
    expect(document.operations).toEqual({ total: 4, ok: 3, fail: 0, info: 1 });
    expect(document.messages.byType).toEqual({ append: 9000, append_ok: 2204 });
    expect(document.checks[0]?.evidence.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(document.repro).toBe(
      'dsim replay scenarios/partition.yaml --seed 42 --set duration=5s --digest 0123456789abcdef --by 0.1.0',
    );
  });

  test('survives JSON: no infinity, no map, nothing undefined', () => {
    const open = buildOperation({
      index: 0,
      outcome: 'info',
      completedAtUs: Number.POSITIVE_INFINITY,
    });
    const result = buildResult({ history: [open] });
    const document = runDocument(result, context);
    const text = formatDocument(document);
    expect(JSON.parse(text)).toEqual(document);
    expect(document.checks[0]?.evidence).toEqual([
      expect.objectContaining({ completedAtUs: null, endedAtUs: null }),
    ]);
  });

  test('says whether a fault was felt', () => {
    const felt = nothingFelt();
    const { facts } = buildResult();
    const result = buildResult({
      facts: { ...facts, faults: [buildFault(), buildFault({ felt })] },
    });
    expect(runDocument(result, context).faults.map(({ wasFelt }) => wasFelt)).toEqual([
      true,
      false,
    ]);
  });

  test('is short for a run of a sweep that held', () => {
    const brief = briefDocument(runDocument(buildHeld(), context));
    expect(Object.keys(brief)).toEqual([
      ...['scenario', 'seed', 'state', 'digests', 'events', 'expectations', 'brief'],
    ]);
    const [expectation] = brief.expectations;
    expect(Object.keys(expectation ?? {})).toEqual(['text', 'state', 'measured', 'value', 'unit']);
  });

  test('has the number behind a metric, and why it is violated', () => {
    const breakdown = {
      text: 'p99 < 1s',
      places: [],
      errors: [],
      failed: 3,
      worst: null,
      outliers: [],
    };
    const [first] = buildResult().judged;
    if (first === undefined) throw new RangeError('the result has no expectation');
    const judged = [
      { ...first, check: null, number: { unit: 'ms', value: Infinity }, breakdown } as const,
      { ...first, check: null },
    ];
    const { expectations } = runDocument({ ...buildResult(), judged }, context);
    expect(expectations[0]).toMatchObject({ value: '∞', unit: 'ms', breakdown });
    expect(expectations[1]).toMatchObject({ value: null, unit: null, breakdown: null });
  });

  test('counts states', () => {
    expect(totalsOf(['held', 'held', 'violated', 'unknown', 'never exercised'])).toEqual({
      runs: 5,
      held: 2,
      violated: 1,
      unknown: 1,
      neverExercised: 1,
    });
  });
});

describe('the log in columns', () => {
  const events: readonly TraceEvent[] = [
    {
      type: 'note',
      atUs: 0,
      n: 0,
      node: 'kv-1',
      label: 'role',
      detail: { role: 'leader', term: 2 },
    },
    { type: 'invoke', atUs: 1000, n: 1, node: 'load-1', operation: 0, text: 'read x' },
    {
      type: 'send',
      atUs: 1000,
      n: 1,
      from: 'kv-1',
      to: 'kv-2',
      id: 1,
      kind: 'append',
      message: { type: 'append' },
    },
    {
      type: 'deliver',
      atUs: 2500,
      n: 2,
      from: 'kv-1',
      to: 'kv-2',
      id: 1,
      kind: 'append',
      message: { type: 'append', entries: ['a long entry', 'and another'] } as { type: string },
    },
    { type: 'fault', atUs: 3000, n: 3, name: 'partition', phase: 'inject', label: 'kv-1 | kv-2' },
    {
      type: 'drop',
      atUs: 3500,
      n: 4,
      from: 'kv-2',
      to: 'kv-1',
      id: 2,
      kind: 'ok',
      why: 'partition',
    },
    { type: 'crash', atUs: 4000, n: 5, node: 'kv-2' },
    { type: 'flush', atUs: 4000, n: 6, node: 'kv-1' },
    { type: 'timer', atUs: 5000, n: 7, node: 'other', tag: 'x', key: 0 },
  ];

  function page(width: number, clients: readonly string[] = ['load-1']): string {
    const columns = new LogColumns({ nodes: ['kv-1', 'kv-2'], clients, width }, ink);
    return `\n${columns.head()}${events.map((event) => columns.lines(event)).join('')}`;
  }

  test('a column for each node, one for all clients', () => {
    expect(page(80)).toMatchInlineSnapshot(`
      "
                kv-1                   kv-2                   clients
         0.000s leader, term 2
         0.001s                                               load-1 invoke #0 read
                                                              x
         0.001s →kv-2 append
         0.003s                        kv-1⇒ append
                                       entries=["a long
                                       entry","and another"]
         0.003s ── partition inject  kv-1 | kv-2
         0.004s                        ✕kv-1 ok (partition)
         0.004s                        crash
      "
    `);
  });

  test('clients have no column when they are not asked for', () => {
    expect(page(80, [])).not.toContain('load-1');
  });

  test('a narrow terminal gets a page that is wider than it', () => {
    expect(page(20)).toContain('kv-1               kv-2               clients');
  });
});

describe('tables and lists', () => {
  test('wrap their last column only', () => {
    const rows = [
      ['a', 'short'],
      ['longer name', 'word '.repeat(30).trim()],
    ];
    const lines = renderTable(rows, ink);
    expect(lines[0]).toBe('  a            short');
    expect(lines.length).toBe(4);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
    expect(renderTable([], ink)).toEqual([]);
  });

  test('a sort without items says so', () => {
    const listings = [
      { title: 'SYSTEMS', items: [{ name: 'raft', family: 'consensus', summary: 'A log.' }] },
      { title: 'FAULTS', items: [] },
    ];
    expect(renderListings(listings, ink)).toBe(
      'SYSTEMS\n  raft  consensus  A log.\n\nFAULTS  none\n',
    );
  });

  test('no colour of its own, piped or not', () => {
    expect(renderTable([['a', 'b']], ink).join('')).not.toContain('\u001b');
  });
});

describe('the manual', () => {
  test('a page', () => {
    const page = renderManual(
      {
        name: 'raft',
        sort: 'system: Raft',
        summary: system.summary,
        text: [],
        params: defineParams({
          'election-timeout': {
            type: 'duration-range',
            default: { minMs: 150, maxMs: 300 },
            min: 1,
            doc: 'How long a follower waits before it stands for election; more is calmer and slower.',
          },
          mode: { type: 'choice', options: ['a', 'b'], default: 'a', doc: 'Which.' },
          target: { type: 'nodes', doc: 'Whom it calls.' },
        }),
        sections: [
          { title: 'BUGS', rows: [['stale-read', 'Answers without asking.']] },
          { title: 'SOURCES', rows: [['Ongaro & Ousterhout 2014']] },
          { title: 'EMPTY', rows: [] },
        ],
      },
      ink,
    );
    expect(page).toMatchInlineSnapshot(`
      "raft  system: Raft
        A replicated log with one leader.

      PARAMETERS
        election-timeout  durations a..b · default 150ms..300ms
            How long a follower waits before it stands for election; more is calmer
            and slower. (at least 1ms)
        mode  a or b · default a
            Which.
        target  node, group or region · required
            Whom it calls.

      BUGS
        stale-read  Answers without asking.

      SOURCES
        Ongaro & Ousterhout 2014
      "
    `);
  });

  test.each([
    [{ type: 'duration', default: 50 }, '50ms'],
    [{ type: 'duration', default: 0.25 }, '250us'],
    [{ type: 'duration', default: 0 }, '0'],
    [{ type: 'ratio', default: 0.001 }, '0.1%'],
    [{ type: 'rate', default: 50 }, '50/s'],
    [{ type: 'bytes', default: 65_536 }, '64KiB'],
    [{ type: 'bytes', default: 100 }, '100B'],
    [{ type: 'integer', default: 3 }, '3'],
    [{ type: 'boolean', default: false }, 'false'],
    [{ type: 'duration-range', default: { minMs: 5, maxMs: 5 } }, '5ms'],
    [{ type: 'selector', default: ['a', 'b'] }, 'a, b'],
    [{ type: 'list', of: { type: 'text', doc: '' }, default: ['read', 'cas'] }, '[read, cas]'],
    [{ type: 'text', optional: true }, 'none'],
    [{ type: 'text' }, 'required'],
    [
      { type: 'distribution', default: { kind: 'lognormal', median: 2, p99: 12 } },
      'lognormal, median 2ms, p99 12ms',
    ],
    [
      { type: 'distribution', default: { kind: 'pareto', scale: 1, shape: 1.5, max: 100 } },
      'pareto, from 1ms, shape 1.5, at most 100ms',
    ],
  ] as const)('the default of %j is %s', (spec, text) => {
    expect(defaultText({ doc: '', ...spec } as Parameters<typeof defaultText>[0])).toBe(text);
  });
});
