/** `dsim grade` as a command: whose tests it takes, and which it refuses. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dsimIn } from '../cli/dsim-in.ts';
import { root } from './attempt.ts';

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dsim-grade-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MISSING = /no hidden variant .*answered\.yaml/;
const ECHO = join(root, 'course', '01-echo');

test('a name is the exercise that ships with dsim, a path a folder of ones own', async () => {
  cpSync(ECHO, join(folder, '01-echo'), {
    recursive: true,
    filter: (path) => !/[\\/]\.\w+$/.test(path),
  });
  writeFileSync(join(folder, '01-echo', 'node.ts'), 'mine');
  const packed = async (word: string) => {
    const { code, err } = await dsimIn(folder, ['grade', '--pack', 'gradescope', word]);
    return code === 0
      ? readFileSync(join(folder, 'gradescope-01-echo/exercise/node.ts'), 'utf8')
      : err;
  };
  expect(await packed('01-echo')).toBe(readFileSync(join(ECHO, 'node.ts'), 'utf8'));
  rmSync(join(folder, 'gradescope-01-echo'), { recursive: true });
  expect(await packed('./01-echo')).toMatch(MISSING);
}, 60_000);

test('with a key, a hidden variant that is missing is a mistake of the exercise', async () => {
  cpSync(ECHO, join(folder, 'mine'), { recursive: true });
  rmSync(join(folder, 'mine', '.hidden'), { recursive: true });
  writeFileSync(join(folder, 'key.txt'), 'secret');
  const argv = ['grade', join(ECHO, '.solution'), '--exercise', 'mine', '--test', 'content'];
  const { code, err } = await dsimIn(folder, [...argv, '--key-file', 'key.txt']);
  expect([code, err]).toEqual([2, expect.stringMatching(MISSING)]);
  expect((await dsimIn(folder, argv)).code).toBe(0);
}, 60_000);

test('with a key, an exercise anywhere in the folder of the submission is refused', async () => {
  cpSync(ECHO, join(folder, 'exercise'), { recursive: true });
  writeFileSync(join(folder, 'key.txt'), 'secret');
  const argv = ['grade', '.', '--exercise', './exercise', '--key-file', 'key.txt'];
  const { code, err } = await dsimIn(folder, argv);
  expect([code, err]).toEqual([2, expect.stringContaining('in the folder of the submission')]);
});
