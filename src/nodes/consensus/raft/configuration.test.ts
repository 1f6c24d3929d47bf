import { expect, test } from 'vitest';
import { joint, Quorum, simple } from './configuration.ts';

const names = (n: number) => Array.from({ length: n }, (_, i) => `n${i + 1}`);

/** Places from the first that have granted, and those after them that have refused. */
function ballots(members: number, granted: number, refused: number) {
  const has = (from: number, count: number) =>
    Array.from({ length: members }, (_, place) => place >= from && place < from + count);
  return [has(0, granted), has(granted, refused)] as const;
}

test('a vote is pending exactly as long as the silent ones can decide it', () => {
  for (let members = 1; members <= 7; members++) {
    const voters = names(members);
    const quorum = new Quorum(simple({ voters, learners: [] }), voters);
    for (let granted = 0; granted <= members; granted++) {
      for (let refused = 0; granted + refused <= members; refused++) {
        const silent = members - granted - refused;
        const wins = granted * 2 > members;
        const mayWin = (granted + silent) * 2 > members;
        expect(quorum.vote(...ballots(members, granted, refused))).toBe(
          wins ? 'won' : mayWin ? 'pending' : 'lost',
        );
      }
    }
  }
});

test('a joint configuration needs a majority of the old voters and one of the new', () => {
  const members = names(6);
  const [old, target] = [members.slice(0, 3), members.slice(3)];
  const from = simple({ voters: old, learners: [] });
  const quorum = new Quorum(joint(from, { voters: target, learners: [] }), members);
  const nobody = members.map(() => false);
  const are = (...places: readonly number[]) => nobody.map((_, place) => places.includes(place));
  expect(quorum.vote(are(0, 1, 2), nobody)).toBe('pending');
  expect(quorum.vote(are(0, 1, 3, 4), nobody)).toBe('won');
  expect(quorum.vote(are(0, 1, 2), are(3, 4))).toBe('lost');
  expect([quorum.isMajority(are(0, 1, 2)), quorum.isMajority(are(1, 2, 4, 5))]).toEqual([
    false,
    true,
  ]);
  expect(quorum.agreed([9, 9, 9, 4, 3, 0])).toBe(3);
});
