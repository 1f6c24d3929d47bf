#!/usr/bin/env node
/**
 * A newcomer's first five minutes: an empty folder, `npm install` of the package, the first
 * exercise, the line that its README leads to, and all points. Each command is one that the step
 * before printed.
 *
 * Usage: node scripts/first-green.mjs [dsim.tgz] (without one the package is made of dist/)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the whole, on a machine with nothing else to do. */
const SECONDS_MAX = 90;
const STUB = '    void from;\n';
const ANSWER = `    const { id = null, payload = null } = message;
    ctx.send(from, { type: 'echo_ok', inReplyTo: id, payload });
`;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const base = mkdtempSync(join(tmpdir(), 'dsim-first-green-'));
const work = join(base, 'work');
mkdirSync(work);
process.on('exit', () => rmSync(base, { recursive: true, force: true }));
// What dsim keeps between runs is a newcomer's too: nothing.
const env = { ...process.env, XDG_CACHE_HOME: join(base, 'cache') };

/** Runs a line as it was printed; returns what it prints. */
function run(/** @type {string} */ line, cwd = work) {
  process.stdout.write(`$ ${line}\n`);
  const { stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });
  process.stdout.write(stdout);
  if (stdout === '') process.stderr.write(stderr);
  return stdout;
}

function nextOf(/** @type {string} */ printed) {
  const line = /^ *next: *(\S.*)$/m.exec(printed)?.[1];
  if (line === undefined) throw new Error('no next command was printed');
  return line;
}

function expectPoints(/** @type {string} */ printed, /** @type {number} */ points) {
  if (!printed.includes(`   ${points} of 100\n`)) throw new Error(`it does not score ${points}`);
}

const packed =
  process.argv[2] === undefined
    ? join(base, run(`npm pack --silent --ignore-scripts --pack-destination ${base}`, root).trim())
    : resolve(process.argv[2]);
const started = Date.now();
run(`npm install --no-audit --no-fund ${packed}`);
const begin = nextOf(run('npx dsim learn'));
const grade = nextOf(run(begin));
expectPoints(run(grade), 0);
const file = join(work, '01-echo', 'node.ts');
writeFileSync(file, readFileSync(file, 'utf8').replace(STUB, ANSWER));
expectPoints(run(grade), 100);
const seconds = Math.round((Date.now() - started) / 1000);
process.stdout.write(`first green after ${seconds} s (at most ${SECONDS_MAX})\n`);
if (seconds > SECONDS_MAX) process.exitCode = 1;
