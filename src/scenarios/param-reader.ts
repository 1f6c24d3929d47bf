/**
 * A value of a scenario by the declaration of its parameter: every type of `sim/params.ts` in the form that people
 * write, with bounds and suggestions, and draws by the seed (`{ any: … }`) for all of them alike. Each value comes with
 * its canonical form: the value as plain data, or, of a draw, what it is drawn from.
 */
import type { DistributionSpec } from '../sim/distribution.ts';
import type { NodeId, Plain, Random } from '../sim/node.ts';
import type { DurationRange, ParamSpec, ParamTable } from '../sim/params.ts';
import { type Diagnostics, didYouMean, listNames, quote } from './diagnostic.ts';
import type { DiagnosticCode } from './diagnostic-codes.ts';
import { readDistribution } from './distribution-reader.ts';
import { DRAW_KEY, type Names } from './names.ts';
import {
  isRange,
  type QuantityKind,
  type QuantityProblem,
  readQuantity,
  readRange,
} from './quantities.ts';
import { formatQuantity } from './quantity-format.ts';
import type { SourceMap, SourceNode, SourceScalar, Spot } from './source.ts';

/** A value and its canonical form. */
export interface Reading {
  readonly value: unknown;
  readonly canonical: Plain;
}

/** Where a value stands. */
export interface ParamPlace {
  /** `nodes.kv.heartbeat`: names the stream of its draw. */
  readonly path: string;
  /** The key as messages call it. */
  readonly key: string;
  /** For selectors: what they choose from. */
  readonly pool: SelectorPool | null;
}

export interface SelectorPool {
  readonly nodes: readonly NodeId[];
  /** False when their number is in doubt. */
  readonly certain: boolean;
}

export interface Drawn {
  readonly path: string;
  readonly value: string;
}

/** What the keys of a scenario itself need beyond the rim's declarations. */
export interface SectionSpec {
  /** The number is a drift. */
  readonly unit?: 'ppm';
  /** What to say of a value out of bounds, if there is more to say than the bounds. */
  readonly beyond?: {
    readonly code: DiagnosticCode;
    readonly label: string;
    readonly note: string;
  };
}

type NumberSpec = Extract<ParamSpec, { readonly min?: number }> & SectionSpec;

const QUANTITY_TYPES = ['integer', 'number', 'ratio', 'duration', 'rate', 'bytes'] as const;

function quantityKindOf(spec: ParamSpec & SectionSpec): QuantityKind | null {
  return spec.unit ?? QUANTITY_TYPES.find((type) => type === spec.type) ?? null;
}

export class ParamReader {
  readonly diagnostics: Diagnostics;
  readonly names: Names;
  readonly drawn: Drawn[] = [];
  readonly #selectorWords: ReadonlyMap<string, string>;
  readonly #draw: (path: string) => Random;
  #drawing = false;

  constructor(
    diagnostics: Diagnostics,
    names: Names,
    selectorWords: ReadonlyMap<string, string>,
    draw: (path: string) => Random,
  ) {
    this.diagnostics = diagnostics;
    this.names = names;
    this.#selectorWords = selectorWords;
    this.#draw = draw;
  }

  /** null after a complaint. */
  read(spec: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    const choices = drawOf(node);
    if (choices !== null) return this.#readDraw(spec, choices, node.spot, place);
    const kind = quantityKindOf(spec);
    if (kind !== null) return this.#readQuantity(kind, spec as NumberSpec, node, place);
    switch (spec.type) {
      case 'duration-range':
        return this.#readDurationRange(spec, node, place);
      case 'boolean':
        return this.#readBoolean(node, place);
      case 'choice':
        return this.#readChoice(spec.options, node, place);
      case 'text':
        return this.#readText(node, place);
      case 'nodes':
        return this.#readNodes(node, place);
      case 'selector':
        return this.#readSelector(node, place);
      case 'distribution':
        return readDistribution(this, node, place);
      case 'list':
        return this.#readList(spec.of, node, place);
      case 'map':
        return this.#readMap(spec.of, node, place);
      case 'object':
        return this.readObject(spec.fields, node, place);
      default:
        throw new RangeError(`parameter ${place.path} has the unknown type ${spec.type}`);
    }
  }

