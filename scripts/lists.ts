/**
 * The generated lists: `index.ts` of nodes, interfaces, faults, workloads, checks and metrics,
 * written from the folders and files beside it, so that adding an item edits nothing by hand.
 *
 * The place alone decides what is an item: the table `folders` says which places are. An item
 * describes itself: everything is bundled by esbuild and evaluated once, and its own `name`,
 * `family` and `summary` are read from it.
 */

import { existsSync, readdirSync } from 'node:fs';
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
  /** Whether the file exports a list of items, of which this is one. */
  readonly ofList: boolean;
  /** The parameter table; empty where the kind of item has none. */
  readonly params: { readonly [name: string]: unknown };
  /** The parameter that a bare value sets, of a fault; else null. */
  readonly shorthand: string | null;
  /** The item itself. */
  readonly declared: Exports;
}

export interface Items {
  readonly systems: readonly Item[];
  readonly policies: readonly Item[];
  readonly faults: readonly Item[];
  readonly workloads: readonly Item[];
  readonly checkers: readonly Item[];
  readonly judges: readonly Item[];
  readonly metrics: readonly Item[];
  readonly interfaces: readonly Item[];
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
    metrics: [],
    interfaces: [],
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

/** A place where items stand, and what a file there exports. */
interface Place {
  readonly folder: string;
  /** A folder with an `index.ts` is an item, below folders of these names if there are any. */
  readonly folders?: { readonly below: readonly string[] };
  /** Files that are something else than an item, where files are items. */
  readonly files?: { readonly but: RegExp };
  /** Of each export the kind of item that it is. A file must have the first, or any. */
  readonly exports: readonly (readonly [name: Listed['export'], kind: Kind])[];
  readonly needs: 'the first' | 'any';
}

const places: readonly Place[] = [
  {
    folder: 'nodes',
    folders: { below: families },
    exports: [
      ['default', 'systems'],
      ['policy', 'policies'],
    ],
    needs: 'the first',
  },
  {
    folder: 'interfaces',
    files: { but: /^(index|all)$/ },
    exports: [['default', 'interfaces']],
    needs: 'the first',
  },
  {
    folder: 'faults',
    files: { but: /^index$/ },
    exports: [['default', 'faults']],
    needs: 'the first',
  },
  {
    folder: 'workloads',
    files: { but: /^(index|workload|history.*)$/ },
    exports: [['default', 'workloads']],
    needs: 'the first',
  },
  {
    folder: 'checks',
    folders: { below: [] },
    exports: [
      ['default', 'checkers'],
      ['judge', 'judges'],
    ],
    needs: 'any',
  },
  {
    folder: 'checks/models/judges',
    files: { but: /^$/ },
    exports: [['judge', 'judges']],
    needs: 'the first',
  },
  {
    folder: 'checks/metrics',
    files: { but: /^index$/ },
    exports: [['default', 'metrics']],
    needs: 'the first',
  },
];

interface Candidate {
  readonly place: Place;
  readonly path: string;
  /** What the place says: the item's folder, or the file's name. */
  readonly name: string;
  readonly family: string;
}

function candidates(root: string): Candidate[] {
  return places.flatMap((place) => [...inFolders(root, place), ...inFiles(root, place)]);
}

function inFolders(root: string, place: Place): Candidate[] {
  const { folder, folders } = place;
  if (folders === undefined) return [];
  const families = folders.below.length === 0 ? [''] : folders.below;
  return families.flatMap((family) =>
    names(root, join('src', folder, family))
      .map((name) => ({ place, name, family, path: slashed('src', folder, family, name) }))
      .map((item) => ({ ...item, path: `${item.path}/index.ts` }))
      // A folder that holds a list has an index that nobody wrote.
      .filter(({ path }) => !lists.some((list) => list.path === path))
      .filter(({ path }) => existsSync(join(root, path))),
  );
}

function inFiles(root: string, place: Place): Candidate[] {
  const { folder, files } = place;
  if (files === undefined) return [];
  return names(root, `src/${folder}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ place, family: '', name: file.slice(0, -'.ts'.length), file }))
    .filter(({ name }) => !files.but.test(name))
    .map(({ file, ...item }) => ({ ...item, path: `src/${folder}/${file}` }));
}

function slashed(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

/** Names in a folder, in the order of code units; none if there is no such folder. */
function names(root: string, folder: string): string[] {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).sort((a, b) => (a < b ? -1 : 1)) : [];
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
  const { place, path, name } = candidate;
  const given = place.exports.filter(([key]) => isRecord(exports[key]));
  const needed = place.needs === 'any' ? given : given.filter(([key]) => key === firstOf(place));
  if (needed.length === 0) return [`${path}: has no ${missing(place)}`];
  const main = exports[needed[0]?.[0] ?? ''];
  if (isRecord(main) && !Array.isArray(main) && main['name'] !== name)
    return [`${path}: is named ${main['name']}, its place says ${name}`];
  return given.flatMap(([key, kind]) => {
    const value = exports[key];
    const ofList = Array.isArray(value);
    return [value].flat().flatMap((item) => {
      const listed = itemOf(candidate, item, ofList);
      if (listed === null) return [`${path}: lacks a name or a summary`];
      items[kind].push(listed);
      return [];
    });
  });
}

function firstOf({ exports }: Place): string {
  return exports[0]?.[0] ?? '';
}

function missing({ exports, needs }: Place): string {
  const says = exports.map(([key]) => (key === 'default' ? 'default export' : `export \`${key}\``));
  return needs === 'any' ? says.join(' and no ') : (says[0] ?? '');
}

