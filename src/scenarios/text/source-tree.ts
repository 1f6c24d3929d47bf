/**
 * From a file to the one tree that is parsed: what it extends is laid under it, its `without:`
 * patch over it if asked for, then `--set` is applied, variables are filled in, and keys that begin
 * with `x-` are gone. Reading itself is the caller's, so this runs wherever files are.
 */

import { nearestName } from '../../sim/nearest-name.ts';
import { Diagnostics, quote } from './diagnostic.ts';
import type { DiagnosticCode } from './diagnostic-codes.ts';
import { mergeMaps, withoutKeys } from './extend.ts';
import { Interpolator } from './interpolate.ts';
import { applyOverrides, type ParseYaml, variablesSet } from './overrides.ts';
import {
  isExtensionKey,
  makeSourceFile,
  type SourceFile,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
  spotOf,
  valueOf,
} from './source.ts';
import { parseYaml } from './yaml-source.ts';

export type FileRead =
  /** `id` is the same for the same file, however it was named; `name` is what diagnostics print. */
  | { readonly ok: true; readonly id: string; readonly name: string; readonly text: string }
  | {
      readonly ok: false;
      readonly code: DiagnosticCode;
      readonly message: string;
      readonly notes: readonly string[];
      readonly help: readonly string[];
    };

export interface SourceReader {
  /**
   * Reads what `path` names: for a user if `from` is null, else for the file of that name, relative
   * to it.
   */
  read(path: string, from: string | null): FileRead;
}

export interface SourceOptions {
  /** `path=value`, applied in order. */
  readonly set?: readonly string[];
  /** Apply the scenario's `without:` patch. */
  readonly without?: boolean;
}

export interface SourceTree {
  /** The path as the user gave it. */
  readonly entry: string;
  /** null if there is nothing to parse; the diagnostics say why. */
  readonly root: SourceMap | null;
  /** All that was read, the entry first. */
  readonly files: readonly SourceFile[];
  /** What was found so far. */
  readonly diagnostics: Diagnostics;
}

/** Reads and composes; never throws for anything that a file says. */
export function readSourceTree(
  entry: string,
  reader: SourceReader,
  options: SourceOptions = {},
): SourceTree {
  return composeSourceTree(entry, reader, options, parseYaml);
}

/** The same for texts and `--set` that something else reads. */
export function composeSourceTree(
  entry: string,
  reader: SourceReader,
  options: SourceOptions,
  parse: ParseYaml,
): SourceTree {
  const composer = new Composer(reader, parse);
  const { files, diagnostics } = composer;
  const read = composer.load(entry, null, []);
  if (read === null) return { entry, root: null, files, diagnostics };
  let root = withoutKeys(read, (key) => key === 'extends');
  if (options.without === true) root = applyWithout(root, diagnostics);
  else checkWithout(root, diagnostics);
  root = withoutKeys(root, (key) => key === 'without');
  root = applyOverrides(root, options.set ?? [], diagnostics, parse);
  return {
    entry,
    root: fillIn(stripExtensions(root) as SourceMap, diagnostics),
    files,
    diagnostics,
  };
}

class Composer {
  readonly files: SourceFile[] = [];
  readonly diagnostics = new Diagnostics();
  readonly #reader: SourceReader;
  readonly #parseYaml: ParseYaml;

  constructor(reader: SourceReader, parse: ParseYaml) {
    this.#reader = reader;
    this.#parseYaml = parse;
  }

  /**
   * The map of a file with all that it extends laid under it. `chain` holds the files that led
   * here.
   */
  load(path: string, named: SourceScalar | null, chain: readonly Link[]): SourceMap | null {
    const read = this.#reader.read(path, named?.spot.file.name ?? null);
    if (!read.ok) {
      const { code, message, notes, help } = read;
      this.diagnostics.error(code, named?.spot ?? null, message, { notes, help });
      return null;
    }
    if (chain.some(({ id }) => id === read.id)) {
      const names = [
        ...chain.slice(chain.findIndex(({ id }) => id === read.id)).map(({ name }) => name),
        read.name,
      ];
      this.diagnostics.error('DS112', named?.spot ?? null, `${quote(read.name)} extends itself`, {
        notes: [names.join(' → ')],
      });
      return null;
    }
    return this.#parse(read, chain);
  }

