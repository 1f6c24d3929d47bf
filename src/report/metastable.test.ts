/** The section METASTABLE, as people read it. */
import { expect, test } from 'vitest';
import { createInk } from './ink.ts';
import { renderMetastable } from './metastable.ts';

const ink = createInk({ color: false, ascii: false, width: 100 });

test('loops with what becomes of the run without them, and the degree', () => {
  const lines = renderMetastable(
    [
      {
        text: 'recovers within 20s after pause',
        loops: [
          {
            name: 'retries (app to db)',
            doc: 'They add load.',
            state: 'held',
            measured: 'after 2s',
          },
          { name: 'old work (db)', doc: 'Late.', state: 'violated', measured: 'metastable' },
        ],
        degree: { fault: 'pause', passesUs: 468_750, sticksUs: 625_000, ofUs: 10_000_000 },
      },
    ],
    ink,
  );
  expect(lines).toEqual([
    'METASTABLE  recovers within 20s after pause',
    '  ✓ retries (app to db)  a cause: without it it recovers after 2s',
    '      They add load.',
    '  ✗ old work (db)        without it: metastable',
    '  degree: pause sticks when it lasts 625ms, and passes at 469ms (here 10s)',
  ]);
});

test('without a loop it says so, and of nothing nothing', () => {
  const lines = renderMetastable([{ text: 'recovers', loops: [], degree: null }], ink);
  expect(lines).toEqual(['METASTABLE  recovers', '  no kind or policy here declares a loop']);
  expect(renderMetastable([], ink)).toEqual([]);
});
