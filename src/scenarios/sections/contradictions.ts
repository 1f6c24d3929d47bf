/**
 * Demands that no run can meet: two expectations that exclude each other, and conditions whose
 * parts do. What is measured may have any value, each for itself.
 */
import type { Condition, ConditionNode, Expectation } from '../scenario.ts';
import { type Diagnostics, quote } from '../text/diagnostic.ts';
import type { Spot } from '../text/source.ts';
import { compares } from '../values/comparison.ts';

/** Complains of an expectation that excludes one before it: none of its runs could hold. */
export function reportExclusion(
  expectation: Expectation,
  earlier: readonly Expectation[],
  spot: Spot,
  diagnostics: Diagnostics,
): void {
  const other = earlier.find((each) => excludes(each, expectation));
  if (other === undefined) return;
  const line = other.position === null ? '' : ` of line ${other.position.line}`;
  const message = `this cannot hold together with ${quote(other.text)}${line}`;
  diagnostics.error('DS156', spot, message, { label: 'no run can hold both' });
}

function excludes(a: Expectation, b: Expectation): boolean {
  if (a.kind === 'tradeoff' && b.kind === 'tradeoff') return a.label !== b.label;
  if (a.kind !== 'metric' || b.kind !== 'metric') return false;
  const [subjectA, subjectB] = [a, b].map(({ metric, args, window }) =>
    JSON.stringify([metric.name, args, window]),
  );
  // Each may hold in seeds of its own, if there are enough seeds for both.
  if (subjectA !== subjectB || shareOf(a) + shareOf(b) < 1 + 1e-9) return false;
  const top = a.metric.unit === 'ratio' ? 1 : Infinity;
  return !trials([0, a.value, b.value, top], false).some(
    (value) =>
      value >= 0 &&
      value <= top &&
      compares(value, a.comparison, a.value) &&
      compares(value, b.comparison, b.value),
  );
}

function shareOf({ over }: Expectation): number {
  return over?.kind === 'share' ? over.share : 1;
}

/** What a quantity of a condition may be. */
export interface Reach {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** More combinations than this are not tried. */
const TRIES_MAX = 10_000;

/**
 * Whether a condition of several comparisons is decided before anything is measured: each quantity
 * is tried at its bounds and between them, in every combination. null: it is not, or is too large.
 */
export function decided(
  { root }: Condition,
  reachOf: (measured: (ConditionNode & { kind: 'compare' })['measured']) => Reach,
): 'would always' | 'could never' | null {
  const bounds = new Map<string, { readonly reach: Reach; readonly values: number[] }>();
  const collect = (node: ConditionNode): void => {
    if (node.kind === 'not') return collect(node.of);
    if (node.kind !== 'compare') return node.of.forEach(collect);
    const reach = reachOf(node.measured);
    const known = bounds.get(node.text) ?? { reach, values: [reach.least, reach.most] };
    known.values.push(node.value);
    bounds.set(node.text, known);
  };
  collect(root);
  let cases: readonly ReadonlyMap<string, number>[] = [new Map()];
  for (const [text, { reach, values }] of bounds) {
    const tried = trials(values, reach.whole).filter(
      (value) => value >= reach.least && value <= reach.most,
    );
    if (cases.length * tried.length > TRIES_MAX) return null;
    cases = cases.flatMap((each) => tried.map((value) => new Map([...each, [text, value]])));
  }
  const first = cases[0];
  if (first === undefined) return null;
  const held = holds(root, first);
  if (cases.some((each) => holds(root, each) !== held)) return null;
  return held ? 'would always' : 'could never';
}

/** These values, and some on each side of each. */
function trials(values: readonly number[], whole: boolean): readonly number[] {
  const beside = values.filter(Number.isFinite).flatMap((value) => [value - 1, value, value + 1]);
  const all = [...new Set([...values, ...beside])].sort((a, b) => a - b);
  return whole ? all : all.flatMap((value, i) => [value, (value + (all[i + 1] ?? value)) / 2]);
}

function holds(node: ConditionNode, values: ReadonlyMap<string, number>): boolean {
  switch (node.kind) {
    case 'not':
      return !holds(node.of, values);
    case 'compare':
      return compares(values.get(node.text) ?? 0, node.comparison, node.value);
    case 'and':
      return node.of.every((each) => holds(each, values));
    case 'or':
      return node.of.some((each) => holds(each, values));
  }
}
