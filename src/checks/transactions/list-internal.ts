/**
 * What a transaction must see of its own: reads that contradict what the same transaction read and
 * appended before (`internal`), and reads of what it appends only later (`future-read`).
 */
import type { Plain } from '../../sim/node.ts';
import { samePlain } from '../search/identity.ts';
import { type Findings, keyText, valueText } from './findings.ts';
import { COMMITTED, READ, type Transactions, UNSEEN } from './transactions.ts';

/** What a list must be: it ends with `end`, and is no longer if `whole`. */
interface Expected {
  readonly end: readonly Plain[];
  readonly whole: boolean;
}

export function spotInternal(transactions: Transactions, findings: Findings): void {
  const { count, start, status } = transactions;
  const expected = new Map<number, Expected>();
  for (let t = 0; t < count; t++) {
    if (status[t] !== COMMITTED || start[t + 1]! - start[t]! < 2) continue;
    expected.clear();
    let internal = false;
    let future = false;
    for (let at = start[t]!; at < start[t + 1]!; at++) {
      const key = transactions.key[at]!;
      const value = transactions.value[at]!;
      if (value === UNSEEN) continue;
      const before = expected.get(key);
      if (transactions.does[at] !== READ) {
        const { end, whole } = before ?? { end: [], whole: false };
        expected.set(key, { end: [...end, value], whole });
        continue;
      }
      const list = (value ?? []) as readonly Plain[];
      if (before !== undefined && !fits(list, before) && !internal) {
        internal = true;
        findings.add('internal', [t], () => tellInternal(transactions, at, before));
      }
      if (!future && readsAhead(transactions, t, at, list)) {
        future = true;
        findings.add('future-read', [t], () => {
          const [k, v] = [keyText(transactions.keys[key]!), valueText(list)];
          const name = `#${transactions.operations[t]!.index}`;
          return `${name} read ${v} from ${k} before it appended ${valueText(list.at(-1)!)} itself`;
        });
      }
      expected.set(key, { end: list, whole: true });
    }
  }
}

function fits(list: readonly Plain[], { end, whole }: Expected): boolean {
  const skipped = list.length - end.length;
  if (skipped < 0 || (whole && skipped > 0)) return false;
  return end.every((value, i) => samePlain(value, list[skipped + i]!));
}

/** Whether the last element of a read is appended by the same transaction later. */
function readsAhead(
  { start, key, value, does }: Transactions,
  t: number,
  read: number,
  list: readonly Plain[],
): boolean {
  const last = list.at(-1);
  if (last === undefined) return false;
  for (let at = read + 1; at < start[t + 1]!; at++) {
    const v = value[at]!;
    if (does[at] === READ || key[at] !== key[read] || v === UNSEEN) continue;
    if (samePlain(v, last)) return true;
  }
  return false;
}

function tellInternal(
  { operations, transaction, keys, key, value }: Transactions,
  at: number,
  { end, whole }: Expected,
): string {
  const name = `#${operations[transaction[at]!]!.index}`;
  const read = `${name} read ${valueText((value[at] ?? []) as Plain)} from ${keyText(keys[key[at]!]!)}`;
  const should = whole ? 'it should have read' : 'it should have read a list that ends with';
  return `${read}, but after what it had done itself ${should} ${valueText(end)}`;
}
