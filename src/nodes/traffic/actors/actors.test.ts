/** Actors by hand: one message at a time, full mailboxes, and what the supervisor does. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fastLink, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message } from '../../../sim/node.ts';
import { bugs } from './declared.ts';
import system from './index.ts';
import { Supervisor, type SupervisorSpec } from './supervisor.ts';

const instant = { ...fastLink, latency: constant(0) };

/** A server of actors, 10 ms a message, on a link without delay. */
function scene(params: object = {}): Stage {
  const given = { actors: 1, 'service-time': constant(10), 'restart-time': 5, ...params };
  return new Stage({ link: instant }).addSystem('a', system, { params: given as never });
}

/** Sends messages with these keys at once; when each was answered, and by what. */
function answersTo(stage: Stage, keys: readonly string[], patienceMs: number | null = null) {
  const fromMs = stage.nowMs;
  const ids = keys.map((key) => stage.ask('a', { type: 'request', key }, patienceMs));
  stage.untilQuiet();
  return ids.map((id) => {
    const found = stage.sent.find(({ message }) => (message as Asked).inReplyTo === id);
    const reply = found?.message as Asked | undefined;
    return `${(found?.atMs ?? 0) - fromMs} ${reply?.code ?? reply?.type}`;
  });
}

interface Asked extends Message {
  readonly inReplyTo: number;
  readonly code?: string;
}

const countOf = (stage: Stage, name: string) =>
  stage.measured().filter((line) => line.startsWith(`a ${name} `)).length;

describe('a mailbox', () => {
  test('gives one message at a time, in the order in which they came', () => {
    expect(answersTo(scene(), ['x', 'x', 'x'])).toEqual([
      '10 request_ok',
      '20 request_ok',
      '30 request_ok',
    ]);
  });

  test('is one for each actor: those of other keys work at the same time', () => {
    const times = answersTo(scene({ actors: 50 }), ['k1', 'k2', 'k3', 'k4']);
    expect(times.filter((time) => time === '10 request_ok').length).toBeGreaterThanOrEqual(3);
  });

  test.each([
    ['drop-new', ['10 request_ok', '20 request_ok', '0 overloaded', '0 overloaded']],
    ['drop-old', ['10 request_ok', '0 overloaded', '0 overloaded', '20 request_ok']],
    ['back-pressure', ['10 request_ok', '20 request_ok', '30 request_ok', '40 request_ok']],
  ])('that is full: %s', (whenFull, answers) => {
    const stage = scene({ mailbox: 1, 'when-full': whenFull });
    // The first is at work before the others come.
    const first = stage.ask('a', { type: 'request', key: 'x' });
    stage.step(0);
    expect(first).toBe(1);
    const rest = answersTo(stage, ['x', 'x', 'x']);
    const begun = stage.sent.find(({ message }) => (message as Asked).inReplyTo === first);
    expect([`${begun?.atMs} request_ok`, ...rest]).toEqual(answers);
    expect(countOf(stage, 'dropped')).toBe(answers.filter((one) => one.includes('over')).length);
  });

  test('a sender that waited for room until it was too late is refused, and holds up nobody', () => {
    const stage = scene({ mailbox: 1, 'when-full': 'back-pressure' });
    stage.ask('a', { type: 'request', key: 'x' });
    stage.step(0);
    const late = stage.ask('a', { type: 'request', key: 'x' });
    const hasty = stage.ask('a', { type: 'request', key: 'x' }, 5);
    const patient = stage.ask('a', { type: 'request', key: 'x' });
    stage.untilQuiet();
    const answers = stage.answers();
    expect(answers.get(hasty)).toMatchObject({ code: 'overloaded' });
    expect([late, patient].map((id) => answers.get(id)?.type)).toEqual([
      'request_ok',
      'request_ok',
    ]);
  });

  test('an answer is waited for no longer than said; the message is handled all the same', () => {
    const stage = scene({ 'ask-timeout': 15 });
    expect(answersTo(stage, ['x', 'x'])).toEqual(['10 request_ok', '15 timeout']);
    expect([countOf(stage, 'ask-timeouts'), countOf(stage, 'served')]).toEqual([1, 2]);
  });
});

