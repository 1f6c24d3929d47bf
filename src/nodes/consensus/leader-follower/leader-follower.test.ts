/** Leader and followers by hand, and under faults. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import { loadScenario } from '../../../scenarios/host/load.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import system from './index.ts';
import { effectOf, isFurther, NOTHING } from './operations.ts';

function cast(count = 3, params: object = {}, bug?: string) {
  const members = Array.from({ length: count }, (_, i) => `kv${i + 1}`);
  const stage = new Stage({ diskMs: 1 });
  for (const id of members) {
    const more = bug === undefined ? {} : { bug };
    stage.addSystem(id, system, {
      params: params as never,
      place: { members, group: 'kv' },
      ...more,
    });
  }
  return stage;
}

const roles = (stage: Stage) =>
  [...stage.views()].map(([id, view]) => `${id} ${view['role']} ${view['term']}`);
const write = (stage: Stage, to: string, value: number) =>
  stage.ask(to, { type: 'write', key: 'x', value });
const typeOf = (stage: Stage, id: number) => stage.answers().get(id)?.type;

describe('who leads', () => {
  test('the first member, once it has a majority; the others follow its generation', () => {
    expect(roles(cast().until(1000))).toEqual(['kv1 leader 1', 'kv2 follower 1', 'kv3 follower 1']);
  });

  test('when it is silent, the next one in a later generation; when it returns, it follows', () => {
    const stage = cast().until(1000);
    stage.crash('kv1').until(2000);
    expect(roles(stage)).toEqual(['kv2 leader 2', 'kv3 follower 2']);
    stage.boot('kv1').until(3000);
    expect(roles(stage)).toEqual(['kv1 follower 2', 'kv2 leader 2', 'kv3 follower 2']);
  });

  test('nobody without a majority', () => {
    const stage = cast().until(1000);
    stage.crash('kv1').crash('kv2').until(3000);
    expect(roles(stage)[0]).toMatch(/^kv3 candidate/);
    expect(typeOf(stage, write(stage, 'kv3', 1))).toBe('error');
  });
});

describe('operations', () => {
  test('are answered once a majority has them, through any member', () => {
    const stage = cast().until(1000);
    const written = write(stage, 'kv3', 7);
    stage.step(50);
    const read = stage.ask('kv2', { type: 'read', key: 'x' });
    stage.step(50);
    expect(typeOf(stage, written)).toBe('write_ok');
    expect(stage.answers().get(read)).toMatchObject({ value: 7 });
  });

  test('are not answered by a leader that nobody follows any more', () => {
    const stage = cast().until(1000);
    const levers = stage.levers();
    for (const other of ['kv2', 'kv3']) {
      levers.cut('kv1', other);
      levers.cut(other, 'kv1');
    }
    const written = write(stage, 'kv1', 7);
    stage.step(2000);
    expect(typeOf(stage, written)).toBe(undefined);
  });

  test('survive a crash of all', () => {
    const stage = cast().until(1000);
    write(stage, 'kv1', 7);
    stage.step(50);
    for (const id of ['kv1', 'kv2', 'kv3']) stage.crash(id).boot(id);
    stage.step(2000);
    const read = stage.ask('kv2', { type: 'read', key: 'x' });
    stage.step(50);
    expect(stage.answers().get(read)).toMatchObject({ value: 7 });
  });

  test('are carried out once, however often they come', () => {
    const stage = cast().until(1000);
    const request = {
      type: 'cas',
      key: 'x',
      from: null,
      to: 1,
      session: 's',
      serial: 1,
      attempt: 1,
      timeoutMs: null,
    };
    stage.inject('client', 'kv1', { ...request, id: 1 } as never);
    stage.step(50);
    stage.inject('client', 'kv1', { ...request, id: 2 } as never);
    stage.step(50);
    expect([typeOf(stage, 1), typeOf(stage, 2)]).toEqual(['cas_ok', 'cas_ok']);
  });

  test('a compare-and-set of another value is refused', () => {
    const head = { id: 1, session: 's', serial: 1, attempt: 1, timeoutMs: null, key: 'x' };
    const cas = effectOf(NOTHING, { ...head, type: 'cas', from: 1, to: 2 });
    expect(cas).toMatchObject({ write: null, answer: { code: 'precondition-failed' } });
  });
});

describe('generations', () => {
  test('an old leader is refused by its number, takes up the new one and steps down', () => {
    const stage = cast().until(1000);
    stage.pause('kv1', 2000).until(2900);
    write(stage, 'kv2', 1);
    stage.until(2990);
    stage.transcript();
    stage.until(3010);
    expect(stage.notes.filter((note) => note.includes('refuses stale')).length).toBeGreaterThan(0);
    stage.until(3400);
    expect(roles(stage)).toEqual(['kv1 follower 2', 'kv2 leader 2', 'kv3 follower 2']);
  });

  test('a promise is durable: the generation survives a restart', () => {
    const termAfter = (bug?: string) => {
      const stage = cast(3, {}, bug).until(1000);
      stage.crash('kv2').boot('kv2');
      stage.step(0);
      return stage.views().get('kv2')?.['term'];
    };
    expect([termAfter(), termAfter('fence-in-memory')]).toEqual([1, 0]);
  });

  test('a late answer of an earlier generation elects nobody, or two lead one generation', () => {
    const story = (bug?: string) => {
      const stage = cast(3, {}, bug).until(1000);
      const late = stage.sent.find(
        ({ from, message }) => from === 'kv3' && message.type === 'follows',
      );
      if (late === undefined) throw new Error('nobody followed');
      for (const other of ['kv2', 'kv3']) {
        stage.levers().cut('kv1', other);
        stage.levers().cut(other, 'kv1');
      }
      // Alone after a restart it claims generation 2, in which kv2 leads by now.
      stage.crash('kv1').boot('kv1').until(1550);
      stage.again(late).step(1);
      return roles(stage);
    };
    const others = ['kv2 leader 2', 'kv3 follower 2'];
    expect(story()).toEqual(['kv1 candidate 2', ...others]);
    expect(story('fence-requests-only')).toEqual(['kv1 leader 2', ...others]);
  });

  test('the furthest state is the one of the latest generation, then of the longest', () => {
    const state = (generation: number, index: number) => ({ ...NOTHING, generation, index });
    expect(isFurther(state(2, 1), state(1, 9))).toBe(true);
    expect(isFurther(state(2, 3), state(2, 2))).toBe(true);
    expect(isFurther(state(2, 2), state(2, 2))).toBe(false);
  });
});

// --- Under faults ------------------------------------------------------------------------------

const cwd = resolve(import.meta.dirname, '../../../..');

async function violated(sets: readonly string[], seed = '5'): Promise<readonly string[]> {
  const file = 'src/nodes/consensus/leader-follower/example.yaml';
  const { scenario, diagnostics } = await loadScenario(file, { cwd, sets, seed });
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error('it does not load');
  const { judged } = simulate(scenario);
  return judged.flatMap(({ state, text }) => (state === 'violated' ? [text] : []));
}

test('linearizable under pauses, crashes, partitions, loss and doubled messages', {
  timeout: 60_000,
}, async () => {
  const faults = [
    '{ at: 3s, every: 6s, for: 2s, pause: leader }',
    '{ at: 5s, every: 6s, for: 1s, crash: one }',
    '{ at: 7s, every: 6s, for: 2s, name: split, partition: { isolate: leader } }',
  ];
  const sets = [
    `faults=[${faults.join(', ')}]`,
    'network.loss=5%',
    'network.duplicate=5%',
    'expect=[linearizable, leaders per term = 1, live]',
  ];
  for (const seed of ['1', '2', '3', '4'])
    expect([seed, await violated(sets, seed)]).toEqual([seed, []]);
});

test('fence-in-memory: members that restart follow two leaders of one number', {
  timeout: 30_000,
}, async () => {
  const sets = [
    'faults=[{ at: 5s, crash: kv-1 }, { at: 5s, for: 100ms, name: two, crash: [kv-2, kv-3] }]',
    'expect=[leaders per term = 1]',
  ];
  expect(await violated(sets)).toEqual([]);
  expect(await violated([...sets, 'nodes.kv.bug=fence-in-memory'])).toEqual([
    'leaders per term = 1',
  ]);
});

test('fence-requests-only: late answers of an earlier generation elect a second leader', {
  timeout: 30_000,
}, async () => {
  const sets = [
    'network={ latency: 1ms..400ms }',
    'duration=15s',
    'faults=[{ at: 2s, every: 2500ms, for: 900ms, crash: leader }, { at: 3s, every: 1700ms, for: 600ms, partition: { of: kv, isolate: one } }]',
    'expect=[leaders per term = 1]',
  ];
  expect(await violated(sets, '20')).toEqual([]);
  expect(await violated([...sets, 'nodes.kv.bug=fence-requests-only'], '20')).toEqual([
    'leaders per term = 1',
  ]);
});
