/** Headless Chromium of the system, for tests of pages; null where there is none. */
import { existsSync } from 'node:fs';
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromiumPath =
  process.env['DSIM_CHROMIUM'] ?? PATHS.find((path) => existsSync(path)) ?? null;

/** Why tests of pages are skipped here. */
export const WITHOUT = 'skipped: no Chromium is installed (apt-get install chromium)';

export function launch(): Promise<Browser> {
  if (chromiumPath === null) throw new Error(WITHOUT);
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: chromiumPath, args, headless: true });
}

/** A page that is open, and everything that it should not have done. */
export interface OpenPage {
  readonly page: Page;
  /** Requests besides the file itself, complaints on the console, errors. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Opens a file and waits until it is drawn. The page's policy allows no polling by `eval`. */
export async function openFile(
  browser: Browser,
  file: string,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    offline: true,
    // Jumps are over at once, unless a test is about them.
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const url = `file://${file}`;
  page.on('request', (request) => {
    // A worker's program comes out of the file itself.
    const isOwn = request.url().startsWith(url) || request.url().startsWith('blob:');
    if (!isOwn) faults.push(`request ${request.url()}`);
  });
  page.on('console', (message) => faults.push(`console ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error ${error.message}`));
  await page.goto(url + hash);
  if (options.javaScriptEnabled !== false) await page.waitForSelector('html[data-ready]');
  return { page, faults, close: () => context.close() };
}

/** Waits until what is drawn after a change has been drawn. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  );
}

/** What the address says is seen, in µs, once it says what was done last. */
export async function shownWindow(page: Page): Promise<readonly [fromUs: number, untilUs: number]> {
  await page.waitForTimeout(180);
  const [, from, until] = /#t=([\d.]+)-([\d.]+)/.exec(page.url()) ?? [];
  return [Number(from) * 1e6, Number(until) * 1e6];
}

/** The id of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.id');
}

/** How many bars the strip's row of leaders has at shares of a run; names of nodes are short. */
export function leaderRows(page: Page, shares: readonly number[]): Promise<readonly number[]> {
  return page.evaluate(`{
    const strip = document.querySelector('#strip');
    const [from, tall, { width }] = [76, 14, strip];
    const { data } = strip.getContext('2d').getImageData(0, strip.height - 20, width, tall);
    ${JSON.stringify(shares)}.map((share) => {
      const x = Math.round(from + share * (width - from));
      const isBar = Array.from({ length: tall }, (_, y) => {
        const at = 4 * (y * width + x);
        return data[at] < 220 && data[at + 1] < 200;
      });
      return isBar.filter((each, y) => each && !isBar[y - 1]).length;
    });
  }`);
}

/** A finger that goes up from a place. */
export async function dragUp(session: CDPSession, x: number, y: number, px: number): Promise<void> {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: number | null) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: at === null ? [] : [{ x, y: at }],
    });
  await send('touchStart', y);
  for (let step = 1; step <= 10; step++) await send('touchMove', y - (px * step) / 10);
  await send('touchEnd', null);
}
