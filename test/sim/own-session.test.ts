// Calls in sessions of the node's own: each carries one call at a time, and belongs to one life.

import { describe, expect, test } from 'vitest';
import crash from '../../src/faults/crash.ts';
import register from '../../src/interfaces/register.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { bodyOf, type FlowContext } from '../../src/sim/call.ts';
import { constant } from '../../src/sim/distribution.ts';
import { defineParams } from '../../src/sim/params.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { serve } from '../../src/sim/service.ts';
import { defineSystem } from '../../src/sim/system.ts';
import { raftUnder } from '../support/raft-scenario.ts';
import { answering, type Handle, ok, serving } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

const identities = (stage: Stage) =>
  stage.sent
    .filter(({ to }) => to === 'db-1')
    .map(({ message }) => `${(message as Request).session} ${(message as Request).serial}`);

const own: Handle = function* (ctx, request) {
  yield* ctx.call('db-1', { type: 'put' }, { session: 'own' });
  return ok(request);
};

describe('the session', () => {
  function world(handle: Handle): Stage {
    const stage = new Stage().add('api', () => serving(handle));
    return stage.add('db-1', () => answering(5, ok));
  }

  test('counts calls that follow each other', () => {
    const stage = world(own);
    for (let i = 0; i < 3; i++) {
      stage.ask('api', { type: 'write' });
      stage.untilQuiet();
    }
    expect(identities(stage)).toEqual(['api 1', 'api 2', 'api 3']);
  });

  test('carries one call at a time: calls side by side have sessions of their own', () => {
    const stage = world(function* (ctx, request) {
      const call = () => ctx.call('db-1', { type: 'put' }, { session: 'own' });
      yield* ctx.all([call(), call(), call()]);
      yield* call();
      return ok(request);
    });
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(identities(stage)).toEqual(['api 1', 'api/2 1', 'api/3 1', 'api/3 2']);
  });

  test('is free again when its call times out or is cancelled', () => {
    const stage = world(function* (ctx, request) {
      const late = () => ctx.attempt('db-1', { type: 'put' }, { session: 'own', timeoutMs: 2 });
      yield* late();
      yield* ctx.race([ctx.sleep(1), late()]);
      yield* late();
      return ok(request);
    });
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(identities(stage)).toEqual(['api 1', 'api 2', 'api 3']);
  });

  test('is another in each life, for the calls of the node itself too', () => {
    const start = (ctx: FlowContext) => ctx.call('db-1', { type: 'hello' }) as never;
    const stage = new Stage()
      .add('api', () => serving(own, {}, { start }))
      .add('db-1', () => answering(5, ok));
    stage.until(20);
    stage.crash('api');
    stage.boot('api');
    stage.until(40);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(identities(stage)).toEqual(['api 1', 'api#2 1', 'api#2 2']);
  });
});

/** Passes requests on to `kv` in sessions of its own. */
const front = defineSystem({
  name: 'front',
  title: 'Front',
  summary: 'Passes requests on in a session of its own.',
  sources: [],
  answers: [register],
  claims: [],
  params: defineParams({}),
  bugs: {},
  invariants: [],
  create: (_params, place) =>
    serve(
      {
        *handle(ctx, request) {
          return yield* ctx.call('kv', bodyOf(request), { session: 'own' });
        },
      },
      place,
    ),
});

test('a store that drops repeats believes the second life of a service', () => {
  const scenario = raftUnder([], { seconds: 4, pinned: ['front', 'front', 'front'] });
  const [group] = scenario.groups;
  const behind: Scenario = {
    ...scenario,
    groups: [
      ...scenario.groups,
      {
        ...group!,
        name: 'front',
        kind: 'front',
        system: front,
        params: {},
        nodes: ['front'],
        regions: [null],
        disk: { sync: constant(0) },
      },
    ],
    loads: scenario.loads.map((load) => ({ ...load, target: 'front', targets: ['front'] })),
    faults: [
      {
        name: 'crash',
        fault: crash,
        params: { nodes: 'front' },
        of: ['front'],
        atUs: 2_000_000,
        forUs: 200_000,
        position: null,
      },
    ],
  };
  const { history } = simulate(behind);
  const late = history.filter(({ f, invokedAtUs }) => f === 'write' && invokedAtUs > 2_300_000);
  expect(late.length).toBeGreaterThan(30);
  expect(late.filter(({ outcome }) => outcome === 'ok').length / late.length).toBeGreaterThan(0.95);
});
