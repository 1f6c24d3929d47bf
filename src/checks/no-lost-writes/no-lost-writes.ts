/**
 * No acknowledged write is lost: what was acknowledged shows at last, or something that was written
 * no earlier.
 *
 * Of a collection (`add`, `broadcast`, `append`) every acknowledged element must be in some final
 * read. Of a register (`write`, `cas`) a write is lost if every final read shows a value whose
 * writers had all completed before that write was even invoked: it did not merely lose a race. A
 * writer of unknown outcome may have come late, so it loses nothing. A write of unknown outcome
 * that some read shows has happened, and may not be lost either.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { type CertainWrite, certainWrites } from '../findings/certain-writes.ts';
import { finalReads } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isList, keyOf, show, type ValueKey } from '../findings/values.ts';
import { isSiblings, judgeSiblings, type PartJudged } from './siblings.ts';

export interface LostWritesOptions {
  readonly checker: string;
  /** What a register holds before the first write. */
  readonly initial: Plain;
}

const KNOWN = [
  ...['write', 'cas', 'add', 'broadcast', 'append', 'read', 'remove', 'contains'],
  ...['put', 'get', 'delete'],
];

export function judgeLostWrites(parts: readonly Part[], options: LostWritesOptions): CheckResult {
  const { checker, initial } = options;
  const stranger = strangerAmong(parts, KNOWN);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['lost-write', 'from-nowhere']);
  const total = { acknowledged: 0, finals: 0 };
  let unread: string | null = null;
  for (const part of parts) {
    const { judged, finals } = judgePart(part, initial, findings);
    total.acknowledged += judged;
    total.finals += finals.length;
    if (finals.length > 0 || judged === 0) continue;
    unread ??= unreadText(part);
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.acknowledged,
      acknowledgedCount: total.acknowledged,
      finalReadCount: total.finals,
      lostCount: findings.countOf('lost-write'),
    },
    passed: `None of ${count(total.acknowledged, 'acknowledged write')} was lost, by ${count(total.finals, 'final read')}.`,
    unknown: unread ?? (total.acknowledged === 0 ? 'No write was acknowledged.' : null),
  });
}

/** Every write that is gone, as `no-lost-writes` has it. */
export function lostWrites(parts: readonly Part[]): {
  readonly lost: readonly CertainWrite[];
  /** Writes that surely happened. */
  readonly judged: number;
  /** Why some of them cannot be judged; null if all can. */
  readonly unread: string | null;
} {
  const unseen = new Findings([]);
  const all = parts.map((part) => ({ part, ...judgePart(part, null, unseen) }));
  const open = all.find(({ judged, finals }) => judged > 0 && finals.length === 0);
  return {
    lost: all.flatMap(({ lost }) => lost),
    judged: all.reduce((sum, { judged }) => sum + judged, 0),
    unread: open === undefined ? null : unreadText(open.part),
  };
}

function unreadText({ key }: Part): string {
  return `Nothing was read${onKey(key)} after the last write had ended.`;
}

function judgePart(part: Part, initial: Plain, into: Findings): PartJudged {
  if (isSiblings(part)) return judgeSiblings(part, into);
  const isRegister = part.operations.some(({ f }) => f === 'write' || f === 'cas');
  return isRegister ? judgeRegister(part, initial, into) : judgeCollection(part, into);
}

// --- Collections -------------------------------------------------------------------------------

function judgeCollection({ key, operations }: Part, into: Findings): PartJudged {
  const finals = [...finalReads(operations).values()];
  const certain = certainWrites(operations, ({ f, input }) =>
    f === 'add' || f === 'broadcast' || f === 'append' ? input : undefined,
  );
  const removed = new Set<ValueKey>();
  for (const { f, outcome, input } of operations) {
    if (f === 'remove' && outcome !== 'fail') removed.add(keyOf(input));
  }
  const shown = new Set<ValueKey>();
  const texts: string[] = [];
  for (const { output } of finals) {
    if (isList(output)) for (const element of output) shown.add(keyOf(element));
    else if (typeof output === 'string') texts.push(output);
  }
  const isShown = ({ input }: Operation) =>
    shown.has(keyOf(input)) || texts.some((text) => text.includes(String(input)));
  const [read] = finals;
  if (read === undefined) return { judged: certain.length, finals, lost: [] };
  const lost = certain.filter(({ write }) => !isShown(write) && !removed.has(keyOf(write.input)));
  for (const { write, how } of lost) {
    into.add('lost-write', 2, () => ({
      sentence: `${named(write)}${onKey(key)} was ${how}, but none of ${count(finals.length, 'final read')} shows it, #${read.index} for one`,
      operations: [write, read],
      key,
    }));
  }
  return { judged: certain.length, finals, lost };
}

