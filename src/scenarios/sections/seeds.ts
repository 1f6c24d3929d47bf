/** The key `seeds`: the seeds that `dsim test` runs a scenario with. */
import { type Diagnostics, quote } from '../text/diagnostic.ts';
import { isNull, type SourceEntry, type SourceNode } from '../text/source.ts';
import { readSeedRange, type SeedRange } from '../values/seed-ranges.ts';
import type { Json } from './zod-schema.ts';

const ONE: Json = {
  anyOf: [
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'string', pattern: '^[0-9]+(\\.\\.[0-9]+)?$' },
    { $ref: '#/definitions/placeholder' },
  ],
};

export const SEEDS_SCHEMA: Json = {
  anyOf: [ONE, { type: 'array', items: ONE, minItems: 1 }],
  description: 'The seeds that `dsim test` runs it with: `1..50`, `7`, or a list of such.',
  examples: ['1..50', ['17', '1..50']],
};

const EXAMPLE = 'for example `seeds: 1..50`, or `seeds: [17, 1..50]`';

/** null: the scenario does not say, or a complaint was made. */
export function readSeeds(
  entry: SourceEntry | null,
  diagnostics: Diagnostics,
): readonly SeedRange[] | null {
  if (entry === null) return null;
  const { value } = entry;
  const items = value.kind === 'list' ? value.items : [value];
  const ranges = items.flatMap((item) => readItem(item, diagnostics) ?? []);
  if (items.length === 0) {
    diagnostics.error('DS103', value.spot, '`seeds` is empty', { help: [EXAMPLE] });
  }
  return ranges.length === items.length && items.length > 0 ? ranges : null;
}

function readItem(item: SourceNode, diagnostics: Diagnostics): SeedRange | null {
  if (item.kind === 'scalar' && item.failed) return null;
  const range = item.kind === 'scalar' && !isNull(item) ? readSeedRange(item.text) : EXAMPLE;
  if (typeof range !== 'string') return range;
  diagnostics.error('DS105', item.spot, `${wordsOf(item)} is no range of seeds`, {
    label: range === EXAMPLE ? null : range,
    help: [EXAMPLE],
    notes: item.kind === 'scalar' ? item.notes : [],
  });
  return null;
}

function wordsOf(item: SourceNode): string {
  if (item.kind !== 'scalar') return `a ${item.kind}`;
  return isNull(item) ? 'nothing' : quote(item.text);
}
