/**
 * EDN, the notation of Clojure in which Jepsen writes its histories (the format's own description:
 * github.com/edn-format/edn), read into plain data.
 *
 * Keywords, symbols and characters become texts, sets and lists become arrays, keys of maps become
 * texts. Numbers are read exactly, in all notations of Clojure's reader (clojure.lang.LispReader):
 * `31`, `0x1F`, `037`, `2r11111`, `62/2`, `31N`, `31.0M`; numbers of one value are one number. A
 * tagged value is its value, except pairs of an independent key.
 *
 * A reader of its own, because what is wrong must be named by line and column: a reader made for
 * configuration files takes `{:a}` and `[1 2` for something.
 */
import { DIGITS_MAX, ExactNumber, type Numeric, numberOf } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import { canonicalText } from '../text/canonical.ts';
import { quote } from '../text/diagnostic.ts';

/** Far above any history, far below what would overflow a stack. */
export const DEPTH_MAX = 200;

/** What is wrong, where, and what was expected there. */
export class NotationError extends Error {
  readonly from: number;
  readonly to: number;
  readonly expected: string;

  constructor(message: string, from: number, to: number, expected: string) {
    super(message);
    this.name = 'NotationError';
    this.from = from;
    this.to = to;
    this.expected = expected;
  }
}

/** `#jepsen.independent/tuple [key value]`: an operation on one of many independent objects. */
export class IndependentTuple {
  readonly key: Plain;
  readonly value: Plain;

  constructor(key: Plain, value: Plain) {
    this.key = key;
    this.value = value;
  }
}

/** A value at the top, or the value of an operation. */
export type EdnValue = Plain | IndependentTuple | EdnMap;

/** A map whose values may be tuples: what an operation is written as. */
export class EdnMap {
  readonly entries: ReadonlyMap<string, EdnValue>;

  constructor(entries: ReadonlyMap<string, EdnValue>) {
    this.entries = entries;
  }
}

/** Values at the top are read one by one; `from` and `to` are offsets in the text. */
export interface EdnForm {
  readonly value: EdnValue;
  readonly from: number;
  readonly to: number;
}

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);
const STOPS = ' \t\n\r\f,()[]{}";';

export class EdnReader {
  readonly text: string;
  readonly end: number;
  at: number;
  /** A map at the top goes on in indented lines only, which shows where one was not closed. */
  mapsByLine = false;
  #depth = 0;

  constructor(text: string, from = 0, end = text.length) {
    this.text = text;
    this.at = from;
    this.end = end;
  }

  /** The next value, or null at the end. Throws NotationError. */
  next(): EdnForm | null {
    this.#depth = 0;
    this.skip();
    if (this.at >= this.end) return null;
    const from = this.at;
    const value = this.#value(true);
    return { value, from, to: this.at };
  }

  /** Steps over white space, comments and what is discarded by `#_`. */
  skip(): void {
    const { text } = this;
    while (this.at < this.end) {
      const code = text.charCodeAt(this.at);
      if (code <= 32 || code === 44) this.at++;
      else if (code === 59) {
        const line = text.indexOf('\n', this.at);
        this.at = line < 0 ? this.end : Math.min(line, this.end);
      } else if (code === 35 && text[this.at + 1] === '_') {
        this.#enter(this.at);
        this.at += 2;
        this.skip();
        this.#value(false);
        this.#depth--;
      } else return;
    }
  }

  /** Goes on at the next line after a mistake, unless it is at the beginning of one. */
  recover(): void {
    if (this.text[this.at - 1] === '\n') return;
    const line = this.text.indexOf('\n', this.at);
    this.at = line < 0 ? this.end : Math.min(line + 1, this.end);
  }

