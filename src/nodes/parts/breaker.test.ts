/** The breaker as a state machine: the boundary cases of libraries, and what can be computed. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { type PresetName, presetNames, presets } from '../traffic/breaker/presets.ts';
import { Breaker, type BreakerBug, type BreakerSpec, REFUSED } from './breaker.ts';
import type { HealthNews } from './target-health.ts';

const plain: BreakerSpec = {
  ...presets.resilience4j,
  window: { kind: 'count', calls: 10 },
  minimum: 10,
  openForMs: 1000,
  probes: 3,
};

class Driven {
  nowMs = 0;
  readonly changes: string[] = [];
  readonly breaker: Breaker;
  private readonly random = fixedRandom(7);

  constructor(spec: Partial<BreakerSpec> = {}, bug: BreakerBug | null = null) {
    this.breaker = new Breaker(
      { ...plain, ...spec },
      ({ state, calls, failures }) => {
        this.changes.push(`${this.nowMs} ${state} ${failures}/${calls}`);
      },
      bug,
    );
  }

  permit(): number {
    return this.breaker.permit(this.nowMs, this.random);
  }

  end(permit: number, news: HealthNews, tookMs = 1): this {
    this.breaker.ended(permit, this.nowMs, news, tookMs, this.random);
    return this;
  }

  /** A call that ends at once; whether it went through. */
  call(news: HealthNews, tookMs = 1): boolean {
    const permit = this.permit();
    if (permit === REFUSED) return false;
    this.end(permit, news, tookMs);
    return true;
  }

  calls(news: HealthNews, count: number): this {
    for (let i = 0; i < count; i++) this.call(news);
    return this;
  }

  after(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  get state(): string {
    return this.breaker.state;
  }

  /** Open by ten failures, and over the open time. */
  probing(): this {
    return this.calls('failure', 10).after(1000);
  }
}

