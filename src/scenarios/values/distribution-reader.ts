/**
 * Distributions of durations: `5ms`, `1ms..3ms`, a named latency, or a map with the distribution's
 * name as its one key, `{ lognormal: { median: 2ms, p99: 12ms } }`. What cannot be a distribution
 * is refused here, not in a run.
 */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { Plain } from '../../sim/node.ts';
import { defineParams, type ParamTable } from '../../sim/params.ts';
import { didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceNode } from '../text/source.ts';
import { namedLatencies } from './named-latencies.ts';
import type { ParamPlace, ParamReader, Reading } from './param-reader.ts';
import { isRange, readQuantity, readRange } from './quantities.ts';

const time = (doc: string) => ({ type: 'duration', doc }) as const;

/** The parameters of each distribution that is written as a map. */
export const distributionTables = {
  constant: defineParams({ value: time('Always this.') }),
  uniform: defineParams({ min: time('The least.'), max: time('The most.') }),
  normal: defineParams({
    mean: time('The mean; cut off below 0.'),
    sd: time('The standard deviation.'),
  }),
  lognormal: defineParams({
    median: time('Half of the values are below.'),
    p99: time('99% of the values are below.'),
  }),
  exponential: defineParams({
    mean: time('The mean of the whole.'),
    min: { ...time('The least; added to an exponential of mean `mean - min`.'), default: 0 },
  }),
  pareto: defineParams({
    scale: time('The least value.'),
    shape: { type: 'number', doc: 'The tail index: smaller is heavier, below 1 without mean.' },
    max: { ...time('Cuts the tail.'), optional: true },
  }),
} as const satisfies { [kind: string]: ParamTable };

type TableKind = keyof typeof distributionTables;

export const distributionKinds: readonly string[] = [
  ...Object.keys(distributionTables),
  'table',
  'mixture',
];

const EXPECTED = 'a duration such as `5ms`, a range such as `1ms..3ms`, or a distribution';
const MOST_PARTS = 1000;

/** null after a complaint. */
export function readDistribution(
  reader: ParamReader,
  node: SourceNode,
  place: ParamPlace,
): Reading | null {
  if (node.kind !== 'map') return readShort(reader, node, place);
  const [entry, second] = node.entries;
  if (entry === undefined || second !== undefined) {
    reader.diagnostics.error(
      'DS103',
      second?.keySpot ?? node.spot,
      `${quote(place.key)} takes exactly one distribution`,
      {
        label: 'expected one key that names it',
        notes: [`distributions are ${listNames(distributionKinds)}`],
        help:
          second === undefined ? [] : ['to drop one that came by `extends`, leave its value empty'],
      },
    );
    return null;
  }
  const inner = { ...place, path: `${place.path}.${entry.key}`, key: entry.key };
  if (entry.key === 'table') return readTable(reader, entry.value, inner);
  if (entry.key === 'mixture') return readMixture(reader, entry.value, inner);
  if (Object.hasOwn(distributionTables, entry.key)) return readByTable(reader, entry, inner);
  reader.diagnostics.error('DS105', entry.keySpot, `there is no distribution ${quote(entry.key)}`, {
    notes: [`distributions are ${listNames(distributionKinds)}`],
    help: [didYouMean(entry.key, distributionKinds)],
  });
  return null;
}

function readShort(reader: ParamReader, node: SourceNode, place: ParamPlace): Reading | null {
  const scalar = reader.scalar(node, place, EXPECTED);
  if (scalar === null) return null;
  const named = namedLatencies.get(scalar.text);
  if (named !== undefined) return asReading(evenly(named.minMs, named.maxMs));
  if (isRange(scalar.text)) {
    const range = readRange('duration', scalar.text);
    if (!range.ok) return reader.complain(range.problem, scalar, place);
    return asReading(evenly(range.value.min, range.value.max));
  }
  if (reader.refuseTooShort(scalar)) return null;
  const read = readQuantity('duration', scalar.text);
  if (!read.ok) {
    const near = didYouMean(scalar.text, [...namedLatencies.keys(), ...distributionKinds]);
    if (read.problem.readings.length > 0 || near === null) {
      return reader.complain({ ...read.problem, expected: EXPECTED }, scalar, place);
    }
    reader.diagnostics.error('DS105', scalar.spot, `${quote(scalar.text)} is not a duration`, {
      label: `expected ${EXPECTED}`,
      notes: [...scalar.notes, `named latencies are ${listNames([...namedLatencies.keys()])}`],
      help: [near],
    });
    return null;
  }
  if (read.value >= 0) return asReading({ kind: 'constant', value: read.value });
  reader.diagnostics.error('DS105', scalar.spot, `${quote(place.key)} cannot be negative`, {
    notes: scalar.notes,
  });
  return null;
}

function evenly(min: number, max: number): DistributionSpec {
  return min === max ? { kind: 'constant', value: min } : { kind: 'uniform', min, max };
}

