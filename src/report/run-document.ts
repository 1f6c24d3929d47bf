/**
 * A run as one JSON object: what `--json`, `-o file.json` and `.dsim/runs/<id>/result.json` hold.
 * `docs/CLI.md` describes the fields. Plain data without host times, so equal runs give equal
 * texts.
 */
import type { ExpectationState, Metastability, Result, Twin } from '../scenarios/result.ts';
import { touchesOf } from '../sim/fault.ts';
import { visibleJson } from '../sim/visible-text.ts';
import { anomaliesDocument } from './anomalies-document.ts';
import { countsOf, finite, type InvalidFile } from './document-parts.ts';
import { measuresDocument } from './measures-document.ts';
import { type CheckResult, checksOf, type FaultFact, type Operation } from './result-parts.ts';
import { type RunContext, reproLine } from './run-context.ts';

type Series = Result['timeline']['series'][number];

/** Changes when a field changes its meaning or goes. */
export const DOCUMENT_VERSION = 1;

export type RunDocument = ReturnType<typeof runDocument>;

/** One run, as `.dsim/runs/<id>/result.json` keeps it. */
export interface KeptDocument {
  readonly format: 'dsim-run';
  readonly version: number;
  readonly dsim: string;
  readonly run: RunDocument;
}

export function keptDocument(run: RunDocument, dsim: string): KeptDocument {
  return { format: 'dsim-run', version: DOCUMENT_VERSION, dsim, run };
}

/** What `--twin` has found by running again; absent: it was not asked for. */
export interface Compared {
  readonly twins?: readonly Twin[];
  readonly metastable?: readonly Metastability[];
}

/** One run. */
export function runDocument(result: Result, context: RunContext, compared: Compared = {}) {
  const { twins = null, metastable = null } = compared;
  const { scenario, facts } = result;
  return {
    scenario: {
      name: scenario.name,
      file: context.file,
      summary: scenario.summary,
      hash: context.scenarioHash,
    },
    seed: result.seed,
    sets: context.sets,
    without: context.without,
    maxEvents: context.maxEvents,
    strict: context.strict,
    state: result.state,
    digests: result.digests,
    events: result.events,
    durationUs: facts.durationUs,
    settleUs: scenario.settleUs ?? null,
    verifyUs: scenario.verifyUs ?? null,
    endedAtUs: facts.endedAtUs,
    drawn: scenario.drawn,
    groups: facts.groups,
    operations: countsOf(result.history),
    messages: { ...facts.messages, byType: Object.fromEntries(facts.messages.byType) },
    expectations: result.judged.map(({ because, check, breakdown, ...judged }) => ({
      ...outcomeDocument(judged),
      because,
      checker: check?.checker ?? null,
      breakdown: breakdown ?? null,
    })),
    labelsExpected: result.labels ?? [],
    checks: allChecks(result).map((check) => checkDocument(check, result)),
    objectives: result.objectives ?? [],
    faults: facts.faults.map(faultDocument),
    actions: facts.actions ?? [],
    liveness: facts.liveness,
    nemeses: facts.nemeses,
    twins,
    metastable,
    leaders: result.timeline.leaders,
    series: result.timeline.series.map((series) => seriesDocument(series, result)),
    measures: measuresDocument(result),
    notesLost: facts.notesLost,
    cap: result.cap,
    error: result.error,
    repro: reproLine(result.seed, result.digests.order, context),
  };
}

type Outcome = Pick<Result['judged'][number], 'text' | 'state' | 'measured' | 'number'>;

/** How an expectation ended; JSON has no infinity: `∞`. */
function outcomeDocument({ text, state, measured, number }: Outcome) {
  const value = number?.value ?? null;
  const unit = number?.unit ?? null;
  return { text, state, measured, value: value === Infinity ? '∞' : value, unit };
}

/** Cells of equal length; a cell without a value is null. */
function seriesDocument(series: Series, { timeline }: Result) {
  const { fromUs, untilUs, cells } = timeline;
  // JSON has no infinity, and null says that nothing was measured.
  const values = series.values.map((value) => (value === Infinity ? '∞' : value));
  return { ...series, values, fromUs, untilUs, cells };
}

function allChecks(result: Result): readonly CheckResult[] {
  return (['fail', 'unknown', 'pass'] as const).flatMap((verdict) => checksOf(result, verdict));
}

function checkDocument(check: CheckResult, { history }: Result) {
  const { checker, verdict, summary, reasons, key, atUs, numbers } = check;
  const evidence = check.evidence.flatMap((index) => history[index] ?? []).map(operationDocument);
  const anomalies = anomaliesDocument(check);
  const next = check.next ?? [];
  return { checker, verdict, summary, reasons, key, atUs, numbers, evidence, anomalies, next };
}

/** An operation; JSON has no infinity, so what never happened is null. */
function operationDocument(operation: Operation) {
  return {
    ...operation,
    completedAtUs: finite(operation.completedAtUs),
    endedAtUs: finite(operation.endedAtUs),
  };
}

function faultDocument(fault: FaultFact) {
  return { ...fault, wasFelt: touchesOf(fault.felt) > 0 };
}

export interface RunTotals {
  readonly runs: number;
  readonly held: number;
  readonly violated: number;
  readonly unknown: number;
  readonly neverExercised: number;
}

/** A run of many seeds, in short: what is written of those that held. */
export function briefDocument(document: RunDocument) {
  const { scenario, seed, state, digests, events } = document;
  const expectations = document.expectations.map(
    ({ because: _, checker, breakdown, ...outcome }) => outcome,
  );
  return { scenario, seed, state, digests, events, expectations, brief: true };
}

export interface ResultsDocument {
  readonly format: 'dsim-result';
  readonly version: number;
  readonly dsim: string;
  readonly runs: readonly unknown[];
  /** Of each scenario that ran with many seeds: what each metric came to over them. */
  readonly distributions: readonly unknown[];
  /** Scenarios that could not be run. */
  readonly invalid: readonly InvalidFile[];
  readonly summary: RunTotals & { readonly exitCode: number; readonly interrupted: boolean };
}

/** JSON with line breaks at its end; two spaces of indent, as people read it too. */
export function formatDocument(document: unknown): string {
  return `${visibleJson(JSON.stringify(document, null, 2))}\n`;
}

export function totalsOf(states: readonly ExpectationState[]): RunTotals {
  const count = (wanted: ExpectationState) => states.filter((state) => state === wanted).length;
  return {
    runs: states.length,
    held: count('held'),
    violated: count('violated'),
    unknown: count('unknown'),
    neverExercised: count('never exercised'),
  };
}
