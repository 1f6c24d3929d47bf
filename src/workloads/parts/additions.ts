/** Additions to one number, and reads of it. */
import type { Random } from '../../sim/node.ts';
import type { Generator, Invocation } from '../workload.ts';
import { FinalPositions } from './final-positions.ts';

export interface AdditionOptions {
  /** Share of reads. */
  readonly reads: number;
  /** Of the additions, the share that takes away. */
  readonly negative: number;
  /** The most that one operation adds or takes away; the least is 1. */
  readonly most: number;
}

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };

export class AdditionGenerator implements Generator {
  readonly #given: AdditionOptions;
  readonly #finals = new FinalPositions(1);

  constructor(given: AdditionOptions) {
    this.#given = given;
  }

  next(_process: number, random: Random): Invocation {
    const { reads, negative, most } = this.#given;
    if (random.chance(reads)) return READ;
    const amount = random.int(1, most);
    const delta = random.chance(negative) ? -amount : amount;
    return { f: 'add', key: null, input: delta, request: { type: 'add', delta } };
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }
}
