/** Anomalies, their cycles, operations without a workload, and the pictures of both. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyOf } from '../../test/support/histories.ts';
import { buildResult, failedCheck } from '../../test/support/result.ts';
import { namedOperations, reasonsApart, renderAnomalies } from './anomalies.ts';
import { createInk } from './ink.ts';
import { renderCheckDiagram, renderCycle, renderGantt } from './mermaid-graph.ts';
import { operationText } from './operation-text.ts';
import type { Anomaly, CheckResult } from './result-parts.ts';
import { runDocument } from './run-document.ts';
import { renderMarkdown } from './run-page.ts';
import { renderScreen } from './run-screen.ts';

const ink = createInk({ color: false, ascii: false, width: 72 });
const ascii = createInk({ color: false, ascii: true, width: 72 });

const edge = (from: number, to: number, kind: string) => ({
  from,
  to,
  kind,
  because: `#${to} came after #${from}`,
});
const skew: Anomaly = {
  name: 'G-single-item',
  count: 1234,
  sentence: '#1 saw half of #0.',
  operations: [0, 1],
  edges: [edge(0, 1, 'wr'), edge(1, 0, 'realtime')],
};
const lost: Anomaly = { ...skew, name: 'lost', count: 1, sentence: 'It is gone.', edges: [] };

function checkWith(anomalies: readonly Anomaly[], rest: Partial<CheckResult> = {}): CheckResult {
  return { ...failedCheck, evidence: [], anomalies, ...rest };
}

const tell = (index: number): string => (index === 0 ? 'w x 1, w y 1' : 'r x → 1, r y → null');

describe('anomalies', () => {
  test('each with its count, its sentence and its cycle', () => {
    expect(
      `\n${renderAnomalies(checkWith([skew, lost]), tell, ink).join('\n')}\n`,
    ).toMatchInlineSnapshot(`
      "
        G-single-item  found 1,234 times
          #1 saw half of #0.
          #0 w x 1, w y 1         --wr-->        #1 r x → 1, r y → null
              #1 came after #0
          #1 r x → 1, r y → null  --realtime-->  #0 w x 1, w y 1
              #0 came after #1

        lost  found once
          It is gone.
      "
    `);
  });

  test('in ASCII, cut to the width, long cycles by their beginning', () => {
    const edges = Array.from({ length: 30 }, (_, i) => edge(i, (i + 1) % 30, i % 2 ? 'rw' : 'ww'));
    const long = () => `append ${'→'.repeat(60)}`;
    const lines = renderAnomalies(checkWith([{ ...skew, edges }]), long, ascii);
    expect(lines.at(-1)).toBe('    and 18 more edges');
    for (const line of lines) {
      expect(line).toMatch(/^[ -~]*$/);
      expect(line.length).toBeLessThanOrEqual(72);
    }
  });

  test('beyond six by name', () => {
    const many = Array.from({ length: 8 }, (_, i) => ({ ...lost, name: `a${i}` }));
    expect(renderAnomalies(checkWith(many), tell, ink).at(-1)).toBe('  and a6 (1), a7 (1)');
    expect(renderAnomalies(checkWith([]), tell, ink)).toEqual([]);
  });

  test('say nothing twice', () => {
    const told = checkWith([skew], { summary: 'Not serializable: #1 saw half of #0.' });
    expect(renderAnomalies(told, tell, ink).join()).not.toContain('saw half');
    const reasons = ['#0 < #1 (wr): #1 came after #0.', 'May hold: snapshot-isolation.'];
    expect(reasonsApart(checkWith([skew], { reasons }))).toEqual(['May hold: snapshot-isolation.']);
  });

  test('name operations once, in order', () => {
    const history = historyOf(
      [0, 1, 2].map((process) => ({ process, f: 'r', from: process, to: 9 })),
    );
    const check = checkWith([skew], { evidence: [2, 1, 99] });
    expect(namedOperations(check, history).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test('are in the screen, the page and the document of a run', () => {
    const base = buildResult();
    const judged = base.judged.map((each) =>
      each.check === null ? each : { ...each, check: checkWith([skew], { next: ['Look at #1.'] }) },
    );
    const result = { ...base, judged, checks: [] };
    const context = {
      dsim: 'dsim',
      allowOutside: false,
      version: '1.0.0',
      file: 'a.yaml',
      sets: [],
      without: false,
      maxEvents: null,
      strict: false,
      scenarioHash: '0'.repeat(16),
      kept: null,
      runId: null,
    };
    const screen = renderScreen(result, context, ink);
    expect(screen).toContain('  G-single-item  found 1,234 times');
    expect(screen).toContain('--realtime-->');
    expect(screen).toContain('  → Look at #1.');
    const page = renderMarkdown(result, context, null);
    expect(page).toContain('--realtime-->');
    expect(page).toContain('```mermaid\nflowchart LR');
    const [check] = runDocument(result, context).checks;
    expect(check).toMatchObject({
      anomalies: [{ name: 'G-single-item', count: 1234 }],
      next: ['Look at #1.'],
    });
  });
});

describe('operations without a workload', () => {
  const operation = (fields: Partial<Parameters<typeof historyOf>[0][number]>) =>
    historyOf([{ process: 0, f: 'read', from: 0, to: 1, key: null, ...fields }])[0]!;

  test.each([
    [{ output: 5 }, 'read → 5'],
    [{ output: null }, 'read → null'],
    [{ key: 'x', output: 'a b' }, 'x: read → "a b"'],
    [{ f: 'write', input: 3, output: 3 }, 'write 3'],
    [{ f: 'write', input: '3' }, 'write "3"'],
    [{ f: 'write', input: 'null' }, 'write "null"'],
    [{ f: 'write', input: 'abc', outcome: 'info' as const }, 'write abc (timeout)'],
    [{ f: 'cas', input: [1, 2], outcome: 'fail' as const, error: null }, 'cas [1,2] (fail)'],
    [{ f: 'add', input: 1, output: { id: 7 } }, 'add 1 → {"id":7}'],
    [
      {
        f: 'txn',
        input: [
          ['r', 'x', null],
          ['append', 9, 1],
        ],
        output: [
          ['r', 'x', [2]],
          ['append', 9, 1],
        ],
      },
      'r x → [2], append 9 1',
    ],
    [{ f: 'txn', input: [['r', 'x', null]], outcome: 'info' as const }, 'r x (timeout)'],
    [{ f: 'transfer', input: [['w', 'x', null]], output: null }, 'transfer w x null'],
    [{ f: 'poll', input: [['poll']], output: [['poll', { x: [[0, 1]] }]] }, 'poll {"x":[[0,1]]}'],
    [{ output: 'z'.repeat(100) }, `read → "${'z'.repeat(58)}…`],
  ])('%j', (fields, text) => {
    expect(operationText(operation(fields))).toBe(text);
  });

  test('the key that all share is not repeated', () => {
    expect(operationText(operation({ key: 'x', output: 1 }), 'x')).toBe('read → 1');
  });
});

describe('Mermaid', () => {
  const history = historyOf([
    { process: 0, f: 'w', input: 'a"b;c:d,e|f#g', from: 0, to: 5 },
    { process: 1, f: 'r', output: 1, from: 2, to: 3, outcome: 'info' },
  ]);

  test('names of users break nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, kind) => {
        const tellIt = () => name;
        const cycle = renderCycle({ ...skew, edges: [edge(0, 1, kind)] }, history, name, tellIt);
        const [head, remark, ...rest] = cycle.trimEnd().split('\n');
        expect([head, remark?.startsWith('  %% '), rest.length]).toEqual(['flowchart LR', true, 3]);
        for (const line of rest)
          expect(line).toMatch(/^ {2}n\d(\["[^"]*"\]| -->\|"[^"|]*"\| n\d)$/);
        const gantt = renderGantt(history, name, tellIt).trimEnd().split('\n');
        for (const line of gantt.slice(5).filter((each) => !each.startsWith('  section'))) {
          expect(line).toMatch(/^ {2}[^:,]* :(crit, )?\d+, \d+$/);
        }
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test('a label has no breaks of its own, and is no text in another language', () => {
    const cycle = renderCycle({ ...skew, edges: [edge(0, 1, '`x`')] }, history, 't', () => 'a\\nb');
    expect(cycle).toContain('|"#96;x#96;"|');
    expect(cycle).toContain('a#92;nb');
  });

  test('a check without operations has no picture', () => {
    expect(renderCheckDiagram(checkWith([]), history, 't', () => '')).toBeNull();
    expect(renderCheckDiagram(checkWith([lost]), history, 't', () => 'x')).toContain('gantt');
  });
});
