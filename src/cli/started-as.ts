/**
 * How a shell starts this very dsim from the folder that it runs in: the lines that a command
 * prints for pasting begin with it. It names what is installed here and never a package of the
 * registry, where the name `dsim` may be somebody else's.
 */
import { realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { shellWord } from '../sim/visible-text.ts';
import { packageRoot } from './package-root.ts';

/** What is known of the process and its machine. */
export interface Start {
  /** The package that this dsim is; null if it was taken apart. */
  readonly root: string | null;
  readonly cwd: string;
  /** `PATH`, as the environment has it. */
  readonly path: string;
  /** The program that runs JavaScript. */
  readonly node: string;
  /** An absolute path without its symbolic links; null where there is nothing. */
  readonly real: (path: string) => string | null;
}

/** The words of {@link startedAs} for this process, as a shell reads them. */
export function ownStart(cwd: string): string {
  return startedAs({
    root: packageRoot(),
    cwd,
    path: process.env['PATH'] ?? '',
    node: process.execPath,
    real: realOrNull,
  });
}

/**
 * `dsim` where the shell finds this one under that name; `npx --no-install dsim` where it is
 * installed in this folder or above it; else `node` and the path of its launcher, as in a clone.
 */
export function startedAs(start: Start): string {
  const { root, cwd, real } = start;
  if (root === null) return 'dsim';
  const launcher = join(root, 'bin', 'dsim.js');
  const target = real(launcher) ?? launcher;
  if (firstOnPath('dsim', start) === target) return 'dsim';
  if (isInstalledAbove(cwd, root, real)) return 'npx --no-install dsim';
  const node = firstOnPath('node', start) === real(start.node) ? 'node' : start.node;
  const here = relative(cwd, launcher);
  const path = here.length < launcher.length ? here : launcher;
  return `${shellWord(node)} ${shellWord(path.startsWith('-') ? `./${path}` : path)}`;
}

/**
 * What the user's own shell would run: npm puts folders before the user's while it runs something.
 */
function firstOnPath(name: string, { path, real }: Start): string | null {
  for (const folder of path.split(delimiter)) {
    if (folder === '' || isOfNpm(folder)) continue;
    const found = real(join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

function isOfNpm(folder: string): boolean {
  return /[\\/]node_modules[\\/]\.bin[\\/]?$|[\\/]node-gyp-bin[\\/]?$/.test(folder);
}

/** npx looks for a command in this folder and in those above it, the nearest first. */
function isInstalledAbove(cwd: string, root: string, real: Start['real']): boolean {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (real(join(folder, 'node_modules', '.bin', 'dsim')) !== null) {
      return real(join(folder, 'node_modules', 'dsim')) === real(root);
    }
    if (dirname(folder) === folder) return false;
  }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (_error) {
    return null;
  }
}
