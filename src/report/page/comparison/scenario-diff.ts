/**
 * In what scenarios differ, by the paths that `--set` takes: a table beside what they came to. It
 * compares what they say after `extends`, `--set` and `without:`; what no file says is a default.
 */
import type { SourceNode } from '../../../scenarios/text/source.ts';
import { text } from '../page-html.ts';

export interface ComparedScenario {
  readonly name: string;
  /** null where it cannot be read any more. */
  readonly root: SourceNode | null;
}

export interface ScenarioDifference {
  readonly path: string;
  /** By scenario; empty where it says nothing. */
  readonly values: readonly string[];
}

/** They say who a scenario is, or belong to no run of it. */
const NAMES = /^(name|summary|without|seeds|matrix)(\.|$)/;
/** Scenarios with more differences have nothing to do with each other. */
const SHOWN_MAX = 40;

/** In the order of the first scenario that has the path. */
export function scenarioDifferences(
  scenarios: readonly ComparedScenario[],
): readonly ScenarioDifference[] {
  const said = scenarios.map(({ root }) => new Map(root === null ? [] : leavesOf(root, '')));
  const paths = new Set(said.flatMap((each) => [...each.keys()]));
  return [...paths].flatMap((path) => {
    const values = said.map((each) => each.get(path) ?? '');
    return NAMES.test(path) || new Set(values).size < 2 ? [] : [{ path, values }];
  });
}

/** A list of plain values is one value. */
function leavesOf(node: SourceNode, path: string): readonly (readonly [string, string])[] {
  const to = (key: string | number) => (path === '' ? `${key}` : `${path}.${key}`);
  if (node.kind === 'scalar') return [[path, node.text]];
  if (node.kind === 'map') {
    return node.entries.flatMap(({ key, value }) => leavesOf(value, to(key)));
  }
  const plain = node.items.flatMap((item) => (item.kind === 'scalar' ? item.text : []));
  if (plain.length === node.items.length) return [[path, `[${plain.join(', ')}]`]];
  return node.items.flatMap((item, i) => leavesOf(item, to(i)));
}

/** A column for each scenario; empty where they do not differ. */
export function differencesTable(scenarios: readonly ComparedScenario[]): string {
  const all = scenarioDifferences(scenarios);
  if (all.length === 0) return '';
  const head = scenarios.map(({ name }) => `<th scope="col">${text(name)}</th>`).join('');
  const rows = all.slice(0, SHOWN_MAX).map(({ path, values }) => {
    const cells = values.map((value) => `<td>${text(value) || '–'}</td>`).join('');
    return `<tr><th scope="row">${text(path)}</th>${cells}</tr>`;
  });
  const rest = all.length - rows.length;
  const more = rest > 0 ? `<p>${rest} more</p>` : '';
  return `<div class="again"><h2>What differs in the scenario</h2><table><tr><th></th>${head}</tr>${rows.join('')}</table>${more}</div>`;
}
