// What a call goes to: lists and pools keep one state of policies, and members take turns.
import { describe, expect, test } from 'vitest';
import { policy as retry } from '../../src/nodes/traffic/retry/index.ts';
import type { FlowContext, Pool } from '../../src/sim/call.ts';
import type { NodeId } from '../../src/sim/node.ts';
import { Turns } from '../../src/sim/turns.ts';
import { answering, bind, type Handle, ok, serving } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

const members = ['db-1', 'db-2', 'db-3'];

/** `api`, whose calls to `db` have a retry budget of a tenth, in front of three that refuse all. */
function refused(handle: Handle, key = 'db'): Stage {
  const policy = bind(retry, { attempts: 10, budget: 0.1, jitter: 'none', wait: 1 });
  const stage = new Stage().add('api', () => serving(handle, {}, {}, { [key]: [policy] }));
  for (const id of members) {
    stage.add(id, () => answering(1, () => ({ type: 'error', code: 'overloaded' })));
  }
  return stage;
}

function retriesOf(stage: Stage, calls: number): number {
  for (let i = 0; i < calls; i++) {
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
  }
  return (
    stage.sent.filter(({ to, message }) => members.includes(to) && 'session' in message).length -
    calls
  );
}

describe('the policies around calls have one state', () => {
  // The budget saves up ten and begins full; thirty calls add 2.9. (A budget for each list: 30.)
  test('for all lists of nodes of one group, however many they name', () => {
    const stage = refused(function* (ctx, request) {
      const some = members.slice(0, 1 + (request.serial % 3));
      yield* ctx.call(some, { type: 'put' });
      return ok(request);
    });
    expect(retriesOf(stage, 30)).toBe(12);
  });

  test('for a list and the name of its group', () => {
    const stage = refused(function* (ctx, request) {
      yield* ctx.call(request.serial % 2 === 0 ? 'db' : members, { type: 'put' });
      return ok(request);
    });
    expect(retriesOf(stage, 30)).toBe(12);
  });

  test('for a pool, whoever is in it', () => {
    let now: readonly NodeId[] = members;
    const pool: Pool = { name: 'found', members: () => now };
    const stage = refused(function* (ctx, request) {
      now = members.slice(request.serial % 3);
      yield* ctx.call(pool, { type: 'put' });
      return ok(request);
    }, 'found');
    expect(retriesOf(stage, 30)).toBe(12);
  });

  test('of its own for a node that `calls:` names', () => {
    const policy = () => bind(retry, { attempts: 10, budget: 0.1, jitter: 'none', wait: 1 });
    const handle: Handle = function* (ctx, request) {
      yield* ctx.call(request.serial % 2 === 0 ? ['db-1'] : ['db-2'], { type: 'put' });
      return ok(request);
    };
    const policies = { db: [policy()], 'db-1': [policy()] };
    const stage = new Stage().add('api', () => serving(handle, {}, {}, policies));
    for (const id of members) {
      stage.add(id, () => answering(1, () => ({ type: 'error', code: 'overloaded' })));
    }
    expect(retriesOf(stage, 30)).toBe(22);
  });
});

describe('a pool', () => {
  function calling(pool: Pool): Stage {
    const handle = function* (ctx: FlowContext) {
      const outcome = yield* ctx.attempt(pool, { type: 'get' });
      return { type: 'got', how: outcome.ok ? 'ok' : outcome.code };
    };
    const stage = new Stage().add('api', () => serving(handle));
    for (const id of members) stage.add(id, () => answering(1, ok));
    return stage;
  }

  test('has the members that it knows at each call', () => {
    let now: readonly NodeId[] = ['db-1', 'db-2'];
    const stage = calling({ name: 'found', members: () => now });
    const asked = (count: number) => {
      stage.sent.length = 0;
      for (let i = 0; i < count; i++) stage.ask('api', { type: 'read' });
      return stage.sent.map(({ to }) => to);
    };
    expect(asked(3)).toEqual(['db-1', 'db-2', 'db-1']);
    now = ['db-1', 'db-2', 'db-3'];
    // The new one has waited longest.
    expect(asked(3)).toEqual(['db-3', 'db-2', 'db-1']);
    now = ['db-2'];
    expect(asked(2)).toEqual(['db-2', 'db-2']);
  });

  test('that is empty fails, and certainly did nothing', () => {
    const stage = calling({ name: 'found', members: () => [] });
    stage.ask('api', { type: 'read' });
    stage.untilQuiet();
    expect(stage.answers().get(1)).toMatchObject({ how: 'node-not-found' });
  });
});

describe('turns', () => {
  test('are the plain order for members that stay, from where the caller begins', () => {
    const turns = new Turns(1);
    const next = () => turns.next(members, members);
    expect([next(), next(), next(), next()]).toEqual(['db-2', 'db-3', 'db-1', 'db-2']);
  });

  test('reach every member of lists that differ from call to call', () => {
    const turns = new Turns(0);
    const got = new Set<string | null>();
    for (let i = 0; i < 8; i++) {
      const list = i % 2 === 0 ? ['a', 'b'] : ['c', 'd'];
      got.add(turns.next(list, list));
    }
    expect([...got].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('are lost by who is passed over', () => {
    const turns = new Turns(0);
    expect(turns.next(members, ['db-2', 'db-3'])).toBe('db-2');
    expect(turns.next(members, members)).toBe('db-3');
    expect(turns.next(members, members)).toBe('db-1');
    expect(turns.next(members, [])).toBe(null);
  });
});
