// Cones against the definition: the closure of "happened before", event by event.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Causality } from './causality.ts';

interface Message {
  readonly from: number;
  readonly to: number;
  readonly cause: number;
  readonly endedStep: number;
  readonly fate: number;
}

const NODES = 4;

/** Steps are numbered over all nodes; a step belongs to the node that it is drawn for. */
const runs = fc
  .array(
    fc.record({
      from: fc.nat(NODES - 1),
      to: fc.nat(NODES - 1),
      after: fc.integer({ min: 1, max: 12 }),
      isLost: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((drawn) => {
    const taken = new Set<number>();
    return drawn.map(({ from, to, after, isLost }, i): Message => {
      const cause = i * 10;
      let endedStep = cause + after * 7 + 1;
      // Each arrival is a step of its own.
      while (taken.has(endedStep) || endedStep % 10 === 0) endedStep++;
      taken.add(endedStep);
      return { from, to, cause, endedStep, fate: isLost ? 3 : 0 };
    });
  });

const columnsOf = (messages: readonly Message[]) => ({
  from: messages.map(({ from }) => from),
  to: messages.map(({ to }) => to),
  cause: messages.map(({ cause }) => cause),
  endedStep: messages.map(({ endedStep }) => endedStep),
  fate: messages.map(({ fate }) => fate),
});

/** Rows whose arrival is the event, or happened before it. */
function naivePast(messages: readonly Message[], node: number, step: number): Set<number> {
  const rows = new Set<number>();
  const visit = (at: number, until: number) => {
    messages.forEach((message, row) => {
      if (rows.has(row) || message.fate !== 0) return;
      if (message.to !== at || message.endedStep > until) return;
      rows.add(row);
      visit(message.from, message.cause);
    });
  };
  visit(node, step);
  // A row that was met early may let more in from a later step of its sender: until nothing changes.
  for (let before = -1; before !== rows.size; ) {
    before = rows.size;
    for (const row of [...rows]) visit(messages[row]?.from ?? 0, messages[row]?.cause ?? 0);
  }
  return rows;
}

function naiveFuture(messages: readonly Message[], node: number, step: number): Set<number> {
  const rows = new Set<number>();
  const visit = (at: number, from: number) => {
    messages.forEach((message, row) => {
      if (rows.has(row) || message.fate !== 0) return;
      if (message.from !== at || message.cause < from) return;
      rows.add(row);
      visit(message.to, message.endedStep);
    });
  };
  visit(node, step);
  return rows;
}

test('both halves of a cone are the closure, and bold is the newest news of each node', () => {
  fc.assert(
    fc.property(runs, fc.nat(NODES - 1), fc.nat(350), (messages, node, step) => {
      const causality = new Causality(columnsOf(messages), NODES);
      const cone = causality.cone(node, step);
      const past = naivePast(messages, node, step);
      expect(new Set(cone.pastRows)).toEqual(past);
      expect(new Set(cone.futureRows)).toEqual(naiveFuture(messages, node, step));
      expect(cone.newest.size).toBeLessThan(NODES);
      for (const [sender, row] of cone.newest) {
        const news = [...past].filter((each) => messages[each]?.from === sender);
        const newest = Math.max(...news.map((each) => messages[each]?.cause ?? 0));
        expect(messages[row]).toMatchObject({ from: sender, cause: newest });
        expect(cone.past[sender]).toBe(newest);
      }
      for (const [receiver, row] of cone.first) {
        expect(messages[row]?.to).toBe(receiver);
        expect(cone.future[receiver]).toBe(messages[row]?.endedStep);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test('a message that waited for a disk carries what its sender knew when it asked for it', () => {
  // Node 1 asks in step 5 for a message to 2, hears of 0 in step 6, and the message leaves later.
  const messages = [
    { from: 0, to: 1, cause: 1, endedStep: 6, fate: 0 },
    { from: 1, to: 2, cause: 5, endedStep: 9, fate: 0 },
  ];
  const causality = new Causality(columnsOf(messages), 3);
  expect(causality.leadsTo(0, 1, 2, 9)).toBe(false);
  expect(causality.leadsTo(1, 5, 2, 9)).toBe(true);
  expect(causality.arrivalAt(6)).toBe(0);
  expect(causality.arrivalAt(7)).toBe(-1);
});

test('what an operation set going and came of', () => {
  const messages = [
    { from: 0, to: 1, cause: 1, endedStep: 3, fate: 0 },
    { from: 2, to: 1, cause: 2, endedStep: 4, fate: 0 },
    { from: 1, to: 0, cause: 4, endedStep: 7, fate: 0 },
    { from: 1, to: 2, cause: 4, endedStep: 9, fate: 0 },
  ];
  expect([...new Causality(columnsOf(messages), 3).between(0, 1, 0, 7)].sort()).toEqual([0, 2]);
});
