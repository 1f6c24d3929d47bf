/**
 * What a store with siblings owes: of the values of a key, a read shows those that no other one
 * replaces (DeCandia et al. 2007, Dynamo, section 4.4).
 *
 * Two things can go wrong. A value is gone although nobody who had seen it wrote: a lost write,
 * which the final reads show. Or a value stands beside another one whose writer had seen it: a
 * false sibling, which any read may show, and which makes a store with plain version vectors grow
 * siblings without end. A put has seen what its process has read or written of the key before.
 */
import type { Operation } from '../../sim/history.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isList, keyOf, show, type ValueKey } from '../findings/values.ts';
import { judgeSiblings } from '../no-lost-writes/siblings.ts';

const KNOWN = ['put', 'get', 'delete'];

export function judgeSiblingSets(parts: readonly Part[], checker: string): CheckResult {
  const stranger = strangerAmong(parts, KNOWN);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['lost-write', 'false-sibling', 'from-nowhere']);
  let writes = 0;
  let reads = 0;
  let unread: string | null = null;
  for (const part of parts) {
    const { judged, finals } = judgeSiblings(part, findings);
    writes += judged;
    reads += judgeReads(part, findings);
    if (judged > 0 && finals.length === 0) {
      unread ??= `Nothing was read${onKey(part.key)} after the last write had ended.`;
    }
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: writes + reads,
      acknowledgedCount: writes,
      readCount: reads,
      lostCount: findings.countOf('lost-write'),
      falseCount: findings.countOf('false-sibling'),
    },
    passed: `None of ${count(writes, 'acknowledged write')} was lost, and none of ${count(reads, 'read')} showed a value beside one that had replaced it.`,
    unknown: unread ?? (writes === 0 ? 'No write was acknowledged.' : null),
  });
}

/** Gives how many reads there were. */
function judgeReads({ key, operations }: Part, into: Findings): number {
  const before = seenBefore(operations);
  const puts = new Map<ValueKey, Operation>();
  for (const operation of operations) {
    if (operation.f === 'put') puts.set(keyOf(operation.input), operation);
  }
  let reads = 0;
  for (const read of operations) {
    if (read.f !== 'get' || read.outcome !== 'ok' || !isList(read.output)) continue;
    reads++;
    const shown = read.output.map(keyOf);
    for (const value of shown) {
      const replaced = shown.find((other) => before.get(value)?.has(other));
      const later = puts.get(value);
      const earlier = replaced === undefined ? undefined : puts.get(replaced);
      if (later === undefined || earlier === undefined) continue;
      into.add('false-sibling', shown.length, () => ({
        sentence: `#${read.index} read ${show(read.output)}${onKey(key)}, but whoever put ${show(later.input)} (#${later.index}) had seen ${show(earlier.input)} (#${earlier.index}) before`,
        operations: [earlier, later, read],
        key,
      }));
      break;
    }
  }
  return reads;
}

/** By value that was put: what its process had read or written of the key until then. */
function seenBefore(operations: readonly Operation[]): ReadonlyMap<ValueKey, Set<ValueKey>> {
  const before = new Map<ValueKey, Set<ValueKey>>();
  const seen = new Map<number, Set<ValueKey>>();
  for (const { process, f, input, output, outcome } of operations) {
    const own = seen.get(process) ?? new Set<ValueKey>();
    seen.set(process, own);
    if (f === 'put') before.set(keyOf(input), new Set(own));
    // Only what was answered is in the context that the process shows next time.
    if (outcome !== 'ok') continue;
    if (f === 'put') own.add(keyOf(input));
    else if (f === 'get' && isList(output)) for (const value of output) own.add(keyOf(value));
  }
  return before;
}