describe('the boundary cases', () => {
  test.each([
    ['at-least', 'open'],
    ['more-than', 'closed'],
  ] as const)('1. exactly the threshold, compared by %s: %s', (compare, state) => {
    const driven = new Driven({ compare });
    driven.calls('success', 5).calls('failure', 5);
    expect(driven.state).toBe(state);
  });

  test('1. exactly half of 100 opens resilience4j and Polly, and not opossum', () => {
    const states = (['resilience4j', 'polly', 'opossum'] as const).map((name) => {
      const { minimum, compare, evaluate } = presets[name];
      const window = { kind: 'count', calls: 100 } as const;
      const driven = new Driven({ minimum: Math.max(100, minimum), compare, evaluate, window });
      return driven.calls('success', 50).calls('failure', 50).state;
    });
    expect(states).toEqual(['open', 'open', 'closed']);
  });

  test('2. below the minimum nothing opens, even when all fail', () => {
    const driven = new Driven().calls('failure', 9);
    expect(driven.state).toBe('closed');
    expect(driven.calls('failure', 1).state).toBe('open');
  });

  test('2. a window of fewer calls than the minimum opens when it is full', () => {
    expect(new Driven({ minimum: 100 }).calls('failure', 10).state).toBe('open');
  });

  test('3. half-open the minimum is that of the probes, if they are fewer', () => {
    const driven = new Driven().probing().calls('success', 2);
    expect(driven.state).toBe('half-open');
    expect(driven.calls('success', 1).state).toBe('closed');
    const few = new Driven({ minimum: 2 });
    few.probing().calls('success', 2);
    expect(few.state).toBe('closed');
  });

  test.each([
    ['any', 'open'],
    ['failure', 'closed'],
  ] as const)(
    '4. a success that lifts the count to the minimum, evaluated on %s: %s',
    (evaluate, state) => {
      const driven = new Driven({ minimum: 3, evaluate });
      driven.calls('failure', 2).calls('success', 1);
      expect(driven.state).toBe(state);
    },
  );

  test('5. buckets expire by time: a pause forgets what was before it', () => {
    const window = { kind: 'time', ms: 1000, buckets: 10 } as const;
    const opensAfterPause = (bug: BreakerBug | null) => {
      const driven = new Driven({ window, minimum: 5 }, bug).calls('failure', 4).after(60_000);
      return driven.calls('success', 2).calls('failure', 1).state;
    };
    expect(opensAfterPause(null)).toBe('closed');
    expect(opensAfterPause('stale-buckets')).toBe('open');
  });

  test('6. half-open, more calls than probes are refused', () => {
    const driven = new Driven().probing();
    const permits = Array.from({ length: 5 }, () => driven.permit());
    expect(permits.map((permit) => permit !== REFUSED)).toEqual([true, true, true, false, false]);
    const open = new Driven({}, 'open-gate').probing();
    expect(Array.from({ length: 5 }, () => open.permit())).not.toContain(REFUSED);
    expect(open.breaker.probesInFlight).toBe(5);
  });

  test('7. late results of an earlier state are dropped', () => {
    const driven = new Driven();
    const [late, later] = [driven.permit(), driven.permit()];
    driven.probing().permit();
    driven.end(late, 'failure').end(later, 'success');
    expect([driven.state, driven.breaker.probesInFlight]).toEqual(['half-open', 1]);
    driven.calls('success', 2);
    expect(driven.state).toBe('half-open');
  });

  test('8. failures that come together open once', () => {
    const run = (bug: BreakerBug | null) => {
      const driven = new Driven({}, bug);
      const permits = Array.from({ length: 12 }, () => driven.permit());
      for (const permit of permits) driven.end(permit, 'failure');
      driven.after(1000).call('success');
      return driven.changes;
    };
    expect(run(null)).toEqual(['0 open 10/10', '1000 half-open 0/0']);
    expect(run('double-open')).toEqual(['0 open 10/10']);
  });

  test.each(['all', 'first', 'in-a-row'] as const)(
    '9. by the rule %s a failed probe opens again, whatever the rate is',
    (probeRule) => {
      const driven = new Driven({ probeRule, threshold: 1 }).probing();
      expect(driven.calls('failure', 1).state).toBe('open');
      expect(driven.changes.at(-1)).toBe('1000 open 1/1');
    },
  );

  test('10. a probe that never ends holds it half-open forever, unless that is bounded', () => {
    const stuck = new Driven({ probes: 1 }).probing();
    stuck.permit();
    expect(stuck.after(1e9).call('success')).toBe(false);
    const bounded = new Driven({ probes: 1, halfOpenForMs: 500 }).probing();
    bounded.permit();
    expect(bounded.after(500).call('success')).toBe(false);
    expect(bounded.state).toBe('open');
    expect(bounded.after(1000).call('success')).toBe(true);
    expect(bounded.state).toBe('closed');
  });

  test('10. a probe that is cancelled gives its permit back', () => {
    const run = (bug: BreakerBug | null) => {
      const driven = new Driven({ probes: 1 }, bug).probing();
      driven.end(driven.permit(), 'none');
      return driven.call('success');
    };
    expect(run(null)).toBe(true);
    expect(run('leaky-probe')).toBe(false);
  });

  test('11. a hang counts when its timeout ends it, not before', () => {
    // 100 calls a second that hang for 1 s each: the tenth ends after 1090 ms.
    const driven = new Driven();
    const begun: number[] = [];
    let let_through = 0;
    for (let ms = 0; ms < 2000; ms += 10) {
      driven.nowMs = ms;
      if (ms >= 1000) driven.end(begun[(ms - 1000) / 10] ?? REFUSED, 'failure', 1000);
      const permit = driven.permit();
      begun.push(permit);
      if (permit !== REFUSED) let_through++;
    }
    expect(driven.changes).toEqual(['1090 open 10/10']);
    // Rate times timeout hang, and those of the window.
    expect(let_through).toBe(109);
  });

  test('12. without a call the open state is shown long after its time; a look ends it', () => {
    const driven = new Driven().probing();
    expect(driven.after(1e6).state).toBe('open');
    driven.breaker.look(driven.nowMs, fixedRandom(1));
    expect(driven.state).toBe('half-open');
  });

  test('13. with jitter, 500 callers do not probe in step', () => {
    const moments = (openJitter: number) =>
      Array.from({ length: 500 }, (_, i) => {
        const breaker = new Breaker({ ...plain, openJitter }, () => {});
        const random = fixedRandom(i);
        for (let k = 0; k < 10; k++) {
          breaker.ended(breaker.permit(0, random), 0, 'failure', 1, random);
        }
        return breaker.openUntilMs;
      });
    expect(new Set(moments(0)).size).toBe(1);
    const spread = moments(0.5);
    const inBucket = (from: number) => spread.filter((ms) => ms >= from && ms < from + 50).length;
    // 50 in each 50 ms, with a standard deviation of 6.7.
    for (let from = 500; from < 1000; from += 50)
      expect(Math.abs(inBucket(from) - 50)).toBeLessThan(27);
  });
});

