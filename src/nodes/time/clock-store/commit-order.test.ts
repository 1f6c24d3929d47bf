/** Two writes, one after the other, by clocks that err: how often their order is reversed. */
import { expect, test } from 'vitest';
import { times } from '../../../../test/support/long.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { Streams } from '../../../sim/kernel/random.ts';
import system from './index.ts';

function cast(orderBy: string, params: object = {}) {
  const members = ['kv1', 'kv2'];
  const stage = new Stage();
  for (const id of members) {
    const given = { 'order-by': orderBy, ...params } as never;
    stage.addSystem(id, system, { params: given, place: { members, group: 'kv' } });
  }
  return stage;
}

const write = (stage: Stage, to: string, value: number) =>
  stage.ask(to, { type: 'write', key: 'x', value });
function read(stage: Stage, at: string, waitMs: number) {
  const asked = stage.ask(at, { type: 'read', key: 'x' });
  stage.step(waitMs);
  return (stage.answers().get(asked) as { value?: unknown } | undefined)?.value;
}

test('without the wait the order of two writes is reversed as often as (2e - gap)^2 / 8e^2', () => {
  const errorMs = 7;
  const pairs = times(600, 2500);
  const reversedShare = (gapMs: number) => {
    const chance = new Streams(1).get(`errors ${gapMs}`);
    let stage = cast('wall').until(100);
    let reversed = 0;
    for (let i = 0; i < pairs; i++) {
      // What was sent is kept, and all of it is looked through for an answer.
      if (i % 25 === 0) stage = cast('wall').until(100);
      // Each of the two is stamped by a clock with an error of its own.
      const right = ['kv1', 'kv2'].map((id) =>
        stage.levers().shapeClock(id, { offsetMs: chance.between(-errorMs, errorMs) }),
      );
      const key = `x${i}`;
      stage.ask('kv1', { type: 'write', key, value: 1 });
      stage.step(gapMs);
      stage.ask('kv2', { type: 'write', key, value: 2 });
      stage.step(3);
      const asked = stage.ask('kv1', { type: 'read', key });
      if ((stage.answers().get(asked) as unknown as { value: number }).value === 1) reversed++;
      for (const release of right) release();
      stage.step(20);
    }
    return reversed / pairs;
  };
  for (const gapMs of [0, 2, 5, 10]) {
    const expected = (2 * errorMs - gapMs) ** 2 / (8 * errorMs ** 2);
    // Two standard errors of a share.
    expect(Math.abs(reversedShare(gapMs) - expected)).toBeLessThan(times(0.041, 0.02));
  }
});

test('with the wait the order of two writes is never reversed, however soon the next one comes', () => {
  const chance = new Streams(1).get('errors');
  let stage = cast('bounded', { epsilon: 7 }).until(100);
  for (let i = 0; i < times(40, 2500); i++) {
    if (i % 25 === 0) stage = cast('bounded', { epsilon: 7 }).until(100);
    const right = ['kv1', 'kv2'].map((id) =>
      stage.levers().shapeClock(id, { offsetMs: chance.between(-7, 7) }),
    );
    write(stage, 'kv1', 2 * i);
    stage.step(14.01);
    write(stage, 'kv2', 2 * i + 1);
    stage.step(30);
    expect(read(stage, 'kv1', 60)).toBe(2 * i + 1);
    for (const release of right) release();
  }
});
