/**
 * Names of metrics that no list has: what kinds of the scenario measure. `p99 lag` is the measure
 * `lag`, summed up by `p99`.
 */
import type { Metric } from '../../checks/checker.ts';
import { measuredMetric, sortOf, WAYS } from '../../checks/metrics/parts/measured.ts';
import type { Measure } from '../../sim/measure.ts';
import { measuresOf } from '../declared.ts';
import type { GroupSpec } from '../scenario.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';

export type MeasuredLookup =
  | { readonly metric: Metric }
  | { readonly problem: string; readonly note: string; readonly help: string | null };

/** A measure with the group that reports it. */
interface Reported {
  readonly group: GroupSpec;
  readonly measure: Measure;
}

/** The names of all measures of a scenario, for suggestions. */
export function measureNames(groups: readonly GroupSpec[]): readonly string[] {
  return [...new Set(groups.flatMap((group) => Object.keys(measuresOf(group))))];
}

/**
 * The metric that a name and its arguments mean; null when no kind of the scenario measures the
 * last word of the name. `bare` sums up a sample or gauge that stands alone; null: it must not.
 */
export function findMeasured(
  text: string,
  args: readonly string[],
  groups: readonly GroupSpec[],
  bare: string | null = null,
): MeasuredLookup | null {
  const cut = text.lastIndexOf(' ');
  const name = text.slice(cut + 1);
  const written = cut === -1 ? '' : text.slice(0, cut);
  const all = groups.flatMap((group): Reported[] => {
    const measures = measuresOf(group);
    const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
    return measure === undefined ? [] : [{ group, measure }];
  });
  const named = all.filter(({ group }) => {
    return args.some((arg) => arg === group.name || group.nodes.includes(arg));
  });
  const meant = named.length > 0 ? named : all;
  const [first] = meant;
  if (first === undefined) return null;
  const other = meant.find(({ measure }) => !isAlike(measure, first.measure));
  if (other !== undefined) return conflict(name, first, other);
  const sort = sortOf(first.measure);
  const needsWay = written === '' && !WAYS[sort].includes('');
  const way = needsWay ? (bare ?? '') : written;
  if (!WAYS[sort].includes(way)) return noWay(name, way, WAYS[sort]);
  const labels = labelsOf(first.measure, groups);
  const reporting = meant.map(({ group }) => ({ name: group.name, nodes: group.nodes }));
  const spec = { way, name, measure: first.measure, groups: reporting, labels };
  return { metric: measuredMetric(spec) };
}

function isAlike(a: Measure, b: Measure): boolean {
  if (sortOf(a) !== sortOf(b) || unitText(a) !== unitText(b)) return false;
  return !('ratio' in a) || ('ratio' in b && a.ratio.join() === b.ratio.join());
}

function unitText(measure: Measure): string {
  if ('ratio' in measure) return measure.unit ?? 'ratio';
  return measure.sort === 'count' ? 'count' : measure.unit;
}

function conflict(name: string, one: Reported, other: Reported): MeasuredLookup {
  const say = ({ group, measure }: Reported) =>
    `of ${group.name} it is a ${sortOf(measure)} in ${unitText(measure)}`;
  return {
    problem: `${quote(name)} is two different measures here`,
    note: `${say(one)}, ${say(other)}`,
    help: `name the group: ${quote(`${name}(${one.group.name})`)}`,
  };
}

function noWay(name: string, way: string, ways: readonly string[]): MeasuredLookup {
  const written = ways.map((one) => (one === '' ? name : `${one} ${name}`));
  const problem =
    way === ''
      ? `${quote(name)} has many values: say how to sum them up`
      : `${quote(name)} cannot be summed up by ${quote(way)}`;
  const near = way === '' ? null : didYouMean(way, ways);
  return { problem, note: `there is ${listNames(written)}`, help: near };
}

/** What of a measure can be asked for: its own labels, else what has a name in the scenario. */
function labelsOf(measure: Measure, groups: readonly GroupSpec[]): readonly string[] {
  if ('ratio' in measure) return [];
  return measure.of ?? groups.flatMap(({ name, nodes }) => [name, ...nodes]);
}
