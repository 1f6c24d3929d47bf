/** Why a metric is violated, in a few lines: by node, by error, when, and which node stands out. */
import type { Breakdown, Result } from '../scenarios/result.ts';
import { formatCount, formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { flow, padRight } from './layout.ts';

const EXPLAINED_MAX = 3;
const HEAD_COLUMNS = 11;

/** A block for each violated metric, the first few; none where there is nothing to say. */
export function renderMetricWhy({ judged }: Result, ink: Ink): string[][] {
  const told = judged.flatMap(({ breakdown }) => breakdown ?? []).filter(saysSomething);
  return alike(told)
    .slice(0, EXPLAINED_MAX)
    .map(({ breakdown, texts }) => [
      `${ink.strong('WHY')}  ${ink.bad(ink.clean(`not ${texts.join(', nor ')}`))}`,
      ...section('by node', placesOf(breakdown), ink),
      ...section('by error', errorsOf(breakdown), ink),
      ...section('when', stretchOf(breakdown), ink),
      ...section('stands out', outliersOf(breakdown), ink),
    ]);
}

/** Two metrics of the same requests have one explanation. */
function alike(told: readonly Breakdown[]) {
  const found = new Map<string, { readonly breakdown: Breakdown; readonly texts: string[] }>();
  for (const breakdown of told) {
    const { text, ...says } = breakdown;
    const key = JSON.stringify(says);
    const known = found.get(key);
    if (known === undefined) found.set(key, { breakdown, texts: [text] });
    else known.texts.push(text);
  }
  return [...found.values()];
}

function saysSomething({ places, errors, outliers }: Breakdown): boolean {
  return places.length + errors.length + outliers.length > 0;
}

function section(head: string, parts: readonly string[], ink: Ink): string[] {
  const lines = flow(parts.map(ink.clean), ink.glyph.separator, ink.width - HEAD_COLUMNS - 4);
  return lines.map((line, i) => `  ${padRight(i === 0 ? head : '', HEAD_COLUMNS)} ${line}`);
}

function placesOf({ places }: Breakdown): readonly string[] {
  return places.map(
    ({ node, measured, samples }) => `${node} ${measured} of ${formatCount(samples)}`,
  );
}

function errorsOf({ errors, failed }: Breakdown): readonly string[] {
  return errors.map(({ error, count, node, atNode }) => {
    const where =
      node === null ? '' : atNode === count ? ` at ${node}` : `, ${formatCount(atNode)} at ${node}`;
    return `${error} ${formatCount(count)}${count === failed ? '' : ` of ${formatCount(failed)}`}${where}`;
  });
}

function stretchOf({ worst, failed }: Breakdown): readonly string[] {
  if (worst === null) return [];
  const { fromUs, untilUs, count } = worst;
  return [
    `${formatCount(count)} of ${formatCount(failed)} unanswered began between ${formatMomentUs(fromUs)} and ${formatMomentUs(untilUs)}`,
  ];
}

function outliersOf({ outliers }: Breakdown): readonly string[] {
  return outliers.map(
    ({ node, measure, measured, others }) => `${node} ${measure} ${measured} (others ${others})`,
  );
}
