// A page in Firefox: opens on the failure, draws the same cones, and its engine gives the same run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Firefox, firefoxPath } from '../support/firefox.ts';
import { isLong } from '../support/long.ts';
import { coneWords, readTraced } from '../support/traced.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-fox-'));
const isHere = isLong && firefoxPath !== null;
let firefox: Firefox;

beforeAll(async () => {
  if (!isHere) return;
  const words = 'run partition --set duration=12s --without --no-keep -q'.split(' ');
  const files = ['bad.html', 'bad.ndjson', 'bad.json'].flatMap((name) => ['-o', name]);
  spawnSync(process.execPath, [join(root, 'bin/dsim.js'), ...words, ...files], { cwd: folder });
  firefox = await Firefox.launch();
}, 60_000);

afterAll(async () => {
  await firefox?.close();
  rmSync(folder, { recursive: true });
});

const textOf = (selector: string) =>
  `document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`;

describe.skipIf(!isHere)(`Firefox (${firefoxPath ?? 'none is installed'})`, () => {
  test('opens, explains, and runs again as Chromium and Node do', async () => {
    const [run] = JSON.parse(readFileSync(join(folder, 'bad.json'), 'utf8')).runs;
    const sent = readTraced(join(folder, 'bad.ndjson'));
    await firefox.open(join(folder, 'bad.html'));
    expect(await firefox.evaluate(textOf('h1'))).toBe(run.checks[0].summary);
    expect(await firefox.evaluate(textOf('.verdict b'))).toBe('violated');
    const pressed = "document.querySelector('#failure').getAttribute('aria-pressed')";
    expect(await firefox.evaluate(pressed)).toBe('true');

    for (const row of [100, 4321, 7600, 9000, 9999]) {
      const name = `#sel=m${row}`;
      await firefox.evaluate(`location.hash = '${name}'`);
      const at = ((sent[row]?.sentUs ?? 0) / 1000).toFixed(3);
      const text = textOf('#card');
      const card = await firefox.until(`(${text}).includes('sent ${at} ms') ? ${text} : ''`);
      expect(card.replaceAll(',', ''), name).toContain(coneWords(sent, row).replaceAll(',', ''));
    }

    await firefox.evaluate("document.querySelector('#tab-again').click()");
    await firefox.until(textOf('.again button.main'));
    const said = await firefox.until(textOf('.again .state'));
    expect(said).toContain(`all four digests are the same (${run.digests.order})`);
    expect(firefox.faults).toEqual([]);
  }, 120_000);
});
