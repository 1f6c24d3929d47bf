/** A store without a protocol: right on one node, and wrong in every way that others prevent. */
import { describe, expect, test } from 'vitest';
import { brokenIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { told } from '../../../../test/support/told.ts';
import system from './index.ts';

function cast(members: readonly string[], diskMs = 0): Stage {
  const stage = new Stage({ diskMs });
  for (const id of members) stage.addSystem(id, system, { place: { members } });
  return stage;
}

function ask(stage: Stage, to: string, body: object, ms = 20): unknown {
  const id = stage.ask(to, body as never);
  stage.step(ms);
  return told(stage, id);
}

const write = (value: number) => ({ type: 'write', key: 'x', value });
const read = { type: 'read', key: 'x' };
const cas = (from: number, to: number) => ({ type: 'cas', key: 'x', from, to });

describe('alone', () => {
  test('it answers reads, writes and compare-and-sets', () => {
    const stage = cast(['a']);
    const asked = [read, write(1), read, cas(1, 2), cas(1, 3), read, { type: 'unheard-of' }];
    expect(asked.map((body) => ask(stage, 'a', body))).toEqual([
      ...[null, 'write_ok', 1, 'cas_ok', 'precondition-failed', 2, 'not-supported'],
    ]);
  });

  test('what it acknowledged survives a crash, and nothing else', () => {
    const stage = cast(['a'], 10);
    ask(stage, 'a', write(1));
    const lost = stage.ask('a', write(2) as never);
    stage.step(5);
    stage.crash('a').boot('a').step(20);
    expect([told(stage, lost), ask(stage, 'a', read)]).toEqual(['silence', 1]);
  });
});

describe('with others', () => {
  test('a write is answered at once, and goes to all', () => {
    const stage = cast(['a', 'b', 'c']);
    const written = stage.ask('a', write(1) as never);
    stage.step(0);
    expect(told(stage, written)).toBe('write_ok');
    stage.step(20);
    expect(['b', 'c'].map((at) => ask(stage, at, read))).toEqual([1, 1]);
  });

  test('two writes at a time leave two values forever', () => {
    const stage = cast(['a', 'b']);
    stage.ask('a', write(1) as never);
    stage.ask('b', write(2) as never);
    stage.step(10_000);
    expect(['a', 'b'].map((at) => ask(stage, at, read))).toEqual([2, 1]);
  });

  test('what is lost on its way never comes', () => {
    const stage = cast(['a', 'b']);
    const heal = stage.levers().cut('a', 'b');
    ask(stage, 'a', write(1));
    heal();
    stage.step(10_000);
    expect(['a', 'b'].map((at) => ask(stage, at, read))).toEqual([1, null]);
  });
});

test('the gallery scenario shows what a protocol buys, and what it costs', async () => {
  const file = 'scenarios/no-protocol.yaml';
  expect(await brokenIn({ file })).toEqual([]);
  expect(await brokenIn({ file, sets: ['expect=[eventual]'] })).toEqual(['eventual']);
  expect(await brokenIn({ file, sets: ['expect=[converged]'] })).toEqual(['converged']);
});
