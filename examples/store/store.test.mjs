/** What the store promises, as a test: `node --test examples/store`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore, simulate } from 'dsim';
import { loadScenario } from 'dsim/host';
import { assertHolds } from 'dsim/test';

const file = `${import.meta.dirname}/store.yaml`;

test('holds for ten seeds', async () => {
  assertHolds(explore(await loadScenario(file), { seeds: '1..10' }));
});

test('without its disk it loses what it acknowledged', async () => {
  const { judged } = simulate(await loadScenario(file, { without: true }));
  assert.equal(judged.find(({ text }) => text === 'linearizable')?.state, 'violated');
});