describe('what else opens and closes it', () => {
  test('failures in a row', () => {
    const driven = new Driven({ threshold: Infinity, consecutive: 3 });
    driven.calls('failure', 2).calls('success', 1).calls('failure', 2);
    expect(driven.state).toBe('closed');
    expect(driven.calls('failure', 1).state).toBe('open');
  });

  test('slow calls, though they succeed; the slow threshold itself opens', () => {
    const driven = new Driven({ slowAfterMs: 100, slowThreshold: 0.8 });
    for (let i = 0; i < 10; i++) driven.call('success', i < 8 ? 101 : 100);
    expect(driven.state).toBe('open');
    const quick = new Driven({ slowAfterMs: 100, slowThreshold: 0.8 });
    for (let i = 0; i < 10; i++) quick.call('success', i < 7 ? 101 : 100);
    expect(quick.state).toBe('closed');
  });

  test('slow probes open it again, though they succeed', () => {
    const state = (slow: number) => {
      const driven = new Driven({ slowAfterMs: 100, slowThreshold: 0.6 }).probing();
      for (let i = 0; i < 3; i++) driven.call('success', i < slow ? 101 : 100);
      return driven.state;
    };
    expect([state(1), state(2)]).toEqual(['closed', 'open']);
  });

  test('no news counts neither way', () => {
    const driven = new Driven().calls('none', 50).calls('failure', 9);
    expect(driven.state).toBe('closed');
  });

  test('the open time grows with each failed probe up to its most, and begins anew', () => {
    const driven = new Driven({ probes: 1, openFactor: 2, openMaxMs: 3000 }).calls('failure', 10);
    for (const ms of [1000, 2000, 3000, 3000]) {
      expect(driven.after(ms - 1).call('failure')).toBe(false);
      expect(driven.after(1).call('failure')).toBe(true);
    }
    driven.after(3000).call('success');
    expect(driven.state).toBe('closed');
    driven.probing();
    expect(driven.call('success')).toBe(true);
  });

  test('a share of the calls, half-open, until the probes are in', () => {
    const driven = new Driven({ probeShare: 0.25, probes: 100, minimum: 100 });
    driven.calls('failure', 100).after(1000);
    let through = 0;
    let asked = 0;
    while (driven.state !== 'closed') {
      asked++;
      if (driven.call('success')) through++;
    }
    expect(through).toBe(100);
    // 400 asked on average, with a standard deviation of 35.
    expect(Math.abs(asked - 400)).toBeLessThan(140);
  });

  test('one at a time, as many successes in a row as there are probes', () => {
    const driven = new Driven({ probeRule: 'in-a-row' }).probing();
    const first = driven.permit();
    expect(driven.permit()).toBe(REFUSED);
    driven.end(first, 'success').calls('success', 1);
    expect(driven.state).toBe('half-open');
    expect(driven.calls('success', 1).state).toBe('closed');
  });

  test('it may be held open or closed', () => {
    expect(new Driven({ force: 'open' }).after(1e9).call('success')).toBe(false);
    expect(new Driven({ force: 'closed' }).calls('failure', 1000).state).toBe('closed');
  });
});

