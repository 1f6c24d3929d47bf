/**
 * How long the JSON text of plain data is, without making the text: a message is measured for each
 * link with a bandwidth that it takes.
 */

const TRUE = 4;
const FALSE = 5;
const NULL = 4;
/** Integers below this are written in digits alone. */
const DIGITS_MAX = 1e15;

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const SURROGATES = 0xd800;

/** As `JSON.stringify(value).length`, of what survives a round trip through JSON. */
export function textLength(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return quotedLength(value);
    case 'number':
      return numberLength(value);
    case 'boolean':
      return value ? TRUE : FALSE;
    case 'object':
      if (value === null) return NULL;
      return Array.isArray(value) ? listLength(value) : mapLength(value as PlainMap);
    default:
      return NULL;
  }
}

interface PlainMap {
  readonly [key: string]: unknown;
}

/** What is undefined is written as null in a list, and left out of a map. */
function listLength(list: readonly unknown[]): number {
  let length = 2 + Math.max(0, list.length - 1);
  for (const item of list) length += textLength(item);
  return length;
}

function mapLength(map: PlainMap): number {
  let length = 0;
  for (const key in map) {
    const value = map[key];
    if (value !== undefined) length += quotedLength(key) + 2 + textLength(value);
  }
  return length === 0 ? 2 : length + 1;
}

function numberLength(number: number): number {
  const size = number < 0 ? -number : number;
  if (!(size < DIGITS_MAX) || Math.floor(size) !== size) return JSON.stringify(number).length;
  let digits = number < 0 ? 2 : 1;
  for (let power = 10; power <= size; power *= 10) digits++;
  return digits;
}

function quotedLength(text: string): number {
  let length = text.length + 2;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < SPACE || code >= SURROGATES) return JSON.stringify(text).length;
    if (code === QUOTE || code === BACKSLASH) length++;
  }
  return length;
}
