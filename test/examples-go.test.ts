/** The library for Go: a program of it holds in a scenario of its own, and in one of the course. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { isLong } from './support/long.ts';

const root = resolve(import.meta.dirname, '..');
const hasGo = spawnSync('go', ['version']).status === 0;

test.runIf(isLong && hasGo)(
  'a program in Go holds where messages are lost',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'dsim-go-'));
    try {
      const program = join(folder, 'node');
      const env = { ...process.env, GOCACHE: join(folder, 'cache'), GOTOOLCHAIN: 'local' };
      const built = spawnSync('go', ['build', '-o', program, '.'], {
        cwd: join(root, 'examples', 'go'),
        env,
        encoding: 'utf8',
      });
      expect([built.status, built.stderr]).toEqual([0, '']);
      for (const scenario of ['examples/go/broadcast.yaml', 'course/03-gossip/cut.yaml']) {
        const kind = `nodes.n.kind={ exec: [${program}] }`;
        const argv = [join(root, 'bin', 'dsim.js'), 'run', scenario, '--set', kind, '--no-keep'];
        const { status, stdout } = spawnSync(process.execPath, argv, {
          cwd: root,
          encoding: 'utf8',
        });
        expect([scenario, status, status === 0 ? '' : stdout]).toEqual([scenario, 0, '']);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
