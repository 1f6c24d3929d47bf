/**
 * Draws by the seed: `{ any: 3..7 }` or `{ any: [3, 5] }` for a parameter of any type. The
 * canonical form of a draw is what it is drawn from.
 */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { Plain, Random } from '../../sim/node.ts';
import type { ParamSpec } from '../../sim/params.ts';
import { quote } from '../text/diagnostic.ts';
import type { SourceNode, Spot } from '../text/source.ts';
import { DRAW_KEY } from './names.ts';
import type { ParamPlace, ParamReader, Reading } from './param-reader.ts';
import { type NumberSpec, quantityKindOf } from './param-text.ts';
import { isRange, type QuantityKind, readRange } from './quantities.ts';
import { formatQuantity } from './quantity-format.ts';

/** The value of `any`, if the node is a draw. */
export function drawOf(node: SourceNode): SourceNode | null {
  const only = node.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
  return only?.key === DRAW_KEY ? only.value : null;
}

/**
 * Durations in whole µs, counts in whole numbers, others to four digits: a drawn value can be
 * written down.
 */
function drawBetween(kind: QuantityKind, min: number, max: number, random: Random): number {
  if (kind === 'integer' || kind === 'bytes') return random.int(min, max);
  if (kind === 'duration') return random.int(Math.round(min * 1000), Math.round(max * 1000)) / 1000;
  const value = Number(random.between(min, max).toPrecision(4));
  return Math.min(max, Math.max(min, value));
}

/** A draw within a draw would have no stream of its own. */
function holdsDraw(node: SourceNode): boolean {
  if (drawOf(node) !== null) return true;
  if (node.kind === 'list') return node.items.some(holdsDraw);
  return node.kind === 'map' && node.entries.some(({ value }) => holdsDraw(value));
}

/** null after a complaint. */
export function readDraw(
  reader: ParamReader,
  spec: ParamSpec,
  choices: SourceNode,
  spot: Spot,
  place: ParamPlace,
): Reading | null {
  if (holdsDraw(choices)) {
    reader.diagnostics.error('DS103', spot, 'a draw stands inside another draw', {
      help: ['list all the values in one `any`'],
    });
    return null;
  }
  const reading =
    choices.kind === 'list'
      ? drawFromList(reader, spec, choices.items, spot, place)
      : drawFromRange(reader, spec, choices, place);
  return reading;
}

/**
 * All values are read, not only the one drawn: whether a scenario is valid must not depend on the
 * seed.
 */
function drawFromList(
  reader: ParamReader,
  spec: ParamSpec,
  items: readonly SourceNode[],
  spot: Spot,
  place: ParamPlace,
): Reading | null {
  if (items.length === 0) {
    reader.diagnostics.error('DS105', spot, 'a draw needs values to draw from');
    return null;
  }
  const readings = items.map((item) => reader.read(spec, item, place));
  if (readings.includes(null)) return null;
  const chosen = readings[reader.stream(place.path).int(0, readings.length - 1)];
  if (chosen === undefined || chosen === null) return null;
  const kind = quantityKindOf(spec);
  const text =
    kind !== null && typeof chosen.value === 'number'
      ? formatQuantity(kind, chosen.value)
      : describe(chosen.canonical);
  reader.drawn.push({ path: place.path, value: text });
  return {
    value: chosen.value,
    canonical: { [DRAW_KEY]: readings.map((reading) => reading?.canonical ?? null) },
  };
}

function drawFromRange(
  reader: ParamReader,
  spec: ParamSpec,
  node: SourceNode,
  place: ParamPlace,
): Reading | null {
  const kind = spec.type === 'distribution' ? 'duration' : quantityKindOf(spec);
  const expected =
    kind === null ? 'a list of values to draw from' : 'a range or a list to draw from';
  const scalar = reader.scalar(node, place, expected);
  if (scalar === null) return null;
  if (kind === null || !isRange(scalar.text)) {
    return reader.wrongType(scalar, place, expected, [
      `did you mean \`{ any: [${scalar.text}] }\`?`,
    ]);
  }
  const read = readRange(kind, scalar.text);
  if (!read.ok) return reader.complain(read.problem, scalar, place);
  const { min, max } = read.value;
  const bounds =
    spec.type === 'distribution' ? ({ type: 'duration', doc: '' } as const) : (spec as NumberSpec);
  for (const end of [min, max]) if (!reader.inBounds(kind, bounds, end, scalar, place)) return null;
  if (max - min > Number.MAX_SAFE_INTEGER / 1000) {
    reader.diagnostics.error(
      'DS105',
      scalar.spot,
      `${quote(scalar.text)} is too wide to draw from`,
    );
    return null;
  }
  const value = drawBetween(kind, min, max, reader.stream(place.path));
  reader.drawn.push({ path: place.path, value: formatQuantity(kind, value) });
  const constant: DistributionSpec = { kind: 'constant', value };
  return {
    value: spec.type === 'distribution' ? constant : value,
    canonical: { [DRAW_KEY]: { min, max } },
  };
}

function describe(value: Plain): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
