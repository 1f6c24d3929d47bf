import { expect, test } from 'vitest';
import { roleIntervals } from './roles.ts';

const note = (n: number, node: string, role: string, term: number) => {
  return { atUs: n * 100, n, node, label: 'role', detail: { role, term } };
};
const group = { nodes: ['a', 'b', 'c'] };

test('a role lasts until the next one, and a crash ends it', () => {
  const notes = [note(1, 'a', 'leader', 1), note(5, 'a', 'follower', 2), note(6, 'b', 'leader', 2)];
  const lives = [{ atUs: 900, n: 9, node: 'b', what: 'crash' as const }];
  expect(roleIntervals(notes, lives, [group], 2000)).toMatchObject([
    { node: 'a', role: 'leader', leads: true, fromUs: 100, untilUs: 500, staleFromUs: null },
    { node: 'a', role: 'follower', leads: false, fromUs: 500, untilUs: 2000 },
    { node: 'b', role: 'leader', term: 2, fromUs: 600, untilUs: 900 },
  ]);
});

test('a leader is stale from when another leads a later term', () => {
  const notes = [note(1, 'a', 'leader', 1), note(4, 'b', 'leader', 2), note(9, 'a', 'follower', 2)];
  const [old, next] = roleIntervals(notes, [], [group], 2000);
  expect(old).toMatchObject({ node: 'a', staleFromUs: 400, untilUs: 900 });
  expect(next).toMatchObject({ node: 'b', staleFromUs: null });
});

test('leaders of other groups are no rivals, and a kind says itself which roles lead', () => {
  const notes = [note(1, 'a', 'primary', 1), note(2, 'x', 'primary', 7)];
  const groups = [{ ...group, leads: ['primary'] }, { nodes: ['x'] }];
  expect(roleIntervals(notes, [], groups, 900)).toMatchObject([
    { node: 'a', leads: true, staleFromUs: null },
    { node: 'x', leads: false },
  ]);
});