// --- Registers ---------------------------------------------------------------------------------

/** The value that a write leaves; undefined of anything else. */
function valueOf({ f, input }: Operation): Plain | undefined {
  if (f === 'write') return input;
  return f === 'cas' && isList(input) ? (input[1] ?? null) : undefined;
}

function judgeRegister({ key, operations }: Part, initial: Plain, into: Findings): PartJudged {
  const finals = [...finalReads(operations).values()];
  const writers = new Map<ValueKey, Operation[]>();
  const certain = certainWrites(operations, valueOf);
  for (const operation of operations) {
    const value = valueOf(operation);
    if (value === undefined || operation.outcome === 'fail') continue;
    const before = writers.get(keyOf(value));
    if (before === undefined) writers.set(keyOf(value), [operation]);
    else before.push(operation);
  }
  const views = finals.map((read) => viewOf(read, writers, initial));
  for (const { read, writer, isFromNowhere } of views) {
    if (!isFromNowhere) continue;
    into.add('from-nowhere', writer === null ? 1 : 2, () => ({
      sentence: `#${read.index} read ${show(read.output)}${onKey(key)} at last, which nobody had written`,
      operations: [read],
      key,
    }));
  }
  const latest = views.reduce<View | null>(
    (best, view) => (best === null || view.overAtUs > best.overAtUs ? view : best),
    null,
  );
  if (latest === null || latest.isFromNowhere) return { judged: certain.length, finals, lost: [] };
  const lost = certain.filter(({ write }) => write.invokedAtUs > latest.overAtUs);
  for (const one of lost) reportLost(one, latest, key, into);
  return { judged: certain.length, finals, lost };
}

/** What a final read shows. */
interface View {
  readonly read: Operation;
  /** The writer of its value that completed last; null if there is none. */
  readonly writer: Operation | null;
  /** When all writers of its value were over: -Infinity of the initial value. */
  readonly overAtUs: number;
  readonly isFromNowhere: boolean;
}

function viewOf(
  read: Operation,
  writers: ReadonlyMap<ValueKey, readonly Operation[]>,
  initial: Plain,
): View {
  let writer: Operation | null = null;
  for (const each of writers.get(keyOf(read.output)) ?? []) {
    if (writer === null || each.completedAtUs > writer.completedAtUs) writer = each;
  }
  const isFromNowhere = writer === null && keyOf(read.output) !== keyOf(initial);
  return { read, writer, overAtUs: writer?.completedAtUs ?? -Infinity, isFromNowhere };
}

function reportLost(
  { write, how }: CertainWrite,
  view: View,
  key: string | null,
  into: Findings,
): void {
  const { read, writer } = view;
  // The last write that was lost is the plainest: nothing later could have replaced it.
  into.add('lost-write', -write.invokedAtUs, () => {
    const older =
      writer === null
        ? `the initial value ${show(read.output)}`
        : `${show(read.output)} of #${writer.index}, which was over before #${write.index} was invoked`;
    const sentence = `${named(write)}${onKey(key)} was ${how}, but at last #${read.index} read ${older}`;
    return { sentence, operations: [...(writer === null ? [] : [writer]), write, read], key };
  });
}

function named(operation: Operation): string {
  const { index, f, input } = operation;
  if (f === 'cas' && isList(input)) {
    return `#${index}, the compare-and-set of ${show(input[0] ?? null)} to ${show(input[1] ?? null)},`;
  }
  return `#${index}, the ${f} of ${show(input)},`;
}
