/**
 * Scenario files from the disk: size, encoding, near names of missing ones, and the fence around
 * the project.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, relative, resolve } from 'node:path';
import { nearestName } from '../../sim/nearest-name.ts';
import { quote } from '../text/diagnostic.ts';
import type { DiagnosticCode } from '../text/diagnostic-codes.ts';
import type { FileRead, SourceReader } from '../text/source-tree.ts';

/** Far above any scenario, far below what would hurt. */
const MOST_BYTES = 1024 * 1024;

export interface FileReaderOptions {
  readonly cwd: string;
  /** Lets `extends` leave the project. */
  readonly allowOutside: boolean;
}

export class FileReader implements SourceReader {
  /** Absolute paths of all that was read, to be watched. */
  readonly paths: string[] = [];
  readonly #options: FileReaderOptions;
  #root: string | null = null;

  constructor(options: FileReaderOptions) {
    this.#options = options;
  }

  read(path: string, from: string | null): FileRead {
    const name = from === null || isAbsolute(path) ? path : normalize(join(dirname(from), path));
    const absolute = resolve(this.#options.cwd, name);
    try {
      return this.#readFile(name, absolute, from);
    } catch (error) {
      return this.#cannot(name, absolute, error as NodeJS.ErrnoException);
    }
  }

  #readFile(name: string, absolute: string, from: string | null): FileRead {
    const id = realpathSync(absolute);
    this.#root ??= projectRoot(dirname(id));
    if (from !== null && !this.#options.allowOutside && isOutside(this.#root, id)) {
      return failed('DS112', `${quote(name)} lies outside the project`, {
        notes: [`the project is ${this.#root}`],
        help: ['`--allow-outside` permits it'],
      });
    }
    const stats = statSync(id);
    if (stats.isDirectory()) {
      return failed('DS100', `${quote(name)} is a folder`, {
        help: scenariosIn(absolute).map((file) => `did you mean ${quote(join(name, file))}?`),
      });
    }
    if (!stats.isFile()) return failed('DS100', `${quote(name)} is not a file`);
    if (stats.size > MOST_BYTES) {
      return failed('DS100', `${quote(name)} is too large for a scenario`, {
        notes: [`it has ${stats.size} bytes; at most ${MOST_BYTES} are read`],
      });
    }
    const bytes = readFileSync(id);
    this.paths.push(absolute);
    const text = decode(bytes);
    if (text === null) {
      return failed('DS100', `${quote(name)} is not text in UTF-8`, { help: ['save it as UTF-8'] });
    }
    return { ok: true, id, name, text };
  }

  #cannot(name: string, absolute: string, error: NodeJS.ErrnoException): FileRead {
    switch (error.code) {
      case 'ENOENT':
      case 'ENOTDIR':
        return failed('DS100', `there is no file ${quote(name)}`, {
          help: nearFiles(name, absolute),
        });
      case 'EACCES':
      case 'EPERM':
        return failed('DS100', `${quote(name)} may not be read`);
      case 'ELOOP':
        return failed('DS100', `${quote(name)} is a symbolic link that leads to itself`);
      case 'ENAMETOOLONG':
        return failed('DS100', `${quote(name)} is too long for a file name`);
      default:
        return failed('DS100', `${quote(name)} cannot be read`, { notes: [error.message] });
    }
  }
}

interface Remarks {
  readonly notes?: readonly string[];
  readonly help?: readonly string[];
}

function failed(
  code: DiagnosticCode,
  message: string,
  { notes = [], help = [] }: Remarks = {},
): FileRead {
  return { ok: false, code, message, notes, help };
}

/** null unless the bytes are text. */
function decode(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The nearest folder above with `.git`, else with `package.json`, else the file's own. */
function projectRoot(folder: string): string {
  for (const mark of ['.git', 'package.json']) {
    for (let at = folder; ; at = dirname(at)) {
      if (existsSync(join(at, mark))) return at;
      if (dirname(at) === at) break;
    }
  }
  return folder;
}

function isOutside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way);
}

function nearFiles(name: string, absolute: string): readonly string[] {
  const folder = dirname(absolute);
  const files = scenariosIn(folder);
  const wanted = basename(name);
  const stem = wanted.replace(/\.[^.]*$/, '');
  const near =
    files.find((file) => file.replace(/\.[^.]*$/, '') === stem) ??
    nearestName(wanted, files) ??
    files.find(
      (file) =>
        file.replace(/\.[^.]*$/, '') ===
        nearestName(
          stem,
          files.map((each) => each.replace(/\.[^.]*$/, '')),
        ),
    );
  return near === undefined ? [] : [`did you mean ${quote(join(dirname(name), near))}?`];
}

const MOST_FILES = 1000;

function scenariosIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => /\.(?:ya?ml|json)$/i.test(file))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      .slice(0, MOST_FILES);
  } catch {
    return [];
  }
}
