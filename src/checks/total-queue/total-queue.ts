/**
 * What goes in must come out: for queues that are emptied at the end of the test.
 *
 * After Jepsen's checker `total-queue` (jepsen-io/jepsen, checker.clj). All counts are of
 * multisets: `attempts` is everything whose enqueue was invoked, `ok` what came out as often as it
 * was tried, `lost` what was acknowledged and did not come out, `unexpected` what came out though
 * nobody had tried to put it in, `duplicated` what came out more often than it was put in,
 * `recovered` what came out without having been acknowledged.
 *
 * `drain` is many dequeues at once; its answer is the list of what it took. A drain that did not
 * return may have taken anything, so that nothing can be called lost after it.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, nullPut, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isList, keyOf, show, type ValueKey } from '../findings/values.ts';

/** One value and all that was done with it. */
export interface Fate {
  readonly value: Plain;
  /** Enqueues, by how they ended; dequeues and drains that gave it, one entry each time. */
  readonly attempts: Operation[];
  readonly acknowledged: Operation[];
  readonly dequeues: Operation[];
}

export interface TotalQueue {
  readonly fates: readonly Fate[];
  /** A drain that did not return, or whose answer is no list. */
  readonly crashedDrain: Operation | null;
}

export function totalQueue({ operations }: Part): TotalQueue {
  const fates = new Map<ValueKey, Fate>();
  const fateOf = (value: Plain): Fate => {
    const key = keyOf(value);
    let fate = fates.get(key);
    if (fate === undefined) {
      fate = { value, attempts: [], acknowledged: [], dequeues: [] };
      fates.set(key, fate);
    }
    return fate;
  };
  let crashedDrain: Operation | null = null;
  for (const operation of operations) {
    const { f, outcome, input, output } = operation;
    if (f === 'enqueue') {
      const fate = fateOf(input);
      fate.attempts.push(operation);
      if (outcome === 'ok') fate.acknowledged.push(operation);
    } else if (f === 'drain') {
      if (outcome === 'ok' && isList(output)) {
        for (const value of output) fateOf(value).dequeues.push(operation);
      } else if (outcome !== 'fail') crashedDrain ??= operation;
    } else if (outcome === 'ok' && output !== null) {
      fateOf(output).dequeues.push(operation);
    }
  }
  return { fates: [...fates.values()], crashedDrain };
}

/** How often a value was lost, and so on: multiset differences. */
export function countsOf({ attempts, acknowledged, dequeues }: Fate) {
  const ok = Math.min(dequeues.length, attempts.length);
  return {
    attempt: attempts.length,
    acknowledged: acknowledged.length,
    ok,
    lost: Math.max(0, acknowledged.length - dequeues.length),
    unexpected: attempts.length === 0 ? dequeues.length : 0,
    duplicated: attempts.length === 0 ? 0 : Math.max(0, dequeues.length - attempts.length),
    recovered: Math.max(0, ok - acknowledged.length),
  };
}

export interface TotalQueueOptions {
  readonly checker: string;
  /** Whether what came out twice is wrong; at-least-once delivery allows it. */
  readonly exactlyOnce: boolean;
}

export function judgeTotalQueue(parts: readonly Part[], options: TotalQueueOptions): CheckResult {
  const { checker, exactlyOnce } = options;
  const stranger = strangerAmong(parts, ['enqueue', 'dequeue', 'drain']);
  const refusal = stranger ?? nullPut(parts);
  if (refusal !== null) return notJudged(checker, refusal);
  const findings = new Findings(['lost', 'unexpected', 'duplicated']);
  const total = {
    attempt: 0,
    acknowledged: 0,
    ok: 0,
    lost: 0,
    unexpected: 0,
    duplicated: 0,
    recovered: 0,
  };
  let unknown: string | null = null;
  for (const part of parts) {
    const { fates, crashedDrain } = totalQueue(part);
    for (const fate of fates) {
      const counts = countsOf(fate);
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
      if (counts.lost > 0 && crashedDrain === null) addLost(fate, part.key, findings);
      if (counts.lost > 0 && crashedDrain !== null) {
        unknown ??= `Undecided: #${crashedDrain.index}, a drain that gave no list, may have taken what is missing${onKey(part.key)}.`;
      }
      if (counts.unexpected > 0) addUnexpected(fate, part.key, findings);
      if (counts.duplicated > 0 && exactlyOnce) addDuplicated(fate, part.key, findings);
    }
  }
  const twice = total.duplicated === 0 ? '' : `; ${total.duplicated} came out once too often`;
  const numbers = Object.fromEntries(
    Object.entries(total).map(([name, n]) => [`${name}Count`, n] as const),
  );
  return conclude({
    checker,
    findings,
    numbers: { judged: total.acknowledged + total.ok, ...numbers },
    passed: `Everything that was acknowledged came out: ${count(total.ok, 'value')}, ${total.recovered} of them never acknowledged${twice}.`,
    unknown,
    next: nextOf(parts, findings),
  });
}

/** A dequeue that never returned may have what is lost: Jepsen counts it as lost all the same. */
function nextOf(parts: readonly Part[], findings: Findings): readonly string[] {
  if (findings.countOf('lost') === 0) return [];
  for (const { operations } of parts) {
    const open = operations.find(({ f, outcome }) => f === 'dequeue' && outcome === 'info');
    if (open === undefined) continue;
    return [
      `#${open.index} is a dequeue of unknown outcome: what is missing may have gone to a client that did not live to tell.`,
    ];
  }
  return [];
}

function addLost({ value, acknowledged, dequeues }: Fate, key: string | null, into: Findings) {
  const shown = [...acknowledged, ...dequeues];
  into.add('lost', shown.length, () => {
    const [first] = acknowledged;
    const often =
      acknowledged.length === 1
        ? 'and it never came out'
        : `as one of ${acknowledged.length} times, but it came out ${count(dequeues.length, 'time')}`;
    return {
      sentence: `#${first?.index} enqueued ${show(value)}${onKey(key)}, acknowledged, ${often}`,
      operations: shown,
      key,
    };
  });
}

function addUnexpected({ value, dequeues }: Fate, key: string | null, into: Findings) {
  const [first] = dequeues;
  if (first === undefined) return;
  into.add('unexpected', 1, () => ({
    sentence: `#${first.index} dequeued ${show(value)}${onKey(key)}, which nobody tried to put in`,
    operations: [first],
    key,
  }));
}

function addDuplicated({ value, attempts, dequeues }: Fate, key: string | null, into: Findings) {
  const shown = [...attempts, ...dequeues];
  into.add('duplicated', shown.length, () => ({
    sentence: `${show(value)}${onKey(key)} was put in ${count(attempts.length, 'time')} at most, but came out ${count(dequeues.length, 'time')}`,
    operations: shown,
    key,
  }));
}
