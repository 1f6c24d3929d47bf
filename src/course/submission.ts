/** What a student hands in: code, or YAML of which only some paths count. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { OwnKindRefusal } from '../scenarios/sections/catalogue.ts';
import { describeSpot } from '../scenarios/text/source.ts';
import { isMap, parseDocument } from '../scenarios/text/yaml.ts';
import { nearestName } from '../sim/nearest-name.ts';
import { type Exercise, filesOf } from './exercise.ts';
import { groupsOfCode } from './exercise-scenario.ts';
import { strangerIn, whyNotRead } from './own-files.ts';
import { programIn, type ReadProgram } from './program.ts';
import { type BundleText, bundleSubmission } from './sandbox/bundle.ts';
import { submissionHash } from './seeds.ts';

/** What one of a student's YAML files says. */
export interface Answers {
  /** What it changes in scenarios: only paths that the exercise allows. */
  readonly overlay: Overlay;
  /** Its keys that begin with `x-`: answers to questions, which no scenario reads. */
  readonly words: { readonly [key: string]: unknown };
}

export interface Overlay {
  readonly [key: string]: unknown;
}

/** What a submission puts into a job. */
export interface ReadCode {
  /** null for a submission of YAML. */
  readonly code: BundleText | null;
  /** In another language instead; absent: it is in none. */
  readonly program?: ReadProgram;
  /** By file; empty for a submission of code. */
  readonly answers: ReadonlyMap<string, Answers>;
}

export type ReadSubmission =
  | ({ readonly ok: true; readonly sha256: string } & ReadCode)
  | { readonly ok: false; readonly reason: string; readonly sha256: string };

const NOTHING = submissionHash([]);

/** Reads what lies in a folder. Never throws for what a student has written. */
export async function readSubmission(
  exercise: Exercise,
  folder: string,
  library: string,
): Promise<ReadSubmission> {
  const { submission } = exercise;
  const files = filesOf(submission);
  const isThere = existsSync(folder);
  const strange = isThere ? strangerIn(folder) : null;
  if (strange !== null) return { ok: false, reason: strange, sha256: NOTHING };
  const program = isThere && submission.kind === 'code' ? programIn(exercise, folder) : null;
  if (program !== null) return readProgram(program, exercise, folder);
  const missing = files.find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined) {
    return { ok: false, reason: `there is no ${missing} in ${folder}`, sha256: NOTHING };
  }
  const bad = unreadable(files, folder);
  if (bad !== null) return { ok: false, reason: bad, sha256: NOTHING };
  if (submission.kind === 'yaml') return readYaml(folder, files, submission.editable);
  const file = join(folder, submission.file);
  const made = await bundleSubmission(file, folder, library);
  if ('reason' in made) {
    return { ok: false, reason: refusalText(made), sha256: hashOf([file], folder) };
  }
  return { ok: true, code: made, answers: new Map(), sha256: hashOf(made.files, folder) };
}

function readProgram(
  program: ReadProgram | string,
  exercise: Exercise,
  folder: string,
): ReadSubmission {
  if (typeof program === 'string') return { ok: false, reason: program, sha256: NOTHING };
  const sha256 = hashOf(program.files, folder);
  const groups = groupsOfCode(exercise);
  if (groups.length > 1) {
    const names = groups.map((name) => `\`${name}\``).join(' and ');
    const reason = `${program.file} is not graded: the groups ${names} of this exercise need ${exercise.submission.file}`;
    return { ok: false, reason, sha256 };
  }
  return { ok: true, code: null, program, answers: new Map(), sha256 };
}

function unreadable(files: readonly string[], folder: string): string | null {
  for (const name of files) {
    const why = whyNotRead(join(folder, name), folder);
    if (why !== null) return `${name} is not read: ${why}`;
  }
  return null;
}

function refusalText({ reason, mistakes }: OwnKindRefusal): string {
  const [first] = mistakes;
  return first === undefined
    ? reason
    : `it does not compile: ${describeSpot(first.spot)}: ${first.message}`;
}

function hashOf(files: readonly string[], folder: string): string {
  return submissionHash(
    files.map(
      (file) => [relative(folder, file).split('\\').join('/'), readFileSync(file)] as const,
    ),
  );
}

// --- YAML --------------------------------------------------------------------------------------

/** Bytes of an answer: a student's file is no place for a bomb of aliases. */
const ANSWER_MAX = 100_000;

function readYaml(
  folder: string,
  files: readonly string[],
  editable: readonly string[],
): ReadSubmission {
  const texts = files.map((name) => [name, readFileSync(join(folder, name))] as const);
  const sha256 = submissionHash(texts);
  const answers = new Map<string, Answers>();
  for (const [name, bytes] of texts) {
    const read = readAnswers(bytes, name, editable);
    if (typeof read === 'string') return { ok: false, reason: read, sha256 };
    answers.set(name, read);
  }
  return { ok: true, code: null, answers, sha256 };
}

/** What is in a file; a text says what is wrong with it. */
function readAnswers(
  bytes: Uint8Array,
  name: string,
  editable: readonly string[],
): Answers | string {
  if (bytes.length > ANSWER_MAX) return `${name} is too large`;
  const document = parseDocument(Buffer.from(bytes).toString('utf8'));
  const [error] = document.errors;
  if (error !== undefined) return `${name}: ${error.message.split('\n')[0]}`;
  if (document.contents !== null && !isMap(document.contents)) {
    return `${name} is not a map of keys`;
  }
  let all: Overlay;
  try {
    all = (document.toJS({ maxAliasCount: 100 }) ?? {}) as Overlay;
  } catch {
    return `${name} has too many aliases`;
  }
  // The grader itself says what is extended, so that the file is a scenario for its student.
  const { extends: _base, ...rest } = all;
  const stranger = firstForeign(rest, '', editable);
  if (stranger !== null) {
    const near = nearestName(stranger, editable);
    const hint =
      near === null
        ? `only ${editable.map((path) => `\`${path}\``).join(', ')} may be`
        : `did you mean \`${near}\`?`;
    return `${name}: \`${stranger}\` may not be changed here; ${hint}`;
  }
  const isWord = ([key]: readonly [string, unknown]) => key.startsWith('x-');
  const entries = Object.entries(rest);
  return {
    words: Object.fromEntries(entries.filter(isWord)),
    overlay: Object.fromEntries(entries.filter((entry) => !isWord(entry))),
  };
}

/** The first path that is not editable; null if all are. */
function firstForeign(value: unknown, path: string, editable: readonly string[]): string | null {
  if (editable.includes(path)) return null;
  const isWay = path === '' || editable.some((each) => each.startsWith(`${path}.`));
  if (!isWay) return path;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return path === '' ? null : path;
  for (const [key, inner] of Object.entries(value)) {
    const stranger = firstForeign(inner, path === '' ? key : `${path}.${key}`, editable);
    if (stranger !== null) return stranger;
  }
  return null;
}
