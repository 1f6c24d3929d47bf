/**
 * The grammar of `when:`, by recursive descent over the words of `expect:`. Syntax only: which
 * quantities, groups and faults exist is looked up by `condition.ts`.
 *
 *     condition  = sequence {"or" sequence}
 *     sequence   = term {"and" term}
 *     term       = "not" term | "(" condition ")" | quantity compare value
 *     quantity   = word ["(" argument {"," argument} ")"]
 *     argument   = word | quoted
 *
 * For example `leaders(kv) > 1`, `up(kv) < 3 and noted('steps down') >= 2`, `elapsed >= 10s`.
 */
import type { Comparison } from '../values/comparison.ts';
import { type Parsed, type Piece, parsed, TokenCursor } from '../values/token-cursor.ts';

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

/** Deeper than anybody writes, and far from the end of the stack. */
const DEPTH_MAX = 50;

/** Never throws: whatever the text is, it is a condition or one problem. */
export function parseCondition(text: string): Parsed<ConditionSyntax> {
  return parsed(() => new ConditionParser(text).parse());
}

class ConditionParser {
  readonly #cursor: TokenCursor;
  #depth = 0;

  constructor(text: string) {
    this.#cursor = new TokenCursor(text);
  }

  parse(): ConditionSyntax {
    if (this.#cursor.peek().type === 'end')
      this.#cursor.stop(this.#cursor.peek(), 'a condition is empty');
    const condition = this.#condition();
    const rest = this.#cursor.peek();
    if (rest.type !== 'end') {
      const joined = { '&&': '`and`', '||': '`or`', ',': '`and`' }[rest.text];
      this.#cursor.stop(
        rest,
        'the condition should end here',
        joined === undefined ? null : `did you mean ${joined}?`,
      );
    }
    return condition;
  }

  #condition(): ConditionSyntax {
    return this.#either('or', () => this.#either('and', () => this.#term()));
  }

  #either(kind: 'and' | 'or', part: () => ConditionSyntax): ConditionSyntax {
    const first = part();
    const of = [first];
    while (this.#cursor.acceptWord(kind) !== null) of.push(part());
    return of.length === 1 ? first : { kind, of };
  }

  #term(): ConditionSyntax {
    if (++this.#depth > DEPTH_MAX)
      this.#cursor.stop(this.#cursor.peek(), 'this condition is nested too deeply');
    try {
      if (this.#cursor.acceptWord('not') !== null) return { kind: 'not', of: this.#term() };
      if (this.#cursor.accept('(') === null) return this.#comparison();
      const inner = this.#condition();
      this.#cursor.take('`)`', ')');
      return inner;
    } finally {
      this.#depth -= 1;
    }
  }

  #comparison(): ConditionSyntax {
    const name = this.#cursor.take('a quantity, such as `leaders(kv)`', 'word');
    const args = this.#cursor.args((expected) => this.#cursor.take(expected, 'word', 'quoted'));
    const text = this.#cursor.textFrom(name);
    const token = this.#cursor.peek();
    if (token.type !== 'compare') {
      this.#cursor.stop(token, 'a comparison is missing', `for example \`${text} >= 1\``);
    }
    const comparison = this.#cursor.comparison();
    const value = this.#cursor.takeValue('a value to compare with, such as `1` or `10s`');
    return { kind: 'compare', text, name, args, comparison, value };
  }
}
