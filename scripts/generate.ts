/** `npm run generate`: writes the generated lists, and says what could not be listed. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadItems, renderLists } from './lists.ts';

export async function main(root: string): Promise<number> {
  const items = await loadItems(root);
  for (const { path, text } of renderLists(items)) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
  for (const problem of items.problems) process.stderr.write(`${problem}\n`);
  return items.problems.length === 0 ? 0 : 1;
}
