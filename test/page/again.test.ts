// A page runs its scenario again in headless Chromium: the same digests as on the command line,
// whatever is changed, and each line that it shows brings the same run back.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, openFile, WITHOUT } from '../support/browser.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-again-'));
const PATIENCE = { timeout: 20_000 };
let browser: Browser;

/** What a shell prints for a line that begins with `dsim`. */
function shell(line: string): string {
  const dsim = `${process.execPath} ${join(root, 'bin/dsim.js')}`;
  const words = line.replace(/^dsim/, dsim);
  return spawnSync('bash', ['-c', words], { cwd: folder, encoding: 'utf8' }).stdout;
}

function digestOf(line: string): string {
  return JSON.parse(shell(`${line} --no-keep --json`)).runs[0].digests.order;
}

/** Of the run that is shown, by the line at the foot of the page. */
async function shownDigest(page: Page): Promise<string> {
  return /--digest (\w+)/.exec((await page.textContent('footer code')) ?? '')?.[1] ?? '';
}

/** Waits until the engine is at rest. */
async function rest(page: Page): Promise<void> {
  await page.waitForSelector('.again button.main', PATIENCE);
}

beforeAll(async () => {
  if (chromiumPath === null) return;
  shell('dsim run partition --set duration=12s --without --no-keep -q -o bad.html');
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

describe.skipIf(chromiumPath === null)(`run again (${chromiumPath ?? WITHOUT})`, () => {
  test('is the same run, and others as the command line has them', async () => {
    const { page, faults, close } = await openFile(browser, join(folder, 'bad.html'), '#p=again');
    const recorded = await shownDigest(page);
    const seen = await page.getAttribute('#status', 'data-messages');
    await rest(page);
    expect(await page.textContent('.again .state')).toMatch(
      new RegExp(`^✓ .*all four digests are the same \\(${recorded}\\)`),
    );

    await page.fill('.form input[aria-label=Seed]', '43');
    await page.uncheck('label:has-text("Without the protection") input');
    await page.fill('.form input[aria-label="partition at"]', '9s');
    await page.selectOption('.form select', 'nodes.kv.heartbeat');
    await page.fill('.form .value input', '40ms');
    const line = (await page.textContent('.command code')) ?? '';
    await page.click('.again button.main');
    await page.waitForSelector('.again table', PATIENCE);
    expect(await shownDigest(page)).toBe(digestOf(line));
    expect(await page.textContent('.run.shown b')).toBe(
      'seed 43, protected, partition at 9s, heartbeat 40ms',
    );

    await page.locator('.run button:text-is("Show")').first().click();
    expect(await shownDigest(page)).toBe(recorded);
    expect(await page.textContent('.verdict b')).toBe('violated');
    await expect.poll(() => page.getAttribute('#status', 'data-messages')).toBe(seen);
    expect(faults).toEqual([]);
    await close();
  });

  test('loses one message, from when on it is another run; and refuses what is wrong', async () => {
    const { page, faults, close } = await openFile(browser, join(folder, 'bad.html'), '#sel=m7600');
    const sent = Number(/sent ([\d.]+) ms/.exec((await page.textContent('#card')) ?? '')?.[1]);
    await page.click('text=Lose it and run again');
    await page.waitForSelector('.again table', PATIENCE);
    const row = {
      words: await page.textContent('.run.shown b'),
      said: (await page.textContent('.run.shown p')) ?? '',
    };
    expect(Number(/first difference at ([\d.]+)s/.exec(row.said)?.[1])).toBeCloseTo(sent / 1000, 3);
    const line = (await page.textContent('.command code')) ?? '';
    expect(line).toContain('name: drop-1, message: { from: ');
    expect(await shownDigest(page)).toBe(digestOf(line));

    await page.click('.run.shown button:text-is("Beside")');
    expect(await page.locator('.caption').allTextContents()).toEqual(['as recorded', row.words]);
    await page.fill('.form input[aria-label="partition at"]', 'soon');
    await page.click('.again button.main');
    await expect.poll(() => page.textContent('.again .state'), PATIENCE).toContain('soon');
    expect(faults).toEqual([]);
    await close();
  });

  test('tries seeds, and stops when it is told', async () => {
    const { page, faults, close } = await openFile(browser, join(folder, 'bad.html'), '#p=again');
    await rest(page);
    await page.click('text=100 seeds');
    await page.waitForSelector('.chip:nth-child(3)', PATIENCE);
    await page.click('.again button:text-is("Stop")');
    await rest(page);
    const tried = await page.locator('.chip').count();
    expect(tried).toBeGreaterThanOrEqual(3);
    expect(tried).toBeLessThan(100);
    expect(await page.getAttribute('.chip:nth-child(3)', 'title')).toMatch(
      /^seed 3.*: violated\. /,
    );
    expect(faults).toEqual([]);
    await close();
  });

  test('a page of many runs opens each of them, and goes back', async () => {
    shell('dsim run partition --set duration=11s --seeds 1..3 --no-keep -q -o many.html');
    const { page, faults, close } = await openFile(browser, join(folder, 'many.html'));
    const sentence = (await page.textContent('h1')) ?? '';
    expect(sentence).toMatch(/^Held in \d of 3 runs: .* of all seeds fail, with 95% confidence\.$/);
    const marks = await page.locator('.chips [data-run]').count();
    expect(marks).toBe(3);
    await page.click('.chips [data-run="1"]');
    await page.waitForSelector('footer .back', PATIENCE);
    expect(await page.textContent('.says p')).toContain('seed 2');
    expect(await shownDigest(page)).toBe(
      digestOf('dsim run partition --set duration=11s --seed 2'),
    );
    await page.keyboard.press('0');
    await page.click('footer .back');
    expect(await page.textContent('h1')).toBe(sentence);
    await page.keyboard.press('w');
    await page.click('.runs [data-run="2"]');
    await page.waitForSelector('footer .back', PATIENCE);
    expect(await page.textContent('.says p')).toContain('seed 3');
    expect(faults).toEqual([]);
    await close();
  });
});
