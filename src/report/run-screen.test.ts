/** The end-of-run screen as people see it. The transcripts are the specification. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  buildError,
  buildFacts,
  buildFault,
  buildHeld,
  buildJudged,
  buildResult,
  buildRow,
  buildScenario,
  buildTimeline,
  cap,
  failedCheck,
} from '../../test/support/result.ts';
import { nothingFelt } from '../sim/fault.ts';
import { createInk } from './ink.ts';
import { textWidth } from './layout.ts';
import type { RunContext } from './run-context.ts';
import { renderScreen, verdictLine } from './run-screen.ts';

const context: RunContext = {
  dsim: 'dsim',
  allowOutside: false,
  version: '0.1.0',
  file: 'scenarios/partition.yaml',
  sets: [],
  without: false,
  maxEvents: null,
  strict: false,
  scenarioHash: '1a9e1806bfe02ff7',
  kept: '.dsim/runs/partition-42-01234567',
  runId: 'partition-42-01234567',
};
const plain = createInk({ color: false, ascii: false, width: 80 });
const notFelt = nothingFelt();

test('a violated run: verdict, expectations, the run over time, why, and the way back', () => {
  expect(renderScreen(buildResult(), context, plain)).toMatchInlineSnapshot(`
    "✗ violated  partition  seed 42
      scenarios/partition.yaml · kv: raft ×5 · load: register clients ×5
      30s simulated, then 1.2s to settle
      4 operations · 11,204 messages, 312 dropped · 48,210 events
      A leader cut off with a minority must stop acknowledging writes.

    EXPECTATIONS
      ✗ linearizable                                    violated at 12.840s, key x
      ✓ availability(majority) >= 90% during partition  93.00%  558 of 600 answered
      ✗ availability(minority) <= 0% during partition   0.25%
          1 of 400 answered, #2 at 12.840s
      ○ sometimes 'snapshot installed'                  never exercised
          no node noted it in the whole run

    TIMELINE       ╷0s             ╷10s            ╷20s             ╷30s
      partition                    ├───────────────┤                  10s
        kv-2 kv-5 | kv-1 kv-3 kv-4 · 312 dropped · 40 operations touched
      answered     █████████████████▁▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅████████████████  84.66% in all
      majority     █████████████████▁███████████████████████████████  96.66% in all
      minority                      ▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁                  0.25% in all
      p99 latency  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▅▁▁▁▁▁▁▁▁▁▁▁▁▁▁    8ms–1.84s
      leader kv-2  ├───────────────────────────────┤                  19.9s, term 1
      leader kv-3                   ├─────────────────────────────┄┄  19.1s, term 2
      two at once                   ├──────────────┤                  9.2s

    CAP  In this run the store gave up both: the minority stopped and a stale read
      got through.

    WHY  not linearizable for key x, visible at 12.840s
      A read of x returned 3 at 12.840s although 5 had been acknowledged at 12.310s.
      · load-3 wrote 5 through kv-3, which the majority acknowledged.
      · load-2 then read 3 from kv-2, which had been cut off from the majority since
        10.000s.

        load-1 @kv-1  ├─ write 3 ─┤
        load-3 @kv-3                ├─ write 5 ─┤
        load-2 @kv-2                              ├─ read → 3 ─┤
        #0  9.120s → 9.134s    write 3
        #1  12.300s → 12.310s  write 5
        #2  12.838s → 12.840s  read → 3
        left to right in the order of time, not to scale

    ✗ violated  partition  seed 42  2 of 4 expectations violated, 1 never exercised
      repro: dsim replay scenarios/partition.yaml --seed 42 --digest 0123456789abcdef --by 0.1.0
      kept:  .dsim/runs/partition-42-01234567
      next:  dsim replay partition-42-01234567 -o why.md
             dsim explain linearizable  what the check demands
    "
  `);
});

test('a held run ends in one calm line', () => {
  expect(renderScreen(buildHeld(), context, plain)).toMatchInlineSnapshot(`
    "✓ held  partition  seed 42
      scenarios/partition.yaml · kv: raft ×5 · load: register clients ×5
      30s simulated, then 1.2s to settle
      4 operations · 11,204 messages, 312 dropped · 48,210 events
      A leader cut off with a minority must stop acknowledging writes.

    EXPECTATIONS
      ✓ linearizable
          every one of 2 980 operations fits one order
      ✓ availability(majority) >= 90% during partition  93.00%  558 of 600 answered

    TIMELINE       ╷0s             ╷10s            ╷20s             ╷30s
      partition                    ├───────────────┤                  10s
        kv-2 kv-5 | kv-1 kv-3 kv-4 · 312 dropped · 40 operations touched
      answered     █████████████████▁▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅████████████████  84.66% in all
      majority     █████████████████▁███████████████████████████████  96.66% in all
      minority                      ▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁                  0.25% in all
      p99 latency  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▅▁▁▁▁▁▁▁▁▁▁▁▁▁▁    8ms–1.84s
      leader kv-2  ├───────────────────────────────┤                  19.9s, term 1
      leader kv-3                   ├─────────────────────────────┄┄  19.1s, term 2
      two at once                   ├──────────────┤                  9.2s

    ✓ held  partition  seed 42  2 expectations  kept in .dsim/runs/partition-42-01234567
    "
  `);
});

test('the bounds of settling are said where they are others than usual', () => {
  const result = buildResult();
  const scenario = { ...result.scenario, settleUs: 60_000_000, verifyUs: 5_000_000 };
  const ink = createInk({ color: false, ascii: false, width: 80 });
  expect(renderScreen({ ...result, scenario }, context, ink)).toContain('to settle (settle: 60s)');
});

test('ASCII all through', () => {
  const ink = createInk({ color: false, ascii: true, width: 80 });
  const text = renderScreen(buildResult(), context, ink);
  expect(text).toMatch(/^[\n -~]*$/);
  expect(text).toMatchInlineSnapshot(`
    "X violated  partition  seed 42
      scenarios/partition.yaml * kv: raft x5 * load: register clients x5
      30s simulated, then 1.2s to settle
      4 operations * 11,204 messages, 312 dropped * 48,210 events
      A leader cut off with a minority must stop acknowledging writes.

    EXPECTATIONS
      X linearizable                                    violated at 12.840s, key x
      + availability(majority) >= 90% during partition  93.00%  558 of 600 answered
      X availability(minority) <= 0% during partition   0.25%
          1 of 400 answered, #2 at 12.840s
      o sometimes 'snapshot installed'                  never exercised
          no node noted it in the whole run

    TIMELINE       |0s             |10s            |20s             |30s
      partition                    |---------------|                  10s
        kv-2 kv-5 | kv-1 kv-3 kv-4 * 312 dropped * 40 operations touched
      answered     #################0666666666666666################  84.66% in all
      majority     #################0###############################  96.66% in all
      minority                      0000100000000000                  0.25% in all
      p99 latency  _________________ _______________#+______________   8ms..1.84s
      leader kv-2  |-------------------------------|                  19.9s, term 1
      leader kv-3                   |-----------------------------..  19.1s, term 2
      two at once                   |--------------|                  9.2s

    CAP  In this run the store gave up both: the minority stopped and a stale read
      got through.

    WHY  not linearizable for key x, visible at 12.840s
      A read of x returned 3 at 12.840s although 5 had been acknowledged at 12.310s.
      * load-3 wrote 5 through kv-3, which the majority acknowledged.
      * load-2 then read 3 from kv-2, which had been cut off from the majority since
        10.000s.

        load-1 @kv-1  |- write 3 -|
        load-3 @kv-3                |- write 5 -|
        load-2 @kv-2                              |- read -> 3 -|
        #0  9.120s -> 9.134s    write 3
        #1  12.300s -> 12.310s  write 5
        #2  12.838s -> 12.840s  read -> 3
        left to right in the order of time, not to scale

    X violated  partition  seed 42  2 of 4 expectations violated, 1 never exercised
      repro: dsim replay scenarios/partition.yaml --seed 42 --digest 0123456789abcdef --by 0.1.0
      kept:  .dsim/runs/partition-42-01234567
      next:  dsim replay partition-42-01234567 -o why.md
             dsim explain linearizable  what the check demands
    "
  `);
});

test('a run that stopped on an error', () => {
  const result = buildResult({
    error: buildError(),
    checks: [],
    judged: [],
    cap: null,
    state: 'violated',
  });
  expect(renderScreen(result, context, plain)).toMatchInlineSnapshot(`
    "✗ stopped  partition  seed 42
      scenarios/partition.yaml · kv: raft ×5 · load: register clients ×5
      30s simulated, then 1.2s to settle
      4 operations · 11,204 messages, 312 dropped · 48,210 events
      A leader cut off with a minority must stop acknowledging writes.

    EXPECTATIONS  none: nothing was judged

    TIMELINE       ╷0s             ╷10s            ╷20s             ╷30s
      partition                    ├───────────────┤                  10s
        kv-2 kv-5 | kv-1 kv-3 kv-4 · 312 dropped · 40 operations touched
      answered     █████████████████▁▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅████████████████  84.66% in all
      majority     █████████████████▁███████████████████████████████  96.66% in all
      minority                      ▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁                  0.25% in all
      p99 latency  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█▅▁▁▁▁▁▁▁▁▁▁▁▁▁▁    8ms–1.84s
      leader kv-2  ├───────────────────────────────┤                  19.9s, term 1
      leader kv-3                   ├─────────────────────────────┄┄  19.1s, term 2
      two at once                   ├──────────────┤                  9.2s

    STOPPED  a handler threw an error on kv-3 at 12.840s (event 48,210)
      Cannot read properties of undefined (reading 'term')
        at Raft.onAppend (nodes/raft.ts:120:31)
        at Raft.receive (nodes/raft.ts:64:12)
      A node must handle every message that it can get, late, doubled or out of
      order. Below are the last events at that node; --verbose prints all of them.
      last events there:
        12839.100ms kv-2⇒kv-3 append term=2
        12840.000ms kv-2⇒kv-3 append_ok term=2

    ✗ stopped  partition  seed 42  Cannot read properties of undefined (reading 'term')
      repro: dsim replay scenarios/partition.yaml --seed 42 --digest 0123456789abcdef --by 0.1.0
      kept:  .dsim/runs/partition-42-01234567
      next:  dsim replay partition-42-01234567 -o why.md
    "
  `);
});

const crowded = buildResult({
  scenario: buildScenario({
    drawn: [
      { path: 'nodes.kv.count', value: '5' },
      { path: 'network.loss', value: '0.012345' },
      { path: 'faults.0.for', value: '8.123s' },
    ],
  }),
  facts: buildFacts({
    faults: [
      buildFault({
        label: 'kv-1 kv-2 kv-3 kv-4 kv-5 kv-6 kv-7 kv-8 | kv-9 kv-10 kv-11 kv-12 kv-13',
      }),
      buildFault({ name: 'crash', kind: 'crash', label: 'kv-3', healedAtUs: null }),
      buildFault({ name: 'a-fault-with-a-very-long-name', felt: notFelt, operationsTouched: 3 }),
      buildFault({
        name: 'loss',
        label: '',
        injectedAtUs: null,
        healedAtUs: null,
        felt: notFelt,
        operationsTouched: 0,
      }),
    ],
    down: [{ node: 'kv-3', fromUs: 15_000_000, untilUs: 22_000_000 }],
  }),
  judged: [
    buildJudged({
      text: 'p99(read) < 250ms outside partition-with-a-name-that-goes-on-and-on-for-ever',
      state: 'unknown',
      measured: 'the budget of the search ran out after 1,000,000 states',
      because: 'x'.repeat(200),
    }),
  ],
});

describe('whatever the width', () => {
  /** Lines that are meant to be copied are as long as they are. */
  const copied = /^ {2}(repro:|kept:|next:| {6}) |^[✓✗?○+Xo] /;

  test.each([40, 60, 80, 100])('%i columns hold everything but what is copied', (width) => {
    for (const ascii of [false, true]) {
      const ink = createInk({ color: false, ascii, width });
      for (const result of [
        buildResult(),
        buildHeld(),
        crowded,
        buildResult({ error: buildError() }),
      ]) {
        for (const line of renderScreen(result, context, ink).split('\n')) {
          if (!copied.test(line))
            expect(textWidth(line), line).toBeLessThanOrEqual(Math.max(64, width));
          expect(line, 'no blanks at the end').toBe(line.trimEnd());
        }
      }
    }
  });

  test('80 columns are enough for 80 columns', () => {
    for (const result of [buildResult(), buildHeld(), crowded]) {
      const lines = renderScreen(result, context, plain).split('\n');
      for (const line of lines.filter((each) => !copied.test(each))) {
        expect(textWidth(line), line).toBeLessThanOrEqual(80);
      }
    }
  });
});

