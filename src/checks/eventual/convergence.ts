/**
 * Eventual consistency (Vogels, "Eventually consistent", 2009; Terry et al. 1994): when nobody
 * writes any more, all reads come to return the same, last value.
 *
 * Asked of each key: what each process read last, among its reads after the last write of the key
 * was over and a quiet time had passed. All must agree, on a value that some write set that
 * happened or may have happened; on the initial value only if no write certainly happened. *Which*
 * write was last is left to the store, whose clocks may disagree with the true ones; what was
 * overwritten by an older write is counted.
 *
 * One process alone shows nothing: a key counts if two have read it.
 */
import type { History, Operation } from '../../sim/history.ts';
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import { refusalOf } from '../causal/check.ts';
import { INITIAL, type RegisterConventions, RegisterHistory } from '../causal/register-history.ts';
import type { CheckResult } from '../checker.ts';
import { canonicalText } from '../search/identity.ts';

export const EVENTUAL = 'eventual';

export interface EventualOptions {
  /** How long after the end of the last write of a key its reads begin to count. Default 0. */
  readonly quietUs?: number;
  /** No read before this moment counts. Default 0. */
  readonly afterUs?: number;
}

/** What became of one key. */
interface Outcome {
  readonly key: string | null;
  /** When its last write was over; null if it has none. */
  readonly writtenUntilUs: number | null;
  /** The last read of each process that counts. */
  readonly reads: readonly number[];
  /** Reads that returned what another did not, or what cannot be: the evidence. */
  readonly wrong: readonly number[];
  /** Acknowledged writes invoked after the one that is left was over. */
  readonly overwritten: readonly number[];
}

/** Whether all keys converged. `unknown` where no key was read by two processes in the end. */
export function checkEventual(
  history: History,
  conventions: RegisterConventions = {},
  options: EventualOptions = {},
): CheckResult {
  const refusal = refusalOf(history, EVENTUAL);
  if (refusal !== null) return refusal;
  const registers = new RegisterHistory(history, conventions);
  const outcomes = outcomesOf(registers, options);
  const shown = outcomes.filter(({ reads }) => reads.length > 1);
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  const reads = shown.reduce((sum, outcome) => sum + outcome.reads.length, 0);
  const lost = outcomes.reduce((sum, { overwritten }) => sum + overwritten.length, 0);
  const result = {
    checker: EVENTUAL,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: {
      operations: registers.size,
      keys: outcomes.length,
      'keys read in the end': shown.length,
      'final reads': reads,
      'wrong keys': wrong.length,
      overwritten: lost,
    },
  };
  const [first] = wrong;
  if (first !== undefined) return { ...result, verdict: 'fail', ...told(registers, first) };
  if (shown.length === 0) {
    const summary = 'Nothing was judged: no key was read by two processes after its last write.';
    return { ...result, verdict: 'unknown', summary };
  }
  const summary = `Every key converged: ${formatCount(reads)} final reads of ${formatCount(shown.length)} key${shown.length === 1 ? '' : 's'} agree.`;
  const next = outcomes.flatMap((outcome) => lostWrite(registers, outcome)).slice(0, 3);
  return { ...result, verdict: 'pass', summary, ...(next.length === 0 ? {} : { next }) };
}

function outcomesOf(
  history: RegisterHistory,
  { quietUs = 0, afterUs = 0 }: EventualOptions,
): readonly Outcome[] {
  const writtenUntil = new Map<number, number>();
  const writes: number[][] = history.keys.map(() => []);
  for (let o = 0; o < history.size; o++) {
    if (history.sets[o] === 0) continue;
    writes[history.key[o]!]!.push(o);
    const { endedAtUs, invokedAtUs } = history.operations[o]!;
    const end = endedAtUs === Infinity ? invokedAtUs : endedAtUs;
    const key = history.key[o]!;
    writtenUntil.set(key, Math.max(writtenUntil.get(key) ?? 0, end));
  }
  const last = history.keys.map(() => new Map<number, number>());
  for (let o = 0; o < history.size; o++) {
    if (history.operations[o]!.f !== 'read') continue;
    const key = history.key[o]!;
    const from = Math.max(afterUs, (writtenUntil.get(key) ?? 0) + quietUs);
    if (history.operations[o]!.invokedAtUs >= from) last[key]!.set(history.process[o]!, o);
  }
  const seen = writesSeen(history);
  return history.keys.map((key, k) => {
    const reads = [...last[k]!.values()];
    const certain = writes[k]!.filter((o) => history.open[o] === 0);
    const isWritten = certain.length > 0 || writes[k]!.some((o) => seen.has(o));
    const impossible = reads.filter((o) => !isPossible(history, o, isWritten));
    const byValue = new Map<string, number>();
    for (const o of reads) byValue.set(canonicalText(history.valueSeen(o)), o);
    const wrong = byValue.size > 1 ? [...byValue.values()] : impossible.slice(0, 1);
    const overwritten = wrong.length > 0 ? [] : laterWrites(history, reads[0], certain);
    const writtenUntilUs = writtenUntil.get(k) ?? null;
    return { key, writtenUntilUs, reads, wrong, overwritten };
  });
}

