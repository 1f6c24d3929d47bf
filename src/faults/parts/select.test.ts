/** Selectors against hand-made views. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeLevers, raftViews, view } from '../../../test/support/fake-levers.ts';
import type { NodeView } from '../../sim/fault.ts';
import type { Selector } from '../../sim/params.ts';
import { describeLinks, others, select, selectLinks, selectorWords } from './select.ts';

function chosen(nodes: readonly NodeView[], selector: Selector, seed = 1) {
  return select(fakeLevers(nodes, { seed }), selector);
}

describe('words', () => {
  test('leader is the leader of the highest term, and only one that is up', () => {
    const nodes = [
      view('a', { state: { role: 'leader', term: 2 } }),
      view('b', { state: { role: 'leader', term: 4 } }),
      view('c', { state: { role: 'leader', term: 9 }, up: false }),
      view('d', { state: { role: 'follower', term: 7 } }),
    ];
    expect(chosen(nodes, 'leader')).toEqual(['b']);
    expect(chosen(nodes.slice(2), 'leader')).toBeNull();
  });

  test('a term may be called ballot, epoch or view', () => {
    const nodes = [
      view('a', { state: { role: 'leader', ballot: 2 } }),
      view('b', { state: { role: 'leader', ballot: 5 } }),
      view('c', { state: { role: 'leader', ballot: 3 } }),
    ];
    expect(chosen(nodes, 'leader')).toEqual(['b']);
  });

  test('a leader outside of: is not chosen', () => {
    const nodes = [view('x', { group: 'other', state: { role: 'leader', term: 8 } })];
    const levers = fakeLevers([...nodes, ...raftViews(3, null)], { of: ['kv-1', 'kv-2', 'kv-3'] });
    expect(select(levers, 'leader')).toBeNull();
  });

  test('followers are all who follow, follower one of them', () => {
    const nodes = [...raftViews(3, 2), view('kv-4', { state: { role: 'candidate', term: 4 } })];
    expect(chosen(nodes, 'followers')).toEqual(['kv-1', 'kv-3']);
    expect(['kv-1', 'kv-3']).toContain(chosen(nodes, 'follower')?.[0]);
    expect(chosen([view('a')], 'followers')).toBeNull();
  });

  test('minority and majority count all nodes, and take those that are up', () => {
    const sizes = (count: number, word: string) => chosen(raftViews(count, 1), word)?.length ?? 0;
    expect([1, 2, 3, 4, 5, 6, 7].map((count) => sizes(count, 'minority'))).toEqual([
      0, 0, 1, 1, 2, 2, 3,
    ]);
    expect([1, 2, 3, 4, 5, 6, 7].map((count) => sizes(count, 'majority'))).toEqual([
      1, 2, 2, 3, 3, 4, 4,
    ]);
    const halfDown = raftViews(5, 1).map((node, i) => ({ ...node, up: i < 2 }));
    expect(chosen(halfDown, 'minority')).toEqual(['kv-1', 'kv-2']);
    expect(chosen(halfDown, 'majority')).toBeNull();
  });

  test('one and a number take nodes that are up; too many are none', () => {
    const nodes = raftViews(4, 1).map((node, i) => ({ ...node, up: i !== 2 }));
    expect(chosen(nodes, 'one')).toHaveLength(1);
    expect(chosen(nodes, 3)).toEqual(['kv-1', 'kv-2', 'kv-4']);
    expect(chosen(nodes, 4)).toBeNull();
    expect(chosen(nodes, 0)).toBeNull();
    expect(chosen(nodes, 'all')).toEqual(['kv-1', 'kv-2', 'kv-4']);
  });

  test('every word of the list is understood, and has nobody among no nodes', () => {
    for (const word of selectorWords.keys()) {
      expect(chosen(raftViews(5, 1), word), word).not.toBeNull();
      expect(chosen([], word), word).toBeNull();
    }
  });
});

describe('roles', () => {
  test('role: is everybody who is up and shows it, whatever the system calls it', () => {
    const roles = ['candidate', 'leader', 'candidate', 'learner', 'candidate'];
    const nodes = roles.map((role, i) => view(`kv-${i + 1}`, { state: { role }, up: i !== 4 }));
    expect(chosen(nodes, 'role:candidate')).toEqual(['kv-1', 'kv-3']);
    expect(chosen(nodes, ['role:learner', 'kv-5'])).toEqual(['kv-4', 'kv-5']);
    expect(chosen(nodes, 'role:primary')).toBeNull();
  });

  test('leaders are all that lead, leader only the latest', () => {
    const nodes = [2, 7, 5].map((term, i) =>
      view(`kv-${i + 1}`, { state: { role: 'leader', term } }),
    );
    expect(chosen(nodes, 'leaders')).toEqual(['kv-1', 'kv-2', 'kv-3']);
    expect(chosen(nodes, 'leader')).toEqual(['kv-2']);
  });
});

describe('names', () => {
  test('a region is its nodes, up or not, and only those of of:', () => {
    const places = ['eu', 'us', 'eu'].map((region, i) =>
      view(`kv-${i + 1}`, { region, up: i !== 2 }),
    );
    expect(chosen(places, 'eu')).toEqual(['kv-1', 'kv-3']);
    expect(select(fakeLevers(places, { of: ['kv-2', 'kv-3'] }), 'eu')).toEqual(['kv-3']);
    expect(chosen(places, 'asia')).toBeNull();
  });

  const nodes = [...raftViews(3, 1), view('lb', { group: 'lb', up: false })];

  test('a node or group named outright is meant even when it is down', () => {
    expect(chosen(nodes, 'kv-2')).toEqual(['kv-2']);
    expect(chosen(nodes, 'lb')).toEqual(['lb']);
    expect(chosen(nodes, 'kv')).toEqual(['kv-1', 'kv-2', 'kv-3']);
    expect(chosen(nodes, 'nobody')).toBeNull();
  });

  test('a list joins its parts in scenario order, once each', () => {
    expect(chosen(nodes, ['lb', 'kv-3', 'leader', 'kv-1'])).toEqual(['kv-1', 'kv-3', 'lb']);
    expect(chosen(nodes, ['kv-1', 'nobody'])).toBeNull();
  });
});

test('every selector chooses existing nodes, in order, once, and the same for the same seed', () => {
  const words = fc.oneof(
    fc.constantFrom<Selector>(...selectorWords.keys(), 'kv', 'kv-1', ['kv-2', 'one']),
    fc.integer({ min: 0, max: 8 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      words,
      fc.integer(),
      (up, word, seed) => {
        const nodes = raftViews(up.length, 1).map((node, i) => ({ ...node, up: up[i] === true }));
        const nodeIds = nodes.map(({ id }) => id);
        const got = chosen(nodes, word, seed);
        expect(chosen(nodes, word, seed)).toEqual(got);
        if (got === null) return;
        expect(got.length).toBeGreaterThan(0);
        expect(nodeIds.filter((id) => got.includes(id))).toEqual(got);
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test('seeds differ in whom they choose', () => {
  const picks = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    picks.add(chosen(raftViews(5, 1), 'minority', seed)?.join() ?? '');
  }
  expect(picks.size).toBe(10);
});

test('others are up, not yet chosen, and enough', () => {
  const nodes = raftViews(4, 1).map((node, i) => ({ ...node, up: i !== 3 }));
  const levers = fakeLevers(nodes);
  expect([...(others(levers, ['kv-1'], 2) ?? [])].sort()).toEqual(['kv-2', 'kv-3']);
  expect(others(levers, ['kv-1'], 3)).toBeNull();
  expect(others(levers, ['kv-1'], 0)).toEqual([]);
});

describe('links', () => {
  const levers = fakeLevers(raftViews(4, 1));
  const words = (
    ...args: Parameters<typeof selectLinks> extends [unknown, ...infer R] ? R : never
  ) => selectLinks(levers, ...args)?.map(({ from, to }) => `${from}→${to}`);

  test('without a far end: all links of the nodes, each direction once', () => {
    expect(words('kv-1', undefined)).toEqual([
      'kv-1→kv-2',
      'kv-1→kv-3',
      'kv-1→kv-4',
      'kv-2→kv-1',
      'kv-3→kv-1',
      'kv-4→kv-1',
    ]);
    expect(new Set(words('all', undefined)).size).toBe(12);
    expect(words('all', undefined)).toHaveLength(12);
  });

  test('between two selectors, even if they overlap', () => {
    expect(words('kv-1', 'kv-2')).toEqual(['kv-1→kv-2', 'kv-2→kv-1']);
    expect(words(['kv-1', 'kv-2'], ['kv-2', 'kv-3'])).toEqual([
      'kv-1→kv-2',
      'kv-1→kv-3',
      'kv-2→kv-1',
      'kv-2→kv-3',
      'kv-3→kv-1',
      'kv-3→kv-2',
    ]);
    expect(words('kv-1', 'kv-1')).toBeUndefined();
    expect(words('kv-1', 'nobody')).toBeUndefined();
  });

  test('are told in few words', () => {
    const told = (nodes: Selector, to?: Selector) =>
      describeLinks(selectLinks(levers, nodes, to) ?? [], levers, to !== undefined);
    expect(told('all')).toBe('all links');
    expect(told('kv-2')).toBe('links of kv-2');
    expect(told('kv-2', 'kv-4')).toBe('link kv-2 ↔ kv-4');
    expect(told('kv-1', ['kv-2', 'kv-3'])).toBe('2 links among kv-1 kv-2 kv-3');
  });
});

describe('what is fixed, and what is relative', () => {
  const labelled = [
    view('a-1', { role: 'name', labels: { rack: 'x' }, state: { role: 'leader', term: 1 } }),
    view('a-2', { role: 'data', labels: { rack: 'y' }, up: false }),
    view('a-3', { role: 'data', labels: { rack: 'x' } }),
    view('a-4', { role: 'data', labels: {}, up: false, stopped: true }),
  ];

  test('a declared role and a label mean their nodes, up or not; a shown role those that are up', () => {
    expect(chosen(labelled, 'role:data')).toEqual(['a-2', 'a-3', 'a-4']);
    expect(chosen(labelled, 'kv-data')).toEqual(['a-2', 'a-3', 'a-4']);
    expect(chosen(labelled, 'rack:x')).toEqual(['a-1', 'a-3']);
    expect(chosen(labelled, 'rack:y')).toEqual(['a-2']);
    expect(chosen(labelled, 'rack:z')).toBeNull();
    expect(chosen(labelled, 'role:leader')).toEqual(['a-1']);
  });

  test('all-but selects the nodes that are up and not selected; without a leader nobody', () => {
    const nodes = raftViews(5, 3);
    expect(chosen(nodes, { 'all-but': 'leader' })).toEqual(['kv-1', 'kv-2', 'kv-4', 'kv-5']);
    expect(chosen(raftViews(5, null), { 'all-but': 'leader' })).toBeNull();
    expect(chosen(nodes, { 'all-but': 'all' })).toBeNull();
    const partial = chosen(nodes, { 'all-but': ['leader', 'another'] });
    expect(partial).toHaveLength(3);
    expect(partial).not.toContain('kv-3');
  });

  test('another is never one that its list has already', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const pair = chosen(raftViews(3, 2), ['leader', 'another'], seed);
      expect(pair).toHaveLength(2);
      expect(pair).toContain('kv-2');
    }
    expect(chosen(raftViews(1, 1), ['leader', 'another'])).toBeNull();
  });

  test('members that nobody has started count for no minority or majority', () => {
    const [first, second, third] = raftViews(3, 1);
    const spare = view('kv-4', { up: false, stopped: true });
    const nodes = [first, second, third].flatMap((node) => node ?? []);
    expect(chosen([...nodes, spare, { ...spare, id: 'kv-5' }], 'majority')).toHaveLength(2);
    expect(chosen([...nodes, spare], 'minority')).toHaveLength(1);
  });
});
