/**
 * How often each request took effect, by the list of effects that is read at the end: exactly once,
 * at least once, or at most once if it was acknowledged; never if it failed; at most once if nobody
 * knows (at-least-once delivery may repeat it). What an earlier
 * read shows took effect.
 */
import type { Operation } from '../../sim/history.ts';
import type { CheckResult } from '../checker.ts';
import { markedFinal, noFinalRead } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, elementsOf, keyOf, show, type ValueKey } from '../findings/values.ts';

export const effectGuarantees = ['exactly-once', 'at-least-once', 'at-most-once'] as const;
export type EffectGuarantee = (typeof effectGuarantees)[number];

export function judgeEffects(
  checker: string,
  parts: readonly Part[],
  guarantee: EffectGuarantee,
): CheckResult {
  const stranger = strangerAmong(parts, ['apply', 'read']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings([
    'applied-twice',
    'never-applied',
    'refused-but-applied',
    'from-nowhere',
  ]);
  const total = { requests: 0, acknowledged: 0, effects: 0, repeated: 0 };
  let unread: string | null = null;
  for (const part of parts) {
    const read = lastRead(part.operations);
    const requests = requestsOf(part.operations);
    total.requests += requests.size;
    for (const { acknowledged } of requests.values()) if (acknowledged) total.acknowledged++;
    if (read === null) {
      const late = `The effects${onKey(part.key)} were not read after the last request had ended.`;
      unread ??= noFinalRead(part, late);
      continue;
    }
    const effects = elementsOf(read.output);
    if (effects === null) {
      return notJudged(
        checker,
        `Nothing was judged: #${read.index} read ${show(read.output)}, no list.`,
      );
    }
    total.effects += effects.length;
    total.repeated += report(read, requests, guarantee, part.key, findings);
  }
  const repeats = total.repeated === 0 ? '' : `, ${total.repeated} of them repeated`;
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.acknowledged + total.effects,
      requestCount: total.requests,
      acknowledgedCount: total.acknowledged,
      effectCount: total.effects,
      repeatedCount: total.repeated,
    },
    passed: `${count(total.acknowledged, 'acknowledged request')} took effect ${guarantee.replaceAll('-', ' ')}: ${count(total.effects, 'effect')}${repeats}.`,
    unknown: unread,
  });
}

/** The last answered read: of those marked as final, else invoked after every request had ended. */
function lastRead(operations: readonly Operation[]): Operation | null {
  const marked = markedFinal(operations);
  if (marked !== null) return marked.at(-1) ?? null;
  let quietFromUs = -Infinity;
  let last: Operation | null = null;
  for (const { f, outcome, invokedAtUs, endedAtUs } of operations) {
    if (f !== 'apply' || outcome === 'fail') continue;
    quietFromUs = Math.max(quietFromUs, endedAtUs === Infinity ? invokedAtUs : endedAtUs);
  }
  for (const operation of operations) {
    const { f, outcome, invokedAtUs } = operation;
    if (f === 'read' && outcome === 'ok' && invokedAtUs > quietFromUs) last = operation;
  }
  return last;
}

/** A request, however often it was tried under its id. */
interface Request {
  readonly first: Operation;
  acknowledged: boolean;
  /** `was acknowledged`, or `was seen by #3`: it took effect, at least once. Null: nobody knows. */
  certain: string | null;
  /** Every try failed for certain. */
  refused: boolean;
}

function requestsOf(operations: readonly Operation[]): ReadonlyMap<ValueKey, Request> {
  const requests = new Map<ValueKey, Request>();
  for (const operation of operations) {
    if (operation.f !== 'apply') continue;
    const key = keyOf(operation.input);
    let request = requests.get(key);
    if (request === undefined) {
      request = { first: operation, acknowledged: false, certain: null, refused: true };
      requests.set(key, request);
    }
    if (operation.outcome === 'ok') {
      request.acknowledged = true;
      request.certain = 'was acknowledged';
    }
    if (operation.outcome !== 'fail') request.refused = false;
  }
  for (const { f, outcome, output, index } of operations) {
    if (f !== 'read' || outcome !== 'ok') continue;
    for (const effect of elementsOf(output) ?? []) {
      const request = requests.get(keyOf(effect));
      if (request !== undefined) request.certain ??= `was seen by #${index}`;
    }
  }
  return requests;
}

/** Returns how many effects are repetitions. */
function report(
  read: Operation,
  requests: ReadonlyMap<ValueKey, Request>,
  guarantee: EffectGuarantee,
  key: string | null,
  into: Findings,
): number {
  const times = new Map<ValueKey, number>();
  let repeated = 0;
  for (const effect of elementsOf(read.output) ?? []) {
    const id = keyOf(effect);
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    if (before > 0) repeated++;
    else if (!requests.has(id)) {
      into.add('from-nowhere', 1, () => ({
        sentence: `#${read.index} shows the effect of ${show(effect)}${onKey(key)}, which nobody asked for`,
        operations: [read],
        key,
      }));
    }
  }
  for (const [id, { first, certain, refused }] of requests) {
    const applied = times.get(id) ?? 0;
    const add = (name: string, what: string) =>
      into.add(name, 2, () => ({
        sentence: `#${first.index}, the request ${show(first.input)}${onKey(key)}, ${what} by #${read.index}`,
        operations: [first, read],
        key,
      }));
    if (refused && applied > 0) add('refused-but-applied', 'failed, but took effect');
    else if (applied > 1 && guarantee !== 'at-least-once') {
      add('applied-twice', `took effect ${count(applied, 'time')}`);
    } else if (applied === 0 && certain !== null && guarantee !== 'at-most-once') {
      add('never-applied', `${certain}, but had no effect`);
    }
  }
  return repeated;
}
