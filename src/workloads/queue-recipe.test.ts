/** The queue recipe: each value comes out once, whatever happens to servers and answers. */
import { expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../test/support/laid-over.ts';

const file = 'src/nodes/consensus/lock-service/example.yaml';
const clients = (more: string) => [
  `clients.reader={ workload: queue-recipe, target: locks, count: 4, pace: closed, think: 50ms, lease: 6s, timeout: 3s, ${more} }`,
  'duration=7s',
];
const ONCE = 'total-queue(exactly-once)';

test('values come out once, over crashes of servers and of clients', {
  timeout: 30_000,
}, async () => {
  const faults =
    'faults=[{ at: 2s, for: 1s, crash: leader }, { at: 5s, for: 1s, name: gone, crash: reader-2 }]';
  const sets = [...clients('wait: 500ms'), faults, `expect=[unordered-queue]`];
  const result = await runLaidOver({ file, sets });
  expect(violatedIn(result)).toEqual([]);
  const taken = result.history.filter(({ f, outcome }) => f === 'dequeue' && outcome === 'ok');
  expect(taken.length).toBeGreaterThan(30);
});

test('at an empty queue a client waits, and takes what is put in', {
  timeout: 30_000,
}, async () => {
  const sets = [
    'clients.maker={ workload: queue-recipe, target: locks, rate: 1/s, dequeues: 0%, timeout: 2s }',
    ...clients('dequeues: 100%, wait: 4s'),
    'faults=[]',
    'expect=[live]',
  ];
  const { history } = await runLaidOver({ file, sets });
  const waited = history.filter(
    ({ f, output, invokedAtUs, completedAtUs }) =>
      f === 'dequeue' && output !== null && completedAtUs - invokedAtUs > 500_000,
  );
  expect(waited.length).toBeGreaterThan(3);
});

test.each([
  ['claim: false', [], ONCE],
  // The answers to producers are lost for a moment.
  [
    'guid: false',
    ['faults=[{ at: 3s, for: 300ms, name: mute, one-way: { nodes: locks, to: reader } }]'],
    ONCE,
  ],
])('with %s a value comes out twice', { timeout: 30_000 }, async (mistake, faults, caught) => {
  const broken = async (more: string) => {
    const sets = [...clients(`dequeues: 60%${more}`), 'faults=[]', ...faults];
    return violatedIn(await runLaidOver({ file, sets: [...sets, `expect=[${caught}]`] }));
  };
  expect(await broken('')).toEqual([]);
  expect(await broken(`, ${mistake}`)).toEqual([caught]);
});
