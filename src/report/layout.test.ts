import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, flow, padLeft, padRight, paragraph, shortened, textWidth, wrap } from './layout.ts';

test.each([
  ['', 0],
  ['kv-1', 4],
  ['µs', 2],
  ['né', 2],
  ['e\u0301', 1],
  ['漢字', 4],
  ['🙂', 2],
  ['├──┤', 4],
])('%j takes %i columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns);
});

test('padding counts columns, not characters', () => {
  expect(padRight('漢', 4)).toBe('漢  ');
  expect(padLeft('漢', 4)).toBe('  漢');
  expect(padRight('longer', 3)).toBe('longer');
});

describe('cut', () => {
  test('leaves what fits and marks what does not', () => {
    expect(cut('four', 4, '…')).toBe('four');
    expect(cut('fives', 4, '…')).toBe('fiv…');
    expect(cut('漢字漢', 4, '…')).toBe('漢…');
  });

  test('is never wider than asked', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 30 }),
        (text, columns) => {
          expect(textWidth(cut(text, columns, '…'))).toBeLessThanOrEqual(columns);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('wrap', () => {
  test('breaks at spaces, and words where they must be', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('', 4)).toEqual(['']);
  });

  test('loses no word and keeps the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 40 }), (list, columns) => {
        const lines = wrap(list.join(' '), columns);
        expect(lines.join(' ').split(' ')).toEqual(list);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      }),
      { seed: 2 },
    );
  });
});

test('a paragraph hangs behind its first line', () => {
  expect(paragraph('one two three four', 14, '    ', '  · ')).toEqual([
    '  · one two',
    '    three four',
  ]);
});

test('parts stay whole', () => {
  expect(flow(['a b', 'c d', 'e f'], '·', 10)).toEqual(['a b · c d', 'e f']);
  expect(flow([], '·', 10)).toEqual([]);
  expect(flow(['a', 'much longer than it', 'b'], '·', 11)).toEqual([
    'a',
    'much longer',
    'than it · b',
  ]);
});

describe('what is too long for people', () => {
  test('a long word is cut, and the sentence around it stays', () => {
    const value = `y${'x'.repeat(1_000_000)}`;
    const text = wrap(`It read ${value}, which no operation writes.`, 80).join('\n');
    expect(text.length).toBeLessThan(400);
    expect(text).toMatch(/^It read\nyxxx+/);
    expect(text).toContain('(1,000,002 characters)');
    expect(text).toMatch(/x, which no operation writes\.$/);
  });

  test('a long text is cut in the middle, and no character is halved', () => {
    const text = shortened('😀 '.repeat(100_000));
    expect(text.length).toBeLessThan(3100);
    expect(text).toMatch(/^(😀 ?)+… \(300,000 characters\) … ?(😀 ?)+$/u);
    expect(shortened('a b '.repeat(100))).toBe('a b '.repeat(100));
  });

  test('time grows with the text, not with its square', () => {
    const started = process.cpuUsage().user;
    wrap('ab '.repeat(2_000_000), 80);
    wrap('x'.repeat(20_000_000), 80);
    // Of processor time, and a hundred times what it takes: the square took half an hour.
    expect(process.cpuUsage().user - started).toBeLessThan(30_000_000);
  });
});
