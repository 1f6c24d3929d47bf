import { expect, test } from 'vitest';
import { Configurations, Voters } from './configurations.ts';

const members = ['n1', 'n2', 'n3', 'n4', 'n5'];
const bits = (...places: readonly number[]) =>
  places.reduce((mask, place) => mask | (1 << place), 0);

test('a majority is counted of those who vote', () => {
  const voters = new Voters(['n1', 'n3', 'n4'], members);
  expect([0, 1, 2, 3, 4].map((place) => voters.has(place))).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
  expect(voters.isMajority(bits(0, 1, 4))).toBe(false);
  expect(voters.isMajority(bits(0, 3))).toBe(true);
  expect(new Voters(['n1', 'n2', 'n3', 'n4'], members).isMajority(bits(0, 1))).toBe(false);
});

test('voters chosen in slot i decide from i + window on', () => {
  const configurations = new Configurations(['n1', 'n2', 'n3'], members, 4);
  configurations.adopt(7, ['n4', 'n5']);
  expect([1, 10, 11, 99].map((slot) => configurations.at(slot).ids.join(' '))).toEqual([
    'n1 n2 n3',
    'n1 n2 n3',
    'n4 n5',
    'n4 n5',
  ]);
  expect(configurations.latestFrom).toBe(11);
  expect([8, 9, 10].map((slot) => configurations.votersAfter(slot).length)).toEqual([5, 5, 2]);
  expect(configurations.areMajorityAfter(9, bits(3, 4))).toBe(false);
  expect(configurations.areMajorityAfter(9, bits(0, 1, 3, 4))).toBe(true);
  expect(configurations.areMajorityAfter(10, bits(3, 4))).toBe(true);
});

test('a snapshot holds those that still decide a slot', () => {
  const configurations = new Configurations(['n1', 'n2', 'n3'], members, 2);
  expect(configurations.snapshot()).toBe(null);
  configurations.adopt(3, ['n1', 'n2']);
  configurations.adopt(8, ['n2']);
  configurations.forgetBefore(9);
  const kept = configurations.snapshot();
  expect(kept).toEqual([
    { from: 5, voters: ['n1', 'n2'] },
    { from: 10, voters: ['n2'] },
  ]);
  const other = new Configurations(['n1', 'n2', 'n3'], members, 2);
  other.restore(kept ?? []);
  expect(other.at(9).ids).toEqual(['n1', 'n2']);
  expect(other.at(10).ids).toEqual(['n2']);
});

test('more members than a number has bits are refused', () => {
  const many = Array.from({ length: 32 }, (_, i) => `n${i + 1}`);
  expect(() => new Configurations(['n1'], many, 1)).toThrow('at most 31 members, spare ones too');
});
