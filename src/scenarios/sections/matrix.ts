/**
 * The key `matrix`: values of a scenario's keys, each combination of which is a scenario of its
 * own. `include` and `exclude` mean what they mean in the matrix of GitHub Actions.
 */
import { type Diagnostics, quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceMap, SourceNode } from '../text/source.ts';
import type { Json } from './zod-schema.ts';

/** One combination: what `--set` would set, in the order of the axes. */
export type Cell = readonly (readonly [path: string, value: string])[];

const INCLUDE = 'include';
const EXCLUDE = 'exclude';
const CELLS_MAX = 1000;
const EXAMPLE = 'for example `matrix: { nodes.kv.count: [3, 5], network.loss: [0%, 1%] }`';

const COMBINATIONS: Json = {
  type: 'array',
  items: { type: 'object', additionalProperties: {} },
};

export const MATRIX_SCHEMA: Json = {
  type: 'object',
  description:
    'Paths of keys with the values that each takes: every combination is tested by itself.',
  properties: {
    include: {
      ...COMBINATIONS,
      description: 'Values added to the combinations that they fit, or new combinations.',
    },
    exclude: { ...COMBINATIONS, description: 'Combinations that are left out.' },
  },
  additionalProperties: { type: 'array', minItems: 1 },
  examples: [{ 'nodes.kv.count': [3, 5] }],
};

/** null: there is no matrix, or a complaint was made. */
export function readMatrix(
  entry: SourceEntry | null,
  diagnostics: Diagnostics,
): readonly Cell[] | null {
  if (entry === null) return null;
  if (entry.value.kind !== 'map') {
    diagnostics.error('DS103', entry.value.spot, '`matrix` is a map of paths to lists of values', {
      help: [EXAMPLE],
    });
    return null;
  }
  const { entries } = entry.value;
  const axes = entries.filter(({ key }) => key !== INCLUDE && key !== EXCLUDE);
  const values = axes.map((axis) => readAxis(axis, diagnostics));
  const included = readCombinations(entries, INCLUDE, diagnostics);
  const excluded = readCombinations(entries, EXCLUDE, diagnostics);
  if (values.includes(null) || included === null || excluded === null) return null;
  const count = values.reduce((product, of) => product * (of?.length ?? 1), 1);
  if (count > CELLS_MAX) {
    diagnostics.error('DS105', entry.keySpot, `the matrix has ${count} combinations`, {
      label: `at most ${CELLS_MAX}`,
    });
    return null;
  }
  let cells: Cell[] = axes.length === 0 ? [] : [[]];
  axes.forEach(({ key }, i) => {
    cells = cells.flatMap((cell) =>
      (values[i] ?? []).map((value): Cell => [...cell, [key, value]]),
    );
  });
  const left = cells.filter((cell) => !excluded.some((one) => fits(one, cell)));
  const keys = axes.map(({ key }) => key);
  const all = included.reduce<readonly Cell[]>((known, one) => include(known, one, keys), left);
  if (all.length > 0) return all;
  diagnostics.error('DS105', entry.keySpot, 'the matrix leaves no combination', {
    help: [EXAMPLE],
  });
  return null;
}

function readAxis({ key, value }: SourceEntry, diagnostics: Diagnostics): readonly string[] | null {
  if (value.kind === 'list' && value.items.length > 0) return value.items.map(textOf);
  diagnostics.error('DS103', value.spot, `${quote(key)} of a matrix is a list of values`, {
    help: [EXAMPLE],
  });
  return null;
}

function readCombinations(
  entries: SourceMap['entries'],
  key: string,
  diagnostics: Diagnostics,
): readonly Cell[] | null {
  const value = entries.find((entry) => entry.key === key)?.value;
  if (value === undefined) return [];
  if (value.kind === 'list' && value.items.every(({ kind }) => kind === 'map')) {
    return value.items.map((item) =>
      item.kind === 'map'
        ? item.entries.map((each) => [each.key, textOf(each.value)] as const)
        : [],
    );
  }
  diagnostics.error('DS103', value.spot, `${quote(key)} is a list of combinations`, {
    help: [`for example \`${key}: [{ nodes.kv.count: 3 }]\``],
  });
  return null;
}

/** The value as YAML, on one line. */
function textOf(node: SourceNode): string {
  if (node.kind === 'scalar') return node.plain ? node.text : JSON.stringify(node.text);
  if (node.kind === 'list') return `[${node.items.map(textOf).join(', ')}]`;
  const entries = node.entries.map(({ key, value }) => `${key}: ${textOf(value)}`);
  return `{ ${entries.join(', ')} }`;
}

function fits(part: Cell, cell: Cell): boolean {
  return part.every(([path, value]) => cell.some(([key, has]) => key === path && has === value));
}

/** To each combination that it does not contradict in an axis; else it is one of its own. */
function include(cells: readonly Cell[], one: Cell, axes: readonly string[]): readonly Cell[] {
  const own = one.filter(([path]) => axes.includes(path));
  const more = one.filter(([path]) => !axes.includes(path));
  const matched = more.length > 0 && cells.some((cell) => fits(own, cell));
  if (!matched) return cells.some((cell) => fits(one, cell)) ? cells : [...cells, one];
  return cells.map((cell) => {
    if (!fits(own, cell)) return cell;
    return [...cell.filter(([path]) => !more.some(([key]) => key === path)), ...more];
  });
}