test('colour changes nothing but the colour', () => {
  const colored = createInk({ color: true, ascii: false, width: 80 });
  for (const result of [buildResult(), buildHeld(), crowded]) {
    const text = renderScreen(result, context, colored);
    expect(text).not.toBe(stripVTControlCharacters(text));
    const lines = stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.trimEnd());
    expect(lines.join('\n')).toBe(renderScreen(result, context, plain));
  }
});

test('a fault that touched nothing is called out, with and without a target', () => {
  const text = renderScreen(crowded, context, plain);
  expect(text).toContain('! no effect: it touched nothing');
  expect(text).toContain('! never struck: it found nothing to strike');
  expect(text).toContain('! a-fault-with-a-very-long-name had no effect');
  expect(text).toContain('! loss had no effect');
  expect(text).not.toContain('! crash had no effect');
});

test('with many faults, those of a kind share a row', () => {
  const faults = Array.from({ length: 12 }, (_, i) =>
    buildFault({
      name: i === 0 ? 'flap' : `flap-${i + 1}`,
      kind: 'flap',
      injectedAtUs: i * 2_000_000,
      healedAtUs: i * 2_000_000 + 1_000_000,
    }),
  );
  const text = renderScreen(buildResult({ facts: buildFacts({ faults }) }), context, plain);
  expect(text.match(/^ {2}flap.*$/gm)).toEqual([
    expect.stringMatching(/^ {2}flap \(12\) {4}(├┤? ?┤? +)+/),
  ]);
  expect(text).toContain('3,744 dropped · 480 operations touched');
});

