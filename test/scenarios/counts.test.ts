// How many nodes groups may have together, in whatever order they are written.
import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';

async function mistakesIn(nodes: string): Promise<readonly string[]> {
  const { diagnostics } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    sets: [`nodes=${nodes}`, 'clients={ load: { workload: register, target: kv } }', 'faults=[]'],
  });
  return diagnostics.filter(({ code }) => code === 'DS128').map(({ message }) => message);
}

const KV = 'kv: { kind: raft, count: 3 }';
const MANY = 'm: { kind: gossip, count: 20000 }';

test('a large group of a kind that may be large stands beside others, before or after them', async () => {
  expect(await mistakesIn(`{ ${KV}, ${MANY} }`)).toEqual([]);
  expect(await mistakesIn(`{ ${MANY}, ${KV} }`)).toEqual([]);
});

test('a member of swim keeps five bytes of each other one: 20,000 and no more', async () => {
  expect(await mistakesIn(`{ ${KV}, m: { kind: swim, count: 20000 } }`)).toEqual([]);
  expect(await mistakesIn(`{ ${KV}, m: { kind: swim, count: 20001 } }`)).toHaveLength(1);
});

test('others have no more together for that, and all of them no more than a million', async () => {
  const refused = ['all groups together have too many nodes'];
  const other = 'o: { kind: raft, count: 9998 }';
  expect(await mistakesIn(`{ ${MANY}, ${KV}, ${other} }`)).toEqual(refused);
  expect(await mistakesIn(`{ ${KV}, m: { kind: gossip, count: 999998 } }`)).toEqual(refused);
});
