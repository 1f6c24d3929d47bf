/**
 * The generated lists: `index.ts` of nodes, faults, workloads, checks and judges, written from the
 * folders and files beside it, so that adding an item edits nothing by hand.
 *
 * An item is found by its place and described by itself: everything is bundled by esbuild and
 * evaluated once, and its own `name`, `family` and `summary` are read from it.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { type BuildFailure, build } from 'esbuild';

export const families: readonly string[] = [
  'time',
  'consensus',
  'membership',
  'data',
  'transactions',
  'messaging',
  'traffic',
  'edge',
  'caching',
  'batch',
  'identifiers',
];

export interface Item {
  readonly name: string;
  readonly summary: string;
  /** Of a system its folder's, of a fault its own; else empty. */
  readonly family: string;
  /** From the root: `src/faults/crash.ts`. */
  readonly path: string;
  /** The parameter table; empty where the kind of item has none. */
  readonly params: { readonly [name: string]: unknown };
  /** The parameter that a bare value sets, of a fault; else null. */
  readonly shorthand: string | null;
}

export interface Items {
  readonly systems: readonly Item[];
  readonly policies: readonly Item[];
  readonly faults: readonly Item[];
  readonly workloads: readonly Item[];
  readonly checkers: readonly Item[];
  readonly judges: readonly Item[];
  /** What is not listed, and why: `src/faults/x.ts: has no default export`. */
  readonly problems: readonly string[];
}

type Kind = Exclude<keyof Items, 'problems'>;
type Exports = { readonly [name: string]: unknown };

/** Reads every item of a tree. Throws if the tree does not compile. */
export async function loadItems(root: string): Promise<Items> {
  const items: { [K in Kind]: Item[] } = {
    systems: [],
    policies: [],
    faults: [],
    workloads: [],
    checkers: [],
    judges: [],
  };
  const problems: string[] = [];
  const found = candidates(root);
  const modules = await evaluate(
    root,
    found.map(({ path }) => path),
  );
  for (const candidate of found) {
    const exports = modules.get(candidate.path);
    if (exports instanceof Error) problems.push(`${candidate.path}: ${exports.message}`);
    else problems.push(...listItem(candidate, exports ?? {}, items));
  }
  for (const list of Object.values(items)) problems.push(...twice(list.sort(byName)));
  return { ...items, problems };
}

// --- Finding -----------------------------------------------------------------------------------

interface Candidate {
  readonly folder: 'nodes' | (typeof fileFolders)[number];
  readonly path: string;
  /** What the place says: the system's folder, or the file's name. */
  readonly name: string;
  readonly family: string;
}

/** Folders in which every file is an item. */
const fileFolders = ['faults', 'workloads', 'checks', 'checks/judges'] as const;

/** Files of these folders that are something else than an item. */
const notItems = {
  faults: /^index$/,
  workloads: /^(index|workload|history.*)$/,
  checks: /^(index|checker)$/,
  'checks/judges': /^index$/,
} as const;

function candidates(root: string): Candidate[] {
  const systems = families.flatMap((family) =>
    names(root, `src/nodes/${family}`)
      .map((name) => ({ name, family, path: `src/nodes/${family}/${name}/index.ts` }))
      .filter(({ path }) => existsSync(join(root, path)))
      .map((system) => ({ folder: 'nodes' as const, ...system })),
  );
  const files = fileFolders.flatMap((folder) =>
    names(root, `src/${folder}`)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => ({
        folder,
        family: '',
        name: file.slice(0, -'.ts'.length),
        path: `src/${folder}/${file}`,
      }))
      .filter(({ name }) => !notItems[folder].test(name))
      .filter(({ path }) => !saysNotListed(readFileSync(join(root, path), 'utf8'))),
  );
  return [...systems, ...files];
}

/** Names in a folder, in the order of code units; none if there is no such folder. */
function names(root: string, folder: string): string[] {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).sort((a, b) => (a < b ? -1 : 1)) : [];
}

/** Whether the first line of the doc comment says that the file is no item. */
function saysNotListed(text: string): boolean {
  return /^\/\*\*[\s*]*[^\n]*Not listed\./.test(text);
}

// --- Reading -----------------------------------------------------------------------------------

