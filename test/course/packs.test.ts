/** The folders for classroom tools: their scripts run, and hold nothing that is the teacher's. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { readExercise } from '../../src/course/exercise.ts';
import { packNames, writePack } from '../../src/course/packs.ts';
import { root } from './attempt.ts';

// It decides without many runs.
const exercise = readExercise(join(root, 'course', 'N03-flood'));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-packs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where `npx --no-install dsim` is this dsim. */
function install(where: string): void {
  const bin = join(where, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(root, 'bin', 'dsim.js'), join(bin, 'dsim'));
}

test.each(packNames)('%s has the exercise, and no solution', (tool) => {
  const made = writePack(tool, exercise, root, folder);
  const files = readdirSync(made, { recursive: true, encoding: 'utf8' });
  expect(files).toContain(join('exercise', 'exercise.yaml'));
  expect(files).toContain(`dsim-${pkg.version}.tgz`);
  expect(files.filter((file) => /\.(solution|wrong)/.test(file))).toEqual([]);
  expect(() => writePack(tool, exercise, root, folder)).toThrow('is there already');
});

test('a tool that is not known is named', () => {
  expect(() => writePack('moodle', exercise, root, folder)).toThrow(
    'there are gradescope, actions',
  );
});

test('autograder.py grades a checkout, says so to the workflow, and trusts no result in it', () => {
  const made = join(folder, 'classroom50-N03-flood');
  expect(existsSync(join(made, 'exercise', '.hidden'))).toBe(false);
  const [work, bin] = [join(folder, 'checkout'), join(folder, 'fake-bin')];
  for (const each of [work, bin]) mkdirSync(each);
  install(made);
  // What is installed is beside it already.
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(work, 'result.json'), '{ "score": 100, "max-score": 100 }');
  const grade = (more: object) => {
    const output = join(folder, 'output');
    writeFileSync(output, '');
    const PATH = `${bin}:${process.env['PATH']}`;
    const env = { ...process.env, PATH, GITHUB_OUTPUT: output, ...more };
    const argv = [join(made, 'autograder.py')];
    const { status } = spawnSync('python3', argv, { cwd: work, env, encoding: 'utf8' });
    return [status, readFileSync(output, 'utf8')];
  };
  expect(grade({})).toEqual([0, expect.stringMatching(/^status=error\nsummary=.*end\.\n$/)]);
  const names = 'CLASSROOM ASSIGNMENT ASSIGNMENT_TYPE OWNER COMMIT_URL RELEASE_URL REVIEW_URL';
  const values = Object.fromEntries(names.split(' ').map((name) => [name, 'x']));
  const told = grade({ ...values, SUBMISSION_TAG: 'submit/2026-03-04T05-06-07Z' });
  expect(told).toEqual([0, 'status=failure\nsummary=0 of 100 points\n']);
  expect(readFileSync(join(work, 'release-body.md'), 'utf8')).toContain('flood');
});

test('run_autograder grades a submission, and leaves no points where there is none', () => {
  const base = join(folder, 'autograder');
  cpSync(join(folder, 'gradescope-N03-flood'), join(base, 'source'), { recursive: true });
  install(join(base, 'source'));
  for (const each of [folder, base]) chmodSync(each, 0o755);
  const run = () => {
    const script = join(base, 'source', 'run_autograder');
    const env = { ...process.env, AUTOGRADER: base };
    const { status } = spawnSync('bash', [script], { env, encoding: 'utf8' });
    const text = readFileSync(join(base, 'results', 'results.json'), 'utf8');
    const { tests } = JSON.parse(text) as { tests: { score: number }[] };
    return { status, score: tests.reduce((sum, { score }) => sum + score, 0) };
  };
  expect(run()).toEqual({ status: 0, score: 0 });
  cpSync(join(exercise.folder, '.solution'), join(base, 'submission'), { recursive: true });
  expect(run()).toEqual({ status: 0, score: 100 });
}, 60_000);

test('the test runner of Exercism ends with 0 and a result of version 3', () => {
  const runner = join(folder, 'exercism-N03-flood');
  install(runner);
  const argv = ['flood', join(exercise.folder, '.solution'), join(folder, 'out')];
  const { status } = spawnSync('bash', [join(runner, 'bin/run.sh'), ...argv], { cwd: folder });
  const made = JSON.parse(readFileSync(join(folder, 'out', 'results.json'), 'utf8'));
  expect([status, made.version, made.status]).toEqual([0, 3, 'pass']);
  expect(made.tests[0].test_code).toMatch(/^dsim run \S+\.yaml\n[\s\S]*^expect:\n {2}- /m);
  expect(existsSync(join(runner, 'exercise', 'answer.yaml'))).toBe(true);
}, 60_000);
