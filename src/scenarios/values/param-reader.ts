/**
 * A value of a scenario by the declaration of its parameter: every type of `sim/params.ts` in the
 * form that people write, with bounds and suggestions, and draws by the seed (`{ any: … }`) for all
 * of them alike. Each value comes with its canonical form: the value as plain data, or, of a draw,
 * what it is drawn from.
 *
 * A circle of types with the readers of single types: a list or a field is read by this one again.
 */
import type { NodeId, Plain, Random } from '../../sim/node.ts';
import type { DurationRange, ParamSpec, ParamTable } from '../../sim/params.ts';
import { type Diagnostics, didYouMean, listNames, quote } from '../text/diagnostic.ts';
import type { SourceMap, SourceNode, SourceScalar, Spot } from '../text/source.ts';
import { readDistribution } from './distribution-reader.ts';
import { drawOf, readDraw } from './draw-reader.ts';
import { readKeys } from './keys-reader.ts';
import { namedLatencies, tooShort } from './named-latencies.ts';
import type { Names } from './names.ts';
import { boundsOf, expectedOfSpec, type NumberSpec, quantityKindOf } from './param-text.ts';
import { type QuantityKind, type QuantityProblem, readQuantity, readRange } from './quantities.ts';
import { formatQuantity } from './quantity-format.ts';
import { readNodes, readSelector } from './selector-reader.ts';

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
  /** Whether clients may be named besides. */
  readonly clients?: boolean;
}

export interface Drawn {
  readonly path: string;
  readonly value: string;
}

export class ParamReader {
  readonly diagnostics: Diagnostics;
  readonly names: Names;
  readonly drawn: Drawn[] = [];
  readonly selectorWords: ReadonlyMap<string, string>;
  /** The stream of the draw at a path. */
  readonly stream: (path: string) => Random;

  constructor(
    diagnostics: Diagnostics,
    names: Names,
    selectorWords: ReadonlyMap<string, string>,
    stream: (path: string) => Random,
  ) {
    this.diagnostics = diagnostics;
    this.names = names;
    this.selectorWords = selectorWords;
    this.stream = stream;
  }

