/**
 * Presets: settings under which a kind of node behaves as a product that people run, each value
 * with what it is called there and where that is said. A preset is data. No code anywhere asks
 * which product it is.
 *
 * In a scenario its name stands in the place of a kind: `kind: cassandra, variant: quorum`. What
 * the group itself sets goes before what the preset says.
 */
import type { ParamTable } from '../../sim/params.ts';
import type { AnySystem } from '../../sim/system.ts';

/** One value. */
export interface PresetValue {
  /** As the parameter holds it: a duration in ms. */
  readonly value: unknown;
  /** What it is in the product: `max_hint_window: 3h`. */
  readonly real: string;
  readonly source: string;
}

export type PresetValues = { readonly [param: string]: PresetValue };

/** What somebody says of the product, in the letters of CAP and PACELC or in words. */
export interface PresetClaim {
  readonly label: string;
  /** Of which version, or under which settings. */
  readonly of: string;
  readonly source: string;
}

export interface PresetVariant {
  /** One sentence: what is different. */
  readonly doc: string;
  readonly values: PresetValues;
}

export interface Preset {
  readonly name: string;
  /** The kind that it is. */
  readonly kind: string;
  /** One sentence. */
  readonly summary: string;
  /** What is not like the product. */
  readonly differs: readonly string[];
  readonly claims: readonly PresetClaim[];
  /** In every variant. */
  readonly values: PresetValues;
  readonly variants: { readonly [name: string]: PresetVariant };
  /** The variant when the scenario says none: the product as it comes. */
  readonly usual: string;
}

/** All values of a variant, its own last. Throws RangeError for one that there is not. */
export function valuesOf(preset: Preset, variant: string): PresetValues {
  const own = Object.hasOwn(preset.variants, variant) ? preset.variants[variant] : undefined;
  if (own === undefined) throw new RangeError(`${preset.name} has no variant ${variant}`);
  return { ...preset.values, ...own.values };
}

/**
 * The kind with the values of a variant as its defaults. Throws RangeError for a parameter that the
 * kind does not have: a mistake in the preset.
 */
export function systemOf(preset: Preset, variant: string, kind: AnySystem): AnySystem {
  const params: { [name: string]: ParamTable[string] } = { ...kind.params };
  for (const [name, { value }] of Object.entries(valuesOf(preset, variant))) {
    const spec = params[name];
    if (spec === undefined) throw new RangeError(`${kind.name} has no parameter ${name}`);
    const { optional: _, ...rest } = spec as { readonly optional?: boolean };
    params[name] = { ...rest, default: value } as ParamTable[string];
  }
  return { ...kind, params };
}
