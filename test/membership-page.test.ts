/** docs/MEMBERSHIP.md has what its script measures, and the messages of a member are flat in n. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { memberKinds, memberSizes } from '../scripts/members-cast.ts';

const page = readFileSync(resolve(import.meta.dirname, '../docs/MEMBERSHIP.md'), 'utf8');

test.each(memberKinds)('$name: each size has a row, of as many messages a member', ({ name }) => {
  const messages = memberSizes.map((count) => {
    const [row] = page.split('\n').filter((line) => line.startsWith(`| \`${name}\` | ${count} |`));
    return Number(row?.split(' | ')[2]);
  });
  expect(messages).toHaveLength(memberSizes.length);
  const [least, most] = [Math.min(...messages), Math.max(...messages)];
  expect(least).toBeGreaterThan(0);
  expect(most / least).toBeLessThan(1.02);
});
