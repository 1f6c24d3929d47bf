/**
 * The picture over time of the end-of-run screen: availability by side, latency, leaders, in equal
 * cells.
 */
import type { Facts } from '../../checks/checker.ts';
import { reigns } from '../../checks/metrics/leaders.ts';
import {
  isAnswered,
  LiveNodes,
  latencyOfUs,
  patience,
} from '../../checks/metrics/parts/request.ts';
import type { History, Operation } from '../../sim/history.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import type { NodeId } from '../../sim/node.ts';
import type { Timeline } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { seriesOf } from './series.ts';

/** Of the timeline that a result carries: the last column of a screen 80 wide. */
export const TIMELINE_CELLS = 48;

interface Stretch {
  readonly fromUs: number;
  readonly nodes: ReadonlySet<NodeId>;
}

/** One row of availability while it is counted. */
interface Row {
  readonly name: string;
  /** Who is in it from when on, in order; before that the first. null: all nodes. */
  readonly stretches: readonly Stretch[] | null;
  readonly cells: { asked: number; answered: number }[];
  readonly whole: { asked: number; answered: number };
}

/**
 * Equal cells over the duration. A request counts in the cell of its invocation, by the definition
 * of availability; a latency in the cell in which the operation ended, without an answer as slower
 * than any. The row of a side shows its nodes before and after the fault too; of several faults
 * with such a side, those of the last one that struck.
 */
export function timelineOf(
  { show = [] }: Scenario,
  history: History,
  facts: Facts,
  cells = TIMELINE_CELLS,
): Timeline {
  const { durationUs } = facts;
  const cellOf = (atUs: number) => Math.floor((atUs * cells) / durationUs);
  const rows = rowsOf(facts, cells);
  const live = new LiveNodes(facts.down);
  const waits = patience(facts);
  const latenciesUs: number[][] = Array.from({ length: cells }, () => []);
  for (const operation of history) {
    const { invokedAtUs, endedAtUs } = operation;
    if (invokedAtUs >= durationUs) break;
    if (live.isRequest(operation)) {
      const isLate = invokedAtUs >= durationUs - (waits.get(operation.load) ?? 0);
      count(rows, operation, cellOf(invokedAtUs), isLate ? null : durationUs);
    }
    const latencyUs = latencyOfUs(operation);
    if (latencyUs !== null && endedAtUs < durationUs)
      latenciesUs[cellOf(endedAtUs)]?.push(latencyUs);
  }
  return {
    fromUs: 0,
    untilUs: durationUs,
    cells,
    availability: rows.map(({ name, cells, whole }) => ({ name, cells, whole })),
    latencyMs: latenciesUs.map((cell) =>
      cell.length === 0 ? null : nearestRank(Float64Array.from(cell), 0.99) / 1000,
    ),
    series: seriesOf(show, cells, history, facts),
    leaders: reigns(facts)
      .filter(({ atUs }) => atUs < durationUs)
      .map(({ node, term, atUs, untilUs }) => ({
        node,
        term,
        atUs,
        untilUs: untilUs === Infinity ? null : untilUs,
      })),
  };
}

/** `all`, then one row for each name of a side. */
function rowsOf(facts: Facts, length: number): readonly Row[] {
  const none = () => ({ asked: 0, answered: 0 });
  const cells = () => Array.from({ length }, none);
  const sides = new Map<string, Stretch[]>();
  const struck = facts.faults.filter(({ injectedAtUs }) => injectedAtUs !== null);
  struck.sort((a, b) => (a.injectedAtUs ?? 0) - (b.injectedAtUs ?? 0));
  for (const { sides: named, injectedAtUs } of struck) {
    for (const { name, nodes } of named) {
      const stretch = { fromUs: injectedAtUs ?? 0, nodes: new Set(nodes) };
      sides.set(name, [...(sides.get(name) ?? []), stretch]);
    }
  }
  return [
    { name: 'all', stretches: null, cells: cells(), whole: none() },
    ...[...sides].map(([name, stretches]) => {
      return { name, stretches, cells: cells(), whole: none() };
    }),
  ];
}

/** `untilUs`: by when an answer counts in the whole; null if one might still come later. */
function count(
  rows: readonly Row[],
  operation: Operation,
  cell: number,
  untilUs: number | null,
): void {
  const answered = isAnswered(operation) ? 1 : 0;
  for (const { stretches, cells, whole } of rows) {
    const at = cells[cell];
    if (at === undefined) continue;
    if (stretches !== null && !isOn(stretches, operation)) continue;
    at.asked++;
    at.answered += answered;
    if (untilUs === null) continue;
    whole.asked++;
    if (operation.completedAtUs <= untilUs) whole.answered += answered;
  }
}

function isOn(stretches: readonly Stretch[], { node, invokedAtUs }: Operation): boolean {
  if (node === null) return false;
  let now = stretches[0];
  for (const stretch of stretches) if (stretch.fromUs <= invokedAtUs) now = stretch;
  return now?.nodes.has(node) ?? false;
}
