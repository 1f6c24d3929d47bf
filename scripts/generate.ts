/** `npm run generate`: writes the generated lists, and says what could not be listed. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFaultPage } from './fault-page.ts';
import { renderGlossary } from './glossary-page.ts';
import { loadItems, renderLists } from './lists.ts';
import { renderReadmes, renderScenarioTables } from './scenario-tables.ts';

/** Returns the exit code. */
export async function main(root: string): Promise<number> {
  const { written, problems } = await writeLists(root);
  for (const path of written) process.stdout.write(`wrote ${path}\n`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

export interface Written {
  /** Paths of the lists that have changed. */
  readonly written: readonly string[];
  /** What could not be listed, and why. The rest is. */
  readonly problems: readonly string[];
}

export async function writeLists(root: string): Promise<Written> {
  const items = await loadItems(root);
  const pages = existsSync(join(root, 'docs'))
    ? [
        renderFaultPage(root, items.faults),
        renderScenarioTables(root, items),
        ...renderReadmes(root, items),
        renderGlossary(),
      ]
    : [];
  const files = [...renderLists(items), ...pages];
  const changed = files.filter(({ path, text }) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  for (const { path, text } of changed) writeFileSync(join(root, path), text);
  return { written: changed.map(({ path }) => path), problems: items.problems };
}
