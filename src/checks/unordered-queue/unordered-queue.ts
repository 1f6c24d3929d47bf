/**
 * A queue of which only this is asked: nothing comes out that was not put in, and nothing comes out
 * more often than it was put in. The order does not matter.
 *
 * After Jepsen's checker `queue` with the model of an unordered queue (jepsen-io/jepsen,
 * checker.clj): every enqueue that did not fail is taken to happen when it is invoked, and an
 * answered dequeue, or drain, when it completes. That is the most generous reading, so what it
 * refuses is wrong.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isList, keyOf, show, type ValueKey } from '../findings/values.ts';

interface Item {
  /** Enqueues so far that did not fail, and dequeues so far. */
  readonly enqueues: Operation[];
  readonly dequeues: Operation[];
}

/** `unexpected`: it was not in the queue at all. `duplicated`: it came out too often. */
export function judgeUnorderedQueue(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['enqueue', 'dequeue', 'drain']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['unexpected', 'duplicated']);
  let enqueued = 0;
  let dequeued = 0;
  let empty = 0;
  for (const { key, operations } of parts) {
    const items = new Map<ValueKey, Item>();
    for (const operation of inOrderOfEffect(operations)) {
      if (operation.f === 'enqueue') {
        enqueued++;
        itemOf(items, keyOf(operation.input)).enqueues.push(operation);
      } else if (operation.output === null) {
        empty++;
      } else {
        for (const value of valuesOf(operation)) {
          dequeued++;
          take(operation, value, itemOf(items, keyOf(value)), key, findings);
        }
      }
    }
  }
  return conclude({
    checker,
    findings,
    numbers: { judged: dequeued, enqueued, dequeued, empty },
    passed:
      dequeued === 0
        ? 'Not tested: nothing came out of the queue.'
        : `All ${count(dequeued, 'dequeue')} gave something that had been put in, each as often.`,
  });
}

/** Enqueues by invocation, dequeues by completion; at one instant calls come before returns. */
function inOrderOfEffect(operations: readonly Operation[]): readonly Operation[] {
  const timed = operations.flatMap((operation) => {
    if (operation.f === 'enqueue') {
      return operation.outcome === 'fail'
        ? []
        : [{ operation, atUs: operation.invokedAtUs, late: 0 }];
    }
    return operation.outcome === 'ok'
      ? [{ operation, atUs: operation.completedAtUs, late: 1 }]
      : [];
  });
  timed.sort((a, b) => a.atUs - b.atUs || a.late - b.late || a.operation.index - b.operation.index);
  return timed.map(({ operation }) => operation);
}

/** What an answered dequeue or drain took out: a drain is many dequeues at once. */
function valuesOf({ f, output }: Operation): readonly Plain[] {
  return f === 'drain' && isList(output) ? output : [output];
}

function itemOf(items: Map<ValueKey, Item>, key: ValueKey): Item {
  let item = items.get(key);
  if (item === undefined) {
    item = { enqueues: [], dequeues: [] };
    items.set(key, item);
  }
  return item;
}

function take(
  dequeue: Operation,
  output: Plain,
  item: Item,
  key: string | null,
  into: Findings,
): void {
  item.dequeues.push(dequeue);
  const { enqueues, dequeues } = item;
  if (dequeues.length <= enqueues.length) return;
  const value = show(output);
  if (enqueues.length === 0) {
    into.add('unexpected', 1, () => ({
      sentence: `#${dequeue.index} dequeued ${value}${onKey(key)}, which nobody had put in by then`,
      operations: [dequeue],
      key,
    }));
    return;
  }
  const [put, taken] = [enqueues.length, dequeues.length];
  into.add('duplicated', put + taken, () => ({
    sentence: `#${dequeue.index} dequeued ${value}${onKey(key)} again, but it was put in ${count(put, 'time')} by then`,
    operations: [...enqueues.slice(0, put), ...dequeues.slice(0, taken)],
    key,
  }));
}
