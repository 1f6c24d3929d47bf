/** A member whose clock is too far off takes no requests: how far, from how many, and for how long. */
import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import system from './index.ts';

/** Members with clocks that are so far ahead, in ms, of a hybrid clock; messages take 1 ms. */
function cast(offsetsMs: readonly number[], params: object = {}, bug?: string): Stage {
  const members = offsetsMs.map((_, i) => `kv${i + 1}`);
  const stage = new Stage();
  members.forEach((id, i) => {
    const clock = { offsetUs: (offsetsMs[i] as number) * 1000, driftPpm: 0 };
    const given = { 'order-by': 'hybrid', 'anti-entropy': 500, ...params } as never;
    const more = bug === undefined ? {} : { bug };
    stage.addSystem(id, system, { params: given, place: { members, group: 'kv' }, clock, ...more });
  });
  return stage;
}

function asked(stage: Stage, at: string, body: object): unknown {
  const id = stage.ask(at, body as never);
  stage.step(5);
  const reply = stage.answers().get(id) as { type?: string; value?: unknown } | undefined;
  return reply?.type === 'read_ok' ? reply.value : reply?.type;
}

const write = (stage: Stage, at: string, value = 1) =>
  asked(stage, at, { type: 'write', key: 'x', value });
const read = (stage: Stage, at: string) => asked(stage, at, { type: 'read', key: 'x' });
const serving = (stage: Stage) =>
  ['kv1', 'kv2', 'kv3'].map((at) => write(stage, at) === 'write_ok');

test('from 80 % of max-offset on, either way, as far as the round trip lets it be certain', () => {
  const stops = (offsetMs: number, params: object = {}) =>
    !(write(cast([offsetMs, 0, 0], params).until(50), 'kv1') === 'write_ok');
  // Of what is measured, half of a round trip of 2 ms is uncertain.
  expect([399, 400.9, 401.1, -400.9, -401.1].map((ms) => stops(ms))).toEqual([
    false,
    false,
    true,
    false,
    true,
  ]);
  expect(stops(450, { 'stop-at': 1 })).toBe(false);
  expect(stops(90, { 'max-offset': 100 })).toBe(true);
});

test('of three the one that is wrong stops; with as many wrong as right, all do', () => {
  expect(serving(cast([600, 0, 0]).until(50))).toEqual([false, true, true]);
  expect(serving(cast([600, 600, 0]).until(50))).toEqual([true, true, false]);
  const two = cast([600, 0]).until(50);
  expect(['kv1', 'kv2'].map((at) => write(two, at))).toEqual(['error', 'error']);
});

test('a step of the clock is seen within a second, and what it has missed comes once it is right', () => {
  const stage = cast([0, 0, 0]).until(100);
  const right = stage.levers().shapeClock('kv3', { offsetMs: 600_000 });
  stage.until(1100);
  expect(serving(stage)).toEqual([true, true, false]);
  write(stage, 'kv1', 7);
  right();
  // It hears no copies, and goes on after the next answers.
  expect([read(stage, 'kv1'), asked(stage, 'kv3', { type: 'read', key: 'x' })]).toEqual([
    7,
    'error',
  ]);
  stage.until(4000);
  expect(read(stage, 'kv3')).toBe(7);
  expect(stage.notes.filter((note) => note.includes('clock'))).toEqual([
    'kv3 clock too far off {"near":1,"known":3}',
    'kv3 clock agrees again {"near":2,"known":3}',
  ]);
});

test('who hears nobody has nothing to compare with, and what was heard long ago does not count', () => {
  const stage = cast([0, 0, 0]).until(100);
  const cut = (to: string) => [stage.levers().cut('kv3', to), stage.levers().cut(to, 'kv3')];
  const [heals] = [cut('kv1'), cut('kv2')];
  stage.levers().shapeClock('kv3', { offsetMs: 600_000 });
  stage.until(6000);
  expect(serving(stage)).toEqual([true, true, true]);
  // It hears one other again, and once agreed with both.
  for (const heal of heals) heal();
  stage.until(8000);
  expect(serving(stage)).toEqual([true, true, false]);
});

test('other clocks have no limit', () => {
  for (const order of ['wall', 'lamport', 'bounded']) {
    const stage = cast([600, 0, 0], { 'order-by': order }).until(50);
    expect(stage.sent.some(({ message }) => message.type === 'ask-time')).toBe(false);
  }
  expect(write(cast([600, 0, 0], {}, 'accept-any-offset').until(50), 'kv1')).toBe('write_ok');
});
