/**
 * Mermaid pictures of what a check found: a cycle of dependencies as a flowchart, and operations
 * over time as a Gantt chart with a section for each process. Both hold within Mermaid's own limit
 * of characters, since a witness is small.
 */
import { namedOperations } from './anomalies.ts';
import { entity, escapeText } from './mermaid.ts';
import type { Anomaly, CheckResult, Operation } from './result-parts.ts';

const INDENT = '  ';
const EDGES_MAX = 100;
const OPERATIONS_MAX = 60;

/** The text of an operation. */
export type Tell = (operation: Operation) => string;

/**
 * A diagram with a line break at its end: the first cycle, else the operations over time; null
 * where the check names no operation.
 */
export function renderCheckDiagram(
  check: CheckResult,
  history: readonly Operation[],
  title: string,
  tell: Tell,
): string | null {
  const cycle = check.anomalies?.find(({ edges }) => edges.length > 0);
  if (cycle !== undefined) return renderCycle(cycle, history, title, tell);
  const operations = namedOperations(check, history);
  return operations.length === 0 ? null : renderGantt(operations, title, tell);
}

/** One anomaly's operations as boxes, its edges as arrows with their kinds. */
export function renderCycle(
  { name, edges }: Anomaly,
  history: readonly Operation[],
  title: string,
  tell: Tell,
): string {
  const shown = edges.slice(0, EDGES_MAX);
  const indices = [...new Set(shown.flatMap(({ from, to }) => [from, to]))];
  const boxOf = (index: number): string => {
    const operation = history[index];
    const text = operation === undefined ? '' : ` ${tell(operation)}`;
    return `${INDENT}n${index}["${label(`#${index}${text}`)}"]`;
  };
  return `${[
    'flowchart LR',
    `${INDENT}%% ${comment(`${title}: ${name}`)}`,
    ...indices.map(boxOf),
    ...shown.map(({ from, to, kind }) => `${INDENT}n${from} -->|"${label(kind)}"| n${to}`),
  ].join('\n')}\n`;
}

/**
 * Operations as bars. The axis is ordinal, as that of the picture in text: what decides is which
 * operations overlap and which precede.
 */
export function renderGantt(operations: readonly Operation[], title: string, tell: Tell): string {
  const shown = operations.slice(-OPERATIONS_MAX);
  const moments = [
    ...new Set(shown.flatMap(({ invokedAtUs, completedAtUs }) => [invokedAtUs, completedAtUs])),
  ].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  const placeOf = (atUs: number): number => moments.indexOf(atUs) + 1;
  const processes = new Map<number, Operation[]>();
  for (const operation of shown) {
    processes.set(operation.process, [...(processes.get(operation.process) ?? []), operation]);
  }
  const lines = [...processes.values()].flatMap((own) => [
    `${INDENT}section ${label(own[0]?.client ?? '')}`,
    ...own.map((operation) => {
      const { index, invokedAtUs, completedAtUs, outcome } = operation;
      const mark = outcome === 'ok' ? '' : 'crit, ';
      const from = placeOf(invokedAtUs);
      const until = Math.max(from + 1, placeOf(completedAtUs));
      return `${INDENT}${label(`#${index} ${tell(operation)}`)} :${mark}${from}, ${until}`;
    }),
  ]);
  return `${[
    'gantt',
    `${INDENT}%% ${comment(title)}`,
    `${INDENT}dateFormat x`,
    `${INDENT}axisFormat %L`,
    ...lines,
  ].join('\n')}\n`;
}

/**
 * Besides what every diagram takes amiss: quotes and breaks of labels, and the separators of Gantt
 * tasks.
 */
function label(text: string): string {
  return escapeText(text.replace(/[\r\n]+/g, ' ')).replace(/[":,|`\\]/g, entity);
}

function comment(text: string): string {
  return text.replace(/[\r\n{}]+/g, ' ');
}
