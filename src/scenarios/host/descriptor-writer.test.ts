// What the system writes short is written on where it stopped.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { DescriptorWriter } from './descriptor-writer.ts';

/** A system that never takes more than three bytes at once. */
vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const writeSync = (fd: number, bytes: Buffer, from: number, size: number, at: number | null) =>
    real.writeSync(fd, bytes, from, Math.min(3, size), at);
  return { ...real, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), 'dsim-writer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [20, `${'\0'.repeat(20)}0123456789`],
  [0, '0123456789'],
  [null, '0123456789'],
])('at %s', (position, text) => {
  const path = join(folder, `at-${position}`);
  const fd = openSync(path, 'w');
  const writer = new DescriptorWriter(fd, path);
  writer.write(Buffer.from('0123456789'), position);
  closeSync(fd);
  expect(writer.failure).toBeNull();
  expect(readFileSync(path, 'utf8')).toBe(text);
});
