/**
 * Each mistake that can be switched on, in a scenario of the gallery that it is laid over: without
 * it the named check holds, with it the check sees it.
 */
import { expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { type Bug, bugs } from './declared.ts';

interface Stage {
  readonly file: string;
  readonly sets: readonly string[];
}

/** Strict quorums of three nodes and true clocks, with slow messages now and then. */
const slow = [
  'network.latency={ mixture: [{ weight: 70, of: 1ms }, { weight: 30, of: 5ms..60ms }] }',
  'clients.load.reads=60%',
  'clients.load.think=2ms',
  'duration=3s',
];

const stages: { readonly [B in Bug]: Stage } = {
  'r-plus-w': {
    file: 'quorum-dial',
    sets: [...slow, 'nodes.kv.read-repair=blocking', 'expect=[linearizable]'],
  },
  'hint-counts-as-ack': {
    file: 'quorum-dial',
    sets: [
      'nodes.kv.read-repair=blocking',
      'nodes.kv.timeout=50ms',
      'nodes.kv.suspect-after=300ms',
      'duration=4s',
      'clients.load.think=15ms',
      'faults=[{ at: 1s, for: 2s, partition: kv-1 }]',
      'expect=[linearizable]',
    ],
  },
  'repair-after-answer': {
    file: 'quorum-dial',
    sets: [...slow, 'nodes.kv.read-repair=blocking', 'expect=[linearizable]'],
  },
  'restamp-hints': {
    file: 'quorum-dial',
    sets: [
      'clients.load.keys=20',
      'clients.load.reads=20%',
      'clients.load.stop=2.1s',
      'duration=4s',
      'nodes.kv.timeout=50ms',
      'nodes.kv.suspect-after=300ms',
      'nodes.kv.anti-entropy=200ms',
      'faults=[{ at: 1s, for: 1s, crash: kv-1 }]',
      'expect=[no-lost-writes]',
    ],
  },
  'vnode-clock-reset': {
    file: 'amnesia-vnode',
    sets: ['duration=8s', 'expect=[no-lost-writes]'],
  },
  'no-dots': {
    file: 'lww-skew',
    sets: ['clients.load.keys=1', 'clients.load.reads=5%', 'expect=[max siblings(kv) <= 12]'],
  },
  'drop-sibling': { file: 'lww-skew', sets: ['duration=4s', 'expect=[no-lost-writes]'] },
  'no-extra-ack': { file: 'ring-join', sets: ['expect=[linearizable]'] },
  'stream-from-any': {
    file: 'ring-join',
    // The first copy of some keys has lost its disk, and has nothing to give.
    sets: [
      ...['clients.load.keys=300', 'clients.load.stop=3900ms', 'duration=4s'],
      'faults=[{ at: 1s, join: kv-5 }, { at: 1200ms, restart: { nodes: kv-1, disk: lost, after: 50ms } }]',
      'expect=[linearizable]',
    ],
  },
  'undo-on-failure': {
    file: 'quorum-dial',
    sets: [
      'clients.load.keys=20',
      'clients.load.think=20ms',
      'nodes.kv.timeout=50ms',
      'nodes.kv.suspect-after=2s',
      'clients.load.stop=3s',
      'duration=5s',
      'faults=[{ at: 2s, for: 1s, partition: kv-1 }]',
      'expect=[no-lost-writes]',
    ],
  },
};

test.each(Object.entries(stages))('%s', { timeout: 30_000 }, async (bug, stage) => {
  const file = `scenarios/${stage.file}.yaml`;
  const sound = await runLaidOver({ file, sets: stage.sets });
  expect(violatedIn(sound)).toEqual([]);
  const wrong = await runLaidOver({ file, sets: [...stage.sets, `nodes.kv.bug=${bug}`] });
  const seen = violatedIn(wrong);
  const { caughtBy } = bugs[bug as Bug];
  expect(seen.filter((text) => text.includes(caughtBy))).not.toEqual([]);
});

// The gallery has the cart with `merge: union`, which loses nothing.
test('who takes the latest sibling of a cart loses what is in the others', async () => {
  const sets = ['nodes.kv.merge=none', 'expect=[no-lost-writes]'];
  expect(violatedIn(await runLaidOver({ file: 'scenarios/cart.yaml', sets }))).toHaveLength(1);
});
