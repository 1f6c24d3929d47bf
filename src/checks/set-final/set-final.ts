/**
 * A set that is read once everything was added.
 *
 * After Jepsen's checker `set` (jepsen-io/jepsen, checker.clj): what was acknowledged must be in
 * the final read, and nothing else than what somebody tried to add. What came through although its
 * add was not acknowledged is recovered. The final read is the answered read that ended last, of
 * those that the history marks as final if it marks any; what was acknowledged only after its
 * invocation is not judged by it. An add of unknown outcome that an earlier read shows has
 * happened, and must not be lost either.
 *
 * An element that somebody tried to remove may be missing. It may not be there if a removal was
 * acknowledged after every add of it had ended, and before the final read.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { type CertainWrite, certainWrites, earliestOf } from '../findings/certain-writes.ts';
import { markedFinal, noFinalRead } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, elementsOf, keyOf, show, showSome, type ValueKey } from '../findings/values.ts';

export interface SetFinal {
  readonly finalRead: Operation | null;
  readonly attempted: readonly Plain[];
  readonly acknowledged: readonly Plain[];
  /** In the final read, and tried. */
  readonly ok: readonly Plain[];
  readonly lost: readonly Plain[];
  readonly recovered: readonly Plain[];
  readonly unexpected: readonly Plain[];
  /** In the final read although they were removed: each with its removal. */
  readonly returned: ReadonlyMap<Plain, Operation>;
  /** The first add of each element that surely happened. */
  readonly addOf: ReadonlyMap<ValueKey, CertainWrite>;
}

export function setFinal({ operations }: Part): SetFinal {
  const reads = operations.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  let finalRead: Operation | null = null;
  for (const read of markedFinal(operations) ?? reads) {
    if (finalRead === null || read.completedAtUs >= finalRead.completedAtUs) finalRead = read;
  }
  const attempted = new Map<ValueKey, Plain>();
  for (const { f, input } of operations) if (f === 'add') attempted.set(keyOf(input), input);
  const addOf = earliestOf(
    certainWrites(operations, ({ f, input }) => (f === 'add' ? input : undefined)),
  );
  const acknowledged = new Set(
    [...addOf].flatMap(([key, { write }]) => (write.outcome === 'ok' ? [key] : [])),
  );
  const removals = removalsOf(operations);
  const read = new Map((elementsOf(finalRead?.output ?? null) ?? []).map((e) => [keyOf(e), e]));
  const ok = [...read].filter(([key]) => attempted.has(key));
  const isDue = (byUs: number) => finalRead !== null && byUs <= finalRead.invokedAtUs;
  return {
    finalRead,
    attempted: [...attempted.values()],
    acknowledged: Array.from(acknowledged, (key) => attempted.get(key)!),
    ok: ok.map(([, element]) => element),
    lost: [...addOf].flatMap(([key, add]) =>
      isDue(add.byUs) && !read.has(key) && !removals.tried.has(key) ? [add.value] : [],
    ),
    recovered: ok.filter(([key]) => !acknowledged.has(key)).map(([, element]) => element),
    unexpected: [...read].filter(([key]) => !attempted.has(key)).map(([, element]) => element),
    returned: new Map(
      ok.flatMap(([key, element]) => {
        const removal = removals.last.get(key);
        return removal !== undefined && isDue(removal.completedAtUs)
          ? [[element, removal] as const]
          : [];
      }),
    ),
    addOf,
  };
}

interface Removals {
  /** Elements that somebody may have removed. */
  readonly tried: ReadonlySet<ValueKey>;
  /** Of elements that nobody added again: the acknowledged removal. */
  readonly last: ReadonlyMap<ValueKey, Operation>;
}

function removalsOf(operations: readonly Operation[]): Removals {
  const tried = new Set<ValueKey>();
  const last = new Map<ValueKey, Operation>();
  /** Until when an add may have taken effect. */
  const addedUntilUs = new Map<ValueKey, number>();
  for (const { f, input, outcome, completedAtUs } of operations) {
    const key = keyOf(input);
    if (outcome === 'fail') continue;
    if (f === 'remove') tried.add(key);
    if (f === 'add') addedUntilUs.set(key, Math.max(addedUntilUs.get(key) ?? 0, completedAtUs));
  }
  for (const operation of operations) {
    const { f, input, outcome, invokedAtUs, completedAtUs } = operation;
    const key = keyOf(input);
    if (f !== 'remove' || outcome !== 'ok' || (addedUntilUs.get(key) ?? 0) >= invokedAtUs) continue;
    const known = last.get(key);
    if (known === undefined || completedAtUs < known.completedAtUs) last.set(key, operation);
  }
  return { tried, last };
}

export function judgeSetFinal(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['add', 'read', 'remove', 'contains']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['lost', 'unexpected', 'returned']);
  const total = { attempt: 0, acknowledged: 0, ok: 0, lost: 0, recovered: 0, unexpected: 0 };
  let unread: string | null = null;
  for (const part of parts) {
    const set = setFinal(part);
    const { finalRead } = set;
    if (finalRead === null)
      unread ??= noFinalRead(part, `The set${onKey(part.key)} was never read.`);
    else if (elementsOf(finalRead.output) === null) {
      const read = `#${finalRead.index} read ${show(finalRead.output)}`;
      return notJudged(checker, `Nothing was judged: ${read}, no list.`);
    } else report(set, finalRead, part.key, findings);
    total.attempt += set.attempted.length;
    total.acknowledged += set.acknowledged.length;
    total.ok += set.ok.length;
    total.lost += set.lost.length;
    total.recovered += set.recovered.length;
    total.unexpected += set.unexpected.length;
  }
  const more = total.recovered === 0 ? '' : `, ${total.recovered} of them never acknowledged`;
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.acknowledged + total.ok,
      attemptCount: total.attempt,
      acknowledgedCount: total.acknowledged,
      okCount: total.ok,
      lostCount: total.lost,
      recoveredCount: total.recovered,
      unexpectedCount: total.unexpected,
    },
    passed: `The final read shows everything that was acknowledged: ${count(total.ok, 'element')}${more}.`,
    unknown: unread,
  });
}

function report(set: SetFinal, read: Operation, key: string | null, into: Findings): void {
  for (const element of set.lost) {
    into.add('lost', 2, () => {
      const { write: add, how } = set.addOf.get(keyOf(element))!;
      const all = set.lost.length === 1 ? '' : ` (lost: ${showSome(set.lost)})`;
      const sentence = `#${add.index} added ${show(element)}${onKey(key)}, ${how}, but the final read #${read.index} does not show it${all}`;
      return { sentence, operations: [add, read], key };
    });
  }
  for (const [element, removal] of set.returned) {
    into.add('returned', 2, () => ({
      sentence: `the final read #${read.index} shows ${show(element)}${onKey(key)}, which #${removal.index} had removed after all adds of it`,
      operations: [removal, read],
      key,
    }));
  }
  for (const element of set.unexpected) {
    into.add('unexpected', 1, () => ({
      sentence: `the final read #${read.index} shows ${show(element)}${onKey(key)}, which nobody tried to add`,
      operations: [read],
      key,
    }));
  }
}
