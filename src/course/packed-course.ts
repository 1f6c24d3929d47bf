/**
 * The exercises of a package: there they are in the archive of its parts, a third smaller than as
 * many small files. Written out once, into the user's cache folder.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** A file of the course in the archive, of which each byte was read as a character. */
const FILE = /\0course\/([^\n]+)\n([^\0]*)/g;

/** The folder with the exercises of `dist/parts.br`. */
export function unpackCourse(archive: string): string {
  const packed = readFileSync(archive);
  const hash = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), `course-${hash}`);
  if (existsSync(folder)) return folder;
  const content = brotliDecompressSync(packed).toString('latin1');
  const draft = draftBeside(folder);
  for (const [, path = '', text = ''] of content.matchAll(FILE)) {
    mkdirSync(dirname(join(draft, path)), { recursive: true });
    writeFileSync(join(draft, path), text, 'latin1');
  }
  try {
    // Whole or not at all: two may start at once.
    renameSync(draft, folder);
    return folder;
  } catch {
    return existsSync(folder) ? folder : draft;
  }
}

/** Where the launcher keeps compiled code too. */
function cacheFolder(): string {
  const xdg = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'dsim');
}

/** A new folder; without a cache to write to, among the temporary ones. */
function draftBeside(folder: string): string {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    return mkdtempSync(`${folder}-`);
  } catch {
    return mkdtempSync(join(tmpdir(), 'dsim-course-'));
  }
}
