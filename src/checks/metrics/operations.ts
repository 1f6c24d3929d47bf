/** How many operations there were, how fast they succeeded, and how they failed. */
import type { History, Operation } from '../../sim/history.ts';
import { errors as errorRows } from '../../sim/rpc.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { isAnswered } from './parts/request.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, lengthUs, WindowCursor, windowAt } from './parts/windows.ts';

const scopeDoc = 'Arguments: a side, node, group, load or operation. ';

const operations: Metric = {
  name: 'operations',
  summary: 'How many operations were invoked.',
  unit: 'count',
  doc: `${scopeDoc}Operations invoked in the window, however they ended.`,
  accepts: scopeNames,
  measure(args, given, history, facts) {
    const all = population([], given, history, facts);
    if (all.length === 0) return nothing([]);
    const { length } = population(args, given, history, facts);
    const because = `${formatCount(length)} of ${formatCount(all.length)} invoked`;
    return { value: length, samples: all.length, because };
  },
};

const throughput: Metric = {
  name: 'throughput',
  summary: 'Operations that ended ok, per second.',
  unit: 'per-second',
  doc: `${scopeDoc}Counted when they ended, whenever invoked; over the length of the window.`,
  accepts: scopeNames,
  measure: measureThroughput,
};

function measureThroughput(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const invoked = new WindowCursor(windows);
  let samples = 0;
  let ok = 0;
  for (const operation of history) {
    const w = invoked.find(operation.invokedAtUs);
    const ends = windowAt(windows, operation.completedAtUs);
    if (w === -1 && ends === -1) continue;
    if (!scope.includes(operation, ends === -1 ? w : ends)) continue;
    samples++;
    if (operation.outcome === 'ok' && ends !== -1) ok++;
  }
  const spanUs = lengthUs(windows);
  if (samples === 0 || spanUs === 0) return nothing(args);
  const because = `${formatCount(ok)} operations ended ok in ${formatDurationUs(spanUs)}`;
  return { value: (ok * 1_000_000) / spanUs, samples, because };
}

const errors: Metric = {
  name: 'errors',
  summary: 'How many operations ended with an error.',
  unit: 'count',
  doc:
    'Arguments: error codes (`timeout`, `temporarily-unavailable`), and what restricts the ' +
    'operations: a side, node, group, load or operation. Without a code, all errors that are no ' +
    'answer to the question (precondition-failed and missing keys are answers). Of operations ' +
    'invoked in the window.',
  accepts: (names) => [...errorRows.keys(), ...scopeNames(names)],
  measure(args, given, history, facts) {
    const codes = args.filter((arg) => errorRows.has(arg));
    const rest = args.filter((arg) => !errorRows.has(arg));
    const all = population(rest, given, history, facts);
    if (all.length === 0) return nothing(rest);
    const wrong = all.filter((operation) => {
      if (codes.length === 0) return !isAnswered(operation);
      return operation.error !== null && codes.includes(operation.error);
    });
    return { value: wrong.length, samples: all.length, because: ofErrors(wrong, all.length) };
  },
};

function ofErrors(wrong: readonly Operation[], total: number): string {
  const [first] = wrong;
  if (first === undefined) return `none among ${formatCount(total)} operations`;
  const counts = new Map<string, number>();
  for (const { error } of wrong) {
    const code = error ?? 'no end';
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const kinds = [...counts].map(([code, count]) => `${code} ${formatCount(count)}`).join(', ');
  const at = formatMomentUs(first.invokedAtUs);
  return `${kinds}, of ${formatCount(total)} operations; first #${first.index} at ${at}`;
}

/** The operations invoked in the windows that the arguments mean. */
export function population(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): readonly Operation[] {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const cursor = new WindowCursor(windows);
  return history.filter((operation) => {
    const w = cursor.find(operation.invokedAtUs);
    return w !== -1 && scope.includes(operation, w);
  });
}

function nothing(args: readonly string[]): Measurement {
  const because = `no operation${ofScope(args)} was invoked in the window`;
  return { value: null, samples: 0, because };
}

export default [operations, throughput, errors] satisfies readonly Metric[];
