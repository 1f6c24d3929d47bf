/**
 * Verdicts on histories made elsewhere as one JSON object: what `dsim check --json` prints.
 * `docs/CHECK.md` describes the fields. Plain data without host times.
 */
import { namedOperations } from './anomalies.ts';
import { anomaliesDocument } from './anomalies-document.ts';
import { type JudgedHistory, nextCommands } from './check-screen.ts';
import { countsOf, finite, type InvalidFile } from './document-parts.ts';
import { operationText } from './operation-text.ts';
import type { Operation } from './result-parts.ts';

/** Changes when a field changes its meaning or goes. */
export const CHECK_VERSION = 1;

export type VerdictDocument = ReturnType<typeof verdictDocument>;

/** One history and the verdict on it. */
export function verdictDocument(judged: JudgedHistory) {
  const { file, format, model, consistency, sets, check, history, notes } = judged;
  const { verdict, summary, reasons, key, atUs, numbers } = check;
  return {
    file,
    format,
    model,
    consistency,
    sets,
    verdict,
    sentence: summary,
    reasons,
    key,
    atUs,
    anomalies: anomaliesDocument(check),
    /** Of transactions: which models are ruled out, and the strongest that may hold. */
    ...(check.models === undefined ? {} : { models: check.models }),
    evidence: check.evidence,
    /** Every operation that the evidence or an anomaly names. */
    operations: namedOperations(check, history).map((operation) => inFull(operation, judged)),
    numbers,
    counts: countsOf(history),
    next: {
      advice: check.next ?? [],
      commands: verdict === 'pass' ? [] : nextCommands(judged).map(({ command }) => command),
    },
    notes,
  };
}

/** JSON has no infinity: what never happened is null. */
function inFull(operation: Operation, { lines, timed }: JudgedHistory) {
  const { index, process, client, f, key, input, output, outcome, error } = operation;
  const place = lines[index];
  const time = (us: number) => (timed ? finite(us) : null);
  return {
    index,
    text: operationText(operation),
    lines: { invoked: place?.invoked ?? null, completed: place?.completed ?? null },
    process,
    client,
    f,
    key,
    input,
    output,
    outcome,
    error,
    invokedAtUs: time(operation.invokedAtUs),
    completedAtUs: time(operation.completedAtUs),
    endedAtUs: time(operation.endedAtUs),
  };
}

export interface ChecksDocument {
  readonly format: 'dsim-check';
  readonly version: number;
  readonly dsim: string;
  readonly checks: readonly VerdictDocument[];
  /** Files that could not be judged. */
  readonly invalid: readonly InvalidFile[];
  /** Files that were not judged to the end: by an interrupt, or by `--timeout`. */
  readonly unfinished: readonly string[];
  readonly summary: {
    readonly files: number;
    readonly pass: number;
    readonly fail: number;
    readonly unknown: number;
    readonly exitCode: number;
    readonly interrupted: boolean;
  };
}
