/** The timeline over histories drawn by hand. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import {
  type HandOperation,
  handFacts,
  handFault,
  handHistory,
} from '../../../test/support/hand-history.ts';
import { handScenario } from '../../../test/support/hand-scenario.ts';
import type { Facts } from '../../checks/checker.ts';
import { metrics } from '../../checks/metrics/index.ts';
import { ROLE_NOTE } from '../../sim/trace.ts';
import { timelineOf } from './timeline.ts';

/** 4.8 s: cells of 100 ms. */
function timeline(operations: readonly HandOperation[], facts: Partial<Facts> = {}) {
  return timelineOf(
    handScenario({}),
    handHistory(operations),
    handFacts({ durationUs: 4_800_000, ...facts }),
  );
}

const timeout = { outcome: 'info', error: 'timeout', took: 100 } as const;

/** The cells of a row in which something was asked: `cell: answered/asked`. */
function cells(row: ReturnType<typeof timeline>['availability'][number] | undefined): string {
  return (row?.cells ?? [])
    .flatMap(({ asked, answered }, i) => (asked === 0 ? [] : [`${i}: ${answered}/${asked}`]))
    .join(' ');
}

test('requests count in the cell of their invocation, overall and by side', () => {
  const line = timeline(
    [
      { at: 0 },
      { at: 99, took: 50 },
      { at: 100, ...timeout },
      { at: 150, node: 'kv-3' },
      { at: 4799, node: 'kv-4', took: 90 },
      { at: 4800 },
      { at: 9000 },
    ],
    { faults: [handFault(100, 300)] },
  );
  expect(line.cells).toBe(48);
  expect([line.fromUs, line.untilUs]).toEqual([0, 4_800_000]);
  expect(line.availability.map(({ name }) => name)).toEqual(['all', 'minority', 'majority']);
  expect(line.availability.map(cells)).toEqual([
    '0: 2/2 1: 1/2 47: 1/1',
    '0: 2/2 1: 0/1',
    '1: 1/1 47: 1/1',
  ]);
  expect(line.availability.every((row) => row.cells.length === 48)).toBe(true);
});

test('a side of several faults has the nodes of the last that struck, before all of the first', () => {
  const second = [
    { name: 'minority', nodes: ['kv-5'] },
    { name: 'majority', nodes: ['kv-1', 'kv-2', 'kv-3', 'kv-4'] },
  ];
  const at = [10, 250, 350, 450, 950].flatMap((ms) => [
    { at: ms, node: 'kv-1' },
    { at: ms + 1, node: 'kv-5', ...timeout },
  ]);
  const line = timeline(at, {
    faults: [
      handFault(400, 500, { name: 'second', sides: second }),
      handFault(100, 300),
      handFault(null, null),
    ],
  });
  expect(line.availability.map(({ name }) => name)).toEqual(['all', 'minority', 'majority']);
  expect(line.availability.map(cells)).toEqual([
    '0: 1/2 2: 1/2 3: 1/2 4: 1/2 9: 1/2',
    '0: 1/1 2: 1/1 3: 1/1 4: 0/1 9: 0/1',
    '0: 0/1 2: 0/1 3: 0/1 4: 1/1 9: 1/1',
  ]);
});

test('the whole of a row is the metric of availability over the run, to the request', () => {
  const random = fixedRandom(5);
  for (let run = 0; run < 50; run++) {
    const operations = Array.from({ length: 60 }, (): HandOperation => {
      const at = random.int(0, 5000);
      const node = `kv-${random.int(1, 5)}`;
      return random.chance(0.3) ? { at, node, ...timeout } : { at, node, took: random.int(1, 200) };
    }).sort((a, b) => a.at - b.at);
    const down = [{ node: 'kv-2', fromUs: 1_000_000, untilUs: 2_000_000 }];
    const facts = handFacts({ durationUs: 4_800_000, faults: [handFault(100, 300)], down });
    const history = handHistory(operations);
    const rows = timelineOf(handScenario({}), history, facts).availability;
    const window = [{ fromUs: 0, untilUs: facts.durationUs }];
    const metric = metrics.get('availability')!;
    for (const [i, args] of [[], ['minority'], ['majority']].entries()) {
      const { value, samples } = metric.measure(args, window, history, facts);
      const { asked = 0, answered = 0 } = rows[i]?.whole ?? {};
      expect([asked, asked === 0 ? null : answered / asked]).toEqual([samples, value]);
    }
  }
});

test('nodes that are down are asked nothing', () => {
  const line = timeline([{ at: 10, ...timeout }, { at: 250 }], {
    faults: [],
    down: [{ node: 'kv-1', fromUs: 0, untilUs: 20_000 }],
  });
  expect(cells(line.availability[0])).toBe('2: 1/1');
});

test('p99 latency of what ended in the cell, without an answer slower than any', () => {
  const quick = Array.from({ length: 100 }, (_, i) => ({ at: 1000 + i / 10, took: 1 + i / 10 }));
  const line = timeline([
    ...quick,
    { at: 1950, took: 100 },
    { at: 2000, ...timeout },
    { at: 2010, error: 'precondition-failed' },
    { at: 3010, error: 'precondition-failed' },
    { at: 4790, took: 60 },
  ]);
  const seen = line.latencyMs.flatMap((ms, i) => (ms === null ? [] : [[i, ms]]));
  expect(seen).toEqual([
    [10, 10.8],
    [20, 100],
    [21, Infinity],
    [30, 1],
  ]);
  expect(line.latencyMs).toHaveLength(48);
});

test('leaders, from their notes', () => {
  const note = (atMs: number, node: string, role: string) => ({
    atUs: atMs * 1000,
    node,
    label: ROLE_NOTE,
    detail: { role, term: 4 },
  });
  const notes = [
    note(10, 'kv-2', 'leader'),
    note(20, 'kv-2', 'follower'),
    note(6500, 'kv-1', 'leader'),
  ];
  expect(timeline([], { notes }).leaders).toEqual([
    { node: 'kv-2', term: 4, atUs: 10_000, untilUs: 20_000 },
  ]);
});

test('a reign ends with the next role, a crash or never, and not with a pause', () => {
  const note = (atMs: number, node: string, role: string, term = 1) => ({
    atUs: atMs * 1000,
    node,
    label: ROLE_NOTE,
    detail: { role, term },
  });
  const notes = [
    note(10, 'a', 'leader'),
    note(11, 'b', 'leader'),
    note(12, 'c', 'leader'),
    note(13, 'd', 'leader'),
    note(30, 'a', 'follower'),
    note(40, 'd', 'leader', 2),
  ];
  const down = [
    { node: 'b', fromUs: 20_000, untilUs: 25_000, crashedAtUs: 20_000 },
    { node: 'c', fromUs: 20_000, untilUs: 25_000 },
  ];
  const { leaders } = timeline([], { notes, down });
  expect(leaders.map(({ node, untilUs }) => [node, untilUs])).toEqual([
    ['a', 30_000],
    ['b', 20_000],
    ['c', null],
    ['d', 40_000],
    ['d', null],
  ]);
});

test('what a client only took down was no request, and has no latency', () => {
  const line = timeline([
    { at: 10, took: 8 },
    { at: 20, took: 0, f: 'deliver', recorded: true },
  ]);
  expect(line.availability.map(cells)).toEqual(['0: 1/1']);
  expect(line.latencyMs[0]).toBe(8);
  const quiet = timeline([{ at: 20, took: 0, f: 'deliver', recorded: true }]);
  expect(quiet.latencyMs[0]).toBeNull();
});
