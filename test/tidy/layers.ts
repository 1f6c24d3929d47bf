/**
 * Who may import whom. The table is the architecture (docs/ARCHITECTURE.md): no cycle between
 * folders can follow from it, and a node can see neither the world, nor another node, nor a
 * checker.
 */

import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { codeText } from './code-text.ts';
import { deterministic, rim } from './places.ts';
import type { Problem, SourceFile } from './rules.ts';

const builtin = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
/** Everything that is deterministic is pure: it runs in a browser as well as here. */
const pure = deterministic;
const interfaces = /^src\/interfaces\/[\w-]+\.ts$/;

/**
 * First match wins. The match is the folder that a file belongs to, within which imports are free;
 * the patterns are what else it may import: files by path from the root, packages by name.
 */
const layers: readonly (readonly [home: RegExp, mayImport: readonly RegExp[]])[] = [
  [/^src\/index\.ts$/, [pure]],
  [/^src\/host\.ts$/, [/^src\/index\.ts$/, /^src\/scenarios\/host\//]],
  [
    // What tests read is drawn as the command line draws it.
    /^src\/test\.ts$/,
    [
      pure,
      /^node:(assert|path)$/,
      /^package\.json$/,
      /^src\/scenarios\/host\//,
      /^src\/report\//,
      /^src\/cli\/(started-as|terminal)\.ts$/,
    ],
  ],
  [/^src\/sim\/kernel\//, [rim, /^seedrandom$/]],
  [/^src\/sim\/flows\//, [rim]],
  [/^src\/sim\//, [/^src\/sim\/flows\//]],
  [/^src\/interfaces\//, [rim]],
  [/^src\/nodes\/index\.ts$/, [rim, /^src\/nodes\/[\w-]+\/[\w-]+\/index\.ts$/]],
  [/^src\/nodes\/parts\//, [rim, interfaces]],
  [/^src\/nodes\/_template\//, [rim, interfaces, /^src\/nodes\/parts\//]],
  [
    // A service that is a state machine on Raft, as etcd is one on a library of Raft.
    /^src\/nodes\/consensus\/lock-service\//,
    [rim, interfaces, /^src\/nodes\/parts\//, /^src\/nodes\/consensus\/raft\/[\w-]+\.ts$/],
  ],
  [/^src\/nodes\/[\w-]+\/[\w-]+\//, [rim, interfaces, /^src\/nodes\/parts\//]],
  [/^src\/faults\//, [rim]],
  [/^src\/checks\//, [rim, interfaces]],
  [
    // A client that acts is an adapter over flows, as a service is.
    /^src\/workloads\/client\//,
    [rim, interfaces, /^src\/sim\/flows\//, /^src\/workloads\/[\w-]+\.ts$/],
  ],
  [
    /^src\/workloads\//,
    [rim, interfaces, /^src\/checks\/models\/[\w-]+\.ts$/, /^src\/checks\/checker\.ts$/],
  ],
  [
    /^src\/scenarios\/host\//,
    // Own nodes name the version of what is missing.
    [pure, builtin, /^package\.json$/, /^(esbuild|edn-data|yaml|zod)$/],
  ],
  [/^src\/scenarios\//, [pure, /^(yaml|zod)$/]],
  [/^src\/report\/export\//, [rim, /^src\/report\/(page\/)?[\w-]+\.ts$/, pure]],
  [/^src\/report\/page\//, [rim, /^src\/report\/[\w-]+\.ts$/, pure]],
  [/^src\/report\//, [rim, /^src\/scenarios\/result\.ts$/, /^(chalk|cli-table3)$/]],
  [
    // Grading touches the machine: it starts processes, and runs code apart in a realm of its own.
    /^src\/course\//,
    [
      pure,
      builtin,
      /^src\/scenarios\/host\/(program\/program-kind|[\w-]+)\.ts$/,
      /^src\/report\/[\w-]+\.ts$/,
      /^package\.json$/,
      /^(esbuild|yaml|zod)$/,
    ],
  ],
  [
    /^src\/cli\//,
    [
      /^src\//,
      builtin,
      /^package\.json$/,
      /^(commander|chalk|cli-table3|yaml|zod|edn-data|esbuild)$/,
    ],
  ],
];

/** The imports of one file that the table does not allow. Tests may import anything. */
export function badImports(file: SourceFile): readonly Problem[] {
  if (!file.path.startsWith('src/') || file.path.endsWith('.test.ts')) return [];
  const home = homeOf(file.path);
  if (home === null) return [{ line: 1, text: 'belongs to no layer' }];
  return imports(file)
    .filter(({ target }) => homeOf(target)?.folder !== home.folder)
    .filter(({ target }) => !home.mayImport.some((allowed) => allowed.test(target)))
    .map(({ line, target }) => ({ line, text: `may not import ${target}` }));
}

function homeOf(path: string): { folder: string; mayImport: readonly RegExp[] } | null {
  for (const [home, mayImport] of layers) {
    const match = home.exec(path);
    if (match !== null) return { folder: match[0], mayImport };
  }
  return null;
}

/**
 * Every module that a file names: `import`, `export from`, `import()`, `require()`, types included.
 */
export function imports(file: SourceFile): readonly { line: number; target: string }[] {
  const { code, strings } = codeText(file.text);
  return strings
    .filter(({ start }) =>
      /(\bfrom|\bimport|\b(import|require(\.resolve)?|import\.meta\.resolve)\s*\()\s*$/.test(
        code.slice(Math.max(0, start - 40), start),
      ),
    )
    .map(({ start, value }) => ({
      line: file.text.slice(0, start).split('\n').length,
      target: value.startsWith('.') ? posix.join(posix.dirname(file.path), value) : value,
    }));
}
