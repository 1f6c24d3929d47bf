/** Pipes that can be read without a loop of events: what a synchronous run talks through. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** They need their names until both ends are open. Throws what `mkfifo` says. */
export class NamedPipes {
  readonly paths: readonly string[];
  private readonly folder = mkdtempSync(join(tmpdir(), 'dsim-pipes-'));

  constructor(...names: readonly string[]) {
    this.paths = names.map((name) => join(this.folder, name));
    const made = spawnSync('mkfifo', this.paths);
    if (made.status === 0) return;
    this.remove();
    throw new Error(`mkfifo: ${made.error?.message ?? made.stderr}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
