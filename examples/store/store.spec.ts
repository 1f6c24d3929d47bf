/** The same with vitest, which looks for such a name by itself. */
import 'dsim/vitest';
import { explore, simulate } from 'dsim';
import { loadScenario } from 'dsim/host';
import { expect, test } from 'vitest';

const file = `${import.meta.dirname}/store.yaml`;

test('holds for ten seeds', async () => {
  expect(explore(await loadScenario(file), { seeds: '1..10' })).toHold();
});

test('without its disk it loses what it acknowledged', async () => {
  const { judged } = simulate(await loadScenario(file, { without: true }));
  expect(judged.find(({ text }) => text === 'linearizable')?.state).toBe('violated');
});
