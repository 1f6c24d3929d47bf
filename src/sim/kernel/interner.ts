/**
 * Names to numbers, for names that come with every message: nodes and message types.
 *
 * A small table by the length and the ends of a name comes before the map. The members of a group
 * and the types of a protocol differ there, and to compare one pointer costs a fifth of a map's
 * look-up.
 */
const NEAR = 256;
const ZERO = 48;

export class Interner {
  /** By number. */
  readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** null, not the empty text: that is a name too. */
  private readonly nearNames: (string | null)[] = new Array<null>(NEAR).fill(null);
  private readonly nearNumbers = new Int32Array(NEAR);

  /**
   * A place less the number at the end of the name there: if `n-1` is at 300, so is `n-2` at 301.
   */
  private ahead = -1;

  /** The number of a name; -1 if it has none. */
  find(name: string): number {
    const end = name.length - 1;
    const place = (name.charCodeAt(end) + 10 * name.charCodeAt(end - 1) + 37 * end) & (NEAR - 1);
    if (this.nearNames[place] === name) return this.nearNumbers[place]!;
    const number = this.findFar(name);
    if (number >= 0) {
      this.nearNames[place] = name;
      this.nearNumbers[place] = number;
    }
    return number;
  }

  private findFar(name: string): number {
    // Members of a group come in a row: of a million, one look here costs a third of a map's.
    const written = numberIn(name);
    const guess = written + this.ahead;
    if (guess >= 0 && guess < this.names.length && this.names[guess] === name) return guess;
    const number = this.numbers.get(name);
    if (number === undefined) return -1;
    this.ahead = number - written;
    return number;
  }

  has(name: string): boolean {
    return this.numbers.has(name);
  }

  /** Gives a new name the next number. */
  add(name: string): number {
    const number = this.names.length;
    this.names.push(name);
    this.numbers.set(name, number);
    return number;
  }
}

/** The number that a name ends with; 0 for none. */
function numberIn(name: string): number {
  let number = 0;
  for (let i = name.length - 1, place = 1; i >= 0; i--, place *= 10) {
    const digit = name.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) break;
    number += digit * place;
  }
  return number;
}
