/**
 * As much of JSON Schema draft 07 as the scenario schema uses, to hold it against files: an
 * editor's view of them. An unknown keyword throws, so that the schema cannot come to use what is
 * not looked at here.
 */

type Json = { readonly [key: string]: unknown };

const ANNOTATIONS = [
  '$schema',
  'title',
  'description',
  'default',
  'examples',
  'definitions',
  'errorMessage',
];

/** Paths at which a value does not fit, each with the keyword that says so; empty if it fits. */
export function misfits(
  schema: unknown,
  value: unknown,
  root: Json = schema as Json,
  path = '',
): readonly string[] {
  if (schema === true) return [];
  const found: string[] = [];
  for (const [keyword, operand] of Object.entries(schema as Json)) {
    if (ANNOTATIONS.includes(keyword) || keyword === 'then') continue;
    const rule = rules[keyword];
    if (rule === undefined) throw new Error(`the schema uses ${keyword}, which this does not know`);
    found.push(
      ...rule({ operand, value, root, path, schema: schema as Json }).map(
        (text) => text || `${path}: ${keyword}`,
      ),
    );
  }
  return found;
}

interface Case {
  readonly operand: unknown;
  readonly value: unknown;
  readonly root: Json;
  readonly path: string;
  readonly schema: Json;
}

/** An empty text is this keyword at this place. */
type KeywordRule = (it: Case) => readonly string[];

const fails = (failed: boolean): readonly string[] => (failed ? [''] : []);
const list = (operand: unknown): readonly unknown[] => operand as readonly unknown[];
const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fits = (schema: unknown, it: Case): boolean =>
  misfits(schema, it.value, it.root, it.path).length === 0;

const rules: { readonly [keyword: string]: KeywordRule } = {
  $ref: (it) => misfits(lookUp(it.root, it.operand as string), it.value, it.root, it.path),
  type: ({ operand, value }) =>
    fails(![operand].flat().some((type) => isOfType(type as string, value))),
  const: ({ operand, value }) => fails(value !== operand),
  enum: ({ operand, value }) => fails(!list(operand).includes(value)),
  pattern: ({ operand, value }) =>
    fails(typeof value === 'string' && !new RegExp(operand as string, 'u').test(value)),
  minimum: ({ operand, value }) => fails(typeof value === 'number' && value < (operand as number)),
  maximum: ({ operand, value }) => fails(typeof value === 'number' && value > (operand as number)),
  minItems: ({ operand, value }) =>
    fails(Array.isArray(value) && value.length < (operand as number)),
  maxItems: ({ operand, value }) =>
    fails(Array.isArray(value) && value.length > (operand as number)),
  required: ({ operand, value }) =>
    fails(isMap(value) && list(operand).some((key) => !Object.hasOwn(value, key as string))),
  items: ({ operand, value, root, path }) => {
    if (!Array.isArray(value)) return [];
    const schemas = Array.isArray(operand) ? operand : null;
    return value.flatMap((item, i) =>
      misfits(schemas === null ? operand : (schemas[i] ?? true), item, root, `${path}/${i}`),
    );
  },
  additionalItems: ({ operand, value, schema }) =>
    fails(operand === false && Array.isArray(value) && value.length > list(schema['items']).length),
  propertyNames: ({ operand, value, root, path }) =>
    isMap(value)
      ? Object.keys(value).flatMap((key) => misfits(operand, key, root, `${path}/${key}`))
      : [],
  properties: ({ operand, value, root, path }) =>
    isMap(value)
      ? Object.entries(operand as Json).flatMap(([key, schema]) =>
          Object.hasOwn(value, key) ? misfits(schema, value[key], root, `${path}/${key}`) : [],
        )
      : [],
  // Its only use is to let `x-` keys pass.
  patternProperties: () => [],
  additionalProperties: ({ operand, value, root, path, schema }) => {
    if (!isMap(value)) return [];
    const known = Object.keys((schema['properties'] ?? {}) as Json);
    const patterns = Object.keys((schema['patternProperties'] ?? {}) as Json).map(
      (text) => new RegExp(text),
    );
    const others = Object.keys(value).filter(
      (key) => !known.includes(key) && !patterns.some((pattern) => pattern.test(key)),
    );
    return others.flatMap((key) =>
      operand === false
        ? [`${path}/${key}: unknown`]
        : misfits(operand, value[key], root, `${path}/${key}`),
    );
  },
  anyOf: (it) => fails(!list(it.operand).some((schema) => fits(schema, it))),
  oneOf: (it) => fails(list(it.operand).filter((schema) => fits(schema, it)).length !== 1),
  not: (it) => fails(fits(it.operand, it)),
  allOf: ({ operand, value, root, path }) =>
    list(operand).flatMap((schema) => misfits(schema, value, root, path)),
  if: (it) => (fits(it.operand, it) ? misfits(it.schema['then'], it.value, it.root, it.path) : []),
};

function lookUp(root: Json, ref: string): unknown {
  let found: unknown = root;
  for (const name of ref.split('/').slice(1)) found = (found as Json | undefined)?.[name];
  if (found === undefined) throw new Error(`the schema refers to ${ref}, which is not there`);
  return found;
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMap(value);
  if (type === 'null') return value === null;
  return typeof value === type;
}
