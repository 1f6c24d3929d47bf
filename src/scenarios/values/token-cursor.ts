/**
 * The words of `expect:` and `when:`, and a cursor over them: what the parsers of both grammars
 * read with. Syntax only.
 */
import { COMPARISONS, type Comparison } from './comparison.ts';
import { isUnit } from './quantities.ts';

/** A piece of the text; `to` is excluded. */
export interface Piece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export interface SyntaxProblem {
  readonly at: Piece;
  readonly message: string;
  readonly help: string | null;
}

export interface Token extends Piece {
  readonly type: 'word' | 'quoted' | 'compare' | '(' | ')' | ',' | 'other' | 'end';
}

/** What people write instead. */
const COMPARISON_SLIPS: ReadonlyMap<string, string> = new Map([
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

/** Thrown by a parser at the first thing that the grammar does not know. */
class SyntaxStop extends Error {
  readonly problem: SyntaxProblem;
  constructor(problem: SyntaxProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Words reach to a space or one of `()<>=!,'"`: `99.9%`, `250ms`, `kv-1` are words. */
function tokenize(text: string): readonly Token[] {
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

/** Three digits behind a comma, and what follows them: `942`, `000/s`. */
function isGroup(before: string, { type, text }: Token): boolean {
  return type === 'word' && /^\d{1,3}(,\d{3})*$/.test(before) && /^\d{3}(?!\d)/.test(text);
}

/** What a parse gave: never more than one problem. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: SyntaxProblem };

/** Never throws a SyntaxStop: whatever the text is, it has a value or one problem. */
export function parsed<T>(parse: () => T): Parsed<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (!(error instanceof SyntaxStop)) throw error;
    return { ok: false, problem: error.problem };
  }
}

/** Reads tokens from the first to the last. What does not fit stops it with a SyntaxStop. */
export class TokenCursor {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** The next token; after the last one the end, again and again. */
  peek(): Token {
    const token = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
    return token ?? { type: 'end', text: '', from: 0, to: 1 };
  }

  /** The next token, read if it is of one of these types; else null, and it stays the next. */
  accept(...types: readonly Token['type'][]): Token | null {
    const token = this.peek();
    if (!types.includes(token.type)) return null;
    this.#next += 1;
    return token;
  }

  /** The same for one of these words. */
  acceptWord<T extends string>(...words: readonly T[]): T | null {
    const { type, text } = this.peek();
    const found = type === 'word' ? words.find((word) => word === text) : undefined;
    if (found !== undefined) this.#next += 1;
    return found ?? null;
  }

  /** The next token, which must be of one of these types. `expected` completes `expected ...`. */
  take(expected: string, ...types: readonly Token['type'][]): Token {
    return this.accept(...types) ?? this.stop(this.peek(), `expected ${expected}`);
  }

  /**
   * A value to compare with. `100 ms` and `2,942` are one value, though a space or a comma parts
   * words elsewhere.
   */
  takeValue(expected: string): Piece {
    const first = this.take(expected, 'word');
    let { text, to } = first;
    for (;;) {
      const [next, after] = [this.peek(), this.#tokens[this.#next + 1]];
      const isThousands =
        next.type === ',' && next.from === to && after?.from === next.to && isGroup(text, after);
      if (!isThousands) break;
      text += `,${after.text}`;
      to = after.to;
      this.#next += 2;
    }
    const unit = this.peek();
    if (unit.type === 'word' && /\d$/.test(text) && isUnit(unit.text)) {
      this.#next += 1;
      return { text: `${text} ${unit.text}`, from: first.from, to: unit.to };
    }
    return { text, from: first.from, to };
  }

  /** `(a, b)`, whose parts are read by `part`; nothing if the next token is no `(`. */
  args<T>(part: (expected: string) => T): readonly T[] {
    if (this.accept('(') === null) return [];
    const args = [part('an argument')];
    while (this.accept(',') !== null) args.push(part('another argument'));
    this.take('`)`', ')');
    return args;
  }

  /** The next token, which is one of type `compare`: `>=`, or a slip such as `=>`. */
  comparison(): Comparison {
    const token = this.peek();
    if (!COMPARISONS.includes(token.text)) {
      const meant = COMPARISON_SLIPS.get(token.text);
      const help =
        meant === undefined ? `one of ${COMPARISONS.join(' ')}` : `did you mean \`${meant}\`?`;
      this.stop(token, `\`${token.text}\` is no comparison`, help);
    }
    this.#next += 1;
    return token.text as Comparison;
  }

  /** The text from this piece to the last token that was read. */
  textFrom({ from }: Piece): string {
    return this.#text.slice(from, this.#tokens[this.#next - 1]?.to);
  }

  stop(at: Piece, message: string, help: string | null = null): never {
    throw new SyntaxStop({ at, message, help });
  }
}
