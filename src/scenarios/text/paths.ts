/** Paths of a scenario as `--set` and `--vary` write them: `nodes.kv.count`, `faults.0.at`. */
import { nearestName } from '../../sim/nearest-name.ts';
import type { SourceMap, SourceNode } from './source.ts';

/** Every key of every map and list, from the top. */
export function pathsOf(root: SourceMap): readonly string[] {
  return below(root, '');
}

function below(node: SourceNode, path: string): readonly string[] {
  const to = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (node.kind === 'map') {
    return node.entries.flatMap(({ key, value }) => [to(key), ...below(value, to(key))]);
  }
  if (node.kind !== 'list') return [];
  return node.items.flatMap((item, i) => [to(String(i)), ...below(item, to(String(i)))]);
}

/**
 * The paths that end as written; if there is none, those whose last key is new and whose other keys
 * end as written.
 */
export function pathsEndingIn(paths: readonly string[], written: string): readonly string[] {
  const ends = endingWith(paths, written);
  const cut = written.lastIndexOf('.');
  if (ends.length > 0 || cut < 0) return ends;
  return endingWith(paths, written.slice(0, cut)).map((path) => `${path}${written.slice(cut)}`);
}

function endingWith(paths: readonly string[], end: string): readonly string[] {
  return paths.filter((path) => path === end || path.endsWith(`.${end}`));
}

/** The nearest of the ends that have as many keys as what is written; null: none is near. */
export function nearestEnd(paths: readonly string[], written: string): string | null {
  const keys = written.split('.').length;
  const ends = new Set(paths.map((path) => path.split('.').slice(-keys).join('.')));
  return nearestName(written, [...ends]);
}
