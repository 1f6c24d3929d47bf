/**
 * Runs kept on the machine: `.dsim/runs/<id>/result.json`, and `latest`. A run's id says what it
 * is, not when it was: the same run is kept once. Keeping is a convenience and never fails a run.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { hash64 } from '../../sim/kernel/hash.ts';
import { codeOf, outputError } from './descriptor-writer.ts';
import { writeWhole } from './whole-file.ts';

const FOLDER = '.dsim';
const LATEST = 'latest';
const RESULT = 'result.json';
/** The oldest beyond these are forgotten. */
const RUNS_KEPT = 200;
const NAME_CHARS_MAX = 60;
const DIGEST_CHARS = 8;
/** How folders begin that are not whole yet, and after what time they never will be. */
const DRAFT = '.draft-';
const STALE_MS = 3_600_000;

/** `partition-42-01234567`: fit for a file name on any system. */
export function runId(scenario: string, seed: string, orderDigest: string): string {
  const name = `${scenario}-${seed}`
    .replace(/[^\w.-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, NAME_CHARS_MAX);
  return `${name}-${orderDigest.slice(0, DIGEST_CHARS)}`;
}

export interface KeptRun {
  readonly id: string;
  /** For people: `.dsim/runs/partition-42-01234567`. */
  readonly shown: string;
  /** The text of `result.json`. */
  readonly text: string;
}

/** Where a run is kept, or why it is not. */
export type Keeping =
  | {
      readonly id: string;
      readonly shown: string;
      /** Why `latest` still points at another; null if it points at this one. */
      readonly notLatest: string | null;
    }
  | { readonly why: string };

/**
 * Keeps a run below a folder and points `latest` at it. A run that says something else is never
 * replaced, even if it has the same id: then this one gets a longer one. It is there wholly, or not
 * at all, whatever else writes there at the same time.
 */
export function keepRun(cwd: string, id: string, text: string): Keeping {
  const runs = join(cwd, FOLDER, 'runs');
  let kept: string;
  try {
    kept = put(openStore(cwd, 'runs'), id, text);
  } catch (error) {
    return { why: outputError(shown(id), error).message };
  }
  try {
    point(runs, kept);
    forgetOldest(runs, kept);
    return { id: kept, shown: shown(kept), notLatest: null };
  } catch (error) {
    return { id: kept, shown: shown(kept), notLatest: outputError(LATEST, error).message };
  }
}

/**
 * Makes the store, where git does not look, or a folder of it; returns the path. Throws what `fs`
 * does.
 */
export function openStore(cwd: string, name = ''): string {
  const folder = join(cwd, FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const ignore = join(cwd, FOLDER, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return folder;
}

/** Puts the run where it is not yet; returns its id. */
function put(runs: string, id: string, text: string): string {
  const hash = hash64(text);
  const draft = join(runs, `${DRAFT}${process.pid}-${hash}`);
  try {
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, RESULT), text);
    for (const name of [id, `${id}-${hash.slice(0, DIGEST_CHARS)}`, `${id}-${hash}`]) {
      if (putAt(join(runs, name), draft, text)) return name;
    }
    throw new Error('two texts of one hash');
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** False if another run is there. */
function putAt(folder: string, draft: string, text: string): boolean {
  try {
    renameSync(draft, folder);
    return true;
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
  }
  const file = join(folder, RESULT);
  const known = readOrNull(file);
  if (known === null && !existsSync(folder)) throw new Error('it cannot be renamed');
  // A folder without a result is what a crash left of one.
  if (known === null && !existsSync(file) && lstatSync(folder).isDirectory()) {
    renameSync(join(draft, RESULT), file);
    return true;
  }
  if (known !== text) return false;
  const now = new Date();
  utimesSync(file, now, now);
  return true;
}

/** The id that `latest` points at, whether that run is still there or not. */
export function latestRun(cwd: string): string | null {
  return latestId(join(cwd, FOLDER, 'runs'));
}

/** A run by its id, by its folder here, or by `latest`; null if there is none. */
export function findRun(cwd: string, name: string): KeptRun | null {
  const runs = join(cwd, FOLDER, 'runs');
  const path = resolve(cwd, name);
  const called = dirname(path) === resolve(runs) ? basename(path) : name;
  const id = called === LATEST ? latestId(runs) : called;
  if (id === null || !isPlainName(id)) return null;
  const text = readOrNull(join(runs, id, RESULT));
  return text === null ? null : { id, shown: shown(id), text };
}

/** The run that somebody names; null where the name is that of a file, or of no run. */
export function namedRun(cwd: string, name: string): KeptRun | null {
  const path = resolve(cwd, name);
  const isFile = existsSync(path) && statSync(path).isFile();
  return isFile ? null : findRun(cwd, name);
}

/** The ids of all runs kept, the newest first. */
export function keptRuns(cwd: string): readonly string[] {
  return listed(join(cwd, FOLDER, 'runs')).map(({ id }) => id);
}

function shown(id: string): string {
  return `${FOLDER}/runs/${id}`;
}

/** A name that stays inside the folder. */
function isPlainName(name: string): boolean {
  return /^[\w-][\w.-]*$/.test(name);
}

/** A symbolic link where there are such, and a text file beside it where there are not. */
function point(runs: string, id: string): void {
  const link = join(runs, LATEST);
  const draft = `${link}.${process.pid}`;
  rmSync(draft, { force: true });
  try {
    symlinkSync(id, draft);
    renameSync(draft, link);
    rmSync(`${link}.txt`, { force: true });
  } catch {
    rmSync(draft, { force: true });
    writeWhole(`${link}.txt`, `${id}\n`);
  }
}

function latestId(runs: string): string | null {
  try {
    return readlinkSync(join(runs, LATEST));
  } catch {
    return readOrNull(join(runs, `${LATEST}.txt`))?.trim() ?? null;
  }
}

function listed(runs: string): readonly { readonly id: string; readonly at: number }[] {
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((id) => !id.startsWith('.') && isFolder(join(runs, id)))
    .map((id) => ({ id, at: modifiedAt(join(runs, id)) }))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

/** False for what another process has just taken away. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function modifiedAt(folder: string): number {
  const stats =
    statSync(join(folder, RESULT), { throwIfNoEntry: false }) ??
    statSync(folder, { throwIfNoEntry: false });
  return stats?.mtimeMs ?? Infinity;
}

/** Removing is best effort: the run at hand is kept whatever becomes of the others. */
function forgetOldest(runs: string, kept: string): void {
  for (const { id } of listed(runs).slice(RUNS_KEPT)) {
    if (id !== kept) rmSync(join(runs, id), { recursive: true, force: true });
  }
  for (const name of readdirSync(runs)) {
    if (name.startsWith(DRAFT) && isStale(join(runs, name))) {
      rmSync(join(runs, name), { recursive: true, force: true });
    }
  }
}

/** What a process that was killed has left. */
function isStale(draft: string): boolean {
  return Date.now() - (statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > STALE_MS;
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
