/** Objectives: budget, burn rate and alerts, against what can be computed by hand. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type HandOperation, handFacts, handHistory } from '../../../test/support/hand-history.ts';
import { loadScenario } from '../../scenarios/host/load.ts';
import { renderDiagnostics } from '../../scenarios/text/diagnostic.ts';
import type { Measurement, Metric, Objective, Window } from '../checker.ts';
import { metrics } from './index.ts';
import { assessEvents, judgedEvents } from './parts/objective.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const monthly: Objective = {
  name: 'visits',
  sli: 'answered',
  withinUs: null,
  of: [],
  target: 0.999,
  windowUs: 30 * DAY,
  by: 'requests',
  sliceUs: SECOND,
  sliceTarget: 0.95,
  alerts: [{ burn: 14.4, longUs: HOUR, shortUs: 5 * MINUTE }],
};

/** Ten events a second for so many hours, all good but a share of those from an hour on. */
function failing(share: number, hours: number) {
  const perSecond = 10;
  const count = hours * 3600 * perSecond;
  const times = Float64Array.from({ length: count }, (_, i) => ((i + 1) * SECOND) / perSecond);
  let owed = 0;
  const bad = Array.from(times, (timeUs) => {
    if (timeUs <= HOUR) return false;
    owed += share;
    if (owed < 1 - 1e-9) return false;
    owed -= 1;
    return true;
  });
  return judgedEvents(times, bad, hours * HOUR);
}

describe('an alert at a burn of 14.4 over an hour, of a target of 99.9%', () => {
  // The share of the hour that may fail before it fires is 14.4 * .001: 3600 s * .0144 = 51.84 s.
  test.each([
    [1, 51.84],
    [0.1, 518.4],
  ])('when %f of all fails it fires after %f s', (share, seconds) => {
    const { firings } = assessEvents(monthly, failing(share, 3));
    const after = ((firings[0]?.fromUs ?? Infinity) - HOUR) / SECOND;
    // Events come every 100 ms, and of a tenth every tenth of them is bad.
    expect(Math.abs(after - seconds)).toBeLessThanOrEqual(0.1 / share);
    expect(firings).toHaveLength(1);
  });

  test('at 1.4% it never fires: that is a burn of 14', () => {
    expect(assessEvents(monthly, failing(0.014, 5)).firings).toEqual([]);
  });

  test('the first failure of a run is no burn without bounds', () => {
    const times = Float64Array.from({ length: 36_000 }, (_, i) => (i * SECOND) / 10);
    const bad = Array.from(times, (_, i) => i === 3);
    expect(assessEvents(monthly, judgedEvents(times, bad, HOUR)).firings).toEqual([]);
  });

  test('without the short window it would fire on long after the failure is over', () => {
    const whole = failing(1, 2);
    // Ten minutes of failure, then an hour without.
    const bad = Array.from(
      whole.timesUs,
      (timeUs) => timeUs > HOUR && timeUs <= HOUR + 10 * MINUTE,
    );
    const events = judgedEvents(whole.timesUs, bad, whole.spanUs);
    const lastOf = (shortUs: number) => {
      const objective = { ...monthly, alerts: [{ burn: 14.4, longUs: HOUR, shortUs }] };
      return (assessEvents(objective, events).firings.at(-1)?.untilUs ?? 0) / MINUTE;
    };
    expect(lastOf(5 * MINUTE)).toBeLessThan(75.1);
    expect(lastOf(HOUR)).toBe(Infinity);
  });
});

describe('the budget', () => {
  test('of 99.9% over 30 days is 43.2 minutes of the mean load', () => {
    const found = assessEvents(monthly, failing(1, 2));
    expect(found.allowed / 10 / 60).toBeCloseTo(43.2, 6);
    expect((found.exhaustedAtUs ?? 0) / MINUTE).toBeCloseTo(60 + 43.2, 2);
  });

  test('rolls: what is older than the window is forgotten', () => {
    const quarter = { ...monthly, target: 0.9, windowUs: HOUR };
    // Of 36 000 events of an hour 3 600 may fail: 5 of 100 never are as many.
    expect(assessEvents(quarter, failing(0.05, 5)).exhaustedAtUs).toBeNull();
    expect(assessEvents(quarter, failing(0.11, 5)).exhaustedAtUs).not.toBeNull();
  });
});

