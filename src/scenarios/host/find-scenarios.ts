/** Finds the scenarios and the configuration of a project. */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** Scenarios by their name, wherever they are. */
const NAMED = /\.dsim\.ya?ml$/i;
const YAML = /\.ya?ml$/i;
/** Scenarios whatever their name, in this folder. */
const FOLDER = 'scenarios';
const CONFIG = /^dsim\.config\.ya?ml$/i;
/** Other people's files. */
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage', 'vendor', 'target']);

/**
 * Every scenario of a folder, in the order of paths: `*.dsim.yaml` at any depth; other `*.yaml` in
 * the folder itself if `direct`, and at any depth of its `scenarios/`. Names that begin with `_`
 * are parts that others extend. Paths are below `folder`.
 */
export function findScenarios(folder: string, direct: boolean): readonly string[] {
  const found: string[] = [];
  const walk = (at: string, all: boolean, depth: number) => {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (SKIPPED.has(entry.name) || /^[._]/.test(entry.name)) continue;
        walk(
          path,
          (all && depth > 0) || (depth === 0 && entry.name === FOLDER) || allBelow,
          depth + 1,
        );
      } else if (isScenario(entry.name, all)) found.push(relative(folder, path));
    }
  };
  const allBelow = basename(folder) === FOLDER;
  walk(folder, direct || allBelow, 0);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function isScenario(name: string, all: boolean): boolean {
  if (name.startsWith('_') || name.startsWith('.') || CONFIG.test(name)) return false;
  return NAMED.test(name) || (all && YAML.test(name));
}

/** None for a folder that cannot be read. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

export interface ConfigFile {
  /** The folder that it stands in. */
  readonly folder: string;
  readonly path: string;
  readonly text: string;
}

/** `dsim.config.yaml` in this folder or above it, up to the root of the repository; or null. */
export function findConfig(cwd: string): ConfigFile | null {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const name = entriesOf(folder).find((entry) => entry.isFile() && CONFIG.test(entry.name))?.name;
    if (name !== undefined) {
      const path = join(folder, name);
      return { folder, path, text: readFileSync(path, 'utf8') };
    }
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return null;
  }
}
