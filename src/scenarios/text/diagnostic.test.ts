import { describe, expect, test } from 'vitest';
import { Diagnostics, listNames, quote, renderDiagnostics } from './diagnostic.ts';
import { makeSourceFile, spotOf } from './source.ts';

function rendered(text: string, from: number, to: number): string {
  const diagnostics = new Diagnostics();
  diagnostics.error('DS102', spotOf(makeSourceFile('a.yaml', text), from, to), 'wrong', {
    label: 'here',
  });
  return renderDiagnostics(diagnostics.list());
}

describe('rendering', () => {
  test('code, place, line, underline, notes and help', () => {
    const file = makeSourceFile('partition.yaml', 'nodes:\n  kv: { hartbeat: 50ms }\n');
    const diagnostics = new Diagnostics();
    diagnostics.error('DS102', spotOf(file, 15, 23), 'unknown key `hartbeat`', {
      label: 'here',
      notes: ['a note'],
      help: ['try', null],
    });
    diagnostics.warning('DS147', null, 'nothing is expected');
    expect(
      renderDiagnostics(diagnostics.list(), { subject: 'partition.yaml' }),
    ).toMatchInlineSnapshot(`
      "warning[DS147]: nothing is expected

      error[DS102]: unknown key \`hartbeat\`
       --> partition.yaml:2:9
        |
      2 |   kv: { hartbeat: 50ms }
        |         ^^^^^^^^ here
        = note: a note
        = help: try

      error: partition.yaml cannot run: 1 error, 1 warning
      for more about this error: dsim explain DS102
      "
    `);
  });

  test('the underline stands under wide characters, marks, tabs and emoji', () => {
    expect(rendered('名前: x', 4, 5)).toContain(' | 名前: x\n  |       ^ here');
    expect(rendered('e\u0301: x', 4, 5)).toContain('  |    ^ here');
    expect(rendered('a:\tx', 3, 4)).toContain(' | a:    x\n  |       ^ here');
    expect(rendered('🙂: x', 4, 5)).toContain('a.yaml:1:4\n');
    expect(rendered('🙂: x', 4, 5)).toContain('  |     ^ here');
  });

  test('a spot over several lines is underlined on its first, and CRLF is no content', () => {
    expect(rendered('a: {\r\n b: 1 }\r\n', 3, 12)).toBe(
      'error[DS102]: wrong\n --> a.yaml:1:4\n  |\n1 | a: {\n  |    ^ here\n',
    );
  });

  test('a very long line is cut around the spot', () => {
    const line = `${'a'.repeat(500)}HERE${'b'.repeat(500)}`;
    const [, , , shown, underline] = rendered(line, 500, 504).split('\n');
    expect(shown?.length).toBeLessThan(160);
    expect(shown).toMatch(/^1 \| …a+HEREb+…$/);
    expect(underline?.indexOf('^')).toBe(shown?.indexOf('HERE'));
  });

  test('nor does a message, a note or a file name', () => {
    const hostile = 'a\u202e\u001b[2Jb';
    const place = { file: hostile, line: 1, column: 1, endColumn: 2, text: 'x' };
    const text = renderDiagnostics(
      [
        {
          code: 'DS101',
          severity: 'error',
          message: hostile,
          place,
          label: hostile,
          notes: [hostile],
          help: [hostile],
        },
      ],
      { subject: hostile },
    );
    expect(text.split('a\\u{202e}\\x1b[2Jb').length - 1).toBe(6);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });

  test('nothing in a file reaches the terminal as a control or reordering character', () => {
    const text = rendered('a: \u001b[31m\u202ered\u0000', 3, 12);
    expect(text).toContain('\\x1b[31m\\u{202e}red\\x00');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(quote('\u001b[31m')).toBe('`\\x1b[31m`');
    expect(quote('x'.repeat(100))).toBe(`\`${'x'.repeat(59)}…\``);
  });

  test('paint colours, and changes nothing else', () => {
    const diagnostics = new Diagnostics();
    diagnostics.error('DS102', spotOf(makeSourceFile('a.yaml', 'a: 1'), 0, 1), 'wrong', {
      help: ['h'],
    });
    const painted = renderDiagnostics(diagnostics.list(), {
      paint: (style, text) => `<${style}>${text}</>`,
    });
    expect(painted).toContain('<error>error[DS102]</><bold>: wrong</>');
    expect(painted.replace(/<\/?\w*>/g, '')).toBe(renderDiagnostics(diagnostics.list()));
  });
});

describe('the collection', () => {
  test('is ordered by file and place, and says each thing once', () => {
    const first = makeSourceFile('a.yaml', 'a\nb\nc\n');
    const second = makeSourceFile('b.yaml', 'a\n');
    const diagnostics = new Diagnostics();
    diagnostics.error('DS102', spotOf(first, 4, 5), 'third');
    diagnostics.error('DS102', spotOf(second, 0, 1), 'other file');
    diagnostics.warning('DS102', spotOf(first, 0, 1), 'first');
    diagnostics.error('DS102', spotOf(first, 4, 5), 'third');
    expect(diagnostics.list().map(({ message }) => message)).toEqual([
      'first',
      'third',
      'other file',
    ]);
    expect(diagnostics.hasErrors).toBe(true);
  });

  test('a copy goes on from another and leaves it alone', () => {
    const one = new Diagnostics();
    one.warning('DS147', null, 'w');
    const two = new Diagnostics(one);
    two.error('DS102', null, 'e');
    expect([one.list().length, two.list().length, one.hasErrors]).toEqual([1, 2, false]);
  });
});

test('names are listed as in a sentence', () => {
  expect(listNames([])).toBe('');
  expect(listNames(['a'])).toBe('`a`');
  expect(listNames(['a', 'b', 'c'], 'or')).toBe('`a`, `b` or `c`');
  expect(listNames(Array.from({ length: 20 }, (_, i) => `n${i}`))).toMatch(/`n11` and 8 more$/);
});