  #parse(read: FileRead & { readonly ok: true }, chain: readonly Link[]): SourceMap | null {
    if (read.text.includes('\0')) {
      this.diagnostics.error('DS100', null, `${quote(read.name)} is not a text file`);
      return null;
    }
    const file = makeSourceFile(read.name, read.text);
    this.files.push(file);
    const node = this.#parseYaml(file, this.diagnostics);
    if (node === null) return null;
    if (node.kind !== 'map') {
      const what = node.kind === 'list' ? 'a list' : 'a single value';
      this.diagnostics.error(
        'DS111',
        node.spot,
        `the top of a scenario is a map, and this is ${what}`,
        {
          label: 'expected keys such as `nodes:` here',
        },
      );
      return null;
    }
    return this.#layOver(node, [...chain, { id: read.id, name: read.name }]);
  }

  #layOver(map: SourceMap, chain: readonly Link[]): SourceMap | null {
    const bases = this.#extended(valueOf(map, 'extends')).map((path) =>
      this.load(path.text, path, chain),
    );
    let under: SourceMap | null = null;
    for (const base of bases) {
      // What a base lacks would be complained of as if it were missing here.
      if (base === null) return null;
      const own = withoutKeys(base, (key) => key === 'extends');
      under = under === null ? own : mergeMaps(under, own);
    }
    return under === null ? map : mergeMaps(under, map);
  }

  #extended(node: SourceNode | null): readonly SourceScalar[] {
    if (node === null) return [];
    const items = node.kind === 'list' ? node.items : [node];
    return items.flatMap((item) => {
      if (item.kind === 'scalar' && item.text !== '') return [item];
      this.diagnostics.error('DS103', item.spot, '`extends` names a file, or a list of files', {
        help: ['for example `extends: ./base.yaml`'],
      });
      return [];
    });
  }
}

interface Link {
  readonly id: string;
  readonly name: string;
}

function applyWithout(root: SourceMap, diagnostics: Diagnostics): SourceMap {
  const patch = valueOf(root, 'without');
  if (patch?.kind === 'map') return mergeMaps(root, patch);
  if (patch === null) {
    const spot = spotOf(root.spot.file, root.spot.from, root.spot.from);
    diagnostics.error('DS115', spot, 'the scenario has no `without:` to apply');
  }
  checkWithout(root, diagnostics);
  return root;
}

function checkWithout(root: SourceMap, diagnostics: Diagnostics): void {
  const patch = valueOf(root, 'without');
  if (patch === null || patch.kind === 'map') return;
  diagnostics.error('DS103', patch.spot, '`without` is a patch: a map like the scenario itself', {
    help: ['for example `without: { nodes: { kv: { count: 1 } } }`'],
  });
}

function stripExtensions(node: SourceNode): SourceNode {
  switch (node.kind) {
    case 'map':
      return {
        ...node,
        entries: node.entries
          .filter(({ key }) => !isExtensionKey(key))
          .map((entry) => ({ ...entry, value: stripExtensions(entry.value) })),
      };
    case 'list':
      return { ...node, items: node.items.map(stripExtensions) };
    case 'scalar':
      return node;
  }
}

function fillIn(root: SourceMap, diagnostics: Diagnostics): SourceMap {
  const vars = valueOf(root, 'vars');
  if (vars !== null && vars.kind !== 'map' && !(vars.kind === 'scalar' && vars.value === null)) {
    diagnostics.error('DS103', vars.spot, '`vars` is a map of names to values');
  }
  const variables = vars?.kind === 'map' ? vars : null;
  const interpolator = new Interpolator(variables, diagnostics);
  const filled = interpolator.fill(withoutKeys(root, (key) => key === 'vars')) as SourceMap;
  for (const { key, keySpot } of variablesSet(variables)) {
    if (interpolator.used.has(key)) continue;
    const near = nearestName(key, interpolator.used);
    diagnostics.error('DS114', keySpot, `nothing uses the variable ${quote(key)}`, {
      help: near === null ? [] : [`did you mean \`vars.${near}\`?`],
    });
  }
  return filled;
}
