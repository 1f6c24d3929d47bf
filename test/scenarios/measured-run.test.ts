/** Measures and notes of a whole run: from the node to the verdict. */
import { expect, test } from 'vitest';
import { commandAction } from '../../src/faults/parts/command.ts';
import { renderMeasures } from '../../src/report/measures-document.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type { Expectation, FaultSpec } from '../../src/scenarios/scenario.ts';
import { findMeasured } from '../../src/scenarios/sections/measured-metric.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { MeasuredColumns } from '../../src/sim/kernel/measured-columns.ts';
import type { MeasureTable } from '../../src/sim/measure.ts';
import type { Context } from '../../src/sim/node.ts';
import { defineParams } from '../../src/sim/params.ts';
import { defineSystem } from '../../src/sim/system.ts';
import { handScenario } from '../support/hand-scenario.ts';

const measures = {
  ticks: { sort: 'count', doc: '' },
  level: { sort: 'gauge', unit: 'count', doc: '' },
} as const satisfies MeasureTable;

/** Five nodes that tick every 100 ms for 10 s. */
function scenarioOf(tick: (ctx: Context, count: number) => void, expectations: readonly string[]) {
  const hand = handScenario({ loads: [] });
  const system = defineSystem({
    name: 'ticking',
    title: 'Ticking',
    summary: 'Ticks.',
    sources: [],
    answers: [],
    claims: [],
    params: defineParams({}),
    bugs: {},
    invariants: [],
    measures,
    notes: { tick: { doc: '' }, late: { doc: '' } },
    create: () => {
      let count = 0;
      return {
        start: (ctx) => ctx.setTimer('t', 100),
        receive: () => undefined,
        timeout: (ctx) => {
          tick(ctx, ++count);
          ctx.setTimer('t', 100);
        },
      };
    },
  });
  const groups = hand.groups.map((group) => ({ ...group, kind: 'ticking', system }));
  const window = { when: 'run', of: null } as const;
  const expect = expectations.map((text): Expectation => {
    const head = { text, position: null, window };
    if (text.startsWith("'")) return { ...head, kind: 'sometimes', label: text.slice(1, -1) };
    const found = findMeasured(text, [], groups);
    if (found === null || !('metric' in found)) throw new Error(`there is no ${text}`);
    return { ...head, kind: 'metric', metric: found.metric, args: [], comparison: '>', value: 0 };
  });
  return { ...hand, groups, expect };
}

test('sums and levels of a run, without settle', () => {
  const { judged, digests } = simulate(
    scenarioOf(
      (ctx, count) => {
        ctx.measure('ticks');
        ctx.measure('level', count);
      },
      ['ticks', 'rate ticks', 'max level', 'mean level'],
    ),
  );
  expect(judged.map(({ text, state, measured }) => `${text}: ${state}, ${measured}`)).toEqual([
    // At 0.1, 0.2, ..., 9.9 s; that of 10 s is after the last window.
    'ticks: held, 495',
    'rate ticks: held, 49.5/s',
    'max level: held, 99',
    'mean level: held, 50',
  ]);
  const silent = simulate(scenarioOf(() => {}, []));
  const { order, messages, history } = silent.digests;
  expect([digests.order, digests.messages, digests.history]).toEqual([order, messages, history]);
});

test('an undeclared measure or note stops the run, and names the node', () => {
  const { error } = simulate(scenarioOf((ctx) => ctx.measure('tick'), []));
  expect(error).toMatchObject({
    node: 'kv-1',
    message: "kind ticking declares no measure 'tick': did you mean 'ticks'?",
  });
  const noted = simulate(scenarioOf((ctx) => ctx.note('lat'), []));
  expect(noted.error?.message).toBe("kind ticking declares no note 'lat': did you mean 'late'?");
});

test('a note is found after more notes than a run keeps', () => {
  const many = (ctx: Context, count: number) => {
    if (count === 1) for (let i = 0; i < 30_000; i++) ctx.note('tick');
    if (count === 5 && ctx.self === 'kv-3') ctx.note('late');
  };
  const asked = simulate(scenarioOf(many, ["'late'"]));
  expect(asked.judged[0]).toMatchObject({ state: 'held', because: 'kv-3 noted it at 0.500s' });
  expect(asked.facts.notesLost).toEqual([{ label: 'tick', count: 50_000, fromUs: 100_000 }]);
  // Asked for afterwards, of a run that had no reason to keep it: nobody knows.
  const unasked = simulate(scenarioOf(many, []));
  expect(unasked.facts.notesLost).toContainEqual({ label: 'late', count: 1, fromUs: 500_000 });
});

test('a command that waits for a note hears it after more notes than a run keeps', () => {
  const many = (ctx: Context, count: number) => {
    if (count === 1) for (let i = 0; i < 30_000; i++) ctx.note('tick');
    if (count === 5 && ctx.self === 'kv-3') ctx.note('late');
  };
  const text = "noted('late')";
  const measured = { kind: 'noted', label: 'late', nodes: null } as const;
  const root = { kind: 'compare', text, measured, comparison: '>=', value: 1 } as const;
  const scenario = scenarioOf(many, []);
  const action: FaultSpec = {
    name: 'go',
    fault: commandAction,
    params: { to: 'kv-1', command: 'go', given: {}, text: '' },
    of: ['kv-1'],
    atUs: 0,
    forUs: null,
    when: { text: `${text} >= 1`, root },
    position: null,
  };
  const { facts } = simulate({ ...scenario, actions: [action] });
  expect(facts.actions?.map(({ missed, atUs }) => [missed, atUs])).toEqual([[null, 500_000]]);
});

test('a series has in each cell what a window of that stretch measures', () => {
  const scenario = scenarioOf(
    (ctx, count) => {
      ctx.measure('ticks');
      if (ctx.self === 'kv-1' && count === 50) ctx.measure('level', 7);
    },
    ['ticks', 'max level'],
  );
  const show = scenario.expect.flatMap((one) =>
    one.kind === 'metric' ? [{ text: one.text, metric: one.metric, args: [] }] : [],
  );
  const { timeline } = simulate({ ...scenario, show });
  const [ticks, level] = timeline.series;
  expect(ticks?.values).toHaveLength(timeline.cells);
  expect(ticks?.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(495);
  // The level is reported at 5 s, in the middle, and stands to the end.
  const half = timeline.cells / 2;
  expect(level?.values.slice(0, half).every((value) => value === null)).toBe(true);
  expect(level?.values.slice(half).every((value) => value === 7)).toBe(true);
});

test('a file of measures has every value in the order of time, and an empty one after a crash', () => {
  const columns = new MeasuredColumns([
    { node: 'web,1', kind: 'k', measures },
    { node: 'b', kind: 'k', measures },
  ]);
  columns.add(5, 0, 'level', 2.5, undefined);
  columns.add(5, 1, 'ticks', 1, 'say "x"');
  columns.add(4, 1, 'level', 1, undefined);
  columns.endGauges(9, 0);
  const facts = { measured: columns } as unknown as Result['facts'];
  expect(renderMeasures({ facts } as Result)).toBe(
    [
      'at_us,node,measure,of,value',
      '4,b,level,,1',
      '5,"web,1",level,,2.5',
      '5,b,ticks,"say ""x""",1',
      '9,"web,1",level,,',
      '',
    ].join('\n'),
  );
});
