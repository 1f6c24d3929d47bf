/**
 * A source tree as plain data: what a page carries of a scenario's texts, so that it need not read
 * YAML. Places are offsets in the text, which the page has too.
 */
import type { SourceFile, SourceNode, Spot } from '../../../scenarios/text/source.ts';
import { makeScalar } from '../../../scenarios/text/yaml-source.ts';

type Place = readonly [from: number, to: number];
type PackedEntry = readonly [key: string, place: Place, value: PackedNode];
export type PackedNode =
  | { readonly at: Place; readonly text: string; readonly plain: 0 | 1; readonly in: number | null }
  | { readonly at: Place; readonly items: readonly PackedNode[] }
  | { readonly at: Place; readonly entries: readonly PackedEntry[] };

export function packTree(node: SourceNode): PackedNode {
  const at = placeOf(node.spot);
  switch (node.kind) {
    case 'map':
      return {
        at,
        entries: node.entries.map(({ key, keySpot, value }) => {
          return [key, placeOf(keySpot), packTree(value)] as const;
        }),
      };
    case 'list':
      return { at, items: node.items.map(packTree) };
    case 'scalar':
      return { at, text: node.text, plain: node.plain ? 1 : 0, in: node.textFrom };
  }
}

/** The same tree again, with its places in `file`. */
export function unpackTree(packed: PackedNode, file: SourceFile): SourceNode {
  const spotAt = ([from, to]: Place): Spot => ({ file, from, to });
  const spot = spotAt(packed.at);
  if ('text' in packed) return makeScalar(packed.text, packed.plain === 1, spot, packed.in);
  if ('items' in packed) {
    return { kind: 'list', items: packed.items.map((item) => unpackTree(item, file)), spot };
  }
  const entries = packed.entries.map(([key, place, value]) => {
    return { key, keySpot: spotAt(place), value: unpackTree(value, file) };
  });
  return { kind: 'map', entries, spot };
}

function placeOf({ from, to }: Spot): Place {
  return [from, to];
}
