/**
 * Laying one tree over another: what `extends` and `without` mean. Maps merge key by key, all the
 * way down; lists and scalars replace; an empty value (`key:`) takes the key away.
 */
import { isNull, type SourceEntry, type SourceMap, type SourceNode } from './source.ts';

/** The base with the other merged into it. Keys of the base keep their order, new ones follow. */
export function mergeMaps(base: SourceMap, over: SourceMap): SourceMap {
  const entries = new Map<string, SourceEntry>();
  for (const entry of base.entries) entries.set(entry.key, entry);
  for (const entry of over.entries) {
    const below = entries.get(entry.key);
    if (below !== undefined && isNull(entry.value)) entries.delete(entry.key);
    else entries.set(entry.key, { ...entry, value: mergeNodes(below?.value ?? null, entry.value) });
  }
  return { kind: 'map', entries: [...entries.values()], spot: over.spot };
}

function mergeNodes(base: SourceNode | null, over: SourceNode): SourceNode {
  return base?.kind === 'map' && over.kind === 'map' ? mergeMaps(base, over) : over;
}

/** The map without these keys. */
export function withoutKeys(map: SourceMap, remove: (key: string) => boolean): SourceMap {
  return { ...map, entries: map.entries.filter(({ key }) => !remove(key)) };
}
