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

/** A group beside the store that belongs to the product: who watches it, who stands before it. */
export interface PresetPart {
  readonly kind: string;
  /** One sentence: what it is in the product. */
  readonly doc: string;
  readonly count: number;
  /** The parameter that names the group of the preset. */
  readonly names: string;
  readonly values: PresetValues;
}

/** By what is added to the name of the group: `sentinel` makes `db-sentinel` beside `db`. */
export type PresetParts = { readonly [suffix: string]: PresetPart };

/** How the page of all presets measures it; what is left out is three members in one region. */
export interface PresetMeasured {
  readonly count?: number;
  /** Members take turns in them. */
  readonly regions?: readonly string[];
  /** What clients do; registers where it says nothing. */
  readonly workload?: string;
  /** What its durations are divided by, so that a cut outlasts its fail-over. */
  readonly timeScale?: number;
}

export interface PresetVariant {
  /** One sentence: what is different. */
  readonly doc: string;
  readonly values: PresetValues;
  /** In place of those of the preset. */
  readonly parts?: PresetParts;
  readonly measured?: PresetMeasured;
  /** Why the measured label is not the claimed one. */
  readonly unlikeClaim?: string;
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
  readonly parts?: PresetParts;
  readonly measured?: PresetMeasured;
  readonly variants: { readonly [name: string]: PresetVariant };
  /** The variant when the scenario says none: the product as it comes. */
  readonly usual: string;
}

/** All values of a variant, its own last. Throws RangeError for one that there is not. */
export function valuesOf(preset: Preset, variant: string): PresetValues {
  return { ...preset.values, ...variantOf(preset, variant).values };
}

/** The groups that a variant has beside its own. Throws RangeError for one that there is not. */
export function partsOf(preset: Preset, variant: string): PresetParts {
  return variantOf(preset, variant).parts ?? preset.parts ?? {};
}

/** How a variant is measured. Throws RangeError for one that there is not. */
export function measuredAs(preset: Preset, variant: string): PresetMeasured {
  return { ...preset.measured, ...variantOf(preset, variant).measured };
}

/** Every kind that some variant is made of. */
export function kindsOf({ kind, parts = {}, variants }: Preset): readonly string[] {
  const all = [parts, ...Object.values(variants).map((variant) => variant.parts ?? {})];
  return [
    ...new Set([kind, ...all.flatMap((some) => Object.values(some).map((part) => part.kind))]),
  ];
}

function variantOf(preset: Preset, variant: string): PresetVariant {
  const own = Object.hasOwn(preset.variants, variant) ? preset.variants[variant] : undefined;
  if (own === undefined) throw new RangeError(`${preset.name} has no variant ${variant}`);
  return own;
}

/**
 * The kind with the values of a variant as its defaults. Throws RangeError for a parameter that the
 * kind does not have: a mistake in the preset.
 */
export function systemOf(preset: Preset, variant: string, kind: AnySystem): AnySystem {
  return withDefaults(kind, valuesOf(preset, variant));
}

/** The kind with these values as its defaults. Throws as `systemOf` does. */
export function withDefaults(kind: AnySystem, values: PresetValues): AnySystem {
  const params: { [name: string]: ParamTable[string] } = { ...kind.params };
  for (const [name, { value }] of Object.entries(values)) {
    const spec = params[name];
    if (spec === undefined) throw new RangeError(`${kind.name} has no parameter ${name}`);
    const { optional: _, ...rest } = spec as { readonly optional?: boolean };
    params[name] = { ...rest, default: value } as ParamTable[string];
  }
  return { ...kind, params };
}
