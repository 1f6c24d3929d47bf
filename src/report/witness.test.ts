import { expect, test } from 'vitest';
import {
  buildOperation,
  buildResult,
  buildScenario,
  failedCheck,
  staleRead,
} from '../../test/support/result.ts';
import type { AnyWorkload } from '../workloads/workload.ts';
import { createInk } from './ink.ts';
import { textWidth } from './layout.ts';
import { renderWitness } from './witness.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });

function picture(evidence: readonly number[], history = staleRead, width = 80): string {
  const own = createInk({ color: false, ascii: false, width });
  return `\n${renderWitness(buildResult({ history }), { ...failedCheck, evidence }, own).join('\n')}\n`;
}

test('sequential operations follow each other, whatever their durations', () => {
  expect(picture([0, 1, 2])).toMatchInlineSnapshot(`
    "
        load-1 @kv-1  ├─ write 3 ─┤
        load-3 @kv-3                ├─ write 5 ─┤
        load-2 @kv-2                              ├─ read → 3 ─┤
        #0  9.120s → 9.134s    write 3
        #1  12.300s → 12.310s  write 5
        #2  12.838s → 12.840s  read → 3
        left to right in the order of time, not to scale
    "
  `);
});

test('an operation of unknown end stays open, and what overlaps overlaps', () => {
  expect(picture([1, 2, 3])).toMatchInlineSnapshot(`
    "
        load-3 @kv-3  ├─ write 5 ─┤                   #1  12.300s → 12.310s
        load-4 @kv-4    ├─ write 9 (timeout) ┄┄┄┄┄┄┄  #3  12.305s → given up 12.605s
        load-2 @kv-2                ├─ read → 3 ─┤    #2  12.838s → 12.840s
        left to right in the order of time, not to scale
    "
  `);
});

test('operations of one process share a row', () => {
  const history = [
    buildOperation({ index: 0, f: 'write', input: 1, invokedAtUs: 1000, completedAtUs: 2000 }),
    buildOperation({ index: 1, output: 1, invokedAtUs: 3000, completedAtUs: 4000 }),
    buildOperation({
      index: 2,
      process: 7,
      client: 'load-2',
      output: 0,
      invokedAtUs: 1500,
      completedAtUs: 3500,
    }),
  ];
  expect(picture([0, 1, 2], history)).toMatchInlineSnapshot(`
    "
        load-1 @kv-1  ├─ write 1 ─┤ ├─ read → 1 ─┤
        load-2 @kv-1    ├─ read → 0 ──┤
        #0  0.001s → 0.002s  write 1
        #1  0.003s → 0.004s  read → 1
        #2  0.002s → 0.004s  read → 0
        left to right in the order of time, not to scale
    "
  `);
});

test('when texts do not fit, bars have numbers and a legend', () => {
  const text = picture([0, 1, 2], staleRead, 52);
  expect(text).toMatchInlineSnapshot(`
    "
        load-1 @kv-1  ├ #0 ┤
        load-3 @kv-3         ├ #1 ┤
        load-2 @kv-2                ├ #2 ┤
        #0  9.120s → 9.134s    write 3
        #1  12.300s → 12.310s  write 5
        #2  12.838s → 12.840s  read → 3
        left to right in the order of time, not to scale
    "
  `);
});

test('only the last dozen is drawn', () => {
  const history = Array.from({ length: 30 }, (_, i) =>
    buildOperation({ index: i, process: i, invokedAtUs: i * 1000, completedAtUs: i * 1000 + 500 }),
  );
  const text = picture(
    history.map(({ index }) => index),
    history,
  );
  expect(text).toContain('(the last 12 of 30 operations)');
  expect(text.match(/#\d+ {2}/g)).toHaveLength(12);
  for (const line of text.split('\n')) expect(textWidth(line), line).toBeLessThanOrEqual(80);
});

test('other keys are named, and an operation without words of its workload is told as it is', () => {
  const history = [buildOperation({ index: 0, f: 'enqueue', key: 'q', input: 4, output: 'ok' })];
  const load = buildScenario().loads[0];
  const bare = load === undefined ? [] : [{ ...load, workload: silent(load.workload) }];
  const result = buildResult({ history, scenario: buildScenario({ loads: bare }) });
  expect(renderWitness(result, { ...failedCheck, evidence: [0] }, ink).join('\n')).toContain(
    '├─ q: enqueue 4 → "ok" ─┤',
  );
});

function silent({ tell: _, ...workload }: AnyWorkload): AnyWorkload {
  return workload;
}

test('evidence that names nothing draws nothing', () => {
  expect(renderWitness(buildResult(), { ...failedCheck, evidence: [] }, ink)).toEqual([]);
  expect(renderWitness(buildResult(), { ...failedCheck, evidence: [999] }, ink)).toEqual([]);
});
