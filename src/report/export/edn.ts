/**
 * The history as Jepsen keeps it: EDN, one map a line, an invocation and a completion for each
 * operation. Values of operations on a key are pairs of the key and the value proper.
 */
import type { History, Operation } from '../../sim/history.ts';

interface Line {
  readonly atUs: number;
  readonly order: number;
  readonly text: string;
}

export function toEdn(history: History): string {
  const lines = history.flatMap((operation): readonly Line[] => {
    const { invokedAtUs, endedAtUs, outcome, index, input } = operation;
    const invoked = lineOf(operation, 'invoke', input, invokedAtUs);
    const begun = { atUs: invokedAtUs, order: 2 * index, text: invoked };
    if (endedAtUs === Infinity) return [begun];
    const value = outcome === 'ok' && operation.output !== null ? operation.output : input;
    const text = lineOf(operation, outcome, value, endedAtUs);
    return [begun, { atUs: endedAtUs, order: 2 * index + 1, text }];
  });
  lines.sort((a, b) => a.atUs - b.atUs || a.order - b.order);
  return lines.map(({ text }, i) => `{:index ${i}, ${text}}\n`).join('');
}

function lineOf(operation: Operation, type: string, value: unknown, atUs: number): string {
  const { process, f, key, error, isFinal } = operation;
  const shown = key === null ? ednOf(value) : `[${ednOf(key)} ${ednOf(value)}]`;
  const why =
    type !== 'ok' && type !== 'invoke' && error !== null ? `, :error ${ednOf(error)}` : '';
  const mark = isFinal === true ? ', :final? true' : '';
  return `:type :${type}, :process ${process}, :f :${f}, :value ${shown}, :time ${atUs}000${why}${mark}`;
}

function ednOf(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) return `[${value.map(ednOf).join(' ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([name, each]) => `${ednOf(name)} ${ednOf(each)}`);
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}
