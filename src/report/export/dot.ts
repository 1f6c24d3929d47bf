/**
 * The messages of the operations that show a failure as a graph for Graphviz, each below what led
 * to it.
 */
import type { Result } from '../../scenarios/result.ts';
import { operationText } from '../operation-text.ts';
import type { RunEvents } from '../page/run-events.ts';
import { checksOf } from '../result-parts.ts';
import { ownRows } from './own-messages.ts';

/** null where no failed check names operations. */
export function toDot(result: Result, events: RunEvents): string | null {
  const check = checksOf(result, 'fail').find(({ evidence }) => evidence.length > 0);
  if (check === undefined) return null;
  const rows = Array.from(events.messages.sentUs.keys());
  const { messages, nodes, kinds, places } = events;
  const lines = [
    `digraph ${quote(result.scenario.name)} {`,
    '  rankdir=LR;',
    '  node [shape=box];',
  ];
  lines.push(`  label=${quote(check.summary)};`);
  for (const index of check.evidence) {
    const operation = result.history[index];
    if (operation === undefined) continue;
    const root = `o${index}`;
    const title = `#${index} ${operationText(operation)}\n${operation.client}`;
    lines.push(`  subgraph cluster_${index} {`, `    ${root} [label=${quote(title)}, style=bold];`);
    const own = ownRows(events, rows, places.get(operation.client) ?? 0, index);
    for (const { row, parent } of own) {
      const ends = `${nodes[messages.from[row] ?? 0]} → ${nodes[messages.to[row] ?? 0]}`;
      const label = `${kinds[messages.kind[row] ?? 0]}\n${ends}`;
      lines.push(`    m${index}_${row} [label=${quote(label)}];`);
      lines.push(`    ${parent === null ? root : `m${index}_${parent}`} -> m${index}_${row};`);
    }
    lines.push('  }');
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** As labels want it: what begins an escape or an entity escaped, quotes too, breaks as `\n`. */
function quote(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');
  return `"${escaped}"`;
}
