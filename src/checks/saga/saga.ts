/**
 * Sagas: each ends with all of its steps done, or with every step that was done compensated, in
 * reverse order (Garcia-Molina & Salem: Sagas, SIGMOD 1987).
 *
 * The judge reads the audit: what the participants did, in order. An acknowledged saga has all its
 * steps done, one that failed none that is not compensated; of one of unknown outcome either will
 * do, but nothing between.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isFields, isList, keyOf, show, type ValueKey } from '../findings/values.ts';

/** One thing that a participant did. */
export interface AuditEntry {
  readonly saga: Plain;
  readonly step: Plain;
  readonly action: 'done' | 'compensated';
}

/** `[saga, step, action]` or `{ saga, step, action }`; null if it is neither. */
export function auditEntryOf(entry: Plain): AuditEntry | null {
  const [saga = null, step = null, action = null] = isList(entry)
    ? entry
    : isFields(entry)
      ? [entry['saga'] ?? null, entry['step'] ?? null, entry['action'] ?? null]
      : [];
  if (action !== 'done' && action !== 'compensated') return null;
  return { saga, step, action };
}

/** How a saga ended, or what is wrong with it. */
export type SagaEnd =
  | { readonly end: 'done' | 'compensated' | 'untouched' }
  | { readonly end: 'wrong'; readonly name: string; readonly because: string };

/** What became of a saga of these steps, by its part of the audit. */
export function endOf(steps: readonly Plain[], entries: readonly AuditEntry[]): SagaEnd {
  const wrong = (name: string, because: string): SagaEnd => ({ end: 'wrong', name, because });
  const order = new Map(steps.map((step, place) => [keyOf(step), place]));
  const done: AuditEntry[] = [];
  let compensating = false;
  let next = 0;
  for (const entry of entries) {
    const { step, action } = entry;
    const place = order.get(keyOf(step));
    if (place === undefined) return wrong('unknown-step', `${show(step)} is none of its steps`);
    if (action === 'done') {
      if (compensating)
        return wrong(
          'done-after-compensation',
          `${show(step)} was done after compensation had begun`,
        );
      if (place < next) return wrong('done-twice', `${show(step)} was done again`);
      if (place > next)
        return wrong('step-skipped', `${show(step)} was done before ${show(steps[next] ?? null)}`);
      done.push(entry);
      next++;
      continue;
    }
    compensating = true;
    const last = done.pop();
    if (last !== undefined && keyOf(last.step) === keyOf(step)) continue;
    if (last !== undefined && done.some((other) => keyOf(other.step) === keyOf(step))) {
      return wrong(
        'wrong-order',
        `${show(step)} was compensated before ${show(last.step)}, which was done after it`,
      );
    }
    return wrong(
      'compensated-in-vain',
      `${show(step)} was compensated, though it was not done or no more`,
    );
  }
  if (entries.length === 0) return { end: steps.length === 0 ? 'done' : 'untouched' };
  if (!compensating && next === steps.length) return { end: 'done' };
  if (compensating && done.length === 0) return { end: 'compensated' };
  const left = done.at(-1)?.step ?? null;
  const state = compensating
    ? `${show(left)} was never compensated`
    : `it stopped after ${show(left)}`;
  return wrong('half-done', state);
}

const SEVERITY = [
  'half-done',
  'wrong-order',
  'done-after-compensation',
  'compensated-in-vain',
  'done-twice',
  'step-skipped',
  'unknown-step',
  'acknowledged-but-not-done',
  'refused-but-done',
  'from-nowhere',
];

