/** Metrics of service level objectives: the share of good events, budget, burn rate and alerts. */
import type { History } from '../../sim/history.ts';
import {
  formatCount,
  formatDurationUs,
  formatMomentUs,
  formatRatio,
  formatShare,
} from '../../sim/units.ts';
import type {
  Facts,
  Measurement,
  Metric,
  MetricUnit,
  Objective,
  ScenarioNames,
  Window,
} from '../checker.ts';
import { type Assessment, assess, countIn, type Firing, spentAt } from './parts/objective.ts';
import { disjoint, windowAt } from './parts/windows.ts';

const named = 'Argument: the name of an objective of `slo:`, needed where there are several. ';

const indicator = metric({
  name: 'sli',
  summary: 'The share of good events of an objective.',
  unit: 'ratio',
  doc:
    'What a good event is, the objective says: an answer, an answer in time, or a slice of time in ' +
    'which enough was answered. One without an answer is later than any.',
  of: ({ objective, events }, windows) => {
    const { bad, all } = countIn(events, windows);
    if (all === 0) return nothing(objective);
    const because = `${formatCount(bad)} of ${formatCount(all)} ${eventWord(objective)} bad`;
    return { value: (all - bad) / all, samples: all, because };
  },
});

const burn = metric({
  name: 'burn',
  summary: 'How fast an objective spends its error budget: 1 spends all of it in its window.',
  unit: 'count',
  doc: 'The share of bad events over what the target allows, of events in the window.',
  of: ({ objective, events }, windows) => {
    const { bad, all } = countIn(events, windows);
    if (all === 0) return nothing(objective);
    const share = bad / all;
    const because = `${formatRatio(share)} bad, and the target allows ${formatShare(1 - objective.target)}`;
    return { value: share / (1 - objective.target), samples: all, because };
  },
});

const budget = metric({
  name: 'budget',
  summary: 'The share of the error budget of an objective that is left.',
  unit: 'ratio',
  doc:
    'At the end of the window: the bad events of the time before it, as long as the window of the ' +
    'objective, over those that the target allows in that time at the mean rate of the run. 0 when ' +
    'it is used up, however far.',
  of: (found, windows) => {
    const { objective, events, allowed, exhaustedAtUs } = found;
    const endUs = windows[windows.length - 1]?.untilUs ?? 0;
    if (events.length === 0) return nothing(objective);
    const spent = spentAt(found, endUs);
    const gone =
      exhaustedAtUs === null || exhaustedAtUs >= endUs
        ? ''
        : `, used up at ${formatMomentUs(exhaustedAtUs)}`;
    const because = `${formatCount(spent)} bad of ${amount(allowed)} allowed in ${formatDurationUs(objective.windowUs)}${gone}`;
    return { value: Math.max(0, 1 - spent / allowed), samples: events.length, because };
  },
});

const alerts = metric({
  name: 'alerts',
  summary: 'How often alerts of an objective began to fire.',
  unit: 'count',
  doc: 'An alert fires while the burn rate of its long and of its short window are both so high.',
  of: ({ objective, events, firings }, windows) => {
    const begun = firings.filter(({ fromUs }) => windowAt(windows, fromUs) !== -1);
    const because = begun.length === 0 ? 'none fired' : firingText(begun[0]!, objective);
    return { value: begun.length, samples: events.length, because };
  },
});

const timeToAlert = metric({
  name: 'time to alert',
  summary: 'The time until an alert of an objective fires.',
  unit: 'ms',
  doc: 'From the start of the window, which a fault may open, to the first moment in it at which one fires. ∞ when none does.',
  overTime: false,
  of: ({ objective, events, firings }, windows) => {
    const fromUs = windows[0]?.fromUs ?? 0;
    const fired = firings
      .filter((firing) =>
        windows.some((one) => firing.fromUs < one.untilUs && one.fromUs < firing.untilUs),
      )
      .map((firing) => ({ firing, atUs: Math.max(firing.fromUs, fromUs) }));
    const [first] = fired;
    const samples = events.length;
    if (first === undefined) return { value: Infinity, samples, because: 'none fired' };
    const because = firingText(first.firing, objective);
    return { value: (first.atUs - fromUs) / 1000, samples, because };
  },
});

const lead = metric({
  name: 'alert lead',
  summary: 'How long before the budget of an objective is used up an alert fires.',
  unit: 'ms',
  doc:
    'From the first alert in the window to the moment at which the budget is used up. 0 when no ' +
    'alert came before; ∞ when one fired and the budget lasted. Without either there was nothing ' +
    'to warn of.',
  overTime: false,
  of: ({ objective, events, firings, exhaustedAtUs }, windows) => {
    const first = firings.find(({ fromUs }) => windowAt(windows, fromUs) !== -1);
    const samples = events.length;
    const gone =
      exhaustedAtUs === null
        ? 'the budget lasted'
        : `the budget was used up at ${formatMomentUs(exhaustedAtUs)}`;
    if (first === undefined) {
      const because = `no alert fired, and ${gone}`;
      return { value: exhaustedAtUs === null ? null : 0, samples, because };
    }
    const because = `${firingText(first, objective)}, ${gone}`;
    const leadUs = (exhaustedAtUs ?? Infinity) - first.fromUs;
    return { value: Math.max(0, leadUs) / 1000, samples, because };
  },
});

interface MetricParts {
  readonly name: string;
  readonly summary: string;
  readonly unit: MetricUnit;
  readonly doc: string;
  readonly overTime?: false;
  of(found: Assessment, windows: readonly Window[]): Measurement;
}

function metric({ of, doc, ...rest }: MetricParts): Metric {
  return {
    ...rest,
    doc: named + doc,
    accepts: ({ objectives = [] }) => objectives,
    refuses: whichOne,
    measure(args, windows, history, facts) {
      const found = assessed(args, history, facts);
      return found === null ? NO_OBJECTIVE : of(found, disjoint(windows));
    },
  };
}

const NO_OBJECTIVE: Measurement = {
  value: null,
  samples: 0,
  because: 'there is no such objective',
};

function whichOne(args: readonly string[], { objectives = [] }: ScenarioNames): string | null {
  if (objectives.length === 0) return 'this scenario has no objective: `slo:` declares them';
  if (args.length > 1) return 'it speaks of one objective at a time';
  return args.length === 0 && objectives.length > 1
    ? `it needs the name of an objective: ${objectives.join(', ')}`
    : null;
}

function assessed(args: readonly string[], history: History, facts: Facts): Assessment | null {
  const { objectives = [] } = facts;
  const [name = objectives[0]?.name] = args;
  const objective = objectives.find((one) => one.name === name);
  return objective === undefined ? null : assess(objective, history, facts);
}

function firingText({ alert, fromUs }: Firing, { alerts: all }: Objective): string {
  const { burn: rate = 0, longUs = 0 } = all[alert] ?? {};
  return `a burn of ${rate} over ${formatDurationUs(longUs)} raised it at ${formatMomentUs(fromUs)}`;
}

function nothing(objective: Objective): Measurement {
  const because = `there were no ${eventWord(objective)} in the window`;
  return { value: null, samples: 0, because };
}

function eventWord({ by }: Objective): string {
  return by === 'requests' ? 'requests' : 'slices of time';
}

/** `14.4`, `1,440`: what is allowed need not be whole. */
function amount(value: number): string {
  return value >= 100 ? formatCount(value) : String(Math.round(value * 10) / 10);
}

export default [indicator, budget, burn, alerts, timeToAlert, lead] satisfies readonly Metric[];