function readByTable(reader: ParamReader, entry: SourceEntry, place: ParamPlace): Reading | null {
  const kind = entry.key as TableKind;
  const reading = reader.readObject(distributionTables[kind], entry.value, place);
  if (reading === null) return null;
  const numbers = reading.value as { readonly [name: string]: number | undefined };
  const wrong = impossible(kind, numbers);
  if (wrong !== null) {
    reader.diagnostics.error('DS105', entry.value.spot, `no such ${kind} distribution: ${wrong}`);
    return null;
  }
  const spec = { kind, ...numbers, ...(kind === 'pareto' ? { max: numbers['max'] ?? null } : {}) };
  return {
    value: spec as unknown as DistributionSpec,
    canonical: { ...(reading.canonical as object), kind },
  };
}

function impossible(
  kind: TableKind,
  numbers: { readonly [name: string]: number | undefined },
): string | null {
  const of = (name: string): number => numbers[name] ?? 0;
  switch (kind) {
    case 'uniform':
      return of('min') > of('max') ? '`min` is above `max`' : null;
    case 'lognormal':
      if (of('median') <= 0) return '`median` must be above 0';
      return of('p99') <= of('median') ? '`p99` must be above `median`' : null;
    case 'exponential':
      return of('mean') <= of('min') ? '`mean` must be above `min`' : null;
    case 'pareto':
      if (of('scale') <= 0) return '`scale` must be above 0';
      if (of('shape') <= 0) return '`shape` must be above 0';
      return numbers['max'] !== undefined && of('max') <= of('scale')
        ? '`max` must be above `scale`'
        : null;
    default:
      return null;
  }
}

/** `[[1ms, 9], [10ms, 1]]`: each value with its weight. */
function readTable(reader: ParamReader, node: SourceNode, place: ParamPlace): Reading | null {
  const rows = listOf(reader, node, place, 'a list of pairs such as `[[1ms, 9], [10ms, 1]]`');
  if (rows === null) return null;
  const values: (readonly [number, number])[] = [];
  for (const [i, row] of rows.entries()) {
    const [value, weight, extra] = row.kind === 'list' ? row.items : [];
    if (value === undefined || weight === undefined || extra !== undefined) {
      reader.diagnostics.error('DS103', row.spot, 'a row of a table is a value and its weight', {
        label: 'expected a pair such as `[1ms, 9]`',
      });
      return null;
    }
    const at = { ...place, path: `${place.path}.${i}` };
    const duration = reader.read({ type: 'duration', doc: '' }, value, { ...at, key: 'value' });
    const number = readWeight(reader, weight, at);
    if (duration === null || number === null) return null;
    values.push([duration.value as number, number]);
  }
  if (
    !anyWeight(
      reader,
      node,
      values.map(([, weight]) => weight),
    )
  )
    return null;
  return asReading({ kind: 'table', values });
}

/** `[{ weight: 9, of: 2ms }, { weight: 1, of: 20ms..80ms }]`. */
function readMixture(reader: ParamReader, node: SourceNode, place: ParamPlace): Reading | null {
  const items = listOf(
    reader,
    node,
    place,
    'a list such as `[{ weight: 9, of: 2ms }, { weight: 1, of: 20ms }]`',
  );
  if (items === null) return null;
  const parts: { readonly weight: number; readonly of: DistributionSpec }[] = [];
  const canonical: Plain[] = [];
  for (const [i, item] of items.entries()) {
    const reading = reader.readObject(MIXTURE_PART, item, {
      ...place,
      path: `${place.path}.${i}`,
      key: 'mixture',
    });
    if (reading === null) return null;
    parts.push(reading.value as (typeof parts)[number]);
    canonical.push(reading.canonical);
  }
  if (
    !anyWeight(
      reader,
      node,
      parts.map(({ weight }) => weight),
    )
  )
    return null;
  const spec: DistributionSpec = { kind: 'mixture', parts };
  return { value: spec, canonical: { kind: 'mixture', parts: canonical } };
}

export const MIXTURE_PART = defineParams({
  weight: { type: 'number', doc: 'How often, relative to the other parts.', min: 0 },
  of: { type: 'distribution', doc: 'What is drawn then.' },
});

function readWeight(reader: ParamReader, node: SourceNode, place: ParamPlace): number | null {
  const reading = reader.read(MIXTURE_PART.weight, node, { ...place, key: 'weight' });
  return reading === null ? null : (reading.value as number);
}

function listOf(
  reader: ParamReader,
  node: SourceNode,
  place: ParamPlace,
  expected: string,
): readonly SourceNode[] | null {
  if (node.kind === 'list' && node.items.length > 0 && node.items.length <= MOST_PARTS)
    return node.items;
  const found =
    node.kind !== 'list'
      ? 'not a list'
      : node.items.length === 0
        ? 'empty'
        : `longer than ${MOST_PARTS}`;
  reader.diagnostics.error('DS103', node.spot, `${quote(place.key)} is ${found}`, {
    label: `expected ${expected}`,
  });
  return null;
}

function anyWeight(reader: ParamReader, node: SourceNode, weights: readonly number[]): boolean {
  if (weights.some((weight) => weight > 0)) return true;
  reader.diagnostics.error('DS105', node.spot, 'all weights are 0');
  return false;
}

function asReading(spec: DistributionSpec): Reading {
  return { value: spec, canonical: spec as unknown as Plain };
}
