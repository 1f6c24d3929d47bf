/**
 * What lies in the folder of a submission, before anything of it is read: the grader may read what
 * the student may not, so that nothing may lead out of the folder, or never end.
 */
import { accessSync, constants, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Of one file that is read. */
const BYTES_MAX = 1_000_000;
const FILES_MAX = 5000;
/** Not looked into: no import leads there. */
const SKIPPED: readonly string[] = ['node_modules', '.git'];

/** What is wrong with a folder, a sentence; null: all of it is files and folders of its own. */
export function strangerIn(folder: string): string | null {
  const root = realpathSync(folder);
  const waiting = [root];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (++count > FILES_MAX) return `there are more than ${FILES_MAX} files in ${folder}`;
      if (entry.isDirectory()) {
        if (!SKIPPED.includes(entry.name)) waiting.push(path);
      } else {
        const wrong = entry.isFile() ? null : strangeness(path, root);
        if (wrong !== null) return `${relative(root, path)} ${wrong}`;
      }
    }
  }
  return null;
}

function strangeness(path: string, root: string): string | null {
  if (!lstatSync(path).isSymbolicLink()) return 'is neither a file nor a folder';
  return isWithin(path, root) ? null : 'is a link that leads out of the folder';
}

/** Whether a path leads to something in a folder, whatever links are on the way. */
export function isWithin(path: string, folder: string): boolean {
  try {
    return `${realpathSync(path)}${sep}`.startsWith(`${realpathSync(folder)}${sep}`);
  } catch {
    return false;
  }
}

/** Why a file of a submission is not read; null: it is. */
export function whyNotRead(path: string, folder: string): string | null {
  if (!isWithin(path, folder)) return 'it is not in the folder of the submission';
  const stats = statSync(path);
  if (!stats.isFile()) return 'it is not a file';
  if (stats.size > BYTES_MAX) return `it is larger than ${BYTES_MAX / 1e6} MB`;
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch {
    return 'it may not be read';
  }
}
