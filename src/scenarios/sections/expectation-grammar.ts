/**
 * The grammar of `expect:`, a lexer and recursive descent. Syntax only: which checkers, metrics and
 * faults exist is looked up by `parse-expectations.ts`.
 *
 *     expectation = name
 *                 | name [arguments] compare word [window]
 *                 | "sometimes" quoted [window]
 *                 | "felt" [word]
 *                 | "live" [word]
 *     name        = word {word}
 *     arguments   = "(" word {"," word} ")"
 *     compare     = "<" | "<=" | ">" | ">=" | "=" | "!="
 *     window      = ("during" | "before" | "after" | "outside") word
 *
 * For example `linearizable`, `p99(write) < 250ms after faults`, `leaders per term <= 1`,
 * `sometimes 'became leader' during partition`, `felt partition`.
 */
import type { Comparison, WindowSpec } from '../scenario.ts';

/** A piece of the text; `to` is excluded. */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export interface WindowSyntax {
  readonly when: Exclude<WindowSpec['when'], 'run'>;
  readonly of: Piece;
}

export type ExpectationSyntax =
  | { readonly kind: 'check'; readonly name: Piece; readonly window: WindowSyntax | null }
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
  | { readonly kind: 'live'; readonly group: Piece | null };

export interface SyntaxProblem {
  readonly at: Piece;
  readonly message: string;
  readonly help: string | null;
}

export type ParsedExpectation =
  | { readonly ok: true; readonly value: ExpectationSyntax }
  | { readonly ok: false; readonly problem: SyntaxProblem };

export interface Token extends Piece {
  readonly type: 'word' | 'quoted' | 'compare' | '(' | ')' | ',' | 'other' | 'end';
}

const WINDOWS = ['during', 'before', 'after', 'outside'] as const;
export const COMPARISONS: readonly string[] = [
  '<',
  '<=',
  '>',
  '>=',
  '=',
  '!=',
] satisfies Comparison[];
/** What people write instead. */
export const COMPARISON_SLIPS: ReadonlyMap<string, string> = new Map([
  ['=>', '>='],
  ['=<', '<='],
  ['==', '='],
  ['===', '='],
  ['<>', '!='],
  ['≥', '>='],
  ['≤', '<='],
  ['≠', '!='],
  ['!', '!='],
]);

/** Never throws: whatever the text is, it is an expectation or one problem. */
export function parseExpectation(text: string): ParsedExpectation {
  const parser = new Parser(text);
  try {
    return { ok: true, value: parser.parse() };
  } catch (error) {
    if (!(error instanceof SyntaxStop)) throw error;
    return { ok: false, problem: error.problem };
  }
}

