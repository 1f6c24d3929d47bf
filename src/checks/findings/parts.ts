/**
 * Which operations are judged together: those on one object, and on one key of it. Loads of a
 * scenario act on one object if they call one target, or say so by `object`.
 */
import { isNumeric } from '../../sim/exact-number.ts';
import type { History, Operation } from '../../sim/history.ts';
import { defaultsOf, type Params, type ParamTable } from '../../sim/params.ts';
import type { Checker, CheckResult, Facts } from '../checker.ts';
import type { AnyJudge } from '../judge.ts';
import { judgedBy } from '../judged-loads.ts';
import { show } from './values.ts';

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

/** Says which enqueue puts null in: taken out, it could not be told from nothing. */
export function nullPut(parts: readonly Part[]): string | null {
  for (const { operations } of parts) {
    const odd = operations.find(
      ({ f, outcome, input }) => f === 'enqueue' && outcome !== 'fail' && input === null,
    );
    if (odd !== undefined) {
      return `Nothing was judged: #${odd.index} enqueued null, which stands for an empty queue.`;
    }
  }
  return null;
}

/** Says which answered read is no number, if there is one. */
export function noNumber(parts: readonly Part[]): string | null {
  for (const { operations } of parts) {
    const odd = operations.find(
      ({ f, outcome, output }) => f === 'read' && outcome === 'ok' && !isNumeric(output),
    );
    if (odd !== undefined) {
      return `Nothing was judged: #${odd.index} read ${show(odd.output)}, no number.`;
    }
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

interface CheckerParts<T extends ParamTable>
  extends Omit<Checker<T>, 'check' | 'params' | 'shorthand'> {
  readonly params?: T;
  readonly shorthand?: keyof T & string;
  /** `numbers.judged` of the result is how many things could have been wrong. */
  judge(parts: readonly Part[], args: Params<T>, facts: Facts): CheckResult;
}

const NOTHING_JUDGED = 'Nothing to judge: no answer could have been wrong.';

/**
 * A checker for `expect:` over the loads that it judges. Where nothing could have been wrong it
 * answers `unknown`, whatever the judge of a foreign history would say.
 */
export function checkerOver<const T extends ParamTable = Record<never, never>>({
  judge,
  params,
  shorthand,
  ...described
}: CheckerParts<T>): Checker<T> {
  return {
    ...described,
    params: params ?? ({} as T),
    shorthand: shorthand ?? null,
    check(history, facts, args = defaultsOf(params ?? ({} as T))) {
      const { operations, objectOf } = judgedBy(described, history, facts);
      const result = judge(partsOf(operations, objectOf), args, facts);
      if (result.verdict !== 'pass' || result.numbers['judged'] !== 0) return result;
      return { ...result, verdict: 'unknown', summary: NOTHING_JUDGED };
    },
  };
}

/** The checker that says of a run what a judge says of a history: under its name, in its words. */
export function checkerLike<const T extends ParamTable = Record<never, never>>(
  { name, summary, sources }: Pick<AnyJudge, 'name' | 'summary' | 'sources'>,
  rest: Omit<CheckerParts<T>, 'name' | 'summary' | 'sources'>,
): Checker<T> {
  return checkerOver({ name, summary, sources, ...rest } as CheckerParts<T>);
}

/**
 * The argument that says which of a judge's consistencies is meant, as `--consistency` does for
 * `dsim check`.
 */
export function consistencyParam<const O extends readonly string[]>(options: O, def: O[number]) {
  return {
    type: 'choice',
    options,
    default: def,
    doc: 'What is asked for, as by `--consistency` of `dsim check`.',
  } as const;
}
