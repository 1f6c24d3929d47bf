/** The first faults against levers that write down what was pulled. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FakeLevers, fakeLevers, raftViews, view } from '../../test/support/fake-levers.ts';
import { constant } from '../sim/distribution.ts';
import type { AnyFault, Injection, NodeView } from '../sim/fault.ts';
import { defaultsOf } from '../sim/params.ts';
import bridge from './bridge.ts';
import crash from './crash.ts';
import duplicate from './duplicate.ts';
import latency from './latency.ts';
import loss from './loss.ts';
import majoritiesRing from './majorities-ring.ts';
import message from './message.ts';
import oneWay from './one-way.ts';
import partition from './partition.ts';
import pause from './pause.ts';
import reorder from './reorder.ts';

type Given = { readonly [name: string]: unknown };

function strike(
  fault: AnyFault,
  levers: FakeLevers,
  given: Given = {},
): { readonly done: Injection | null; readonly pulled: readonly string[] } {
  const done = fault.inject(levers, defaultsOf(fault.params, given));
  if (done === null) expect(levers.pulled).toEqual([]);
  return { done, pulled: levers.pulled };
}

const five = raftViews(5, 2);

describe('partition', () => {
  const cut = (given: Given, nodes: readonly NodeView[] = five, seed = 1) =>
    strike(partition, fakeLevers(nodes, { seed }), given);

  test('isolates the leader with one more', () => {
    const { done, pulled } = cut({ isolate: 'leader', with: 1 }, five, 4);
    expect(done).toMatchInlineSnapshot(`
      {
        "detail": {
          "majority": [
            "kv-1",
            "kv-3",
            "kv-4",
          ],
          "minority": [
            "kv-2",
            "kv-5",
          ],
        },
        "label": "kv-2 kv-5 | kv-1 kv-3 kv-4",
        "sides": [
          {
            "name": "minority",
            "nodes": [
              "kv-2",
              "kv-5",
            ],
          },
          {
            "name": "majority",
            "nodes": [
              "kv-1",
              "kv-3",
              "kv-4",
            ],
          },
        ],
      }
    `);
    expect(pulled).toMatchInlineSnapshot(`
      [
        "cut kv-2→kv-1",
        "cut kv-2→kv-3",
        "cut kv-2→kv-4",
        "cut kv-5→kv-1",
        "cut kv-5→kv-3",
        "cut kv-5→kv-4",
        "cut kv-1→kv-2",
        "cut kv-1→kv-5",
        "cut kv-3→kv-2",
        "cut kv-3→kv-5",
        "cut kv-4→kv-2",
        "cut kv-4→kv-5",
      ]
    `);
  });

  test('waits for a leader, for company, and for somebody to be cut off from', () => {
    expect(cut({ isolate: 'leader' }, raftViews(3, null)).done).toBeNull();
    expect(cut({ isolate: 'leader', with: 3 }, raftViews(3, 1)).done).toBeNull();
    expect(cut({ isolate: 'all' }).done).toBeNull();
    expect(cut({ isolate: 'leader', with: 2 }, raftViews(3, 1)).done).toBeNull();
    expect(cut({ halves: true }, raftViews(1, 1)).done).toBeNull();
  });

  test('leaves alone who is not in of:', () => {
    const levers = fakeLevers([view('lb', { group: 'lb' }), ...raftViews(3, 1)], {
      of: ['kv-1', 'kv-2', 'kv-3'],
    });
    const { done, pulled } = strike(partition, levers, { isolate: 'leader' });
    expect(done?.label).toBe('kv-1 | kv-2 kv-3');
    expect(pulled.some((line) => line.includes('lb'))).toBe(false);
    expect(pulled).toHaveLength(4);
  });

  test('splits as told; who is on no side is a bridge', () => {
    const split = [[['kv-5'], ['kv-4']], [['kv-1', 'kv-2']]];
    const { done, pulled } = cut({ split });
    expect(done?.label).toBe('kv-4 kv-5 | kv-1 kv-2');
    expect(done?.sides.map(({ name }) => name)).toEqual(['left', 'right']);
    expect(pulled).toHaveLength(8);
    expect(pulled.some((line) => line.includes('kv-3'))).toBe(false);
  });

  test('names three sides by number, but for a majority', () => {
    const split = (...sides: string[][]) =>
      cut({ split: sides.map((side) => [side]) }).done?.sides.map(({ name }) => name);
    expect(split(['kv-1'], ['kv-2'], ['kv-3'])).toEqual(['side-1', 'side-2', 'side-3']);
    expect(split(['kv-1'], ['kv-2', 'kv-3', 'kv-4'], ['kv-5'])).toEqual([
      'side-1',
      'majority',
      'side-3',
    ]);
  });

  test('isolating most of them makes those the majority', () => {
    const { done } = cut({ isolate: 'majority' });
    expect(done?.sides.map(({ name, nodes }) => [name, nodes.length])).toEqual([
      ['majority', 3],
      ['minority', 2],
    ]);
  });

  test('halves are equal, or differ by one, and differ by seed', () => {
    const labels = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const { done } = cut({ halves: true }, raftViews(4, 1), seed);
      expect(done?.sides.map(({ nodes }) => nodes.length)).toEqual([2, 2]);
      labels.add(done?.label ?? '');
    }
    expect(labels.size).toBe(6);
    const odd = cut({ halves: true });
    expect(odd.done?.sides.map(({ name, nodes }) => `${name} ${nodes.length}`)).toEqual([
      'minority 2',
      'majority 3',
    ]);
  });

  test('cuts exactly the links that join two sides', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }),
        fc.integer({ min: 0, max: 3 }),
        fc.integer(),
        (count, company, seed) => {
          const { done, pulled } = cut(
            { isolate: 'one', with: company },
            raftViews(count, 1),
            seed,
          );
          if (company + 1 >= count) {
            expect(done).toBeNull();
            return;
          }
          const inside = done?.sides[0]?.nodes.length ?? 0;
          expect(inside).toBe(company + 1);
          expect(new Set(pulled).size).toBe(2 * inside * (count - inside));
          expect(pulled).toHaveLength(new Set(pulled).size);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  test('refuses what it cannot mean, in a sentence', () => {
    const refusal = (given: Given) => partition.refuse?.(defaultsOf(partition.params, given), 5);
    const sided = (...sides: string[][]) => ({ split: sides.map((side) => [side]) });
    expect([
      refusal({}),
      refusal({ halves: false }),
      refusal({ isolate: 'one', halves: true }),
      refusal({ halves: true, with: 2 }),
      refusal(sided(['a'])),
      refusal(sided(['a'], [])),
      refusal(sided(['a', 'b'], ['b', 'c'])),
      refusal(sided(['a', 'a'], ['b'])),
    ]).toMatchInlineSnapshot(`
      [
        "partition needs exactly one of isolate, split, regions and halves",
        "partition needs exactly one of isolate, split, regions and halves",
        "partition needs exactly one of isolate, split, regions and halves",
        "partition: with goes with isolate",
        "partition: split needs two sides or more, each with a node",
        "partition: split needs two sides or more, each with a node",
        "partition: split names b on two sides",
        null,
      ]
    `);
    expect(() => cut({})).toThrow(RangeError);
  });
});

describe('partition by region', () => {
  const world = ['eu', 'eu', 'us', 'us', 'asia'].map((region, i) =>
    view(`kv-${i + 1}`, { region }),
  );
  const [eu, us, asia] = [['kv-1', 'kv-2'], ['kv-3', 'kv-4'], ['kv-5']];
  const cut = (regions: unknown, of?: readonly string[]) =>
    strike(partition, fakeLevers(world, of === undefined ? {} : { of }), { regions });

  test('one region is cut off from the rest, several from each other', () => {
    const one = cut([eu]);
    expect(one.done?.label).toBe('kv-1 kv-2 | kv-3 kv-4 kv-5');
    expect(one.done?.sides.map(({ name }) => name)).toEqual(['minority', 'majority']);
    expect(one.pulled).toHaveLength(12);
    const joined = cut([eu, [...(us ?? []), ...(asia ?? [])]]);
    expect(joined.pulled).toEqual(one.pulled);
    const three = cut([eu, us, asia]);
    expect(three.pulled).toHaveLength(2 * (4 + 2 + 2));
    const bridged = cut([eu, us]);
    expect(bridged.pulled).toHaveLength(8);
    expect(bridged.pulled.some((line) => line.includes('kv-5'))).toBe(false);
  });

  test('a region outside of: has nobody to be cut off from', () => {
    expect(cut([eu], eu).done).toBeNull();
  });

  test('refuses regions that overlap, or none', () => {
    const refusal = (regions: unknown) =>
      partition.refuse?.(defaultsOf(partition.params, { regions } as never), 5);
    expect([refusal([]), refusal([eu, eu]), refusal([eu, us])]).toEqual([
      'partition: regions needs a side or more, each with a node',
      'partition: regions names kv-1 on two sides',
      null,
    ]);
  });
});

describe('one-way, bridge and majorities ring', () => {
  test('one-way cuts one direction', () => {
    const out = strike(oneWay, fakeLevers(raftViews(3, 2)), { nodes: 'leader' });
    expect(out.pulled).toEqual(['cut kv-2→kv-1', 'cut kv-2→kv-3']);
    expect(out.done?.label).toBe('kv-2 ⇏ kv-1 kv-3');
    const into = strike(oneWay, fakeLevers(raftViews(3, 2)), { nodes: 'leader', direction: 'in' });
    expect(into.pulled).toEqual(['cut kv-1→kv-2', 'cut kv-3→kv-2']);
    const to = { nodes: 'leader', to: 'kv-3' };
    expect(strike(oneWay, fakeLevers(raftViews(3, 2)), to).pulled).toEqual(['cut kv-2→kv-3']);
    expect(strike(oneWay, fakeLevers(raftViews(3, null)), { nodes: 'leader' }).done).toBeNull();
    expect(strike(oneWay, fakeLevers(raftViews(3, 1)), { nodes: 'all' }).done).toBeNull();
  });

  test('a bridge leaves one node with both halves', () => {
    const { done, pulled } = strike(bridge, fakeLevers(five), { over: 'leader' });
    expect(done?.sides.map(({ name, nodes }) => `${name} ${nodes.length}`)).toEqual([
      'left 2',
      'right 2',
      'bridge 1',
    ]);
    expect(done?.sides[2]?.nodes).toEqual(['kv-2']);
    expect(pulled).toHaveLength(8);
    expect(pulled.some((line) => line.includes('kv-2'))).toBe(false);
    expect(bridge.refuse?.({ over: 'one' }, 2)).toBe('a bridge needs three nodes, not 2');
    expect(strike(bridge, fakeLevers(raftViews(2, 1)), {}).done).toBeNull();
    // Of the fewest nodes that it takes, one is left on each side.
    expect(bridge.refuse?.({ over: 'one' }, 3)).toBeNull();
    const { sides = [] } = strike(bridge, fakeLevers(raftViews(3, 1)), {}).done ?? {};
    expect(sides.map(({ name, nodes }) => [name, nodes.length])).toEqual([
      ['left', 1],
      ['right', 1],
      ['bridge', 1],
    ]);
  });

  test.each([4, 5, 6, 7, 8, 9, 12])(
    'in a ring of %i every node reaches a majority, and no two the same',
    (count) => {
      const { done, pulled } = strike(majoritiesRing, fakeLevers(raftViews(count, 1)));
      expect(done).not.toBeNull();
      const cut = new Set(pulled);
      const names = raftViews(count, 1).map(({ id }) => id);
      const reached = names.map((from) =>
        names.filter((to) => from === to || !cut.has(`cut ${from}→${to}`)),
      );
      for (const [i, from] of names.entries()) {
        expect(reached[i]?.length).toBeGreaterThan(count / 2);
        for (const to of reached[i] ?? []) expect(cut.has(`cut ${to}→${from}`)).toBe(false);
      }
      expect(new Set(reached.map((nodes) => nodes.join())).size).toBe(count);
    },
  );

  test('a ring of three is none', () => {
    expect(majoritiesRing.refuse?.({}, 3)).toBe('a ring of majorities needs four nodes, not 3');
    expect(strike(majoritiesRing, fakeLevers(raftViews(3, 1))).done).toBeNull();
  });

  test('sides that a fault gives are those it declares', () => {
    for (const [fault, given] of [
      [bridge, {}],
      [partition, { halves: true }],
      [partition, { isolate: 'one' }],
    ] as const) {
      const names = strike(fault, fakeLevers(five), given).done?.sides.map(({ name }) => name);
      for (const name of names ?? []) expect(fault.sides).toContain(name);
    }
  });
});

describe('message', () => {
  const given = { from: ['kv-1'], to: ['kv-2', 'kv-1'], type: 'appendEntries', number: 3 };

  test('counts from the start, and acts on one message', () => {
    const levers = fakeLevers(five);
    message.prepare?.(levers, defaultsOf(message.params, given));
    const { done } = { done: message.inject(levers, defaultsOf(message.params, given)) };
    expect(done?.label).toBe('drop kv-1→kv-2 kv-1 appendEntries #3');
    expect(levers.pulled).toEqual([
      'count kv-1→kv-2 appendEntries',
      'script kv-1→kv-2 {"type":"appendEntries","first":3,"last":3,"action":"drop","byMs":null}',
    ]);
    const more = defaultsOf(message.params, { ...given, count: 4, action: 'delay', by: 200 });
    expect(message.inject(fakeLevers(five), more)?.label).toContain('delay');
    expect(message.inject(fakeLevers(five), more)?.label).toContain('#3..6');
  });

  test('refuses what acts on nothing', () => {
    const refusal = (set: Given) =>
      message.refuse?.(defaultsOf(message.params, { ...given, ...set }), 5);
    expect([
      refusal({}),
      refusal({ action: 'delay' }),
      refusal({ action: 'drop', by: 5 }),
      refusal({ to: ['kv-1'] }),
    ]).toEqual([
      null,
      'message: a delay needs by',
      'message: by goes with delay and duplicate',
      'message: from and to are the same node',
    ]);
  });
});

describe('crash and pause', () => {
  test('strike whom the selector names', () => {
    expect(strike(crash, fakeLevers(five), { nodes: 'leader' })).toMatchObject({
      done: { label: 'kv-2', sides: [], detail: { nodes: ['kv-2'] } },
      pulled: ['crash kv-2'],
    });
    expect(strike(crash, fakeLevers(five), { nodes: 2 }).pulled).toHaveLength(2);
    expect(strike(pause, fakeLevers(five), { nodes: ['kv-1', 'kv-4'] }).pulled).toEqual([
      'pause kv-1',
      'pause kv-4',
    ]);
    expect(strike(crash, fakeLevers(five)).pulled).toHaveLength(1);
  });

  test('wait for a target', () => {
    expect(strike(crash, fakeLevers(raftViews(3, null)), { nodes: 'leader' }).done).toBeNull();
    expect(strike(pause, fakeLevers([]), {}).done).toBeNull();
  });
});

describe('latency, loss, duplicate, reorder', () => {
  const three = raftViews(3, 1);

  test('latency adds and multiplies on the links named', () => {
    const given = { extra: constant(50), factor: 2, nodes: 'kv-1', to: 'kv-3' };
    const { done, pulled } = strike(latency, fakeLevers(three), given);
    const change = '{"extraLatency":{"kind":"constant","value":50},"latencyFactor":2}';
    expect(pulled).toEqual([`shape kv-1→kv-3 ${change}`, `shape kv-3→kv-1 ${change}`]);
    expect(done).toEqual({ label: 'link kv-1 ↔ kv-3', sides: [], detail: { links: 2 } });
    const all = strike(latency, fakeLevers(three), { factor: 10 });
    expect(all.pulled).toHaveLength(6);
    expect(all.pulled[0]).toBe('shape kv-1→kv-2 {"latencyFactor":10}');
  });

  test('latency without a change is refused', () => {
    expect(latency.refuse?.(defaultsOf(latency.params), 5)).toBe('latency needs extra or factor');
    expect(latency.refuse?.(defaultsOf(latency.params, { factor: 2 }), 5)).toBeNull();
    expect(() => strike(latency, fakeLevers(three))).toThrow('latency needs extra or factor');
  });

  test.each([
    [loss, 'loss'],
    [duplicate, 'duplicate'],
    [reorder, 'reorder'],
  ] as const)('%# changes the chance of its name', (fault, field) => {
    const { done, pulled } = strike(fault, fakeLevers(three), { ratio: 0.25, nodes: 'leader' });
    expect(pulled).toHaveLength(4);
    expect(pulled[0]).toBe(`shape kv-1→kv-2 {"${field}":0.25}`);
    expect(done).toEqual({
      label: 'links of kv-1',
      sides: [],
      detail: { links: 4, ratio: 0.25 },
    });
    const absent = { ratio: 0.25, nodes: 'leader' };
    expect(strike(fault, fakeLevers(raftViews(3, null)), absent).done).toBeNull();
    expect(() => defaultsOf(fault.params)).toThrow('ratio is required');
  });
});

test('one seed, one injection', () => {
  const cases: readonly (readonly [AnyFault, Given])[] = [
    [partition, { isolate: 'one', with: 1 }],
    [partition, { halves: true }],
    [crash, { nodes: 'minority' }],
    [pause, { nodes: 'follower' }],
    [loss, { ratio: 0.5, nodes: 'one' }],
  ];
  for (const [fault, given] of cases) {
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const first = strike(fault, fakeLevers(five, { seed }), given);
      expect(strike(fault, fakeLevers(five, { seed }), given)).toEqual(first);
      seen.add(first.pulled.join());
    }
    expect(seen.size, fault.name).toBeGreaterThan(1);
  }
});
