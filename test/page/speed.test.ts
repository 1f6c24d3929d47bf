// A run of 240,000 messages in headless Chromium: how large its page is, how soon it is there, and
// what a frame costs. Times are of the page's thread, so that a busy machine does not count.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, openFile, settled, WITHOUT } from '../support/browser.ts';
import { isLong } from '../support/long.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-speed-'));
const file = join(folder, 'long.html');
const FRAMES = 40;
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath === null || !isLong) return;
  const words = 'run partition --no-keep -q --set duration=175s -o long.html'.split(' ');
  spawnSync(process.execPath, [join(root, 'bin/dsim.js'), ...words], { cwd: folder });
  browser = await launch();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** By name, what the page's thread has used so far, in ms. */
async function used(session: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics');
  return new Map(metrics.map(({ name, value }) => [name, value * 1000]));
}

/** Of a frame in ms, while the wheel turns: its script, and the median time to the next. */
async function frameOf(
  page: Page,
  session: CDPSession,
  turns: string,
): Promise<{ readonly script: number; readonly median: number }> {
  const before = await used(session);
  const median = await page.evaluate<number>(`(async () => {
    const canvas = document.querySelector('#picture');
    const { left, top } = canvas.getBoundingClientRect();
    const times = [];
    for (let i = 0; i < ${FRAMES}; i++) {
      const at = { clientX: left + 500, clientY: top + 100, cancelable: true, bubbles: true };
      canvas.dispatchEvent(new WheelEvent('wheel', { ...at, ${turns} }));
      times.push(await new Promise(requestAnimationFrame));
    }
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  })()`);
  const after = await used(session);
  const script = (of: ReadonlyMap<string, number>) => of.get('ScriptDuration') ?? Number.NaN;
  return { script: (script(after) - script(before)) / FRAMES, median };
}

/** The least of three: what else runs on the machine only adds. */
async function best(measure: () => Promise<number>): Promise<number> {
  return Math.min(...(await thrice(measure)));
}

async function thrice<T>(measure: () => Promise<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for (let i = 0; i < 3; i++) found.push(await measure());
  return found;
}

describe.skipIf(!isLong || chromiumPath === null)(`speed (${chromiumPath ?? WITHOUT})`, () => {
  test('240,000 messages: size, readiness, frames, and few rows of the log', async () => {
    expect(statSync(file).size).toBeLessThan(4_500_000);
    const { page, faults, close } = await openFile(browser, file);
    expect(await page.getAttribute('#status', 'data-messages')).toBe('238519');
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const ready = await best(async () => {
      await page.reload();
      await page.waitForSelector('html[data-ready]');
      return (await used(session)).get('TaskDuration') ?? Number.NaN;
    });
    expect(ready).toBeLessThan(1000);

    await page.keyboard.press('0');
    await settled(page);
    const pan = 'deltaX: i % 8 < 4 ? 30 : -30';
    const zoom = 'deltaY: i % 2 ? 60 : -60';
    const measured = (turns: string) => thrice(() => frameOf(page, session, turns));
    const whole = [await measured(pan), await measured(zoom)];
    await page.evaluate(`location.hash = '#t=10-10.5'`);
    await settled(page);
    for (const frames of [...whole, await measured(pan), await measured(zoom)]) {
      expect(Math.min(...frames.map(({ script }) => script))).toBeLessThan(6);
      expect(Math.min(...frames.map(({ median }) => median))).toBeLessThanOrEqual(20);
    }

    await page.click('#tab-log');
    await settled(page);
    expect(await page.locator('#log .row').count()).toBeLessThanOrEqual(60);
    expect(faults).toEqual([]);
    await close();
  });

  test('runs in a worker keep the page free: no task of it takes 100 ms until they are stopped', async () => {
    const { page, faults, close } = await openFile(browser, file, '#p=again');
    const atRest = () => page.waitForSelector('.again button.main', { timeout: 60_000 });
    await atRest();
    const longest = await best(async () => {
      await page.evaluate(`(() => {
        window.longest = 0;
        const heard = (list) => {
          for (const { duration } of list.getEntries()) window.longest = Math.max(longest, duration);
        };
        new PerformanceObserver(heard).observe({ type: 'longtask' });
      })()`);
      await page.click('text=12 seeds');
      await page.waitForSelector('.chip:nth-child(2)', { timeout: 60_000 });
      await page.click('.again button:text-is("Stop")');
      await atRest();
      expect(await page.locator('.chip').count()).toBeLessThan(12);
      return await page.evaluate<number>('window.longest');
    });
    expect(longest).toBeLessThan(100);
    expect(faults).toEqual([]);
    await close();
  });
});
