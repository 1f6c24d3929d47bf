/**
 * The fate of every element of a set that is read again and again: from when it was known, whether
 * it stayed, how long it was missing, whether it was lost.
 *
 * After Jepsen's checker `set-full` (jepsen-io/jepsen, checker.clj). An element is known once its
 * add was acknowledged or a read has shown it, whichever is first. Of the reads that ended after
 * the add was invoked, the one invoked last that shows the element and the one invoked last that
 * does not decide: stable if the former is later, lost if the latter is later and was invoked after
 * the element was known, never read otherwise. Stable elements that a read missed although they
 * were known are stale; the time between is the latency.
 *
 * Of an element that somebody tried to remove, only reads that ended before that are looked at.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { Part } from '../findings/parts.ts';
import { elementsOf, keyOf, type ValueKey } from '../findings/values.ts';

export interface ElementFate {
  readonly element: Plain;
  /** The first that tried to add it. */
  readonly add: Operation;
  readonly outcome: 'stable' | 'lost' | 'never-read';
  /** What made it known: the acknowledged add, or a read. Null if nothing did. */
  readonly known: Operation | null;
  readonly lastPresent: Operation | null;
  readonly lastAbsent: Operation | null;
  /**
   * Of a stable one: from when it was known until the last read that missed it was invoked. Of a
   * lost one: until the last read that shows it was invoked. Never negative.
   */
  readonly latencyUs: number;
  readonly acknowledged: boolean;
}

/** A read that shows something it must not. */
export interface WrongRead {
  readonly read: Operation;
  readonly element: Plain;
}

export interface SetFull {
  readonly fates: readonly ElementFate[];
  /** Elements that nobody had tried to add by the end of the read, at their first appearance. */
  readonly unexpected: readonly WrongRead[];
  /** Elements that one read shows more than once. */
  readonly duplicated: readonly WrongRead[];
  /** Reads that were answered. */
  readonly reads: readonly Operation[];
  /** A read whose answer is no collection. */
  readonly unreadable: Operation | null;
}

interface Element {
  readonly element: Plain;
  readonly add: Operation;
  /** Reads under way when it was added, by number, ascending. */
  readonly openReads: readonly number[];
  /** How many reads were invoked before it. */
  readonly readsBefore: number;
  known: Operation | null;
  acknowledged: boolean;
  /** Numbers of the reads that show it, ascending. */
  readonly shownBy: number[];
}

/** The fates of the elements of one set; `addName` is what adds are called. Linear in its input. */
export function setFull({ operations }: Part, addName = 'add'): SetFull {
  const reads = operations.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const unreadable = reads.find(({ output }) => elementsOf(output) === null) ?? null;
  const elements = addedElements(operations, addName, reads);
  const unexpected: WrongRead[] = [];
  const duplicated: WrongRead[] = [];
  const strange = new Set<ValueKey>();
  reads.forEach((read, number) => {
    const shown = new Set<ValueKey>();
    for (const value of elementsOf(read.output) ?? []) {
      const key = keyOf(value);
      if (shown.has(key)) {
        duplicated.push({ read, element: value });
        continue;
      }
      shown.add(key);
      const element = elements.get(key);
      if (element === undefined || read.completedAtUs < element.add.invokedAtUs) {
        if (!strange.has(key)) unexpected.push({ read, element: value });
        strange.add(key);
      } else {
        element.shownBy.push(number);
        if (isEarlier(read, element.known)) element.known = read;
      }
    }
  });
  const removedAtUs = firstRemovals(operations);
  const fates = Array.from(elements, ([key, element]) => {
    const untilUs = removedAtUs.get(key);
    return fateOf(untilUs === undefined ? element : seenUntil(element, reads, untilUs), reads);
  });
  return { fates, unexpected, duplicated, reads, unreadable };
}

