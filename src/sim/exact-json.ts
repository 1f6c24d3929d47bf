/** JSON whose numbers are exact: `JSON.parse` rounds them to JavaScript numbers. */
import { type Numeric, numberOf } from './exact-number.ts';
import type { Plain } from './node.ts';

/** What may have a number in it that a JavaScript number does not stand for. */
const MAY_BE_LONG = /[\d.]{16}|\d[eE]/;

/** The beginning of a text, or a number. */
const NUMBER = /"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * `value`, which `JSON.parse` made of the text, with every number as it is written; or where in the
 * text one has too many digits. Numbers that are not what `JSON.parse` makes of them are read once
 * more as texts, at whose places `value` has numbers.
 */
export function withExactNumbers(text: string, value: Plain): { readonly value: Plain } | number {
  if (!MAY_BE_LONG.test(text)) return { value };
  const found: Numeric[] = [];
  let written = '';
  let from = 0;
  NUMBER.lastIndex = 0;
  for (let match = NUMBER.exec(text); match !== null; match = NUMBER.exec(text)) {
    const [piece] = match;
    if (piece === '"') {
      NUMBER.lastIndex = stringEnd(text, match.index);
      continue;
    }
    const number = numberOf(piece);
    if (number === null) return match.index;
    if (typeof number === 'number') continue;
    written += `${text.slice(from, match.index)}"${found.length}"`;
    from = match.index + piece.length;
    found.push(number);
  }
  if (found.length === 0) return { value };
  return { value: filledIn(value, JSON.parse(written + text.slice(from)) as Plain, found) };
}

function filledIn(value: Plain, marked: Plain, found: readonly Numeric[]): Plain {
  if (typeof value === 'number' && typeof marked === 'string') {
    return found[Number(marked)] ?? value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item: Plain, i) => filledIn(item, (marked as Plain[])[i] ?? null, found));
  }
  const fields = marked as { readonly [name: string]: Plain };
  const entries = Object.entries(value as { readonly [name: string]: Plain });
  // An own `__proto__` stays one.
  return Object.fromEntries(
    entries.map(([name, item]) => [name, filledIn(item, fields[name] ?? null, found)]),
  );
}

/** After the quote that closes the text which begins at `at`; -1 if none does. */
export function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
  return -1;
}

const QUOTE = 34;
const BACKSLASH = 92;
