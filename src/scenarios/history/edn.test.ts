/** EDN against another reader of it, edn-data, on texts that both take. */
import { parseEDNString } from 'edn-data';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EdnReader, plainOf } from './edn.ts';

function read(text: string): unknown {
  const reader = new EdnReader(text);
  const form = reader.next();
  expect(reader.next()).toBeNull();
  return form === null ? null : plainOf(form.value);
}

const word = fc.stringMatching(/^[a-z][a-z0-9*+!?<>=.-]{0,6}$/);
const scalar = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toFixed(4)),
  word.filter((name) => !['nil', 'true', 'false'].includes(name)),
  word.map((name) => `:${name}`),
  fc
    .string({
      unit: fc.constantFrom('a', ' ', '"', '\\', 'é', '漢', '😀', '\n', '\t', '{', ';', ':'),
    })
    .map((text) => JSON.stringify(text)),
  fc.constantFrom('nil', 'true', 'false', '\\a', '\\newline', '\\space', '\\u00e9', '5N', '-0'),
);
const gap = fc.constantFrom(' ', ', ', '\n', ' ; a comment\n', ' #_gone ', '\t');

const { form } = fc.letrec<{ form: string }>((tie) => ({
  form: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc
      .tuple(fc.array(tie('form'), { maxLength: 4 }), gap)
      .map(([items, by]) => `[${items.join(by)}]`),
    fc
      .tuple(fc.array(tie('form'), { maxLength: 4 }), gap)
      .map(([items, by]) => `(${items.join(by)} )`),
    fc
      .tuple(fc.array(tie('form'), { maxLength: 4 }), gap)
      .map(([items, by]) => `#{${items.join(by)}}`),
    fc
      .tuple(fc.array(fc.tuple(word, tie('form')), { maxLength: 4 }), gap)
      .map(([items, by]) => `{${items.map(([key, value]) => `:${key}${by}${value}`).join(by)}}`),
  ),
}));

test('reads what edn-data reads', () => {
  fc.assert(
    fc.property(form, (text) => {
      const theirs = parseEDNString(`[${text}]`, {
        mapAs: 'object',
        keywordAs: 'string',
        symbolAs: 'string',
        setAs: 'array',
        listAs: 'array',
        charAs: 'string',
      });
      const plain = JSON.stringify(theirs, (_key, value) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
      expect(JSON.stringify([read(text)])).toBe(plain);
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test.each([
  ['{:a 1 :b}', 'a key without a value'],
  ['[1 2', '`[` is never closed'],
  ['{:a [1 2)}', '`)` closes what `[` opened'],
  ['"abc', 'a string is never closed'],
  ['"\\q"', 'there is no escape `\\q`'],
  ['\\qux', 'there is no character `\\qux`'],
  ['12ab', '`12ab` is no number'],
  [']', '`]` closes nothing'],
  ['#', '`#` without a tag'],
  [':', '`:` without a name'],
  ['#jepsen.independent/tuple [1]', 'a tuple that is no pair'],
  ['#_', 'a value is missing'],
])('%s: %s', (text, message) => {
  expect(() => new EdnReader(text).next()).toThrow(message);
});

test.each([
  ['1/3', '1/3'],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993N', '-9007199254740993'],
  ['+5', 5],
  ['5N', 5],
  ['2.50M', 2.5],
  ['1e3', 1000],
  ['##Inf', 'Inf'],
  ['#"a.*"', 'a.*'],
  ['#uuid "f81d"', 'f81d'],
  ['#object[Foo 1]', ['Foo', 1]],
  ['^{:doc 1} [1]', [1]],
  ['#_ #_ 1 2 3', 3],
  ['{1 :a, [1 2] :b, "c" nil}', { '1': 'a', '[1,2]': 'b', c: null }],
  ['#jepsen.independent/tuple [x 1]', ['x', 1]],
])('%s', (text, value) => {
  expect(read(text)).toEqual(value);
});

test('an object as Clojure prints it: its address is kept as it stands', () => {
  expect(read('#object[java.lang.Object 0x2a "Object@2a"]')).toEqual([
    'java.lang.Object',
    '0x2a',
    'Object@2a',
  ]);
});
