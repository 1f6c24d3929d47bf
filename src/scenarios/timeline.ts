/**
 * The picture over time of the end-of-run screen: availability by side, latency, leaders, in equal
 * cells.
 */
import type { Facts } from '../checks/checker.ts';
import { nearestRank } from '../checks/metrics/latency.ts';
import { elections } from '../checks/metrics/leaders.ts';
import { isAnswered, LiveNodes } from '../checks/metrics/request.ts';
import type { History, Operation } from '../sim/history.ts';
import type { NodeId } from '../sim/node.ts';
import type { AvailabilityCell, Timeline } from './result.ts';
import type { Scenario } from './scenario.ts';

const CELLS = 48;

/** One row of availability while it is counted. */
interface Row {
  readonly name: string;
  /** null: all nodes. */
  readonly nodes: ReadonlySet<NodeId> | null;
  readonly cells: { asked: number; answered: number }[];
}

/**
 * 48 cells over the duration. A request counts in the cell of its invocation, by the definition of
 * availability; a latency in the cell in which the operation ended ok. A side has its nodes for the
 * whole run, so that its row shows them before and after the fault too.
 */
export function timelineOf(_scenario: Scenario, history: History, facts: Facts): Timeline {
  const { durationUs } = facts;
  const cellOf = (atUs: number) => Math.floor((atUs * CELLS) / durationUs);
  const rows = rowsOf(facts);
  const live = new LiveNodes(facts.down);
  const latenciesUs: number[][] = Array.from({ length: CELLS }, () => []);
  for (const operation of history) {
    const { invokedAtUs, completedAtUs, outcome } = operation;
    if (invokedAtUs >= durationUs) break;
    if (live.isRequest(operation)) count(rows, operation, cellOf(invokedAtUs));
    if (outcome !== 'ok' || completedAtUs >= durationUs) continue;
    latenciesUs[cellOf(completedAtUs)]?.push(completedAtUs - invokedAtUs);
  }
  return {
    fromUs: 0,
    untilUs: durationUs,
    cells: CELLS,
    availability: rows.map(({ name, cells }) => ({ name, cells: cells as AvailabilityCell[] })),
    latencyMs: latenciesUs.map((cell) =>
      cell.length === 0 ? null : nearestRank(Float64Array.from(cell), 0.99) / 1000,
    ),
    leaders: elections(facts)
      .filter(({ atUs }) => atUs < durationUs)
      .map(({ node, term, atUs }) => ({ node, term, atUs })),
  };
}

/**
 * `all`, then the sides of each fault; named after their fault too where several faults made sides.
 */
function rowsOf(facts: Facts): readonly Row[] {
  const cells = () => Array.from({ length: CELLS }, () => ({ asked: 0, answered: 0 }));
  const rows: Row[] = [{ name: 'all', nodes: null, cells: cells() }];
  const faults = facts.faults.filter(({ sides }) => sides.length > 0);
  for (const { name: fault, sides } of faults) {
    for (const side of sides) {
      const name = faults.length === 1 ? side.name : `${fault} ${side.name}`;
      rows.push({ name, nodes: new Set(side.nodes), cells: cells() });
    }
  }
  return rows;
}

function count(rows: readonly Row[], operation: Operation, cell: number): void {
  const answered = isAnswered(operation) ? 1 : 0;
  for (const { nodes, cells } of rows) {
    const at = cells[cell];
    if (at === undefined) continue;
    if (nodes !== null && (operation.node === null || !nodes.has(operation.node))) continue;
    at.asked++;
    at.answered += answered;
  }
}
