/**
 * Agreement and validity of consensus on one value a key (Lamport 2001, "Paxos Made Simple",
 * section 2.1: only a value that was proposed is chosen, only a single value is chosen, and nobody
 * learns that a value is chosen unless it is).
 */
import type { Operation } from '../../sim/history.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, keyOf, show, type ValueKey } from '../findings/values.ts';

export function judgeAgreement(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['propose']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['disagreement', 'never-proposed']);
  let answered = 0;
  let decided = 0;
  let contested = 0;
  for (const part of parts) {
    const heard = part.operations.filter(({ outcome }) => outcome === 'ok');
    answered += heard.length;
    if (heard.length > 0) decided++;
    if (heard.length > 1) contested++;
    findDisagreement(part, heard, findings);
    findInventions(part, heard, findings);
  }
  return conclude({
    checker,
    findings,
    numbers: {
      answeredCount: answered,
      decidedCount: decided,
      // A key with one answer has nobody who could disagree, but its value may be invented.
      contestedCount: contested,
      judged: answered,
      disagreementCount: findings.countOf('disagreement'),
      neverProposedCount: findings.countOf('never-proposed'),
    },
    passed: `All ${count(answered, 'answer')} on ${count(decided, 'key')} agree, ${count(contested, 'key')} with more than one.`,
  });
}

/** The first answer of each other value, beside the first of all. */
function findDisagreement({ key }: Part, heard: readonly Operation[], findings: Findings): void {
  const [first] = heard;
  if (first === undefined) return;
  const seen = new Set<ValueKey>([keyOf(first.output)]);
  for (const operation of heard) {
    const value = keyOf(operation.output);
    if (seen.has(value)) continue;
    seen.add(value);
    findings.add('disagreement', operation.index, () => ({
      sentence: `#${first.index} heard that ${show(first.output)} is chosen${onKey(key)}, #${operation.index} that ${show(operation.output)} is`,
      operations: [first, operation],
      key,
    }));
  }
}

/** A value that nobody had begun to propose when its answer came. */
function findInventions(
  { key, operations }: Part,
  heard: readonly Operation[],
  findings: Findings,
): void {
  const proposedAtUs = new Map<ValueKey, number>();
  for (const { input, invokedAtUs } of operations) {
    const value = keyOf(input);
    const before = proposedAtUs.get(value);
    if (before === undefined || invokedAtUs < before) proposedAtUs.set(value, invokedAtUs);
  }
  for (const operation of heard) {
    const at = proposedAtUs.get(keyOf(operation.output));
    if (at !== undefined && at <= operation.completedAtUs) continue;
    findings.add('never-proposed', operation.index, () => ({
      sentence: `#${operation.index} heard that ${show(operation.output)} is chosen${onKey(key)}, which nobody had proposed`,
      operations: [operation],
      key,
    }));
  }
}
