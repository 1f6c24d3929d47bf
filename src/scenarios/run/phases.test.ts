// After chaos: who must answer, who need not, and who hangs.
import { describe, expect, test } from 'vitest';
import { raftUnder } from '../../../test/support/raft-scenario.ts';
import type { FaultFact, LivenessFact } from '../../checks/checker.ts';
import corrupt from '../../faults/corrupt.ts';
import crash from '../../faults/crash.ts';
import latency from '../../faults/latency.ts';
import loss from '../../faults/loss.ts';
import lossBursts from '../../faults/loss-bursts.ts';
import partition from '../../faults/partition.ts';
import pause from '../../faults/pause.ts';
import { constant } from '../../sim/distribution.ts';
import { simulate } from '../simulate.ts';

function livenessOf(...given: Parameters<typeof raftUnder>): LivenessFact | undefined {
  const [fact, ...others] = simulate(raftUnder(...given)).facts.liveness;
  expect(others).toEqual([]);
  return fact;
}

const isolate = (nodes: unknown) => ({ fault: partition, params: { isolate: nodes } });
const down = (nodes: unknown) => ({ fault: crash, params: { nodes } });

describe('a group that declares a quorum', () => {
  test('is live when everything healed, and all clients were answered', () => {
    const fact = livenessOf([{ ...isolate('leader'), atUs: 1_000_000, forUs: 9_000_000 }]);
    expect(fact).toMatchObject({ group: 'kv', state: 'live', quorum: 3, members: 5 });
    expect(fact?.core).toHaveLength(5);
    expect(fact?.afterUs).toBeLessThan(2_000_000);
  });

  test('need not answer once a majority is down for good', () => {
    expect(livenessOf([{ ...down('majority'), atUs: 1_000_000, forUs: null }])).toMatchObject({
      state: 'unavailable-by-design',
      afterUs: null,
      because: expect.stringMatching(/^it needs 3 of 5 members .* and has 2: kv-\d kv-\d$/),
    });
  });

  test('must answer with the majority that a lasting partition leaves', () => {
    const fact = livenessOf([{ ...isolate(['kv-1', 'kv-2']), atUs: 1_000_000, forUs: null }]);
    expect(fact).toMatchObject({ state: 'live', core: ['kv-3', 'kv-4', 'kv-5'] });
  });

  test('need not answer when lasting cuts leave no three that talk to each other', () => {
    const pairs = { split: [[['kv-1'], ['kv-2']], [['kv-3'], ['kv-4']], [['kv-5']]] };
    const fact = livenessOf([{ fault: partition, params: pairs, atUs: 1_000_000, forUs: null }]);
    expect(fact).toMatchObject({ state: 'unavailable-by-design', core: ['kv-1', 'kv-2'] });
  });

  test('need not answer over links that lose everything', () => {
    const lost = { fault: loss, params: { ratio: 1, nodes: 'all' }, atUs: 1_000_000, forUs: null };
    expect(livenessOf([lost])).toMatchObject({ state: 'unavailable-by-design', core: ['kv-1'] });
    const some = { ...lost, params: { ratio: 0.2, nodes: 'all' } };
    expect(livenessOf([some])?.core).toHaveLength(5);
  });

  test('a member that is paused for good is not of the core', () => {
    const paused = { fault: pause, params: { nodes: ['kv-2'] }, atUs: 1_000_000, forUs: null };
    expect(livenessOf([paused])?.core).toEqual(['kv-1', 'kv-3', 'kv-4', 'kv-5']);
  });

  test('is stuck when its servers campaign together forever', () => {
    const fact = livenessOf([], { bug: 'same-timeouts', params: { 'pre-vote': false } });
    expect(fact).toMatchObject({ state: 'stuck', afterUs: null });
    expect(fact?.because).toMatch(/^load-1, load-2, load-3 and 2 more had no answer in 10s/);
    expect(livenessOf([])).toMatchObject({ state: 'live' });
  });

  test('is stuck, and the fault that lasts is named, when it is that slow', () => {
    const slow = { fault: latency, params: { extra: constant(3_600_000) } };
    const fact = livenessOf([{ ...slow, atUs: 1_000_000, forUs: null }]);
    expect(fact).toMatchObject({ state: 'stuck' });
    expect(fact?.because).toMatch(/; still active: latency-1$/);
  });

  test('is not asked when all its clients are pinned to members outside the core', () => {
    const cut = { ...isolate(['kv-1', 'kv-2']), atUs: 1_000_000, forUs: null };
    expect(livenessOf([cut], { pinned: ['kv-1'] })).toMatchObject({ state: 'not asked' });
  });
});

test('a fault without `for` is still active at the end, one with it is not', () => {
  const { faults } = simulate(
    raftUnder([
      { ...down(['kv-1']), atUs: 1_000_000, forUs: null },
      { ...down(['kv-2']), atUs: 2_000_000, forUs: 60_000_000 },
    ]),
  ).facts;
  const ends = faults.map(({ name, healedAtUs }: FaultFact) => [name, healedAtUs]);
  expect(ends).toEqual([
    ['crash-1', null],
    ['crash-2', 5_000_000],
  ]);
});

test('the same phases twice give the same run', () => {
  const scenario = raftUnder([{ ...down('leader'), atUs: 1_000_000, forUs: null }]);
  expect(simulate(scenario).digests).toEqual(simulate(scenario).digests);
});

describe('the time to settle', () => {
  test('has as long as the scenario says', () => {
    const slow = { fault: latency, params: { extra: constant(2500) } };
    const under = (settleUs: number | undefined) => {
      const strikes = [{ ...slow, atUs: 1_000_000, forUs: null }];
      const whole = raftUnder(strikes, { timeoutUs: 20_000_000 });
      const scenario = settleUs === undefined ? whole : { ...whole, settleUs };
      const [fact] = simulate(scenario).facts.liveness;
      return fact;
    };
    // An election and a write over links of 2.5 s do not fit into 2 s.
    expect(under(2_000_000)).toMatchObject({ state: 'stuck' });
    expect(under(2_000_000)?.because).toMatch(/had no answer in 2s/);
  });

  test('is not stuck because one message was lost to a client of great patience', () => {
    const lossy = { fault: loss, params: { ratio: 0.05, nodes: 'all' } };
    for (let seed = 1; seed <= 20; seed++) {
      const strikes = [{ ...lossy, atUs: 1_000_000, forUs: null }];
      const scenario = raftUnder(strikes, { timeoutUs: 15_000_000, seed: String(seed) });
      const [fact] = simulate(scenario).facts.liveness;
      expect([seed, fact?.state]).toEqual([seed, 'live']);
    }
  });

  test('need not answer over links in a burst of loss that outlasts settling', () => {
    const bursts = {
      fault: lossBursts,
      params: { nodes: 'all', burst: 3_600_000, gap: 0.001, inside: 1, outside: 0 },
    };
    const fact = livenessOf([{ ...bursts, atUs: 1_000_000, forUs: null }]);
    expect(fact).toMatchObject({ state: 'unavailable-by-design' });
  });

  test('need not answer over links that damage everything', () => {
    const damage = { fault: corrupt, params: { nodes: 'all', ratio: 1, undetected: 0 } };
    const fact = livenessOf([{ ...damage, atUs: 1_000_000, forUs: null }]);
    expect(fact).toMatchObject({ state: 'unavailable-by-design' });
  });
});
