/** How wide what is printed may be. */
import { expect, test } from 'vitest';
import type { Output } from './host.ts';
import { widthOf } from './terminal.ts';

test('the width is that of the terminal, else COLUMNS, else 80; a terminal of 0 has none', () => {
  const width = (columns?: number, COLUMNS?: string) =>
    widthOf({ columns } as unknown as Output, COLUMNS === undefined ? {} : { COLUMNS });
  expect([width(120, '50'), width(undefined, '50'), width(0, '50'), width(0), width()]).toEqual([
    120, 50, 50, 80, 80,
  ]);
});
