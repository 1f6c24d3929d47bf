/** In what two runs of a scenario differ: when first, and in which numbers. */
import { nearestRankOfSorted } from '../../../sim/nearest-rank.ts';
import { formatCount, formatDurationUs } from '../../../sim/units.ts';
import { outcomes, type PageModel } from '../page-model.ts';
import type { RunData } from '../run-data.ts';
import { isLost } from '../run-events.ts';

/** One line of a table: what, in the one run, in the other. */
export type Difference = readonly [what: string, one: string, other: string];

/** Kinds of messages that a table has at most. */
const KINDS_MAX = 5;

/** The first moment at which messages differ; null if none does. */
export function firstDifferenceUs(one: RunData, other: RunData): number | null {
  const [a, b] = [one.messages, other.messages];
  const rows = Math.min(a.length, b.length);
  let us = Infinity;
  for (let row = 0; row < rows; row++) {
    const [sentA, sentB] = [a.sentUs[row] ?? 0, b.sentUs[row] ?? 0];
    if (sentA !== sentB || !isSameMessage(one, other, row)) {
      us = Math.min(us, sentA, sentB);
      break;
    }
    // A message that is lost is a difference from when it is sent.
    if (a.fate[row] !== b.fate[row]) us = Math.min(us, sentA);
    else if (a.endedUs[row] !== b.endedUs[row]) {
      us = Math.min(us, a.endedUs[row] ?? Infinity, b.endedUs[row] ?? Infinity);
    }
    if (sentA >= us) break;
  }
  if (us === Infinity && a.length !== b.length) {
    us = (a.length > b.length ? a : b).sentUs[rows] ?? 0;
  }
  return us === Infinity ? null : us;
}

function isSameMessage(one: RunData, other: RunData, row: number): boolean {
  const [a, b] = [one.messages, other.messages];
  const name = ({ model }: RunData, node: number | undefined) => model.nodes[node ?? -1]?.name;
  return (
    name(one, a.from[row]) === name(other, b.from[row]) &&
    name(one, a.to[row]) === name(other, b.to[row]) &&
    one.model.kinds[a.kind[row] ?? -1] === other.model.kinds[b.kind[row] ?? -1]
  );
}

/** The numbers in which they differ, those that were asked for first. */
export function differencesOf(one: RunData, other: RunData): readonly Difference[] {
  const rows = [
    ...expectationRows(one.model, other.model),
    ...operationRows(one, other),
    ...leaderRows(one.model, other.model),
    ...messageRows(one, other),
  ];
  return rows.filter(([, a, b]) => a !== b);
}

function expectationRows(one: PageModel, other: PageModel): readonly Difference[] {
  const said = (model: PageModel, text: string) => {
    const found = model.expectations.find((each) => each.text === text);
    if (found === undefined) return 'not asked';
    return found.measured === '' ? found.state : `${found.state}, ${found.measured}`;
  };
  const texts = new Set([...one.expectations, ...other.expectations].map(({ text }) => text));
  return [...texts].map((text) => [text, said(one, text), said(other, text)]);
}

function operationRows(one: RunData, other: RunData): readonly Difference[] {
  const [a, b] = [countsOf(one), countsOf(other)];
  const words = ['operations that ended ok', 'failed operations', 'unknown outcomes'];
  return [
    ...outcomes.map((_, i): Difference => {
      return [words[i] ?? '', formatCount(a.of[i] ?? 0), formatCount(b.of[i] ?? 0)];
    }),
    ...([50, 99] as const).map((percent): Difference => {
      const at = (latencies: Float64Array) => quantileText(latencies, percent);
      return [`latency, p${percent}`, at(a.latencies), at(b.latencies)];
    }),
  ];
}

/** Of requests that ended ok, in order. */
function countsOf({ operations }: RunData) {
  const of = outcomes.map(() => 0);
  const latencies: number[] = [];
  for (let i = 0; i < operations.length; i++) {
    const outcome = operations.outcome[i] ?? 0;
    of[outcome] = (of[outcome] ?? 0) + 1;
    const us = (operations.end[i] ?? Infinity) - (operations.start[i] ?? 0);
    if (outcome === 0 && us < Infinity) latencies.push(us);
  }
  return { of, latencies: Float64Array.from(latencies).sort() };
}

/** Of latencies in ascending order. */
function quantileText(latencies: Float64Array, percent: number): string {
  const us = nearestRankOfSorted(latencies, percent / 100);
  return Number.isNaN(us) ? 'none' : formatDurationUs(us);
}

function leaderRows(one: PageModel, other: PageModel): readonly Difference[] {
  const leads = ({ roles }: PageModel) => roles.filter((role) => role.leads);
  const said = (model: PageModel) => formatCount(leads(model).length);
  const stale = (model: PageModel) =>
    formatCount(leads(model).filter(({ staleFromUs }) => staleFromUs !== null).length);
  return [
    ['leaders, one after another', said(one), said(other)],
    ['leaders of an old term', stale(one), stale(other)],
  ];
}

function messageRows(one: RunData, other: RunData): readonly Difference[] {
  const [a, b] = [kindCounts(one), kindCounts(other)];
  const kinds = [...new Set([...a.keys(), ...b.keys()])]
    .map((kind) => ({ kind, a: a.get(kind) ?? 0, b: b.get(kind) ?? 0 }))
    .sort((x, y) => changeOf(y) - changeOf(x))
    .slice(0, KINDS_MAX);
  const lost = ({ messages }: RunData) => formatCount(messages.fate.filter(isLost).length);
  return [
    ['messages', formatCount(one.messages.length), formatCount(other.messages.length)],
    ['lost messages', lost(one), lost(other)],
    ...kinds.map(({ kind, a: x, b: y }): Difference => {
      return [`${kind} messages`, formatCount(x), formatCount(y)];
    }),
  ];
}

function changeOf({ a, b }: { readonly a: number; readonly b: number }): number {
  return Math.abs(a - b) / Math.max(1, Math.min(a, b));
}

function kindCounts(data: RunData): ReadonlyMap<string, number> {
  const counts = data.kindCounts;
  return new Map(data.model.kinds.map((kind, i) => [kind, counts[i] ?? 0]));
}