  #fail(message: string, from: number, to: number, expected: string): never {
    throw new NotationError(message, from, Math.max(to, from + 1), expected);
  }

  /** `top` keeps tuples and the fields of a map apart from plain data. */
  #value(top: boolean): EdnValue {
    this.#enter(this.at);
    const value = this.#read(top);
    this.#depth--;
    return value;
  }

  #enter(from: number): void {
    if (++this.#depth <= DEPTH_MAX) return;
    this.#fail(`nested deeper than ${DEPTH_MAX}`, from, from + 1, 'a value that is not so deep');
  }

  #read(top: boolean): EdnValue {
    const { text } = this;
    if (this.at >= this.end) this.#fail('a value is missing', this.at, this.at, 'a value');
    switch (text[this.at]) {
      case '(':
      case '[':
        return this.#items();
      case '{':
        return top ? new EdnMap(this.#entries(true)) : objectOf(this.#entries(false));
      case '"':
        return this.#string();
      case '\\':
        return this.#character();
      case '#':
        return this.#dispatch(top);
      case '^':
        this.at++;
        this.#inner();
        this.skip();
        return this.#value(top);
      case ')':
      case ']':
      case '}':
        return this.#fail(
          `\`${text[this.at]}\` closes nothing`,
          this.at,
          this.at + 1,
          'a value before it',
        );
      default:
        return this.#token();
    }
  }

  #inner(): Plain {
    return plainOf(this.#value(false));
  }

  /** The items of a list, vector or set, up to its end. */
  #items(): Plain[] {
    const from = this.at;
    const closer = CLOSERS.get(this.text[from] ?? '') ?? '';
    this.at++;
    const items: Plain[] = [];
    while (!this.#closes(from, closer)) items.push(this.#inner());
    return items;
  }

  /** `operation`: values may be tuples, as those of an operation's fields. */
  #entries(operation: boolean, namespace: string | null = null): Map<string, EdnValue> {
    const from = this.at;
    this.at++;
    const entries = new Map<string, EdnValue>();
    while (!this.#closes(from, '}')) {
      const keyFrom = this.at;
      const isName = /[:a-z]/i.test(this.text[keyFrom] ?? '');
      const name = keyText(this.#inner());
      const key = namespace === null || !isName ? name : inNamespace(name, namespace);
      const keyTo = this.at;
      if (this.#closes(from, '}')) {
        this.#fail('a key without a value', keyFrom, keyTo, 'as many values as keys');
      }
      const value = this.#value(false);
      if (entries.has(key)) {
        this.#fail(`the key ${quote(key)} stands twice`, keyFrom, keyTo, 'each key once');
      }
      entries.set(key, operation ? value : plainOf(value));
    }
    return entries;
  }

  /** `#:person{:name 1}`, short for `{:person/name 1}`; the namespace `_` stands for none. */
  #namespaced(namespace: string, from: number): Plain {
    if (this.text[this.at] !== '{') {
      this.#fail('a namespace without a map', from, this.at, `\`{\` after \`#:${namespace}\``);
    }
    return objectOf(this.#entries(false, namespace));
  }

  /** True past the closing bracket; false before the next item. */
  #closes(from: number, closer: string): boolean {
    this.skip();
    if (this.at >= this.end) {
      const opener = this.text[from] ?? '';
      this.#fail(`\`${opener}\` is never closed`, from, from + 1, `\`${closer}\` further on`);
    }
    const character = this.text[this.at] ?? '';
    if (this.#beginsNext(from)) {
      // The next operation begins: better to blame this one than whatever comes of reading on.
      this.#fail('`{` is never closed', from, from + 1, '`}` before the next operation');
    }
    if (character === closer) {
      this.at++;
      return true;
    }
    if (character === ')' || character === ']' || character === '}') {
      this.#fail(
        `\`${character}\` closes what \`${this.text[from]}\` opened`,
        this.at,
        this.at + 1,
        `\`${closer}\``,
      );
    }
    return false;
  }

  /** A map at the beginning of a line, within one at the top. */
  #beginsNext(from: number): boolean {
    const { at, text } = this;
    if (!this.mapsByLine || this.#depth !== 1 || text[from] !== '{') return false;
    return text[at] === '{' && text[at - 1] === '\n';
  }

  #string(): string {
    const from = this.at;
    const { text } = this;
    let value = '';
    let start = from + 1;
    for (let at = start; at < this.end; at++) {
      const code = text.charCodeAt(at);
      if (code === 34) {
        this.at = at + 1;
        return value + text.slice(start, at);
      }
      if (code !== 92) continue;
      value += text.slice(start, at) + this.#escape(at);
      at += text[at + 1] === 'u' ? 5 : 1;
      start = at + 1;
    }
    const line = text.indexOf('\n', from);
    const to = line < 0 || line > this.end ? this.end : line;
    this.at = to;
    return this.#fail('a string is never closed', from, to, '`"` at its end');
  }

  #escape(at: number): string {
    const letter = this.text[at + 1] ?? '';
    const simple = escapes.get(letter);
    if (simple !== undefined) return simple;
    const digits = this.text.slice(at + 2, at + 6);
    if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(digits)) {
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return this.#fail(
      `there is no escape \`\\${letter}\``,
      at,
      at + 2,
      'one of \\t \\r \\n \\b \\f \\\\ \\" \\u0000',
    );
  }

  /** `\a`, `\newline`, `\u00e9`. */
  #character(): string {
    const from = this.at;
    this.at += 2;
    while (this.at < this.end && !STOPS.includes(this.text[this.at] ?? '')) this.at++;
    const name = this.text.slice(from + 1, this.at);
    const named = characters.get(name);
    if (named !== undefined) return named;
    if (/^u[0-9a-fA-F]{4}$/.test(name))
      return String.fromCharCode(Number.parseInt(name.slice(1), 16));
    if (Array.from(name).length === 1) return name;
    return this.#fail(`there is no character \`\\${name}\``, from, this.at, 'a character');
  }

  /** Sets, tags, symbolic numbers. */
  #dispatch(top: boolean): EdnValue {
    const from = this.at;
    const next = this.text[from + 1] ?? '';
    if (next === '{') {
      this.at++;
      return this.#items();
    }
    if (next === '#') {
      this.at += 2;
      return this.#token();
    }
    if (next === '"') {
      this.at++;
      return this.#string();
    }
    this.at++;
    const tag = this.#word();
    if (tag === '') this.#fail('`#` without a tag', from, from + 1, 'a set, a tag or `#_`');
    this.skip();
    if (tag.startsWith(':')) return this.#namespaced(tag.slice(1), from);
    if (/independent\/tuple$|lang\.MapEntry$/.test(tag)) return this.#tuple(from);
    return this.#value(top);
  }

  #tuple(from: number): IndependentTuple {
    const value = this.#inner();
    if (!Array.isArray(value) || value.length !== 2) {
      this.#fail('a tuple that is no pair', from, this.at, 'a key and a value');
    }
    const [key = null, rest = null] = value as readonly Plain[];
    return new IndependentTuple(key, rest);
  }

  #word(): string {
    const from = this.at;
    while (this.at < this.end && !STOPS.includes(this.text[this.at] ?? '')) this.at++;
    return this.text.slice(from, this.at);
  }

  /** A number, a keyword, a symbol, `nil`, `true` or `false`. */
  #token(): Plain {
    const from = this.at;
    const code = this.text.charCodeAt(from);
    const word = this.#word();
    if (code === 58) {
      if (word.length > 1) return word.slice(1);
      this.#fail('`:` without a name', from, from + 1, 'a keyword such as `:ok`');
    }
    if ((code >= 48 && code <= 57) || /^[-+][0-9]/.test(word)) return this.#number(word, from);
    if (word === 'nil') return null;
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === '') this.#fail('nothing can be read here', from, from + 1, 'a value');
    return word;
  }

  #number(word: string, from: number): Plain {
    const value = clojureNumber(word);
    if (value !== null) return value;
    return this.#fail(`\`${word.slice(0, 40)}\` is no number`, from, this.at, 'a number');
  }
}

