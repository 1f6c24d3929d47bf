import { expect, test } from 'vitest';
import { glossary, termOf } from './glossary.ts';

test('words are in alphabetical order, and each leads to one term', () => {
  const words = glossary.map(({ word }) => word.toLowerCase());
  expect(words).toEqual([...words].sort((a, b) => (a < b ? -1 : 1)));
  const all = glossary.flatMap(({ word, also }) => [word, ...also]);
  expect(new Set(all).size).toBe(all.length);
  for (const { word, also } of glossary) {
    for (const name of [word, ...also]) expect(termOf(name)?.word).toBe(word);
  }
  expect(termOf('nothing of the kind')).toBe(null);
});

test('the sentences end as sentences do, and fit a table', () => {
  for (const { word, meaning } of glossary) {
    expect([word, /^[A-Z].*\.$/.test(meaning), meaning.includes('|')]).toEqual([word, true, false]);
  }
});
