/** JSON Schema out of zod: tables of parameters, and the schemas that have names. */
import * as z from 'zod';
import type { Plain } from '../../sim/node.ts';
import type { ParamTable } from '../../sim/params.ts';
import { namedSchemas, objectSchema } from './schema.ts';

/** Definitions that stand beside each value. */
const ANY_VALUE = ['variable', 'draw', 'removed', 'placeholder'];

export type Json = { readonly [key: string]: Plain };

export function propertiesOf(table: ParamTable): Json {
  return (jsonOf(objectSchema(table)) as { readonly properties?: Json }).properties ?? {};
}

/** The schemas that zod gives names to. */
export function sharedDefinitions(): Json {
  const { schemas } = z.toJSONSchema(registryOfNamed(), { ...OPTIONS, uri: uriOf });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, titled(bareSchema(schema), name)]),
  );
}

/**
 * A definition says by its title how a value is written. An editor shows one description: of a
 * property that refers to a definition it takes the definition's, if there is one, and what the
 * property means would be hidden. What stands for any value says nothing.
 */
function titled({ description, ...schema }: Json, name: string): Json {
  const silent = description === undefined || ANY_VALUE.includes(name);
  return silent ? schema : { title: description, ...schema };
}

/** One schema on its own, referring to the named ones. */
export function jsonOf(schema: z.ZodType): Json {
  const registry = registryOfNamed();
  registry.add(schema, { id: 'it' });
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, uri: uriOf });
  return bareSchema(schemas['it'] ?? {});
}

/** Schemas that a registry knows become references. */
function registryOfNamed() {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of namedSchemas) registry.add(schema, { id });
  return registry;
}

function uriOf(id: string): string {
  return `#/definitions/${id}`;
}

/** Types of which one says nothing about values of the other. */
const PAIRS = ['number,string', 'string,array'];

const OPTIONS = {
  target: 'draft-07',
  io: 'input',
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.type === 'object' && jsonSchema.additionalProperties === false) {
      jsonSchema.patternProperties = { '^x-': {} };
    }
    joinTypes(jsonSchema);
  },
} as const;

/**
 * Two alternatives of different types as one schema with both. Where alternatives without a
 * description match, an editor puts their titles together.
 */
function joinTypes(schema: z.core.JSONSchema.BaseSchema): void {
  const [first, second, ...others] = schema.anyOf ?? [];
  if (first === undefined || second === undefined || others.length > 0) return;
  const types = [first.type, second.type];
  if (!PAIRS.includes(types.join())) return;
  const { const: only, ...bounds } = first;
  delete schema.anyOf;
  const range = typeof only === 'number' ? { minimum: only, maximum: only } : {};
  Object.assign(schema, bounds, range, second, { type: types });
}

function bareSchema(schema: object): Json {
  const { $schema: _draft, $id: _id, ...rest } = schema as { [key: string]: Plain };
  return rest;
}