function measure(
  name: string,
  operations: readonly HandOperation[],
  objective: Partial<Objective> = {},
  windows: readonly Window[] = [{ fromUs: 0, untilUs: 10 * SECOND }],
  args: readonly string[] = [],
): Measurement {
  const metric = metrics.get(name) as Metric;
  const own = { ...monthly, target: 0.9, windowUs: 10 * SECOND, alerts: [], ...objective };
  return metric.measure(args, windows, handHistory(operations), handFacts({ objectives: [own] }));
}

/** 100 operations, one every 100 ms from 50 ms on, of which these differ. */
function hundred(different: (i: number) => Partial<HandOperation> | null): HandOperation[] {
  return Array.from({ length: 100 }, (_, i) => ({ at: i * 100 + 50, ...different(i) }));
}

const refused = { error: 'overloaded' } as const;

describe('what is good', () => {
  test('an answer, also a meaningful no; with `ok` only what took effect', () => {
    const operations = hundred((i) =>
      i < 10 ? refused : i < 20 ? { error: 'precondition-failed' } : null,
    );
    expect(measure('sli', operations).value).toBe(0.9);
    expect(measure('sli', operations, { sli: 'ok' }).value).toBe(0.8);
  });

  test('in time: one without an answer is later than any, whatever it took', () => {
    const operations = hundred((i) =>
      i < 5 ? { took: 30 } : i < 8 ? { outcome: 'info', error: 'timeout', took: 10 } : null,
    );
    expect(measure('sli', operations, { withinUs: 20_000 }).value).toBe(0.92);
    expect(measure('sli', operations, { withinUs: 30_000 }).value).toBe(0.97);
  });

  test('a request to a node that is down counts, unlike in `availability`', () => {
    const down = { down: [{ node: 'kv-1', fromUs: 0, untilUs: SECOND }] };
    const history = handHistory(hundred((i) => (i < 10 ? refused : null)));
    const objectives = [{ ...monthly, target: 0.9 }];
    const facts = handFacts({ objectives, ...down });
    const whole = [{ fromUs: 0, untilUs: 10 * SECOND }];
    expect(metrics.get('sli')?.measure([], whole, history, facts).value).toBe(0.9);
    expect(metrics.get('availability')?.measure([], whole, history, facts).value).toBe(1);
  });

  test('by request and by time differ when the load is uneven', () => {
    // In the first second 900 requests, half of them bad; in each other one 10 good ones.
    const operations = [
      ...Array.from({ length: 900 }, (_, i) => ({
        at: i + 0.5,
        took: 0.1,
        ...(i % 2 === 0 ? refused : {}),
      })),
      ...Array.from({ length: 90 }, (_, i) => ({ at: 1050 + i * 99, took: 0.1 })),
    ];
    expect(measure('sli', operations).value).toBeCloseTo(540 / 990, 12);
    expect(measure('sli', operations, { by: 'time' }).value).toBe(0.9);
    expect(measure('sli', operations, { by: 'time', sliceTarget: 0.5 }).value).toBe(1);
  });

  test('a slice in which nothing ended is neither good nor bad', () => {
    const operations = hundred((i) => (i < 10 ? refused : null)).filter(({ at }) => at < 5000);
    expect(measure('sli', operations, { by: 'time' })).toMatchObject({ value: 0.8, samples: 5 });
  });

  test('only what the objective is about', () => {
    const operations = hundred((i) => (i % 2 === 0 ? { ...refused, f: 'write' } : null));
    expect(measure('sli', operations, { of: ['read'] }).value).toBe(1);
    expect(measure('sli', operations, { of: ['write'] }).value).toBe(0);
  });
});

