import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  visible,
  visibleInShell,
  visibleJson,
  visibleLines,
  visibleScreen,
} from './visible-text.ts';

/** What no output may hold, by another way than the code's own: general categories of Unicode. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}\ufeff]/u;

test('one line', () => {
  expect(visible('a\u001b[31mb\u0007\u202ec\nd\te\u009b\ud800')).toBe(
    'a\\x1b[31mb\\x07\\u{202e}c d e\\x9b\\u{d800}',
  );
  expect(visible('ä 漢 😀 🇨🇭')).toBe('ä 漢 😀 🇨🇭');
});

test('lines keep their breaks, a screen its colours', () => {
  expect(visibleLines('a\n\tb\r\u001b[1m')).toBe('a\n\tb\\x0d\\x1b[1m');
  expect(visibleScreen('\u001b[31mred\u001b[39m\r\u001b[2K\u001b]0;own\u0007')).toBe(
    '\u001b[31mred\u001b[39m\r\u001b[2K\\x1b]0;own\\x07',
  );
});

test.skipIf(spawnSync('bash', ['-c', 'true']).status !== 0)('bash reads a word back', () => {
  for (const word of ['a\nb', "it's\u001b[31m", '\\n\u202e$HOME`id`', '-\t-']) {
    const quoted = visibleInShell(word) ?? '';
    expect(quoted).not.toMatch(HIDDEN);
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const { stdout } = spawnSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8', env });
    expect(stdout).toBe(word);
  }
  expect(visibleInShell('plain')).toBeNull();
});

const text = fc.string({ unit: 'binary', maxLength: 40 });

test('nothing hidden is left, whatever the text', () => {
  fc.assert(
    fc.property(text, (any) => {
      expect(visible(any)).not.toMatch(HIDDEN);
      expect(visibleLines(any).replace(/[\n\t]/g, '')).not.toMatch(HIDDEN);
      const json = visibleJson(JSON.stringify({ [any]: any }));
      expect(json).not.toMatch(HIDDEN);
      expect(JSON.parse(json)).toEqual({ [any]: any });
    }),
  );
});
