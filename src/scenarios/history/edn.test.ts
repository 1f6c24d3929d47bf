/** EDN against another reader of it, edn-data, on texts that both take. */

import { parseEDNString } from 'edn-data';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactNumber, isExactNumber, jsonText, numberOf, roughly } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import { EdnReader, plainOf } from './edn.ts';

function read(text: string): unknown {
  const reader = new EdnReader(text);
  const form = reader.next();
  expect(reader.next()).toBeNull();
  return form === null ? null : plainOf(form.value);
}

test.each([
  [String.raw`"caf\u00e9"`, 'café'],
  [String.raw`"\u0041b"`, 'Ab'],
  [String.raw`"x\u6f22\u5b57y"`, 'x漢字y'],
  [String.raw`["\t\"\u005c" 1]`, ['\t"\\', 1]],
])('%s', (text, value) => {
  const said = read(text);
  expect(Array.isArray(said) ? said.slice(0, 1) : said).toEqual(
    Array.isArray(value) ? value.slice(0, 1) : value,
  );
});

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
      .tuple(
        fc.uniqueArray(fc.tuple(word, tie('form')), { maxLength: 4, selector: ([key]) => key }),
        gap,
      )
      .map(([items, by]) => `{${items.map(([key, value]) => `:${key}${by}${value}`).join(by)}}`),
  ),
}));

/** As a reader that knows doubles only. */
function rounded(value: Plain): Plain {
  if (isExactNumber(value)) return roughly(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, rounded(of)]));
}

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
      expect(jsonText(rounded([read(text) as Plain]))).toBe(plain);
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
  ['08', '`08` is no number'],
  ['1/0', '`1/0` is no number'],
  ['2r12', '`2r12` is no number'],
  [']', '`]` closes nothing'],
  ['#', '`#` without a tag'],
  [':', '`:` without a name'],
  ['#jepsen.independent/tuple [1]', 'a tuple that is no pair'],
  ['#_', 'a value is missing'],
])('%s: %s', (text, message) => {
  expect(() => new EdnReader(text).next()).toThrow(message);
});

test('a lone colon is at its own place', () => {
  const fails = () => new EdnReader('[1 : 2]').next();
  expect(fails).toThrow(expect.objectContaining({ from: 3, to: 4 }));
});

test.each([
  ['1/3', ExactNumber.of(1n, 3n)],
  ['9007199254740993', numberOf('9007199254740993')],
  ['-9007199254740993N', numberOf('-9007199254740993')],
  ['0x1F', 31],
  ['-0x1f', -31],
  ['017', 15],
  ['2r101', 5],
  ['36rZZ', 1295],
  ['2/4', 0.5],
  ['1678000000000000010.0000000001M', numberOf('1678000000000000010.0000000001')],
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

test('an object as Clojure prints it: its address is a number', () => {
  expect(read('#object[java.lang.Object 0x2a "Object@2a"]')).toEqual([
    'java.lang.Object',
    42,
    'Object@2a',
  ]);
});
