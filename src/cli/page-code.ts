/**
 * The code and the style of pages, as texts. In the built command line `build.mjs` puts the part
 * `dsim:page` in the place of this module, whose age the launcher checks; here it is what was built
 * last.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

export interface PageCode {
  readonly script: string;
  readonly style: string;
}

export function pageCode(): PageCode {
  const root = packageRoot();
  if (root === null) throw new Error('the files that ship with dsim are not beside it');
  return createRequire(import.meta.url)(join(root, 'dist', 'page.cjs'));
}
