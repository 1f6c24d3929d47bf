// The engine alone, bundled for a browser as a program of a user's would be: the same run in
// headless Chromium as on Node, and nothing of Node in it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launch, openFile, WITHOUT } from '../support/browser.ts';

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'test/fixtures/engine-alone.js');
const folder = mkdtempSync(join(tmpdir(), 'dsim-engine-'));
let browser: Browser;

beforeAll(async () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/dsim'));
  if (chromiumPath !== null) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

describe.skipIf(chromiumPath === null)(`the engine in a page (${chromiumPath ?? WITHOUT})`, () => {
  test('runs as on Node, offline and without a complaint', async () => {
    const entry = `import { run } from ${JSON.stringify(program)};
      globalThis.run = run;
      document.documentElement.setAttribute('data-ready', '');`;
    // Without externals: what asks for a module of Node fails here.
    const { outputFiles, metafile } = await build({
      stdin: { contents: entry, resolveDir: folder },
      bundle: true,
      platform: 'browser',
      format: 'iife',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    expect(Object.keys(metafile.inputs)).not.toContainEqual(expect.stringMatching(/engine\.cjs$/));
    const script = outputFiles[0]?.text.replaceAll('</script', '<\\/script') ?? '';
    const file = join(folder, 'engine.html');
    writeFileSync(file, `<!doctype html><meta charset="utf-8"><script>${script}</script>`);
    const { page, faults, close } = await openFile(browser, file);
    const inPage = await page.evaluate("[run('1'), run('2')]");
    expect(faults).toEqual([]);
    await close();

    const onNode = `import { run } from ${JSON.stringify(program)};
      console.log(JSON.stringify([run('1'), run('2')]));`;
    writeFileSync(join(folder, 'node.mjs'), onNode);
    const { stdout, stderr } = spawnSync(process.execPath, ['node.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const [first, second] = JSON.parse(stdout);
    expect(inPage).toEqual([first, second]);
    expect(first).toMatchObject({ state: 'held' });
    expect(first.operations).toBeGreaterThan(300);
    expect(first.digests.order).not.toBe(second.digests.order);
  });
});
