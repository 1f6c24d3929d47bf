/** The clock store: what each clock loses, by hand and by its formula. */
import { describe, expect, test } from 'vitest';
import { brokenIn, runLaidOver } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import system from './index.ts';
import { SafeTimes } from './safe-times.ts';

interface Cast {
  readonly count?: number;
  readonly bug?: string;
  /** Of each member's clock, in ms. */
  readonly offsets?: readonly number[];
}

function cast(orderBy: string, { count = 2, bug, offsets = [] }: Cast = {}, params: object = {}) {
  const members = Array.from({ length: count }, (_, i) => `kv${i + 1}`);
  const stage = new Stage();
  members.forEach((id, i) => {
    const clock = { offsetUs: (offsets[i] ?? 0) * 1000, driftPpm: 0 };
    const more = bug === undefined ? {} : { bug };
    const given = { 'order-by': orderBy, ...params } as never;
    stage.addSystem(id, system, { params: given, place: { members, group: 'kv' }, clock, ...more });
  });
  return stage;
}

const write = (stage: Stage, to: string, value: number | null) =>
  stage.ask(to, { type: 'write', key: 'x', value });
function read(stage: Stage, at: string, waitMs = 0) {
  const asked = stage.ask(at, { type: 'read', key: 'x' });
  if (waitMs > 0) stage.step(waitMs);
  return (stage.answers().get(asked) as { value?: unknown } | undefined)?.value;
}

describe('a later write of a slow clock', () => {
  const story = (orderBy: string) => {
    const stage = cast(orderBy, { offsets: [250, 0] }).until(100);
    write(stage, 'kv1', 1);
    stage.step(10);
    write(stage, 'kv2', 2);
    stage.step(10);
    return ['kv1', 'kv2'].map((at) => read(stage, at));
  };

  test('is lost by the time of day, and stays by clocks that hear of each other', () => {
    expect(story('wall')).toEqual([1, 1]);
    expect(story('lamport')).toEqual([2, 2]);
    expect(story('hybrid')).toEqual([2, 2]);
  });
});

test('two writes of one time are ordered by the name, whatever comes first', () => {
  const stage = cast('wall').until(100);
  write(stage, 'kv2', 2);
  write(stage, 'kv1', 1);
  stage.step(10);
  expect(['kv1', 'kv2'].map((at) => read(stage, at))).toEqual([2, 2]);
});

test('a deletion is a write like any other: an older value does not come back', () => {
  const stage = cast('hybrid').until(100);
  write(stage, 'kv1', 1);
  stage.step(10);
  stage.levers().cut('kv2', 'kv1');
  write(stage, 'kv2', null);
  stage.until(3000);
  expect(['kv1', 'kv2'].map((at) => read(stage, at))).toEqual([1, null]);
});

test('with replicate the others get a write that much later', () => {
  const stage = cast('wall', {}, { replicate: 300 }).until(100);
  write(stage, 'kv1', 1);
  stage.step(290);
  expect(read(stage, 'kv2')).toBe(null);
  stage.step(20);
  expect(read(stage, 'kv2')).toBe(1);
});

test('a copy that was lost comes by anti-entropy', () => {
  const stage = cast('hybrid').until(100);
  const heal = stage.levers().cut('kv1', 'kv2');
  write(stage, 'kv1', 1);
  stage.step(10);
  heal();
  stage.until(2500);
  expect(read(stage, 'kv2')).toBe(1);
});

test('a stamp that is too far ahead is refused', () => {
  const story = (bug?: string) => {
    const given = { offsets: [60_000, 0], ...(bug === undefined ? {} : { bug }) };
    const stage = cast('hybrid', given).until(100);
    write(stage, 'kv1', 1);
    stage.step(10);
    return read(stage, 'kv2');
  };
  expect([story(), story('accept-any-offset')]).toEqual([null, 1]);
});

