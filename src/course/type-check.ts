/**
 * What TypeScript says of a student's file, where TypeScript is installed beside dsim: a misspelt
 * method is named before a run meets it. It is for the screen: points do not depend on it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MISTAKES_MAX = 3;
/** Of a file of a few hundred lines it takes one. */
const PATIENCE_MS = 20_000;

/** Mistakes with their places, some at most; none where there is no TypeScript. */
export function typeMistakes(folder: string, file: string, packageRoot: string): readonly string[] {
  const path = join(folder, file);
  const tsc = tscBeside(packageRoot);
  if (tsc === null || !/\.[cm]?ts$/.test(file) || !existsSync(path)) return [];
  const draft = mkdtempSync(join(tmpdir(), 'dsim-types-'));
  try {
    const config = join(draft, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(configOf(path, packageRoot)));
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', config, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    return mistakesIn(stdout ?? '');
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function configOf(path: string, packageRoot: string) {
  return {
    files: [path],
    compilerOptions: {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
      paths: { dsim: [join(packageRoot, 'dist', 'types', 'index.d.ts')] },
    },
  };
}

/** `node.ts(12,7): error TS2551: …` of files in the folder, as `node.ts:12:7: …`. */
export function mistakesIn(output: string): readonly string[] {
  return (
    [...output.matchAll(/^([^\s.(][^(\n]*)\((\d+),(\d+)\): error TS\d+: (.*)$/gm)]
      .map(([, file, line, column, message]) => `${file}:${line}:${column}: ${message}`)
      // What it advises there is not for here: no node waits for promises, or installs types.
      .map((mistake) =>
        mistake.replace(/ (?:Did you mean to write 'Promise|Do you need to ).*/, ''),
      )
      .slice(0, MISTAKES_MAX)
  );
}

/** That which is installed where dsim is, and never one that a submission brings along. */
function tscBeside(packageRoot: string): string | null {
  try {
    const file = createRequire(join(packageRoot, 'package.json')).resolve(
      'typescript/package.json',
    );
    const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: { tsc: string } };
    return join(dirname(file), bin.tsc);
  } catch {
    return null;
  }
}
