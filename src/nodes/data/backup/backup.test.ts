/** Backups in scenarios: what a restore brings back, how long it takes, and the mistakes. */
import { describe, expect, test } from 'vitest';
import { measuredIn, runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import type { Result } from '../../../scenarios/result.ts';
import { type Bug, bugs } from './declared.ts';

const file = 'src/nodes/data/backup/example.yaml';

/** Clients write until `stopMs`, then the store loses its disks, and is restored. */
function lostAt(crashMs: number, stopMs: number, more: readonly string[] = []): readonly string[] {
  return [
    `faults=[{ at: ${crashMs}ms, for: 200ms, restart: { nodes: [db-1, db-2], disk: lost } }, { at: ${crashMs + 500}ms, command: { to: vault, restore: db-1 } }]`,
    `clients.load.stop=${stopMs}ms`,
    `duration=${crashMs + 2500}ms`,
    'clients.load.reads=0%',
    'expect=[no-lost-writes]',
    ...more,
  ];
}

const run = (sets: readonly string[], seed = '1') => runLaidOver({ file, sets, seed });

/** The value of the first expectation, in ms. */
const measured = ({ judged }: Result) => judged[0]?.number?.value ?? Number.NaN;

describe('what comes back', () => {
  test('is all, where the log was fetched since the last write, also after the vault was down', async () => {
    const down = '{ at: 2500ms, for: 1s, restart: { nodes: vault } }';
    const sets = lostAt(6500, 5000).map((set) => set.replace('faults=[', `faults=[${down}, `));
    const result = await run(sets);
    expect(violatedIn(result)).toEqual([]);
    expect(measuredIn(result, 'restore-time')).toHaveLength(1);
  });

  test('lacks what was written since the log was fetched, half an interval on average', async () => {
    // The log is fetched each second, and the store dies at other moments in between.
    const lost: number[] = [];
    for (const [i, phase] of [60, 310, 560, 810].entries()) {
      const sets = lostAt(3000 + phase, 3000 + phase, ['expect=[rpo <= 2s]']);
      lost.push(measured(await run(sets, String(i))));
    }
    // The way of the answer is lost too: what was written meanwhile was not asked for.
    for (const one of lost) expect(one).toBeLessThan(1000 + 40);
    const mean = lost.reduce((sum, one) => sum + one, 0) / lost.length;
    expect(Math.abs(mean - 500)).toBeLessThan(150);
  });

  test('is the store of an earlier moment, if that is asked for', async () => {
    const sets = lostAt(5000, 5000, ['expect=[rpo <= 9s]', 'clients.load.keys=2000']);
    const then = sets.map((set) => set.replace('restore: db-1', 'restore: { to: db-1, at: 3s }'));
    expect(measured(await run(then))).toBeGreaterThan(1900);
    expect(measured(await run(then))).toBeLessThan(2100);
  });

  test('takes the time to write the copy back and to replay the log', async () => {
    const more = ['nodes.vault.size=1GiB', 'nodes.vault.replay-rate=100/s', 'duration=20s'];
    const result = await run(lostAt(2500, 2000, ['nodes.vault.full-every=60s', ...more]));
    const restores = result.facts.notes.find(({ label }) => label === 'restores');
    const records = Number(restores?.detail?.['records']);
    expect(records).toBeGreaterThan(100);
    const [ms = 0] = measuredIn(result, 'restore-time');
    // 1024 MiB at 100 MiB/s, and a way to another region and back.
    expect(ms - 10_240 - records * 10).toBeGreaterThan(70);
    expect(ms - 10_240 - records * 10).toBeLessThan(90);
  });
});

test('to: names the region of the backup, as region: does', async () => {
  const crossing = async (sets: readonly string[]) => {
    const result = await run([...lostAt(3000, 2500), ...sets]);
    return [result.digests.messages, measuredIn(result, 'restore-time')];
  };
  const there = await crossing([]);
  const here = await crossing(['nodes.vault.to=eu']);
  expect(there[0]).not.toEqual(here[0]);
  expect(await crossing(['nodes.vault.to=eu', 'nodes.vault.region=us'])).toEqual(there);
});

describe('mistakes', () => {
  const stages: { readonly [B in Bug]: readonly string[] } = {
    // The copy takes 2 s, and the store is written all the time.
    'torn-snapshot': lostAt(6500, 5000, [
      'nodes.vault.size=200MiB',
      'nodes.vault.full-every=3s',
      'clients.load.keys=100',
    ]),
    'log-gap-ignored': [
      ...lostAt(6500, 4500, ['nodes.db.log-max=30', 'nodes.vault.full-every=60s']),
    ].map((set) =>
      set.replace('faults=[', 'faults=[{ at: 1s, for: 2s, partition: { isolate: vault } }, '),
    ),
    'untested-backup': lostAt(7500, 6000),
  };

  test.each(Object.entries(stages))('%s', async (bug, sets) => {
    expect(violatedIn(await run(sets))).toEqual([]);
    const wrong = await run([...sets, `nodes.vault.bug=${bug}`]);
    expect(violatedIn(wrong)).toEqual([bugs[bug as Bug].caughtBy]);
  });

  test('verify finds a copy that lacks a part', async () => {
    const sets = [...stages['untested-backup'], 'nodes.vault.bug=untested-backup'];
    const result = await run([...sets, 'nodes.vault.verify=true']);
    expect(violatedIn(result)).toEqual([]);
    expect(measuredIn(result, 'restore-time')).toHaveLength(1);
  });
});
