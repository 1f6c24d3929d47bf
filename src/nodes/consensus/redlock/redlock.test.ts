/** Redlock by hand: majorities, validity, undoing; and how clocks and restarts break it. */
import { describe, expect, test } from 'vitest';
import { brokenIn, runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import type { Result } from '../../../scenarios/result.ts';
import system from './index.ts';

const MASTERS = ['m1', 'm2', 'm3', 'm4', 'm5'];

function masters(params: object = {}, bug?: string): Stage {
  const stage = new Stage({ diskMs: 1 });
  const more = bug === undefined ? {} : { bug };
  for (const id of MASTERS) {
    stage.addSystem(id, system, { params: params as never, place: { members: MASTERS }, ...more });
  }
  return stage;
}

let requests = 0;
function ask(stage: Stage, to: string, body: object): number {
  const id = ++requests;
  const head = { id, session: `s${id}`, serial: id, attempt: 1, timeoutMs: null };
  stage.inject('client', to, { ...head, key: 'x', ...body } as never);
  return id;
}
type Answer = { readonly type: string; readonly token: number; readonly leaseMs: number };
function acquire(stage: Stage, to: string): Answer & { readonly code: string } {
  const id = ask(stage, to, { type: 'acquire' });
  stage.step(100);
  return stage.answers().get(id) as never;
}

describe('a lock', () => {
  test('is won with a majority, and valid for less than its time to live', () => {
    const stage = masters({ retries: 0 });
    stage.crash('m4').crash('m5');
    const won = acquire(stage, 'm1');
    expect(won.type).toBe('acquire_ok');
    // 10 s less 102 ms, and the 50 ms for which those that are down were waited for.
    expect(won.leaseMs).toBeCloseTo(10_000 - 102 - 50, 0);
    expect(acquire(stage, 'm2')).toMatchObject({ code: 'lock-held' });
  });

  test('is not won with two of five, and those two are free again', () => {
    const stage = masters({ retries: 0 });
    for (const id of ['m3', 'm4', 'm5']) stage.crash(id);
    expect(acquire(stage, 'm1')).toMatchObject({ code: 'temporarily-unavailable' });
    for (const id of ['m3', 'm4', 'm5']) stage.boot(id);
    expect(acquire(stage, 'm2').type).toBe('acquire_ok');
  });

  test('that is held is tried for three more times, after 100 to 300 ms each', () => {
    const stage = masters();
    acquire(stage, 'm1');
    stage.transcript();
    ask(stage, 'm2', { type: 'acquire' });
    stage.step(3000);
    const tries = stage.sent.filter(
      ({ from, to, message }) => from === 'm2' && to === 'm1' && message.type === 'set-lock',
    );
    const gaps = tries.slice(1).map(({ atMs }, i) => atMs - (tries[i]?.atMs ?? 0));
    expect(gaps).toHaveLength(3);
    // And the round trips in which it was refused and gave back what it had.
    for (const gap of gaps) expect(gap).toBeGreaterThan(100);
    for (const gap of gaps) expect(gap).toBeLessThan(320);
  });

  test('is freed by its value only', () => {
    const story = (bug?: string) => {
      const stage = masters({ retries: 0 }, bug);
      acquire(stage, 'm1');
      ask(stage, 'm2', { type: 'release', token: 1 });
      stage.step(100);
      return acquire(stage, 'm3').type;
    };
    expect(story()).toBe('error');
    expect(story('release-without-value')).toBe('acquire_ok');
  });

  test('with the mistake counts on its whole time to live', () => {
    expect(acquire(masters({}, 'validity-is-ttl'), 'm1').leaseMs).toBe(10_000);
  });
});

describe('what breaks it', () => {
  /** m1 wins with m1, m2, m3; then something happens to m3; then m5 tries with m3, m4, m5. */
  const story = (params: object, happens: (stage: Stage) => void): boolean => {
    const stage = masters({ retries: 0, ...params });
    stage.crash('m4').crash('m5');
    expect(acquire(stage, 'm1').type).toBe('acquire_ok');
    happens(stage);
    stage.boot('m4').boot('m5');
    stage.crash('m1').crash('m2');
    return acquire(stage, 'm5').type === 'acquire_ok';
  };
  const jump = (stage: Stage) => void stage.levers().shapeClock('m3', { offsetMs: 12_000 });
  const restart = (stage: Stage) => void stage.crash('m3').boot('m3');

  test('the clock of the master in common jumps', () => {
    expect(story({}, jump)).toBe(true);
    expect(story({ 'lease-clock': 'monotonic' }, jump)).toBe(false);
    expect(story({}, () => {})).toBe(false);
  });

  test('the master in common forgets', () => {
    expect(story({ persist: 'never' }, restart)).toBe(true);
    expect(story({}, restart)).toBe(false);
    expect(story({ persist: 'delayed-restart' }, restart)).toBe(false);
  });
});

describe('mistakes are seen by `holders at once`', () => {
  const one = 'holders at once = 1';
  /** Holders work until their lease is over; to get it takes 50 ms, for two masters are down. */
  const untilItIsOver = [
    'nodes.locks.ttl=1s',
    'nodes.locks.retry-delay=10ms',
    'clients.worker={ workload: lock, target: locks, store: store, count: 3, pin: [locks-1, locks-2, locks-3], pace: closed, think: 1ms, work: 5s, renew: 0, drift: 0%, count-from: reply, timeout: 9s }',
    'faults=[{ at: 0s, for: 20s, crash: [locks-4, locks-5] }]',
  ];

  test.each([
    ['release-without-value', []],
    ['validity-is-ttl', untilItIsOver],
  ])('%s', { timeout: 30_000 }, async (bug, more) => {
    const file = 'src/nodes/consensus/redlock/example.yaml';
    const sets = [...more, `expect=[${one}]`];
    expect(await brokenIn({ file, sets })).toEqual([]);
    expect(await brokenIn({ file, sets: [...sets, `nodes.locks.bug=${bug}`] })).toEqual([one]);
  });
});

describe('a holder that was paused', () => {
  const file = 'scenarios/paused-lock-holder.yaml';
  const sets = ['nodes.locks={ kind: redlock, count: 5, ttl: 10s, disk: { sync: 1ms } }'];
  const others = (result: Result) =>
    result.history.filter(({ load, f }) => load === 'others' && f === 'write');

  test('writes when another has the lock, and a store that compares random values does not help', {
    timeout: 30_000,
  }, async () => {
    const expected = 'expect=[holders at once = 2, fenced]';
    const result = await runLaidOver({ file, sets: [...sets, expected] });
    // No older value after a newer one, as the store takes them; but tokens that are drawn go down.
    expect(violatedIn(result)).toEqual(['fenced']);
    const refused = others(result).filter(({ error }) => error === 'precondition-failed');
    // Present holders whose value is smaller than that of one before them.
    expect(refused.length).toBeGreaterThan(others(result).length / 4);
  });

  test('is refused by the same store where tokens grow', { timeout: 30_000 }, async () => {
    const result = await runLaidOver({ file });
    expect(violatedIn(result)).toEqual([]);
    expect(others(result).filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  });
});