/** null if it lacks what every item has. */
function itemOf({ family, path }: Candidate, item: unknown, ofList: boolean): Item | null {
  if (!isRecord(item)) return null;
  const { name, summary, params, shorthand } = item;
  if (typeof name !== 'string' || typeof summary !== 'string') return null;
  return {
    name,
    summary,
    family: family || String(item['family'] ?? ''),
    path,
    ofList,
    params: isRecord(params) ? params : {},
    shorthand: typeof shorthand === 'string' ? shorthand : null,
    declared: item,
  };
}

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

interface Listed {
  readonly kind: Kind;
  /** `ListedSystem`; of items that come all together, none. */
  readonly type: string | null;
  /** The type of one item and the rim or checker file that declares it. */
  readonly of: string;
  readonly from: string;
  readonly doc: string;
  /** Which export of the file is the item. */
  readonly export: 'default' | 'policy' | 'judge';
  readonly family: boolean;
}

interface List {
  readonly path: string;
  readonly folder: string;
  readonly kinds: readonly Listed[];
}

const lists: readonly List[] = [
  {
    path: 'src/nodes/index.ts',
    folder: 'nodes',
    kinds: [
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
  },
  {
    path: 'src/faults/index.ts',
    folder: 'faults',
    kinds: [
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
  },
  {
    path: 'src/workloads/index.ts',
    folder: 'workloads',
    kinds: [
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
  },
  {
    path: 'src/interfaces/index.ts',
    folder: 'interfaces',
    kinds: [
      {
        kind: 'interfaces',
        type: 'ListedInterface',
        of: 'Interface',
        from: '../sim/interface.ts',
        doc: 'Every interface, by name.',
        export: 'default',
        family: false,
      },
    ],
  },
  {
    path: 'src/checks/index.ts',
    folder: 'checks',
    kinds: [
      {
        kind: 'checkers',
        type: 'ListedChecker',
        of: 'AnyChecker',
        from: './checker.ts',
        doc: 'Every checker, by the name that `expect:` gives it.',
        export: 'default',
        family: false,
      },
      {
        kind: 'judges',
        type: 'ListedJudge',
        of: 'AnyJudge',
        from: './judge.ts',
        doc: 'Every judge of a history made elsewhere, by the name after `--model`.',
        export: 'judge',
        family: false,
      },
    ],
  },
  {
    path: 'src/checks/metrics/index.ts',
    folder: 'checks/metrics',
    kinds: [
      {
        kind: 'metrics',
        type: null,
        of: 'Metric',
        from: '../checker.ts',
        doc: 'Every metric, by the name that `expect:` gives it. They are few and small, and come together.',
        export: 'default',
        family: false,
      },
    ],
  },
];

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The lists as they should be. */
export function renderLists(items: Items): readonly GeneratedFile[] {
  const files = lists.map((list) => ({
    path: list.path,
    text: [...heading(list, items), ...list.kinds.flatMap((kind) => renderList(kind, list, items))]
      .join('\n')
      .concat('\n'),
  }));
  return [...files, renderLibrary(items.interfaces)];
}

/** The interfaces as users' own files import them: `import { interfaces } from 'dsim'`. */
function renderLibrary(interfaces: readonly Item[]): GeneratedFile {
  const lines = [
    '/** Every interface, for the library. Written by `npm run generate`; do not edit. */',
    ...interfaces.map(
      ({ name }) => `export { default as ${camelCase(name)} } from './${name}.ts';`,
    ),
  ];
  return { path: 'src/interfaces/all.ts', text: lines.join('\n').concat('\n') };
}

/** `list-append` as a variable: `listAppend`. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

function heading({ folder, kinds }: List, items: Items): string[] {
  const imports = new Map<string, string[]>();
  for (const { of, from } of kinds) imports.set(from, [...(imports.get(from) ?? []), of].sort());
  const isLazy = kinds.some(({ type }) => type !== null);
  const picks = kinds.some(({ kind, type }) => type && items[kind].some(({ ofList }) => ofList));
  return [
    '/**',
    ` * What src/${folder}/ has, found by its place. Written by \`npm run generate\`; do not edit.`,
    ...(isLazy
      ? [' *', ' * An item is imported when it is asked for, so that a run loads what it uses.']
      : []),
    ' */',
    '',
    ...[...imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, types]) => `import type { ${types.join(', ')} } from '${from}';`),
    ...(picks ? ["import { named } from './named.ts';"] : []),
  ];
}

