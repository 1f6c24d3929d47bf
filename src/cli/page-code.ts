/**
 * What `npm run build` makes for pages. From the sources, as in tests, it is read from `dist/`; the
 * build puts the launcher's ways in place of these.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { PackedItems } from '../report/page/again/pack.ts';
import { packageRoot } from './package-root.ts';
import type { Leaf } from './page-link.ts';

export interface PageCode {
  readonly script: string;
  readonly style: string;
  /** What `require` takes for what answers requests. */
  readonly engine: string;
  /** Whatever a scenario can name. */
  readonly items: PackedItems;
  readonly leaves: readonly PackedLeaf[];
}

/** What a page may leave out unless its scenario says one of these words (`page-leaves.ts`). */
export interface PackedLeaf extends Omit<Leaf, 'word'> {
  readonly words: readonly string[];
}

export function pageCode(): PageCode {
  return createRequire(import.meta.url)(built('page.cjs'));
}

/** The text of a part of the program. */
export function partSource(name: string): string {
  return readFileSync(built(name === 'core' ? 'core.js' : `${name}.cjs`), 'latin1');
}

function built(file: string): string {
  const root = packageRoot();
  if (root === null) throw new Error('the files that ship with dsim are not beside it');
  return join(root, 'dist', file);
}
