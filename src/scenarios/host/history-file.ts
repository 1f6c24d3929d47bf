/** Histories from the disk or from standard input: size, encoding, near names of missing ones. */
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName } from '../../sim/nearest-name.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { Diagnostics, quote } from '../text/diagnostic.ts';
import { codeOf, rest } from './descriptor-writer.ts';

/** What fits into one text of V8. */
const BYTES_MAX = 500_000_000;
const STDIN = '-';
const STDIN_FD = 0;

export type HistoryText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Bytes of a file, before it is read; null for standard input and for what is not there. */
export function historySize(name: string, cwd: string): number | null {
  if (name === STDIN) return null;
  try {
    return statSync(resolve(cwd, name), { throwIfNoEntry: false })?.size ?? null;
  } catch (_error) {
    // Reading it says what is wrong.
    return null;
  }
}

/**
 * The text of a file, or of standard input for `-`; or why not. null: `stops` has said so while the
 * reader of a pipe waited.
 */
export function readHistoryText(
  name: string,
  cwd: string,
  stops: () => boolean = () => false,
): HistoryText | null {
  const path = resolve(cwd, name);
  try {
    if (name !== STDIN) {
      const stats = statSync(path);
      if (stats.isDirectory()) return isFolder(name, path);
      if (stats.size > BYTES_MAX) return tooLarge(name, stats.size);
      if (stats.isFile()) return decode(name, readFileSync(path));
    }
    const fd = name === STDIN ? openStdin() : openSync(path, 'r');
    const bytes = readStream(fd, stops);
    if (fd !== STDIN_FD) closeSync(fd);
    if (bytes === null) return null;
    return bytes === 'too large' ? tooLarge(name, BYTES_MAX + 1) : decode(name, bytes);
  } catch (error) {
    return cannotRead(name, path, error);
  }
}

/**
 * Standard input so that a read of it never waits: one that waits in the kernel cannot be stopped.
 * Where it cannot be opened again, as a socket, it is taken as it is.
 */
function openStdin(): number {
  try {
    return openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (_error) {
    return STDIN_FD;
  }
}

const CHUNK_BYTES = 1 << 16;

/** All of a pipe, a terminal or a device, whose size is not known before: it may be endless. */
function readStream(fd: number, stops: () => boolean): Buffer | 'too large' | null {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    if (stops()) return null;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const size = readSome(fd, chunk);
    if (size === null) continue;
    if (size === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, size));
    total += size;
    if (total > BYTES_MAX) return 'too large';
  }
}

/** Bytes read, 0 at the end; null: nothing yet. */
function readSome(fd: number, chunk: Buffer): number | null {
  try {
    return readSync(fd, chunk, 0, chunk.length, null);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EOF') return 0;
    if (code === 'EAGAIN') rest();
    else if (code !== 'EINTR') throw error;
    return null;
  }
}

function decode(name: string, bytes: Uint8Array): HistoryText {
  if (bytes.length > BYTES_MAX) return tooLarge(name, bytes.length);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return failed(`${quote(name)} is compressed`, `\`gunzip -c ${name} | dsim check -\` reads it`);
  }
  if (bytes.includes(0)) return failed(`${quote(name)} is not text in UTF-8`, 'save it as UTF-8');
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return failed(`${quote(name)} is not text in UTF-8`, 'save it as UTF-8');
  }
}

function cannotRead(name: string, path: string, error: unknown): HistoryText {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR': {
      const near = nearestName(basename(name), historiesIn(dirname(path)));
      const help = near === null ? null : `did you mean ${quote(join(dirname(name), near))}?`;
      return failed(`there is no file ${quote(name)}`, help);
    }
    case 'EACCES':
    case 'EPERM':
      return failed(`${quote(name)} may not be read`, null);
    default:
      return failed(`${quote(name)} cannot be read: ${messageOf(error)}`, null);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isFolder(name: string, path: string): HistoryText {
  const [first] = historiesIn(path);
  const help = first === undefined ? null : `did you mean ${quote(join(name, first))}?`;
  return failed(`${quote(name)} is a folder`, help);
}

function tooLarge(name: string, bytes: number): HistoryText {
  const megabytes = (size: number) => `${Math.round(size / 1e6)} MB`;
  return failed(
    `${quote(name)} has ${megabytes(bytes)}; at most ${megabytes(BYTES_MAX)} are read at once`,
    'independent keys can be judged in files of their own',
  );
}

function failed(message: string, help: string | null): HistoryText {
  const diagnostics = new Diagnostics();
  diagnostics.error('DS170', null, message, { help: [help] });
  return { ok: false, diagnostics: diagnostics.list() };
}

const FILES_MAX = 1000;

function historiesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.(?:jsonl|ndjson|json|edn|log|txt)$/i.test(file))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .slice(0, FILES_MAX);
  } catch {
    return [];
  }
}