describe('an actor that crashes', () => {
  test('takes its state and its mailbox along; the next one begins with nothing', () => {
    const stage = scene({ poison: 'p' });
    expect(answersTo(stage, ['x', 'p', 'x'])).toEqual([
      '10 request_ok',
      '20 crash',
      '20 temporarily-unavailable',
    ]);
    const id = stage.ask('a', { type: 'request', key: 'x' });
    stage.untilQuiet();
    expect(stage.answers().get(id)).toMatchObject({ handled: 1 });
    expect(stage.notes).toEqual(['a restarted {"actors":1}']);
  });

  test('with a mailbox that is kept, the rest is handled after the restart', () => {
    const stage = scene({ poison: 'p', 'keep-mailbox': true });
    expect(answersTo(stage, ['p', 'x'])).toEqual(['10 crash', '25 request_ok']);
  });

  test('twice within the time ends the supervisor, and all actors for good', () => {
    const stage = scene({ actors: 3, poison: 'p' });
    answersTo(stage, ['p']);
    expect(answersTo(stage, ['p'])).toEqual(['10 crash']);
    expect(stage.node('a').inspect?.()).toMatchObject({ up: 0, gone: 3 });
    expect(answersTo(stage, ['x', 'y'])).toEqual([
      '0 temporarily-unavailable',
      '0 temporarily-unavailable',
    ]);
    expect([countOf(stage, 'escalations'), countOf(stage, 'dead-letters')]).toEqual([1, 2]);
    stage.crash('a').boot('a');
    expect(answersTo(stage, ['x'])).toEqual(['10 request_ok']);
  });

  test('unless a supervisor above starts it again', () => {
    const stage = scene({ poison: 'p', 'max-restarts': 0, 'parent-restart': 100 });
    expect(answersTo(stage, ['p'])).toEqual(['10 crash']);
    stage.step(100);
    expect(answersTo(stage, ['x'])).toEqual(['10 request_ok']);
  });

  test('one-for-all: the others are ended at their work, and start again too', () => {
    const stage = scene({ actors: 8, poison: 'p', strategy: 'one-for-all' });
    const other = ['k1', 'k2', 'k3'].find((key) => actorOf(key) !== actorOf('p')) ?? '';
    stage.ask('a', { type: 'request', key: 'p' });
    stage.step(5);
    expect(answersTo(stage, [other])).toEqual(['5 crash']);
    expect(stage.node('a').inspect?.()).toMatchObject({ up: 8, gone: 0 });
  });
});

/** The number of the actor that a key belongs to, of eight. */
function actorOf(key: string): unknown {
  const stage = scene({ actors: 8 });
  const id = stage.ask('a', { type: 'request', key });
  stage.untilQuiet();
  return (stage.answers().get(id) as unknown as { actor: number }).actor;
}

test('an actor that ends in good order is gone if it is transient, and back if it is permanent', () => {
  const transient = scene({ ends: 'q', restart: 'transient' });
  expect(answersTo(transient, ['q'])).toEqual(['10 request_ok']);
  expect(answersTo(transient, ['x'])).toEqual(['0 temporarily-unavailable']);
  const permanent = scene({ ends: 'q' });
  answersTo(permanent, ['q']);
  expect(answersTo(permanent, ['x'])).toEqual(['10 request_ok']);
});

describe('a supervisor', () => {
  const made = (spec: Partial<SupervisorSpec> = {}) =>
    new Supervisor({
      strategy: 'one-for-one',
      restart: 'permanent',
      maxRestarts: 1,
      withinMs: 5000,
      children: 4,
      ...spec,
    });

  test('ends with more than one restart in 5 s: crashes 4.9 s apart do, 5.1 s apart do not', () => {
    const kinds = (everyMs: number) => {
      const supervisor = made();
      return [1, 2, 3].map((n) => supervisor.exited(0, 'crash', n * everyMs).kind);
    };
    expect(kinds(4900).slice(0, 2)).toEqual(['restart', 'escalate']);
    expect(kinds(5100)).toEqual(['restart', 'restart', 'restart']);
  });

  test('counts the restarts of all children together', () => {
    const supervisor = made();
    expect([0, 3].map((child) => supervisor.exited(child, 'crash', 0).kind)).toEqual([
      'restart',
      'escalate',
    ]);
  });

  test.each([
    ['one-for-one', [2]],
    ['one-for-all', [0, 1, 2, 3]],
    ['rest-for-one', [2, 3]],
  ] as const)('%s starts %j again with child 2', (strategy, children) => {
    expect(made({ strategy }).exited(2, 'crash', 0)).toEqual({ kind: 'restart', children });
  });

  test.each([
    ['permanent', 'restart', 'restart'],
    ['transient', 'restart', 'leave'],
    ['temporary', 'leave', 'leave'],
  ] as const)('%s: after a crash %s, in good order %s', (restart, crash, normal) => {
    expect(made({ restart }).exited(0, 'crash', 0).kind).toBe(crash);
    expect(made({ restart }).exited(0, 'normal', 0).kind).toBe(normal);
  });
});

test.each(Object.entries(bugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/actors/example.yaml',
    node: 'shop',
    caughtBy,
  });
});
