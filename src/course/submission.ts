/** What a student hands in: code, or YAML of which only some paths count. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { OwnKindRefusal } from '../scenarios/sections/catalogue.ts';
import { describeSpot } from '../scenarios/text/source.ts';
import { isMap, parseDocument } from '../scenarios/text/yaml.ts';
import { nearestName } from '../sim/nearest-name.ts';
import type { Exercise } from './exercise.ts';
import { type BundleText, bundleSubmission } from './sandbox/bundle.ts';
import { submissionHash } from './seeds.ts';

/** What a student's YAML changes in the scenarios: only paths that the exercise allows. */
export interface Overlay {
  readonly [key: string]: unknown;
}

/** What a submission puts into a job. */
export interface ReadCode {
  /** null for a submission of YAML. */
  readonly code: BundleText | null;
  readonly overlay: Overlay | null;
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
  const file = join(folder, submission.file);
  if (!existsSync(file)) {
    return { ok: false, reason: `there is no ${submission.file} in ${folder}`, sha256: NOTHING };
  }
  if (submission.kind === 'yaml') return readOverlay(file, submission.file, submission.editable);
  const made = await bundleSubmission(file, folder, library);
  if ('reason' in made) {
    return { ok: false, reason: refusalText(made), sha256: hashOf([file], folder) };
  }
  return { ok: true, code: made, overlay: null, sha256: hashOf(made.files, folder) };
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

function readOverlay(file: string, name: string, editable: readonly string[]): ReadSubmission {
  const bytes = readFileSync(file);
  const sha256 = submissionHash([[name, bytes]]);
  const fail = (reason: string): ReadSubmission => ({ ok: false, reason, sha256 });
  if (bytes.length > ANSWER_MAX) return fail(`${name} is too large`);
  const document = parseDocument(bytes.toString('utf8'));
  const [error] = document.errors;
  if (error !== undefined) return fail(`${name}: ${error.message.split('\n')[0]}`);
  if (document.contents !== null && !isMap(document.contents)) {
    return fail(`${name} is not a map of keys`);
  }
  let overlay: Overlay;
  try {
    overlay = (document.toJS({ maxAliasCount: 100 }) ?? {}) as Overlay;
  } catch {
    return fail(`${name} has too many aliases`);
  }
  const stranger = strangerIn(overlay, '', editable);
  if (stranger !== null) {
    const near = nearestName(stranger, editable);
    const hint =
      near === null
        ? `only ${editable.map((path) => `\`${path}\``).join(', ')} may be`
        : `did you mean \`${near}\`?`;
    return fail(`${name}: \`${stranger}\` may not be changed here; ${hint}`);
  }
  return { ok: true, code: null, overlay, sha256 };
}

/** The first path that is not editable; null if all are. */
function strangerIn(value: unknown, path: string, editable: readonly string[]): string | null {
  if (editable.includes(path)) return null;
  const isWay = path === '' || editable.some((each) => each.startsWith(`${path}.`));
  if (!isWay) return path;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return path === '' ? null : path;
  for (const [key, inner] of Object.entries(value)) {
    const stranger = strangerIn(inner, path === '' ? key : `${path}.${key}`, editable);
    if (stranger !== null) return stranger;
  }
  return null;
}
