/** Time servers by hand, and each mistake that is caught by who knows the true time. */
import { describe, expect, test } from 'vitest';
import { brokenIn, measuredIn, runLaidOver } from '../../../../test/support/laid-over.ts';
import { fastLink, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import system from './index.ts';

const exact = { offsetUs: 0, driftPpm: 0 };

/** A reference, and a member that asks it over a path of 40 ms there and 10 ms back. */
function pair(params: object = {}, bug?: string, clock = exact): Stage {
  const link = (from: string) => ({ ...fastLink, latency: constant(from === 'm' ? 40 : 10) });
  const stage = new Stage({ link });
  stage.addSystem('ref', system, { params: { error: 0 } as never });
  const given = { source: ['ref'], ...params } as never;
  return stage.addSystem('m', system, { params: given, clock, ...(bug ? { bug } : {}) });
}

const now = (stage: Stage, at: string) => {
  const asked = stage.ask(at, { type: 'now' });
  return stage.answers().get(asked) as never as {
    readonly value: number & { readonly earliest: number; readonly latest: number };
    readonly code?: string;
  };
};

test('a reference trusts its own clock, and says how wrong it may be', () => {
  const stage = new Stage().addSystem('ref', system, { params: { error: 2 } as never }).until(100);
  expect(now(stage, 'ref').value).toEqual({ earliest: 98, latest: 102 });
});

test('a member knows nothing before the first answer, and errs by half of the asymmetry after it', () => {
  const stage = pair({ drift: 0 }).until(49);
  expect(now(stage, 'm').code).toBe('temporarily-unavailable');
  stage.until(100);
  // Half of 40 - 10 ms ahead; and 25 ms to both sides, which hold the true time.
  expect(now(stage, 'm').value).toEqual({ earliest: 90, latest: 140 });
  const unaware = pair({ drift: 0 }, 'error-ignores-delay').until(100);
  expect(now(unaware, 'm').value).toEqual({ earliest: 115, latest: 115 });
});

test('a clock that is far off is set at once, and one that is a little off is slewed', () => {
  const shown = (offsetMs: number) => {
    const clock = { offsetUs: offsetMs * 1000, driftPpm: 0 };
    const stage = pair({ answer: 'time', drift: 0 }, undefined, clock).until(10_050);
    return { off: now(stage, 'm').value - 10_050, notes: stage.notes };
  };
  const far = shown(5000);
  expect(far.off).toBeCloseTo(15, 3);
  expect(far.notes.join()).toContain('steps clock');
  const near = shown(65);
  // 500 millionths of 10 s are 5 ms, of the 50 ms to go.
  expect(near.off).toBeCloseTo(60, 2);
  expect(near.notes).toEqual([]);
});

test('answers to an earlier life, or to an earlier question, mean nothing', () => {
  const stage = pair({ drift: 0 }).until(100);
  const old = stage.sent.find(({ message }) => message.type === 'tell-time');
  if (old === undefined) throw new Error('no answer was sent');
  stage.crash('m').boot('m').step(20);
  stage.again(old);
  expect(now(stage, 'm').code).toBe('temporarily-unavailable');
  stage.step(50);
  stage.again(old);
  expect(now(stage, 'm').value.latest - stage.nowMs).toBeCloseTo(40, 3);
});

test('a third level knows the error of all levels above it', () => {
  const stage = new Stage();
  stage.addSystem('one', system, { params: { error: 3 } as never });
  stage.addSystem('two', system, { params: { source: ['one'], drift: 0 } as never });
  stage.addSystem('three', system, { params: { source: ['two'], drift: 0 } as never });
  stage.until(5000);
  // Each level adds half of a round trip of 2 ms.
  const { earliest, latest } = now(stage, 'three').value;
  expect([earliest, latest].map((ms) => Math.round(ms - 5000))).toEqual([-5, 5]);
});

describe('in a run', () => {
  const example = 'src/nodes/time/time-server/example.yaml';

  test('the error is a saw-tooth from 1 to 7 ms', { timeout: 30_000 }, async () => {
    const file = 'scenarios/synced-clocks.yaml';
    const errors = measuredIn(await runLaidOver({ file, sets: ['duration=81s'] }), 'epsilon');
    const ends = [Math.min(...errors), Math.max(...errors)];
    // The reference's .5 ms and half of a round trip of .4 to 1 ms; then 6 ms in 30 s.
    expect(ends[0]).toBeGreaterThan(0.7);
    expect(ends[0]).toBeLessThan(1.1);
    expect(ends[1]).toBeGreaterThan(6.7);
    expect(ends[1]).toBeLessThan(7.1);
  });

  test.each([
    ['epsilon-ignores-age', []],
    ['error-ignores-delay', ['faults=[{ at: 0s, latency: { extra: 20ms, nodes: m, to: ref } }]']],
    ['trusts-any-server', []],
  ])('%s is caught by true-time', { timeout: 30_000 }, async (bug, sets) => {
    const all = [...sets, 'expect=[true-time]'];
    expect(await brokenIn({ file: example, sets: all })).toEqual([]);
    const found = await brokenIn({ file: example, sets: [...all, `nodes.m.bug=${bug}`] });
    expect(found).toEqual(['true-time']);
  });
});
