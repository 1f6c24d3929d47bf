// What a fault did, by the same run without its touch.
import { expect, test } from 'vitest';
import { raftUnder, type StrikeSketch } from '../../../test/support/raft-scenario.ts';
import linearizable from '../../checks/linearizable/index.ts';
import crash from '../../faults/crash.ts';
import latency from '../../faults/latency.ts';
import loss from '../../faults/loss.ts';
import partition from '../../faults/partition.ts';
import { constant } from '../../sim/distribution.ts';
import type { Twin } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';
import { compareTwins, Track, withGhost } from './twin.ts';

function twinsOf(scenario: Scenario): Twin[] {
  const track = new Track();
  const result = simulate(scenario, { sink: track });
  return scenario.faults.map(({ name }) => {
    const other = new Track(track);
    const twin = simulate(withGhost(scenario, name), { sink: other });
    return compareTwins(name, { result, track }, { result: twin, track: other });
  });
}

const at = (seconds: number, strike: Pick<StrikeSketch, 'fault' | 'params'>): StrikeSketch => ({
  ...strike,
  atUs: seconds * 1_000_000,
  forUs: 2_000_000,
});

test('a fault without which the verdict is another is decisive', () => {
  const stale = {
    ...raftUnder([at(2, { fault: partition, params: { isolate: 'leader', with: 1 } })], {
      bug: 'local-reads',
      params: { 'check-quorum': false },
    }),
    expect: [
      { kind: 'check', text: 'linearizable', checker: linearizable, position: null } as const,
    ],
  };
  const [twin] = twinsOf(stale);
  expect(twin).toMatchObject({ fault: 'partition-1', kind: 'partition', verdict: 'decisive' });
  expect(twin?.expectations).toMatchObject([
    { text: 'linearizable', with: { state: 'violated' }, without: { state: 'held' } },
  ]);
  // The first that differs is a message that a cut dropped.
  expect(twin?.first?.text).toMatch(/^20\d\d\.\d{3}ms kv-\d[→⇒]kv-\d /);
  const elections = twin?.counts.find(({ what }) => what === 'leaders elected');
  expect(elections).toEqual({ what: 'leaders elected', with: 2, without: 1 });
});

test('a crash changes what clients see, and a loss of nothing is vacuous', () => {
  const [felt, vacuous] = twinsOf(
    raftUnder([
      at(1, { fault: crash, params: { nodes: 'leader' } }),
      at(4, { fault: loss, params: { ratio: 0 } }),
    ]),
  );
  expect(felt?.verdict).toBe('changed');
  expect(vacuous).toMatchObject({ verdict: 'vacuous', first: null, counts: [] });
});

test('what only nodes see is unseen', () => {
  // Without operations there are heartbeats, and nothing else.
  const scenario = raftUnder([at(4, { fault: latency, params: { extra: constant(1) } })]);
  const quiet = { ...scenario, loads: scenario.loads.map((load) => ({ ...load, stopUs: 0 })) };
  expect(twinsOf(quiet)).toMatchObject([{ verdict: 'unseen', counts: [] }]);
});

test('a ghost opens and closes the same windows, and touches nothing', () => {
  const scenario = raftUnder([at(1, { fault: partition, params: { isolate: 'leader' } })]);
  const [mine] = simulate(scenario).facts.faults;
  const [ghost] = simulate(withGhost(scenario, 'partition-1')).facts.faults;
  const { felt: _, operationsTouched: __, ...window } = mine ?? {};
  expect(ghost).toMatchObject(window);
  expect(Object.values(ghost?.felt ?? {}).every((count) => count === 0)).toBe(true);
});

test('runs part where a message or a note says something else', () => {
  const deliver = {
    type: 'deliver',
    n: 1,
    atUs: 5,
    from: 'a',
    to: 'b',
    id: 1,
    kind: 'gossip',
  } as const;
  const note = { type: 'note', n: 1, atUs: 5, node: 'a', label: 'took' } as const;
  const pairs = [
    [
      { ...deliver, message: { type: 'gossip', load: 7 } },
      { ...deliver, message: { type: 'gossip', load: 5.5 } },
    ],
    [
      { ...note, detail: { slot: 1 } },
      { ...note, detail: { slot: 2 } },
    ],
  ] as const;
  for (const [mine, theirs] of pairs) {
    const track = new Track();
    track.event(mine);
    const [same, other] = [new Track(track), new Track(track)];
    same.event(mine);
    other.event(theirs);
    expect(same.parted).toBeNull();
    expect(other.parted?.atUs).toBe(5);
  }
});

test('there is no ghost of a fault that is not there', () => {
  expect(() => withGhost(raftUnder([]), 'crash-9')).toThrow('the scenario has no fault crash-9');
});
