/**
 * Endless loops of own code. A handler that does not come back leaves nothing to ask, but a run
 * repeats: one that takes long is run again for twice as long, and if it has come no event further,
 * the handler hangs. V8's profiler, which samples while it does, says in which function, and near
 * which line.
 */
import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { sourceLine } from '../scenarios/host/own-stack.ts';
import type { Result } from '../scenarios/result.ts';
import type { TraceEvent } from '../sim/trace.ts';
import type { Ending } from './interruptible.ts';

/** A run that is stopped after so much host time; null: never. */
export type Attempt = (limitMs: number | null) => Ending<Result>;

/** Runs until the end, or until it is sure that a handler hangs: that is an error of the run. */
export function runWatched(attempt: Attempt, patienceMs: number): Ending<Result> {
  const first = attempt(patienceMs);
  if (first.kind !== 'timeout') return first;
  const { value: second, line } = whileProfiled(() => attempt(2 * patienceMs));
  if (second.kind !== 'timeout') return second;
  const before = first.partial?.() ?? null;
  const after = second.partial?.() ?? null;
  if (before === null || after === null || before.events !== after.events) return attempt(null);
  return { kind: 'done', value: hanging(after, line, 2 * patienceMs) };
}

function hanging(result: Result, line: string | null, ms: number): Result {
  const { error } = result;
  if (error === null) return result;
  const where = line === null ? '' : ` near ${line}`;
  const message = `an endless loop${where}: the handler has not come back for ${ms / 1000} s`;
  const node = lastNode(result.tail());
  return { ...result, state: 'violated', error: { ...error, kind: 'handler', node, message } };
}

function lastNode(events: Iterable<TraceEvent>): string | null {
  const last = [...events].at(-1);
  if (last === undefined) return null;
  if ('to' in last) return last.to;
  return 'node' in last ? last.node : null;
}

/** What the work returns, and where in own code it spent most of its time: `store.ts:10 (read)`. */
function whileProfiled<T>(work: () => T): { readonly value: T; readonly line: string | null } {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    // Whatever was optimized earlier the profiler does not know, and blames its caller in place of
    // it: to count calls, V8 throws all of that away.
    session.post('Profiler.startPreciseCoverage', { callCount: true });
    session.post('Profiler.stopPreciseCoverage');
    session.post('Profiler.start');
    const value = work();
    let line: string | null = null;
    session.post('Profiler.stop', (_error, stopped) => {
      line = stopped === undefined ? null : hottestLine(stopped.profile);
    });
    return { value, line };
  } finally {
    session.disconnect();
  }
}

function hottestLine({ nodes }: Profiler.Profile): string | null {
  let most = 0;
  let hottest: string | null = null;
  for (const { callFrame, positionTicks = [] } of nodes) {
    if (!callFrame.url.startsWith('file:')) continue;
    for (const { line, ticks } of positionTicks) {
      if (ticks <= most) continue;
      const place = sourceLine(fileURLToPath(callFrame.url), line);
      if (place === null) continue;
      most = ticks;
      hottest = `${place} (${callFrame.functionName || 'at the top of the file'})`;
    }
  }
  return hottest;
}
