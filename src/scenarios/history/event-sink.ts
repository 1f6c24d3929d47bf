/** Where the readers of all notations put what they find: events, and what is none. */
import { Diagnostics } from '../text/diagnostic.ts';
import type { DiagnosticCode } from '../text/diagnostic-codes.ts';
import { lineAndColumn, type SourceFile, spotOf } from '../text/source.ts';
import type { HistoryEvent } from './event.ts';

/** More would scroll the first ones away. */
const PROBLEMS_MAX = 20;

export class EventSink {
  readonly file: SourceFile;
  readonly events: HistoryEvent[] = [];
  readonly diagnostics = new Diagnostics();
  /** Events that are no client's. */
  others = 0;
  /** Lines of a log that say something else. */
  remarks = 0;
  /** Everything that is wrong, also what is not reported. */
  problems = 0;

  constructor(file: SourceFile) {
    this.file = file;
  }

  add(event: HistoryEvent): void {
    this.events.push(event);
  }

  passOver(): void {
    this.others++;
  }

  /** A place that is no event. */
  refuse(
    from: number,
    to: number,
    message: string,
    expected: string,
    help: string | null = null,
  ): void {
    this.complain('DS171', from, to, message, { label: `expected ${expected}`, help: [help] });
  }

  /** Another problem; after twenty they are counted only. */
  complain(
    code: DiagnosticCode,
    from: number,
    to: number,
    message: string,
    extras: Parameters<Diagnostics['error']>[3] = {},
  ): void {
    if (this.problems++ < PROBLEMS_MAX) {
      this.diagnostics.error(code, spotOf(this.file, from, to), message, extras);
    }
  }

  /** From 1. */
  lineAt(offset: number): number {
    return lineAndColumn(this.file, offset).line;
  }

  /** How many problems are not reported. */
  get untold(): number {
    return Math.max(0, this.problems - PROBLEMS_MAX);
  }
}
