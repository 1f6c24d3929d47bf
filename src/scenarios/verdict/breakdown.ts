/**
 * Why a metric violates its expectation: at which nodes, by which errors, when, and which node
 * stands out in what it measured of itself. A number alone does not say where to look.
 */
import type { Facts, Metric, Window } from '../../checks/checker.ts';
import { isAnswered } from '../../checks/metrics/parts/request.ts';
import { Scope } from '../../checks/metrics/parts/scope.ts';
import { disjoint, WindowCursor } from '../../checks/metrics/parts/windows.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { MeasuredSeries } from '../../sim/measure.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatMeasured } from '../../sim/units.ts';
import type { Breakdown } from '../result.ts';
import type { Expectation, Scenario } from '../scenario.ts';

/** With more nodes than this, measuring each alone would take longer than the run. */
const NODES_MAX = 64;
const PLACES_MAX = 6;
const ERRORS_MAX = 4;
const OUTLIERS_MAX = 4;
/** Parts of the windows, of which the worst few are named. */
const PARTS = 20;
/**
 * A stretch is named where it has this share of what failed, and is no more than a quarter as long.
 */
const SHARE = 0.5;
/** A node stands out with this many times what any other of its kind has. */
const OUTLIER_RATIO = 3;

type MetricExpectation = Expectation & { readonly kind: 'metric' };

/** The breakdown of a metric that was measured in these windows. */
export function breakdownOf(
  expectation: MetricExpectation,
  windows: readonly Window[],
  { groups }: Scenario,
  history: History,
  facts: Facts,
): Breakdown {
  const { text, metric, args } = expectation;
  const nodes = facts.groups.flatMap((group) => group.nodes);
  const failed = failures(metric, args, windows, history, facts);
  return {
    text,
    places: places(expectation, nodes, windows, history, facts),
    errors: errorsOf(failed),
    failed: failed.length,
    worst: worstStretch(failed, windows),
    outliers: outliers(groups, windows, facts),
  };
}

// --- By node -----------------------------------------------------------------------------------

