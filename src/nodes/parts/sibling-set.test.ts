/** Sibling sets: merge laws of all three schemes, and what each does to concurrent writes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dropsSiblings,
  NOTHING_WRITTEN,
  type SchemeName,
  type SiblingSet,
  sameSet,
  schemes,
  valuesOf,
} from './sibling-set.ts';
import { type CausalContext, NOTHING_SEEN } from './version-vector.ts';

const names: readonly SchemeName[] = ['lww', 'vector', 'dotted'];

/** Two replicas and two writers that write, read and exchange as drawn. */
type Step = readonly ['put' | 'read' | 'sync', writer: number, replica: number];
const steps = fc.array(
  fc.tuple(
    fc.constantFrom<'put' | 'read' | 'sync'>('put', 'put', 'read', 'sync'),
    fc.integer({ min: 0, max: 1 }),
    fc.integer({ min: 0, max: 2 }),
  ),
  { maxLength: 14 },
);

/** The replicas after these steps. */
function play(scheme: SchemeName, drawn: readonly Step[]): readonly SiblingSet[] {
  const { put, merge } = schemes[scheme];
  const replicas = [NOTHING_WRITTEN, NOTHING_WRITTEN, NOTHING_WRITTEN];
  const seen: CausalContext[] = [NOTHING_SEEN, NOTHING_SEEN];
  for (const [i, [what, writer, at]] of drawn.entries()) {
    const held = replicas[at] ?? NOTHING_WRITTEN;
    const known = seen[writer] ?? NOTHING_SEEN;
    if (what === 'read') seen[writer] = held.context;
    else if (what === 'sync') replicas[at] = merge(held, replicas[(at + 1) % 3] ?? held);
    else {
      const write = { value: i, deleted: false, stampMs: i % 4, seen: known, actor: `r${at}` };
      const done = put(held, write);
      replicas[at] = done.set;
      seen[writer] = done.seen;
    }
  }
  return replicas;
}

