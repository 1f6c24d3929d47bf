/** What a submission may be made of: the grader reads nothing that its student could not. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStub } from '../../src/cli/grade.ts';
import { readExercise } from '../../src/course/exercise.ts';
import { readSubmission } from '../../src/course/submission.ts';
import { root } from './attempt.ts';

const echo = readExercise(join(root, 'course', '01-echo'));
const NODE = 'export default class { start() {} receive() {} }\n';
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'dsim-own-files-'));
  writeFileSync(join(base, 'key.txt'), 'the key');
  writeFileSync(join(base, 'solution.ts'), NODE);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

let count = 0;
/** The folder of a submission beside a key, with these files. */
function folderOf(files: { readonly [path: string]: string }): string {
  const folder = join(base, `student-${count++}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function reasonOf(folder: string, exercise = echo): Promise<string | null> {
  const read = await readSubmission(exercise, folder, join(root, 'src', 'index.ts'));
  return read.ok ? null : read.reason;
}

test('files of its own are read, and dsim', async () => {
  const text = `import { other } from './more/other.ts';\nimport type { Node } from 'dsim';\n${NODE}console.log(other);`;
  expect(
    await reasonOf(folderOf({ 'node.ts': text, 'more/other.ts': 'export const other = 1;' })),
  ).toBe(null);
});

describe('nothing from elsewhere', () => {
  test.each([
    ["import x from '../key.txt';", 'it is not in the folder of the submission'],
    ["import x from '../solution.ts';", 'it is not in the folder of the submission'],
    ["import x from '/etc/passwd';", 'it is not in the folder of the submission'],
    ["const x = require('../key.txt');", 'it is not in the folder of the submission'],
    ["const x = import('../key.txt');", 'it is not in the folder of the submission'],
    ["import x from 'node:fs';", 'and not `node:fs`'],
    ["const x = import('fs');", 'and not `fs`'],
    ["import x from 'typescript';", 'and not `typescript`'],
    ["import { x } from 'dsim/host';", 'and not `dsim/host`'],
    ["import x from '#inside';", 'and not `#inside`'],
    ['const x = await 1;', 'top-level await'],
  ])('%s', async (line, words) => {
    expect(await reasonOf(folderOf({ 'node.ts': `${line}\n${NODE}console.log(x);` }))).toContain(
      words,
    );
  });

  test('a tsconfig.json changes no paths', async () => {
    const options = { compilerOptions: { paths: { mine: ['../solution.ts'] } } };
    const files = {
      'node.ts': "export { default } from 'mine';",
      'tsconfig.json': JSON.stringify(options),
    };
    expect(await reasonOf(folderOf(files))).toContain('and not `mine`');
  });

  test.each([
    ['node.ts', '../solution.ts'],
    ['other.ts', '../key.txt'],
    ['endless.ts', '/dev/zero'],
  ])('%s as a link to %s', async (name, target) => {
    const folder = folderOf(name === 'node.ts' ? { 'README.md': '' } : { 'node.ts': NODE });
    symlinkSync(target, join(folder, name));
    expect(await reasonOf(folder)).toBe(`${name} is a link that leads out of the folder`);
  });

  test('a link within is a file of its own', async () => {
    const folder = folderOf({ 'src/real.ts': NODE });
    symlinkSync('src/real.ts', join(folder, 'node.ts'));
    expect(await reasonOf(folder)).toBe(null);
  });
});

describe('nothing without an end', () => {
  test('a pipe', async () => {
    const folder = folderOf({ 'node.ts': NODE });
    spawnSync('mkfifo', [join(folder, 'package.json')]);
    expect(await reasonOf(folder)).toBe('package.json is neither a file nor a folder');
  });

  test('a large file', async () => {
    const folder = folderOf({ 'node.ts': `${NODE}//${'x'.repeat(1_000_001)}` });
    expect(await reasonOf(folder)).toBe('node.ts is not read: it is larger than 1 MB');
  });

  test('a folder in place of the file', async () => {
    expect(await reasonOf(folderOf({ 'node.ts/x': '' }))).toBe(
      'node.ts is not read: it is not a file',
    );
  });

  test('an answer in YAML that is a link', async () => {
    const flood = readExercise(join(root, 'course', 'N03-flood'));
    const folder = folderOf({ 'README.md': '' });
    symlinkSync('../key.txt', join(folder, 'answer.yaml'));
    expect(await reasonOf(folder, flood)).toBe(
      'answer.yaml is a link that leads out of the folder',
    );
  });
});

// What never ends is not looked at again, by the question whether it is the stub or any other.
test.each([
  ['a FIFO', (path: string) => spawnSync('mkfifo', [path])],
  ['a link to a device', (path: string) => symlinkSync('/dev/zero', path)],
  ['a folder', (path: string) => mkdirSync(path)],
  ['too large', (path: string) => writeFileSync(path, Buffer.alloc(2_000_000))],
])('%s as the submission is refused, and its result written', async (_what, make) => {
  const folder = folderOf({ 'README.md': '' });
  make(join(folder, 'node.ts'));
  expect(await reasonOf(folder)).not.toBe(null);
  expect(isStub(folder, echo)).toBe(false);
  const words = ['grade', folder, '--exercise', '01', '-o', join(folder, 'out.json')];
  const program = join(root, 'bin', 'dsim.js');
  const { status } = spawnSync(process.execPath, [program, ...words], { timeout: 20_000 });
  expect(status).toBe(2);
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({ points: 0 });
});
