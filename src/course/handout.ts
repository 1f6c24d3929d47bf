/** What a student gets of an exercise: everything but what begins with a dot. */
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Exercise } from './exercise.ts';
import { UsageError } from './usage-error.ts';

/** Copies an exercise into `parent`; returns the new folder. Overwrites nothing. */
export function handOut({ folder }: Exercise, parent: string): string {
  const target = join(parent, basename(folder));
  if (existsSync(target)) {
    throw new UsageError(`${basename(folder)} is there already, and was left as it is`);
  }
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('.')) cpSync(join(folder, name), join(target, name), { recursive: true });
  }
  return target;
}
