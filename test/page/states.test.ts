// Pages of how else a run can end, and of a matrix, in headless Chromium: in the long suite.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, openFile, WITHOUT } from '../support/browser.ts';
import { isLong } from '../support/long.ts';
import { modelOf } from '../support/traced.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-states-'));
const file = (name: string) => join(folder, name);
let browser: Browser;

const NODE = `import type { Context, Message, Node } from 'dsim';
export default class Full implements Node {
  receive(ctx: Context, from: string, message: Message): void {
    if (ctx.now() > 1000) throw new Error('no room for </b><i>k1');
    ctx.send(from, { type: 'read_ok', value: null });
  }
}
`;
const FULL = `name: full
seed: 3
duration: 4s
nodes: { kv: { kind: ./full.ts, count: 2 } }
clients: { load: { workload: register, target: kv, per-node: 1, rate: 20/s } }
expect: [ 'availability >= 1%' ]
`;
const SMALL = `name: small
seed: 1
duration: 2s
nodes: { kv: { kind: raft, count: 3 } }
network: { latency: 1ms }
clients: { load: { workload: register, target: kv, per-node: 1, rate: 20/s } }
expect: [ linearizable, "sometimes 'hands over'" ]
`;
const MATRIX = `extends: ./small.yaml
name: cells
seeds: 1..2
expect: [ 'p50 <= 20ms' ]
matrix: { network.latency: [1ms, 40ms], nodes.kv.count: [1, 3] }
`;

function dsim(...words: readonly string[]): string {
  const argv = [join(root, 'bin/dsim.js'), ...words];
  const { stdout } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  return stdout;
}

const isHere = isLong && chromiumPath !== null;

beforeAll(async () => {
  if (!isHere) return;
  for (const [name, text] of [
    ['full.ts', NODE],
    ['full.yaml', FULL],
    ['small.yaml', SMALL],
    ['cells.yaml', MATRIX],
  ] as const) {
    writeFileSync(file(name), text);
  }
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

describe.skipIf(!isHere)(`states (${chromiumPath ?? WITHOUT})`, () => {
  test('a handler that throws: its node, the message, the stack, and the last it got', async () => {
    dsim('run', 'full.yaml', '--no-keep', '-q', '-o', 'full.html');
    const { page, faults, close } = await openFile(browser, file('full.html'));
    expect(await page.textContent('.verdict b')).toBe('stopped');
    expect(await page.textContent('h1')).toMatch(/^Stopped at 1\.\d+s on kv-\d: no room for <\/b>/);
    expect(await page.getAttribute('#failure', 'aria-pressed')).toBe('true');
    const why = (await page.textContent('.reasons')) ?? '';
    expect(why).toMatch(/Error: no room.*at Full\.receive \(full\.ts:4:\d+\).*Last events there:/);
    expect(await page.locator('i:has-text("k1")').count()).toBe(0);
    // The body of what it could not handle is a click away.
    await page.click('#tab-log');
    await page.keyboard.press('n');
    await expect.poll(() => page.textContent('#card pre')).not.toBe('');
    expect(faults).toEqual([]);
    await close();
  });

  test('never exercised: the whole run, and what did not happen', async () => {
    dsim('run', 'small.yaml', '--no-keep', '-q', '-o', 'small.html');
    const { page, faults, close } = await openFile(browser, file('small.html'));
    expect(await page.textContent('.verdict')).toBe('○ never exercised');
    expect(await page.textContent('h1')).toContain("nobody noted 'hands over'");
    expect(await page.getAttribute('#whole', 'aria-pressed')).toBe('true');
    expect(modelOf(file('small.html')).failure).toBeNull();
    expect(faults).toEqual([]);
    await close();
  });

  test('unknown: a search that gave up, and how far it came', async () => {
    const history = join(root, 'test/corpora/porcupine/kv-c10-ok.jsonl');
    dsim('check', history, '--max-steps', '3', '-q', '-o', 'unknown.html');
    const { page, faults, close } = await openFile(browser, file('unknown.html'));
    expect(await page.textContent('.verdict')).toBe('? unknown');
    expect(await page.textContent('h1')).toMatch(/^Undecided after 4 steps: the first 0 of 32/);
    const why = (await page.textContent('#why')) ?? '';
    expect(why.includes('Why nothing was proved')).toBe(true);
    expect(why).toContain('--max-steps 40');
    // Nothing is shown as the culprit: nobody knows of one.
    expect(modelOf(file('unknown.html')).failure).toBeNull();
    expect(faults).toEqual([]);
    await close();
  });

  test('a matrix: cells count what the tests say, and a mark opens its run', async () => {
    dsim('test', 'cells.yaml', '--export', 'html=cells.html');
    const { page, faults, close } = await openFile(browser, file('cells.html'));
    const rows = await page.locator('.grid tr').allTextContents();
    expect(rows).toHaveLength(3);
    const cells = await page.locator('.grid td').allTextContents();
    expect(cells.map((cell) => /^\d\/\d/.exec(cell)?.[0])).toEqual(['2/2', '2/2', '0/2', '0/2']);
    expect(await page.textContent('h1')).toMatch(
      /^Held in 4 of 8 runs\. From network\.latency 40ms/,
    );
    await page.click('.grid [data-run="7"]');
    await page.waitForSelector('footer .back', { timeout: 20_000 });
    const sets = ['--set', 'network.latency=40ms', '--set', 'nodes.kv.count=3'];
    const told = dsim('run', 'cells.yaml', '--seed', '2', ...sets, '--no-keep', '--json');
    const { order } = JSON.parse(told).runs[0].digests;
    expect(await page.textContent('footer code')).toContain(`--digest ${order}`);
    expect(faults).toEqual([]);
    await close();
  });
});