/** Writes that some answer shows, and nobody else can have made. */
function writesSeen(history: RegisterHistory): ReadonlySet<number> {
  const seen = new Set<number>();
  for (let o = 0; o < history.size; o++) {
    // A compare-and-set without an answer shows nothing of what it would have compared.
    if (history.open[o] !== 0) continue;
    const [source, ...others] = history.sources[o] ?? [];
    if (source !== undefined && source !== INITIAL && others.length === 0) seen.add(source);
  }
  return seen;
}

function isPossible(history: RegisterHistory, read: number, written: boolean): boolean {
  return history.sources[read]!.some((w) => w !== INITIAL || !written);
}

/**
 * Of the acknowledged writes of a key, those that began after the one that may be left was over.
 */
function laterWrites(
  history: RegisterHistory,
  read: number | undefined,
  writes: readonly number[],
): readonly number[] {
  if (read === undefined) return [];
  const sources = history.sources[read]!.filter((w) => w !== INITIAL);
  if (sources.length === 0) return [];
  const end = sources.reduce((us, w) => Math.max(us, history.operations[w]!.completedAtUs), 0);
  return writes.filter((o) => history.operations[o]!.invokedAtUs > end);
}

function lostWrite(history: RegisterHistory, { key, reads, overwritten }: Outcome): string[] {
  const [read] = reads;
  const last = overwritten.at(-1);
  if (read === undefined || last === undefined) return [];
  const value = canonicalText(history.valueSeen(read));
  const newer = `#${history.operations[last]!.index}`;
  return [
    `${nameOf(key)} ended as ${value}, though ${newer} was acknowledged later: it was overwritten by an older write.`,
  ];
}

function told(
  history: RegisterHistory,
  { key, writtenUntilUs, wrong }: Outcome,
): Pick<CheckResult, 'summary' | 'reasons' | 'evidence' | 'key' | 'atUs' | 'anomalies'> {
  const operations = wrong.map((o) => history.operations[o]!);
  const texts = operations.map((operation) => did(operation));
  const disagree = wrong.length > 1;
  const text = disagree
    ? `${nameOf(key)} did not converge: ${texts.join(', ')}`
    : `${nameOf(key)} ended as what no write can have left: ${texts.join('')}`;
  const until =
    writtenUntilUs === null
      ? `${nameOf(key)} was never written.`
      : `The last write of ${nameOf(key)} was over at ${formatMomentUs(writtenUntilUs)}.`;
  const reasons = [
    until,
    ...operations.map((o) => `${did(o)} at ${formatMomentUs(o.invokedAtUs)}.`),
  ];
  const evidence = operations.map(({ index }) => index).sort((a, b) => a - b);
  const name = disagree ? 'divergence' : 'lost-value';
  return {
    summary: `${text}.`,
    reasons,
    evidence,
    key,
    atUs: operations.reduce((us, { completedAtUs }) => Math.max(us, completedAtUs), 0),
    anomalies: [{ name, count: 1, sentence: `${text}.`, operations: evidence, edges: [] }],
  };
}

function did({ process, output, index }: Operation): string {
  return `p${process} read ${canonicalText(output)} (#${index})`;
}

function nameOf(key: string | null): string {
  return key === null ? 'the register' : key;
}
