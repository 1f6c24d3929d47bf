/** Which groups run code of the user's, whose answers clients look at twice. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../src/host.ts';
import { guardedLoad } from '../src/scenarios/run/door.ts';

const root = join(import.meta.dirname, '..');

test.each([
  ['scenarios/partition.yaml', false],
  // A preset: its name is no folder of `src/nodes`.
  ['scenarios/cassandra-clocks.yaml', false],
  ['examples/counter/counter.yaml', true],
  ['examples/maelstrom/echo.yaml', true],
])('answers in %s are held to the interface by the client: %s', async (file, isStrict) => {
  const { scenario } = await loadScenario(join(root, file));
  const [load] = scenario?.loads ?? [];
  if (scenario === null || load === undefined) throw new Error(`${file} has a load`);
  expect(guardedLoad(load, scenario) !== load).toBe(isStrict);
});
