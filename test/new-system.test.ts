/**
 * `npm run new`: the folder that it makes is a system of its own, complete, in the house's shape,
 * and listed.
 */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newSystem } from '../scripts/new.ts';
import { badImports } from './tidy/layers.ts';
import { bannedWords, defaultExport, docComment, fileName, lineLength } from './tidy/rules.ts';

const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'dsim-new-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const parts =
  'package.json tsconfig.json biome.jsonc .gitignore src/sim src/interfaces src/nodes/_template'.split(
    ' ',
  );
parts.push('test/support/stage.ts');
for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
for (const folder of ['src/faults', 'src/workloads', 'src/checks/metrics']) {
  mkdirSync(join(copy, folder), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

test('a new system', async () => {
  const folder = 'src/nodes/data/quorum-register';
  const files = await newSystem(copy, 'data/quorum-register');
  expect(files).toEqual([
    `${folder}/README.md`,
    `${folder}/example.yaml`,
    `${folder}/index.ts`,
    `${folder}/quorum-register.test.ts`,
    `${folder}/quorum-register.ts`,
    'src/nodes/index.ts',
    'src/faults/index.ts',
    'src/workloads/index.ts',
    'src/checks/index.ts',
    'src/checks/metrics/index.ts',
  ]);
  const text = (path: string) => readFileSync(join(copy, path), 'utf8');

  // Listed, under its own names, and nothing of the template's is left.
  expect(text('src/nodes/index.ts')).toContain("['quorum-register', { family: 'data', summary: ");
  expect(text(`${folder}/index.ts`)).toContain("title: 'Quorum register',");
  expect(text(`${folder}/quorum-register.ts`)).toContain('export class QuorumRegister implements');
  expect(text(`${folder}/example.yaml`)).toContain('{ kind: quorum-register, ');
  expect(text(`${folder}/README.md`)).toContain(`dsim run ${folder}/example.yaml`);
  const own = readdirSync(join(copy, folder)).map((name) => `${folder}/${name}`);
  for (const path of own) expect(text(path), path).not.toMatch(/keeper|_template/i);

  // In the house's shape.
  const rules = [badImports, bannedWords, defaultExport, docComment, fileName, lineLength];
  for (const path of own) {
    expect(
      rules.flatMap((rule) => rule({ path, text: text(path) })),
      path,
    ).toEqual([]);
  }
  expect(text(`${folder}/README.md`).match(/(?<=^## ).*$/gm)).toEqual(
    'What it is · Messages · States · Knobs · What to watch · Try it · Exercises · Sources'.split(
      ' · ',
    ),
  );

  // And it compiles where it stands.
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: copy, encoding: 'utf8' });
  expect(compiled.stdout.split('\n').filter((line) => line.includes('quorum-register'))).toEqual(
    [],
  );
  expect(compiled.stdout).not.toContain('No inputs were found');
});

test.each([
  ['', 'not a family and a system: (nothing)'],
  ['raft', 'not a family and a system: raft'],
  ['data/raft/extra', 'not a family and a system: data/raft/extra'],
  ['trafic/raft', 'there is no family trafic; did you mean traffic?'],
  ['nothing-like-it/raft', /^there is no family nothing-like-it; the families are time consensus /],
  ['data/Raft', 'Raft is not in kebab-case, as in load-balancer'],
  ['data/..', '.. is not in kebab-case, as in load-balancer'],
  ['caching/quorum-register', 'src/nodes/data/quorum-register exists'],
])('%j is refused', async (place, why) => {
  expect(await newSystem(copy, place)).toEqual(
    typeof why === 'string' ? why : expect.stringMatching(why),
  );
  expect(existsSync(join(copy, 'src/nodes/caching'))).toBe(false);
});
