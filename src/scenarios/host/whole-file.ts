/** Files that are there whole or not at all, whatever happens while they are written. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a draft beside the file, and renames it. Throws the system's error; no draft stays. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
