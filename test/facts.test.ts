// docs/FACTS.md speaks of the code as it is: its hash is that of the program that was searched.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

test('the facts are not older than the code: else npm run test:long', async () => {
  const { searchProgram } = (await import(join(root, 'scripts', 'facts.mjs'))) as {
    searchProgram(): Promise<{ hash: string }>;
  };
  const { hash } = await searchProgram();
  const page = readFileSync(join(root, 'docs', 'FACTS.md'), 'utf8');
  expect(/hash\n`([0-9a-f]{16})`/.exec(page)?.[1]).toBe(hash);
});

test('no seed violated anything without a bug, and every bug was caught', () => {
  const page = readFileSync(join(root, 'docs', 'FACTS.md'), 'utf8');
  const rows = [
    ...page.matchAll(/^\| ([\w-]+) \| ([\w-]+) \| (\d+) \| (\d+) \| [\d–]+ \| (\d+) \|/gm),
  ];
  expect(rows.length).toBeGreaterThan(9);
  for (const [, profile, bug, seeds, violated, unknown] of rows) {
    expect([profile, bug, Number(violated) > 0]).toEqual([profile, bug, bug !== 'none']);
    if (bug === 'none') expect([profile, Number(unknown)]).toEqual([profile, 0]);
    expect(Number(seeds)).toBeGreaterThanOrEqual(300);
  }
});
