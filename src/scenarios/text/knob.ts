/**
 * `--vary path=values`: one value of a scenario and what it takes in turn. A path may be written by
 * its end, `retry.budget`, where only one place of the scenario ends so.
 */
import { listNames, quote } from './diagnostic.ts';
import { nearestEnd, pathsEndingIn, pathsOf } from './paths.ts';
import type { SourceMap } from './source.ts';

export interface Knob {
  /** From the top: `nodes.app.calls.db.retry.budget`. */
  readonly path: string;
  /** As they are written in YAML. */
  readonly values: readonly string[];
}

/** What is wrong, in one sentence. */
export interface KnobProblem {
  readonly problem: string;
}

const VALUES_MAX = 1000;

/** `path=0..50%` in as many steps, or `path=a,b,c`. */
export function readKnob(root: SourceMap, text: string, steps: number): Knob | KnobProblem {
  const equals = text.indexOf('=');
  const written = text.slice(0, Math.max(0, equals)).trim();
  if (equals < 1 || written.split('.').some((key) => key === '')) {
    return { problem: 'it is written `path=range`, such as `retry.budget=0..50%`' };
  }
  const values = valuesOf(text.slice(equals + 1).trim(), steps);
  if ('problem' in values) return values;
  const path = findPath(root, written);
  return 'problem' in path ? path : { path: path.path, values: values.values };
}

// --- Values --------------------------------------------------------------------------------------

interface End {
  readonly value: number;
  readonly unit: string;
}

/** Times in ms, so that `500ms..2s` is a range. */
const TIMES: ReadonlyMap<string, number> = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

function valuesOf(
  text: string,
  steps: number,
): { readonly values: readonly string[] } | KnobProblem {
  const range = /^(.+?)\.\.(.+)$/.exec(text);
  if (range === null) return listOf(text);
  const from = endOf(range[1] ?? '');
  const to = endOf(range[2] ?? '');
  if (from === null || to === null) {
    return { problem: `${quote(text)} is no range: \`0..50%\`, \`10ms..2s\`, \`1..9\`` };
  }
  const ends = alike(from, to);
  if (ends === null) {
    return { problem: `the ends of ${quote(text)} have different units` };
  }
  const [low, high, unit] = ends;
  if (low === high) return { problem: `both ends of ${quote(text)} are the same` };
  return { values: between(low, high, unit, steps) };
}

function listOf(text: string): { readonly values: readonly string[] } | KnobProblem {
  const values = text.split(',').map((value) => value.trim());
  if (values.length < 2 || values.includes('')) {
    return {
      problem: `${quote(text)} is neither a range such as \`0..50%\` nor a list such as \`1,2,5\``,
    };
  }
  if (values.length > VALUES_MAX) return { problem: `these are more than ${VALUES_MAX} values` };
  return { values };
}

function endOf(text: string): End | null {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))\s*([a-zA-Zµ%/]*)$/.exec(text.trim());
  return match === null ? null : { value: Number(match[1]), unit: match[2] ?? '' };
}

/** Both in one unit: 0 and a bare number take that of the other end. */
function alike(from: End, to: End): readonly [number, number, string] | null {
  if (from.unit === to.unit) return [from.value, to.value, from.unit];
  if (from.unit === '') return [from.value, to.value, to.unit];
  if (to.unit === '') return [from.value, to.value, from.unit];
  const [one, other] = [TIMES.get(from.unit), TIMES.get(to.unit)];
  return one === undefined || other === undefined
    ? null
    : [from.value * one, to.value * other, 'ms'];
}

/**
 * Evenly spaced, both ends included. Bare whole ends that are further apart than 1 are counts,
 * which stay whole.
 */
function between(low: number, high: number, unit: string, steps: number): readonly string[] {
  const whole =
    unit === '' && Number.isInteger(low) && Number.isInteger(high) && Math.abs(high - low) > 1;
  const values = Array.from({ length: steps }, (_, i) => {
    const value = low + ((high - low) * i) / (steps - 1);
    return whole ? Math.round(value) : Number(value.toPrecision(6));
  });
  return [...new Set(values)].map((value) => `${value}${unit}`);
}

// --- Paths ---------------------------------------------------------------------------------------

/** Sections in which nothing of the run stands. */
const ASIDE = ['without', 'extends', 'expect', 'name', 'summary'];

function findPath(root: SourceMap, written: string): { readonly path: string } | KnobProblem {
  const all = pathsOf(root).filter((path) => !ASIDE.includes(path.split('.')[0] ?? ''));
  const top = written.split('.')[0] ?? '';
  // From the top it may be a key that is not there yet, as for `--set`.
  if (all.includes(written) || root.entries.some(({ key }) => key === top))
    return { path: written };
  const found = pathsEndingIn(all, written);
  const [only] = found;
  if (only !== undefined && found.length === 1) return { path: only };
  if (found.length > 1) {
    return { problem: `${quote(written)} could be ${listNames(found, 'or')}: write more of it` };
  }
  const near = nearestEnd(all, written);
  return {
    problem: `nothing in the scenario is called ${quote(written)}${near === null ? '' : `; did you mean ${quote(near)}?`}`,
  };
}