  /** The text of a single value; null after a complaint of anything else. */
  scalar(node: SourceNode, place: ParamPlace, expected: string): SourceScalar | null {
    if (node.kind === 'scalar') {
      if (node.failed) return null;
      if (node.value !== null) return node;
      this.diagnostics.error('DS103', node.spot, `${quote(place.key)} is empty`, {
        label: `expected ${expected}`,
        notes: node.notes,
      });
      return null;
    }
    this.diagnostics.error('DS103', node.spot, `${quote(place.key)} is a ${node.kind}`, {
      label: `expected ${expected}`,
    });
    return null;
  }

  complain(problem: QuantityProblem, node: SourceScalar, place: ParamPlace): null {
    const { about, expected, because, readings } = problem;
    const what =
      about === 'unit' && readings.length > 1
        ? `${quote(place.key)} needs a unit`
        : because !== null
          ? `${quote(node.text)} is impossible: ${because}`
          : `${quote(node.text)} is not ${expected.replace(/ such as .*$/, '').replace(/, or .*$/, '')}`;
    this.diagnostics.error(about === 'unit' ? 'DS104' : codeOf(node, because), node.spot, what, {
      label: `expected ${expected}`,
      notes: node.notes,
      help: readings.length === 0 ? [] : [`did you mean ${listNames(readings, 'or')}?`],
    });
    return null;
  }

