/**
 * A test as JSON: one document, or a line an event. `docs/CLI.md` describes the fields. Host times
 * stand in fields of their own (`elapsedMs`, `startedAt`): without them, equal tests give equal
 * texts.
 */
import { formatDocument } from '../run-document.ts';
import {
  atEnd,
  countEnds,
  endOf,
  type Reporter,
  type TestedRun,
  type TestedScenario,
  type TestedSuite,
} from './suite.ts';

/** Changes when a field changes its meaning or goes. */
const SUITE_VERSION = 1;

function runRecord(run: TestedRun) {
  const { why, ...rest } = run;
  return { ...rest, elapsedMs: Math.round(run.elapsedMs), why: why?.plain ?? null };
}

function scenarioHead(scenario: TestedScenario) {
  const { name, file, cell, planned, demands } = scenario;
  return { name, file, cell, planned, end: endOf(scenario), demands };
}

function summaryRecord(suite: TestedSuite) {
  const { exitCode, interrupted, bailed, elapsedMs, startedAt } = suite;
  return {
    ...countEnds(suite),
    scenarios: suite.scenarios.length,
    exitCode,
    interrupted,
    bailed,
    elapsedMs: Math.round(elapsedMs),
    startedAt: startedAt.toISOString(),
  };
}

/** One document at the end. */
export function jsonReporter(): Reporter {
  return atEnd((suite) =>
    formatDocument({
      format: 'dsim-test',
      version: SUITE_VERSION,
      dsim: suite.version,
      scenarios: suite.scenarios.map((scenario) => ({
        ...scenarioHead(scenario),
        runs: scenario.runs.map(runRecord),
      })),
      summary: summaryRecord(suite),
    }),
  );
}

/** A line for the beginning, each run, each scenario, and the end. */
export function ndjsonReporter(version: string): Reporter {
  const line = (record: unknown) => `${JSON.stringify(record)}\n`;
  const head = { format: 'dsim-test', version: SUITE_VERSION, dsim: version };
  return {
    begin: (scenarios, runs) => line({ event: 'begin', ...head, scenarios, runs }),
    run: (run, { name, file, cell }) =>
      line({ event: 'run', scenario: name, file, cell, ...runRecord(run) }),
    scenario: (scenario) => line({ event: 'scenario', ...scenarioHead(scenario) }),
    end: (suite) => line({ event: 'end', ...summaryRecord(suite) }),
  };
}
