// The engine that a page carries, evaluated here as its worker would: it is small, and it gives the
// digests of the command line, though all that the scenario does not need was left out.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { pageCode } from '../../src/cli/page-code.ts';
import type { AgainPack, Answer, Asked } from '../../src/report/page/again/pack.ts';
import { isLong } from '../support/long.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-link-'));
const gallery = readdirSync(join(root, 'scenarios')).filter((name) => name.endsWith('.yaml'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the page of a run, and starts its engine. */
function engineOf(words: string) {
  const argv = ['run', ...words.split(' '), '--no-keep', '-q', '-o', 'run.html'];
  const run = spawnSync(process.execPath, [join(root, 'bin/dsim.js'), ...argv], { cwd: folder });
  expect(run.stderr.toString()).not.toContain('error');
  const html = readFileSync(join(folder, 'run.html'), 'latin1');
  const packed = (id: string) => {
    const [, base64 = ''] = new RegExp(`id="${id}">([^<]*)<`).exec(html) ?? [];
    return Buffer.from(base64, 'base64');
  };
  const pack = JSON.parse(inflateRawSync(packed('pack')).toString()) as AgainPack;
  const said: Answer[] = [];
  const worker = createContext({
    postMessage: (answer: Answer) => said.push(answer),
    TextEncoder,
    TextDecoder,
  });
  runInContext(inflateRawSync(packed('engine')).toString(), worker);
  const tell = (data: unknown) => runInContext('onmessage', worker)({ data });
  tell(pack);
  const ask = (some: Partial<Asked>) => {
    tell({ id: 1, what: 'run', whole: false, asked: { ...pack.asked, ...some } });
    return said.pop();
  };
  return { pack, bytes: packed('engine').length, ask };
}

const orderOf = (answer: Answer | undefined) => JSON.parse(JSON.stringify(answer)).brief?.digests;

describe('partition', () => {
  const engine = engineOf('partition --set duration=12s');

  test('has an engine of at most 160 kB', () => {
    expect(engine.bytes).toBeLessThanOrEqual(160_000);
  });

  test('runs again as it was, and says what it does not carry', () => {
    expect(orderOf(engine.ask({}))).toEqual(engine.pack.digests);
    const sets = [...engine.pack.asked.sets, 'nodes.kv.machine=locks'];
    expect(engine.ask({ sets })).toMatchObject({ ok: false });
    expect(engine.ask({ sets: ['faults=[{ nemesis: { of: kv } }]'] })).toEqual({
      id: 1,
      ok: false,
      why: expect.stringContaining('does not carry'),
    });
  });
});

test('the code of pages is at most 40 kB', () => {
  const { script, style } = pageCode();
  const packed = [script, style].map((text) => deflateRawSync(text, { level: 9 }).length);
  expect(packed.reduce((a, b) => a + b)).toBeLessThanOrEqual(40_000);
});

test('a scenario with commands, metrics of several words and values of other parts', () => {
  const engine = engineOf('grow-under-fire --set duration=20s --set clients.load.rate=20/s');
  expect(orderOf(engine.ask({}))).toEqual(engine.pack.digests);
});

describe.skipIf(!isLong)('the gallery', () => {
  test.each(gallery)('%s', (name) => {
    const engine = engineOf(join(root, 'scenarios', name));
    expect(orderOf(engine.ask({}))).toEqual(engine.pack.digests);
    const without = engine.ask({ without: true });
    expect(JSON.stringify(without)).not.toContain('does not carry');
  });
});
