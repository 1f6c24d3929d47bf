/**
 * Scenarios in tests: `import { assertHolds, matchers } from 'dsim/test'`. What did not hold is
 * explained as `dsim test` explains it, up to the line that brings the run back.
 *
 * With Node's own test runner call `assertHolds(result)`. Jest's `expect` takes
 * `expect.extend(matchers)`; for vitest `import 'dsim/vitest'` does that, with the types.
 */
import { AssertionError } from 'node:assert';
import { relative } from 'node:path';
import pkg from '../package.json' with { type: 'json' };
import { ownStart } from './cli/started-as.ts';
import { usesAscii, usesColor } from './cli/terminal.ts';
import { createInk, type Ink } from './report/ink.ts';
import type { RunContext } from './report/run-context.ts';
import { renderExploration } from './report/suite/exploration.ts';
import { renderFailure } from './report/suite/failure.ts';
import { originOf } from './scenarios/host/origins.ts';
import type { Exploration, Result } from './scenarios/result.ts';
import { hash64 } from './sim/kernel/hash.ts';

/** What can hold: one run, or many seeds of a scenario. */
export type Holding = Result | Exploration;

const WIDTH = 100;

/** Throws AssertionError, with the explanation as its message, unless every expectation held. */
export function assertHolds(actual: Holding): void {
  const { pass, message } = toHold(actual);
  if (pass) return;
  const { state } = actual;
  throw new AssertionError({
    message: message(),
    actual: state,
    expected: 'held',
    operator: 'toHold',
    stackStartFn: assertHolds,
  });
}

/** The matcher `toHold` as vitest and Jest take it. Throws TypeError for what is no result. */
export function toHold(actual: unknown): {
  readonly pass: boolean;
  message(): string;
} {
  if (!isHolding(actual)) {
    throw new TypeError('toHold() is for what simulate() or explore() returns; await a promise');
  }
  const pass = actual.state === 'held';
  return { pass, message: () => (pass ? heldText(actual) : explain(actual)) };
}

/** For `expect.extend(matchers)`. */
export const matchers: { readonly toHold: typeof toHold } = { toHold };

function isHolding(actual: unknown): actual is Holding {
  if (typeof actual !== 'object' || actual === null || !('state' in actual)) return false;
  return 'judged' in actual || 'demands' in actual;
}

function isExploration(actual: Holding): actual is Exploration {
  return 'planned' in actual;
}

/** Why it failed that something was expected not to hold. */
function heldText(actual: Holding): string {
  const name = isExploration(actual) ? actual.name : actual.scenario.name;
  const of = isExploration(actual) ? `${actual.runs.length} seeds` : `seed ${actual.seed}`;
  return `${name} held under ${of}: every expectation did`;
}

function explain(actual: Holding): string {
  const color = usesColor('auto', process.env, process.stdout.isTTY === true);
  const ink = createInk({ color, ascii: usesAscii(false, process.env), width: WIDTH });
  if (!isExploration(actual)) return explainRun(actual, ink);
  const { failure } = actual;
  return renderExploration(actual, failure === null ? null : explainRun(failure, ink), ink);
}

function explainRun(result: Result, ink: Ink): string {
  return renderFailure(result, contextOf(result), ink);
}

/** null for a scenario that no file gave: no line of a shell brings that back. */
function contextOf({ scenario, asked }: Result): RunContext | null {
  const origin = originOf(scenario);
  if (origin === null) return null;
  const { path, ...changes } = origin;
  const cwd = process.cwd();
  return {
    dsim: ownStart(cwd),
    version: pkg.version,
    file: relative(cwd, path),
    ...changes,
    maxEvents: asked?.eventsMax ?? null,
    strict: asked?.strict ?? false,
    scenarioHash: hash64(scenario.canonical),
    kept: null,
    runId: null,
  };
}
