/** What became of an objective, for the screen and for JSON. */
import type { Facts, Objective } from '../../checks/checker.ts';
import { allowed as allowedDowntime } from '../../checks/metrics/nines.ts';
import { assess, spentAt } from '../../checks/metrics/parts/objective.ts';
import type { History } from '../../sim/history.ts';
import type { Promised } from '../result.ts';

export function promiseOf(objective: Objective, history: History, facts: Facts): Promised {
  const found = assess(objective, history, facts);
  const { events, allowed, exhaustedAtUs, firings } = found;
  const { length } = events;
  const bad = events.badBefore[length] ?? 0;
  const down = 1 - objective.target;
  return {
    objective,
    events: length,
    bad,
    sli: length === 0 ? null : (length - bad) / length,
    burn: length === 0 ? null : bad / length / down,
    allowed,
    left: length === 0 ? null : 1 - spentAt(found, facts.durationUs) / allowed,
    exhaustedAtUs,
    downtime: allowedDowntime(down),
    firings: firings.map(({ alert, fromUs, untilUs }) => {
      const { burn = 0, longUs = 0 } = objective.alerts[alert] ?? {};
      return { burn, longUs, fromUs, untilUs: untilUs === Infinity ? null : untilUs };
    }),
  };
}
