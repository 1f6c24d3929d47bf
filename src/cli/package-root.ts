/** Where dsim itself is installed: for what ships with it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder above this file whose package.json is dsim's; null if it was taken apart. */
export function packageRoot(from = import.meta.dirname): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && nameIn(file) === 'dsim') return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** A file of the examples and scenarios that ship with dsim, as documents name it; null if none. */
export function shippedFile(name: string): string | null {
  if (!/^(examples|scenarios)\/[\w./-]+$/.test(name) || name.includes('..')) return null;
  const file = join(packageRoot() ?? '', name);
  return existsSync(file) ? file : null;
}

function nameIn(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8')).name;
}
