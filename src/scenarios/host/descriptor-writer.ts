/**
 * Bytes to a file descriptor, synchronously, and what goes wrong with that in words.
 *
 * A simulation is one long synchronous stretch: a stream would keep everything in memory until it
 * is over.
 */
import { writeSync } from 'node:fs';

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
  return new OutputError(
    code,
    `cannot write ${path}: ${reasons.get(code) ?? 'writing failed'} (${code})`,
  );
}

/** The system's code of an error, or null. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * Bytes to a file descriptor. After the first failure it drops what comes, and `failure` says why;
 * `readerLeft` means that the other end of a pipe was closed, which is no mistake.
 */
export class DescriptorWriter {
  failure: OutputError | null = null;
  readerLeft = false;
  private readonly fd: number;
  private readonly path: string;

  constructor(fd: number, path: string) {
    this.fd = fd;
    this.path = path;
  }

  /** Writes all of it, at a position of the file or, with null, where the descriptor stands. */
  write(bytes: Buffer, position: number | null): void {
    let done = 0;
    while (done < bytes.length && this.failure === null && !this.readerLeft) {
      done += this.writeSome(bytes, done, position === null ? null : position + done);
    }
  }

  /** Bytes written; 0 after a failure or when the pipe is full. */
  private writeSome(bytes: Buffer, from: number, position: number | null): number {
    try {
      return writeSync(this.fd, bytes, from, bytes.length - from, position);
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
export function rest(): void {
  Atomics.wait(bell, 0, 0, RETRY_MS);
}
