/**
 * Each mistake that can be switched on, laid over a scenario of the gallery: without it the named
 * check holds, with it the check sees it.
 */
import { expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { type Bug, bugs } from './declared.ts';

interface Stage {
  readonly file: string;
  readonly sets: readonly string[];
}

const short = ['duration=9s', 'faults.0.at=3s', 'faults.0.for=2s'];
const cutOff = (expected: string, ...more: readonly string[]): Stage => ({
  file: 'async-failover',
  sets: [...short, `expect=[${expected}]`, ...more],
});
const stages: { readonly [B in Bug]: Stage } = {
  'ack-before-ship': cutOff('no-lost-writes'),
  'silent-async': cutOff('no-lost-writes', 'faults.0.for=3s'),
  'after-commit': {
    file: 'async-failover',
    sets: [
      ...short,
      'expect=[linearizable]',
      'clients.load.keys=6',
      'clients.load.reads=75%',
      // The reads of a primary that is cut off are another matter.
      'nodes.guard.fence=stonith',
    ],
  },
  'no-epoch': {
    file: 'async-failover',
    sets: [...short, 'expect=[converged]', 'nodes.db.reads=any', 'nodes.db.replication=async'],
  },
  'no-rewind': {
    file: 'async-failover',
    sets: [...short, 'expect=[converged]', 'nodes.db.reads=any', 'nodes.db.replication=async'],
  },
  'ok-on-timeout': cutOff(
    'no-lost-writes',
    'nodes.db.write-timeout=200ms',
    'clients.load.timeout=1s',
  ),
  'empty-primary': {
    file: 'async-failover',
    sets: [
      'nodes.db.failover=none',
      'duration=6s',
      'clients.load.stop=3s',
      'faults=[{ at: 3500ms, for: 500ms, restart: { nodes: db-1, disk: lost } }]',
      'nodes.db.reads=any',
      'expect=[no-lost-writes]',
    ],
  },
  'serves-past-lock': { file: 'primary-by-lock', sets: ['expect=[linearizable]'] },
  'boot-as-primary': {
    file: 'async-failover',
    sets: [
      'nodes.db.replication=async',
      // It is replaced while it is down, boots where nobody can tell it, and is heard of later.
      'faults=[{ at: 3s, for: 2s, crash: db-1 }, { at: 3s, for: 4s, partition: { split: [[db-1], [db-2, db-3, guard]] } }]',
      'clients.load.stop=7s',
      'duration=10s',
      'expect=[no-lost-writes]',
    ],
  },
  'promote-without-drain': { file: 'planned-switch', sets: ['expect=[no-lost-writes]'] },
  'apply-out-of-order': {
    file: 'async-failover',
    sets: [
      'faults=[]',
      'duration=5s',
      'nodes.db.reads=any',
      'nodes.db.replication=async',
      'nodes.db.apply=10ms..50ms',
      // One writes to the primary, and one reads at a replica.
      'clients={ writer: { workload: register, target: db, pin: [db-1], rate: 40/s, keys: 3, reads: 0%, cas: 0% }, reader: { workload: register, target: db, pin: [db-2], rate: 40/s, keys: 3, reads: 100% } }',
      'expect=[session-guarantees]',
    ],
  },
};

test.each(Object.entries(stages))('%s', { timeout: 30_000 }, async (bug, { file, sets }) => {
  const path = `scenarios/${file}.yaml`;
  expect(violatedIn(await runLaidOver({ file: path, sets }))).toEqual([]);
  const wrong = await runLaidOver({ file: path, sets: [...sets, `nodes.db.bug=${bug}`] });
  const { caughtBy } = bugs[bug as Bug];
  expect(violatedIn(wrong).filter((text) => text.includes(caughtBy))).not.toEqual([]);
});

test('semi-sync: after-commit shows what is lost at fail-over, after-sync does not', async () => {
  const { file, sets } = stages['after-commit'];
  const given = {
    file: `scenarios/${file}.yaml`,
    sets: [...sets, 'nodes.db.replication=semi-sync'],
  };
  expect(violatedIn(await runLaidOver(given))).toEqual([]);
  const early = [...given.sets, 'nodes.db.semi-sync-point=after-commit'];
  expect(violatedIn(await runLaidOver({ ...given, sets: early }))).toHaveLength(1);
});
