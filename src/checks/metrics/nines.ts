/** Availability in nines, with the downtime that they allow. */
import type { History } from '../../sim/history.ts';
import { formatDurationUs, formatRatio } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import availability from './availability.ts';

/** A year of 365.25 days, a month of a twelfth of it. */
const DAY_US = 86_400_000_000;
const YEAR_US = 365.25 * DAY_US;

const nines: Metric = {
  name: 'nines',
  summary: 'Availability in whole nines: three for 99.9%.',
  unit: 'count',
  doc:
    'Arguments: a side, node, group, load or operation. The nines of `availability`, as far as the ' +
    'number of requests can show them: when all of n were answered, up to 3 of n might not have ' +
    'been (the rule of three). The report says how much downtime such an availability allows.',
  overTime: false,
  accepts: (names) => availabilityMetric.accepts(names),
  measure,
};

const availabilityMetric = availability.find(({ name }) => name === 'availability') as Metric;

function measure(
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const found = availabilityMetric.measure(args, windows, history, facts);
  const { value, samples } = found;
  if (value === null || samples === 0) return found;
  const down = value === 1 ? Math.min(1, 3 / samples) : 1 - value;
  const shown = value === 1 ? `all of ${samples} answered` : formatRatio(value);
  return { value: ninesOf(down), samples, because: `${shown}: ${allowed(down)}` };
}

/** The whole nines of an unavailability: .001 has three. */
export function ninesOf(down: number): number {
  let count = 0;
  // A little more, since 1 - .999 is a little more than a thousandth in binary.
  for (let bound = 0.1; down <= bound * (1 + 1e-9) && count < 12; bound /= 10) count++;
  return count;
}

/** The chance that at least `need` of the parts are up, if they fail independently. */
export function availabilityOf(parts: readonly number[], need: number): number {
  // By how many are up: the chance, for the parts looked at so far.
  let chances = [1];
  for (const up of parts) {
    chances = [...chances, 0].map((chance, i) => chance * (1 - up) + (chances[i - 1] ?? 0) * up);
  }
  return chances.slice(need).reduce((sum, chance) => sum + chance, 0);
}

/** What a year, a month, a week and a day may be down. */
export function allowed(down: number): string {
  const spans = [
    ['year', YEAR_US],
    ['month', YEAR_US / 12],
    ['week', 7 * DAY_US],
    ['day', DAY_US],
  ] as const;
  const each = spans.map(([name, us]) => `${hours(down * us)} a ${name}`);
  return `down for ${each.join(', ')}`;
}

function hours(us: number): string {
  return us < 7_200_000_000 ? formatDurationUs(us) : `${(us / 3_600_000_000).toFixed(2)}h`;
}

export default nines;
