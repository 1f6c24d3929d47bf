/**
 * The grammar of `expect:`, by recursive descent over the words of `token-cursor.ts`. Syntax only:
 * which checkers, metrics and faults exist is looked up by `expectations.ts`.
 *
 *     expectation = name [settings]
 *                 | name [arguments] compare value [window]
 *                 | "sometimes" quoted [window]
 *                 | "felt" [word]
 *                 | "live" [word]
 *                 | "recovers" [arguments] "within" value "after" word
 *     name        = word {word}
 *     arguments   = "(" word {"," word} ")"
 *     settings    = "(" setting {"," setting} ")"
 *     setting     = word ":" value | value          (a value is a word or quoted)
 *     value       = word, with `100 ms` and `2,942` as one
 *     compare     = "<" | "<=" | ">" | ">=" | "=" | "!="
 *     window      = ("during" | "before" | "after" | "outside") word
 *     seeds       = "in" number "seeds" | "in" percentage "of" "seeds"      (at the end of any)
 *
 * For example `linearizable`, `p99(write) < 250ms after faults`, `leaders per term <= 1`,
 * `sometimes 'steps down' during partition`, `felt partition`.
 */
import type { WindowSpec } from '../scenario.ts';
import { type SourceNode, type SourceScalar, spotOf } from '../text/source.ts';
import type { Comparison } from '../values/comparison.ts';
import { type Parsed, type Piece, parsed, TokenCursor } from '../values/token-cursor.ts';

export interface WindowSyntax {
  readonly when: Exclude<WindowSpec['when'], 'run'>;
  readonly of: Piece;
}

/** `total: 100`, or a bare value. */
export interface SettingSyntax {
  readonly name: Piece | null;
  readonly value: Piece;
}

export type ExpectationSyntax =
  | {
      readonly kind: 'check';
      readonly name: Piece;
      readonly settings: readonly SettingSyntax[];
      readonly window: WindowSyntax | null;
    }
  | {
      readonly kind: 'metric';
      readonly name: Piece;
      readonly args: readonly Piece[];
      readonly comparison: Comparison;
      readonly value: Piece;
      readonly window: WindowSyntax | null;
    }
  | { readonly kind: 'sometimes'; readonly label: Piece; readonly window: WindowSyntax | null }
  | { readonly kind: 'felt'; readonly fault: Piece | null }
  | { readonly kind: 'live'; readonly group: Piece | null }
  | {
      readonly kind: 'recovers';
      readonly name: Piece;
      readonly args: readonly Piece[];
      readonly within: Piece;
      readonly window: WindowSyntax;
    };

const WINDOWS = ['during', 'before', 'after', 'outside'] as const;

/**
 * The text of an item of `expect:`; null if it is none. YAML takes `bank(total: 100)` without
 * quotes for a map of one key, and a user for what it says.
 */
