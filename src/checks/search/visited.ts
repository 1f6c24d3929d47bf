/**
 * The configurations that a search has been in, after Lowe (2017): what has been linearized, and
 * the state.
 *
 * A configuration is (level, state, which calls in progress at that level are done, which open
 * calls are used). The level, the number of completions satisfied, settles all the other closed
 * calls. Comparison is exact, bit by bit; the hash only finds the place. Of two configurations
 * alike except for their open calls, the one that used fewer can do all that the other can, so a
 * configuration is known if one that used a subset is.
 */

/** Words that all the searches of one check may still take for what they remember. */
export interface Memory {
  wordsLeft: number;
}

const HASH = 0;
const LEVEL = 1;
const STATE = 2;
const NEXT = 3;
const HEAD = 4;

export class Visited {
  readonly #memory: Memory;
  readonly #doneWords: number;
  readonly #words: number;
  #entries: Int32Array;
  #size = 0;
  #table: Int32Array;
  #heads = 0;
  #taken = 0;
  /** Entries compared with: what the budget of steps is also charged for. */
  compared = 0;

  constructor(doneWords: number, usedWords: number, memory: Memory) {
    this.#memory = memory;
    this.#doneWords = doneWords;
    this.#words = HEAD + doneWords + usedWords;
    this.#entries = new Int32Array(64 * this.#words);
    this.#table = new Int32Array(128);
  }

  get size(): number {
    return this.#size;
  }

  /** Gives the memory back. The object is empty and must not be used again. */
  release(): void {
    this.#memory.wordsLeft += this.#taken;
    this.#taken = 0;
    this.#entries = new Int32Array(0);
    this.#table = new Int32Array(0);
  }

  /**
   * 1 if the configuration is new, and now known; 0 if it was known; -1 if there is no memory left.
   */
  add(hash: number, level: number, state: number, done: Int32Array, used: Int32Array): number {
    const mask = this.#table.length - 1;
    let place = spread(hash, state) & mask;
    for (;;) {
      const head = this.#table[place]!;
      if (head === 0) break;
      if (this.#sameBase((head - 1) * this.#words, hash, level, state, done)) {
        return this.#addToChain(head - 1, place, hash, level, state, done, used);
      }
      place = (place + 1) & mask;
    }
    const entry = this.#append(hash, level, state, done, used, 0);
    if (entry < 0) return -1;
    this.#table[place] = entry + 1;
    this.#heads++;
    if (this.#heads * 2 > this.#table.length && !this.#rehash()) return -1;
    return 1;
  }

  #sameBase(at: number, hash: number, level: number, state: number, done: Int32Array): boolean {
    const entries = this.#entries;
    this.compared++;
    if (entries[at] !== hash || entries[at + LEVEL] !== level) return false;
    if (entries[at + STATE] !== state) return false;
    for (let w = 0; w < this.#doneWords; w++) {
      if (entries[at + HEAD + w] !== done[w]) return false;
    }
    return true;
  }

  /**
   * Entries that differ only in their open calls are chained; one that used a subset knows the new
   * one.
   */
  #addToChain(
    head: number,
    place: number,
    hash: number,
    level: number,
    state: number,
    done: Int32Array,
    used: Int32Array,
  ): number {
    const entries = this.#entries;
    for (let e = head; e >= 0; e = entries[e * this.#words + NEXT]! - 1) {
      this.compared++;
      if (this.#usedSubset(e, used)) return 0;
    }
    const entry = this.#append(hash, level, state, done, used, head + 1);
    if (entry < 0) return -1;
    this.#table[place] = entry + 1;
    return 1;
  }

  #usedSubset(entry: number, used: Int32Array): boolean {
    const at = entry * this.#words + HEAD + this.#doneWords;
    const entries = this.#entries;
    for (let w = 0; w < used.length; w++) {
      if ((entries[at + w]! & ~used[w]!) !== 0) return false;
    }
    return true;
  }

  #append(
    hash: number,
    level: number,
    state: number,
    done: Int32Array,
    used: Int32Array,
    next: number,
  ): number {
    const at = this.#size * this.#words;
    if (at + this.#words > this.#entries.length && !this.#growEntries()) return -1;
    const entries = this.#entries;
    entries[at] = hash;
    entries[at + LEVEL] = level;
    entries[at + STATE] = state;
    entries[at + NEXT] = next;
    let to = at + HEAD;
    for (let w = 0; w < this.#doneWords; w++) entries[to++] = done[w]!;
    for (let w = 0; w < used.length; w++) entries[to++] = used[w]!;
    return this.#size++;
  }

  #growEntries(): boolean {
    if (!this.charge(this.#entries.length)) return false;
    const grown = new Int32Array(2 * this.#entries.length);
    grown.set(this.#entries);
    this.#entries = grown;
    return true;
  }

  #rehash(): boolean {
    const old = this.#table;
    if (!this.charge(old.length)) return false;
    const table = new Int32Array(2 * old.length);
    const mask = table.length - 1;
    for (const head of old) {
      if (head === 0) continue;
      const at = (head - 1) * this.#words;
      let place = spread(this.#entries[at + HASH]!, this.#entries[at + STATE]!) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = head;
    }
    this.#table = table;
    return true;
  }

  /** Takes this many words for this search until `release`; false if fewer are left. */
  charge(words: number): boolean {
    if (this.#memory.wordsLeft < words) return false;
    this.#memory.wordsLeft -= words;
    this.#taken += words;
    return true;
  }
}

function spread(hash: number, state: number): number {
  let mixed = Math.imul(hash ^ Math.imul(state + 1, 0x9e3779b1), 0x85ebca6b);
  mixed ^= mixed >>> 15;
  return mixed;
}
