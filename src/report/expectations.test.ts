import { expect, test } from 'vitest';
import type { Judged } from '../scenarios/result.ts';
import { renderExpectations } from './expectations.ts';
import { createInk } from './ink.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });
const held = (text: string): Judged => ({
  text,
  state: 'held',
  measured: 'fine',
  because: '',
  check: null,
});

test('what many seeds must show is not said of one run without a word', () => {
  const linesOf = (text: string) => renderExpectations({ judged: [held(text)] }, ink).slice(1);
  expect(linesOf('linearizable')).toEqual(['  ✓ linearizable  fine']);
  expect(linesOf('linearizable in 1,000 seeds')).toEqual([
    '  ✓ linearizable in 1,000 seeds  fine',
    '      in this seed: whether it holds in as many is for `dsim test` to judge',
  ]);
});
