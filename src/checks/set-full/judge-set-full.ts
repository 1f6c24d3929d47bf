/**
 * The verdict on sets that are read again and again, from the fates of their elements.
 */
import { formatDurationUs } from '../../sim/units.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { latencyNumbers } from '../findings/quantiles.ts';
import { count, show } from '../findings/values.ts';
import { type ElementFate, type SetFull, setFull } from './set-full.ts';

export interface SetFullOptions {
  readonly checker: string;
  /** What adds are called. */
  readonly add: string;
  /** Whether a read that misses a known element is wrong even if a later one shows it. */
  readonly linearizable?: boolean;
}

/** What adds are called: `broadcast` where there is one, else `add`. */
export function addNameIn(parts: readonly Part[]): string {
  const isBroadcast = parts.some(({ operations }) => operations.some(({ f }) => f === 'broadcast'));
  return isBroadcast ? 'broadcast' : 'add';
}

/** Lost, duplicated and unexpected elements fail; nothing stable is `unknown`. */
export function judgeSetFull(parts: readonly Part[], options: SetFullOptions): CheckResult {
  const { checker, add, linearizable = false } = options;
  const stranger = strangerAmong(parts, [add, 'read', 'remove', 'contains']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['lost', 'unexpected', 'duplicated', 'stale']);
  const fates: ElementFate[] = [];
  let silent: string | null = null;
  let reads = 0;
  for (const part of parts) {
    const set = setFull(part, add);
    if (set.unreadable !== null) {
      const { index, output } = set.unreadable;
      return notJudged(checker, `Nothing was judged: #${index} read ${show(output)}, no list.`);
    }
    report(set, part.key, linearizable, findings);
    for (const fate of set.fates) fates.push(fate);
    reads += set.reads.length;
    if (!set.fates.some(({ outcome }) => outcome === 'stable')) {
      silent ??= `No element${onKey(part.key)} is known to have stayed in the set: ${
        set.reads.length === 0 ? 'it was never read' : 'no read shows one after it was known'
      }.`;
    }
  }
  const of = (outcome: ElementFate['outcome']) => fates.filter((fate) => fate.outcome === outcome);
  const stable = of('stable');
  const stale = stable.filter(({ latencyUs }) => latencyUs > 0);
  const staleness = stale.length === 0 ? '' : `, ${stale.length} of them after a read missed it`;
  return conclude({
    checker,
    findings,
    numbers: {
      judged: stable.length,
      readCount: reads,
      attemptCount: fates.length,
      acknowledgedCount: fates.filter(({ acknowledged }) => acknowledged).length,
      stableCount: stable.length,
      staleCount: stale.length,
      lostCount: of('lost').length,
      neverReadCount: of('never-read').length,
      unexpectedCount: findings.countOf('unexpected'),
      duplicatedCount: findings.countOf('duplicated'),
      ...latencyNumbers('stableLatency', stable.map(latencyOf)),
      ...latencyNumbers('lostLatency', of('lost').map(latencyOf)),
    },
    passed: `None of ${count(stable.length, 'element')} that reads show was lost${staleness}.`,
    unknown: silent,
  });
}

function latencyOf({ latencyUs }: ElementFate): number {
  return latencyUs;
}

function report(set: SetFull, key: string | null, linearizable: boolean, into: Findings): void {
  for (const fate of set.fates) {
    if (fate.outcome === 'lost') into.add('lost', evidenceOf(fate).length, () => lost(fate, key));
    if (linearizable && fate.outcome === 'stable' && fate.latencyUs > 0) {
      into.add('stale', evidenceOf(fate).length, () => stale(fate, key));
    }
  }
  for (const { read, element } of set.unexpected) {
    into.add('unexpected', 1, () => ({
      sentence: `#${read.index} read ${show(element)}${onKey(key)}, which nobody had tried to add by then`,
      operations: [read],
      key,
    }));
  }
  for (const { read, element } of set.duplicated) {
    into.add('duplicated', 1, () => ({
      sentence: `#${read.index} shows ${show(element)}${onKey(key)} more than once`,
      operations: [read],
      key,
    }));
  }
}

/** What shows a loss or a stale read: the add, what made it known, the reads that tell. */
function evidenceOf({ add, known, lastPresent, lastAbsent }: ElementFate) {
  const shown = [add, known, lastPresent, lastAbsent].filter((operation) => operation !== null);
  return [...new Set(shown)];
}

function lost(fate: ElementFate, key: string | null) {
  const { element, known, lastPresent, lastAbsent, latencyUs } = fate;
  const later = latencyUs === 0 ? '' : ` ${formatDurationUs(latencyUs)} later`;
  const seen =
    lastPresent === null
      ? 'no read ever shows it'
      : `#${lastPresent.index} shows it${later === '' ? ' last' : later}`;
  const sentence =
    `${show(element)}${onKey(key)} was lost: #${known?.index} made it known, ${seen}, ` +
    `and #${lastAbsent?.index}, the last to be invoked, does not`;
  return { sentence, operations: evidenceOf(fate), key };
}

function stale(fate: ElementFate, key: string | null) {
  const { element, known, lastAbsent, latencyUs } = fate;
  const later = formatDurationUs(latencyUs);
  const sentence =
    `#${lastAbsent?.index} misses ${show(element)}${onKey(key)}, ` +
    `which #${known?.index} had made known ${later} before`;
  return { sentence, operations: evidenceOf(fate), key };
}
