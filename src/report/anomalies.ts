/**
 * What went wrong, by the name that the literature gives it: each kind with its smallest example in
 * words, and the cycle of dependencies as an aligned list.
 */
import { formatCount } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { cut, padRight, paragraph, textWidth } from './layout.ts';
import type { Anomaly, CheckResult, Dependency, Operation } from './result-parts.ts';

/** Kinds told in full; the rest by name. */
const ANOMALIES_MAX = 6;
/** Longer cycles show their beginning. */
const EDGES_MAX = 12;
const TEXT_COLUMNS_MIN = 14;

/** The text of an operation, by its index. */
export type Describe = (index: number) => string;

/** Lines for each kind of anomaly; empty where there is none. */
export function renderAnomalies(check: CheckResult, describe: Describe, ink: Ink): string[] {
  const anomalies = check.anomalies ?? [];
  if (anomalies.length === 0) return [];
  const shown = anomalies.slice(0, ANOMALIES_MAX);
  const rest = anomalies.slice(ANOMALIES_MAX);
  const names = rest.map(({ name, count }) => `${name} (${formatCount(count)})`).join(', ');
  return [
    ...shown.flatMap((anomaly, i) => [
      ...(i === 0 ? [] : ['']),
      ...renderAnomaly(anomaly, check.summary, describe, ink),
    ]),
    ...(rest.length === 0 ? [] : ['', ...paragraph(ink.clean(`and ${names}`), ink.width, '  ')]),
  ];
}

function renderAnomaly(
  { name, count, sentence, edges }: Anomaly,
  told: string,
  describe: Describe,
  ink: Ink,
): string[] {
  const times = count === 1 ? 'found once' : `found ${formatCount(count)} times`;
  return [
    `  ${ink.bad(ink.clean(name))}  ${ink.dim(times)}`,
    // The sentence above all may be that of the worst anomaly.
    ...(told.includes(sentence.replace(/\.$/, ''))
      ? []
      : paragraph(ink.clean(sentence), ink.width, '    ')),
    ...renderEdges(edges, describe, ink),
  ];
}

/** `#4 append x 2  --ww-->  #7 append x 3`, and beneath it why. */
export function renderEdges(edges: readonly Dependency[], describe: Describe, ink: Ink): string[] {
  const shown = edges.slice(0, EDGES_MAX);
  if (shown.length === 0) return [];
  const arrows = Math.max(...shown.map(({ kind }) => arrowOf(kind).length));
  const texts = shown.map(({ from }) => nameOf(from, describe, ink));
  const room = Math.max(TEXT_COLUMNS_MIN, Math.floor((ink.width - 6 - arrows - 4) / 2));
  const column = Math.min(room, Math.max(...texts.map(textWidth)));
  const ellipsis = ink.ascii ? '~' : '…';
  const hidden = edges.length - shown.length;
  return [
    ...shown.flatMap((edge, i) => {
      const from = padRight(cut(texts[i] ?? '', column, ellipsis), column);
      const to = cut(nameOf(edge.to, describe, ink), room, ellipsis);
      const arrow = padRight(arrowOf(edge.kind), arrows);
      return [
        `    ${from}  ${ink.warn(arrow)}  ${to}`,
        ...paragraph(ink.clean(edge.because), ink.width, '        ').map(ink.dim),
      ];
    }),
    ...(hidden > 0 ? [ink.dim(`    and ${formatCount(hidden)} more edges`)] : []),
  ];
}

function arrowOf(kind: string): string {
  return `--${kind}-->`;
}

function nameOf(index: number, describe: Describe, ink: Ink): string {
  return ink.clean(`#${index} ${describe(index)}`);
}

/** Reasons that no edge of an anomaly repeats. */
export function reasonsApart({ reasons, anomalies = [] }: CheckResult): readonly string[] {
  const told = anomalies
    .slice(0, ANOMALIES_MAX)
    .flatMap(({ edges }) => edges.map(({ because }) => because.replace(/\.$/, '')));
  return reasons.filter((reason) => !told.some((because) => reason.includes(because)));
}

/** Every operation that a check names: its evidence, then those of its anomalies. */
export function namedOperations(
  check: CheckResult,
  history: readonly Operation[],
): readonly Operation[] {
  const indices = new Set(check.evidence);
  for (const { operations, edges } of check.anomalies ?? []) {
    for (const index of operations) indices.add(index);
    for (const { from, to } of edges) indices.add(from).add(to);
  }
  return [...indices].flatMap((index) => history[index] ?? []).sort((a, b) => a.index - b.index);
}