test('what a node or a scenario says cannot reach the terminal', () => {
  const text = renderScreen(
    buildResult({
      scenario: buildScenario({ name: 'evil\u001b[2J', summary: '\u001b]0;title\u0007' }),
      error: buildError({ message: '\u001b[31mred\nsecond line' }),
    }),
    context,
    plain,
  );
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u0007');
});

describe('the last lines', () => {
  const lastLines = (result: Parameters<typeof renderScreen>[0], of = context) =>
    renderScreen(result, of, plain).split('\n\n').at(-1);

  test('repeat every option that made it this run, quoted for a shell', () => {
    const changed = {
      ...context,
      file: 'my scenario.yaml',
      sets: ["summary=it's"],
      without: true,
      maxEvents: 1000,
      kept: null,
      runId: null,
    };
    expect(lastLines(buildResult(), changed)).toMatchInlineSnapshot(`
      "✗ violated  partition  seed 42  2 of 4 expectations violated, 1 never exercised
        repro: dsim replay 'my scenario.yaml' --seed 42 --set 'summary=it'\\''s' --without --max-events 1000 --digest 0123456789abcdef --by 0.1.0
        next:  dsim run 'my scenario.yaml' --seed 42 --set 'summary=it'\\''s' --without --max-events 1000 -o why.md
               dsim explain linearizable  what the check demands
      "
    `);
  });

  test('offer the events when there are no operations to draw', () => {
    const judged = [buildJudged({ text: 'throughput > 5/s', state: 'violated', measured: '4/s' })];
    expect(lastLines(buildResult({ judged, checks: [] }))).toMatchInlineSnapshot(`
      "✗ violated  partition  seed 42  1 of 1 expectation violated
        repro: dsim replay scenarios/partition.yaml --seed 42 --digest 0123456789abcdef --by 0.1.0
        kept:  .dsim/runs/partition-42-01234567
        next:  dsim replay partition-42-01234567 --verbose  every event of the run
      "
    `);
  });
});

