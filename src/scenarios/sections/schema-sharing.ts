/** Writes a JSON Schema shorter: what it says again refers to where it says so first. */
import type { Plain } from '../../sim/node.ts';
import type { Json } from './zod-schema.ts';

/** Shorter than this, a reference is no gain. */
const SHORTEST = 90;
/** Keywords whose value is a schema, a list of schemas, or a map of them. */
const ONE = ['additionalProperties', 'items', 'if', 'then', 'propertyNames'];
const LIST = ['anyOf', 'allOf', 'oneOf'];
const MAP = ['properties', 'definitions'];

/** An equal schema, in which a repeated part is a `$ref` to the first equal part. */
export function withShared(schema: Json): Json {
  return new Sharing().of(schema, '#');
}

class Sharing {
  readonly #firstAt = new Map<string, string>();

  of(schema: Json, at: string): Json {
    return Object.fromEntries(
      Object.entries(schema).map(([keyword, value]) => [
        keyword,
        this.#operand(keyword, value, `${at}/${keyword}`),
      ]),
    );
  }

  #operand(keyword: string, value: Plain | undefined, at: string): Plain {
    if (ONE.includes(keyword) && isSchema(value)) return this.#part(value, at);
    if (LIST.includes(keyword) && Array.isArray(value)) {
      return value.map((each, i) => (isSchema(each) ? this.#part(each, `${at}/${i}`) : each));
    }
    if (MAP.includes(keyword) && isSchema(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [
          name,
          isSchema(each) ? this.#part(each, `${at}/${name}`) : (each ?? null),
        ]),
      );
    }
    return value ?? null;
  }

  #part(schema: Json, at: string): Json {
    const text = JSON.stringify(schema);
    if (text.length < SHORTEST) return this.of(schema, at);
    const first = this.#firstAt.get(text);
    if (first !== undefined && first.length + 12 < text.length) return { $ref: first };
    this.#firstAt.set(text, at);
    return this.of(schema, at);
  }
}

function isSchema(value: Plain | undefined): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
