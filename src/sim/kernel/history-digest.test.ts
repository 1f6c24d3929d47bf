// What differs in a history shows in its digest.
import { expect, test } from 'vitest';
import { historyOf } from '../../../test/support/histories.ts';
import { Digest } from './hash.ts';
import { historyDigest } from './history-digest.ts';

const [write] = historyOf([
  { process: 0, key: 'x', from: 5, to: 9, f: 'write', input: 1, output: null },
]);

test.each([
  ['process', 1],
  ['client', 'other'],
  ['node', 'other'],
  ['load', 'other'],
  ['f', 'read'],
  ['key', 'y'],
  ['outcome', 'info'],
  ['error', 'timeout'],
  ['input', '1'],
  ['output', 1],
  ['invokedAtUs', 4],
  ['endedAtUs', 10],
  ['endedAtUs', Infinity],
])('%s, as %j', (field, value) => {
  const other = { ...write!, [field]: value };
  expect(historyDigest([other])).not.toBe(historyDigest([write!]));
  expect(historyDigest([{ ...other }])).toBe(historyDigest([other]));
});

test('what is kept of names changes nothing: every operation is its line, a text, and two times', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({
    ...write!,
    process: i,
    key: `${'k'.repeat(i % 300)}${i}`,
    error: i % 2 === 0 ? null : 'timeout',
  }));
  const digest = new Digest();
  for (const { process, client, node, load, f, key, outcome, error, ...op } of many) {
    digest.text(`${process} ${client} ${node ?? ''} ${load} ${f} ${key} ${outcome} ${error ?? ''}`);
    digest.text(JSON.stringify([op.input, op.output]));
    digest.time(op.invokedAtUs);
    digest.time(op.endedAtUs);
  }
  expect(historyDigest([...many])).toBe(digest.hex());
});