export class SyntaxStop extends Error {
  readonly problem: SyntaxProblem;
  constructor(problem: SyntaxProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Words reach to a space or one of `()<>=!,'"`: `99.9%`, `250ms`, `kv-1` are words. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|([<>=!≤≥≠]+)|([(),])|'((?:[^']|'')*)'|"([^"]*)"|([^\s()<>=!≤≥≠,'"]+)|(.)/gsu;
  for (const match of text.matchAll(pattern)) {
    const [whole, compare, mark, single, double, word, other] = match;
    const at = { from: match.index, to: match.index + whole.length };
    if (compare !== undefined) tokens.push({ type: 'compare', text: compare, ...at });
    else if (mark !== undefined) tokens.push({ type: mark as '(' | ')' | ',', text: mark, ...at });
    else if (single !== undefined)
      tokens.push({ type: 'quoted', text: single.replaceAll("''", "'"), ...at });
    else if (double !== undefined) tokens.push({ type: 'quoted', text: double, ...at });
    else if (word !== undefined) tokens.push({ type: 'word', text: word, ...at });
    else if (other !== undefined) tokens.push({ type: 'other', text: other, ...at });
  }
  const end = text.trimEnd().length;
  return [...tokens, { type: 'end', text: '', from: end, to: end + 1 }];
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): ExpectationSyntax {
    const first = this.#peek();
    if (first.type === 'end') this.#stop(first, 'an expectation is empty');
    const expectation = this.#isWord('sometimes')
      ? this.#sometimes()
      : this.#isWord('felt')
        ? this.#felt()
        : this.#isWord('live')
          ? this.#live()
          : this.#checkOrMetric();
    const rest = this.#peek();
    if (rest.type !== 'end') {
      const help =
        rest.text === 'and' || rest.text === '&&' ? 'write one expectation a line' : null;
      this.#stop(rest, 'the expectation should end here', help);
    }
    return expectation;
  }

  #checkOrMetric(): ExpectationSyntax {
    const name = this.#name();
    const args = this.#peek().type === '(' ? this.#args() : [];
    const token = this.#peek();
    if (token.type === 'compare') {
      const comparison = this.#comparison();
      const value = this.#take('word', 'a value to compare with, such as `90%` or `250ms`');
      return { kind: 'metric', name, args, comparison, value, window: this.#window() };
    }
    if (args.length > 0) {
      const written = this.#text.slice(name.from, this.#tokens[this.#next - 1]?.to);
      this.#stop(token, 'a comparison is missing', `for example \`${written} >= 90%\``);
    }
    return { kind: 'check', name, window: this.#window() };
  }

  #sometimes(): ExpectationSyntax {
    this.#next += 1;
    const token = this.#peek();
    if (token.type !== 'quoted') {
      this.#stop(
        token,
        'the label of a note is missing, in quotes',
        "for example `sometimes 'became leader'`",
      );
    }
    this.#next += 1;
    if (token.text === '') this.#stop(token, 'the label is empty');
    return { kind: 'sometimes', label: token, window: this.#window() };
  }

  #felt(): ExpectationSyntax {
    this.#next += 1;
    if (this.#peek().type !== 'word') return { kind: 'felt', fault: null };
    return { kind: 'felt', fault: this.#take('word', 'a fault') };
  }

  #live(): ExpectationSyntax {
    this.#next += 1;
    if (this.#peek().type !== 'word') return { kind: 'live', group: null };
    return { kind: 'live', group: this.#take('word', 'a group') };
  }

  /** One or several words, up to a window or anything that is no word. */
  #name(): Piece {
    const first = this.#take('word', 'the name of a checker or metric');
    let { text, to } = first;
    while (this.#peek().type === 'word' && !this.#isWindow()) {
      const word = this.#peek();
      text += ` ${word.text}`;
      to = word.to;
      this.#next += 1;
    }
    return { text, from: first.from, to };
  }

  #args(): readonly Piece[] {
    this.#next += 1;
    const args = [this.#take('word', 'an argument')];
    while (this.#peek().type === ',') {
      this.#next += 1;
      args.push(this.#take('word', 'another argument'));
    }
    this.#take(')', '`)`');
    return args;
  }

  #comparison(): Comparison {
    const token = this.#peek();
    if (!COMPARISONS.includes(token.text)) {
      const meant = COMPARISON_SLIPS.get(token.text);
      const help =
        meant === undefined ? `one of ${COMPARISONS.join(' ')}` : `did you mean \`${meant}\`?`;
      this.#stop(token, `\`${token.text}\` is no comparison`, help);
    }
    this.#next += 1;
    return token.text as Comparison;
  }

  #window(): WindowSyntax | null {
    if (!this.#isWindow()) return null;
    const when = this.#peek().text as WindowSyntax['when'];
    this.#next += 1;
    const of = this.#take('word', `the name or kind of a fault after \`${when}\`, or \`faults\``);
    return { when, of };
  }

  #isWindow(): boolean {
    const token = this.#peek();
    return token.type === 'word' && (WINDOWS as readonly string[]).includes(token.text);
  }

  #isWord(text: string): boolean {
    const token = this.#peek();
    return token.type === 'word' && token.text === text;
  }

  #take(type: Token['type'], expected: string): Piece {
    const token = this.#peek();
    if (token.type !== type) this.#stop(token, `expected ${expected}`);
    this.#next += 1;
    return token;
  }

  #peek(): Token {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    return token ?? { type: 'end', text: '', from: 0, to: 1 };
  }

  #stop(at: Piece, message: string, help: string | null = null): never {
    throw new SyntaxStop({ at, message, help });
  }
}
