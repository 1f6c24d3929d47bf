// docs/FACTS.md speaks of the code as it is: its hash is that of the program that was searched.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { KINDS } from './support/nemesis.ts';

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
    ...page.matchAll(
      /^\| ([\w-]+) \| ([\w-]+) \| (\d+) \| (\d+) \| [\d–]+ \| (\d+) \| (\d+) \| ([\d.]+)% \|/gm,
    ),
  ];
  expect(rows.length).toBeGreaterThan(9);
  for (const [, profile, bug, seeds, violated, unknown, stuck, busy] of rows) {
    const breaks = bug !== 'none' || profile === 'beyond';
    expect([profile, bug, Number(violated) > 0]).toEqual([profile, bug, breaks]);
    if (!breaks) expect([profile, Number(unknown), Number(stuck)]).toEqual([profile, 0, 0]);
    if (profile === 'full' && !breaks) expect(Number(busy)).toBeGreaterThanOrEqual(95);
    expect(Number(seeds)).toBeGreaterThanOrEqual(300);
  }
});

test('every kind of fault of the full nemesis was felt in a tenth of the seeds', () => {
  const page = readFileSync(join(root, 'docs', 'FACTS.md'), 'utf8');
  const felt = [...page.matchAll(/^\| ([\w-]+) \| ([\d.]+)% \|$/gm)];
  expect(felt.map(([, kind]) => kind)).toEqual([...KINDS].sort());
  for (const [, kind, share] of felt) expect([kind, Number(share) >= 10]).toEqual([kind, true]);
});
