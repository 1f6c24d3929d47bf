/** Leases by hand, and what happens to those who do not keep their half of the bargain. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import { loadScenario } from '../../../scenarios/host/load.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import system from './index.ts';

function server(params: object = {}, bug?: string) {
  const more = bug === undefined ? {} : { bug };
  return new Stage({ diskMs: 1 }).addSystem('locks', system, {
    params: { ttl: 1000, ...params } as never,
    ...more,
  });
}

let requests = 0;
/** A request of a session of its own. Returns its id. */
function ask(stage: Stage, session: string, body: object, timeoutMs: number | null = null): number {
  const id = ++requests;
  const head = { id, session, serial: id, attempt: 1, timeoutMs };
  stage.inject('client', 'locks', { ...head, key: 'x', ...body } as never);
  stage.step(5);
  return id;
}
const acquire = (stage: Stage, session: string, more: object = {}) =>
  ask(stage, session, { type: 'acquire', ...more });
const answer = (stage: Stage, id: number) => stage.answers().get(id);

describe('a lock', () => {
  test('has one holder, and each grant a larger token', () => {
    const stage = server();
    const [a, b] = [acquire(stage, 'a'), acquire(stage, 'b')];
    expect(answer(stage, a)).toMatchObject({ type: 'acquire_ok', token: 1, leaseMs: 1000 });
    expect(answer(stage, b)).toMatchObject({ type: 'error', code: 'lock-held' });
    ask(stage, 'a', { type: 'release', token: 1 });
    expect(answer(stage, acquire(stage, 'b'))).toMatchObject({ token: 2 });
  });

  test('is given again to the session that has it: its first answer was lost', () => {
    const stage = server();
    acquire(stage, 'a');
    expect(answer(stage, acquire(stage, 'a'))).toMatchObject({ type: 'acquire_ok', token: 1 });
  });

  test('is over when the lease is, and kept by renewals', () => {
    const stage = server();
    acquire(stage, 'a');
    stage.until(900);
    expect(answer(stage, ask(stage, 'a', { type: 'renew', token: 1 }))).toMatchObject({
      type: 'renew_ok',
    });
    stage.until(1500);
    expect(answer(stage, acquire(stage, 'b'))).toMatchObject({ type: 'error' });
    stage.until(2000);
    expect(answer(stage, acquire(stage, 'b'))).toMatchObject({ token: 2 });
    expect(answer(stage, ask(stage, 'a', { type: 'renew', token: 1 }))).toMatchObject({
      code: 'precondition-failed',
    });
    expect(answer(stage, ask(stage, 'a', { type: 'release', token: 1 }))).toMatchObject({
      code: 'precondition-failed',
    });
  });

  test('goes to who waits, first come, first served, as long as they wait', () => {
    const stage = server();
    acquire(stage, 'a');
    const b = acquire(stage, 'b', { waitMs: 500 });
    const c = acquire(stage, 'c', { waitMs: 5000 });
    const d = ask(stage, 'd', { type: 'acquire', waitMs: 5000 }, 300);
    stage.until(700);
    expect(answer(stage, b)).toMatchObject({ code: 'lock-held' });
    // It gives up before its time: it must not be granted what it does not hear of.
    expect(answer(stage, d)).toMatchObject({ code: 'lock-held' });
    stage.until(1100);
    expect(answer(stage, c)).toMatchObject({ type: 'acquire_ok', token: 2 });
  });

  test('guards writes by the token', () => {
    const stage = server();
    const write = (token: number) => ask(stage, 'w', { type: 'write', token, value: token });
    expect([write(1), write(2), write(1)].map((id) => answer(stage, id)?.type)).toEqual([
      'write_ok',
      'write_ok',
      'error',
    ]);
    expect(answer(stage, ask(stage, 'w', { type: 'read' }))).toMatchObject({ value: 2 });
  });
});