/** Calls at a rate: 100 s that succeed, then an outage; how many it lets through, and when it opens. */
function outage(spec: BreakerSpec, perSecond: number, seconds: number) {
  let openedAtMs = 0;
  let nowMs = 0;
  const breaker = new Breaker(spec, ({ state, again }) => {
    if (state === 'open' && !again) openedAtMs = nowMs - 100_000;
  });
  const random = fixedRandom(1);
  const call = (news: HealthNews): boolean => {
    const permit = breaker.permit(nowMs, random);
    if (permit !== REFUSED) breaker.ended(permit, nowMs, news, 0, random);
    return permit !== REFUSED;
  };
  const stepMs = 1000 / perSecond;
  for (let i = 0; i < 100 * perSecond; i++) {
    nowMs = i * stepMs;
    call('success');
  }
  let through = 0;
  for (let i = 0; i < seconds * perSecond; i++) {
    nowMs = 100_000 + i * stepMs;
    if (call('failure')) through++;
  }
  return { through, openedAtMs };
}

describe('an outage after a window full of successes', () => {
  test.each([
    [10, 4900],
    [1000, 49],
  ])('a window of calls opens at the 50th failure: at %i/s after %i ms', (rate, ms) => {
    expect(outage(presets.resilience4j, rate, 10).openedAtMs).toBe(ms);
  });

  /** Half of 10 s, a tenth of 30 s; less up to a bucket. */
  test.each([
    ['hystrix', 5000, 1000],
    ['polly', 3000, 3000],
  ] as const)(
    'a window of time opens after the threshold times its length, whatever the rate: %s',
    (name, ms, bucket) => {
      for (const rate of [20, 100, 1000]) {
        const { openedAtMs } = outage(presets[name], rate, 10);
        expect(openedAtMs).toBeLessThanOrEqual(ms + 500);
        expect(openedAtMs).toBeGreaterThanOrEqual(ms - bucket);
      }
    },
  );

  /** What goes through in 200 s at 100/s. A snapshot of Hystrix may cost it one probe. */
  test.each([
    ['resilience4j', 80, 0],
    ['hystrix', 539, 1],
    ['opossum', 507, 0],
    ['polly', 317, 0],
  ] as const)('%s lets %i calls through', (name, calls, within) => {
    const { through } = outage(presets[name], 100, 200);
    expect(Math.abs(through - calls)).toBeLessThanOrEqual(within);
  });

  test('Hystrix opens late, by its snapshots', () => {
    const { openedAtMs } = outage({ ...presets.hystrix, snapshotMs: 2000 }, 100, 10);
    expect(openedAtMs).toBe(6000);
  });

  test.each(presetNames.map((name) => [name]))('%s opens, and closes again', (name: PresetName) => {
    const driven = new Driven({ ...presets[name] });
    for (let i = 0; i < 1000 && driven.state === 'closed'; i++) driven.after(1).call('failure');
    expect(driven.state).toBe('open');
    for (let i = 0; i < 20 && driven.state !== 'closed'; i++) {
      driven.after(presets[name].openForMs).calls('success', 10);
    }
    expect(driven.state).toBe('closed');
  });
});

describe('chance', () => {
  test('ten probes at a failure share of half close it in 386 of 1024 cases', () => {
    const random = fixedRandom(11);
    const trials = 20_000;
    let closed = 0;
    for (let trial = 0; trial < trials; trial++) {
      const driven = new Driven({ probes: 10 }).probing();
      for (let i = 0; i < 10; i++) driven.call(random.chance(0.5) ? 'failure' : 'success');
      if (driven.state === 'closed') closed++;
    }
    // .377 with a standard deviation of .0034.
    expect(Math.abs(closed / trials - 386 / 1024)).toBeLessThan(0.0137);
  });

  /** Mean calls until independent failures of 30% open a window of 10 at half: of 34.7 and 82.7. */
  test.each([
    ['at-least', 34.7],
    ['more-than', 82.7],
  ] as const)('false trips, compared by %s: after %f calls', (compare, calls) => {
    const random = fixedRandom(13);
    const trials = 20_000;
    let sum = 0;
    for (let trial = 0; trial < trials; trial++) {
      const driven = new Driven({ compare });
      while (driven.call(random.chance(0.3) ? 'failure' : 'success')) sum++;
    }
    // The spread of one trial is about its mean: .7% of it for so many.
    expect(Math.abs(sum / trials / calls - 1)).toBeLessThan(0.03);
  });
});
