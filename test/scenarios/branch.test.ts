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

test('it needs its moment', async () => {
  const { scenario, diagnostics } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    sets: ['branch.salt=0'],
  });
  expect(scenario).toBeNull();
  expect(diagnostics.map(({ message }) => message).join('\n')).toMatch(/at/);
});