/** The metric at each node alone, the worst first; empty where it knows no nodes. */
function places(
  { metric, args, comparison }: MetricExpectation,
  nodes: readonly NodeId[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): Breakdown['places'] {
  if (nodes.length > NODES_MAX) return [];
  const known = new Set(metric.accepts(namesOf(facts, nodes)));
  const groups = new Set(facts.groups.map(({ name }) => name));
  const named = args.filter((arg) => nodes.includes(arg) || groups.has(arg));
  const rest = args.filter((arg) => !named.includes(arg));
  const within = new Set(
    named.flatMap((arg) => facts.groups.find(({ name }) => name === arg)?.nodes ?? [arg]),
  );
  const asked = nodes.filter((node) => known.has(node) && (named.length === 0 || within.has(node)));
  const found = asked.flatMap((node) => {
    const { value, samples } = metric.measure([...rest, node], windows, history, facts);
    return value === null || Number.isNaN(value) ? [] : [{ node, value, samples }];
  });
  if (found.length < 2) return [];
  const lowIsBad = comparison === '>' || comparison === '>=';
  found.sort((a, b) => (a.value === b.value ? 0 : a.value < b.value === lowIsBad ? -1 : 1));
  return found.slice(0, PLACES_MAX).map(({ node, value, samples }) => ({
    node,
    measured: formatMeasured(value, metric.unit),
    samples,
  }));
}

function namesOf(facts: Facts, nodes: readonly NodeId[]) {
  return {
    groups: facts.groups.map(({ name }) => name),
    nodes,
    loads: facts.loads.map(({ name }) => name),
    faults: facts.faults.map(({ name }) => name),
    faultKinds: facts.faults.map(({ kind }) => kind),
    operations: [],
    sides: [],
  };
}

// --- By error ----------------------------------------------------------------------------------

/** Requests in the windows that had no answer; none for a metric that is not about requests. */
function failures(
  metric: Metric,
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): readonly Operation[] {
  const loads = facts.loads.map(({ name }) => name);
  const isOfRequests = metric
    .accepts({ ...namesOf(facts, []), loads })
    .some((name) => loads.includes(name));
  if (!isOfRequests) return [];
  const parts = disjoint(windows);
  const scope = new Scope(args, parts, facts);
  const cursor = new WindowCursor(parts);
  return history.filter((operation) => {
    const window = cursor.find(operation.invokedAtUs);
    if (window === -1 || operation.recorded === true || isAnswered(operation)) return false;
    return scope.includes(operation, window);
  });
}

function errorsOf(failed: readonly Operation[]): Breakdown['errors'] {
  const counts = new Map<string, Map<string, number>>();
  for (const { error, node } of failed) {
    const name = error ?? 'never answered';
    const at = counts.get(name) ?? new Map<string, number>();
    counts.set(name, at.set(node ?? '', (at.get(node ?? '') ?? 0) + 1));
  }
  return [...counts]
    .map(([error, at]) => {
      const [most] = [...at].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
      const count = [...at.values()].reduce((sum, each) => sum + each, 0);
      const node = most === undefined || most[0] === '' ? null : most[0];
      return { error, count, node, atNode: most?.[1] ?? 0 };
    })
    .sort((a, b) => b.count - a.count || (a.error < b.error ? -1 : 1))
    .slice(0, ERRORS_MAX);
}

// --- By time -----------------------------------------------------------------------------------

/** The shortest stretch of parts that has at least half of what failed; null if they are spread. */
function worstStretch(
  failed: readonly Operation[],
  windows: readonly Window[],
): Breakdown['worst'] {
  const first = windows[0];
  const last = windows.at(-1);
  if (first === undefined || last === undefined || failed.length < 2) return null;
  const spanUs = last.untilUs - first.fromUs;
  const counts = new Array<number>(PARTS).fill(0);
  for (const { invokedAtUs } of failed) {
    const part = Math.min(PARTS - 1, Math.floor(((invokedAtUs - first.fromUs) * PARTS) / spanUs));
    counts[part] = (counts[part] ?? 0) + 1;
  }
  for (let length = 1; length * 4 <= PARTS; length++) {
    let best = { from: 0, count: -1 };
    for (let from = 0; from + length <= PARTS; from++) {
      const count = counts.slice(from, from + length).reduce((sum, each) => sum + each, 0);
      if (count > best.count) best = { from, count };
    }
    if (best.count < SHARE * failed.length) continue;
    const edgeUs = (part: number) => first.fromUs + Math.floor((part * spanUs) / PARTS);
    return { fromUs: edgeUs(best.from), untilUs: edgeUs(best.from + length), count: best.count };
  }
  return null;
}

// --- By what nodes measured --------------------------------------------------------------------

/** Nodes that measured far more of something than any other of their kind. */
function outliers(
  groups: Scenario['groups'],
  windows: readonly Window[],
  { measured }: Facts,
): Breakdown['outliers'] {
  const kinds = new Map<string, { nodes: NodeId[]; group: Scenario['groups'][number] }>();
  for (const group of groups) {
    const known = kinds.get(group.kind) ?? { nodes: [], group };
    // Not spread: a group may have a million, which is more than a call takes.
    for (const node of group.nodes) known.nodes.push(node);
    kinds.set(group.kind, known);
  }
  const found = [...kinds.values()].flatMap(({ nodes, group }) => {
    if (nodes.length < 2) return [];
    const members = new Set(nodes);
    return Object.entries(group.system.measures ?? {}).flatMap(([name, measure]) => {
      if ('ratio' in measure) return [];
      const own = new Map<NodeId, MeasuredSeries[]>();
      for (const series of measured.series) {
        if (series.name !== name || !members.has(series.node)) continue;
        const known = own.get(series.node);
        if (known === undefined) own.set(series.node, [series]);
        else known.push(series);
      }
      const means = nodes.map((node) => ({
        node,
        value: meanOf(own.get(node) ?? [], measure.sort === 'count', windows),
      }));
      means.sort((a, b) => b.value - a.value);
      const [most, next] = means;
      if (most === undefined || next === undefined || most.value <= 0) return [];
      const ratio = next.value === 0 ? Infinity : most.value / next.value;
      if (ratio < OUTLIER_RATIO) return [];
      const unit = measure.sort === 'count' ? 'count' : measure.unit;
      const shown = (value: number) => formatMeasured(value, unit);
      const least = means.at(-1)?.value ?? 0;
      const others =
        least === next.value ? shown(least) : `${shown(least)} to ${shown(next.value)}`;
      return [{ node: most.node, measure: name, measured: shown(most.value), others, ratio }];
    });
  });
  return found
    .sort((a, b) => (a.ratio === b.ratio ? 0 : b.ratio - a.ratio))
    .slice(0, OUTLIERS_MAX)
    .map(({ ratio: _ratio, ...outlier }) => outlier);
}

/** The mean of the values in the windows, or their sum. */
function meanOf(
  series: readonly MeasuredSeries[],
  sums: boolean,
  windows: readonly Window[],
): number {
  let sum = 0;
  let count = 0;
  for (const { timesUs, values, length } of series) {
    for (let i = 0; i < length; i++) {
      const atUs = timesUs[i] ?? 0;
      const value = values[i] ?? Number.NaN;
      if (Number.isNaN(value) || !windows.some((w) => w.fromUs <= atUs && atUs < w.untilUs))
        continue;
      sum += value;
      count++;
    }
  }
  return sums || count === 0 ? sum : sum / count;
}
