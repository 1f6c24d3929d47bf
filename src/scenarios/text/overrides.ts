/**
 * `--set path=value`: one value of the scenario replaced from the command line. The value is YAML;
 * the argument is a source file of its own, so that whatever is wrong with the value is shown in
 * the argument.
 */
import { type Diagnostics, didYouMean, listNames, quote } from './diagnostic.ts';
import { pathsEndingIn, pathsOf } from './paths.ts';
import {
  makeSourceFile,
  type SourceEntry,
  type SourceFile,
  type SourceMap,
  type SourceNode,
  type Spot,
  spotOf,
} from './source.ts';
import { makeScalar } from './yaml-source.ts';

export const SET_FILE = '--set';

/** Reads YAML from an offset on; null when it has no usable value, and diagnostics say why. */
export type ParseYaml = (
  file: SourceFile,
  diagnostics: Diagnostics,
  from?: number,
) => SourceNode | null;

interface Override {
  readonly file: SourceFile;
  readonly segments: readonly { readonly key: string; readonly spot: Spot }[];
  readonly value: SourceNode;
}

/** The tree with the overrides applied in order, each `path=value`. */
export function applyOverrides(
  root: SourceMap,
  overrides: readonly string[],
  diagnostics: Diagnostics,
  parse: ParseYaml,
): SourceMap {
  let current = root;
  for (const text of overrides) {
    const override = readOverride(text, diagnostics, parse);
    if (override === null) continue;
    if (isMisplaced(current, override, diagnostics)) continue;
    const next = setAt(current, override, 0, diagnostics);
    if (next !== null && next.kind === 'map') current = next;
  }
  return current;
}

/** The variables that overrides set: `--set vars.n=5`, to be sure that something asks for them. */
export function variablesSet(root: SourceMap | null): readonly SourceEntry[] {
  return (root?.entries ?? []).filter(({ keySpot }) => keySpot.file.name === SET_FILE);
}

function readOverride(text: string, diagnostics: Diagnostics, parse: ParseYaml): Override | null {
  const file = makeSourceFile(SET_FILE, text);
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(0, equals));
  if (equals < 1 || path.split('.').some((key) => key.trim() === '')) {
    diagnostics.error(
      'DS114',
      spotOf(file, 0, equals < 0 ? text.length : equals),
      'expected `path=value`',
      {
        help: ['for example `--set nodes.kv.count=7`'],
      },
    );
    return null;
  }
  let from = 0;
  const segments = path.split('.').map((key) => {
    const spot = spotOf(file, from, from + key.length);
    from += key.length + 1;
    return { key: key.trim(), spot };
  });
  const spot = spotOf(file, equals + 1, text.length);
  if (text.slice(equals + 1).trim() === '')
    return { file, segments, value: makeScalar('', true, spot, null) };
  const value = parse(file, diagnostics, equals + 1);
  return value === null ? null : { file, segments, value };
}

/** Whether the path leaves out how it begins: `kv.count` for `nodes.kv.count`. Complains then. */
function isMisplaced(root: SourceMap, { segments }: Override, diagnostics: Diagnostics): boolean {
  const [first, second] = segments;
  const last = segments[segments.length - 1];
  if (first === undefined || second === undefined || last === undefined) return false;
  if (root.entries.some(({ key }) => key === first.key)) return false;
  const written = segments.map(({ key }) => key).join('.');
  const meant = pathsEndingIn(pathsOf(root), written);
  if (meant.length === 0) return false;
  const spot = spotOf(first.spot.file, first.spot.from, last.spot.to);
  diagnostics.error('DS114', spot, `${quote(written)} is no path from the top of the scenario`, {
    help: [`did you mean ${listNames(meant, 'or')}?`],
  });
  return true;
}

function setAt(
  node: SourceNode,
  override: Override,
  depth: number,
  diagnostics: Diagnostics,
): SourceNode | null {
  const segment = override.segments[depth];
  if (segment === undefined) return override.value;
  if (node.kind === 'map') return setInMap(node, override, depth, diagnostics);
  if (node.kind === 'list') {
    const index = Number(segment.key);
    const item = /^\d+$/.test(segment.key) ? node.items[index] : undefined;
    if (item === undefined) {
      const notes = [`the list has ${node.items.length} entries, counted from 0`];
      diagnostics.error('DS114', segment.spot, `the list has no entry ${quote(segment.key)}`, {
        notes,
      });
      return null;
    }
    const value = setAt(item, override, depth + 1, diagnostics);
    return value === null
      ? null
      : { ...node, items: node.items.map((old, i) => (i === index ? value : old)) };
  }
  diagnostics.error(
    'DS114',
    segment.spot,
    `${quote(pathTo(override, depth))} is a single value and has no keys`,
  );
  return null;
}

/** The last key may be new, and so may a whole section; anything between must be there. */
function setInMap(
  map: SourceMap,
  override: Override,
  depth: number,
  diagnostics: Diagnostics,
): SourceNode | null {
  const { segments } = override;
  const segment = segments[depth];
  if (segment === undefined) return null;
  const old = map.entries.find(({ key }) => key === segment.key);
  const isLast = depth === segments.length - 1;
  if (old === undefined && !isLast && depth > 0) {
    const known = map.entries.map(({ key }) => key);
    diagnostics.error(
      'DS114',
      segment.spot,
      `${quote(pathTo(override, depth))} has no ${quote(segment.key)}`,
      {
        notes: known.length === 0 ? [] : [`it has ${listNames(known)}`],
        help: [didYouMean(segment.key, known)],
      },
    );
    return null;
  }
  const below = old?.value ?? { kind: 'map', entries: [], spot: segment.spot };
  const start = isNullScalar(below)
    ? { kind: 'map' as const, entries: [], spot: segment.spot }
    : below;
  const value = setAt(isLast ? below : start, override, depth + 1, diagnostics);
  if (value === null) return null;
  const entry: SourceEntry = {
    key: segment.key,
    keySpot: isLast || old === undefined ? segment.spot : old.keySpot,
    value,
  };
  const entries =
    old === undefined
      ? [...map.entries, entry]
      : map.entries.map((each) => (each === old ? entry : each));
  return { ...map, entries };
}

function isNullScalar(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

function pathTo(override: Override, depth: number): string {
  return (
    override.segments
      .slice(0, depth)
      .map(({ key }) => key)
      .join('.') || 'the scenario'
  );
}