function inNamespace(name: string, namespace: string): string {
  if (name.startsWith('_/')) return name.slice(2);
  return name.includes('/') ? name : `${namespace}/${name}`;
}

const DECIMAL = /^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?M?$/;
const RATIO = /^([-+]?\d+)\/(\d+)$/;
const INTEGER =
  /^([-+]?)(?:(0|[1-9]\d*)|0[xX]([\da-fA-F]+)|0([0-7]+)|([1-9]\d?)[rR]([\da-zA-Z]+))N?$/;

/** A number as Clojure's reader takes it; null if it is none, or has too many digits. */
function clojureNumber(word: string): Numeric | null {
  if (word.length > DIGITS_MAX) return null;
  const [integer, sign = '', decimal, hexadecimal, octal, base, digits] = INTEGER.exec(word) ?? [];
  if (integer !== undefined) {
    if (decimal !== undefined) return numberOf(sign + decimal);
    const radix = base === undefined ? (octal === undefined ? 16 : 8) : Number(base);
    const value = inRadix(hexadecimal ?? octal ?? digits ?? '', radix);
    return value === null ? null : ExactNumber.of(sign === '-' ? -value : value, 1n);
  }
  // A whole number that begins with 0 is octal, and was none.
  if (DECIMAL.test(word)) return /^[-+]?\d+$/.test(word) ? null : numberOf(word.replace('M', ''));
  const [, above, below] = RATIO.exec(word) ?? [];
  if (above === undefined || below === undefined || BigInt(below) === 0n) return null;
  return ExactNumber.of(BigInt(above), BigInt(below));
}

function inRadix(digits: string, radix: number): bigint | null {
  if (radix < 2 || radix > 36) return null;
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= radix) return null;
    value = value * BigInt(radix) + BigInt(worth);
  }
  return value;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['r', '\r'],
  ['n', '\n'],
  ['b', '\b'],
  ['f', '\f'],
  ['\\', '\\'],
  ['"', '"'],
]);

const characters: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['space', ' '],
  ['tab', '\t'],
  ['return', '\r'],
  ['backspace', '\b'],
  ['formfeed', '\f'],
]);

/** Plain data of a value: a tuple is a pair, a map an object. */
export function plainOf(value: EdnValue): Plain {
  if (value instanceof IndependentTuple) return [value.key, value.value];
  if (value instanceof EdnMap) return objectOf(value.entries);
  return value;
}

/** Keys such as `__proto__` are keys like any other. */
function objectOf(entries: ReadonlyMap<string, EdnValue>): Plain {
  const object: { [key: string]: Plain } = {};
  for (const [key, value] of entries) {
    const own = { enumerable: true, configurable: true, writable: true };
    if (key === '__proto__') Object.defineProperty(object, key, { ...own, value: plainOf(value) });
    else object[key] = plainOf(value);
  }
  return object;
}

/** What a key of a map, or of an operation, is called: itself if it is a text. */
export function keyText(key: Plain): string {
  return typeof key === 'string' ? key : canonicalText(key);
}
