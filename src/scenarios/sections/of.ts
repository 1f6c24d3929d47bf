/** The key `of` of an entry of `faults`: which nodes it may strike. */
import type { NodeId, Plain } from '../../sim/node.ts';
import { describeSpot, type SourceEntry } from '../text/source.ts';
import type { ParseContext } from './context.ts';

export interface ReadOf {
  readonly nodes: readonly NodeId[];
  readonly canonical: Plain;
}

/** `of` may stand beside the fault or inside it. null: all nodes, or a complaint. */
export function readOf(
  beside: SourceEntry | null,
  inside: SourceEntry | null,
  name: string,
  context: ParseContext,
): ReadOf | null {
  if (beside !== null && inside !== null) {
    context.diagnostics.error(
      'DS133',
      inside.keySpot,
      '`of` stands both beside the fault and inside it',
      {
        notes: [`the other is at ${describeSpot(beside.keySpot)}`],
      },
    );
    return null;
  }
  const entry = beside ?? inside;
  if (entry === null) return null;
  const place = { path: `faults.${name}.of`, key: 'of', pool: null };
  const reading = context.reader.read(
    { type: 'nodes', doc: 'The nodes that the fault may strike.', clients: true },
    entry.value,
    place,
  );
  return reading === null
    ? null
    : { nodes: reading.value as readonly NodeId[], canonical: reading.canonical };
}
