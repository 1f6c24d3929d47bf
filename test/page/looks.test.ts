// How pages look: shapes that tell outcomes apart without colour, and in the long suite pictures
// that are compared with references: `DSIM_LONG=1 DSIM_UPDATE_PICTURES=1` writes them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, openFile, settled, WITHOUT } from '../support/browser.ts';
import { isLong } from '../support/long.ts';

const root = resolve(import.meta.dirname, '../..');
const references = join(import.meta.dirname, 'pictures');
const folder = mkdtempSync(join(tmpdir(), 'dsim-looks-'));
const updates = process.env['DSIM_UPDATE_PICTURES'] === '1';
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath === null) return;
  const runs = [
    ['--without', '-o', 'violated.html'],
    ...(isLong
      ? [
          ['-o', 'held.html'],
          ['--seeds', '1..12', '-o', 'seeds.html'],
          ['--seeds', '1..3', '--vary', 'network.loss=0%,2%,20%', '-o', 'vary.html'],
          ['--max-events', '6000', '-o', 'stopped.html'],
        ]
      : []),
  ];
  for (const words of runs) {
    const all = ['run', 'partition', '--no-keep', '-q', '--set', 'duration=14s', ...words];
    spawnSync(process.execPath, [join(root, 'bin/dsim.js'), ...all], { cwd: folder });
  }
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The legend's shapes by their words: how much of each is drawn, from 0 to 1, without colour. */
async function shapes(page: Page): Promise<ReadonlyMap<string, number>> {
  const found = (await page.evaluate(`[...document.querySelectorAll('#legend span')].map((each) => {
    const canvas = each.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const grey = (at) => 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    const greys = [];
    // Along the middle, within the ends.
    const row = Math.floor(canvas.height / 2) * canvas.width;
    for (let x = 3; x < canvas.width - 3; x++) {
      const at = 4 * (row + x);
      greys.push(data[at + 3] < 128 ? -1 : grey(at));
    }
    const ends = [Math.min(...greys), Math.max(...greys)];
    const middle = (ends[0] + ends[1]) / 2;
    const share = ends[1] - ends[0] < 30 ? (greys[0] === -1 ? 0 : 1) : greys.filter((g) => g > middle).length / greys.length;
    return [each.textContent, share];
  })`)) as readonly (readonly [string, number])[];
  return new Map(found);
}

/** The share of pixels in which two pictures differ by more than a little. */
async function difference(page: Page, one: Buffer, other: Buffer): Promise<number> {
  const urls = [one, other].map((each) => `data:image/jpeg;base64,${each.toString('base64')}`);
  return (await page.evaluate(`(async () => {
    const pixels = [];
    for (const src of ${JSON.stringify(urls)}) {
      const image = new Image();
      image.src = src;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const ctx = canvas.getContext('2d');
      ctx.drawImage(image, 0, 0);
      pixels.push(ctx.getImageData(0, 0, image.width, image.height).data);
    }
    const [a, b] = pixels;
    if (a.length !== b.length) return 1;
    let count = 0;
    for (let at = 0; at < a.length; at += 4) {
      const far = Math.max(...[0, 1, 2].map((i) => Math.abs(a[at + i] - b[at + i])));
      if (far > 48) count++;
    }
    return count / (a.length / 4);
  })()`)) as number;
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe.skipIf(chromiumPath === null)(`looks (${chromiumPath ?? WITHOUT})`, () => {
  test.each<[string, BrowserContextOptions]>([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['forced colours', { forcedColors: 'active' }],
  ])('outcomes differ in shape, without any colour: %s', async (_name, options) => {
    const { page, faults, close } = await openFile(
      browser,
      join(folder, 'violated.html'),
      '',
      options,
    );
    await settled(page);
    const drawn = await shapes(page);
    expect(drawn.get('ok')).toBe(1);
    expect(drawn.get('failed')).toBe(0);
    const striped = drawn.get('nobody knows') ?? 0;
    expect(striped).toBeGreaterThan(0.3);
    expect(striped).toBeLessThan(0.7);
    // Buttons and marks keep an edge where the system chooses the colours.
    for (const selector of ['#whole', '.verdict i']) {
      const box = await page.locator(selector).first().boundingBox();
      expect(box?.width ?? 0).toBeGreaterThan(10);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test.skipIf(!isLong).each<[string, string, string, BrowserContextOptions]>([
    ['violated', 'violated.html', '', {}],
    ['cone-dark', 'violated.html', '#sel=o1007&v=fold&t=9.9-10.46', { colorScheme: 'dark' }],
    ['held', 'held.html', '', {}],
    ['phone', 'violated.html', '', phone],
    ['seeds', 'seeds.html', '', {}],
    ['vary', 'vary.html', '', {}],
    ['stopped', 'stopped.html', '', {}],
  ])('%s is as it was', async (name, of, hash, options) => {
    const { page, close } = await openFile(browser, join(folder, of), hash, options);
    await settled(page);
    await page.waitForTimeout(300);
    const now = await page.screenshot({ type: 'jpeg', quality: 60 });
    const file = join(references, `${name}.jpg`);
    if (updates || !existsSync(file)) writeFileSync(file, now);
    const blank = await browser.newPage();
    expect(await difference(blank, readFileSync(file), now)).toBeLessThan(0.005);
    await blank.close();
    await close();
  });
});