describe('in windows', () => {
  const operations = hundred((i) => (i >= 40 && i < 50 ? refused : null));
  const from = (fromS: number, untilS: number) => [
    { fromUs: fromS * SECOND, untilUs: untilS * SECOND },
  ];

  test('the burn rate is the share of failures over what may fail', () => {
    expect(measure('burn', operations, {}, from(4, 5)).value).toBeCloseTo(10, 12);
    expect(measure('burn', operations, {}, from(0, 10)).value).toBeCloseTo(1, 12);
    expect(measure('burn', operations, {}, from(5, 10)).value).toBe(0);
  });

  test('the budget is what is left when they end', () => {
    expect(measure('budget', operations, {}, from(0, 4)).value).toBe(1);
    expect(measure('budget', operations, {}, from(0, 4.5)).value).toBeCloseTo(0.5, 12);
    const gone = measure('budget', operations, {}, from(0, 10));
    expect(gone.value).toBe(0);
    expect(gone.because).toContain('10 bad of 10 allowed in 10s, used up at 4.951s');
  });

  const alerts = [{ burn: 5, longUs: SECOND, shortUs: SECOND / 10 }];

  test('an alert has a lead over the end of the budget, unless it comes too late', () => {
    // Burn 5 is half of a second: the fifth failure, at 4.451 s; the tenth uses the budget up.
    const lead = measure('alert lead', operations, { alerts });
    expect([lead.value, lead.because]).toEqual([
      500,
      'a burn of 5 over 1s raised it at 4.451s, the budget was used up at 4.951s',
    ]);
    const late = [{ burn: 1, longUs: 10 * SECOND, shortUs: 10 * SECOND }];
    expect(measure('alert lead', operations, { alerts: late }).value).toBe(0);
    expect(measure('alert lead', operations, { alerts: [] }).value).toBe(0);
    expect(measure('alert lead', operations, { alerts: [], target: 0.8 }).value).toBeNull();
    expect(
      measure('alert lead', operations, {
        alerts: [{ burn: 2, longUs: SECOND, shortUs: SECOND }],
        target: 0.8,
      }).value,
    ).toBe(Infinity);
  });

  test('the time to an alert begins with the window; ∞ without one', () => {
    expect(measure('time to alert', operations, { alerts }, from(4, 5)).value).toBeCloseTo(451, 9);
    expect(measure('time to alert', operations, { alerts }, from(4.5, 5)).value).toBe(0);
    expect(measure('time to alert', operations, { alerts }, from(6, 10)).value).toBe(Infinity);
    expect(measure('alerts', operations, { alerts }, from(0, 4)).value).toBe(0);
    expect(measure('alerts', operations, { alerts }).value).toBe(1);
  });

  test('of nothing there is nothing to say', () => {
    for (const name of ['sli', 'burn', 'budget']) expect(measure(name, []).value).toBeNull();
  });
});

test('a scenario without objectives, or an argument too few, is refused', async () => {
  const cwd = resolve(import.meta.dirname, '../../..');
  const problems = async (...sets: readonly string[]) => {
    const { diagnostics } = await loadScenario('scenarios/error-budget.yaml', { cwd, sets });
    return renderDiagnostics(diagnostics, { subject: 'x' });
  };
  expect(await problems('slo=', 'show=', 'expect=[budget > 0%]')).toContain(
    'this scenario has no objective: `slo:` declares them',
  );
  const two = ['slo.other={ target: 90% }', 'show='];
  expect(await problems(...two, 'expect=[budget > 0%]')).toContain(
    'it needs the name of an objective: visits, other',
  );
  expect(await problems(...two, "expect=['budget(visits, other) > 0%']")).toContain(
    'one objective at a time',
  );
  expect(await problems('show=', 'expect=[budget(vists) > 0%]')).toContain('did you mean `visits`');
  expect(await problems(...two, "expect=['budget(other) > 0%', felt]")).toBe('');
});
