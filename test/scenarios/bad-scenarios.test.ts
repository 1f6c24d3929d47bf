/** Every fixture that must be refused, as a user sees it; and every code is produced by some fixture. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { diagnosticCodes, explainCode } from '../../src/scenarios/text/diagnostic-codes.ts';
import { parseFiles } from './small-catalogue.ts';

const folder = join(import.meta.dirname, '../fixtures/scenarios/bad');
const fixtures = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
/** Only warn: their scenarios run. */
const warnings = ['DS139', 'DS146', 'DS147', 'DS155'];
/**
 * Need files, options or a disk: see `source-tree.test.ts` and `load.test.ts`; those of histories,
 * `read-history.test.ts` and `check.test.ts`.
 */
const elsewhere = ['DS100', 'DS112', 'DS114', 'DS115', 'DS170', 'DS171', 'DS172', 'DS173', 'DS174'];

describe('bad scenarios', () => {
  test.each(fixtures)('%s', async (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { scenario, diagnostics } = parseFiles({ [file]: text });
    const codes = diagnostics.map(({ code }) => code as string);
    const code = file.slice(0, 'DS100'.length);
    expect(codes).toContain(code);
    expect(scenario === null).toBe(!warnings.includes(code));
    const rendered = renderDiagnostics(diagnostics, { subject: file });
    await expect(rendered).toMatchFileSnapshot(join(folder, file.replace(/\.yaml$/, '.txt')));
  });

  test('each code has a fixture, and each fixture a code', () => {
    const shown = new Set(fixtures.map((file) => file.slice(0, 'DS100'.length)));
    expect([...shown, ...elsewhere].sort()).toEqual([...diagnosticCodes.keys()]);
  });
});

test('every code explains itself in a paragraph', () => {
  for (const [code, { title, text }] of diagnosticCodes) {
    expect(code).toMatch(/^DS1\d\d$/);
    expect(title.length).toBeGreaterThan(8);
    expect(text.length).toBeGreaterThan(60);
  }
  expect(explainCode(' ds102 ')?.title).toBe('unknown key');
  expect(explainCode('DS999')).toBeNull();
});
