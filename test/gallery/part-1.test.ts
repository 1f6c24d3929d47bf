// The scenarios of the gallery, part 1 of 4: a file is run by one worker.
import { expect, test } from 'vitest';
import { digestsThere, names, shareOf, tested } from '../support/gallery.ts';

tested(shareOf(0, 4));

test('there is a gallery', () => {
  expect(names).toEqual(expect.arrayContaining(['partition', 'load-balancer']));
  expect(names.length).toBeGreaterThanOrEqual(6);
});

test('every scenario of it is in one of the files', () => {
  const shared = [0, 1, 2, 3].flatMap((file) => shareOf(file, 4));
  expect(shared.sort()).toEqual([...names].sort());
});

test('there are no digests of scenarios that are gone', () => {
  expect(digestsThere().filter((name) => !names.includes(name))).toEqual([]);
});
