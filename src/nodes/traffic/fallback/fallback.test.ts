/** Fallbacks: what a caller gets when a call fails. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, ok } from '../../../../test/support/services.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { fallbackBugs } from '../../parts/fallback.ts';
import system, { policy as fallback } from './index.ts';

let isWell = true;

function proxy(params: object): Stage {
  isWell = true;
  return new Stage()
    .addSystem('front', system, { params: { target: ['web'], ...params } })
    .add('web', () =>
      answering(1, (asked) => (isWell ? ok(asked) : { type: 'error', code: 'crash' })),
    )
    .add('spare', () => answering(4, (asked) => ({ type: `${asked.type}_ok`, by: 'spare' })));
}

function ask(stage: Stage, body: { type: string; [field: string]: unknown }) {
  const id = stage.ask('front', body, 1000);
  stage.step(20);
  const { inReplyTo: _, ...answer } = stage.answers().get(id) as unknown as { inReplyTo: number };
  return answer;
}

describe('a failed call is answered', () => {
  test('with nothing, and a mark', () => {
    const stage = proxy({});
    expect(ask(stage, { type: 'request' })).toEqual({ type: 'request_ok', by: 'db' });
    isWell = false;
    expect(ask(stage, { type: 'request' })).toEqual({ type: 'request_ok', degraded: true });
  });

  test('with the answer that is given, whatever was asked', () => {
    const stage = proxy({ by: 'reply', reply: { price: 'unknown' } });
    isWell = false;
    expect(ask(stage, { type: 'read', key: 'a' })).toEqual({
      type: 'read_ok',
      price: 'unknown',
      degraded: true,
    });
  });

  test('with the last good answer to the same question, while it is young', () => {
    const stage = proxy({ by: 'stale', 'stale-for': 100 });
    ask(stage, { type: 'read', key: 'a' });
    isWell = false;
    expect(ask(stage, { type: 'read', key: 'a' })).toEqual({
      type: 'read_ok',
      by: 'db',
      degraded: true,
    });
    expect(ask(stage, { type: 'read', key: 'b' })).toMatchObject({ code: 'crash' });
    stage.step(100);
    expect(ask(stage, { type: 'read', key: 'a' })).toMatchObject({ code: 'crash' });
  });

  test('of those held, the oldest goes first', () => {
    const stage = proxy({ by: 'stale', held: 2 });
    for (const key of ['a', 'b', 'a', 'c']) ask(stage, { type: 'read', key });
    isWell = false;
    const degraded = ['a', 'b', 'c'].filter(
      (key) => 'degraded' in ask(stage, { type: 'read', key }),
    );
    expect(degraded).toEqual(['a', 'c']);
  });

  test('by another node, which has a limit of its own', () => {
    const stage = proxy({ by: 'node', node: ['spare'], most: 2 });
    isWell = false;
    const ids = [1, 2, 3].map(() => stage.ask('front', { type: 'request' }, 1000));
    stage.step(50);
    const answers = ids.map((id) => stage.answers().get(id));
    expect(answers).toMatchObject([
      { by: 'spare', degraded: true },
      { by: 'spare', degraded: true },
      { code: 'crash' },
    ]);
    expect(stage.measured().filter((row) => row.includes('failed'))).toEqual([
      'front fallback-failed 1',
    ]);
  });
});

test('an error that answers the question is no failure', () => {
  const stage = new Stage()
    .addSystem('front', system, { params: { target: ['web'] } })
    .add('web', () => answering(1, () => ({ type: 'error', code: 'key-does-not-exist' })));
  expect(ask(stage, { type: 'read' })).toMatchObject({ code: 'key-does-not-exist' });
});

test('by a node needs the node', () => {
  expect(fallback.refuse?.({ by: 'node' } as never)).toContain('needs');
  expect(fallback.refuse?.({ by: 'stale' } as never)).toBeNull();
});

test('policy and node decide alike', () => {
  for (const params of [
    {},
    { by: 'stale', 'stale-for': 60 },
    { by: 'node', node: ['db-3'], most: 1 },
  ]) {
    const [policy, node] = bothPlaces({
      policy: fallback,
      system,
      params,
      trace: Array.from({ length: 90 }, (_, i) => ({
        atMs: i * 4,
        body: { type: 'get', key: i % 4 },
        timeoutMs: 100,
      })),
      answer: (asked) => (asked.serial % 3 === 0 ? { type: 'error', code: 'crash' } : ok(asked)),
    });
    expect(
      policy.answers.filter((answer) => answer.includes('get_ok')).length,
    ).toBeGreaterThanOrEqual(60);
    expect(node).toEqual(policy);
  }
});

test.each(Object.entries(fallbackBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/fallback/example.yaml',
    node: 'front',
    caughtBy,
  });
});
