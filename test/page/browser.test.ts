// Pages in headless Chromium: what a reader sees of a run that failed and of one that held.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layOut } from '../../src/report/page/lanes.ts';
import {
  chromiumPath,
  dragUp,
  focused,
  launch,
  leaderRows,
  openFile,
  settled,
  shownWindow,
  WITHOUT,
} from '../support/browser.ts';
import { isLong } from '../support/long.ts';
import { coneWords, modelOf, readTraced, type Traced } from '../support/traced.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-page-'));
const file = (name: string) => join(folder, name);

function dsim(...words: readonly string[]): void {
  const run = spawnSync(process.execPath, [join(root, 'bin/dsim.js'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect([0, 1, 3]).toContain(run.status);
}

let browser: Browser;

const SECONDS = 12;

const bad = ['--without', '--set', `duration=${SECONDS}s`];

beforeAll(async () => {
  if (chromiumPath === null) return;
  const run = ['run', 'partition', '--no-keep', '-q'];
  dsim(...run, ...bad, '-o', 'bad.html', '-o', 'bad.ndjson', '-o', 'bad.json');
  dsim(...run, '-o', 'held.html', '--set', 'duration=12s');
  dsim(...run, '-o', 'stopped.html', '--max-events', '6000');
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const statusOf = async (page: Page) => {
  await settled(page);
  return Number(await page.getAttribute('#status', 'data-messages'));
};

let messages: readonly Traced[] = [];

function traced(): readonly Traced[] {
  if (messages.length === 0) messages = readTraced(file('bad.ndjson'));
  return messages;
}

describe.skipIf(chromiumPath === null)(`pages (${chromiumPath ?? WITHOUT})`, () => {
  test('a failure opens folded and explained, offline and without a complaint', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'));
    const document = JSON.parse(readFileSync(file('bad.json'), 'utf8'));
    expect(await page.textContent('h1')).toBe(document.runs[0].checks[0].summary);
    expect(await page.textContent('.verdict b')).toBe('violated');
    expect(await page.getAttribute('#failure', 'aria-pressed')).toBe('true');
    const steps = await page.$$eval('.story li', (items) => items.map((each) => each.textContent));
    expect(steps.length).toBeGreaterThanOrEqual(6);
    expect(steps.join('\n')).toMatch(/partition strikes: kv-2, kv-5 cannot reach/);
    expect(steps.at(-1)).toMatch(
      /#1007 could not know of #998: no chain of messages leads from the one to the other\. Between .*, partition lost \d+ messages\./,
    );
    // Each witness and the violation are in the window, and the window is on the screen.
    await page.keyboard.press('Escape');
    const [fromUs, untilUs] = await shownWindow(page);
    const { evidence, atUs } = document.runs[0].checks[0];
    for (const { invokedAtUs, endedAtUs } of evidence) {
      expect(invokedAtUs).toBeGreaterThanOrEqual(fromUs);
      expect(endedAtUs).toBeLessThanOrEqual(untilUs);
    }
    expect(atUs).toBeLessThanOrEqual(untilUs);
    const { y = 0, height = 900 } = (await page.locator('#picture').boundingBox()) ?? {};
    expect(y + height).toBeLessThanOrEqual(800);
    // One leader is stale, and both have a row in the strip.
    const { roles, nodes, endUs } = modelOf(file('bad.html'));
    const stale = roles.filter(({ staleFromUs }) => staleFromUs !== null);
    expect(stale.map(({ node }) => nodes[node]?.name)).toEqual(['kv-5']);
    expect(stale[0]?.staleFromUs).toBeCloseTo(10_223_000, -4);
    expect(await leaderRows(page, [5e6 / endUs, 11e6 / endUs])).toEqual([1, 2]);
    expect(faults).toEqual([]);
    await close();
  });

  test('each step of the story selects its event and brings it into view', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'));
    const count = await page.locator('.story button').count();
    for (let i = 0; i < count; i++) {
      await page.locator('.story button').nth(i).click();
      await settled(page);
      expect(await page.isVisible('#card')).toBe(true);
      const wanted = await page.locator('.story button').nth(i).getAttribute('data-select');
      await expect.poll(() => page.url()).toContain(`sel=${wanted}`);
      const time = await page.locator('.story button time').nth(i).textContent();
      const atUs = Number.parseFloat(time ?? '') * 1e6;
      const [fromUs, untilUs] = await shownWindow(page);
      expect(atUs).toBeGreaterThanOrEqual(fromUs - 1000);
      expect(atUs).toBeLessThanOrEqual(untilUs + 1000);
    }
    await page.keyboard.press('Escape');
    await settled(page);
    expect(await page.isVisible('#card')).toBe(false);
    expect(faults).toEqual([]);
    await close();
  });

  test('messages in view are those of the trace, in any window', async () => {
    const { page, close } = await openFile(browser, file('bad.html'));
    const model = modelOf(file('bad.html'));
    const lanes = layOut(model, 500);
    const laneOf = new Map(model.nodes.map(({ name }, i) => [name, lanes.of[i] ?? -1]));
    const crossing = (some: readonly Traced[], gap: number) =>
      some.filter((each) => {
        const ends = [laneOf.get(each.from) ?? -1, laneOf.get(each.to) ?? -1];
        return Math.min(...ends) <= gap && Math.max(...ends) > gap;
      }).length;
    const windows = [
      [9.9, 10.1],
      [10.22, 10.2235],
      [0, 0.2],
      [3, SECONDS],
    ] as const;
    const more = Array.from({ length: isLong ? 16 : 6 }, (_, i) => {
      const from = (i * 7.3) % (SECONDS - 1);
      return [from, from + 0.02 * 1.4 ** i] as const;
    });
    for (const query of ['', 'from:kv-4']) {
      await page.fill('#find', query);
      for (const [from, until] of [...windows, ...more]) {
        await page.evaluate(`location.hash = '#t=${from}-${until}'`);
        await settled(page);
        const [fromUs, untilUs] = [from * 1e6, Math.min(SECONDS, until) * 1e6];
        const wanted = traced().filter((each) => {
          const isFound = query === '' || each.from === 'kv-4';
          return isFound && each.sentUs <= untilUs && each.endedUs >= fromUs;
        }).length;
        expect(await statusOf(page), `${from} ${until}`).toBe(wanted);
        const said = (await page.textContent('#status')) ?? '';
        expect(said.includes('drawn as density')).toBe(wanted > 1400);
        // What crosses the gap between two lanes is what its columns count together.
        const begun = traced().filter((each) => {
          const isFound = query === '' || each.from === 'kv-4';
          return isFound && each.sentUs >= fromUs && each.sentUs <= untilUs;
        });
        const gaps = lanes.lanes.slice(1).map((_, gap) => crossing(begun, gap));
        expect(await page.getAttribute('#status', 'data-gaps'), `${from}`).toBe(gaps.join());
      }
    }
    await close();
  });

  test('the cone of an event is the closure over the trace', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'));
    const sent = traced();
    for (let i = 0; i < (isLong ? 50 : 12); i++) {
      const row = (i * 7919 + 13) % sent.length;
      await page.evaluate(`location.hash = '#sel=m${row}'`);
      await settled(page);
      const card = ((await page.textContent('#card')) ?? '').replaceAll(',', '');
      const at = ((sent[row]?.sentUs ?? 0) / 1000).toFixed(3);
      expect(card, `m${row}`).toContain(`sent ${at} ms`);
      expect(card).toContain(coneWords(sent, row).replaceAll(',', ''));
      const body = (sent[row]?.body ?? '').replaceAll(' ', '\n') || '(not kept)';
      await expect.poll(() => page.textContent('#card pre')).toBe(body);
    }
    expect(faults).toEqual([]);
    await close();
  });

  test('a jump moves before the eye, and is one frame where motion is unwanted', async () => {
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const options = { reducedMotion };
      const { page, close } = await openFile(browser, file('bad.html'), '#t=10-10.5', options);
      const near = await statusOf(page);
      // Time stands still, so that a busy machine does not see the end of the move.
      await page.evaluate(`{
        const { requestAnimationFrame: frame } = self, at = performance.now();
        self.requestAnimationFrame = (draw) => frame(() => draw(at));
        self.goOn = () => (self.requestAnimationFrame = frame);
        document.querySelector('#whole').click();
      }`);
      const next = await statusOf(page);
      await page.evaluate('void self.goOn()');
      if (reducedMotion === 'reduce') expect(next).toBe(traced().length);
      else expect(next).toBeLessThan(traced().length);
      await expect.poll(() => statusOf(page), { timeout: 30_000 }).toBe(traced().length);
      // A key that comes while it moves goes on from where the jump ends.
      await page.evaluate(`document.querySelector('#scale').click()`);
      await page.keyboard.press('0');
      await page.keyboard.press('w');
      await expect.poll(() => statusOf(page), { timeout: 30_000 }).toBeLessThan(traced().length);
      expect(await statusOf(page)).toBeGreaterThan(near);
      await close();
    }
  });

  test('on paper it is two pages, with the sentence, the picture and the story', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'));
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThanOrEqual(2);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 794, height: 1123 });
    await settled(page);
    for (const selector of ['h1', '.expectations', '#strip', '#picture', '.story', '.reasons']) {
      const box = await page.locator(selector).boundingBox();
      expect(box?.width, selector).toBeGreaterThan(100);
      expect((box?.x ?? 0) + (box?.width ?? 0), selector).toBeLessThanOrEqual(794);
    }
    // Nothing is cut: each text is as high as it needs to be.
    const cut = await page.$$eval('.expectations, .story, #why', (all) =>
      all.filter((each) => each.scrollHeight > each.clientHeight + 1).map(({ id }) => id),
    );
    expect(cut).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test('find counts what a search of the trace finds, and filters the log', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'), `#t=0-${SECONDS}`);
    const sends = readFileSync(file('bad.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"type":"send"'));
    await page.keyboard.press('/');
    await page.keyboard.type('kind:requestVote from:kv-4');
    const wanted = sends.filter(
      (line) => line.includes('"from":"kv-4"') && /"kind":"requestVote/.test(line),
    ).length;
    expect(wanted).toBeGreaterThan(0);
    await expect.poll(() => page.textContent('#status')).toContain(` of ${wanted} found`);
    await page.click('#tab-log');
    await settled(page);
    expect(await page.locator('#log .row').count()).toBe(Math.min(44, wanted));
    const said = traced().filter(({ body }) => body.includes('531')).length;
    expect(said).toBeGreaterThan(0);
    await page.fill('#find', '531');
    await expect.poll(() => page.textContent('#status')).toContain(` of ${said} found`);
    // The log is the picture's twin: its arrows select, and what is selected is said.
    await page.focus('#log');
    const rows: number[] = [];
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) {
      await page.keyboard.press(key);
      await settled(page);
      rows.push(Number(await page.locator('#log .chosen').getAttribute('data-row')));
    }
    expect(rows).toEqual([rows[0], (rows[0] ?? 0) + 1, rows[0]]);
    await expect.poll(() => page.textContent('#live')).toMatch(/^\S+ [→✕] \S+ \w+\. sent /);
    expect(faults).toEqual([]);
    await close();
  });

  test('keys move, zoom and come back; the log keeps few rows', async () => {
    const { page, faults, close } = await openFile(browser, file('bad.html'));
    const first = await statusOf(page);
    await page.keyboard.press('0');
    const whole = await statusOf(page);
    expect(whole).toBe(traced().length);
    const after = async (key: string) => {
      await page.keyboard.press(key);
      return shownWindow(page);
    };
    const [, untilWholeUs] = await after('0');
    const near = await after('w');
    const [fromUs, untilUs] = near;
    expect(untilUs - fromUs).toBeCloseTo(0.7 * untilWholeUs, -3);
    expect((await after('d'))[0]).toBeGreaterThan(fromUs);
    expect(await after('a')).toEqual(near);
    expect((await after('ArrowLeft'))[0]).toBeLessThan(fromUs);
    expect(await after('ArrowRight')).toEqual(near);
    expect((await after('+'))[0]).toBeGreaterThan(fromUs);
    for (const key of ['-', 'l', 'n']) await page.keyboard.press(key);
    await expect.poll(() => page.url()).toMatch(/sel=[mon]\d+/);
    const chosen = /sel=\w+/.exec(page.url())?.[0];
    await page.keyboard.press('n');
    await expect.poll(() => page.url()).not.toMatch(new RegExp(`${chosen}\\b`));
    await page.keyboard.press('p');
    await expect.poll(() => page.url()).toMatch(new RegExp(`${chosen}\\b`));
    const step = () => page.locator('.story [aria-current]').getAttribute('data-step');
    for (const [key, place] of [
      [']', '0'],
      [']', '1'],
      ['[', '0'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await step()).toBe(place);
    }
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url()).not.toContain('sel=');
    await page.keyboard.press('f');
    expect(await statusOf(page)).toBe(first);
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('find');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('picture');
    await page.click('#tab-log');
    await settled(page);
    expect(await page.locator('#log .row').count()).toBeLessThanOrEqual(60);
    await page.keyboard.press('?');
    expect(await page.isVisible('dialog')).toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    // Tab goes through everything once and out again, and what has the focus is seen.
    const seen: string[] = [];
    for (let i = 0; i < 60 && !seen.includes('copy'); i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused(page));
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe(
        'none',
      );
    }
    expect(seen).toContain('copy');
    expect(seen.filter((id) => id === 'picture').length).toBeLessThanOrEqual(1);
    await page.keyboard.press('Tab');
    expect(await focused(page)).not.toBe('copy');
    expect(faults).toEqual([]);
    await close();
  });

  test('a link brings back what was seen, and a bad one is ignored', async () => {
    const hash = '#t=9.900000-10.460000&v=fold&sel=o1007&p=facts&q=kind%3Aforward';
    const { page, close } = await openFile(browser, file('bad.html'), hash);
    await settled(page);
    expect(await page.textContent('#card h2')).toMatch(/^#1007 read k2/);
    expect(await page.isVisible('#facts')).toBe(true);
    expect(await page.inputValue('#find')).toBe('kind:forward');
    expect(await page.getAttribute('#failure', 'aria-pressed')).toBe('true');
    const forwarded = traced().filter(
      ({ kind, sentUs, endedUs }) =>
        kind.startsWith('forward') && sentUs <= 10_460_000 && endedUs >= 9_900_000,
    );
    await expect.poll(() => statusOf(page)).toBe(forwarded.length);
    await close();
    const bad = await openFile(browser, file('bad.html'), '#t=9-1&sel=<b>&p=x&v=');
    expect(await bad.page.getAttribute('#failure', 'aria-pressed')).toBe('true');
    expect(bad.faults).toEqual([]);
    await bad.close();
  });

  test('without scripts the verdict, the story, the reasons and the facts are text', async () => {
    const { page, close } = await openFile(browser, file('bad.html'), '', {
      javaScriptEnabled: false,
    });
    for (const selector of ['h1', '.story', '.reasons', '#facts', '.expectations']) {
      expect(await page.isVisible(selector), selector).toBe(true);
    }
    expect(await page.title()).toBe('violated · partition · seed 42');
    expect(await page.textContent('.words pre')).toContain('✗ linearizable');
    expect(await page.isVisible('#picture')).toBe(false);
    await close();
  });

  test('a run that held opens on the whole, one that was stopped says so', async () => {
    const held = await openFile(browser, file('held.html'));
    expect(await held.page.textContent('.verdict b')).not.toBe('violated');
    expect(await held.page.getAttribute('#whole', 'aria-pressed')).toBe('true');
    expect(held.faults).toEqual([]);
    await held.close();
    const stopped = await openFile(browser, file('stopped.html'));
    expect(await stopped.page.textContent('.verdict b')).toBe('interrupted');
    expect(await stopped.page.textContent('h1')).toContain('stopped after 6000 events');
    expect(await stopped.page.getAttribute('#whole', 'aria-pressed')).toBe('true');
    // What was measured ends where the run did.
    const { series, endUs, stoppedAtUs } = modelOf(file('stopped.html'));
    const cells = series.flatMap(({ lines }) => lines.map(({ values }) => values));
    const last = Math.max(...cells.map((all) => all.findLastIndex((each) => each !== null)));
    expect(last).toBe(Math.floor(((stoppedAtUs ?? 0) * (cells[0]?.length ?? 0)) / endUs));
    expect(stopped.faults).toEqual([]);
    await stopped.close();
  });

  test('on a phone nothing scrolls sideways, dark and in print too', async () => {
    const phone = await openFile(browser, file('bad.html'), '', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    });
    const wide = await phone.page.evaluate('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(390);
    // Two fingers zoom into the run and not the page; one that goes up scrolls it.
    const before = await statusOf(phone.page);
    const touch = await phone.page.context().newCDPSession(phone.page);
    const at = { x: 230, y: 520, gestureSourceType: 'touch' } as const;
    await touch.send('Input.synthesizePinchGesture', { ...at, scaleFactor: 2 });
    expect(await statusOf(phone.page)).toBeLessThan(before);
    expect(await phone.page.evaluate('visualViewport.scale')).toBe(1);
    await dragUp(touch, 230, 520, 300);
    await expect.poll(() => phone.page.evaluate('scrollY')).toBeGreaterThan(100);
    const ground = await phone.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe('rgb(18, 22, 28)');
    await phone.page.emulateMedia({ media: 'print' });
    expect(await phone.page.isVisible('.story')).toBe(true);
    expect(await phone.page.isVisible('.bar')).toBe(false);
    expect(phone.faults).toEqual([]);
    await phone.close();
  });

  test('markup in names and values is shown as text', async () => {
    const html = readFileSync(file('bad.html'), 'utf8');
    const evil = '</script><img src=x onerror=alert(1)>';
    writeFileSync(
      file('evil.jsonl'),
      [
        { process: 0, type: 'invoke', f: 'write', key: evil, value: 1 },
        { process: 0, type: 'ok', f: 'write', key: evil, value: 1 },
        { process: 1, type: 'invoke', f: 'read', key: evil, value: null },
        { process: 1, type: 'ok', f: 'read', key: evil, value: 7 },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
    );
    dsim('check', 'evil.jsonl', '--model', 'register', '-q', '-o', 'evil.html');
    const { page, faults, close } = await openFile(browser, file('evil.html'));
    expect(await page.textContent('body')).toContain('onerror=alert(1)');
    expect(await page.textContent('#status')).toBe('Messages are not known.');
    expect(await page.getAttribute('#failure', 'aria-pressed')).toBe('true');
    expect(await page.locator('img').count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
    expect(html).toMatch(/script-src 'sha256-[\w+/=]+'/);
  });
});

test('the same run gives the same bytes, with no path of the machine', () => {
  if (chromiumPath === null) dsim('run', 'partition', '--no-keep', '-q', ...bad, '-o', 'bad.html');
  dsim('run', 'partition', '-q', ...bad, '-o', 'again.html');
  expect(readFileSync(file('again.html'), 'utf8')).not.toContain(root);
  expect(readFileSync(file('again.html'), 'utf8') === readFileSync(file('bad.html'), 'utf8')).toBe(
    true,
  );
});
