import { expect, test } from 'vitest';
import type { Detail } from '../../../sim/node.ts';
import { invariants } from './invariants.ts';
import type { RaftView } from './raft.ts';

/** A view whose log has these [term, hash] entries, all applied unless `applied` is given. */
function view(tail: readonly (readonly [term: number, hash: number])[], given: Partial<RaftView>) {
  const lastIndex = given.lastIndex ?? tail.length;
  const applied = given.applied ?? lastIndex;
  const whole: RaftView = {
    role: 'follower',
    term: 1,
    leader: null,
    votedFor: null,
    commit: applied,
    applied,
    lastIndex,
    lastTerm: tail.at(-1)?.[0] ?? 0,
    appliedHash: tail.at(applied - 1 - lastIndex + tail.length)?.[1] ?? 0,
    tailTerms: tail.map(([term]) => term),
    tailHashes: tail.map(([, hash]) => hash),
    stateHash: 0,
    acknowledged: 0,
    cuts: 0,
    snapshot: 0,
    voters: [],
    learners: [],
    joint: false,
    ...given,
  };
  return whole;
}

/** What each invariant says of these views, those that hold left out. */
function said(...views: RaftView[]): { [name: string]: string } {
  const byName = new Map<string, Detail>(views.map((each, i) => [`n${i + 1}`, each]));
  const sentences: { [name: string]: string } = {};
  for (const { name, check } of invariants) {
    const broken = check(byName);
    if (broken !== null) sentences[name] = broken;
  }
  return sentences;
}

test('a healthy group breaks nothing', () => {
  const log = [
    [1, 11],
    [2, 22],
    [2, 33],
  ] as const;
  expect(
    said(
      view(log, { role: 'leader', term: 2, applied: 2 }),
      view(log.slice(0, 2), { term: 2, applied: 1 }),
      view([], { term: 1 }),
    ),
  ).toEqual({});
});

test('election safety: two leaders, one term', () => {
  expect(
    said(view([], { role: 'leader', term: 3 }), view([], { role: 'leader', term: 3 })),
  ).toEqual({
    'election-safety': 'n1 and n2 both lead in term 3',
  });
  expect(
    said(view([], { role: 'leader', term: 3 }), view([], { role: 'leader', term: 4 })),
  ).toEqual({});
});

test('log matching: the same index and term, and another past', () => {
  const one = [
    [1, 11],
    [2, 22],
  ] as const;
  const other = [
    [1, 99],
    [2, 88],
    [3, 77],
  ] as const;
  expect(said(view(one, { applied: 0 }), view(other, { applied: 0 }))).toEqual({
    'log-matching': 'the logs of n1 and n2 both have entry 2 in term 2, yet differ up to there',
  });
  // Of different terms at the end, the last index that agrees in its term counts.
  const shorter = [
    [1, 99],
    [3, 88],
  ] as const;
  expect(said(view(one, { applied: 0 }), view(shorter, { applied: 0 }))).toEqual({
    'log-matching': 'the logs of n1 and n2 both have entry 1 in term 1, yet differ up to there',
  });
});

test('log matching: tails that do not overlap prove nothing', () => {
  const early = view([[1, 11]], { applied: 0 });
  const late = view([[1, 99]], { lastIndex: 100, applied: 0 });
  expect(said(early, late)).toEqual({});
});

test('state machine safety: what two servers have applied differs', () => {
  const one = view([[1, 11]], {});
  const other = view([[2, 99]], {});
  expect(said(one, other)).toEqual({
    'state-machine-safety': 'n1 and n2 have applied different entries up to index 1',
  });
  const further = view(
    [
      [2, 99],
      [2, 98],
    ],
    {},
  );
  expect(said(one, further)).toHaveProperty('state-machine-safety');
});

test('leader completeness: the leader of the latest term lacks what somebody has applied', () => {
  const follower = view(
    [
      [1, 11],
      [1, 12],
    ],
    { term: 2 },
  );
  const leader = view([[1, 11]], { role: 'leader', term: 2 });
  expect(said(follower, leader)).toEqual({
    'leader-completeness': 'n2 leads in term 2 without entry 2, which n1 has applied',
  });
  // A leader of the past may lack it.
  expect(said({ ...follower, term: 3 }, leader)).toEqual({});
  // Or holds another entry in its place.
  const replaced = view(
    [
      [1, 11],
      [2, 99],
    ],
    { role: 'leader', term: 2, applied: 0 },
  );
  expect(said(follower, replaced)).toHaveProperty('leader-completeness');
});
