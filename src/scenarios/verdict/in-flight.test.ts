import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../sim/history.ts';
import { InFlight } from './in-flight.ts';

const nodes = ['a', 'b', null] as const;

/** Only what the count looks at. */
function operation(node: string | null, invokedAtUs: number, endedAtUs: number): Operation {
  return { node, invokedAtUs, endedAtUs } as Operation;
}

const histories = fc
  .array(
    fc.tuple(fc.constantFrom(...nodes), fc.nat(30), fc.oneof(fc.nat(9), fc.constant(Infinity))),
  )
  .map((rows) =>
    rows
      .sort((a, b) => a[1] - b[1])
      .map(([node, atUs, takesUs]) => operation(node, atUs, atUs + takesUs)),
  );

test('counts what a walk over the whole history counts', () => {
  fc.assert(
    fc.property(histories, fc.nat(40), fc.nat(20), (history, fromUs, lastsUs) => {
      const untilUs = fromUs + lastsUs;
      const walked = history.filter(
        ({ node, invokedAtUs, endedAtUs }) =>
          node === 'a' && invokedAtUs < untilUs && endedAtUs >= fromUs,
      );
      expect(new InFlight(history).count(new Set(['a']), fromUs, untilUs)).toBe(walked.length);
    }),
  );
});

test('an operation that ends as a fault begins counts; one that begins as it ends does not', () => {
  const history = [operation('a', 0, 10), operation('a', 20, 30)];
  expect(new InFlight(history).count(new Set(['a']), 10, 20)).toBe(1);
});
