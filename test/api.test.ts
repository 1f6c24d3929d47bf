/** Scenarios in the tests of a project: `explore`, `assertHolds`, and `toHold` of vitest. */
import { spawnSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  explore,
  type LoadedScenario,
  loadScenario,
  ScenarioError,
  simulate,
} from '../src/host.ts';
import { assertHolds, matchers, toHold } from '../src/test.ts';

const root = resolve(import.meta.dirname, '..');
const file = join(root, 'examples/store/store.yaml');
let store: LoadedScenario;
let forgetful: LoadedScenario;

beforeAll(async () => {
  store = await loadScenario(file);
  forgetful = await loadScenario(file, { without: true, sets: ['duration=5s'] });
});

describe('explore', () => {
  test('runs every seed once, as simulate runs it', async () => {
    const seen = explore(store, { seeds: [3, '4', 3] });
    expect(seen).toMatchObject({ state: 'held', planned: 2, failure: null, demands: [] });
    expect(seen.runs.map(({ seed }) => seed)).toEqual(['3', '4']);
    const alone = simulate(await loadScenario(file, { seed: '4' }));
    expect(seen.runs[1]?.digests).toEqual(alone.digests);
  });

  test('without seeds takes those of the scenario', async () => {
    expect(explore(store).runs.map(({ seed }) => seed)).toEqual([store.scenario?.seed]);
    const seeded = await loadScenario(file, { sets: ['seeds=2..3'] });
    expect(explore(seeded).runs.map(({ seed }) => seed)).toEqual(['2', '3']);
  });

  test('keeps the first of the worst, and stops where it is told', () => {
    const seen = explore(forgetful, { seeds: '1..9', bail: 2 });
    expect([seen.state, seen.planned, seen.runs.length]).toEqual(['violated', 9, 2]);
    expect(seen.failure?.seed).toBe('1');
    expect(seen.runs[0]?.expectations).toContainEqual(
      expect.objectContaining({ text: 'linearizable', state: 'violated', line: 13 }),
    );
  });

  test('judges what is demanded of many seeds', async () => {
    const asking = await loadScenario(file, {
      sets: ['duration=5s', 'expect=[linearizable in 3 seeds]'],
    });
    expect(explore(asking, { seeds: '1..2' })).toMatchObject({ state: 'unknown', failure: null });
    expect(explore(asking, { seeds: '1..3' })).toMatchObject({
      state: 'held',
      demands: [{ text: 'linearizable in 3 seeds', held: 3, of: 3 }],
    });
  });

  test('judges no label, and calls nothing held for it', async () => {
    const sets = ['duration=2s', 'faults=[]', 'expect=[{ tradeoff: PC/EC }]'];
    const labelled = await loadScenario(join(root, 'scenarios/partition.yaml'), { sets });
    expect(explore(labelled, { seeds: '1..2' }).state).toBe('never exercised');
  });

  test('refuses what cannot run, and seeds that are none', async () => {
    const wrong = await loadScenario(file, { sets: ['nodes.kept.count=some'] });
    expect(() => explore(wrong)).toThrow(ScenarioError);
    expect(() => simulate(wrong)).toThrow(/error\[DS\d+\].*count/s);
    expect(() => explore(store, { seeds: '9..1' })).toThrow('did you mean 1..9?');
  });
});

describe('what did not hold', () => {
  test('is explained, and its line brings exactly this run back', () => {
    const result = simulate(forgetful);
    const message = messageOf(() => assertHolds(result));
    expect(message).toMatch(/^✗ violated {2}store {2}seed /);
    expect(message).toContain('EXPECTATIONS');
    expect(message).toContain('WHY');
    const line = /^repro: (.+)$/m.exec(message)?.[1] ?? '';
    expect(line).toContain(`${relative(process.cwd(), file)} --seed ${result.seed}`);
    expect(line).toContain('--set duration=5s --without --digest');
    const { status, stdout } = spawnSync('bash', ['-c', `${line} --quiet`], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, expect.stringContaining('violated')]);
  });

  test('of many seeds says how many, and explains one', () => {
    const message = messageOf(() => assertHolds(explore(forgetful, { seeds: '1..2' })));
    expect(message).toMatch(/^store {2}2 seeds {2}✗ 2 violated\n\n✗ violated {2}store {2}seed 1 /);
  });

  test('under other options has them in its line', () => {
    const result = simulate(forgetful, { strict: true, eventsMax: 90_000 });
    expect(toHold(result).message()).toMatch(/--max-events 90000 --strict/);
  });

  test('of a scenario that no file gave has no such line', () => {
    const { scenario } = forgetful;
    if (scenario === null) throw new Error('there is one');
    const message = toHold(simulate({ ...scenario })).message();
    expect(message).toContain('WHY');
    expect(message).not.toContain('repro:');
  });
});

test('what held is no failure, and can be expected not to hold', () => {
  const result = simulate(store);
  assertHolds(result);
  expect(toHold(result).message()).toBe(
    `store held under seed ${result.seed}: every expectation did`,
  );
});

test('a promise is no result', () => {
  expect(() => toHold(Promise.resolve())).toThrow('await a promise');
});

test("dsim/vitest gives vitest's expect the matcher", async () => {
  await import(join(root, 'dist/vitest.js'));
  const extended = expect as unknown as (of: unknown) => { toHold(): void };
  extended(simulate(store)).toHold();
  expect(() => extended(simulate(forgetful)).toHold()).toThrow(/WHY {2}not linearizable/);
  expect(Object.keys(matchers)).toEqual(['toHold']);
});

function messageOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