describe('with a bounded clock', () => {
  test('a write is answered once its stamp is over by every clock: after twice epsilon', () => {
    const stage = cast('bounded', {}, { epsilon: 7 }).until(100);
    const asked = write(stage, 'kv1', 1);
    stage.step(14);
    expect(stage.answers().has(asked)).toBe(false);
    stage.step(0.1);
    expect(stage.answers().has(asked)).toBe(true);
  });

  test('a read waits for what others may still write before it', () => {
    const stage = cast('bounded').until(100);
    const heal = stage.levers().cut('kv1', 'kv2');
    write(stage, 'kv1', 1);
    stage.step(50);
    expect(read(stage, 'kv2', 200)).toBe(undefined);
    heal();
    expect(read(stage, 'kv2', 200)).toBe(1);
  });

  test('a promise counts once all writes before it have come, of one life', () => {
    const safe = new SafeTimes(['b']);
    const done: string[] = [];
    safe.whenUntil(10, () => done.push('10'));
    safe.promised('b', 1, 2, 20);
    safe.got('b', 1, 2);
    safe.settle();
    expect([done, safe.missingAfter('b')]).toEqual([[], 0]);
    safe.got('b', 1, 1);
    safe.settle();
    expect([done, safe.missingAfter('b')]).toEqual([['10'], null]);
    safe.whenUntil(30, () => done.push('30'));
    safe.promised('b', 2, 1, 40);
    safe.got('b', 1, 3);
    safe.settle();
    expect(done).toEqual(['10']);
    safe.got('b', 2, 1);
    safe.settle();
    expect(done).toEqual(['10', '30']);
  });
});

// --- Runs --------------------------------------------------------------------------------------

test('writes of the true clock behind a fast one: 1 - e^(-rate * skew) are gone', {
  timeout: 30_000,
}, async () => {
  const load = (name: string, pin: string) =>
    `clients.${name}={ workload: register, target: kv, pin: [${pin}], keys: 1, reads: 0%, cas: 0%, rate: 4/s, timeout: 500ms }`;
  const sets = [
    'clients={}',
    load('fast', 'kv-1'),
    load('slow', 'kv-2'),
    'nodes.kv.order-by=wall',
    'duration=150s',
    'expect=[shadowed-ratio(kv-2) <= 70%]',
  ];
  const { facts } = await runLaidOver({ file: 'scenarios/wall-clock-loses.yaml', sets });
  const count = (name: string) =>
    facts.measured.series
      .filter((one) => one.node === 'kv-2' && one.name === name)
      .reduce((sum, { length }) => sum + length, 0);
  expect(count('writes')).toBeGreaterThan(500);
  // Two standard errors of a share of 600 writes are .04.
  expect(Math.abs(count('shadowed') / count('writes') - 0.632)).toBeLessThan(0.05);
});

test('bounded clocks are linearizable under loss, crashes, pauses and partitions', {
  timeout: 60_000,
}, async () => {
  const sets = [
    'network.loss=3%',
    'faults=[{ at: 3s, every: 5s, for: 1s, crash: one }, { at: 5s, every: 5s, for: 700ms, pause: one }, { at: 12s, for: 1s, partition: { halves: true } }]',
    'expect=[linearizable]',
    'clients.load.rate=60/s',
  ];
  const file = 'scenarios/commit-wait.yaml';
  for (const seed of ['1', '2', '3']) {
    expect([seed, await brokenIn({ file, sets, seed })]).toEqual([seed, []]);
  }
});

describe('each mistake is caught', () => {
  const commit = 'scenarios/commit-wait.yaml';
  const stepBack = [
    'faults=[{ at: 0s, for: 6s, clock-offset: { nodes: kv, by: 5s } }, { at: 6500ms, for: 100ms, name: reboot, crash: kv }]',
    'nodes.kv.max-offset=1h',
    'clients.load.stop=9s',
    'expect=[no-lost-writes]',
  ];
  test.each<[string, string, readonly string[], string]>([
    [
      'no-increment-on-receive',
      'src/nodes/time/clock-store/example.yaml',
      ['nodes.kv.order-by=lamport', 'expect=[converged]'],
      'happens-before',
    ],
    ['hybrid-from-wall-after-boot', 'scenarios/wall-clock-loses.yaml', stepBack, 'no-lost-writes'],
    [
      'accept-any-offset',
      'scenarios/poisoned-clock.yaml',
      ['expect=[max clock-error(kv-1) <= 500ms]'],
      'max clock-error',
    ],
    ['ack-before-wait', commit, ['expect=[linearizable]'], 'linearizable'],
    ['epsilon-halved', commit, ['expect=[linearizable]'], 'linearizable'],
  ])('%s', { timeout: 30_000 }, async (bug, file, sets, caught) => {
    expect(await brokenIn({ file, sets })).toEqual([]);
    const [found] = await brokenIn({ file, sets: [...sets, `nodes.kv.bug=${bug}`] });
    expect(found).toContain(caught);
  });
});