/** By element: when somebody first asked to remove it, unless that surely did not happen. */
function firstRemovals(operations: readonly Operation[]): ReadonlyMap<ValueKey, number> {
  const first = new Map<ValueKey, number>();
  for (const { f, outcome, input, invokedAtUs } of operations) {
    if (f !== 'remove' || outcome === 'fail') continue;
    const key = keyOf(input);
    first.set(key, Math.min(first.get(key) ?? Infinity, invokedAtUs));
  }
  return first;
}

/** An element as the reads show it that ended before this moment. */
function seenUntil(element: Element, reads: readonly Operation[], untilUs: number): Element {
  const counts = (read: number) => (reads[read]?.completedAtUs ?? Infinity) < untilUs;
  const numbers = Array.from({ length: reads.length }, (_, read) => read);
  const after = numbers.filter((read) => read >= element.readsBefore && counts(read));
  return {
    ...element,
    // All of them one by one: those after the moment are in between.
    openReads: [...element.openReads.filter(counts), ...after],
    readsBefore: reads.length,
    shownBy: element.shownBy.filter(counts),
  };
}

/** Elements by value, in the order of their first add. */
function addedElements(
  operations: readonly Operation[],
  addName: string,
  reads: readonly Operation[],
): Map<ValueKey, Element> {
  const elements = new Map<ValueKey, Element>();
  let readsBefore = 0;
  let open: number[] = [];
  for (const operation of operations) {
    if (operation === reads[readsBefore]) {
      open.push(readsBefore++);
      continue;
    }
    if (operation.f !== addName) continue;
    const key = keyOf(operation.input);
    let element = elements.get(key);
    if (element === undefined) {
      const { invokedAtUs } = operation;
      open = open.filter((read) => (reads[read]?.completedAtUs ?? 0) >= invokedAtUs);
      element = {
        element: operation.input,
        add: operation,
        openReads: open.slice(),
        readsBefore,
        known: null,
        acknowledged: false,
        shownBy: [],
      };
      elements.set(key, element);
    }
    if (operation.outcome !== 'ok') continue;
    element.acknowledged = true;
    if (isEarlier(operation, element.known)) element.known = operation;
  }
  return elements;
}

function isEarlier(operation: Operation, known: Operation | null): boolean {
  return known === null || operation.completedAtUs < known.completedAtUs;
}

function fateOf(from: Element, reads: readonly Operation[]): ElementFate {
  const { element, add, known, acknowledged, shownBy } = from;
  const present = shownBy.at(-1) ?? -1;
  const absent = lastAbsent(from, reads.length);
  const lastPresentRead = reads[present] ?? null;
  const lastAbsentRead = reads[absent] ?? null;
  const fate = { element, add, known, acknowledged };
  const found = { lastPresent: lastPresentRead, lastAbsent: lastAbsentRead };
  const sinceKnown = (read: Operation | null) =>
    read === null || known === null ? 0 : Math.max(0, read.invokedAtUs - known.completedAtUs);
  if (present > absent) {
    return { ...fate, ...found, outcome: 'stable', latencyUs: sinceKnown(lastAbsentRead) };
  }
  const isLost =
    known !== null && lastAbsentRead !== null && known.completedAtUs < lastAbsentRead.invokedAtUs;
  if (isLost) return { ...fate, ...found, outcome: 'lost', latencyUs: sinceKnown(lastPresentRead) };
  return { ...fate, ...found, outcome: 'never-read', latencyUs: 0 };
}

/** The number of the read invoked last that does not show the element, else -1. */
function lastAbsent({ shownBy, openReads, readsBefore }: Element, readCount: number): number {
  let shown = shownBy.length - 1;
  const shows = (read: number): boolean => {
    while (shown >= 0 && (shownBy[shown] ?? -1) > read) shown--;
    return shownBy[shown] === read;
  };
  for (let read = readCount - 1; read >= readsBefore; read--) if (!shows(read)) return read;
  for (let i = openReads.length - 1; i >= 0; i--) {
    const read = openReads[i] ?? -1;
    if (!shows(read)) return read;
  }
  return -1;
}
