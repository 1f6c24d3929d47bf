/**
 * A run held against a recorded trace, event by event while it goes on. Stops comparing at the
 * first difference and then gathers a few events of both sides.
 */
import { describeEvent, type TraceEvent, type TraceSink } from '../../sim/trace.ts';
import { formatEvent, isFooter, parseLine, TraceFormatError } from '../trace-format.ts';
import type { TraceReader } from './trace-file.ts';

/** Events shown before the difference, and of each side from it on. */
const BEFORE = 3;
const FROM = 3;

/** The first event that differs, for people. */
export interface Difference {
  /** Counts events from 0: how many are equal. */
  readonly index: number;
  /** The last events that both have. */
  readonly shared: readonly string[];
  /** From the difference on; empty when that side had ended. */
  readonly recorded: readonly string[];
  readonly now: readonly string[];
}

export class TraceComparison implements TraceSink {
  /** What is wrong with the recording itself; the comparison ended there. */
  broken: TraceFormatError | null = null;
  private readonly reader: TraceReader;
  /** Lines: what is handed to a sink must not be kept. */
  private readonly before: string[] = [];
  private equal = 0;
  private differs = false;
  /** The recording was of an interrupted run, or cut short, and everything in it was equal. */
  private overAt: number | null = null;
  private readonly recorded: string[] = [];
  private readonly now: string[] = [];

  constructor(reader: TraceReader) {
    this.reader = reader;
  }

  event(event: TraceEvent): void {
    if (this.broken !== null || this.overAt !== null) return;
    if (this.differs) {
      if (this.now.length < FROM) this.now.push(describeEvent(event));
      return;
    }
    const line = this.nextLine();
    const text = formatEvent(event);
    if (line === text) {
      this.equal++;
      this.before.push(text);
      if (this.before.length > BEFORE) this.before.shift();
      return;
    }
    if (line === null) {
      if (this.broken !== null) return;
      if (this.reader.footer?.complete !== true) {
        this.overAt = this.equal;
        return;
      }
    }
    this.differs = true;
    const described = describeEvent(event);
    // What makes them differ may be a field that people are not shown.
    const raw = line !== null && this.describeLine(line) === described;
    this.now.push(raw ? text : described);
    if (line !== null) this.readRest(line, raw);
  }

  /** After the run: the first difference, or null if there was none. */
  finish(): Difference | null {
    if (this.broken !== null || this.overAt !== null) return null;
    if (!this.differs) {
      // The run is over: anything that the recording still holds is missing in it.
      const line = this.nextLine();
      if (line === null) return null;
      this.readRest(line);
    }
    return {
      index: this.equal,
      shared: this.before.map((line) => this.describeLine(line)),
      recorded: this.recorded,
      now: this.now,
    };
  }

  /** Events that both sides have. */
  get compared(): number {
    return this.equal;
  }

  /** The recording ended before the run did, without saying that the run was over. */
  get isPartial(): boolean {
    return this.overAt !== null;
  }

  private nextLine(): string | null {
    try {
      return this.reader.nextText();
    } catch (error) {
      if (!(error instanceof TraceFormatError)) throw error;
      this.broken = error;
      return null;
    }
  }

  private readRest(first: string, raw = false): void {
    let line: string | null = first;
    while (line !== null && this.recorded.length < FROM) {
      this.recorded.push(raw && line === first ? line : this.describeLine(line));
      line = this.nextLine();
    }
  }

  private describeLine(line: string): string {
    try {
      const entry = parseLine(line, this.reader.line);
      return isFooter(entry) ? '(end)' : describeEvent(entry);
    } catch (error) {
      if (!(error instanceof TraceFormatError)) throw error;
      return `(line ${error.line}: ${error.message})`;
    }
  }
}
