/** The bulkhead: its places, what waits for them, and what it loses. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, ok } from '../../../../test/support/services.ts';
import { Stage } from '../../../../test/support/stage.ts';
import type { Message } from '../../../sim/node.ts';
import { Bulkhead, bulkheadBugs } from '../../parts/bulkhead.ts';
import type { LimitSpec } from '../../parts/concurrency-limit.ts';
import system, { policy as bulkhead } from './index.ts';

function proxy(params: object, afterMs = 10): Stage {
  const stage = new Stage().addSystem('api', system, { params: { target: ['db-1'], ...params } });
  return stage.add('db-1', () => answering(afterMs, ok));
}

const answersOf = (stage: Stage) =>
  stage.sent
    .filter(({ to }) => to === 'client')
    .map(({ atMs, message }) => {
      const reply = message as unknown as { inReplyTo: number; code?: string };
      return `${reply.inReplyTo} ${reply.code ?? 'ok'} at ${atMs}`;
    });

describe('the places', () => {
  test('one call more than there are places is refused at once', () => {
    const stage = proxy({ most: 2 });
    for (let i = 0; i < 3; i++) stage.ask('api', { type: 'request' });
    stage.until(20);
    stage.ask('api', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual([
      '3 overloaded at 0',
      '1 ok at 12',
      '2 ok at 12',
      '4 ok at 32',
    ]);
  });

  test('calls wait for a place as long as they may, first come first served', () => {
    const stage = proxy({ most: 1, wait: 15, queue: 2 });
    for (let i = 0; i < 4; i++) stage.ask('api', { type: 'request' });
    stage.untilQuiet();
    // The fourth finds the queue full, the third waits in vain.
    expect(answersOf(stage)).toEqual([
      '4 overloaded at 0',
      '1 ok at 12',
      '3 overloaded at 15',
      '2 ok at 24',
    ]);
    expect(stage.measured().filter((row) => row.includes('waits'))).toEqual([
      'api bulkhead-waits 12',
    ]);
  });

  test('one that comes as a place is freed does not overtake those that wait', () => {
    const stage = proxy({ most: 1, wait: 100 });
    stage.ask('api', { type: 'request' });
    stage.ask('api', { type: 'request' });
    stage.at(12, () => void stage.ask('api', { type: 'request' }));
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['1 ok at 12', '2 ok at 24', '3 ok at 36']);
  });

  test('a limit that grows lets in one more than the place that was freed', () => {
    const stage = proxy({ most: 1, limit: 'aimd', wait: 100 });
    for (let i = 0; i < 4; i++) stage.ask('api', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['1 ok at 12', '2 ok at 24', '3 ok at 24', '4 ok at 36']);
  });

  test.each([['tenant'], ['type'], ['path']])('each %s has places of its own', (by) => {
    const stage = proxy({ most: 1, by });
    for (const name of ['a', 'b', 'a']) stage.ask('api', { type: 'request', [by]: name });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['3 overloaded at 0', '1 ok at 12', '2 ok at 12']);
  });

  test('a cancelled call gives its place back', () => {
    const stage = proxy({ most: 1 });
    const id = stage.ask('api', { type: 'request' });
    stage.until(5);
    stage.inject('client', 'api', { type: 'cancel', of: id } as Message);
    stage.ask('api', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['2 ok at 17']);
  });

  test('a limit outside its bounds is refused', () => {
    const refusal = (params: object) =>
      bulkhead.refuse?.({ limit: 'vegas', 'slow-after': 1, tolerance: 1, ...params } as never);
    expect(refusal({})).toBeNull();
    expect(refusal({ most: 10, 'limit-min': 20 })).toContain('is not between');
  });
});

const fixed = (initial: number): LimitSpec => ({
  kind: 'fixed',
  initial,
  min: 1,
  max: Infinity,
  slowAfterMs: Infinity,
  tolerance: 1,
  measureEveryMs: Infinity,
  measureCalls: 1,
  buffer: 0,
});

/** The share that a bulkhead of these places refuses, of calls at this load. */
function refused(places: number, load: number, time: () => number): number {
  const random = fixedRandom(places);
  const machine = new Bulkhead({ limit: fixed(places), queue: 0 });
  const ends: number[] = [];
  const calls = 60_000;
  let lost = 0;
  let now = 0;
  for (let i = 0; i < calls; i++) {
    now += random.exponential(1 / load);
    for (let k = ends.length - 1; k >= 0; k--) {
      if ((ends[k] as number) > now) continue;
      ends.splice(k, 1);
      machine.leave(null, random, now);
    }
    if (machine.enterNew()) ends.push(now + time());
    else lost++;
  }
  return lost / calls;
}

describe("the share of refusals is Erlang's B, whatever the distribution of the times", () => {
  const random = fixedRandom(1);
  const times = {
    constant: () => 1,
    exponential: () => random.exponential(1),
    'one in ten takes long': () => (random.chance(0.1) ? 9.1 : 0.1),
  };
  for (const [name, time] of Object.entries(times)) {
    test.each([
      [10, 0.2146],
      [12, 0.1197],
      [15, 0.0365],
      [20, 0.0019],
    ])(`${name}: of ten offered, %i places lose %f`, (places, lost) => {
      // Four standard deviations of 60 000 calls, three times as wide: losses come together.
      const spread = Math.sqrt((lost * (1 - lost)) / 60_000);
      expect(Math.abs(refused(places, 10, time) - lost)).toBeLessThan(12 * spread);
    });
  }
});

test('policy and node decide alike', () => {
  const trace = Array.from({ length: 300 }, (_, i) => ({
    atMs: Math.floor(i / 3) * 4,
    body: { type: 'request', n: i },
    timeoutMs: 50,
  }));
  for (const params of [
    { most: 5 },
    { most: 5, wait: 10, queue: 3 },
    { limit: 'aimd', 'slow-after': 18 },
    { limit: 'vegas', most: 5 },
    { limit: 'gradient2', 'limit-min': 1, most: 10 },
  ]) {
    const [policy, node] = bothPlaces({
      policy: bulkhead,
      system,
      params,
      trace,
      answer: ok,
      afterMs: 15,
    });
    expect(policy.answers.filter((answer) => answer.includes('overloaded')).length).toBeGreaterThan(
      0,
    );
    expect(node).toEqual(policy);
  }
});

test.each(Object.entries(bulkheadBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/bulkhead/example.yaml',
    node: 'front',
    caughtBy,
  });
});
