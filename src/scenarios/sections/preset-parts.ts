/**
 * The groups that a preset brings along: `db: { kind: redis }` is a store and, beside it, the
 * sentinels `db-sentinel`. They are planned as if the scenario had written them, with the values of
 * the preset as their defaults, and mistakes in them are shown at the kind of the group.
 */
import type { AnySystem } from '../../sim/system.ts';
import { partsOf, withDefaults } from '../presets/preset.ts';
import {
  type ScalarValue,
  type SourceEntry,
  type SourceMap,
  type SourceScalar,
  type Spot,
  valueOf,
} from '../text/source.ts';
import type { ParseContext } from './context.ts';

interface PartBeside {
  readonly entry: SourceEntry;
  readonly system: AnySystem;
}

/** None for a kind, and for a variant that does not exist: whoever reads the group says so. */
export function partsBeside(
  { key, value, keySpot }: SourceEntry,
  { catalogue }: ParseContext,
): readonly PartBeside[] {
  const kind = valueOf(value, 'kind');
  if (kind?.kind !== 'scalar') return [];
  const preset = catalogue.presets?.items.get(kind.text);
  if (preset === undefined) return [];
  const word = valueOf(value, 'variant');
  const variant = word?.kind === 'scalar' ? word.text : preset.usual;
  if (!Object.hasOwn(preset.variants, variant)) return [];
  return Object.entries(partsOf(preset, variant)).map(([suffix, part]) => {
    const base = catalogue.systems.items.get(part.kind);
    if (base === undefined) throw new RangeError(`there is no kind ${part.kind}`);
    const { spot } = kind;
    const fields = { kind: part.kind, count: part.count, [part.names]: key };
    return {
      entry: { key: `${key}-${suffix}`, keySpot, value: mapOf(fields, spot) },
      system: withDefaults(base, part.values),
    };
  });
}

function mapOf(fields: { readonly [key: string]: ScalarValue }, spot: Spot): SourceMap {
  const entries = Object.entries(fields).map(([key, value]) => {
    return { key, keySpot: spot, value: scalarOf(value, spot) };
  });
  return { kind: 'map', entries, spot };
}

function scalarOf(value: ScalarValue, spot: Spot): SourceScalar {
  return {
    kind: 'scalar',
    text: String(value),
    plain: true,
    value,
    spot,
    textFrom: null,
    notes: [],
    failed: false,
  };
}
