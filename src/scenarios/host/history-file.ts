/** Histories from the disk or from standard input: size, encoding, near names of missing ones. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName } from '../../sim/nearest-name.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { Diagnostics, quote } from '../text/diagnostic.ts';
import { codeOf } from './descriptor-writer.ts';

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
  return statSync(resolve(cwd, name), { throwIfNoEntry: false })?.size ?? null;
}

/** The text of a file, or of standard input for `-`; or why not. */
export function readHistoryText(name: string, cwd: string): HistoryText {
  const path = resolve(cwd, name);
  try {
    if (name !== STDIN) {
      const stats = statSync(path);
      if (stats.isDirectory()) return isFolder(name, path);
      if (stats.size > BYTES_MAX) return tooLarge(name, stats.size);
    }
    return decode(name, readFileSync(name === STDIN ? STDIN_FD : path));
  } catch (error) {
    return cannotRead(name, path, error);
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
