/**
 * Reads a value that stands in one line, as `--set` takes it: `150ms`, `"a text"`, `[a, b]`,
 * `{ at: 10s, crash: leader }`. A page has it in the place of a whole reader of YAML, and refuses
 * the rest of that language: what it accepts means the same there.
 */
import { type Diagnostics, quote } from '../../../scenarios/text/diagnostic.ts';
import {
  describeSpot,
  type SourceEntry,
  type SourceFile,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
  spotOf,
  typePlainScalar,
} from '../../../scenarios/text/source.ts';
import { checkNumber, makeScalar, textStart } from '../../../scenarios/text/yaml-source.ts';

const DEEPEST = 64;
/** What begins something other than a plain scalar (YAML 1.2.2, 7.3.3); `#` after white space. */
const INDICATOR = /[&*!|>%@`"',[\]{}#]|[-?:](?![^\s,[\]{}])/y;
/** A plain scalar by itself, and one between brackets. */
const PLAIN = /(?:[^\s:#]|:(?=\S)|(?<=\S)#|[ \t]+(?![\s#]|$))+/y;
const PLAIN_WITHIN =
  /(?:[^\s:#,[\]{}]|:(?=[^\s,[\]{}])|(?<=[^\s,[\]{}])#|[ \t]+(?![\s#,[\]{}]|$))+/y;
const DOUBLE = /"((?:[^"\\\n]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*)"/y;
const SINGLE = /'((?:[^'\n]|'')*)'/y;
const BLANKS = /[ \t]*/y;

/** What cannot be read: where, in a few words. */
class Unread extends Error {
  readonly at: number;

  constructor(at: number, words: string) {
    super(words);
    this.at = at;
  }
}

/** Reads the file's text from `from` on; null when it cannot, and then `diagnostics` says why. */
export function readFlow(file: SourceFile, diagnostics: Diagnostics, from = 0): SourceNode | null {
  try {
    return new FlowReader(file, diagnostics, from).readAll();
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    diagnostics.error('DS101', spotOf(file, error.at, error.at + 1), error.message, {
      notes: ['a page reads values of one line: `5s`, `"a text"`, `[a, b]`, `{ a: 1 }`'],
      help: ['ask the command line for anything else, with `--set`'],
    });
    return null;
  }
}

class FlowReader {
  readonly #file: SourceFile;
  readonly #diagnostics: Diagnostics;
  #at: number;

  constructor(file: SourceFile, diagnostics: Diagnostics, from: number) {
    this.#file = file;
    this.#diagnostics = diagnostics;
    this.#at = from;
  }

  readAll(): SourceNode {
    this.#take(BLANKS);
    const node = this.#value(0, PLAIN);
    this.#take(BLANKS);
    if (this.#at < this.#file.text.length) throw this.#unread('nothing may follow the value');
    return node;
  }

  #value(depth: number, plain: RegExp): SourceNode {
    if (depth > DEEPEST) throw this.#unread(`values may nest at most ${DEEPEST} deep`);
    switch (this.#file.text[this.#at]) {
      case '[':
        return this.#list(depth);
      case '{':
        return this.#map(depth);
      default:
        return this.#scalar(plain);
    }
  }

  #list(depth: number): SourceNode {
    const from = this.#at;
    const items: SourceNode[] = [];
    for (let isFirst = true; !this.#closes(']', isFirst); isFirst = false) {
      items.push(this.#value(depth + 1, PLAIN_WITHIN));
    }
    return { kind: 'list', items, spot: this.#spot(from) };
  }

  #map(depth: number): SourceMap {
    const from = this.#at;
    const entries: SourceEntry[] = [];
    for (let isFirst = true; !this.#closes('}', isFirst); isFirst = false) {
      entries.push(this.#entry(depth, entries));
    }
    return { kind: 'map', entries, spot: this.#spot(from) };
  }

  #entry(depth: number, before: readonly SourceEntry[]): SourceEntry {
    const { text: key, plain, spot: keySpot } = this.#scalar(PLAIN_WITHIN);
    if (plain && (key === '<<' || typeof typePlainScalar(key) !== 'string')) {
      throw new Unread(keySpot.from, 'a key must be a name');
    }
    const first = before.find((entry) => entry.key === key);
    if (first !== undefined) {
      const words = `the key ${quote(key)} is set twice, first at ${describeSpot(first.keySpot)}`;
      throw new Unread(keySpot.from, words);
    }
    this.#take(BLANKS);
    const isSet = this.#file.text[this.#at] === ':';
    if (isSet) this.#at += 1;
    this.#take(BLANKS);
    const isEmpty = !isSet || /[,}]/.test(this.#file.text[this.#at] ?? '');
    if (isEmpty) return { key, keySpot, value: makeScalar('', true, keySpot, null) };
    return { key, keySpot, value: this.#value(depth + 1, PLAIN_WITHIN) };
  }

  /** Passes what stands between two items; whether the bracket closes here, and passes it then. */
  #closes(bracket: string, isFirst: boolean): boolean {
    const { text } = this.#file;
    if (isFirst) this.#at += 1;
    this.#take(BLANKS);
    if (!isFirst && text[this.#at] !== bracket) {
      if (text[this.#at] !== ',') throw this.#unread(`expected \`,\` or \`${bracket}\``);
      this.#at += 1;
      this.#take(BLANKS);
    }
    if (text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #scalar(plain: RegExp): SourceScalar {
    const from = this.#at;
    const double = this.#take(DOUBLE);
    if (double !== null) return this.#quoted(from, JSON.parse(double[0].replaceAll('\t', '\\t')));
    const single = this.#take(SINGLE);
    if (single !== null) return this.#quoted(from, (single[1] ?? '').replaceAll("''", "'"));
    INDICATOR.lastIndex = from;
    const text = INDICATOR.test(this.#file.text) ? null : this.#take(plain);
    if (text === null) throw this.#unread('this is no value');
    const scalar = makeScalar(text[0], true, this.#spot(from), from);
    return checkNumber(scalar, this.#diagnostics);
  }

  #quoted(from: number, text: string): SourceScalar {
    const spot = this.#spot(from);
    return makeScalar(text, false, spot, textStart(text, spot));
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#file.text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #spot(from: number) {
    return spotOf(this.#file, from, this.#at);
  }

  #unread(words: string): Unread {
    return new Unread(this.#at, words);
  }
}
