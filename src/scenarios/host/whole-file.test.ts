import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeWhole } from './whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'dsim-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file takes the place of the one before, and no draft stays, written or not', () => {
  const file = join(folder, 'a.json');
  writeWhole(file, 'one');
  writeWhole(file, 'two');
  expect(readFileSync(file, 'utf8')).toBe('two');
  mkdirSync(join(folder, 'b.json'));
  expect(() => writeWhole(join(folder, 'b.json'), 'three')).toThrow();
  expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.json']);
});