export function judgeSagas(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['saga', 'audit']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(SEVERITY);
  const total = { sagas: 0, done: 0, compensated: 0, untouched: 0 };
  let unread: string | null = null;
  for (const { key, operations } of parts) {
    const audit = finalAudit(operations);
    const sagas = sagasOf(operations);
    if (typeof sagas === 'string') return notJudged(checker, `Nothing was judged: ${sagas}.`);
    total.sagas += sagas.size;
    if (audit === null) {
      unread ??= `There is no audit${onKey(key)} after the last saga had ended.`;
      continue;
    }
    const entries = entriesOf(audit);
    if (entries === null) {
      const what = `#${audit.index} answered ${show(audit.output)}`;
      return notJudged(checker, `Nothing was judged: ${what}, no list of what was done.`);
    }
    reportStrangers(audit, entries, sagas, key, findings);
    for (const [id, saga] of sagas) {
      const end = endOf(saga.steps, entries.get(id) ?? []);
      if (end.end !== 'wrong') total[end.end]++;
      report(saga, end, audit, key, findings);
    }
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.sagas,
      sagaCount: total.sagas,
      doneCount: total.done,
      compensatedCount: total.compensated,
      untouchedCount: total.untouched,
    },
    passed: `Of ${count(total.sagas, 'saga')} ${total.done} were done, ${total.compensated} compensated in reverse order, ${total.untouched} never begun.`,
    unknown: unread ?? (total.sagas === 0 ? 'There was no saga.' : null),
  });
}

interface Saga {
  readonly operation: Operation;
  readonly steps: readonly Plain[];
}

/** By id; or what cannot be read. */
function sagasOf(operations: readonly Operation[]): ReadonlyMap<ValueKey, Saga> | string {
  const sagas = new Map<ValueKey, Saga>();
  for (const operation of operations) {
    if (operation.f !== 'saga') continue;
    const { index, input } = operation;
    const steps = isFields(input) ? input['steps'] : undefined;
    const id = isFields(input) ? input['id'] : undefined;
    if (id === undefined || !isList(steps)) return `#${index} has no id and steps: ${show(input)}`;
    if (sagas.has(keyOf(id))) return `there are two sagas ${show(id)}`;
    sagas.set(keyOf(id), { operation, steps });
  }
  return sagas;
}

/** The last answered audit that was invoked after every saga had ended. */
function finalAudit(operations: readonly Operation[]): Operation | null {
  let quietFromUs = -Infinity;
  let last: Operation | null = null;
  for (const { f, invokedAtUs, endedAtUs } of operations) {
    if (f !== 'saga') continue;
    quietFromUs = Math.max(quietFromUs, endedAtUs === Infinity ? invokedAtUs : endedAtUs);
  }
  for (const operation of operations) {
    const { f, outcome, invokedAtUs } = operation;
    if (f === 'audit' && outcome === 'ok' && invokedAtUs > quietFromUs) last = operation;
  }
  return last;
}

/** The entries of each saga, in order; null if one cannot be read. */
function entriesOf({ output }: Operation): ReadonlyMap<ValueKey, AuditEntry[]> | null {
  if (!isList(output)) return null;
  const entries = new Map<ValueKey, AuditEntry[]>();
  for (const each of output) {
    const entry = auditEntryOf(each);
    if (entry === null) return null;
    const before = entries.get(keyOf(entry.saga));
    if (before === undefined) entries.set(keyOf(entry.saga), [entry]);
    else before.push(entry);
  }
  return entries;
}

function reportStrangers(
  audit: Operation,
  entries: ReadonlyMap<ValueKey, readonly AuditEntry[]>,
  sagas: ReadonlyMap<ValueKey, Saga>,
  key: string | null,
  into: Findings,
): void {
  for (const [id, [first]] of entries) {
    if (sagas.has(id) || first === undefined) continue;
    into.add('from-nowhere', 1, () => ({
      sentence: `#${audit.index} shows saga ${show(first.saga)}${onKey(key)}, which nobody began`,
      operations: [audit],
      key,
    }));
  }
}

function report(
  { operation, steps }: Saga,
  end: SagaEnd,
  audit: Operation,
  key: string | null,
  into: Findings,
): void {
  const add = (name: string, because: string) =>
    into.add(name, steps.length, () => ({
      sentence: `of the saga #${operation.index}${onKey(key)} (${steps.map(show).join(', ')}) ${because}, by #${audit.index}`,
      operations: [operation, audit],
      key,
    }));
  if (end.end === 'wrong') add(end.name, end.because);
  else if (operation.outcome === 'ok' && end.end !== 'done') {
    add('acknowledged-but-not-done', `nothing lasts, though it was acknowledged (${end.end})`);
  } else if (operation.outcome === 'fail' && end.end === 'done') {
    add('refused-but-done', 'all steps are done, though it failed');
  }
}
