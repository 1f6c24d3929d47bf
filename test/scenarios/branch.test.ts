// `branch:` is the same run until its moment; then random draws differ, for each salt its own.
import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';

const AT_US = 3_000_000;

async function scenarioOf(...sets: readonly string[]): Promise<Scenario> {
  const all = ['duration=6s', 'faults.0.at=2s', 'faults.0.for=3s', ...sets];
  const { scenario } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    sets: all,
  });
  if (scenario === null) throw new Error('the scenario has errors');
  return scenario;
}

/** Every event as text, those up to the moment and those after it. */
function eventsOf(scenario: Scenario) {
  const before: string[] = [];
  const after: string[] = [];
  const sink = {
    event: (event: { readonly atUs: number }) =>
      void (event.atUs <= AT_US ? before : after).push(JSON.stringify(event)),
  };
  const { digests } = simulate(scenario, { sink });
  return { before, after, order: digests.order };
}

test('equal until then, other draws after, the same for the same salt', async () => {
  const plain = eventsOf(await scenarioOf());
  const one = eventsOf(await scenarioOf('branch.at=3s'));
  const two = eventsOf(await scenarioOf('branch.at=3s', 'branch.salt=2'));
  for (const branched of [one, two]) {
    expect(branched.before).toEqual(plain.before);
    expect(branched.after).not.toEqual(plain.after);
  }
  expect(one.after).not.toEqual(two.after);
  expect(eventsOf(await scenarioOf('branch.at=3s', 'branch.salt=1')).order).toBe(one.order);
  // Links that nothing has used before the moment are drawn otherwise, too.
  const early = eventsOf(await scenarioOf('branch.at=1us'));
  expect(early.order).not.toBe(plain.order);
});

test('a branch after the end changes nothing, and is another scenario', async () => {
  const plain = await scenarioOf();
  const late = await scenarioOf('branch.at=1h');
  expect(simulate(late).digests).toEqual(simulate(plain).digests);
  expect(late.canonical).not.toBe(plain.canonical);
});

test('a run in steps is the same run, branched or not, and to its end', async () => {
  for (const sets of [[], ['branch.at=3s']]) {
    const scenario = await scenarioOf(...sets);
    const asked: (readonly [atUs: number, events: number])[] = [];
    const stepped = simulate(scenario, {
      step: (atUs, events) => {
        asked.push([atUs, events]);
        // Some steps are shorter than a message's flight, and one goes nowhere.
        return asked.length === 5 ? atUs : atUs + (asked.length % 3 === 0 ? 7 : 90_001);
      },
    });
    const whole = simulate(scenario);
    expect(stepped.digests).toEqual(whole.digests);
    expect(stepped.state).toBe(whole.state);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked).toEqual([...asked].sort(([a], [b]) => a - b));
    expect(asked.at(-1)?.[1]).toBeLessThanOrEqual(whole.events ?? Infinity);
  }
});

test('it needs its moment', async () => {
  const { scenario, diagnostics } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    sets: ['branch.salt=0'],
  });
  expect(scenario).toBeNull();
  expect(diagnostics.map(({ message }) => message).join('\n')).toMatch(/at/);
});
