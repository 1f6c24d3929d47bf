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
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const FOLDER = '.dsim';
const LATEST = 'latest';
const RESULT = 'result.json';
/** The oldest beyond these are forgotten. */
const RUNS_KEPT = 200;
const NAME_CHARS_MAX = 60;
const DIGEST_CHARS = 8;

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

/**
 * Keeps a run below a folder, replacing an equal one, and points `latest` at it. Returns how to
 * show the place, or why it could not be kept.
 */
export function keepRun(
  cwd: string,
  id: string,
  text: string,
): { readonly shown: string } | { readonly why: string } {
  try {
    const runs = join(cwd, FOLDER, 'runs');
    const folder = join(runs, id);
    mkdirSync(folder, { recursive: true });
    const ignore = join(cwd, FOLDER, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
    writeWhole(join(folder, RESULT), text);
    point(runs, id);
    forgetOldest(runs, id);
    return { shown: shown(id) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** A run by its id, or by `latest`; null if there is none. */
export function findRun(cwd: string, name: string): KeptRun | null {
  const runs = join(cwd, FOLDER, 'runs');
  const id = name === LATEST ? latestId(runs) : name;
  if (id === null || !isPlainName(id)) return null;
  const text = readOrNull(join(runs, id, RESULT));
  return text === null ? null : { id, shown: shown(id), text };
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
  return /^[\w.-]+$/.test(name) && name !== '.' && name !== '..';
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
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
    .filter((id) => lstatSync(join(runs, id)).isDirectory())
    .map((id) => ({ id, at: modifiedAt(join(runs, id, RESULT)) }))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function forgetOldest(runs: string, kept: string): void {
  for (const { id } of listed(runs).slice(RUNS_KEPT)) {
    if (id !== kept) rmSync(join(runs, id), { recursive: true, force: true });
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
