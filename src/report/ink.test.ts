import { expect, test } from 'vitest';
import { createInk, toAscii } from './ink.ts';

test('colour is there when it is asked for, and only then', () => {
  const options = { ascii: false, width: 80 };
  expect(createInk({ ...options, color: true }).bad('x')).toBe('\u001b[31mx\u001b[39m');
  const plain = createInk({ ...options, color: false });
  const painted = [plain.good, plain.bad, plain.warn, plain.dim, plain.strong, plain.name];
  expect(painted.map((paint) => paint('x'))).toEqual(['x', 'x', 'x', 'x', 'x', 'x']);
});

test('a paint colours one text, whatever else it is called with', () => {
  const ink = createInk({ color: false, ascii: false, width: 80 });
  expect(['a', 'b'].map(ink.dim)).toEqual(['a', 'b']);
});

test('text from outside cannot move the cursor, colour, or turn around', () => {
  const { clean } = createInk({ color: false, ascii: false, width: 80 });
  expect(clean('a\u001b[31mb\u0007\u202ec\nd\te')).toBe('a\\x1b[31mb\\x07\\u{202e}c d e');
});

test('ASCII spells what dsim says, and marks what others say', () => {
  expect(toAscii('kv-1→kv-2 ✕ 450µs 3×5 … ∞')).toBe('kv-1->kv-2 x 450us 3x5 ... inf');
  expect(toAscii('漢é')).toBe('??');
});

test.each([false, true])(
  'every glyph is one column, and ASCII where that is asked (%s)',
  (ascii) => {
    const { glyph } = createInk({ color: false, ascii, width: 80 });
    for (const [name, value] of Object.entries(glyph)) {
      for (const character of typeof value === 'string' ? [value] : value) {
        expect([...character], name).toHaveLength(1);
        if (ascii) expect(character, name).toMatch(/^[ -~]$/);
      }
    }
    expect(new Set(glyph.shares).size).toBe(glyph.shares.length);
    expect(new Set([glyph.held, glyph.violated, glyph.unknown, glyph.never]).size).toBe(4);
  },
);

test('the page is between 40 and 100 columns wide', () => {
  const width = (columns: number) =>
    createInk({ color: false, ascii: false, width: columns }).width;
  expect([10, 80, 400].map(width)).toEqual([40, 80, 100]);
});
