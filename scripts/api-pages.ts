/**
 * Writes docs/API.md and docs/api/: every name that programs import, with its declaration and the
 * comments beside it, from the declarations that the compiler makes of `src/`. A part of `npm run
 * generate`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { type Declaration, declarationsOf, moduleComment } from './declarations.ts';

export interface Page {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** By what programs import: the file of `src/` that has it. */
const ENTRIES: readonly (readonly [name: string, file: string])[] = [
  ['dsim', 'index'],
  ['dsim/host', 'host'],
  ['dsim/test', 'test'],
];
const HEAD = '<!-- Written by scripts/api-pages.ts: change the comments in the sources. -->';

interface Exported {
  readonly module: string;
  readonly declaration: Declaration;
}

export async function main(root: string): Promise<number> {
  const types = mkdtempSync(join(tmpdir(), 'dsim-types-'));
  try {
    const argv = ['-p', 'scripts/tsconfig.types.json', '--outDir', types];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const run = spawnSync(process.execPath, [tsc, ...argv], { cwd: root, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stdout);
    rmSync(join(root, 'docs/api'), { recursive: true, force: true });
    for (const { path, text } of renderApi(root, types)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return 0;
  } finally {
    rmSync(types, { recursive: true });
  }
}

/** The pages that are there, but for those that `renderApi` writes. */
export function strayPages(root: string, pages: readonly Page[]): readonly string[] {
  return readdirSync(join(root, 'docs/api'))
    .map((name) => `docs/api/${name}`)
    .filter((path) => !pages.some((page) => page.path === path));
}

/** `types` is the folder of the declarations. */
export function renderApi(root: string, types: string): readonly Page[] {
  const library = new Library(root, types);
  const entries = ENTRIES.map(([name, file]) => ({ name, file, exported: library.exports(file) }));
  const byModule = new Map<string, Declaration[]>();
  const seen = new Set<Declaration>();
  for (const { module, declaration } of entries.flatMap(({ exported }) => exported)) {
    if (seen.has(declaration)) continue;
    seen.add(declaration);
    byModule.set(module, [...(byModule.get(module) ?? []), declaration]);
  }
  const pages = [...byModule].map(([module, declarations]) => ({
    path: `docs/api/${pageName(module)}.md`,
    text: modulePage(module, library.comment(module), declarations),
  }));
  return [{ path: 'docs/API.md', text: indexPage(entries, library) }, ...pages];
}

/** Reads declarations once each. */
class Library {
  private readonly root: string;
  private readonly types: string;
  private readonly modules = new Map<string, readonly Declaration[]>();

  constructor(root: string, types: string) {
    this.root = root;
    this.types = types;
  }

  comment(module: string): string {
    return moduleComment(readFileSync(join(this.root, 'src', `${module}.ts`), 'utf8'));
  }

  private text(module: string): string {
    return readFileSync(join(this.types, `${module}.d.ts`), 'utf8');
  }

  private declared(module: string): readonly Declaration[] {
    const known = this.modules.get(module) ?? declarationsOf(this.text(module));
    this.modules.set(module, known);
    return known;
  }

  /** What a module exports, its own and that of others, in the order written. */
  exports(module: string): readonly Exported[] {
    const own = this.declared(module).map((declaration) => ({ module, declaration }));
    const text = this.text(module);
    const statements = text.matchAll(
      /^export (?:type )?(\*|\{[^}]*\})(?: as \w+)? from '(\.[^']+)\.ts';$/gm,
    );
    const others = [...statements].flatMap(([statement, what = '', path = '']) => {
      // A namespace stands for itself: what is in it, its own command lists.
      if (statement.includes(' as interfaces ')) return [];
      const all = this.exports(posix.join(posix.dirname(module), path));
      if (what === '*') return all;
      const names = what.slice(1, -1).split(',');
      const wanted = names.map((name) => name.trim().replace(/^type /, ''));
      return all.filter(({ declaration }) => wanted.includes(declaration.name));
    });
    return [...others, ...own];
  }
}

function indexPage(
  entries: readonly { readonly name: string; readonly exported: readonly Exported[] }[],
  library: Library,
): string {
  const seen = new Set<Declaration>();
  const sections = entries.map(({ name, exported }) => {
    const [, file = ''] = ENTRIES.find(([each]) => each === name) ?? [];
    const rows = exported
      .filter(({ declaration }) => !seen.has(declaration))
      .sort((a, b) => (a.declaration.name < b.declaration.name ? -1 : 1))
      .map(({ module, declaration }) => {
        seen.add(declaration);
        const { name: own, sort, comment } = declaration;
        const link = `[\`${own}\`](api/${pageName(module)}.md#${own.toLowerCase()})`;
        return `| ${link} | ${sort} | ${cell(firstSentence(comment))} |`;
      });
    return [`## ${name}`, library.comment(file), table(rows)].join('\n\n');
  });
  const interfaces =
    "`interfaces`, of `dsim`, has every interface by its name: `interfaces.register`; `npx dsim list interfaces` names them.\n\n`import 'dsim/vitest'` gives vitest's `expect` the matcher `toHold`: see [TESTING.md](TESTING.md).";
  return `${[HEAD, '# The library', interfaces, ...sections].join('\n\n')}\n`;
}

function table(rows: readonly string[]): string {
  return ['| name | | |', '|---|---|---|', ...rows].join('\n');
}

function modulePage(module: string, comment: string, declarations: readonly Declaration[]): string {
  const sections = declarations.map(({ name, comment: own, code }) =>
    [`## ${name}`, ...(own === '' ? [] : [own]), `\`\`\`typescript\n${code}\n\`\`\``].join('\n\n'),
  );
  return `${[HEAD, `# ${module}`, comment, ...sections].join('\n\n')}\n`;
}

function pageName(module: string): string {
  return module.replaceAll('/', '-');
}

function firstSentence(text: string): string {
  const paragraph = text.split('\n\n')[0]?.replaceAll('\n', ' ') ?? '';
  return /^.*?[.:](?=\s|$)/.exec(paragraph)?.[0].replace(/:$/, '.') ?? paragraph;
}

/** A bar would end the cell, except in code that escapes it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
