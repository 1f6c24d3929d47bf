/**
 * The text workload: people who write into one text at once. Each inserts a few letters after a
 * character that somebody has inserted before, or at the beginning, and now and then deletes one.
 */
import text from '../interfaces/text.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload, type Generator, type Invocation } from './workload.ts';

const params = defineParams({
  reads: { type: 'ratio', doc: 'Share of reads.', default: 0.3, min: 0, max: 1 },
  deletes: {
    type: 'ratio',
    doc: 'Of the operations that are no reads, the share of deletions.',
    default: 0.2,
    min: 0,
    max: 1,
  },
  letters: {
    type: 'integer',
    doc: 'The most letters that one insertion has.',
    default: 4,
    min: 1,
    max: 100,
  },
});

export default defineWorkload({
  name: 'text',
  summary: 'Insertions into one text and deletions from it, and reads of the whole text.',
  params,
  asks: text,
  generator: (given) => new TextGenerator(given),
  outputOf(f, reply) {
    if (f === 'insert') return (reply as ReplyOf<typeof text, 'insert'>).characters;
    return f === 'read' ? (reply as ReplyOf<typeof text, 'read'>).value : null;
  },
});

const READ: Invocation = { f: 'read', key: null, input: null, request: { type: 'read' } };
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** A process inserts after one of this many characters that it has inserted last. */
const RECENT = 40;

class TextGenerator implements Generator {
  readonly #given: Params<typeof params>;
  /** By process, the characters that it has inserted: those it knows to be where it writes. */
  readonly #known = new Map<number, string[]>();
  readonly #finals = new FinalPositions(1);

  constructor(given: Params<typeof params>) {
    this.#given = given;
  }

  next(process: number, random: Random): Invocation {
    const { reads, deletes, letters } = this.#given;
    if (random.chance(reads)) return READ;
    const known = this.#known.get(process) ?? [];
    const character = known.length === 0 ? null : random.pick(known);
    if (character !== null && random.chance(deletes)) {
      return { f: 'delete', key: null, input: character, request: { type: 'delete', character } };
    }
    const after = random.chance(0.1) ? null : character;
    const length = random.int(1, letters);
    const value = Array.from({ length }, () => LETTERS[random.int(0, 25)]).join('');
    return {
      f: 'insert',
      key: null,
      input: [after, value],
      request: { type: 'insert', after, value },
    };
  }

  heard(process: number, { f }: Invocation, outcome: OperationOutcome, output: Plain): void {
    if (f !== 'insert' || outcome !== 'ok') return;
    const known = this.#known.get(process) ?? [];
    known.push(...(output as readonly string[]));
    this.#known.set(process, known.slice(-RECENT));
  }

  /** Each process reads once. */
  last(process: number): Invocation | null {
    return this.#finals.next(process) === null ? null : READ;
  }
}
