/** The throttle: what it lets through of what a target accepts. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { ok } from '../../../../test/support/services.ts';
import { Throttle, throttleBugs } from '../../parts/throttle.ts';
import system, { policy as throttle } from './index.ts';

describe('the chance of a refusal', () => {
  const spec = { multiplier: 2, aggression: 1, windowMs: 1000, buckets: 10 };

  test('is that of the book: requests less K accepts, over one more than the requests', () => {
    const machine = new Throttle(spec);
    expect(machine.refusal(0)).toBe(0);
    for (let i = 0; i < 9; i++) {
      const bucket = machine.asked(0);
      if (i < 3) machine.accepted(bucket);
    }
    expect(machine.refusal(0)).toBe((9 - 2 * 3) / 10);
  });

  test('as Envoy has it: K = 1 / .95, and the chance to the power of 1 / aggression', () => {
    const refusalOf = (aggression: number) => {
      const machine = new Throttle({ ...spec, multiplier: 1 / 0.95, aggression });
      for (let i = 0; i < 99; i++) {
        const bucket = machine.asked(0);
        if (i < 38) machine.accepted(bucket);
      }
      return machine.refusal(0);
    };
    // (99 - 38 / .95) / 100 = .59
    expect(refusalOf(1)).toBeCloseTo(0.59, 12);
    expect(refusalOf(2)).toBeCloseTo(Math.sqrt(0.59), 12);
    expect(refusalOf(0.5)).toBeCloseTo(0.59 * 0.59, 12);
  });

  test('forgets what is out of the window, and what is accepted after that', () => {
    const machine = new Throttle(spec);
    const old = machine.asked(0);
    machine.asked(950);
    expect(machine.refusal(999)).toBe(2 / 3);
    expect(machine.refusal(1000)).toBe(1 / 2);
    machine.accepted(old);
    expect(machine.refusal(1000)).toBe(1 / 2);
    expect(machine.refusal(2000)).toBe(0);
  });
});

/** Calls at a rate, to a target that accepts 100 a second; after a minute, for two. */
test.each([
  [2, 200],
  [1.5, 150],
])('K = %f: a target that accepts 100 of 1000 a second gets %i', (multiplier, sent) => {
  const machine = new Throttle({ multiplier, aggression: 1, windowMs: 30_000, buckets: 30 });
  const random = fixedRandom(3);
  let through = 0;
  let tokens = 0;
  for (let ms = 0; ms < 180_000; ms++) {
    // One call and a tenth of an accept each ms; the target saves up no more than ten.
    tokens = Math.min(10, tokens + 0.1);
    const permitted = machine.permits(ms, random);
    const bucket = machine.asked(ms);
    if (!permitted) continue;
    if (ms >= 60_000) through++;
    if (tokens < 1) continue;
    tokens--;
    machine.accepted(bucket);
  }
  expect(Math.abs(through / 120 / sent - 1)).toBeLessThan(0.02);
});

test('policy and node decide alike', () => {
  const [policy, node] = bothPlaces({
    policy: throttle,
    system,
    params: { window: 500, buckets: 10 },
    trace: Array.from({ length: 500 }, (_, i) => ({
      atMs: i * 4,
      body: { type: 'request', n: i },
    })),
    answer: (asked) =>
      (asked['n' as never] as number) % 5 === 0 ? ok(asked) : { type: 'error', code: 'overloaded' },
  });
  // The random streams differ by the names of the nodes' first draws alone: both are `api`.
  expect(policy.calls.length).toBeLessThan(400);
  expect(node).toEqual(policy);
});

test.each(Object.entries(throttleBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/throttle/example.yaml',
    node: 'front',
    caughtBy,
    sets: [
      'clients.load.rate=90/s',
      'clients.load.timeout=10s',
      'faults=[{ at: 10s, for: 5s, pause: web }]',
      'expect=[throttled(front) >= 20 during pause]',
    ],
  });
});
