/** `dsim learn --watch` at a terminal: a save, its verdict, and the keys. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'bin/dsim.js');
const folder = mkdtempSync(join(tmpdir(), 'dsim-watch-'));
const PATIENCE_MS = 60_000;

/** util-linux runs a command at a terminal of its own, and passes on what is typed. */
const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');

let terminal: ChildProcess;
/** What the terminal has shown since the last look. */
let shown = '';

/** Waits until the screen shows it; returns all that came until then. */
async function screen(pattern: RegExp): Promise<string> {
  const seen = () => stripVTControlCharacters(shown).replaceAll('\r', '');
  await expect.poll(seen, { timeout: PATIENCE_MS, interval: 20 }).toMatch(pattern);
  const text = seen();
  shown = '';
  return text;
}

function press(key: string): void {
  terminal.stdin?.write(key);
}

describe.runIf(hasTerminal)('learn --watch', () => {
  beforeAll(() => {
    spawnSync(process.execPath, [program, 'learn', '01'], { cwd: folder });
    const command = `stty cols 80; ${process.execPath} ${program} learn 01-echo --watch`;
    const env = { ...process.env, DSIM_COLOR: 'never', TERM: 'dumb' };
    terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env });
    terminal.stdout?.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
  });
  afterAll(() => {
    terminal.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells each test as it comes, then the verdict and the keys', async () => {
    const text = await screen(/next: .*--seed 1/);
    expect(text).toMatch(/^ {2}h hint · w why · t time line · n next · q quit\n\n {2}✗ answered$/m);
    expect(text).toMatch(/^Not done yet, as intended\.\n\n01 echo {3}0 of 100$/m);
  });

  test('answers keys: a hint and one more, why, the time line of the run, the next', async () => {
    press('h');
    const first = await screen(/hint 1 of 3: \S/);
    expect(first).not.toContain('hint 2');
    press('h');
    await screen(/hint 2 of 3: \S/);
    press('w');
    await screen(/ {2}answered: \S/);
    press('t');
    await screen(/^TIMELINE.*0s[\s\S]*answered/m);
    press('n');
    await screen(/the next exercise: .*dsim.* learn 01, An echo/);
  });

  test('grades again at a save, and remembers the points', async () => {
    cpSync(join(root, 'course/01-echo/.solution/node.ts'), join(folder, '01-echo/node.ts'));
    const text = await screen(/100 of 100[\s\S]*next: /);
    expect(text).toMatch(/^ {2}✓ answered( {2}✓ \w+)+$/m);
    expect(text).toMatch(/^ {2}next: .*dsim.* learn$/m);
    expect(JSON.parse(readFileSync(join(folder, '.dsim/course.json'), 'utf8'))).toMatchObject({
      best: { echo: 100 },
    });
    press('w');
    await screen(/nothing was lost/);
  });

  test('ends with q', async () => {
    press('q');
    const code = terminal.exitCode ?? (await new Promise((end) => terminal.once('exit', end)));
    expect(code).toBe(0);
  });
});
