// Trees of flows side by side, cancelled, caught and forked, against a model by recursion, at random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Flow, FlowContext } from '../../../src/sim/call.ts';
import { times } from '../../support/long.ts';
import { echo, serving } from '../../support/services.ts';
import { Stage } from '../../support/stage.ts';
import { FlowsModel, isAccepted, type Tree } from './flows-model.ts';

type Say = (text: string) => void;

function* run(ctx: FlowContext, tree: Tree, say: Say): Flow<number> {
  switch (tree.kind) {
    case 'nap':
      yield* ctx.sleep(tree.us / 1000);
      return tree.us;
    case 'fail':
      yield* ctx.sleep(tree.us / 1000);
      throw new Error('failed');
    case 'say':
      say(tree.text);
      return 0;
    case 'seq': {
      let value = 0;
      for (const part of tree.parts) value = yield* run(ctx, part, say);
      return value;
    }
    case 'all': {
      const values = yield* ctx.all(tree.parts.map((part) => run(ctx, part, say)));
      return values.reduce((sum, value) => sum + value, 0);
    }
    case 'race': {
      const parts = tree.parts.map((part) => run(ctx, part, say));
      return yield* tree.accepts ? ctx.race(parts, isAccepted) : ctx.race(parts);
    }
    case 'finally':
      try {
        return yield* run(ctx, tree.body, say);
      } finally {
        say(tree.text);
      }
    case 'catch':
      try {
        return yield* run(ctx, tree.body, say);
      } catch {
        say('caught');
        return -1;
      }
    case 'fork': {
      const fork = ctx.fork(run(ctx, tree.body, say));
      yield* ctx.sleep(tree.thenUs / 1000);
      if (tree.cancels) fork.cancel();
      return tree.thenUs;
    }
  }
}

function real(tree: Tree, crashAtUs: number): string[] {
  const lines: string[] = [];
  const stage = new Stage();
  const say = (text: string) => void lines.push(`${stage.world.now} ${text}`);
  let boots = 0;
  function* start(ctx: FlowContext): Flow {
    if (boots++ === 0) yield* run(ctx, tree, say);
  }
  stage.add('api', () => serving(echo, {}, { start }));
  stage.at(crashAtUs / 1000, () => stage.crash('api').boot('api'));
  stage.until(1e6);
  return lines;
}

/** A shape that comes so much more often than a nap. */
function weighed<T>(weight: number, shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record<T>(shape) };
}

const us = fc.integer({ min: 1, max: 40_000 });
const text = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const { tree } = fc.letrec<{ tree: Tree; part: Tree; safe: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'max', depthIdentifier: 'tree', withCrossShrink: true },
    fc.record({ kind: fc.constant('nap' as const), us }),
    weighed(4, { kind: fc.constant('say' as const), text }),
    fc.record({ kind: fc.constant('fail' as const), us }),
    weighed(3, {
      kind: fc.constant('seq' as const),
      parts: fc.array(tie('tree'), { minLength: 1, maxLength: 4, depthIdentifier: 'tree' }),
    }),
    weighed(3, {
      kind: fc.constant('all' as const),
      parts: fc.array(tie('part'), { minLength: 1, maxLength: 4, depthIdentifier: 'tree' }),
    }),
    weighed(3, {
      kind: fc.constant('race' as const),
      parts: fc.array(tie('part'), { minLength: 1, maxLength: 4, depthIdentifier: 'tree' }),
      accepts: fc.boolean(),
    }),
    weighed(3, { kind: fc.constant('finally' as const), body: tie('tree'), text }),
    fc.record({ kind: fc.constant('catch' as const), body: tie('tree') }),
    weighed(2, {
      kind: fc.constant('fork' as const),
      body: tie('safe'),
      thenUs: us,
      cancels: fc.boolean(),
    }),
  ),
  // What stands side by side begins with a nap: which of two comes first at the very start is no
  // promise.
  part: fc
    .tuple(us, tie('tree'))
    .map(([nap, rest]): Tree => ({ kind: 'seq', parts: [{ kind: 'nap', us: nap }, rest] })),
  // Nobody waits for a fork, so an error that escapes it ends the run.
  safe: tie('part').map((body): Tree => ({ kind: 'catch', body })),
}));

test('flows side by side do what the model by recursion says', () => {
  let said = 0;
  const runs = times(1000, 60_000);
  const rooted = fc
    .array(tree, { minLength: 1, maxLength: 4 })
    .map((parts): Tree => ({ kind: 'catch', body: { kind: 'seq', parts } }));
  const crash = fc.integer({ min: 1, max: 60 }).map((steps) => steps * 10_007);
  fc.assert(
    fc.property(rooted, crash, (given, crashAtUs) => {
      const model = new FlowsModel();
      const expected = model.lines(given);
      if (model.tied || model.endsAt(crashAtUs)) return;
      const before = expected.filter((line) => Number(line.split(' ')[0]) < crashAtUs);
      said += before.length;
      expect(real(given, crashAtUs)).toEqual(before);
    }),
    { seed: 53, numRuns: runs },
  );
  expect(said).toBeGreaterThan(2 * runs);
});