/** The exports of each file, or the error that evaluating it threw. */
async function evaluate(
  root: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Exports | Error>> {
  const entry = paths.map((path) => `${JSON.stringify(path)}: () => require('./${path}'),`);
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = {${entry.join('\n')}};`, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    logLevel: 'silent',
    write: false,
  }).catch((failure: BuildFailure) => {
    throw new Error(failure.errors.map(describe).join('\n'));
  });
  const module: { exports: { [path: string]: () => Exports } } = { exports: {} };
  compileFunction(outputFiles[0]?.text ?? '', ['module', 'require'])(module, nothing);
  return new Map(paths.map((path) => [path, attempt(module.exports[path])]));
}

function attempt(load: (() => Exports) | undefined): Exports | Error {
  try {
    return load?.() ?? {};
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function nothing(name: string): never {
  throw new Error(`imports ${name}: an item is free of the host`);
}

function describe({ text, location }: BuildFailure['errors'][number]): string {
  return location === null ? text : `${location.file}:${location.line}: ${text}`;
}

// --- Judging -----------------------------------------------------------------------------------

/** Puts what a file exports into the lists; returns what is wrong with it. */
function listItem(
  candidate: Candidate,
  exports: Exports,
  items: { [K in Kind]: Item[] },
): string[] {
  const { folder, path, name } = candidate;
  const value = exports['default'];
  if (!isRecord(value)) {
    const cure = folder === 'nodes' ? '' : ", and its doc comment does not say 'Not listed.'";
    return [`${path}: has no default export${cure}`];
  }
  const called = value['name'];
  if (called !== name) return [`${path}: is named ${called}, its place says ${name}`];
  const family = candidate.family || String(value['family'] ?? '');
  const found: [Kind, Exports][] = [[kindOf[folder], value]];
  if (folder === 'nodes' && isRecord(exports['policy']))
    found.push(['policies', exports['policy']]);
  return found.flatMap(([kind, { name, summary, params, shorthand }]) => {
    if (typeof name !== 'string' || typeof summary !== 'string') {
      return [`${path}: lacks a name or a summary`];
    }
    items[kind].push({
      name,
      summary,
      family,
      path,
      params: isRecord(params) ? params : {},
      shorthand: typeof shorthand === 'string' ? shorthand : null,
    });
    return [];
  });
}

const kindOf = {
  nodes: 'systems',
  faults: 'faults',
  workloads: 'workloads',
  checks: 'checkers',
  'checks/judges': 'judges',
} as const;

function isRecord(value: unknown): value is Exports {
  return typeof value === 'object' && value !== null;
}

function byName(a: Item, b: Item): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.path < b.path ? -1 : 1;
}

/** `list` is sorted by name. */
function twice(list: readonly Item[]): string[] {
  return list
    .filter(({ name }, i) => list[i - 1]?.name === name)
    .map(({ name, path }) => `${path}: there is another ${name}`);
}

// --- Writing -----------------------------------------------------------------------------------

interface ListedKind {
  readonly kind: Kind;
  /** `ListedSystem`. */
  readonly type: string;
  /** The type of one item and the rim or checker file that declares it. */
  readonly of: string;
  readonly from: string;
  readonly doc: string;
  /** Which export of the file is the item. */
  readonly export: 'default' | 'policy';
  readonly family: boolean;
}

const kinds: { readonly [folder: string]: readonly ListedKind[] } = {
  nodes: [
    {
      kind: 'systems',
      type: 'ListedSystem',
      of: 'AnySystem',
      from: '../sim/system.ts',
      doc: 'Every kind of node, by the name that a scenario gives it.',
      export: 'default',
      family: true,
    },
    {
      kind: 'policies',
      type: 'ListedPolicy',
      of: 'AnyPolicy',
      from: '../sim/policy.ts',
      doc: 'Every policy on calls, by its key under `calls:`.',
      export: 'policy',
      family: true,
    },
  ],
  faults: [
    {
      kind: 'faults',
      type: 'ListedFault',
      of: 'AnyFault',
      from: '../sim/fault.ts',
      doc: 'Every kind of fault, by name.',
      export: 'default',
      family: true,
    },
  ],
  workloads: [
    {
      kind: 'workloads',
      type: 'ListedWorkload',
      of: 'AnyWorkload',
      from: './workload.ts',
      doc: 'Every workload, by name.',
      export: 'default',
      family: false,
    },
  ],
  checks: [
    {
      kind: 'checkers',
      type: 'ListedChecker',
      of: 'Checker',
      from: './checker.ts',
      doc: 'Every checker, by the name that `expect:` gives it.',
      export: 'default',
      family: false,
    },
  ],
  'checks/judges': [
    {
      kind: 'judges',
      type: 'ListedJudge',
      of: 'AnyJudge',
      from: '../judge.ts',
      doc: 'Every judge of a history made elsewhere, by the name after `--model`.',
      export: 'default',
      family: false,
    },
  ],
};

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The lists as they should be. */
export function renderLists(items: Items): readonly GeneratedFile[] {
  return Object.entries(kinds).map(([folder, listed]) => ({
    path: `src/${folder}/index.ts`,
    text: [...heading(folder, listed), ...listed.flatMap((kind) => renderList(kind, folder, items))]
      .join('\n')
      .concat('\n'),
  }));
}

function heading(folder: string, listed: readonly ListedKind[]): string[] {
  const imports = new Map<string, string[]>();
  for (const { of, from } of listed) imports.set(from, [...(imports.get(from) ?? []), of].sort());
  return [
    '/**',
    ` * What src/${folder}/ has, found by its place. Written by \`npm run generate\`; do not edit.`,
    ' *',
    ' * An item is imported when it is asked for, so that a run loads what it uses.',
    ' */',
    '',
    ...[...imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, types]) => `import type { ${types.join(', ')} } from '${from}';`),
  ];
}

function renderList(kind: ListedKind, folder: string, items: Items): string[] {
  const entry = (item: Item) => {
    const family = kind.family ? `family: ${quote(item.family)}, ` : '';
    const file = `./${item.path.slice(`src/${folder}/`.length)}`;
    const fields = `${family}summary: ${quote(item.summary)}, load: () => import('${file}')`;
    return `  [${quote(item.name)}, { ${fields} }],`;
  };
  const map = `Map<string, ${kind.type}>`;
  return [
    '',
    `export interface ${kind.type} {`,
    ...(kind.family ? ['  readonly family: string;'] : []),
    '  readonly summary: string;',
    `  load(): Promise<{ readonly ${kind.export}: ${kind.of} }>;`,
    '}',
    '',
    `/** ${kind.doc} */`,
    `export const ${kind.kind}: Readonly${map} = new ${map}([`,
    ...items[kind.kind].map(entry),
    ']);',
  ];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}
