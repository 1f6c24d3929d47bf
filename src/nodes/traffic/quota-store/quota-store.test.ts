/** The store of quotas: one step, and single steps. */
import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import system from './index.ts';

const params = { algorithm: 'fixed-window', rate: 2, window: 1000 };

function asked(stage: Stage, body: { type: string; [field: string]: unknown }) {
  const id = stage.ask('store', body);
  stage.step(1);
  const {
    inReplyTo: _,
    type: __,
    ...fields
  } = stage.answers().get(id) as never as {
    inReplyTo: number;
    type: string;
  };
  return fields;
}

test('take is one step: granted up to the limit, then with a time to come again', () => {
  const stage = new Stage().addSystem('store', system, { params });
  const take = { type: 'take', key: 'k', cost: 1 };
  expect([1, 2, 3].map(() => asked(stage, take))).toEqual([
    { allowed: true },
    { allowed: true },
    { allowed: false, retryAfterMs: 998 },
  ]);
  expect(asked(stage, { type: 'take', key: 'other', cost: 2 })).toEqual({ allowed: true });
  expect(asked(stage, { type: 'take', key: 'k', cost: 3 })).toEqual({ allowed: false });
  stage.until(1000);
  expect(asked(stage, take)).toEqual({ allowed: true });
  expect(stage.measured().filter((row) => row.includes('denied'))).toHaveLength(2);
});

test('counts end with their window, unless they are kept; then by a step of their own', () => {
  const stage = new Stage().addSystem('store', system, { params });
  expect(asked(stage, { type: 'count', key: 'k' })).toEqual({ count: 0 });
  expect(asked(stage, { type: 'add', key: 'k', cost: 2 })).toEqual({ count: 2 });
  expect(asked(stage, { type: 'add', key: 'k', cost: 1 })).toEqual({ count: 3 });
  expect(asked(stage, { type: 'put', key: 'k', count: 7 })).toEqual({});
  expect(asked(stage, { type: 'count', key: 'k' })).toEqual({ count: 7 });
  asked(stage, { type: 'add', key: 'kept', cost: 1, kept: true });
  stage.until(5000);
  expect(asked(stage, { type: 'count', key: 'k' })).toEqual({ count: 0 });
  expect(asked(stage, { type: 'count', key: 'kept' })).toEqual({ count: 1 });
  asked(stage, { type: 'expire', key: 'kept' });
  stage.until(6500);
  expect(asked(stage, { type: 'count', key: 'kept' })).toEqual({ count: 0 });
});

test('a crash begins anew', () => {
  const stage = new Stage().addSystem('store', system, { params });
  for (let i = 0; i < 3; i++) asked(stage, { type: 'take', key: 'k', cost: 1 });
  stage.crash('store').boot('store');
  expect(asked(stage, { type: 'take', key: 'k', cost: 1 })).toEqual({ allowed: true });
});
