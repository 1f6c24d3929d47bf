/**
 * From what a user names to scenario files: a file, a folder of files, or a scenario that ships
 * with dsim.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from '../scenarios/host/descriptor-writer.ts';
import { nearestName } from '../sim/nearest-name.ts';
import { UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import { shippedFile } from './package-root.ts';

export interface ScenarioPath {
  /** What to open. */
  readonly file: string;
  /** As the user named it; goes into the repro line. */
  readonly shown: string;
  /** It ships with dsim, and there is no file of that name here. */
  readonly fromGallery: boolean;
}

/** Scenarios are YAML, of which JSON is a part; in a folder, JSON is more likely something else. */
const ending = /\.(ya?ml|json)$/i;
const endingInFolder = /\.ya?ml$/i;

/**
 * A folder gives its scenarios in the order of their names, perhaps none. Throws UsageError for a
 * name that is neither here nor in the gallery, unless it looks like a file: then loading it says
 * what is wrong.
 */
export function scenarioPaths(
  names: readonly string[],
  cwd: string,
  engine: Engine,
  commands: readonly string[] = [],
): readonly ScenarioPath[] {
  return names.flatMap((name) => pathsOf(name, cwd, engine, commands));
}

function pathsOf(
  name: string,
  cwd: string,
  engine: Engine,
  commands: readonly string[],
): readonly ScenarioPath[] {
  if (name === '') throw new UsageError('an empty name stands for no scenario');
  const path = resolve(cwd, name);
  const stat = statOf(path, name);
  if (stat?.isDirectory() === true) return filesIn(name, path);
  if (stat !== undefined || name === '-') return [{ file: name, shown: name, fromGallery: false }];
  const gallery = engine.gallery();
  const bare = name.replace(ending, '');
  const shipped = gallery.find((scenario) => scenario.name === bare);
  if (shipped !== undefined) return [{ file: shipped.file, shown: name, fromGallery: true }];
  const example = shippedFile(name);
  if (example !== null && statSync(example).isFile()) {
    return [{ file: example, shown: name, fromGallery: true }];
  }
  if (ending.test(name) || name.includes('/')) {
    refuseGalleryPath(name, path, gallery);
    return [{ file: name, shown: name, fromGallery: false }];
  }
  const near = nearestName(name, [...commands, ...gallery.map((scenario) => scenario.name)]);
  const hint = near === null ? '' : `; did you mean ${near}?`;
  throw new UsageError(`there is no command, file or scenario ${JSON.stringify(name)}${hint}`);
}

/** `scenarios/partition.yaml` where there is no such folder: a scenario of the gallery is meant. */
function refuseGalleryPath(name: string, path: string, gallery: ReturnType<Engine['gallery']>) {
  if (statOf(dirname(path), name) !== undefined) return;
  const names = gallery.map((scenario) => scenario.name);
  const near = nearestName(basename(name).replace(ending, ''), names);
  if (near === null) return;
  const what = `there is no file ${JSON.stringify(name)}`;
  throw new UsageError(`${what}; did you mean ${near}, a scenario that ships with dsim?`);
}

/** undefined: there is nothing. What cannot be looked at is a file, and reading it says why. */
function statOf(path: string, name: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new UsageError(`${JSON.stringify(name)} ${whyNot(error)}`);
  }
}

function whyNot(error: unknown): string {
  switch (codeOf(error)) {
    case 'ELOOP':
      return 'is a symbolic link that leads to itself';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read';
    case 'ENAMETOOLONG':
      return 'is too long for a file name';
    default:
      return `cannot be read (${codeOf(error) ?? 'for an unknown reason'})`;
  }
}

function entriesOf(path: string, name: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new UsageError(`the folder ${JSON.stringify(name)} ${whyNot(error)}`);
  }
}

function filesIn(name: string, path: string): readonly ScenarioPath[] {
  return entriesOf(path, name)
    .filter((entry) => endingInFolder.test(entry))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((entry) => join(name, entry))
    .map((file) => ({ file, shown: file, fromGallery: false }));
}
