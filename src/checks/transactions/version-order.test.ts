import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTransactions } from '../../../test/support/transactions.ts';
import { byInvocation } from './orders.ts';
import { rwRegisterForm } from './rw-register.ts';
import { Transactions } from './transactions.ts';
import { orderVersions, versionCycle, versionPath } from './version-order.ts';

const spans = fc.array(
  fc.record({ from: fc.nat({ max: 12 }), lasts: fc.integer({ min: 1, max: 6 }) }),
  { minLength: 2, maxLength: 7 },
);

describe('versions in real time', () => {
  it('are ordered as every pair of transactions is, by fewer edges', () => {
    let saved = 0;
    fc.assert(
      fc.property(spans, (all) => {
        const lines = all.map(({ from, lasts }, i) => `@${from}-${from + lasts} w x ${i + 1}`);
        const transactions = new Transactions(drawTransactions(lines.join('\n')), rwRegisterForm);
        const touches = byInvocation(transactions).map((t) => ({
          transaction: t,
          read: -1,
          wrote: t + 1,
        }));
        const rules = { writesFollowReads: false, sequential: false, linearizable: true };
        const edges = orderVersions(touches, 0, rules, transactions);
        const next = (version: number) => edges.filter(({ from }) => from === version);
        let pairs = 0;
        for (const a of transactions.operations.keys()) {
          for (const b of transactions.operations.keys()) {
            const [before, after] = [transactions.operations[a], transactions.operations[b]];
            const ordered = (before?.completedAtUs ?? 0) < (after?.invokedAtUs ?? 0);
            if (ordered) pairs++;
            expect(versionPath(a + 1, b + 1, next).length > 0).toBe(ordered);
          }
          expect(versionPath(0, a + 1, next).length).toBeGreaterThan(0);
        }
        expect(versionCycle(edges)).toBeNull();
        saved += pairs - edges.filter(({ why }) => why === 'realtime').length;
      }),
      { seed: 2, numRuns: 400 },
    );
    expect(saved).toBeGreaterThan(300);
  });
});

describe('a circle of versions', () => {
  it('is the shortest', () => {
    const edge = (from: number, to: number) => ({
      ...{ from, to, why: 'process' as const, before: from, after: to },
    });
    const long = [edge(1, 2), edge(2, 3), edge(3, 4), edge(4, 1)];
    expect(versionCycle(long)?.length).toBe(4);
    const both = versionCycle([...long, edge(3, 2)]) ?? [];
    expect(both.map(({ from, to }) => [from, to])).toEqual([
      [2, 3],
      [3, 2],
    ]);
    expect(versionCycle(long.slice(1))).toBeNull();
  });
});
