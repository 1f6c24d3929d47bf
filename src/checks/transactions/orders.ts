/**
 * Orders that a history has besides its data: within a process, and in real time. Both are linear
 * in the length of the history: of a process each transaction is linked to the next; in real time
 * the ends form a chain, on which each transaction is entered at its end and which leads to all
 * that began strictly later.
 *
 * A transaction of unknown outcome has no end, so nothing comes after it; that something came
 * before it holds if it took effect at all.
 */
import { type DependencyGraph, ONWARD, PROCESS, REALTIME } from './dependency-graph.ts';
import { ABORTED, COMMITTED, type Transactions } from './transactions.ts';

/** Links each committed transaction to the next of its process. */
export function addProcessOrder(graph: DependencyGraph, transactions: Transactions): void {
  const last = new Map<number, number>();
  for (const t of byInvocation(transactions)) {
    if (transactions.status[t] === ABORTED) continue;
    const { process } = transactions.operations[t]!;
    const before = last.get(process);
    if (before !== undefined) graph.add(before, t, PROCESS, -1);
    if (transactions.status[t] === COMMITTED) last.set(process, t);
  }
}

/** Links each committed transaction to all that began after it had ended. */
export function addRealtimeOrder(graph: DependencyGraph, transactions: Transactions): void {
  const { operations, status } = transactions;
  const started = byInvocation(transactions).filter((t) => status[t] !== ABORTED);
  const ended = started.filter((t) => status[t] === COMMITTED);
  sortByTime(ended, (t) => operations[t]!.completedAtUs);
  let done = 0;
  let waypoint = -1;
  /** Of the waypoint: whether something began after it, so that the next end needs another. */
  let passed = true;
  for (const t of started) {
    const { invokedAtUs } = operations[t]!;
    while (done < ended.length && operations[ended[done]!]!.completedAtUs < invokedAtUs) {
      if (passed) {
        const next = graph.waypoint();
        if (waypoint >= 0) graph.add(waypoint, next, ONWARD, -1);
        waypoint = next;
        passed = false;
      }
      graph.add(ended[done++]!, waypoint, REALTIME, -1);
    }
    if (waypoint < 0) continue;
    graph.add(waypoint, t, ONWARD, -1);
    passed = true;
  }
}

/** Transactions in the order in which they began. */
export function byInvocation({ count, operations }: Transactions): number[] {
  const all = Array.from({ length: count }, (_, t) => t);
  sortByTime(all, (t) => operations[t]!.invokedAtUs);
  return all;
}

/** Histories come nearly sorted: then nothing is to be done. */
function sortByTime(all: number[], at: (t: number) => number): void {
  for (let i = 1; i < all.length; i++) {
    if (at(all[i - 1]!) > at(all[i]!)) {
      all.sort((a, b) => at(a) - at(b) || a - b);
      return;
    }
  }
}
