// docs/BUGS.md names every bug, found within 500 seeds, and the seeds that the searches keep.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { searchedBugs, WITHIN } from './bug-table.ts';

test('the page has the kept seed of every bug, and each is within the bound', () => {
  const page = readFileSync(join(resolve(import.meta.dirname, '..'), 'docs', 'BUGS.md'), 'utf8');
  const rows = [
    ...page.matchAll(/^\| ([\w-]+) \| ([\w-]+) \| ([\w-]+) \| (\d+) \| ([\w -]+) \|$/gm),
  ];
  const told = rows.map(([, kind, bug, caughtBy, seed]) => [kind, bug, caughtBy, Number(seed)]);
  expect(told).toEqual(
    searchedBugs.map(({ kind, bug, caughtBy, kept }) => [kind, bug, caughtBy, kept]),
  );
  for (const { bug, kept } of searchedBugs) {
    expect([bug, kept >= 1 && kept <= WITHIN]).toEqual([bug, true]);
  }
  expect(searchedBugs.filter(({ kind }) => kind === 'raft').length).toBeGreaterThanOrEqual(20);
});