  /** null after a complaint. */
  read(spec: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    const choices = drawOf(node);
    if (choices !== null) return readDraw(this, spec, choices, node.spot, place);
    if (spec.type === 'keys' && node.kind === 'map') return readKeys(this, node, place);
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
        return readNodes(this, node, place, spec.clients === true);
      case 'selector':
        return readSelector(this, node, place);
      case 'distribution':
        return readDistribution(this, node, place);
      case 'list':
        return this.#readList(spec, node, place);
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

  /** Complains of a text that is no quantity. */
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
      return this.wrongType(scalar, place, expectedOfSpec(spec), [
        `write ${scalar.text} without quotes`,
      ]);
    }
    const read = kind === 'duration' ? this.#readDuration(scalar) : readQuantity(kind, scalar.text);
    if (read === null) return null;
    if (!read.ok) return this.complain(read.problem, scalar, place);
    if (kind === 'ratio' && scalar.text === '1') this.#warnOfWholeRatio(scalar, place);
    if (!this.inBounds(kind, spec, read.value, scalar, place)) return null;
    return { value: read.value, canonical: read.value };
  }

  /** A duration, or the name of a latency that is always the same. */
  #readDuration(scalar: SourceScalar): ReturnType<typeof readQuantity> | null {
    const named = namedLatencies.get(scalar.text);
    if (named?.minMs === named?.maxMs && named !== undefined) {
      return { ok: true, value: named.minMs };
    }
    if (named !== undefined) {
      const { minMs, maxMs } = named;
      this.diagnostics.error('DS105', scalar.spot, `${quote(scalar.text)} is no single duration`, {
        label: 'expected a duration such as `50ms`',
        notes: [...scalar.notes, `it is drawn again each time, from ${minMs} to ${maxMs} ms`],
      });
      return null;
    }
    if (this.refuseTooShort(scalar)) return null;
    const read = readQuantity('duration', scalar.text);
    const near = didYouMean(scalar.text, [...namedLatencies.keys()]);
    if (read.ok || read.problem.readings.length > 0 || near === null) return read;
    this.diagnostics.error('DS105', scalar.spot, `${quote(scalar.text)} is not a duration`, {
      label: 'expected a duration such as `50ms`, or a latency by name',
      notes: scalar.notes,
      help: [near],
    });
    return null;
  }

  /** Complains of a name for less than 1 µs; true if it is one. */
  refuseTooShort(scalar: SourceScalar): boolean {
    const takes = tooShort.get(scalar.text);
    if (takes === undefined) return false;
    this.diagnostics.error('DS105', scalar.spot, `${quote(scalar.text)} takes ${takes}`, {
      label: 'expected 1us or more',
      notes: [...scalar.notes, 'time passes in steps of 1 us: what takes less takes none'],
      help: ['leave it out'],
    });
    return true;
  }

  /** `loss: 1` may be a slip for 1%, and the run would show little of it. */
  #warnOfWholeRatio(scalar: SourceScalar, place: ParamPlace): void {
    this.diagnostics.warning('DS104', scalar.spot, `${quote(place.key)}: 1 means 100%`, {
      notes: scalar.notes,
      help: ['write `100%` if that is meant, else `1%`'],
    });
  }

  /** Complains of a value out of bounds. */
  inBounds(
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
    if (this.refuseTooShort(scalar)) return null;
    const named = namedLatencies.get(scalar.text);
    const read =
      named === undefined
        ? readRange('duration', scalar.text)
        : ({ ok: true, value: { min: named.minMs, max: named.maxMs } } as const);
    if (!read.ok) return this.#complainOfRange(read.problem, scalar, place);
    const { min, max } = read.value;
    for (const end of [min, max])
      if (!this.inBounds('duration', spec, end, scalar, place)) return null;
    const value: DurationRange = { minMs: min, maxMs: max };
    return { value, canonical: { minMs: min, maxMs: max } };
  }

  /** A latency by name may stand for a range, and be misspelt. */
  #complainOfRange(problem: QuantityProblem, scalar: SourceScalar, place: ParamPlace): null {
    const near = didYouMean(scalar.text, [...namedLatencies.keys()]);
    if (near === null || problem.readings.length > 0) {
      return this.complain(rangeProblem(problem), scalar, place);
    }
    this.diagnostics.error('DS105', scalar.spot, `${quote(scalar.text)} is not a range`, {
      label: 'expected a range such as `150ms..300ms`, or a latency by name',
      notes: scalar.notes,
      help: [near],
    });
    return null;
  }

  #readBoolean(node: SourceNode, place: ParamPlace): Reading | null {
    const scalar = this.scalar(node, place, '`true` or `false`');
    if (scalar === null) return null;
    if (typeof scalar.value === 'boolean') return { value: scalar.value, canonical: scalar.value };
    const yes = /^(?:yes|on|y|1|true)$/i.test(scalar.text);
    const no = /^(?:no|off|n|0|false)$/i.test(scalar.text);
    const help = yes || no ? [`did you mean \`${yes}\`?`] : [];
    return this.wrongType(scalar, place, '`true` or `false`', help);
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

  #readList(
    { of, doc }: Extract<ParamSpec, { type: 'list' }>,
    node: SourceNode,
    place: ParamPlace,
  ): Reading | null {
    if (node.kind !== 'list') {
      if (node.kind !== 'scalar' || node.value === null) {
        return this.wrongType(node, place, 'a list');
      }
      // Brackets around one word make no list of lists or of maps: the description says what does.
      const isDeep = of.type === 'list' || of.type === 'map' || of.type === 'object';
      const help = isDeep ? doc : `did you mean \`[${node.text}]\`?`;
      return this.wrongType(node, place, 'a list', [help]);
    }
    const readings = node.items.map((item, i) => {
      const own = { ...place, path: `${place.path}.${i}` };
      // In a list of lists the description of the whole says more than brackets around one word.
      const isWord = of.type === 'list' && item.kind === 'scalar' && item.value !== null;
      return isWord ? this.wrongType(item, own, 'a list', [doc]) : this.read(of, item, own);
    });
    if (readings.includes(null)) return null;
    return {
      value: readings.map((reading) => reading?.value),
      canonical: readings.map((reading) => reading?.canonical ?? null),
    };
  }

  #readMap(of: ParamSpec, node: SourceNode, place: ParamPlace): Reading | null {
    if (node.kind !== 'map') return this.wrongType(node, place, 'a map');
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
      return this.wrongType(node, place, `a map with ${listNames(Object.keys(fields), 'and')}`);
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

  /** Complains of a value that is of another kind than its key takes. */
  wrongType(
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
}

function rangeProblem(problem: QuantityProblem): QuantityProblem {
  return { ...problem, expected: 'a range such as `150ms..300ms`' };
}

/** Text where a number belongs is of the wrong type; a number that cannot be is a wrong value. */
function codeOf(node: SourceScalar, because: string | null): 'DS103' | 'DS105' {
  return because !== null || typeof node.value === 'number' ? 'DS105' : 'DS103';
}

/** Keys such as `__proto__` are keys like any other. */
function define(value: object, canonical: object, key: string, reading: Reading): void {
  const own = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(value, key, { ...own, value: reading.value });
  if (reading.value !== undefined)
    Object.defineProperty(canonical, key, { ...own, value: reading.canonical });
}
