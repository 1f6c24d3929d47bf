/** What is shared in the JSON Schema is the same schema. */
import { expect, test } from 'vitest';
import { loadSchemaItems } from '../../src/scenarios/host/load-schema.ts';
import { scenarioJsonSchema } from '../../src/scenarios/sections/json-schema.ts';
import { withShared } from '../../src/scenarios/sections/schema-sharing.ts';

const NAMED = /^#\/definitions\/[^/]+$/;

/** With each reference to a place replaced by what is there. */
function spelledOut(value: unknown, root: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => spelledOut(each, root));
  const ref: unknown = (value as { $ref?: unknown }).$ref;
  if (typeof ref === 'string' && !NAMED.test(ref)) return spelledOut(at(root, ref), root);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, spelledOut(each, root)]),
  );
}

function at(root: unknown, ref: string): unknown {
  let found = root;
  for (const name of ref.split('/').slice(1)) found = (found as { [name: string]: unknown })[name];
  if (found === undefined) throw new Error(`there is nothing at ${ref}`);
  return found;
}

test('the schema of scenarios, spelled out, says what it said', async () => {
  const whole = scenarioJsonSchema(await loadSchemaItems());
  const short = withShared(whole);
  expect(JSON.stringify(short).length).toBeLessThan(0.9 * JSON.stringify(whole).length);
  expect(spelledOut(short, short)).toEqual(spelledOut(whole, whole));
});

test('a property may be called as a keyword is', () => {
  const long = { type: 'string', description: 'x'.repeat(100) };
  const schema = { properties: { items: long, anyOf: long, enum: { enum: ['a'], default: long } } };
  expect(withShared(schema)).toEqual({
    properties: {
      items: long,
      anyOf: { $ref: '#/properties/items' },
      enum: { enum: ['a'], default: long },
    },
  });
});
