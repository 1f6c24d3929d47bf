/**
 * Traces on the machine: written while the run goes on and read line by line, both with bounded memory.
 *
 * Writing is synchronous, as the run is: a stream would keep everything in memory until the run is over. A sink
 * never throws into the run; what went wrong is told when the file is finished.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { TraceEvent, TraceSink } from '../../sim/trace.ts';
import {
  formatEvent,
  formatFooter,
  formatHeader,
  isFooter,
  parseHeader,
  parseLine,
  type TraceFooter,
  TraceFormatError,
  type TraceHeader,
} from '../trace-format.ts';

const CHUNK_CHARS = 1 << 16;
const READ_BYTES = 1 << 16;
/** A line longer than this is no event; reading on would fill the memory. */
const LINE_BYTES_MAX = 1 << 26;
const RETRY_MS = 5;

/** Why an output could not be written: in words for the user, with the system's code. */
export class OutputError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'OutputError';
    this.code = code;
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space left on the device'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENOENT', 'there is no such folder'],
  ['ENOTDIR', 'part of the path is not a folder'],
  ['EFBIG', 'the file would be too large'],
  ['EIO', 'the device failed'],
]);

/** An `OutputError` for a system error while writing `path`. */
export function outputError(path: string, error: unknown): OutputError {
  const code = codeOf(error) ?? 'EIO';
  return new OutputError(code, `cannot write ${path}: ${reasons.get(code) ?? 'writing failed'} (${code})`);
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * Text to a file descriptor in large chunks. After the first failure it swallows what comes: `failure` tells, or
 * `readerLeft` when a pipe's other end is closed, which is nobody's mistake.
 */
export class ChunkWriter {
  failure: OutputError | null = null;
  readerLeft = false;
  private pending = '';
  private readonly fd: number;
  private readonly path: string;

  constructor(fd: number, path: string) {
    this.fd = fd;
    this.path = path;
  }

  write(text: string): void {
    if (this.failure !== null || this.readerLeft) return;
    this.pending += text;
    if (this.pending.length >= CHUNK_CHARS) this.flush();
  }

  /** Writes what is pending. */
  flush(): void {
    const bytes = Buffer.from(this.pending, 'utf8');
    this.pending = '';
    let done = 0;
    while (done < bytes.length && this.failure === null && !this.readerLeft) {
      done += this.writeSome(bytes, done);
    }
  }

  /** Bytes written; 0 after a failure or when the pipe is full. */
  private writeSome(bytes: Buffer, from: number): number {
    try {
      return writeSync(this.fd, bytes, from);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EAGAIN') rest();
      else if (code === 'EPIPE') this.readerLeft = true;
      else if (code !== 'EINTR') this.failure = outputError(this.path, error);
      return 0;
    }
  }
}

const bell = new Int32Array(new SharedArrayBuffer(4));

/** A pipe that does not block is full: lets its reader catch up without spinning. */
function rest(): void {
  Atomics.wait(bell, 0, 0, RETRY_MS);
}

/** Writes a trace while the run goes on. */
export class TraceWriter implements TraceSink {
  private count = 0;
  private readonly out: ChunkWriter;
  private readonly fd: number;
  private readonly owned: boolean;

  /** `path` null is standard output. Throws OutputError if the file cannot be created. */
  constructor(path: string | null, header: Omit<TraceHeader, 'format' | 'version'>) {
    this.owned = path !== null;
    this.fd = path === null ? 1 : open(path);
    this.out = new ChunkWriter(this.fd, path ?? 'standard output');
    this.out.write(`${formatHeader(header)}\n`);
  }

  event(event: TraceEvent): void {
    this.count++;
    this.out.write(`${formatEvent(event)}\n`);
  }

  /** Writes the footer and closes. Throws OutputError if anything could not be written since the beginning. */
  finish(footer: Omit<TraceFooter, 'end' | 'events'>): void {
    this.out.write(`${formatFooter({ events: this.count, ...footer })}\n`);
    this.out.flush();
    if (this.owned) closeSync(this.fd);
    if (this.out.failure !== null) throw this.out.failure;
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw outputError(path, error);
  }
}

/**
 * The lines of an open file, without their breaks, a chunk at a time. Throws TraceFormatError at a line that is
 * too long, and the system's error when reading fails.
 */
export function* readLines(fd: number): Generator<string> {
  const chunk = Buffer.alloc(READ_BYTES);
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let number = 1;
  const line = (end: Buffer) => {
    const text = pending.length === 0 ? end.toString('utf8') : Buffer.concat([...pending, end]).toString('utf8');
    pending = [];
    pendingBytes = 0;
    number++;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for (let size = readSome(fd, chunk); size > 0; size = readSome(fd, chunk)) {
    let start = 0;
    for (let end = chunk.indexOf(10, start); end >= 0 && end < size; end = chunk.indexOf(10, start)) {
      yield line(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start === size) continue;
    pending.push(Buffer.from(chunk.subarray(start, size)));
    pendingBytes += size - start;
    if (pendingBytes > LINE_BYTES_MAX) throw new TraceFormatError(number, 'this line is too long for a trace');
  }
  if (pending.length > 0) yield line(Buffer.alloc(0));
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

  /** Throws TraceFormatError if it is no trace of a known version, and the system's error if there is no file. */
  constructor(path: string) {
    this.fd = openSync(path, 'r');
    try {
      this.lines = readLines(this.fd);
      const first = this.lines.next();
      if (first.done === true) throw new TraceFormatError(1, 'this is not a dsim trace: the file is empty');
      this.header = parseHeader(first.value);
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
  }

  /** The next event with its line as written, or null at the end. Throws TraceFormatError. */
  next(): { readonly event: TraceEvent; readonly text: string } | null {
    if (this.footer !== null) return null;
    const { done, value: text } = this.lines.next();
    if (done === true) return null;
    this.line++;
    const entry = parseLine(text, this.line);
    if (!isFooter(entry)) {
      this.events++;
      return { event: entry, text };
    }
    if (entry.events !== this.events) {
      const message = `the footer counts ${entry.events} events, but there are ${this.events} before it`;
      throw new TraceFormatError(this.line, message);
    }
    this.footer = entry;
    return null;
  }

  close(): void {
    closeSync(this.fd);
  }
}
