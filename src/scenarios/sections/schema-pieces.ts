/** Pieces of a JSON Schema that the definitions of scenario files are made of. */
import type { ParamTable } from '../../sim/params.ts';
import { shorthandSchema } from './schema.ts';
import { type Json, jsonOf, propertiesOf } from './zod-schema.ts';

export const EXTENSIONS: Json = { '^x-': {} };

export interface Named {
  readonly name: string;
  readonly summary: string;
}

/** The properties that every kind has; a kind that is known adds its own and forbids all others. */
export function dispatch(
  key: string,
  prefix: string,
  items: readonly Named[],
  properties: Json,
  description: string,
): Json {
  return {
    description,
    // Nothing takes away what a file that this one extends has set.
    type: ['object', 'null'],
    properties,
    allOf: sorted(items).map(({ name }) => ({
      if: { properties: { [key]: { const: name } }, required: [key] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits it.
      then: { $ref: `#/definitions/${prefix}-${name}` },
    })),
  };
}

/** Keys that are allowed here and described elsewhere. */
export function stubs(keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, {}]));
}

/** A name of something, with what it is. */
export function nameSchema({ name, summary }: Named): Json {
  return { const: name, description: summary };
}

/** A name of one of these, each of which is defined as `<prefix>-<name>`, or something else. */
export function oneOfNames(
  prefix: string,
  items: readonly Named[],
  description: string,
  others: readonly Json[] = [],
): Json {
  return {
    description,
    anyOf: [
      ...sorted(items).map(({ name }) => ({ $ref: `#/definitions/${prefix}-${name}` })),
      ...others,
      { $ref: '#/definitions/variable' },
    ],
  };
}

export function withShorthand(
  table: ParamTable,
  shorthand: string | null,
  description: string,
  others: Json,
): Json {
  const map = closed({ ...propertiesOf(table), ...others });
  const bare = shorthandSchema(table, shorthand);
  return bare === null ? { description, ...map } : { description, anyOf: [map, jsonOf(bare)] };
}

export function closed(properties: Json): Json {
  return { type: 'object', properties, patternProperties: EXTENSIONS, additionalProperties: false };
}

export function mapOf(schema: Json, description: string): Json {
  return {
    type: 'object',
    ...(description === '' ? {} : { description }),
    patternProperties: EXTENSIONS,
    additionalProperties: schema,
  };
}

export function sorted<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
