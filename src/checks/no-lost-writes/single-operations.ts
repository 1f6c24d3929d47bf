/**
 * Transactions of appends, writes and reads taken apart, for checkers that look at one key at a
 * time: each step becomes an operation with the transaction's number and times.
 */
import { jsonText } from '../../sim/exact-number.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { isList } from '../findings/values.ts';

const names: ReadonlyMap<Plain, string> = new Map([
  ['append', 'append'],
  ['w', 'write'],
  ['r', 'read'],
]);

/** Operations that are no transactions are left as they are. */
export function singleOperations(history: History): History {
  return history.flatMap((operation) => {
    const { f, input, output, outcome } = operation;
    const steps = outcome === 'ok' && isList(output) ? output : input;
    if (f !== 'txn' || !isList(steps)) return [operation];
    return steps.flatMap((step) => stepOf(operation, step));
  });
}

function stepOf(operation: Operation, step: Plain): Operation[] {
  if (!isList(step)) return [];
  const [kind = null, key = null, value = null] = step;
  const f = names.get(kind);
  if (f === undefined) return [];
  const name = typeof key === 'string' ? key : jsonText(key);
  const isRead = f === 'read';
  return [
    { ...operation, f, key: name, input: isRead ? null : value, output: isRead ? value : null },
  ];
}