describe('the line of --quiet', () => {
  test('says what decided', () => {
    expect(verdictLine(buildResult(), plain)).toMatchInlineSnapshot(
      `"✗ violated  partition  seed 42  2 of 4 expectations violated, 1 never exercised: linearizable, availability(minority) <= 0% during partition, …"`,
    );
    expect(verdictLine(buildHeld(), plain)).toBe('✓ held  partition  seed 42  2 expectations');
  });

  test('is never green when nothing was expected, or the run did not get through', () => {
    const empty = buildHeld({ judged: [], checks: [] });
    expect(verdictLine(empty, plain)).toBe('✓ held  partition  seed 42  nothing was expected');
    const error = buildError({ kind: 'max-events', message: 'stopped' });
    expect(verdictLine(buildHeld({ error }), plain)).toBe('? stopped  partition  seed 42  stopped');
    const refuted = buildHeld({ error, checks: [failedCheck] });
    expect(verdictLine(refuted, plain)).toBe('✗ stopped  partition  seed 42  stopped');
  });
});

test('the picture says nothing of a run without time, and blanks where nothing was asked', () => {
  const none = buildTimeline({ fromUs: 0, untilUs: 0 });
  expect(renderScreen(buildHeld({ timeline: none }), context, plain)).not.toContain('TIMELINE');
  const silent = buildTimeline({
    availability: [buildRow('all', [{ asked: 0, answered: 0 }])],
    latencyMs: [null],
    leaders: [],
    cells: 1,
  });
  const text = renderScreen(buildHeld({ timeline: silent }), context, plain);
  expect(text).toMatch(/^ {2}answered +none counted$/m);
  expect(text).not.toContain('p99 latency');
  expect(text).not.toMatch(/^ {2}leader/m);
});

test('CAP without a sentence is put together from its numbers', () => {
  const text = renderScreen(buildResult({ cap: { ...cap, sentence: '' } }), context, plain);
  expect(text).toContain(
    'CAP  neither, gave up both in this one run: majority answered 93.00% of 600;',
  );
});
