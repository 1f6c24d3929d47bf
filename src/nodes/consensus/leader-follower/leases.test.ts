/** Leases of leaders, and leaders that hold a lock: by hand, and under faults. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import leaseServer from '../lease-server/index.ts';
import system from './index.ts';

const NAMES = ['kv1', 'kv2', 'kv3'];

function cast(params: object, bug?: string) {
  const stage = new Stage({ diskMs: 1 });
  const groups = { locks: ['locks'] };
  const place = { members: NAMES, group: 'kv', groups };
  const more = bug === undefined ? {} : { bug };
  for (const id of NAMES) stage.addSystem(id, system, { params: params as never, place, ...more });
  stage.addSystem('locks', leaseServer);
  return stage;
}

const rolesOf = (stage: Stage) =>
  [...stage.views()].flatMap(([id, view]) => ('role' in view ? `${id} ${view['role']}` : []));
const leadersOf = (stage: Stage) => rolesOf(stage).filter((role) => role.endsWith('leader'));
const termOf = (stage: Stage, id: string) => stage.views().get(id)?.['term'];

function alone(stage: Stage, id: string, from = NAMES) {
  for (const other of from.filter((one) => one !== id)) {
    stage.levers().cut(id, other);
    stage.levers().cut(other, id);
  }
}

function read(stage: Stage, at: string) {
  const asked = stage.ask(at, { type: 'read', key: 'x' });
  return stage.answers().get(asked);
}

describe('lease: members follow nobody else for a while', () => {
  test('the leader answers reads by itself, without a message, until its lease is over', () => {
    const stage = cast({ lease: 1000 }).until(1000);
    stage.ask('kv1', { type: 'write', key: 'x', value: 7 });
    stage.step(50).transcript();
    expect(read(stage, 'kv1')).toMatchObject({ value: 7 });
    expect(stage.sent.filter(({ to }) => to !== 'client')).toEqual([]);
    expect(stage.measured()).toContain('kv1 lone-reads 1');
    alone(stage, 'kv1');
    stage.step(900);
    expect(read(stage, 'kv1')).toMatchObject({ value: 7 });
    stage.step(200);
    expect(read(stage, 'kv1')).toBe(undefined);
  });

  test('a read does not see what no majority has', () => {
    const stage = cast({ lease: 1000 }).until(1000);
    alone(stage, 'kv1');
    stage.ask('kv1', { type: 'write', key: 'x', value: 7 });
    stage.step(50);
    expect(read(stage, 'kv1')).toMatchObject({ value: null });
  });

  // Suspected after 350 ms: with a lease of 2 s another leads 2 s after the last heartbeat.
  test.each([
    [undefined, 350, 500],
    [2000, 1900, 2200],
  ])(
    'lease %s: after a crash nobody leads for %i ms, and somebody after %i ms',
    (lease, none, one) => {
      const stage = cast(lease === undefined ? {} : { lease }).until(1000);
      stage.crash('kv1').until(1000 + none);
      expect(leadersOf(stage)).toEqual([]);
      stage.until(1000 + one);
      expect(leadersOf(stage)).toEqual(['kv2 leader']);
    },
  );

  test('a member that restarts has forgotten its leader, and follows nobody for the time of a lease', () => {
    const leadersAfter = (bug?: string) => {
      const stage = cast({ lease: 2000 }, bug).until(1000);
      alone(stage, 'kv1');
      stage.crash('kv2').boot('kv2').crash('kv3').boot('kv3').until(2500);
      return leadersOf(stage);
    };
    expect(leadersAfter()).toEqual(['kv1 leader']);
    expect(leadersAfter('lease-ignores-reboot')).toEqual(['kv1 leader', 'kv2 leader']);
  });
});

describe('election: who has the lock leads, in the generation of its token', () => {
  const given = { election: ['locks'], lease: 3000 };

  test('one of them, and the next when its lease is over', () => {
    const stage = cast(given).until(1500);
    const [first] = leadersOf(stage);
    const id = (first as string).slice(0, 3);
    expect(termOf(stage, id)).toBe(1);
    // Renewed at 1 s.
    stage.crash(id).until(3950);
    expect(leadersOf(stage)).toEqual([]);
    stage.until(4200);
    const [next] = leadersOf(stage);
    expect(termOf(stage, (next as string).slice(0, 3))).toBe(2);
  });

  test('one that is cut off from all stops by its own clock before another leads', () => {
    const stage = cast(given).until(1000);
    const id = (leadersOf(stage)[0] as string).slice(0, 3);
    alone(stage, id, [...NAMES, 'locks']);
    for (let ms = 1050; ms <= 6000; ms += 50) {
      stage.until(ms);
      expect(leadersOf(stage).length).toBeLessThanOrEqual(1);
    }
    expect(leadersOf(stage)[0]).not.toMatch(id);
  });

  test('one that no majority hears gives the lock back, and another leads', () => {
    const stage = cast(given).until(1000);
    const id = (leadersOf(stage)[0] as string).slice(0, 3);
    // It still hears them, and the lock service hears it: by names it would lead forever.
    for (const other of NAMES) if (other !== id) stage.levers().cut(id, other);
    stage.until(3500);
    expect(leadersOf(stage).filter((role) => !role.startsWith(id)).length).toBe(1);
  });

  test('a refused claim costs the lock: the next one has a new token', () => {
    const stage = cast(given).until(1);
    for (const id of NAMES) alone(stage, id);
    stage.until(200);
    const [candidate] = rolesOf(stage).filter((role) => role.endsWith('candidate'));
    const id = (candidate as string).slice(0, 3);
    // Somebody that has restarted since does not remember to have followed it in this generation.
    stage.inject(id === 'kv1' ? 'kv2' : 'kv1', id, { type: 'stale', generation: 1 } as never);
    stage.step(10);
    expect(rolesOf(stage)).toContain(`${id} follower`);
    expect(stage.sent.map(({ message }) => message.type)).toContain('release');
  });
});

// --- Under faults ------------------------------------------------------------------------------

const base = 'src/nodes/consensus/leader-follower/example.yaml';
const judged = 'expect=[linearizable, leaders per term = 1]';
/** Reads at all members, so that the client of a leader that is cut off asks it. */
const reads =
  'clients.load={ workload: register, target: kv, per-node: 1, rate: 100/s, keys: 3, reads: 60%, timeout: 1s, start: 1s }';