  #readQuantity(
    kind: QuantityKind,
    spec: NumberSpec,
    node: SourceNode,
    place: ParamPlace,
  ): Reading | null {
    const scalar = this.scalar(node, place, expectedOfSpec(spec));
    if (scalar === null) return null;
    if (
      (kind === 'integer' || kind === 'number') &&
      !scalar.plain &&
      /^[-+]?[\d.]+$/.test(scalar.text)
    ) {
      return this.#wrongType(scalar, place, expectedOfSpec(spec), [
        `write ${scalar.text} without quotes`,
      ]);
    }
    const read = readQuantity(kind, scalar.text);
    if (!read.ok) return this.complain(read.problem, scalar, place);
    if (kind === 'ratio' && scalar.text === '1') this.#warnOfWholeRatio(scalar, place);
    if (!this.#inBounds(kind, spec, read.value, scalar, place)) return null;
    return { value: read.value, canonical: read.value };
  }

  /** `loss: 1` may be a slip for 1 %, and the run would show little of it. */
  #warnOfWholeRatio(scalar: SourceScalar, place: ParamPlace): void {
    this.diagnostics.warning('DS104', scalar.spot, `${quote(place.key)}: 1 means 100%`, {
      notes: scalar.notes,
      help: ['write `100%` if that is meant, else `1%`'],
    });
  }

  #inBounds(
    kind: QuantityKind,
    spec: NumberSpec,
    value: number,
    scalar: SourceScalar,
    place: ParamPlace,
  ): boolean {
    const { min, max } = boundsOf(kind, spec);
    const whole = kind !== 'integer' || Number.isSafeInteger(value);
    if (value >= min && value <= max && whole) return true;
    const bounds =
      value < min
        ? `at least ${formatQuantity(kind, min)}`
        : `at most ${formatQuantity(kind, max)}`;
    const negative = value < 0 && min >= 0;
    const { beyond } = spec;
    const label = beyond?.label ?? `expected ${whole ? bounds : 'a whole number'}`;
    const what = negative && kind !== 'integer' ? 'negative' : scalar.text;
    this.diagnostics.error(
      beyond?.code ?? 'DS105',
      scalar.spot,
      `${quote(place.key)} cannot be ${what}`,
      {
        label,
        notes: [...scalar.notes, ...(beyond === undefined ? [] : [beyond.note])],
      },
    );
    return false;
  }

  #readDurationRange(spec: NumberSpec, node: SourceNode, place: ParamPlace): Reading | null {
    const scalar = this.scalar(node, place, 'a range such as `150ms..300ms`');
    if (scalar === null) return null;
    const read = readRange('duration', scalar.text);
    if (!read.ok) return this.complain(rangeProblem(read.problem), scalar, place);
    const { min, max } = read.value;
    for (const end of [min, max])
      if (!this.#inBounds('duration', spec, end, scalar, place)) return null;
    const value: DurationRange = { minMs: min, maxMs: max };
    return { value, canonical: { minMs: min, maxMs: max } };
  }

  #readBoolean(node: SourceNode, place: ParamPlace): Reading | null {
    const scalar = this.scalar(node, place, '`true` or `false`');
    if (scalar === null) return null;
    if (typeof scalar.value === 'boolean') return { value: scalar.value, canonical: scalar.value };
    const yes = /^(?:yes|on|y|1|true)$/i.test(scalar.text);
    const no = /^(?:no|off|n|0|false)$/i.test(scalar.text);
    const help = yes || no ? [`did you mean \`${yes}\`?`] : [];
    return this.#wrongType(scalar, place, '`true` or `false`', help);
  }

  #readChoice(options: readonly string[], node: SourceNode, place: ParamPlace): Reading | null {
    const expected =
      options.length === 1 ? `${listNames(options)}` : `one of ${listNames(options, 'or')}`;
    const scalar = this.scalar(node, place, expected);
    if (scalar === null) return null;
    if (options.includes(scalar.text)) return { value: scalar.text, canonical: scalar.text };
    this.diagnostics.error(
      'DS105',
      scalar.spot,
      `${quote(place.key)} cannot be ${quote(scalar.text)}`,
      {
        label: `expected ${expected}`,
        notes: scalar.notes,
        help: [didYouMean(scalar.text, options)],
      },
    );
    return null;
  }

  #readText(node: SourceNode, place: ParamPlace): Reading | null {
    const scalar = this.scalar(node, place, 'a text');
    return scalar === null ? null : { value: scalar.text, canonical: scalar.text };
  }

  #readNodes(node: SourceNode, place: ParamPlace): Reading | null {
    const items = node.kind === 'list' ? node.items : [node];
    const found: NodeId[] = [];
    const written: string[] = [];
    let complete = items.length > 0;
    if (!complete) this.#wrongType(node, place, 'the name of a node or group');
    for (const item of items) {
      const scalar = this.scalar(item, place, 'the name of a node or group');
      const nodes = scalar === null ? null : this.names.serversOf(scalar.text);
      if (scalar !== null && nodes === null) {
        this.names.reportUnknown(
          scalar.text,
          scalar.spot,
          this.names.serverNames,
          'node or group',
          scalar.notes,
        );
      }
      if (scalar === null || nodes === null) complete = false;
      else {
        found.push(...nodes);
        written.push(scalar.text);
      }
    }
    // Canonical are the names as written: how many nodes they stand for may be drawn.
    return complete ? { value: [...new Set(found)], canonical: written } : null;
  }

  #readSelector(node: SourceNode, place: ParamPlace): Reading | null {
    if (node.kind === 'list') {
      const parts = node.items.map((item) => this.#selectorPart(item, place, false));
      if (parts.length === 0) return this.#wrongType(node, place, SELECTOR);
      if (parts.includes(null)) return null;
      return { value: parts, canonical: parts };
    }
    const value = this.#selectorPart(node, place, true);
    return value === null ? null : { value, canonical: value };
  }

  #selectorPart(node: SourceNode, place: ParamPlace, numbers: boolean): string | number | null {
    const scalar = this.scalar(node, place, SELECTOR);
    if (scalar === null) return null;
    const { text, value } = scalar;
    if (typeof value === 'number' && numbers) return this.#selectorCount(value, scalar, place);
    if (typeof value !== 'string') {
      this.#wrongType(scalar, place, SELECTOR);
      return null;
    }
    if (this.#selectorWords.has(text)) return text;
    const nodes = this.names.serversOf(text);
    if (nodes === null) {
      const known = [...this.#selectorWords.keys(), ...this.names.serverNames];
      const words = `words that select are ${listNames([...this.#selectorWords.keys()])}`;
      this.names.reportUnknown(text, scalar.spot, known, 'node, group or selecting word', [
        ...scalar.notes,
        words,
      ]);
      return null;
    }
    const pool = place.pool?.nodes ?? nodes;
    if (nodes.some((id) => pool.includes(id)) || place.pool?.certain === false) return text;
    this.diagnostics.error(
      'DS125',
      scalar.spot,
      `${quote(text)} is not among the nodes of this fault`,
      {
        notes: [...scalar.notes, `\`of\` names ${listNames(pool)}`],
      },
    );
    return null;
  }

  #selectorCount(count: number, scalar: SourceScalar, place: ParamPlace): number | null {
    const most = place.pool?.nodes.length ?? Infinity;
    const possible = Number.isInteger(count) && count >= 1;
    if (possible && (count <= most || place.pool?.certain === false)) return count;
    const code = possible ? 'DS132' : 'DS105';
    const message = possible
      ? `${quote(place.key)} asks for ${count} nodes, and there ${most === 1 ? 'is' : 'are'} ${most}`
      : `${quote(place.key)} cannot be ${scalar.text}`;
    const label =
      most === Infinity
        ? 'expected a whole number, 1 or more'
        : `expected ${most === 1 ? '1' : `1 to ${most}`}`;
    this.diagnostics.error(code, scalar.spot, message, { label, notes: scalar.notes });
    return null;
  }

  #readList(of: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    if (node.kind !== 'list') {
      const help =
        node.kind === 'scalar' && node.value !== null ? [`did you mean \`[${node.text}]\`?`] : [];
      return this.#wrongType(node, place, 'a list', help);
    }
    const readings = node.items.map((item, i) =>
      this.read(of, item, { ...place, path: `${place.path}.${i}` }),
    );
    if (readings.includes(null)) return null;
    return {
      value: readings.map((reading) => reading?.value),
      canonical: readings.map((reading) => reading?.canonical ?? null),
    };
  }

  #readMap(of: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    if (node.kind !== 'map') return this.#wrongType(node, place, 'a map');
    const value: { [name: string]: unknown } = {};
    const canonical: { [name: string]: Plain } = {};
    let complete = true;
    for (const { key, value: item } of node.entries) {
      const reading = this.read(of, item, { ...place, path: `${place.path}.${key}`, key });
      if (reading === null) complete = false;
      else define(value, canonical, key, reading);
    }
    return complete ? { value, canonical } : null;
  }

  /** A map with the declared fields only, defaults filled in. */
  readObject(fields: ParamTable, node: SourceNode, place: ParamPlace): Reading | null {
    if (node.kind !== 'map')
      return this.#wrongType(node, place, `a map with ${listNames(Object.keys(fields), 'and')}`);
    const value: { [name: string]: unknown } = {};
    const canonical: { [name: string]: Plain } = {};
    let complete = this.reportUnknownKeys(node, Object.keys(fields), quote(place.key));
    for (const [key, spec] of Object.entries(fields)) {
      const entry = node.entries.find((each) => each.key === key);
      const reading =
        entry === undefined
          ? this.defaultOf(spec, key, node.spot, quote(place.key))
          : this.read(spec, entry.value, { ...place, path: `${place.path}.${key}`, key });
      if (reading === null) complete = false;
      else define(value, canonical, key, reading);
    }
    return complete ? { value, canonical } : null;
  }

  /** What an absent parameter is; null after a complaint if it is required. */
  defaultOf(spec: ParamSpec, key: string, spot: Spot, where: string): Reading | null {
    if (spec.default !== undefined)
      return { value: spec.default, canonical: spec.default as Plain };
    if (spec.optional === true) return { value: undefined, canonical: null };
    this.diagnostics.error('DS106', spot, `${where} lacks ${quote(key)}`, {
      notes: [spec.doc],
      help: [`expected ${quote(key)}: ${expectedOfSpec(spec)}`],
    });
    return null;
  }

  /** True if all keys are known. */
  reportUnknownKeys(
    map: SourceMap,
    known: readonly string[],
    where: string,
    hint: (key: string) => string | null = () => null,
  ): boolean {
    let complete = true;
    for (const { key, keySpot } of map.entries) {
      if (known.includes(key)) continue;
      complete = false;
      const near = didYouMean(key, known) ?? hint(key);
      this.diagnostics.error('DS102', keySpot, `unknown key ${quote(key)} in ${where}`, {
        notes: near === null ? [`it takes ${listNames(known)}`] : [],
        help: [near],
      });
    }
    return complete;
  }

  #wrongType(
    node: SourceNode,
    place: ParamPlace,
    expected: string,
    help: readonly string[] = [],
  ): null {
    if (node.kind === 'scalar' && node.failed) return null;
    const found =
      node.kind === 'scalar'
        ? node.value === null
          ? 'empty'
          : quote(node.text)
        : `a ${node.kind}`;
    const notes = node.kind === 'scalar' ? node.notes : [];
    this.diagnostics.error('DS103', node.spot, `${quote(place.key)} cannot be ${found}`, {
      label: `expected ${expected}`,
      notes,
      help,
    });
    return null;
  }

  // --- Draws -------------------------------------------------------------------------------------

  #readDraw(spec: ParamSpec, choices: SourceNode, spot: Spot, place: ParamPlace): Reading | null {
    if (this.#drawing || drawOf(choices) !== null) {
      this.diagnostics.error('DS103', spot, 'a draw stands inside another draw', {
        help: ['list all the values in one `any`'],
      });
      return null;
    }
    this.#drawing = true;
    const reading =
      choices.kind === 'list'
        ? this.#drawFromList(spec, choices.items, spot, place)
        : this.#drawFromRange(spec, choices, place);
    this.#drawing = false;
    return reading;
  }

  /** All values are read, not only the one drawn: whether a scenario is valid must not depend on the seed. */
  #drawFromList(
    spec: ParamSpec,
    items: readonly SourceNode[],
    spot: Spot,
    place: ParamPlace,
  ): Reading | null {
    if (items.length === 0) {
      this.diagnostics.error('DS105', spot, 'a draw needs values to draw from');
      return null;
    }
    const readings = items.map((item) => this.read(spec, item, place));
    if (readings.includes(null)) return null;
    const chosen = readings[this.#draw(place.path).int(0, readings.length - 1)];
    if (chosen === undefined || chosen === null) return null;
    const kind = quantityKindOf(spec);
    const text =
      kind !== null && typeof chosen.value === 'number'
        ? formatQuantity(kind, chosen.value)
        : describe(chosen.canonical);
    this.drawn.push({ path: place.path, value: text });
    return {
      value: chosen.value,
      canonical: { [DRAW_KEY]: readings.map((reading) => reading?.canonical ?? null) },
    };
  }

  #drawFromRange(spec: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    const kind = spec.type === 'distribution' ? 'duration' : quantityKindOf(spec);
    const expected =
      kind === null ? 'a list of values to draw from' : 'a range or a list to draw from';
    const scalar = this.scalar(node, place, expected);
    if (scalar === null) return null;
    if (kind === null || !isRange(scalar.text)) {
      return this.#wrongType(scalar, place, expected, [
        `did you mean \`{ any: [${scalar.text}] }\`?`,
      ]);
    }
    const read = readRange(kind, scalar.text);
    if (!read.ok) return this.complain(read.problem, scalar, place);
    const { min, max } = read.value;
    const bounds =
      spec.type === 'distribution'
        ? ({ type: 'duration', doc: '' } as const)
        : (spec as NumberSpec);
    for (const end of [min, max])
      if (!this.#inBounds(kind, bounds, end, scalar, place)) return null;
    const value = drawBetween(kind, min, max, this.#draw(place.path));
    this.drawn.push({ path: place.path, value: formatQuantity(kind, value) });
    const constant: DistributionSpec = { kind: 'constant', value };
    return {
      value: spec.type === 'distribution' ? constant : value,
      canonical: { [DRAW_KEY]: { min, max } },
    };
  }
}

