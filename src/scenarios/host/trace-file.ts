/**
 * Traces on the machine: written while the run goes on and read line by line, both with bounded
 * memory.
 *
 * Writing is synchronous, as the run is: a stream would keep everything in memory until the run is
 * over. A sink never throws into the run; what went wrong is reported when the file is finished.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { TraceEvent, TraceSink } from '../../sim/trace.ts';
import {
  formatFooter,
  formatHeader,
  isFooter,
  parseHeader,
  parseLine,
  type TraceFooter,
  TraceFormatError,
  type TraceHeader,
} from '../trace-format.ts';
import { codeOf, DescriptorWriter, outputError, rest } from './descriptor-writer.ts';
import { TraceBytes } from './trace-bytes.ts';

const READ_BYTES = 1 << 16;
/** How the footer begins; no event does. */
const FOOTER_START = '{"end":';
/** A line longer than this is no event; reading on would fill the memory. */
const LINE_BYTES_MAX = 1 << 26;

/** Where a trace goes: a file of its own, or an output that is open already. */
export type TraceTarget =
  | { readonly path: string /** How messages name it. */; readonly shown: string }
  | { readonly output: { write(text: string): void; readonly failure: string | null } };

const CHUNK_BYTES = 1 << 18;
/** A chunk with less room than this is written to the file. Few lines are longer. */
const ROOM_BYTES = 1 << 14;

/**
 * Writes a trace while the run goes on.
 *
 * An interrupt may stop the run at any call, this object's included, and then the trace shall still
 * be whole. So what belongs together changes in neighbouring assignments, and a file is written at
 * positions of its own: a chunk that was on its way is written again, over itself.
 */
export class TraceWriter implements TraceSink {
  private count = 0;
  /** The chunk begins with `used` bytes that are not in the file yet. */
  private readonly lines = new TraceBytes(CHUNK_BYTES);
  private used = 0;
  /** Where the next chunk of a file begins; null where there are no positions. */
  private position: number | null = null;
  private readonly target: TraceTarget;
  private readonly fd: number | null;
  private readonly file: DescriptorWriter | null;

  /** Throws OutputError if the file cannot be created. */
  constructor(target: TraceTarget, header: Omit<TraceHeader, 'format' | 'version'>) {
    this.target = target;
    this.put(formatHeader(header));
    if ('output' in target) {
      this.fd = null;
      this.file = null;
      return;
    }
    this.fd = open(target.path, target.shown);
    this.file = new DescriptorWriter(this.fd, target.shown);
    if (fstatSync(this.fd).isFile()) this.position = 0;
  }

  event(event: TraceEvent): void {
    this.put(event);
    this.count++;
  }

  /**
   * Writes the footer and closes. Throws OutputError if anything could not be written since the
   * beginning.
   */
  finish(footer: Omit<TraceFooter, 'end' | 'events'>): void {
    this.put(formatFooter({ events: this.count, ...footer }));
    this.flush();
    if (this.fd !== null) closeSync(this.fd);
    if (this.file !== null && this.file.failure !== null) throw this.file.failure;
  }

  /** Puts a line behind what is in the chunk. */
  private put(line: TraceEvent | string): void {
    const { lines } = this;
    lines.at = this.used;
    lines.put(line);
    if (lines.at > lines.chunk.length) {
      const size = lines.at - this.used;
      this.flush();
      if (size > CHUNK_BYTES) lines.chunk = Buffer.allocUnsafeSlow(size);
      lines.at = 0;
      lines.put(line);
    }
    this.used = lines.at;
    if (this.used + ROOM_BYTES > lines.chunk.length) this.flush();
  }

  private flush(): void {
    const bytes = this.lines.chunk.subarray(0, this.used);
    if ('output' in this.target) this.target.output.write(bytes.toString('utf8'));
    this.file?.write(bytes, this.position);
    const next = this.position === null ? null : this.position + bytes.length;
    this.position = next;
    this.used = 0;
  }
}

function open(path: string, shown: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw outputError(shown, error);
  }
}

/**
 * The lines of an open file, without their breaks, a chunk at a time. Throws TraceFormatError at a
 * line that is too long, and the system's error when reading fails. `end` says, once the last line
 * was given, whether it had no break.
 */
export function* readLines(fd: number, end = { isOpen: false }): Generator<string> {
  const chunk = Buffer.alloc(READ_BYTES);
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  const line = (rest: Buffer) => {
    const text =
      pending.length === 0
        ? rest.toString('utf8')
        : Buffer.concat([...pending, rest]).toString('utf8');
    pending = [];
    pendingBytes = 0;
    number++;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for (let size = readSome(fd, chunk); size > 0; size = readSome(fd, chunk)) {
    let start = 0;
    for (let at = chunk.indexOf(10, start); at >= 0 && at < size; at = chunk.indexOf(10, start)) {
      yield line(chunk.subarray(start, at));
      start = at + 1;
    }
    if (start === size) continue;
    pending.push(Buffer.from(chunk.subarray(start, size)));
    pendingBytes += size - start;
    if (pendingBytes > LINE_BYTES_MAX)
      throw new TraceFormatError(number, 'this line is too long for a trace');
  }
  if (pending.length === 0) return;
  end.isOpen = true;
  yield line(Buffer.alloc(0));
}

function readSome(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EOF') return 0;
      if (code === 'EAGAIN') rest();
      else if (code !== 'EINTR') throw error;
    }
  }
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** A trace being read: its header at once, its lines one by one, its footer at the end. */
export class TraceReader {
  readonly header: TraceHeader;
  /** Known once every event has been read; null when the file was cut short. */
  footer: TraceFooter | null = null;
  /** The number of the line read last, from 1. */
  line = 1;
  private events = 0;
  private readonly fd: number;
  private readonly lines: Generator<string>;
  private readonly end = { isOpen: false };

  /**
   * Throws TraceFormatError if it is no trace of a known version, and the system's error if there
   * is no file.
   */
  constructor(path: string) {
    this.fd = openSync(path, 'r');
    try {
      this.lines = readLines(this.fd, this.end);
      const first = this.lines.next();
      if (first.done === true)
        throw new TraceFormatError(1, 'this is not a dsim trace: the file is empty');
      this.header = parseHeader(first.value);
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  /**
   * The next event's line as written, not looked into, or null at the end. Throws TraceFormatError.
   */
  nextText(): string | null {
    if (this.footer !== null) return null;
    const { done, value: text } = this.lines.next();
    if (done === true) return null;
    this.line++;
    // A line that ends nowhere was being written when the file was cut short.
    if (this.end.isOpen && !isWhole(text)) return null;
    if (!text.startsWith(FOOTER_START)) {
      this.events++;
      return text;
    }
    const entry = parseLine(text, this.line);
    if (!isFooter(entry))
      throw new TraceFormatError(this.line, 'this line is neither event nor footer');
    if (entry.events !== this.events) {
      const message = `the footer counts ${entry.events} events, but there are ${this.events} before it`;
      throw new TraceFormatError(this.line, message);
    }
    this.footer = entry;
    if (this.lines.next().done !== true) {
      throw new TraceFormatError(this.line + 1, 'something follows the footer');
    }
    return null;
  }

  /** The next event, or null at the end. Throws TraceFormatError. */
  next(): TraceEvent | null {
    const text = this.nextText();
    if (text === null) return null;
    const entry = parseLine(text, this.line);
    if (isFooter(entry))
      throw new TraceFormatError(this.line, 'this line is neither event nor footer');
    return entry;
  }

  close(): void {
    closeSync(this.fd);
  }
}
