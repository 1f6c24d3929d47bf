/**
 * Loads of one object are judged as one history, by whatever way they reach it; loads of different
 * objects are judged apart.
 */
import { expect, test } from 'vitest';
import type { AnyChecker } from '../../src/checks/checker.ts';
import { checkers } from '../../src/checks/index.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { HandOperation } from '../support/hand-history.ts';
import { handFacts, handHistory, handLoad } from '../support/hand-history.ts';
import { raftUnder } from '../support/raft-scenario.ts';

/** One load writes, and reads of the other, which began afterwards, do not see it. */
const unseen: readonly HandOperation[] = [
  { at: 0, load: 'straight', process: 1, f: 'write', input: 1 },
  { at: 20, load: 'around', process: 2 },
  { at: 5000, load: 'around', process: 2 },
];

/** Each load writes one key and then reads the other's, and neither sees the other's write. */
const crossed: readonly HandOperation[] = [
  { at: 0, load: 'straight', process: 1, f: 'write', key: 'x', input: 1 },
  { at: 10, load: 'straight', process: 1, key: 'y' },
  { at: 0, load: 'around', process: 2, f: 'write', key: 'y', input: 1 },
  { at: 10, load: 'around', process: 2, key: 'x' },
];

test.each([
  ['linearizable', unseen, 'pass'],
  ['no-lost-writes', unseen, 'unknown'],
  ['sequential', crossed, 'pass'],
] as const)('%s judges two loads of one object together', async (name, operations, apart) => {
  const checker = (await checkers.get(name)?.load())?.default as AnyChecker;
  const verdict = (around: string) => {
    const loads = [
      handLoad('straight', 'register', 'kv', { object: 'site' }),
      handLoad('around', 'register', 'lb', { object: around }),
    ];
    return checker.check(handHistory(operations), handFacts({ loads })).verdict;
  };
  expect([verdict('site'), verdict('other')]).toEqual(['fail', apart]);
});

test('a run tells checkers what object its loads act on', () => {
  const scenario = raftUnder([], { seconds: 1 });
  const [load] = scenario.loads;
  if (load === undefined) throw new Error('no load');
  const second = {
    ...load,
    name: 'second',
    clients: ['second-1'],
    regions: [null],
    pinned: [null],
  };
  const loads = [load, second].map((one) => ({ ...one, object: 'site', operationsMax: 5 }));
  const { facts } = simulate({ ...scenario, loads });
  expect(facts.loads.map(({ name, object }) => `${name} ${object}`)).toEqual([
    `${load.name} site`,
    'second site',
  ]);
});
