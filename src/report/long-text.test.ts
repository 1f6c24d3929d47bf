/** Long texts by their ends. */
import { expect, test } from 'vitest';
import { shown } from './long-text.ts';

test('a text that fits is shown whole', () => {
  const text = `read ${'x'.repeat(1900)}`;
  expect(shown(text)).toBe(text);
});

test('of a long word the ends are shown, and how long it is', () => {
  const text = shown(`read → ${'a'.repeat(1_000_000)}z of k`);
  expect(text).toBe(`read → ${'a'.repeat(120)}…${'a'.repeat(39)}z (1,000,001 characters) of k`);
});

test('no character is cut in half', () => {
  expect(shown(`x${'😀'.repeat(100_000)}`)).not.toMatch(/\p{Surrogate}|\\u/u);
});

test('of many short words the beginning is shown', () => {
  const text = shown('word '.repeat(100_000));
  expect(text.length).toBeLessThan(4100);
  expect(text).toMatch(/^word word .*… \(500,000 characters\)$/);
});