function renderList(kind: Listed, { folder }: List, items: Items): string[] {
  const file = ({ path }: Item) => `./${path.slice(`src/${folder}/`.length)}`;
  if (kind.type === null) return renderTogether(kind, items[kind.kind].map(file));
  const entry = (item: Item) => {
    const family = kind.family ? `family: ${quote(item.family)}, ` : '';
    const load = `load: ${loader(kind, item, file(item))}`;
    return `  [${quote(item.name)}, { ${family}summary: ${quote(item.summary)}, ${load} }],`;
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

function loader(kind: Listed, { name, ofList }: Item, file: string): string {
  if (!ofList) return `() => import('${file}')`;
  const item = `named((await import('${file}')).${kind.export}, ${quote(name)})`;
  return `async () => ({ ${kind.export}: ${item} })`;
}

/** `files` may name one file several times. */
function renderTogether(kind: Listed, files: readonly string[]): string[] {
  const all = [...new Set(files)].sort((a, b) => (a < b ? -1 : 1));
  const variable = (file: string) => camelCase(file.slice('./'.length, -'.ts'.length));
  return [
    ...all.map((file) => `import ${variable(file)} from '${file}';`),
    '',
    `const all: readonly (${kind.of} | readonly ${kind.of}[])[] = [${all.map(variable).join(', ')}];`,
    '',
    `/** ${kind.doc} */`,
    `export const ${kind.kind}: ReadonlyMap<string, ${kind.of}> = new Map(`,
    '  all.flat().map((item) => [item.name, item]),',
    ');',
  ];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}
