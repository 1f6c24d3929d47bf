/**
 * Which operations are judged together: those on one object, and on one key of it. Loads of a
 * scenario act on one object if they call one target, or say so by `object`.
 */
import type { History, Operation } from '../../sim/history.ts';
import { type Checker, type CheckResult, type Facts, objectOfLoad } from '../checker.ts';

/** The operations on one object, or on one key of it, in the order of invocation. */
export interface Part {
  /** What the object is called: the object of its loads; empty where there is only one. */
  readonly object: string;
  readonly key: string | null;
  readonly operations: readonly Operation[];
}

/** Parts in the order in which they were first used. Nothing makes one empty part. */
export function partsOf(
  history: History,
  objectOf: (operation: Operation) => string = () => '',
): readonly Part[] {
  const parts = new Map<string, { object: string; key: string | null; operations: Operation[] }>();
  for (const operation of history) {
    const object = objectOf(operation);
    const { key } = operation;
    const name = key === null ? object : `${object}\u0000${key}`;
    const part = parts.get(name);
    if (part === undefined) parts.set(name, { object, key, operations: [operation] });
    else part.operations.push(operation);
  }
  if (parts.size === 0) return [{ object: '', key: null, operations: [] }];
  return [...parts.values()];
}

/** ` on key x`, or nothing. */
export function onKey(key: string | null): string {
  return key === null ? '' : ` on key ${key}`;
}

/** Says which operation is none of these, if there is one. */
export function strangerAmong(parts: readonly Part[], known: readonly string[]): string | null {
  for (const { operations } of parts) {
    const stranger = operations.find(({ f }) => !known.includes(f));
    if (stranger === undefined) continue;
    const listed = known.map((f) => `'${f}'`).join(', ');
    return `Nothing was judged: #${stranger.index} is a '${stranger.f}', not one of ${listed}.`;
  }
  return null;
}

/** The result when nothing was judged. */
export function notJudged(checker: string, summary: string): CheckResult {
  return {
    checker,
    verdict: 'unknown',
    summary,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: { judged: 0 },
  };
}

interface CheckerParts extends Omit<Checker, 'check'> {
  /** `numbers.judged` of the result is how many things could have been wrong. */
  judge(parts: readonly Part[], facts: Facts): CheckResult;
}

/**
 * A checker for `expect:` over the loads whose workload it judges. Where nothing could have been
 * wrong it answers `unknown`, whatever the judge of a foreign history would say.
 */
export function checkerOver({ judge, ...described }: CheckerParts): Checker {
  return {
    ...described,
    check(history, facts) {
      const objects = new Map(
        facts.loads
          .filter(({ workload }) => described.judges.includes(workload))
          .map((load) => [load.name, objectOfLoad(load)]),
      );
      const judged = history.filter(({ load }) => objects.has(load));
      const result = judge(
        partsOf(judged, ({ load }) => objects.get(load) ?? ''),
        facts,
      );
      if (result.verdict !== 'pass' || result.numbers['judged'] !== 0) return result;
      return { ...result, verdict: 'unknown', summary: `Nothing to judge: ${result.summary}` };
    },
  };
}
