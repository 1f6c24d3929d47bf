/** What the store promises, as a test: `node --test examples/store`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadScenario, renderDiagnostics, simulate } from 'dsim/host';

async function run(options = {}) {
  const cwd = import.meta.dirname;
  const { scenario, diagnostics } = await loadScenario('store.yaml', { cwd, ...options });
  assert.ok(scenario, renderDiagnostics(diagnostics));
  return simulate(scenario);
}

test('holds for ten seeds', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    assert.equal((await run({ seed: String(seed) })).state, 'held');
  }
});

test('without its disk it loses what it acknowledged', async () => {
  const { judged } = await run({ without: true });
  assert.equal(judged.find(({ text }) => text === 'linearizable')?.state, 'violated');
});