export function expectationText(item: SourceNode): SourceScalar | null {
  if (item.kind === 'scalar') return item;
  const [entry, more] = item.kind === 'map' ? item.entries : [];
  const value = more === undefined ? entry?.value : undefined;
  if (entry === undefined || value?.kind !== 'scalar') return null;
  if (!/^[\w -]+\([^()]*$/.test(entry.key) || !value.plain || !value.text.endsWith(')'))
    return null;
  const { file, from } = entry.keySpot;
  const text = file.text.slice(from, value.spot.to);
  return { ...value, text, value: text, textFrom: from, spot: spotOf(file, from, value.spot.to) };
}

/** What an expectation demands of many seeds, which stands at its end. */
export interface SeedsSyntax {
  /** The text without it. */
  readonly rest: string;
  /** `1000` of `in 1000 seeds`; null: it demands nothing. */
  readonly count: Piece | null;
  /** `in 95% of seeds`. */
  readonly isShare: boolean;
}

/** Splits off `in 1000 seeds` and `in 95% of seeds`, right or wrong. */
export function splitSeeds(text: string): SeedsSyntax {
  const none = { rest: text, count: null, isShare: false };
  const trimmed = text.trimEnd();
  // First what is quick: the pattern takes long for a text of many spaces.
  if (!/\sseeds?$/.test(trimmed)) return none;
  const match = /\sin\s+(\S+(?:\s+%)?)(\s+of)?\s+seeds?$/.exec(trimmed);
  const count = match?.[1];
  if (match === null || count === undefined) return none;
  const from = match.index + match[0].indexOf(count, 3);
  const piece = { text: count, from, to: from + count.length };
  return { rest: text.slice(0, match.index), count: piece, isShare: match[2] !== undefined };
}

/** Never throws: whatever the text is, it is an expectation or one problem. */
export function parseExpectation(text: string): Parsed<ExpectationSyntax> {
  return parsed(() => new Parser(text).parse());
}

/** A metric without a comparison, as `show:` names it. */
export interface SeriesSyntax {
  readonly name: Piece;
  readonly args: readonly Piece[];
}

/** Never throws: `name [arguments]`, or one problem. */
export function parseSeries(text: string): Parsed<SeriesSyntax> {
  return parsed(() => new Parser(text).series());
}

class Parser {
  readonly #cursor: TokenCursor;

  constructor(text: string) {
    this.#cursor = new TokenCursor(text);
  }

  parse(): ExpectationSyntax {
    const first = this.#cursor.peek();
    if (first.type === 'end') this.#cursor.stop(first, 'an expectation is empty');
    const expectation = this.#expectation();
    const rest = this.#cursor.peek();
    if (rest.type !== 'end') {
      const help =
        rest.text === 'and' || rest.text === '&&' ? 'write one expectation a line' : null;
      this.#cursor.stop(rest, 'the expectation should end here', help);
    }
    return expectation;
  }

  #expectation(): ExpectationSyntax {
    switch (this.#cursor.acceptWord('sometimes', 'felt', 'live', 'recovers')) {
      case 'sometimes':
        return this.#sometimes();
      case 'felt':
        return { kind: 'felt', fault: this.#cursor.accept('word') };
      case 'live':
        return { kind: 'live', group: this.#cursor.accept('word') };
      case 'recovers':
        return this.#recovers();
      case null:
        return this.#checkOrMetric();
    }
  }

  #recovers(): ExpectationSyntax {
    const at = this.#cursor.peek();
    const name = { text: 'recovers', from: at.from, to: at.from };
    const args = this.#cursor.args((expected) => this.#cursor.take(expected, 'word'));
    const example = 'for example `recovers within 60s after pause`';
    if (this.#cursor.acceptWord('within') === null) {
      this.#cursor.stop(this.#cursor.peek(), 'expected `within` and a duration', example);
    }
    const within = this.#cursor.takeValue('a duration such as `60s`');
    const window = this.#window();
    if (window === null || window.when !== 'after') {
      this.#cursor.stop(window?.of ?? this.#cursor.peek(), 'expected `after` and a fault', example);
    }
    return { kind: 'recovers', name, args, within, window };
  }

  series(): SeriesSyntax {
    const name = this.#name();
    const args = this.#cursor.args((expected) => this.#cursor.take(expected, 'word'));
    const rest = this.#cursor.peek();
    const help = 'what is shown over time has neither comparison nor window';
    if (rest.type !== 'end') this.#cursor.stop(rest, 'the metric should end here', help);
    return { name, args };
  }

  #checkOrMetric(): ExpectationSyntax {
    const name = this.#name();
    const settings = this.#cursor.args((expected) => this.#setting(expected));
    if (this.#cursor.peek().type === 'compare') {
      const args = settings.map((setting) => this.#argument(setting));
      const comparison = this.#cursor.comparison();
      const value = this.#cursor.takeValue('a value to compare with, such as `90%` or `250ms`');
      return { kind: 'metric', name, args, comparison, value, window: this.#window() };
    }
    return { kind: 'check', name, settings, window: this.#window() };
  }

  #sometimes(): ExpectationSyntax {
    const label = this.#cursor.accept('quoted');
    if (label === null) {
      this.#cursor.stop(
        this.#cursor.peek(),
        'the label of a note is missing, in quotes',
        "for example `sometimes 'steps down'`",
      );
    }
    if (label.text === '') this.#cursor.stop(label, 'the label is empty');
    return { kind: 'sometimes', label, window: this.#window() };
  }

  /** One or several words, up to a window or anything that is no word. */
  #name(): Piece {
    const first = this.#cursor.take('the name of a checker or metric', 'word');
    let { text, to } = first;
    while (!this.#isWindow()) {
      const word = this.#cursor.accept('word');
      if (word === null) break;
      text += ` ${word.text}`;
      to = word.to;
    }
    return { text, from: first.from, to };
  }

  /** A colon belongs to the word before it: `total:`, or `total:100` in one word. */
  #setting(expected: string): SettingSyntax {
    const first = this.#cursor.take(expected, 'word', 'quoted');
    const colon = first.type === 'word' ? first.text.indexOf(':') : -1;
    if (colon < 1) return { name: null, value: first };
    const at = first.from + colon;
    const name = { text: first.text.slice(0, colon), from: first.from, to: at };
    const rest = first.text.slice(colon + 1);
    if (rest !== '') return { name, value: { text: rest, from: at + 1, to: first.to } };
    return { name, value: this.#cursor.take(`the value of \`${name.text}\``, 'word', 'quoted') };
  }

  /** What a metric is narrowed by has no name. */
  #argument({ name, value }: SettingSyntax): Piece {
    if (name !== null) this.#cursor.stop(name, 'a metric takes no arguments with names');
    return value;
  }

  #window(): WindowSyntax | null {
    const when = this.#cursor.acceptWord(...WINDOWS);
    if (when === null) return null;
    const expected = `the name or kind of a fault after \`${when}\`, or \`faults\``;
    return { when, of: this.#cursor.take(expected, 'word') };
  }

  #isWindow(): boolean {
    const token = this.#cursor.peek();
    return token.type === 'word' && (WINDOWS as readonly string[]).includes(token.text);
  }
}
