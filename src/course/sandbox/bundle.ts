/**
 * A submission as one script that needs nothing from outside: its own files, and of `dsim` what it
 * imports, bundled in. Nothing of Node may be imported: an object of the host is a way to all of
 * it.
 */
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { type BundleStyle, bundleOwn, type OwnBundle } from '../../scenarios/host/own-bundle.ts';
import type { OwnKindRefusal } from '../../scenarios/sections/catalogue.ts';

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
  const made = await bundleOwn(file, root, styleWith(library));
  if ('reason' in made) return made;
  const beside = `${dirname(library)}${sep}`;
  return { ...made, root, files: made.files.filter((path) => !path.startsWith(beside)) };
}

function styleWith(library: string): BundleStyle {
  return {
    name: `sandbox ${library}`,
    options: {
      external: [],
      // Made of what makes a promise by its name, which the sandbox refuses, with the place.
      supported: { 'async-await': false, 'async-generator': false, 'dynamic-import': false },
      plugins: [nothingOfNode(library)],
    },
  };
}

function nothingOfNode(library: string): Plugin {
  const names = new Set(builtinModules);
  return {
    name: 'nothing-of-node',
    setup(build) {
      build.onResolve({ filter: /^dsim$/ }, () => ({ path: library, sideEffects: false }));
      build.onResolve({ filter: /^(node:)?[a-z_0-9]+(\/[a-z_]+)*$|^dsim\// }, ({ path }) => {
        if (!path.startsWith('dsim/') && !names.has(path.replace(/^node:/, ''))) return null;
        return {
          errors: [
            { text: `a graded node can import \`dsim\` and files of its own, and not \`${path}\`` },
          ],
        };
      });
    },
  };
}

/** The library that is built beside the command line; its sources where nothing is built. */
export function libraryOf(packageRoot: string): string {
  const built = join(packageRoot, 'dist', 'core.js');
  return existsSync(built) ? built : join(packageRoot, 'src', 'index.ts');
}
