/**
 * One append-only log of a disk, and how each write to it is taken back.
 *
 * A record can be marked as damaged: torn by a crash, or rotten. The marks follow what happens to
 * the record; the record itself stays, since a fault that ends gives it back.
 *
 * A circle of types with `disk.ts`: a disk has logs, and a log reports each write to its disk.
 */
import type { Log, Plain } from '../node.ts';
import type { Disk } from './disk.ts';
import { type Damage, readDamaged } from './disk-faults.ts';

/** Damage by the index of its record. */
type Marks = Map<number, Damage[]>;

/** How to take back a write to a log. */
export type LogUndo =
  | { readonly op: 'append'; readonly log: DiskLog }
  | {
      readonly op: 'truncate';
      readonly log: DiskLog;
      readonly tail: readonly Plain[];
      readonly marks: Marks | null;
    }
  | {
      readonly op: 'drop';
      readonly log: DiskLog;
      readonly head: readonly Plain[];
      readonly marks: Marks | null;
    };

/** `records[0]` has index `start`. */
export class DiskLog implements Log {
  start = 0;
  private readonly disk: Disk;
  private readonly name: string;
  private readonly records: Plain[] = [];
  private readonly undoAppend: LogUndo;
  /** null as long as nothing is damaged. */
  private marks: Marks | null = null;

  constructor(disk: Disk, name: string) {
    this.disk = disk;
    this.name = name;
    this.undoAppend = { op: 'append', log: this };
  }

  get end(): number {
    return this.start + this.records.length;
  }

  at(index: number): Plain {
    const record = this.records[index - this.start];
    if (record === undefined) {
      throw new RangeError(`the log holds ${this.start}..${this.end - 1}, not ${index}`);
    }
    const damage = this.marks === null ? undefined : this.marks.get(index);
    if (damage === undefined) return record;
    return readDamaged(record, damage, `record ${index} of log ${this.name}`, !this.disk.observed);
  }

  append(record: Plain): void {
    const { faults } = this.disk;
    if (faults !== null) faults.refuseIfFull('append to log', this.name);
    this.records.push(record);
    this.disk.wrote(this.undoAppend);
  }

  truncate(end: number): void {
    if (end >= this.end) return;
    const keep = Math.max(0, end - this.start);
    const tail = this.records.splice(keep);
    const marks = this.takeMarks(this.start + keep, Infinity);
    this.disk.wrote({ op: 'truncate', log: this, tail, marks });
  }

  dropBefore(start: number): void {
    if (start <= this.start) return;
    const head = this.records.splice(0, start - this.start);
    this.start += head.length;
    const marks = this.takeMarks(0, this.start);
    this.disk.wrote({ op: 'drop', log: this, head, marks });
  }

  dropTorn(): number {
    const last = this.end - 1;
    if (!this.damageAt(last).some(({ torn }) => torn)) return 0;
    this.truncate(last);
    return 1;
  }

  takeBack(undo: LogUndo): void {
    if (undo.op === 'append') return this.takeBackAppend();
    if (undo.op === 'truncate') for (const record of undo.tail) this.records.push(record);
    else {
      this.records.unshift(...undo.head);
      this.start -= undo.head.length;
    }
    for (const [index, damage] of undo.marks ?? NO_MARKS) {
      for (const one of damage) this.mark(index, one);
    }
  }

  /** The last record was never there. */
  takeBackAppend(): void {
    this.records.pop();
    this.marks?.delete(this.end);
  }

  /** Marks a record as damaged. */
  mark(index: number, damage: Damage): void {
    if (!this.disk.keeps(damage)) return;
    this.marks ??= new Map();
    const there = this.marks.get(index);
    if (there === undefined) this.marks.set(index, [damage]);
    else there.push(damage);
  }

  /** Takes away the damage of one strike. */
  mend(strike: object): void {
    if (this.marks === null) return;
    for (const [index, damage] of [...this.marks]) {
      const left = damage.filter((one) => one.strike !== strike);
      if (left.length > 0) this.marks.set(index, left);
      else this.marks.delete(index);
    }
    if (this.marks.size === 0) this.marks = null;
  }

  /** The record as it is, whatever its damage. */
  peek(index: number): Plain {
    return this.records[index - this.start] ?? null;
  }

  private damageAt(index: number): readonly Damage[] {
    return this.marks?.get(index) ?? [];
  }

  /** Takes the marks of the records from..until-1. */
  private takeMarks(from: number, until: number): Marks | null {
    if (this.marks === null) return null;
    const taken: Marks = new Map();
    for (const [index, damage] of [...this.marks]) {
      if (index < from || index >= until) continue;
      taken.set(index, damage);
      this.marks.delete(index);
    }
    return taken;
  }
}

const NO_MARKS: Marks = new Map();
