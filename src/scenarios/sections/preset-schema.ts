/** What an editor knows of a preset. */
import type { ParamTable } from '../../sim/params.ts';
import type { AnySystem } from '../../sim/system.ts';
import { type Preset, systemOf, valuesOf } from '../presets/preset.ts';
import { NODE_KEYS } from '../values/names.ts';
import { closed, stubs } from './schema-pieces.ts';
import { type Json, propertiesOf } from './zod-schema.ts';

const PLACEHOLDER: Json = { $ref: '#/definitions/placeholder' };

/** What its kind has, with the preset's values as defaults, and `variant`. */
export function presetDefinition(preset: Preset, systems: readonly AnySystem[]): Json {
  const base = systems.find(({ name }) => name === preset.kind);
  if (base === undefined) throw new RangeError(`there is no kind ${preset.kind}`);
  const changed = valuesOf(preset, preset.usual);
  const { params } = systemOf(preset, preset.usual, base);
  const properties = Object.entries(params).map(([name, spec]): [string, Json] => [
    name,
    Object.hasOwn(changed, name)
      ? (propertiesOf({ [name]: spec } as ParamTable)[name] as Json)
      : { $ref: `#/definitions/node-${base.name}/properties/${name}` },
  ]);
  const variants = Object.entries(preset.variants).map(([name, { doc }]) => ({
    const: name,
    description: doc,
  }));
  return {
    description: preset.summary,
    ...closed({
      ...stubs(NODE_KEYS),
      ...Object.fromEntries(properties),
      variant: {
        description: 'Which of its variants.',
        default: preset.usual,
        anyOf: [...variants, PLACEHOLDER],
      },
    }),
  };
}
