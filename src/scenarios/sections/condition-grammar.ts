/**
 * The grammar of `when:`, by recursive descent over the words of `expect:`. Syntax only: which
 * quantities, groups and faults exist is looked up by `parse-condition.ts`.
 *
 *     condition  = sequence {"or" sequence}
 *     sequence   = term {"and" term}
 *     term       = "not" term | "(" condition ")" | quantity compare word
 *     quantity   = word ["(" argument {"," argument} ")"]
 *     argument   = word | quoted
 *
 * For example `leaders(kv) > 1`, `up(kv) < 3 and noted('became leader') >= 2`, `elapsed >= 10s`.
 */
import type { NodeId } from '../../sim/node.ts';
import type { Comparison } from '../scenario.ts';
import {
  COMPARISON_SLIPS,
  COMPARISONS,
  type Piece,
  type SyntaxProblem,
  SyntaxStop,
  type Token,
  tokenize,
} from './expectation-grammar.ts';

/** What a condition can measure of a running system. */
export type Measured =
  /** Up nodes of this role, by `inspect()`. */
  | { readonly kind: 'role'; readonly nodes: readonly NodeId[]; readonly role: string }
  /** The highest term of an up node; 0 without one. */
  | { readonly kind: 'leaders'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'term'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'up' | 'down' | 'paused'; readonly nodes: readonly NodeId[] }
  /** The largest and the smallest number that up nodes have in a field of `inspect()`. */
  | {
      readonly kind: 'most' | 'least';
      readonly nodes: readonly NodeId[];
      readonly field: string;
    }
  /** Notes with this label since the run began, of these nodes; null: of any. */
  | { readonly kind: 'noted'; readonly label: string; readonly nodes: readonly NodeId[] | null }
  /** Strikes of faults of this name or kind that have not healed. */
  | { readonly kind: 'held'; readonly fault: string }
  /** µs since the run began. */
  | { readonly kind: 'elapsed' };

/** A condition whose names are resolved. */
export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly of: ConditionNode }
  | {
      readonly kind: 'compare';
      /** `leaders(kv)`, as written. */
      readonly text: string;
      readonly measured: Measured;
      readonly comparison: Comparison;
      readonly value: number;
    };

export interface Condition {
  /** As written. */
  readonly text: string;
  readonly root: ConditionNode;
}

export type ConditionSyntax =
  | { readonly kind: 'and' | 'or'; readonly of: readonly ConditionSyntax[] }
  | { readonly kind: 'not'; readonly of: ConditionSyntax }
  | {
      readonly kind: 'compare';
      readonly text: string;
      readonly name: Piece;
      readonly args: readonly Piece[];
      readonly comparison: Comparison;
      readonly value: Piece;
    };

export type ParsedCondition =
  | { readonly ok: true; readonly value: ConditionSyntax }
  | { readonly ok: false; readonly problem: SyntaxProblem };

/** Deeper than anybody writes, and far from the end of the stack. */
const DEPTH_MAX = 50;

/** Never throws: whatever the text is, it is a condition or one problem. */
export function parseCondition(text: string): ParsedCondition {
  try {
    return { ok: true, value: new ConditionParser(text).parse() };
  } catch (error) {
    if (!(error instanceof SyntaxStop)) throw error;
    return { ok: false, problem: error.problem };
  }
}

class ConditionParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): ConditionSyntax {
    if (this.#peek().type === 'end') this.#stop(this.#peek(), 'a condition is empty');
    const condition = this.#either('or', () => this.#either('and', () => this.#term()));
    const rest = this.#peek();
    if (rest.type !== 'end') {
      const joined = { '&&': '`and`', '||': '`or`', ',': '`and`' }[rest.text];
      this.#stop(
        rest,
        'the condition should end here',
        joined === undefined ? null : `did you mean ${joined}?`,
      );
    }
    return condition;
  }

  #either(kind: 'and' | 'or', part: () => ConditionSyntax): ConditionSyntax {
    const first = part();
    const of = [first];
    while (this.#isWord(kind)) {
      this.#next += 1;
      of.push(part());
    }
    return of.length === 1 ? first : { kind, of };
  }

  #term(): ConditionSyntax {
    if (++this.#depth > DEPTH_MAX) this.#stop(this.#peek(), 'this condition is nested too deeply');
    try {
      if (this.#isWord('not')) {
        this.#next += 1;
        return { kind: 'not', of: this.#term() };
      }
      return this.#peek().type === '(' ? this.#parenthesis() : this.#comparison();
    } finally {
      this.#depth -= 1;
    }
  }

  #parenthesis(): ConditionSyntax {
    this.#next += 1;
    const inner = this.#either('or', () => this.#either('and', () => this.#term()));
    this.#take(')', '`)`');
    return inner;
  }

  #comparison(): ConditionSyntax {
    const name = this.#take('word', 'a quantity, such as `leaders(kv)`');
    const args = this.#peek().type === '(' ? this.#args() : [];
    const text = this.#text.slice(name.from, this.#tokens[this.#next - 1]?.to);
    const token = this.#peek();
    if (token.type !== 'compare') {
      this.#stop(token, 'a comparison is missing', `for example \`${text} >= 1\``);
    }
    if (!COMPARISONS.includes(token.text)) {
      const meant = COMPARISON_SLIPS.get(token.text);
      const help =
        meant === undefined ? `one of ${COMPARISONS.join(' ')}` : `did you mean \`${meant}\`?`;
      this.#stop(token, `\`${token.text}\` is no comparison`, help);
    }
    this.#next += 1;
    const comparison = token.text as Comparison;
    const value = this.#take('word', 'a value to compare with, such as `1` or `10s`');
    return { kind: 'compare', text, name, args, comparison, value };
  }

  #args(): readonly Piece[] {
    this.#next += 1;
    const args = [this.#arg('an argument')];
    while (this.#peek().type === ',') {
      this.#next += 1;
      args.push(this.#arg('another argument'));
    }
    this.#take(')', '`)`');
    return args;
  }

  #arg(expected: string): Piece {
    const token = this.#peek();
    if (token.type === 'quoted') {
      this.#next += 1;
      return token;
    }
    return this.#take('word', expected);
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
