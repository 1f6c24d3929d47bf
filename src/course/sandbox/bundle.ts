/**
 * A submission as one script that needs nothing from outside: its own files, and of `dsim` what it
 * imports, bundled in. Nothing of Node may be imported: an object of the host is a way to all of
 * it.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import {
  type BundleStyle,
  bundleOwn,
  type OwnBundle,
  refusal,
} from '../../scenarios/host/own-bundle.ts';
import type { OwnKindRefusal } from '../../scenarios/sections/catalogue.ts';
import { whyNotRead } from '../own-files.ts';

/** What crosses to the process of a test. */
export type BundleText = Pick<OwnBundle, 'code' | 'map' | 'folder'> & {
  /** What the names of its files are relative to. */
  readonly root: string;
};

/** A script that needs no bundling: CommonJS without imports. */
export function scriptBundle(code: string, folder: string): BundleText {
  const map = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
  return { code, map, folder, root: folder };
}

/**
 * Bundles a file (absolute path). `library` is the file that `import … from 'dsim'` stands for;
 * `root` is the folder that names are relative to.
 */
export async function bundleSubmission(
  file: string,
  root: string,
  library: string,
): Promise<(BundleText & { readonly files: readonly string[] }) | OwnKindRefusal> {
  const made = await withinTime(bundleOwn(file, root, styleWith(library, root)));
  if ('reason' in made) return made;
  const beside = `${dirname(library)}${sep}`;
  return { ...made, root, files: made.files.filter((path) => !path.startsWith(beside)) };
}

/** A small file is translated in milliseconds. */
const PATIENCE_MS = 30_000;

/** esbuild works in a process of its own, which ends with this one. */
async function withinTime<T>(work: Promise<T>): Promise<T | OwnKindRefusal> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<OwnKindRefusal>((resolve) => {
    timer = setTimeout(() => resolve(refusal('it takes too long to compile')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function styleWith(library: string, root: string): BundleStyle {
  return {
    name: `sandbox ${library} ${root}`,
    options: {
      external: [],
      // A tsconfig.json could name files anywhere.
      tsconfigRaw: {},
      // Made of what makes a promise by its name, which the sandbox refuses, with the place.
      supported: { 'async-await': false, 'async-generator': false, 'dynamic-import': false },
      plugins: [ownFilesOnly(library, root)],
    },
  };
}

function ownFilesOnly(library: string, root: string): Plugin {
  const beside = `${dirname(library)}${sep}`;
  const ofDsim = (path: string) =>
    path.startsWith(beside) || path === join(dirname(beside), 'package.json');
  const only = 'a graded node can import `dsim` and files of its own, and not';
  return {
    name: 'own-files-only',
    setup(build) {
      build.onResolve({ filter: /^dsim$/ }, () => ({ path: library, sideEffects: false }));
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point' || ofDsim(importer)) return null;
        return { errors: [{ text: `${only} \`${path}\`` }] };
      });
      // The grader may read what a student may not: a key, a solution, what never ends.
      build.onLoad({ filter: /.*/ }, ({ path }) => {
        const why = ofDsim(path) ? null : whyNotRead(path, root);
        if (why === null) return null;
        return { errors: [{ text: `${only} \`${relative(root, path)}\`: ${why}` }] };
      });
    },
  };
}

/** The library that is built beside the command line; its sources where nothing is built. */
export function libraryOf(packageRoot: string): string {
  const built = join(packageRoot, 'dist', 'core.js');
  return existsSync(built) ? built : join(packageRoot, 'src', 'index.ts');
}
