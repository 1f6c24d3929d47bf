/**
 * Where a line is not JSON (RFC 8259), and what could have stood there. `JSON.parse` is fast and
 * says less, in other words on every version of Node; this is asked only about what it refused, and
 * about keys that may stand twice: the standard leaves open which of them counts.
 */
import { stringEnd } from '../../sim/exact-json.ts';
import { quote } from '../text/diagnostic.ts';
import { DEPTH_MAX, NotationError } from './edn.ts';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORD = /[^\s,:[\]{}"]+/y;

const BACKSLASH = 92;
const SPACE = 32;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first mistake; offsets are in `text`. Null if it is JSON whose keys all differ. */
export function findJsonMistake(text: string): NotationError | null {
  try {
    new Walker(text).walk();
    return null;
  } catch (error) {
    if (error instanceof NotationError) return error;
    throw error;
  }
}

/** Walks through a text with a stack of its own, so that no depth overflows. */
class Walker {
  readonly #text: string;
  #at = 0;
  /** Open brackets with their places, and the keys that an object has had. */
  readonly #open: {
    readonly bracket: '[' | '{';
    readonly at: number;
    readonly keys: Set<string>;
  }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  walk(): void {
    this.#value();
    while (this.#open.length > 0) this.#next();
    this.#skip();
    if (this.#at < this.#text.length) {
      this.#fail('something follows the value', this.#text.length, 'the end of the line');
    }
  }

  #skip(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(): string {
    this.#skip();
    return this.#text[this.#at] ?? '';
  }

  #fail(message: string, to: number, expected: string): never {
    throw new NotationError(message, this.#at, Math.max(to, this.#at + 1), expected);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  /** Reads a value, or opens one. */
  #value(): void {
    const character = this.#peek();
    if (character === '[' || character === '{') {
      this.#open.push({ bracket: character, at: this.#at, keys: new Set() });
      if (this.#open.length > DEPTH_MAX) {
        this.#fail(`nested deeper than ${DEPTH_MAX}`, this.#at + 1, 'a value that is not so deep');
      }
      this.#at++;
      if (character === '{' && this.#peek() !== '}') this.#key();
      else if (character === '[' && this.#peek() !== ']') this.#value();
      return;
    }
    if (character === '"') return this.#string();
    if (this.#match(NUMBER) !== null) return this.#ends();
    const from = this.#at;
    const word = this.#match(WORD);
    if (word === 'true' || word === 'false' || word === 'null') return;
    this.#at = from;
    this.#fail(
      word === null ? this.#strange(character) : `\`${word.slice(0, 40)}\` is no JSON value`,
      from + (word?.length ?? 1),
      'a value: a text in double quotes, a number, true, false, null, [ or {',
    );
  }

  /** A number that goes on is none: `01`, `1x`. */
  #ends(): void {
    const word = this.#match(WORD);
    if (word === null) return;
    this.#at -= word.length;
    this.#fail('a number ends here', this.#at + word.length, 'a comma or a bracket');
  }

  #strange(character: string): string {
    return character === '' ? 'the line ends too early' : `\`${character}\` does not belong here`;
  }

  #string(): void {
    const text = this.#text;
    const end = stringEnd(text, this.#at);
    if (end < 0) this.#fail('a text is never closed', text.length, '`"`');
    for (let i = this.#at + 1; i < end - 1; i++) {
      const code = text.charCodeAt(i);
      if (code >= SPACE && code !== BACKSLASH) continue;
      ESCAPE.lastIndex = i;
      const escape = code === BACKSLASH ? ESCAPE.exec(text) : null;
      if (escape === null) {
        this.#at = i;
        const what =
          code === BACKSLASH ? 'there is no such escape' : 'a control character in a text';
        this.#fail(what, i + 2, 'an escape such as \\n, \\" or \\u0000');
      }
      i += escape[0].length - 1;
    }
    this.#at = end;
  }

  #key(): void {
    if (this.#peek() !== '"') {
      const word = /^[\w$-]+/.exec(this.#text.slice(this.#at))?.[0];
      const what = word === undefined ? this.#strange(this.#peek()) : 'a key without quotes';
      this.#fail(what, this.#at + (word?.length ?? 1), 'a key in double quotes');
    }
    const from = this.#at;
    this.#string();
    const key = JSON.parse(this.#text.slice(from, this.#at)) as string;
    const keys = this.#open[this.#open.length - 1]?.keys;
    if (keys?.has(key) === true) {
      const end = this.#at;
      this.#at = from;
      this.#fail(`the key ${quote(key)} stands twice`, end, 'each key once');
    }
    keys?.add(key);
    if (this.#peek() !== ':') this.#fail(this.#strange(this.#peek()), this.#at + 1, '`:`');
    this.#at++;
    this.#value();
  }

  /** After a value within brackets: a comma and the next one, or the end. */
  #next(): void {
    const { bracket, at } = this.#open[this.#open.length - 1] as { bracket: string; at: number };
    const closer = bracket === '[' ? ']' : '}';
    const character = this.#peek();
    if (character === closer) {
      this.#at++;
      this.#open.pop();
      return;
    }
    if (character === ',') {
      this.#at++;
      if (bracket === '{') this.#key();
      else this.#value();
      return;
    }
    if (character === '') {
      this.#at = at;
      this.#fail(`\`${bracket}\` is never closed`, at + 1, `\`${closer}\` before the line ends`);
    }
    this.#fail(this.#strange(character), this.#at + 1, `a comma or \`${closer}\``);
  }
}
