/** Recovery: how long after a fault until all is as before, or never. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/host/load.ts';
import { simulate } from '../../scenarios/simulate.ts';

const cwd = resolve(import.meta.dirname, '../../..');

async function recovered(
  sets: readonly string[],
): Promise<readonly [measured: string, because: string]> {
  const { scenario, diagnostics } = await loadScenario('scenarios/metastable.yaml', {
    cwd,
    without: true,
    sets: ['expect=[recovery <= 20s after pause]', 'faults.0.at=10s', 'duration=70s', ...sets],
  });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const { judged } = simulate(scenario as NonNullable<typeof scenario>);
  const [one] = judged;
  return [one?.measured ?? '', one?.because ?? ''];
}

/** HotOS 2021: 300/s at most and one retry; above 150/s it stays down, below it comes back. */
test('at 280/s it never comes back, and the retries are named', async () => {
  const [measured, because] = await recovered([]);
  expect(measured).toBe('∞');
  expect(because).toContain('0% at the end');
  expect(because).toMatch(/retries \d+ → \d+\/s/);
});

test('at 120/s it comes back when the backlog is worked off', async () => {
  // (backlog - C To) / (C - 2 r) = (2400 - 300 * 0.5) / (300 - 240) = 37.5 s.
  const [measured] = await recovered(['clients.load.rate=120/s']);
  expect(Math.abs(Number.parseFloat(measured) / 37.5 - 1)).toBeLessThan(0.15);
});

test('a budget of a tenth does not save 280 of 300', async () => {
  const [measured] = await recovered(['nodes.app.calls.db.retry.budget=10%']);
  expect(measured).toBe('∞');
});

test('before a fault there is nothing to recover from', async () => {
  const [measured, because] = await recovered(['expect=[recovery <= 20s before pause]']);
  expect([measured, because]).toEqual(['nothing', 'a recovery is measured `after` a fault']);
});