const SELECTOR = 'nodes: a name, a word such as `leader`, a number, or a list of names';

/** The value of `any`, if the node is a draw. */
export function drawOf(node: SourceNode): SourceNode | null {
  const only = node.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
  return only?.key === DRAW_KEY ? only.value : null;
}

/** Durations in whole µs, counts in whole numbers, others to four digits: a drawn value can be written down. */
function drawBetween(kind: QuantityKind, min: number, max: number, random: Random): number {
  if (kind === 'integer' || kind === 'bytes') return random.int(min, max);
  if (kind === 'duration') return random.int(Math.round(min * 1000), Math.round(max * 1000)) / 1000;
  const value = Number(random.between(min, max).toPrecision(4));
  return Math.min(max, Math.max(min, value));
}

/** Nothing that is measured or counted is negative, and no chance exceeds 1, unless a declaration says so. */
export function boundsOf(
  kind: QuantityKind,
  spec: { readonly min?: number; readonly max?: number },
): { readonly min: number; readonly max: number } {
  const signed = kind === 'integer' || kind === 'number';
  return {
    min: spec.min ?? (signed ? -Infinity : 0),
    max: spec.max ?? (kind === 'ratio' ? 1 : Infinity),
  };
}

/** What a parameter takes, as it stands in a sentence. */
export function expectedOfSpec(spec: ParamSpec & SectionSpec): string {
  if (spec.unit === 'ppm') return 'a drift such as `50ppm`';
  switch (spec.type) {
    case 'integer':
    case 'number': {
      const noun = spec.type === 'integer' ? 'a whole number' : 'a number';
      if (spec.min !== undefined && spec.max !== undefined)
        return `${noun} from ${spec.min} to ${spec.max}`;
      if (spec.min !== undefined) return `${noun}, ${spec.min} or more`;
      return spec.max === undefined ? noun : `${noun}, ${spec.max} or less`;
    }
    case 'ratio':
      return 'a ratio such as `0.1%`, or a number from 0 to 1';
    case 'duration':
      return 'a duration such as `50ms` or `1m30s`';
    case 'duration-range':
      return 'a range such as `150ms..300ms`';
    case 'rate':
      return 'a rate such as `50/s`';
    case 'bytes':
      return 'a size such as `64KiB`';
    case 'boolean':
      return '`true` or `false`';
    case 'choice':
      return `one of ${listNames(spec.options, 'or')}`;
    case 'text':
      return 'a text';
    case 'nodes':
      return 'the name of a node or group';
    case 'selector':
      return SELECTOR;
    case 'distribution':
      return 'a duration such as `5ms`, a range such as `1ms..3ms`, or a distribution';
    case 'list':
      return 'a list';
    case 'map':
    case 'object':
      return 'a map';
  }
}

function rangeProblem(problem: QuantityProblem): QuantityProblem {
  return { ...problem, expected: 'a range such as `150ms..300ms`' };
}

/** Text where a number belongs is of the wrong type; a number that cannot be is a wrong value. */
function codeOf(node: SourceScalar, because: string | null): 'DS103' | 'DS105' {
  return because !== null || typeof node.value === 'number' ? 'DS105' : 'DS103';
}

function describe(value: Plain): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Keys such as `__proto__` are keys like any other. */
function define(value: object, canonical: object, key: string, reading: Reading): void {
  const own = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(value, key, { ...own, value: reading.value });
  if (reading.value !== undefined)
    Object.defineProperty(canonical, key, { ...own, value: reading.canonical });
}
