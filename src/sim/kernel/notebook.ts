/**
 * The notes of a run. Those of labels that somebody asks for are all kept, as are roles; of the
 * others a bounded number, and what is missing is counted by label, so that nobody takes the rest
 * for the whole.
 */
import type { Detail, NodeId } from '../node.ts';
import { ROLE_NOTE } from '../trace.ts';

/** Notes kept of labels that nobody asks for. */
export const NOTES_MAX = 100_000;

export interface NoteRecord {
  readonly atUs: number;
  readonly node: NodeId;
  readonly label: string;
  readonly detail: Detail;
}

/** Notes of one label that were not kept: how many, and since when. */
export interface LostNotes {
  count: number;
  readonly fromUs: number;
}

export class Notebook {
  readonly notes: NoteRecord[] = [];
  /** By label, what of it is not among `notes`. */
  readonly lost = new Map<string, LostNotes>();
  private readonly asked: ReadonlySet<string>;
  private readonly keepAll: boolean;
  /** Notes that only rows of the trace refer to: a ring as long as that of the rows. */
  private readonly passing: NoteRecord[] = [];
  private readonly ring: number;
  private passed = 0;

  constructor(asked: ReadonlySet<string>, keepAll: boolean, ring: number) {
    this.asked = asked;
    this.keepAll = keepAll;
    this.ring = ring;
  }

  /** Its number for `at`: that of a note which is not kept is negative, and is used again. */
  add(note: NoteRecord): number {
    if (this.keeps(note.label)) return this.notes.push(note) - 1;
    const { label, atUs } = note;
    const lost = this.lost.get(label);
    if (lost === undefined) this.lost.set(label, { count: 1, fromUs: atUs });
    else lost.count++;
    const place = this.passed++ % this.ring;
    this.passing[place] = note;
    return -1 - place;
  }

  at(number: number): NoteRecord {
    return number < 0 ? this.passing[-1 - number]! : this.notes[number]!;
  }

  private keeps(label: string): boolean {
    if (this.notes.length < NOTES_MAX || label === ROLE_NOTE) return true;
    return this.keepAll || this.asked.has(label);
  }
}
