/**
 * A submission as one script that needs nothing from outside: its own files, and of `dsim` what it
 * imports, bundled in. Nothing of Node may be imported: an object of the host is a way to all of
 * it.
 */
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { type BundleStyle, bundleOwn } from '../../scenarios/host/own-bundle.ts';
import type { OwnKindRefusal } from '../../scenarios/sections/catalogue.ts';

/** Plain data, but for `shown`: a bundle is made in one process and run in another. */
export interface Bundle {
  readonly code: string;
  /** A source map, version 3, as JSON. */
  readonly map: string;
  /** What the map's sources are relative to. */
  readonly folder: string;
  readonly files: readonly string[];
  /** How people call a file. */
  shown(path: string): string;
}

/** What crosses to the process of a test. */
export type BundleText = Pick<Bundle, 'code' | 'map' | 'folder'> & { readonly root: string };

export function bundleFrom({ code, map, folder, root }: BundleText): Bundle {
  return { code, map, folder, files: [], shown: (path) => relative(root, path) };
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
  const { code, map, folder, files } = made;
  return {
    code,
    map,
    folder,
    root,
    files: files.filter((path) => !path.startsWith(dirOf(library))),
  };
}

function dirOf(library: string): string {
  return library.replace(/[^/\\]*$/, '');
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
  const built = join(packageRoot, 'dist', 'index.js');
  return existsSync(built) ? built : join(packageRoot, 'src', 'index.ts');
}
