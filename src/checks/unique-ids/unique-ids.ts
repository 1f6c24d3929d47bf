/**
 * Identifiers that must differ, whoever asks for them and when.
 *
 * After Jepsen's checker `unique-ids` (jepsen-io/jepsen, checker.clj).
 */
import { greater, isNumeric, lesser, type Numeric } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings, shortNumbers } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, keyOf, show, type ValueKey } from '../findings/values.ts';

export interface UniqueIds {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Identifiers that were given more than once, with those who got them. */
  readonly duplicated: readonly { readonly id: Plain; readonly given: readonly Operation[] }[];
  /** The smallest and the largest, if all are numbers. */
  readonly range: readonly [Numeric, Numeric] | null;
}

export function uniqueIds({ operations }: Part): UniqueIds {
  const given = new Map<ValueKey, Operation[]>();
  let acknowledged = 0;
  let [min, max]: [Numeric, Numeric] = [Infinity, -Infinity];
  let areNumbers = true;
  for (const operation of operations) {
    if (operation.outcome !== 'ok') continue;
    acknowledged++;
    const { output } = operation;
    if (isNumeric(output)) {
      min = lesser(min, output);
      max = greater(max, output);
    } else areNumbers = false;
    const key = keyOf(output);
    const before = given.get(key);
    if (before === undefined) given.set(key, [operation]);
    else before.push(operation);
  }
  const twice = [...given.values()].filter(({ length }) => length > 1);
  return {
    attempted: operations.length,
    acknowledged,
    duplicated: twice.map((all) => ({ id: all[0]?.output ?? null, given: all })),
    range: areNumbers && acknowledged > 0 ? [min, max] : null,
  };
}

export function judgeUniqueIds(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['generate']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['duplicated']);
  let attemptedCount = 0;
  let acknowledgedCount = 0;
  const ranges: [Numeric, Numeric][] = [];
  for (const part of parts) {
    const { attempted, acknowledged, duplicated, range } = uniqueIds(part);
    attemptedCount += attempted;
    acknowledgedCount += acknowledged;
    if (range !== null) ranges.push([...range]);
    for (const { id, given } of duplicated) {
      findings.add('duplicated', given.length, () => ({
        sentence: `${show(id)}${onKey(part.key)} was given ${count(given.length, 'time')}: ${given
          .slice(0, 4)
          .map(({ index }) => `#${index}`)
          .join(', ')}${given.length > 4 ? ', ...' : ''}`,
        operations: given.slice(0, 2),
        key: part.key,
      }));
    }
  }
  const range =
    ranges.length === 0
      ? {}
      : {
          rangeMin: ranges.map(([min]) => min).reduce(lesser),
          rangeMax: ranges.map(([, max]) => max).reduce(greater),
        };
  return conclude({
    checker,
    findings,
    numbers: {
      judged: acknowledgedCount,
      attemptedCount,
      acknowledgedCount,
      duplicatedCount: findings.countOf('duplicated'),
      ...shortNumbers(range),
    },
    passed: `All ${count(acknowledgedCount, 'identifier')} given are different.`,
  });
}