test.each([
  [
    'lease-ignores-reboot',
    [
      'nodes.kv.lease=2s',
      'faults=[{ at: 6s, for: 4s, partition: { of: kv, isolate: leader } }, { at: 6s, for: 200ms, name: off, crash: followers }]',
    ],
  ],
  [
    'leads-past-lease',
    ['nodes.kv.lease=2s', 'faults=[{ at: 6s, for: 4s, partition: { of: kv, isolate: leader } }]'],
  ],
  [
    // What members answer comes late to the leader, which they do not hear any more.
    'lease-from-receipt',
    [
      'nodes.kv={ kind: leader-follower, count: 3, heartbeat: 200ms, timeout: 700ms, lease: 1500ms }',
      'network={ latency: 1ms..5ms, links: [{ from: [kv-2, kv-3], to: kv-1, latency: 300ms }] }',
      'faults=[{ at: 6s, every: 8s, for: 4s, one-way: { of: kv, nodes: kv-1, direction: out } }]',
    ],
  ],
])('%s is caught by linearizable', { timeout: 30_000 }, async (bug, sets) => {
  const right = { file: base, sets: [...sets, reads, judged] };
  expect(violatedIn(await runLaidOver(right))).toEqual([]);
  const wrong = { file: base, sets: [...right.sets, `nodes.kv.bug=${bug}`] };
  expect(violatedIn(await runLaidOver(wrong))).toEqual(['linearizable']);
});
