/**
 * The history of a run in the neutral notation that `dsim check` reads: JSON, one event a line,
 * times in nanoseconds. docs/CHECK.md describes it.
 */
import { visibleJson } from '../sim/visible-text.ts';
import type { Operation } from './result-parts.ts';

const NS_PER_US = 1000;

/**
 * Events in the order of time. At one instant what began earlier ends first, so that no process
 * seems to do two things at once; for who reads it, equal times are concurrent all the same.
 */
export function renderHistory(history: readonly Operation[]): string {
  const events = history.flatMap((operation) => {
    const { invokedAtUs, endedAtUs, outcome } = operation;
    const invoke = { atUs: invokedAtUs, type: 'invoke', rank: 1, operation };
    if (!Number.isFinite(endedAtUs)) return [invoke];
    const rank = endedAtUs > invokedAtUs ? 0 : 1;
    return [invoke, { atUs: endedAtUs, type: outcome as string, rank, operation }];
  });
  // Sorting is stable: an operation of no duration begins before it ends.
  return events
    .sort((a, b) => a.atUs - b.atUs || a.rank - b.rank || a.operation.index - b.operation.index)
    .map(({ atUs, type, operation }, index) => lineOf(operation, type, atUs, index))
    .join('');
}

function lineOf(operation: Operation, type: string, atUs: number, index: number): string {
  const { process, f, key, input, output, error, isFinal } = operation;
  const event = {
    index,
    process,
    type,
    f,
    ...(key === null ? {} : { key }),
    value: type === 'invoke' ? input : output,
    time: Math.round(atUs * NS_PER_US),
    ...(type === 'invoke' || error === null ? {} : { error }),
    ...(isFinal === true ? { final: true } : {}),
  };
  return `${visibleJson(JSON.stringify(event))}\n`;
}
