// `dsim serve`: kept runs as pages, on the loopback interface, for who knows the token, to read.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bin = resolve(import.meta.dirname, '../../bin/dsim.js');
const folder = mkdtempSync(join(tmpdir(), 'dsim-serve-test-'));
let server: ChildProcess;
let base = '';

interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: { readonly [name: string]: unknown };
}

function get(path: string, wanted: { method?: string; host?: string } = {}): Promise<Got> {
  const { method = 'GET', host } = wanted;
  const headers = host === undefined ? {} : { host };
  return new Promise((done, fail) => {
    // A kept connection may be closed by the server while this process starts another.
    const options = { method, headers, agent: false };
    const asked = request(new URL(path, base), options, (response) => {
      let text = '';
      response.on('data', (some) => {
        text += some;
      });
      response.on('end', () => {
        done({ status: response.statusCode ?? 0, text, headers: response.headers });
      });
    });
    asked.on('error', fail);
    asked.end();
  });
}

beforeAll(async () => {
  const words = ['run', 'partition', '--set', 'duration=11s', '--without', '-q'];
  spawnSync(process.execPath, [bin, ...words], { cwd: folder });
  server = spawn(process.execPath, [bin, 'serve'], { cwd: folder });
  base = await new Promise((done) => {
    server.stdout?.once('data', (text) => done(String(text).trim()));
  });
});

afterAll(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

test('lists kept runs, and shows one as the page that -o writes', async () => {
  expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const list = await get('');
  expect(list.status).toBe(200);
  const [, id = ''] =
    /<a href="(partition-[\w-]+)">partition seed 42<\/a> violated/.exec(list.text) ?? [];
  const page = await get(id);
  const file = join(folder, 'same.html');
  spawnSync(process.execPath, [bin, 'replay', id, '--no-keep', '-q', '-o', file], { cwd: folder });
  expect(page.text).toContain('<title>violated · partition · seed 42</title>');
  expect(page.text === readFileSync(file, 'utf8')).toBe(true);
  expect((await get('latest')).text).toBe(page.text);
  expect((await get('newest')).text).toBe(id);
  expect((await get('live')).text).toContain('<iframe src="latest"');
  expect((await get('', { method: 'HEAD' })).text).toBe('');
});

test('shows a run that is under way as far as it is, and none that is dead', async () => {
  const kept = (await get('newest')).text;
  const words = ['run', 'partition', '--seed', '7', '--set', 'duration=3000s', '-q'];
  const run = spawn(process.execPath, [bin, ...words], { cwd: folder });
  const ended = new Promise((done) => run.once('exit', done));
  await expect.poll(async () => (await get('newest')).text, { timeout: 20_000 }).toMatch(/\n/);
  const { text } = await get('newest');
  expect(text).toMatch(/^\d+-\d+\npartition seed 7 is running: [\d.ms]+ of 50m$/);
  expect(text.startsWith(`${run.pid}-`)).toBe(true);
  run.kill('SIGKILL');
  await ended;
  // What it left is no run any more.
  expect((await get('newest')).text).toBe(kept);

  const file = join(folder, '.dsim/running', `${run.pid}.json`);
  const left = JSON.parse(readFileSync(file, 'utf8'));
  const early = { ...left, process: process.pid, events: 3000, atUs: 2_500_000 };
  writeFileSync(join(folder, '.dsim/running', `${process.pid}.json`), JSON.stringify(early));
  rmSync(file);
  expect((await get('')).text).toContain('<output>partition seed 7 is running: 2.5s of 50m<');
  const page = (await get('latest')).text;
  expect(page).toContain('<title>under way · partition · seed 7</title>');
  expect(page).toContain('<i aria-hidden="true">…</i> <b>under way</b></p>');
  expect(page).toContain('<h1>partition seed 7 is running: 2.5s of 50m</h1>');
  expect(page).toContain('--max-events 3000');
  rmSync(join(folder, '.dsim/running'), { recursive: true });
}, 60_000);

test('answers nobody else, and changes nothing', async () => {
  const before = readdirSync(join(folder, '.dsim/runs'));
  const wrong = `/${'0'.repeat(32)}/`;
  for (const path of ['/', wrong, '/favicon.ico']) expect((await get(path)).status).toBe(404);
  for (const name of ['..', '%2e%2e%2fresult.json', 'nothing', 'a/b']) {
    expect((await get(name)).status, name).toBe(404);
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect((await get('', { method })).status).toBe(405);
  }
  expect((await get('', { host: 'evil.example' })).status).toBe(403);
  const { headers } = await get('');
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(readdirSync(join(folder, '.dsim/runs'))).toEqual(before);
});

test('a Ctrl-C ends it', async () => {
  const ended = new Promise((done) => server.once('exit', done));
  server.kill('SIGINT');
  expect(await ended).toBe(0);
});
