/** Generated files are what `npm run generate` would write. Nothing is written here. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadItems, renderLists } from '../scripts/lists.ts';

const root = resolve(import.meta.dirname, '..');
const items = await loadItems(root);

test('every item found can be listed', () => {
  expect(items.problems).toEqual([]);
});

describe('npm run generate has been run', () => {
  test.each(renderLists(items))('$path', ({ path, text }) => {
    const file = join(root, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
  });
});
