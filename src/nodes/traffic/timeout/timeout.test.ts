/** Timeouts as a policy around the calls of a service, and as a proxy. */

import { expect, test } from 'vitest';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, bind, type Handle, ok, serving } from '../../../../test/support/services.ts';
import { placeOf, Stage } from '../../../../test/support/stage.ts';
import type { CallOptions, Flow, FlowContext, Outcome } from '../../../sim/call.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import { TimeoutLayer } from '../../parts/timeout.ts';
import system, { policy } from './index.ts';

/** How a call ends at a database that needs 5 ms, and when; the link takes 1 ms each way. */
function call(after: number, patienceMs?: number, timeoutMs?: number): string {
  const handle: Handle = function* (ctx) {
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    const outcome = yield* ctx.attempt('db', { type: 'get' }, options);
    return { type: 'read_ok', said: `${ctx.now()} ${outcome.ok ? 'ok' : outcome.code}` };
  };
  const policies = { db: [bind(policy, { after })] };
  const stage = new Stage().add('api', () => serving(handle, {}, {}, policies));
  stage.add('db-1', () => answering(5, ok));
  stage.ask('api', { type: 'read' }, patienceMs);
  stage.untilQuiet();
  const sent = stage.sent.find(({ to }) => to === 'db-1')?.message as Request;
  const { said } = stage.answers().get(1) as unknown as { said: string };
  return `${said}, sent with ${sent.timeoutMs}`;
}

test('bounds one attempt, and lets the target know', () => {
  expect(call(20)).toBe('7 ok, sent with 20');
  expect(call(4)).toBe('4 timeout, sent with 4');
});

test('is never longer than the deadline or the timeout of the call itself', () => {
  expect(call(20, 3)).toBe('3 timeout, sent with 3');
  expect(call(20, 100, 6)).toBe('6 timeout, sent with 6');
  expect(call(4, 100, 6)).toBe('4 timeout, sent with 4');
});

test('leaves a shorter one that a layer outside has set', () => {
  const call = { target: 'db', members: () => ['db'], to: null, body: { type: 'get' }, attempt: 1 };
  const passed = (options: CallOptions) => {
    let seen: number | undefined;
    const flow = new TimeoutLayer(20).around({} as FlowContext, { ...call, options }, (next) => {
      seen = next.options.timeoutMs;
      return [][Symbol.iterator]() as unknown as Flow<Outcome>;
    });
    // The call goes out with the first step, and has no outcome here.
    expect(() => flow.next()).toThrow(TypeError);
    return seen;
  };
  expect([passed({}), passed({ timeoutMs: 5 }), passed({ timeoutMs: 50 })]).toEqual([20, 5, 20]);
});

test('as a proxy it answers in time, whatever the target does', () => {
  const params = defaultsOf(system.params, { target: ['db-1'], after: 4 });
  const stage = new Stage()
    .add('proxy', () => system.create(params, placeOf('proxy'), null))
    .add('db-1', () => answering(5, ok));
  stage.ask('proxy', { type: 'read', key: 'x' });
  stage.untilQuiet();
  const answers = stage.sent.filter(({ to }) => to === 'client');
  expect(answers).toMatchObject([{ atMs: 4, message: { type: 'error', code: 'timeout' } }]);
});

test('policy and node decide alike', () => {
  const [asPolicy, asNode] = bothPlaces({
    policy,
    system,
    params: { after: 4 },
    trace: Array.from({ length: 30 }, (_, i) => ({ atMs: i * 5, body: { type: 'get', n: i } })),
    answer: (asked) => (asked.serial % 4 === 0 ? null : ok(asked)),
    afterMs: 1,
  });
  expect(asPolicy.answers.filter((answer) => answer.includes(' timeout '))).toHaveLength(7);
  expect(asNode).toEqual(asPolicy);
});
