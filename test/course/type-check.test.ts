/** What TypeScript says of a solution, with its place. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mistakesIn, typeMistakes } from '../../src/course/type-check.ts';
import { root } from './attempt.ts';

test('a misspelt method is named with its place; a right solution has no mistake', () => {
  const solution = join(root, 'course/01-echo/.solution');
  expect(typeMistakes(solution, 'node.ts', root)).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), 'dsim-types-test-'));
  try {
    const text = readFileSync(join(solution, 'node.ts'), 'utf8');
    writeFileSync(join(folder, 'node.ts'), text.replace('ctx.send(', 'ctx.sent('));
    expect(typeMistakes(folder, 'node.ts', root)).toEqual([
      expect.stringMatching(/^node\.ts:\d+:\d+: Property 'sent' does not exist on type 'Context/),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

test('mistakes of other files are not the student’s', () => {
  const output =
    "node.ts(3,7): error TS1005: ';' expected.\n../dist/types/a.d.ts(1,1): error TS1: no\n  more of it\n";
  expect(mistakesIn(output)).toEqual(["node.ts:3:7: ';' expected."]);
});

test('advice that the sandbox forbids is left out, other advice stays', () => {
  const line = (text: string) => `node.ts(3,7): error TS1: ${text}\n`;
  const told = mistakesIn(
    line("It must be Promise<T>. Did you mean to write 'Promise<any>'?") +
      line("Cannot find name 'process'. Do you need to install type definitions for node?") +
      line("No 'sent'. Did you mean 'send'?"),
  );
  expect(told).toEqual([
    'node.ts:3:7: It must be Promise<T>.',
    "node.ts:3:7: Cannot find name 'process'.",
    "node.ts:3:7: No 'sent'. Did you mean 'send'?",
  ]);
});