describe.each(names)('%s', (scheme) => {
  const { merge } = schemes[scheme];

  test('merging is commutative and idempotent, and associative but for plain vectors', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const [a, b, c] = play(scheme, drawn) as [SiblingSet, SiblingSet, SiblingSet];
        expect(sameSet(merge(a, b), merge(b, a))).toBe(true);
        expect(sameSet(merge(a, a), a)).toBe(true);
        const [left, right] = [merge(merge(a, b), c), merge(a, merge(b, c))];
        // Of plain vectors a replaced value may come back, but what both know is the same then.
        if (scheme === 'vector') expect(sameSet(merge(left, right), merge(right, left))).toBe(true);
        else expect(sameSet(left, right)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** Two clients write in turn through one replica, each with the context of its own last reply. */
function inTurn(scheme: SchemeName, writes: number, blind = false): number {
  let held = NOTHING_WRITTEN;
  const seen: CausalContext[] = [NOTHING_SEEN, NOTHING_SEEN];
  for (let i = 0; i < writes; i++) {
    const known = blind ? NOTHING_SEEN : (seen[i % 2] ?? NOTHING_SEEN);
    const write = { value: i, deleted: false, stampMs: i, seen: known, actor: 'r' };
    const done = schemes[scheme].put(held, write);
    held = done.set;
    seen[i % 2] = done.seen;
  }
  return held.siblings.length;
}

test('two writers in turn: 20 siblings of a plain vector, two with dots', () => {
  expect(inTurn('vector', 20)).toBe(20);
  for (let writes = 1; writes <= 20; writes++) {
    expect(inTurn('dotted', writes)).toBeLessThanOrEqual(2);
  }
  // Blind writes make a sibling each in both; of the last writer there is one.
  expect([inTurn('vector', 20, true), inTurn('dotted', 20, true)]).toEqual([20, 20]);
  expect(inTurn('lww', 20)).toBe(1);
});

test('a plain vector brings back a replaced value: one vector cannot say what replaces what', () => {
  const story: readonly Step[] = [
    ['put', 1, 2],
    ['put', 0, 1],
    ['put', 0, 0],
  ];
  const valuesAt = (scheme: SchemeName) => {
    const [a, b, c] = play(scheme, story) as [SiblingSet, SiblingSet, SiblingSet];
    const { merge } = schemes[scheme];
    return [merge(merge(a, b), c), merge(a, merge(b, c))].map((set) => [...valuesOf(set)].sort());
  };
  const both = [
    [0, 2],
    [0, 2],
  ];
  expect(valuesAt('dotted')).toEqual(both);
  expect(valuesAt('vector')).toEqual([
    [0, 2],
    [0, 1, 2],
  ]);
});

test('dotted: a value goes only by a write that has seen it', () => {
  fc.assert(
    fc.property(steps, (drawn) => {
      const all = play('dotted', drawn).reduce(schemes.dotted.merge, NOTHING_WRITTEN);
      const kept = new Set(valuesOf(all));
      // By the definition: what each writer knew when it wrote, with all that this replaced.
      const replicas = [new Set<number>(), new Set<number>(), new Set<number>()];
      const knows = [new Set<number>(), new Set<number>()];
      const replaced = new Set<number>();
      for (const [i, [what, writer, at]] of drawn.entries()) {
        const history = replicas[at] as Set<number>;
        const known = knows[writer] as Set<number>;
        if (what === 'read') knows[writer] = new Set(history);
        else if (what === 'sync') for (const j of replicas[(at + 1) % 3] ?? []) history.add(j);
        else {
          for (const j of known) {
            replaced.add(j);
            history.add(j);
          }
          history.add(i);
          known.add(i);
        }
      }
      const writes = drawn.flatMap(([what], i) => (what === 'put' ? [i] : []));
      expect([...kept].sort()).toEqual(writes.filter((i) => !replaced.has(i)).sort());
    }),
    { numRuns: 500 },
  );
});

test('dotted: what both hold is held once, though the contexts of both have dropped it', () => {
  const { put, merge } = schemes.dotted;
  const write = { value: 1, deleted: false, stampMs: 1, seen: NOTHING_SEEN, actor: 'a' };
  const pruned = { ...put(NOTHING_WRITTEN, write).set, context: NOTHING_SEEN };
  expect(valuesOf(merge(pruned, pruned))).toEqual([1]);
});

test('lww: of equal stamps a deletion wins, then the greater value, on every replica', () => {
  const { put, merge } = schemes.lww;
  const at = (value: string | null, actor: string, deleted = false) =>
    put(NOTHING_WRITTEN, { value, deleted, stampMs: 5, seen: NOTHING_SEEN, actor }).set;
  expect(valuesOf(merge(at('a', 'x'), at('b', 'y')))).toEqual(['b']);
  expect(valuesOf(merge(at('b', 'y'), at('a', 'x')))).toEqual(['b']);
  expect(valuesOf(merge(at('b', 'y'), at(null, 'x', true)))).toEqual([]);
});

test('a deletion takes what it has seen, and leaves what it has not', () => {
  const { put, merge } = schemes.dotted;
  const write = (value: string, actor: string, seen = NOTHING_SEEN, deleted = false) => ({
    value,
    deleted,
    stampMs: 1,
    seen,
    actor,
  });
  const first = put(NOTHING_WRITTEN, write('old', 'x'));
  const other = put(first.set, write('new', 'y'));
  const gone = put(first.set, write('', 'x', first.seen, true)).set;
  expect(valuesOf(gone)).toEqual([]);
  expect(valuesOf(merge(gone, other.set))).toEqual(['new']);
});

test('the mistake of dropping siblings keeps the latest alone', () => {
  const { put, merge } = dropsSiblings(schemes.dotted);
  const of = (value: number, actor: string) =>
    put(NOTHING_WRITTEN, { value, deleted: false, stampMs: value, seen: NOTHING_SEEN, actor }).set;
  expect(valuesOf(merge(of(1, 'x'), of(2, 'y')))).toEqual([2]);
});
