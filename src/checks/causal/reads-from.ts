/**
 * Which write each read returned. Where values are written once there is nothing to choose. Where
 * several writes could be meant, a history keeps a level if some choice does: likely choices are
 * tried first and repaired, then all, by depth-first search. A choice for some of the reads that is
 * wrong already is wrong for good, since more reads only bind more.
 *
 * An open operation takes part only if somebody returned what it set; an open compare-and-set then
 * has found what it compares with.
 */
import { NOTHING, type RegisterHistory } from './register-history.ts';
import { operationsOf, type Violation } from './violation.ts';

/** What a check of one choice says: the violation, or null. Adds to `spent` what it cost. */
export type ChoiceTest = (source: Int32Array, spent: { steps: number }) => Violation | null;

export type Decision =
  | { readonly verdict: 'pass'; readonly steps: number }
  | { readonly verdict: 'fail'; readonly steps: number; readonly violation: Violation }
  | { readonly verdict: 'unknown'; readonly steps: number; readonly ambiguous: number };

/** How often, at most, a likely choice that proved wrong is repaired. */
const REPAIRS_MAX = 40;

/**
 * Decides within about this many steps. `isSurelyKept` is asked where likely choices were wrong and
 * all would have to be searched: true if something stronger holds.
 */
export function decide(
  history: RegisterHistory,
  test: ChoiceTest,
  steps: number,
  isSurelyKept: () => boolean = () => false,
): Decision {
  return new Choices(history, test, steps).decide(isSurelyKept);
}

class Choices {
  readonly #history: RegisterHistory;
  readonly #test: ChoiceTest;
  readonly #limit: number;
  readonly #spent = { steps: 0 };
  /** The sources of each read, without those that cannot have happened. */
  readonly #sources: readonly (readonly number[])[];
  /** The first of several, or the only one. */
  #firstWrong: Violation | null = null;

  constructor(history: RegisterHistory, test: ChoiceTest, limit: number) {
    this.#history = history;
    this.#test = test;
    this.#limit = limit;
    this.#sources = possibleSources(history);
  }

  decide(isSurelyKept: () => boolean): Decision {
    const { observes, open, size } = this.#history;
    let ambiguous = 0;
    for (let o = 0; o < size; o++) {
      if (observes[o] === 0) continue;
      const { length } = this.#sources[o]!;
      if (length > 1) ambiguous++;
      if (length === 0 && open[o] === 0) return this.#fail({ kind: 'thin air', read: o });
    }
    const choice = new Int32Array(size);
    const first = this.#try(choice);
    if (first === null) return this.#pass();
    if (ambiguous === 0) return this.#fail(first);
    const certain = this.#test(
      this.#assign(choice, (o) => this.#sources[o]!.length === 1),
      this.#spent,
    );
    if (certain !== null) return this.#fail(certain);
    if (this.#repair(choice, first) || isSurelyKept()) return this.#pass();
    return this.#searchAll(ambiguous, first);
  }

  #pass(): Decision {
    return { verdict: 'pass', steps: this.#spent.steps };
  }

  #fail(violation: Violation): Decision {
    return { verdict: 'fail', steps: this.#spent.steps, violation };
  }

  #try(choice: Int32Array): Violation | null {
    return this.#test(
      this.#assign(choice, () => true),
      this.#spent,
    );
  }

  /** The source of each read that has one by this choice; open operations as they are needed. */
  #assign(choice: Int32Array, chosen: (o: number) => boolean): Int32Array {
    const { observes, open, size } = this.#history;
    const source = new Int32Array(size).fill(NOTHING);
    const stack: number[] = [];
    const assign = (o: number) => {
      if (observes[o] === 0 || source[o] !== NOTHING || !chosen(o)) return;
      const from = this.#sources[o]![choice[o]!] ?? NOTHING;
      source[o] = from;
      if (from >= 0 && open[from] === 1) stack.push(from);
    };
    for (let o = 0; o < size; o++) if (open[o] === 0) assign(o);
    while (stack.length > 0) assign(stack.pop()!);
    return source;
  }

  /** Takes the next source of an ambiguous read that was part of the violation, again and again. */
  #repair(choice: Int32Array, first: Violation): boolean {
    let violation: Violation | null = first;
    for (let i = 0; i < REPAIRS_MAX && violation !== null; i++) {
      if (this.#spent.steps > this.#limit) return false;
      const read = readsOf(violation, this.#history).find(
        (o) => choice[o]! + 1 < this.#sources[o]!.length,
      );
      if (read === undefined) return false;
      choice[read]!++;
      violation = this.#try(choice);
    }
    return violation === null;
  }

  /** Depth first over the reads with several sources, in the order of the history. */
  #searchAll(ambiguous: number, first: Violation): Decision {
    const { observes, size } = this.#history;
    const reads: number[] = [];
    for (let o = 0; o < size; o++) {
      if (observes[o] === 1 && this.#sources[o]!.length > 1) reads.push(o);
    }
    const depthOf = new Map(reads.map((o, i) => [o, i]));
    const choice = new Int32Array(size);
    let depth = 0;
    while (depth >= 0) {
      if (this.#spent.steps > this.#limit) {
        return { verdict: 'unknown', steps: this.#spent.steps, ambiguous };
      }
      const limit = depth;
      const chosen = (o: number) => (depthOf.get(o) ?? -1) <= limit;
      const wrong = this.#test(this.#assign(choice, chosen), this.#spent);
      if (wrong === null) {
        if (depth === reads.length - 1) return this.#pass();
        choice[reads[++depth]!] = 0;
        continue;
      }
      this.#firstWrong ??= wrong;
      while (depth >= 0 && ++choice[reads[depth]!]! >= this.#sources[reads[depth]!]!.length)
        depth--;
    }
    return this.#fail(this.#firstWrong ?? first);
  }
}

/** The operations of a violation that observe, the last first. */
function readsOf(violation: Violation, { observes }: RegisterHistory): readonly number[] {
  return operationsOf(violation)
    .filter((o) => observes[o] === 1)
    .reverse();
}

/** Without open compare-and-sets that nothing allowed to happen, until nothing changes. */
function possibleSources(history: RegisterHistory): readonly (readonly number[])[] {
  const { observes, open, size } = history;
  let sources = history.sources;
  for (;;) {
    const impossible = new Set<number>();
    for (let o = 0; o < size; o++) {
      if (open[o] === 1 && observes[o] === 1 && sources[o]!.length === 0) impossible.add(o);
    }
    const fewer = sources.map((list) => {
      return list.some((w) => impossible.has(w)) ? list.filter((w) => !impossible.has(w)) : list;
    });
    if (fewer.every((list, o) => list === sources[o])) return sources;
    sources = fewer;
  }
}
