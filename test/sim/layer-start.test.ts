/** A layer of a policy starts once, with a context of the node itself. */
import { expect, test } from 'vitest';
import { bodyOf } from '../../src/sim/call.ts';
import type { BoundPolicy } from '../../src/sim/policy.ts';
import { answering, ok, serving } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

/** Works beside the calls as soon as it starts. */
const beside = (starts: string[]): BoundPolicy => ({
  name: 'beside',
  layer: 50,
  create: () => ({
    start(ctx) {
      starts.push(`${ctx.now()} ${ctx.deadline}`);
      ctx.fork(ctx.sleep(5));
    },
    around: (_ctx, call, next) => next(call),
  }),
});

test('before the first call to a target, and what it does there is no act of that call', () => {
  const starts: string[] = [];
  const stage = new Stage().add('api', () =>
    serving(
      function* (ctx, request) {
        yield* ctx.call('db', bodyOf(request));
        return ok(request);
      },
      {},
      {},
      { db: [beside(starts)] },
    ),
  );
  for (const id of ['db-1', 'db-2', 'db-3']) {
    stage.add(id, () => answering(1, () => ({ type: 'error', code: 'overloaded' })));
  }
  stage.until(7);
  expect(starts).toEqual([]);
  stage.ask('api', { type: 'write' }, 100);
  stage.until(20);
  stage.ask('api', { type: 'write' }, 100);
  stage.untilQuiet();
  expect(starts).toEqual(['7 null']);
  // A definite refusal stays one: nothing else was done for the request.
  expect([...stage.answers().values()].map((reply) => (reply as { code?: string }).code)).toEqual([
    'overloaded',
    'overloaded',
  ]);
});
