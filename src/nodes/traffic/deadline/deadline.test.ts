/** Deadlines: what is left of the time, hop by hop. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, ok } from '../../../../test/support/services.ts';
import { Stage } from '../../../../test/support/stage.ts';
import type { Request } from '../../../sim/rpc.ts';
import { deadlineBugs } from '../../parts/deadline.ts';
import system, { policy as deadline } from './index.ts';

/** `outer` before `inner` before a server that answers after a time, or never. */
function hops(params: object, afterMs: number | null): Stage {
  return new Stage()
    .addSystem('outer', system, { params: { target: ['inner'], ...params } })
    .addSystem('inner', system, { params: { target: ['web'], ...params } })
    .add('web', () => answering(afterMs ?? 1, (asked) => (afterMs === null ? null : ok(asked))));
}

const left = (stage: Stage) =>
  stage.sent.flatMap(({ to, message }) =>
    'session' in message ? [`${to} ${(message as Request).timeoutMs}`] : [],
  );
const answered = (stage: Stage) =>
  stage.sent
    .filter(({ to }) => to === 'client')
    .map(({ atMs, message }) => `${(message as { code?: string }).code ?? 'ok'} at ${atMs}`);

describe('the time left', () => {
  test('goes along, less the way and what each hop takes off', () => {
    const stage = hops({ hop: 2 }, 5);
    stage.ask('outer', { type: 'request' }, 100);
    stage.untilQuiet();
    // One ms on the way to inner.
    expect(left(stage)).toEqual(['inner 98', 'web 96']);
    expect(answered(stage)).toEqual(['ok at 9']);
  });

  test('is bounded whatever the caller says', () => {
    const stage = hops({ after: 20 }, null);
    stage.ask('outer', { type: 'request' }, 100);
    stage.untilQuiet();
    expect(left(stage)).toEqual(['inner 20', 'web 20']);
    expect(answered(stage)).toEqual(['timeout at 20']);
  });

  test('too little of it, and the call is refused before any work is done', () => {
    const stage = hops({ hop: 3, least: 20 }, 5);
    stage.ask('outer', { type: 'request' }, 24);
    stage.untilQuiet();
    // 21 left for inner, which would have 18 for the server.
    expect(left(stage)).toEqual(['inner 21']);
    expect(answered(stage)).toEqual(['timeout at 2']);
    expect(stage.measured()).toEqual(['inner out-of-time 1']);
  });

  test('a call forever stays one', () => {
    const stage = hops({}, 5);
    stage.ask('outer', { type: 'request' });
    stage.untilQuiet();
    expect(left(stage)).toEqual(['inner null', 'web null']);
  });
});

test('policy and node decide alike', () => {
  const [policy, node] = bothPlaces({
    policy: deadline,
    system,
    params: { after: 12, hop: 1, least: 2 },
    trace: Array.from({ length: 60 }, (_, i) => ({
      atMs: i * 3,
      body: { type: 'request' },
      timeoutMs: i % 20,
    })),
    answer: (asked) => (asked.serial % 4 === 0 ? null : ok(asked)),
  });
  expect(new Set(policy.answers.map((answer) => answer.split(' ')[1]))).toEqual(
    new Set(['timeout', 'request_ok']),
  );
  expect(node).toEqual(policy);
});

test.each(Object.entries(deadlineBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/deadline/example.yaml',
    node: 'inner',
    caughtBy,
    // Alone it sends a field that nobody reads.
    sets: [`nodes.outer.bug=${bug}`],
  });
});
