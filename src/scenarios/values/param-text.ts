/** What a parameter takes: its bounds, and how a sentence says it. */
import type { ParamSpec } from '../../sim/params.ts';
import { listNames } from '../text/diagnostic.ts';
import type { DiagnosticCode } from '../text/diagnostic-codes.ts';
import type { QuantityKind } from './quantities.ts';

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

export type NumberSpec = Extract<ParamSpec, { readonly min?: number }> & SectionSpec;

const QUANTITY_TYPES = [
  'integer',
  'number',
  'ratio',
  'duration',
  'rate',
  'bytes',
  'bandwidth',
] as const;

/** The kind of quantity, of parameters that are one number. */
export function quantityKindOf(spec: ParamSpec & SectionSpec): QuantityKind | null {
  // A bare number of keys is a number like any other.
  if (spec.type === 'keys') return 'integer';
  return spec.unit ?? QUANTITY_TYPES.find((type) => type === spec.type) ?? null;
}

export const SELECTOR =
  'nodes: a name, a word such as `leader`, a role such as `role:candidate`, a label such as `rack:a`, a number, a list of these, or `all-but` before one';

/**
 * Nothing that is measured or counted is negative, and no chance exceeds 1, unless a declaration
 * says so.
 */
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
    case 'bandwidth':
      return 'a bandwidth such as `1MiB/s`';
    case 'keys':
      return 'a number of keys, or a map with `count` and `choose`';
    case 'boolean':
      return '`true` or `false`';
    case 'choice':
      return `one of ${listNames(spec.options, 'or')}`;
    case 'text':
      return 'a text';
    case 'nodes':
      return spec.clients === true
        ? 'the name of a node, group, region, load or client'
        : 'the name of a node, group or region';
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
