/**
 * Writes that are gone from the disk though nobody will say so: a flush failed, and the system
 * marked its pages as clean. The next flush has nothing of them to write, and succeeds. A process
 * reads them from the page cache as before; a crash shows what the disk holds.
 */
import type { Plain } from '../node.ts';
import type { Undo } from './disk.ts';
import type { DiskLog } from './disk-log.ts';
import type { KeyOrder } from './key-order.ts';
import type { Tally } from './tally.ts';

interface GoneRecord {
  /** What the disk still holds. */
  readonly had: boolean;
  readonly old: Plain | undefined;
  /** Of a delete: the key's place in the order first written. */
  readonly born: number | undefined;
  readonly tally: Tally;
}

export class GoneWrites {
  private readonly records = new Map<string, GoneRecord>();
  private readonly entries = new Map<DiskLog, Map<number, Tally>>();

  /** The oldest `count` of these writes are gone; `undo` says how to take back each. */
  lose(undo: readonly Undo[], count: number, tally: Tally): void {
    const older = new Set(this.records.keys());
    eachOf(undo, count, {
      // From the newest to the oldest: the disk holds what there was before the oldest, or what an
      // earlier flush that failed left there.
      set: (key, { had, old, born }) => {
        if (!older.has(key)) this.records.set(key, { had, old, born, tally });
      },
      append: (log, index) => this.loseEntry(log, index, tally),
    });
  }

  private loseEntry(log: DiskLog, index: number, tally: Tally): void {
    let indices = this.entries.get(log);
    if (indices === undefined) {
      indices = new Map();
      this.entries.set(log, indices);
    }
    indices.set(index, tally);
  }

  /**
   * A flush wrote the oldest `count` of these writes: what was gone under the same name is back.
   */
  write(undo: readonly Undo[], count: number): void {
    eachOf(undo, count, {
      set: (key) => void this.records.delete(key),
      append: (log, index) => void this.entries.get(log)?.delete(index),
    });
  }

  /**
   * A crash empties the page cache. A record has its old value again. Entries at the end of a log
   * were never there; one with later entries behind it is a hole, which reads as torn.
   */
  show(records: Map<string, Plain>, order: KeyOrder): void {
    for (const [key, { had, old, born, tally }] of this.records) {
      tally.writesLost++;
      if (had) {
        records.set(key, old as Plain);
        order.restore(key, born);
      } else {
        records.delete(key);
        order.remove(key);
      }
    }
    for (const [log, indices] of this.entries) {
      for (const [index, tally] of indices) {
        if (index >= log.start && index < log.end) tally.writesLost++;
      }
      while (log.end > log.start && indices.delete(log.end - 1)) log.takeBackAppend();
      for (const [index, tally] of indices) {
        if (index < log.start || index >= log.end) continue;
        log.mark(index, { strike: HOLE, tally, torn: true, altered: undefined });
      }
    }
  }
}

/** The mark of a hole that no fault takes back: it stays when the faults heal. */
const HOLE = {};

type SetUndo = Extract<Undo, { readonly op: 'set' }>;

interface Visitor {
  set(key: string, write: SetUndo): void;
  append(log: DiskLog, index: number): void;
}

/** Visits the oldest `count` of these writes, the newest of them first. */
function eachOf(undo: readonly Undo[], count: number, visitor: Visitor): void {
  const ends = new Map<DiskLog, number>();
  for (let at = undo.length - 1; at >= 0; at--) {
    const write = undo[at]!;
    if (write.op === 'set') {
      if (at < count) visitor.set(write.key, write);
    } else if (write.op !== 'drop') {
      const { log } = write;
      const end = ends.get(log) ?? log.end;
      ends.set(log, write.op === 'truncate' ? end + write.tail.length : end - 1);
      if (write.op === 'append' && at < count) visitor.append(log, end - 1);
    }
  }
}
