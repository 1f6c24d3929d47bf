// Which message answers which, and which calls are made during another: from messages alone.
import { expect, test } from 'vitest';
import { Causality } from './causality.ts';
import { ownMessages, spansOf } from './spans.ts';

const [CLIENT, GATE, STORE, COPY] = [0, 1, 2, 3];

/** Each message by its ends, the step of its sender and the step in which it arrives. */
function causalityOf(all: readonly (readonly [number, number, number, number])[]): Causality {
  const column = (at: number) => all.map((message) => message[at] ?? 0);
  const fate = all.map(() => 0);
  const [from, to, cause, endedStep] = [column(0), column(1), column(2), column(3)];
  return new Causality({ from, to, cause, endedStep, fate }, 4);
}

test('a request lasts until its answer, and what is asked in the meantime lies within it', () => {
  const causality = causalityOf([
    [CLIENT, GATE, 1, 2],
    [GATE, STORE, 2, 3],
    [STORE, COPY, 3, 4],
    [COPY, STORE, 4, 5],
    [STORE, GATE, 5, 6],
    // The second call begins as the first is answered, and is none within it.
    [GATE, COPY, 6, 7],
    [COPY, GATE, 7, 8],
    [GATE, CLIENT, 8, 9],
    // After the answer, and nothing of it.
    [GATE, STORE, 10, 11],
  ]);
  const own = ownMessages(causality, CLIENT, 1, 9);
  expect(own.map(({ row, parent }) => [row, parent])).toEqual([
    [0, null],
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 6],
  ]);
  const spans = spansOf(causality.causes, own, 1);
  expect(spans.map(({ row, answer, depth }) => [row, answer, depth])).toEqual([
    [0, 7, 0],
    [1, 4, 1],
    [2, 3, 2],
    [5, 6, 1],
  ]);
});

test('calls side by side, one that is never answered, and none of another operation', () => {
  const causality = causalityOf([
    [CLIENT, GATE, 1, 3],
    // The client asks for another operation meanwhile.
    [CLIENT, GATE, 2, 4],
    [GATE, STORE, 3, 5],
    [GATE, COPY, 3, 6],
    [STORE, GATE, 5, 7],
    [GATE, CLIENT, 7, 9],
  ]);
  const spans = spansOf(causality.causes, ownMessages(causality, CLIENT, 1, 9), 1);
  // The call to COPY leads to nothing that the answer came of.
  expect(spans.map(({ row, answer, depth }) => [row, answer, depth])).toEqual([
    [0, 5, 0],
    [2, 4, 1],
  ]);
  expect(ownMessages(causality, CLIENT, -1, 9)).toEqual([]);
});

test('what waited for a disk is led to by what its sender had as it asked, not as it left', () => {
  const causality = causalityOf([
    [CLIENT, GATE, 1, 2],
    [GATE, STORE, 2, 3],
    [STORE, GATE, 3, 4],
    // Asked for by the first message, sent after the answer of the store had come.
    [GATE, CLIENT, 2, 5],
    [GATE, CLIENT, 4, 6],
  ]);
  const own = ownMessages(causality, CLIENT, 1, 6);
  expect(own.map(({ row, parent }) => [row, parent])).toEqual([
    [0, null],
    [1, 0],
    [2, 1],
    [3, 0],
    [4, 2],
  ]);
});
