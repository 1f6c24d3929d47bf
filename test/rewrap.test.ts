/** What `npm run format` does to wide comments, and what it leaves alone. */

import { expect, test } from 'vitest';
import { rewrap } from '../scripts/rewrap.ts';

const wide = 'word '.repeat(24).trim();

test('a wide comment is wrapped, and opened out if it stood on one line', () => {
  expect(rewrap(`x;\n  /** ${wide} */\ny;`)).toMatchInlineSnapshot(`
    "x;
      /**
       * word word word word word word word word word word word word word word word word word word word
       * word word word word word
       */
    y;"
  `);
});

test('paragraphs, lists and indented blocks stay apart', () => {
  const text = [
    '/**',
    ` * First ${wide}`,
    ' * second.',
    ' *',
    ` * - item ${wide}`,
    ' *   and more of it',
    ' * - another',
    ' *',
    ' *     kept   as it is',
    ' */',
  ].join('\n');
  expect(rewrap(text)).toMatchInlineSnapshot(`
    "/**
     * First word word word word word word word word word word word word word word word word word word
     * word word word word word word second.
     *
     * - item word word word word word word word word word word word word word word word word word word
     *   word word word word word word and more of it
     * - another
     *
     *     kept   as it is
     */"
  `);
  expect(rewrap(rewrap(text))).toBe(rewrap(text));
});

test('a run of line comments is one paragraph', () => {
  expect(rewrap(`  // ${wide}\n  // end.\n  code();\n  // Apart.`)).toMatchInlineSnapshot(`
    "  // word word word word word word word word word word word word word word word word word word word
      // word word word word word end.
      code();
      // Apart."
  `);
});

test.each([
  `const text = '${wide} ${wide}';`,
  `code(); // ${wide}`,
  `// biome-ignore lint/suspicious/noExplicitAny: ${wide}`,
  `/** Short. */\n/**\n * Short\n * lines.\n */`,
  `/**\n * https://example.org/${'x'.repeat(100)}\n */`,
])('left alone: %j', (text) => {
  expect(rewrap(text)).toBe(text);
});