describe('after a crash of the server', () => {
  const story = (params: object, bug?: string) => {
    const stage = server(params, bug);
    acquire(stage, 'a');
    stage.until(400).crash('locks').boot('locks');
    const early = answer(stage, acquire(stage, 'b'));
    stage.until(1500);
    const late = answer(stage, acquire(stage, 'b'));
    return [early, late].map((reply) => (reply as never)['token'] ?? 'refused');
  };

  test('what was granted is held for its whole time from the boot on', () => {
    expect(story({})).toEqual(['refused', 2]);
  });

  test('a server that has forgotten waits as long as a lease may last', () => {
    expect(story({ persist: false })).toEqual(['refused', 2]);
  });

  test('one that does not wait, or counts from 1 again, is a mistake', () => {
    expect(story({}, 'forget-grants')).toEqual([2, 3]);
    expect(story({}, 'token-per-boot')).toEqual(['refused', 1]);
  });
});

test('by the time of day a jump ends leases; by a clock that never jumps it does not', () => {
  const story = (clock: string) => {
    const stage = server({ 'lease-clock': clock });
    acquire(stage, 'a');
    stage.levers().shapeClock('locks', { offsetMs: 2000 });
    return answer(stage, acquire(stage, 'b'))?.type;
  };
  expect([story('wall'), story('monotonic')]).toEqual(['acquire_ok', 'error']);
});

// --- Under faults ------------------------------------------------------------------------------

const cwd = resolve(import.meta.dirname, '../../../..');

async function run(
  sets: readonly string[],
  file = 'src/nodes/consensus/lease-server/example.yaml',
) {
  const { scenario, diagnostics } = await loadScenario(file, { cwd, sets });
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error('it does not load');
  return simulate(scenario);
}
const violated = async (sets: readonly string[]) =>
  (await run(sets)).judged.flatMap(({ state, text }) => (state === 'violated' ? [text] : []));

describe('mistakes', () => {
  const reboots = 'faults=[{ at: 3s, every: 8s, for: 100ms, name: reboot, crash: locks }]';
  test.each([
    ['forget-grants', [reboots, 'expect=[mutual-exclusion]'], 'mutual-exclusion'],
    ['token-per-boot', [reboots, 'expect=[fenced]'], 'fenced'],
    [
      'no-token-check',
      [
        'faults=[{ at: 5s, every: 6s, for: 5s, pause: worker-1 }]',
        'clients.worker.check=work',
        'clients.worker.work=200ms',
        'expect=[fenced]',
      ],
      'fenced',
    ],
  ])('%s is caught by %s', { timeout: 30_000 }, async (bug, sets, caught) => {
    expect(await violated(sets)).toEqual([]);
    expect(await violated([...sets, `nodes.locks.bug=${bug}`])).toEqual([caught]);
  });
});

describe('two holders at once, for how long', () => {
  // ttl/(1+h) - ttl/(1+g) - d: the holder runs at 1+h, the granter at 1+g.
  test.each([
    [-200_000, 0, 2.5],
    [-50_000, 50_000, 1.0],
    [-1000, 1000, 0.019],
  ])(
    'holder %i ppm, granter %i ppm: %f s of ten',
    { timeout: 30_000 },
    async (holder, granter, overlapS) => {
      const file = 'scenarios/lease-and-drift.yaml';
      const drifts = `faults=[{ at: 0s, clock-drift: { nodes: [worker-1, worker-2, worker-3], ppm: ${holder}ppm } }, { at: 0s, clock-drift: { nodes: locks, ppm: ${granter}ppm } }]`;
      const { history } = await run(
        [drifts, 'clients.worker.drift=0%', 'network.latency=1ms', 'duration=30s'],
        file,
      );
      const [first, second] = history.filter(
        ({ f, outcome }) => f === 'acquire' && outcome === 'ok',
      );
      const release = history.find(
        ({ f, process }) => f === 'release' && process === first?.process,
      );
      const seconds = ((release?.invokedAtUs ?? 0) - (second?.completedAtUs ?? 0)) / 1e6;
      expect(Math.abs(seconds - overlapS)).toBeLessThan(0.002);
    },
  );
});
