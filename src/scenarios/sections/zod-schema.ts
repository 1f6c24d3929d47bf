/** JSON Schema out of zod: tables of parameters, and the schemas that have names. */
import * as z from 'zod';
import type { Plain } from '../../sim/node.ts';
import type { ParamTable } from '../../sim/params.ts';
import { namedSchemas, objectSchema } from './schema.ts';

export type Json = { readonly [key: string]: Plain };

export function propertiesOf(table: ParamTable): Json {
  return (jsonOf(objectSchema(table)) as { readonly properties?: Json }).properties ?? {};
}

/** The schemas that zod gives names to. */
export function sharedDefinitions(): Json {
  const { schemas } = z.toJSONSchema(registryOfNamed(), { ...OPTIONS, uri: uriOf });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, bareSchema(schema)]),
  );
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

const OPTIONS = {
  target: 'draft-07',
  io: 'input',
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.type === 'object' && jsonSchema.additionalProperties === false) {
      jsonSchema.patternProperties = { '^x-': {} };
    }
  },
} as const;

function bareSchema(schema: object): Json {
  const { $schema: _draft, $id: _id, ...rest } = schema as { [key: string]: Plain };
  return rest;
}
