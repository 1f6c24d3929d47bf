/** Whatever a file holds: a scenario, or at least one error; never an exception. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { times } from '../support/long.ts';
import { parseText } from './small-catalogue.ts';

const fixtures = join(import.meta.dirname, '../fixtures/scenarios');
const texts = ['good', 'bad'].flatMap((folder) =>
  readdirSync(join(fixtures, folder))
    .filter((file) => file.endsWith('.yaml') && !file.startsWith('DS110'))
    .map((file) => readFileSync(join(fixtures, folder, file), 'utf8')),
);

function parsesOrComplains(text: string): void {
  const { scenario, diagnostics } = parseText(text);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(scenario === null).toBe(errors.length > 0);
  for (const { place } of diagnostics) {
    if (place === null) continue;
    expect(place.line).toBeGreaterThan(0);
    expect(place.column).toBeGreaterThan(0);
    expect(place.endColumn).toBeGreaterThan(place.column);
    expect(Array.from(place.text).length + 1).toBeGreaterThanOrEqual(place.column);
  }
  expect(renderDiagnostics(diagnostics, { subject: 'a.yaml' }).length > 0).toBe(
    diagnostics.length > 0,
  );
}

const scraps = [
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '\n',
  '  ',
  '\t',
  '#',
  '&a ',
  '*a',
  '<<: ',
  '? ',
  '|\n',
  '>',
  "'",
  '"',
  '$(',
  '$(n)',
  '$$(',
  '!t ',
  '%',
  '@',
  '---\n',
  '...\n',
  '~',
  'any: ',
  'x-',
  '5',
  '-1',
  '0',
  '1e999',
  '.nan',
  '9007199254740993',
  '5ms',
  '5..3',
  '1ms..2ms',
  '5/s',
  '10%',
  'kv',
  'leader',
  'at',
  'of',
  'null',
  'true',
  '\u0000',
  '\ufeff',
  '\r',
  '\u2028',
  '\ud800',
  '🙂',
  '__proto__',
  'constructor',
  'toString',
  'during faults',
];

type Edit =
  | { readonly kind: 'drop' | 'double' | 'swap' | 'indent'; readonly line: number }
  | { readonly kind: 'insert' | 'replace'; readonly at: number; readonly scrap: string };

function apply(text: string, edit: Edit): string {
  if ('line' in edit) {
    const lines = text.split('\n');
    const i = edit.line % lines.length;
    const line = lines[i] ?? '';
    if (edit.kind === 'drop') lines.splice(i, 1);
    if (edit.kind === 'double') lines.splice(i, 0, line);
    if (edit.kind === 'indent') lines[i] = ` ${line}`;
    if (edit.kind === 'swap') lines.splice(i, 2, lines[i + 1] ?? '', line);
    return lines.join('\n');
  }
  const at = edit.at % (text.length + 1);
  return (
    text.slice(0, at) +
    edit.scrap +
    text.slice(at + (edit.kind === 'replace' ? edit.scrap.length : 0))
  );
}

const place = fc.nat({ max: 5000 });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const, 'indent' as const),
    line: place,
  }),
  fc.record({
    kind: fc.constantFrom('insert' as const, 'replace' as const),
    at: place,
    scrap: fc.constantFrom(...scraps),
  }),
);

test('valid and invalid files with lines dropped, doubled, swapped, garbled', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (text, edits) => {
        parsesOrComplains(edits.reduce(apply, text));
      },
    ),
    { seed: 31, numRuns: times(250, 5000) },
  );
});

test('anything', () => {
  const soup = fc
    .array(fc.constantFrom(...scraps), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup), parsesOrComplains), {
    seed: 32,
    numRuns: times(250, 5000),
  });
});

const values = [
  '~',
  '5',
  '-1',
  "'x'",
  '[]',
  '{}',
  '[[1]]',
  '{ a: { b: 1 } }',
  'true',
  '5ms',
  '{ any: [1] }',
  '{ any: {} }',
  '$(x)',
  '1..2',
];
const everything = readFileSync(join(fixtures, 'good/everything.yaml'), 'utf8');

test('the file with every key is a scenario', () => {
  expect(parseText(everything).diagnostics).toEqual([]);
});

test('every value of a valid file replaced by every kind of value', { timeout: 60_000 }, () => {
  const text = everything;
  const spots = [...text.matchAll(/(?<=[\w)'"]: )[^\s{[][^,}\n]*|(?<=: )[{[]/g)];
  expect(spots.length).toBeGreaterThan(120);
  for (const [n, { index, 0: old }] of spots.entries()) {
    // Of 21 each, in the long suite of 7, one at each place, and all of them in as many places.
    for (const [m, value] of values.entries()) {
      if ((n + m) % times(35, 7) !== 0) continue;
      const isBracket = /^[{[]$/.test(old);
      parsesOrComplains(
        text.slice(0, index) + value + (isBracket ? ' #' : '') + text.slice(index + old.length),
      );
    }
  }
});

/** Keys with values in one line: `loss: 1%`, `burst: 20ms, `. */
const single = /([a-z][\w-]*): ([^\s{}[\],][^{}[\],\n]*)(, )?/g;

test('keys left out while the values of others are wrong', () => {
  const spots = [...everything.matchAll(single)];
  const run = fc.tuple(fc.nat(spots.length - 1), fc.nat(spots.length - 1));
  fc.assert(
    fc.property(run, fc.constantFrom(...values), ([left, wrong], value) => {
      const edits = [
        { at: spots[left]?.index ?? 0, from: spots[left]?.[0] ?? '', to: '' },
        {
          at: spots[wrong]?.index ?? 0,
          from: spots[wrong]?.[0] ?? '',
          to: `${spots[wrong]?.[1]}: ${value}${spots[wrong]?.[3] ?? ''}`,
        },
      ].sort((a, b) => b.at - a.at);
      const text = edits.reduce(
        (whole, { at, from, to }) => whole.slice(0, at) + to + whole.slice(at + from.length),
        everything,
      );
      parsesOrComplains(text);
    }),
    { seed: 33, numRuns: times(75, 1500) },
  );
});
