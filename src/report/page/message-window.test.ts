// Pages that would be too large: fewer messages, those around the failure, and it is said.
import { describe, expect, test } from 'vitest';
import { packWithin } from '../../cli/page.ts';
import { readColumns, writeColumns } from './columns.ts';
import { withMessagesAround } from './message-window.ts';
import type { PageModel } from './page-model.ts';
import type { PageParts } from './page-of-run.ts';

const MESSAGES = 1000;

/** A message each 10 ms, of which each says its number. */
function partsOf(failure: readonly [fromUs: number, untilUs: number] | null): PageParts {
  const numbers = Array.from({ length: MESSAGES }, (_, i) => i);
  const list = [
    { name: 'operation.start', values: [1, 2, 3], grows: true },
    { name: 'message.sentUs', values: numbers.map((i) => i * 10_000), grows: true },
    { name: 'message.kind', values: numbers.map((i) => (i * 7919) % 1000) },
  ];
  const [fromUs = 0, untilUs = 0] = failure ?? [];
  const model = {
    state: 'violated',
    kinds: ['append'],
    leftOut: ['7 notes are left out.'],
    failure: failure === null ? null : { fromUs, untilUs },
  } as unknown as PageModel;
  const bodies = new TextEncoder().encode(numbers.map((i) => `a=${(i * 7919) % 997}`).join('\n'));
  return { model, columns: writeColumns(list), list, bodies };
}

function shown(parts: PageParts): readonly number[] {
  return [...(readColumns(parts.columns).get('message.sentUs') ?? [])].map((us) => us / 10_000);
}

const span = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

describe('messages around the failure', () => {
  test('half of them before its middle, half after', () => {
    const shorter = withMessagesAround(partsOf([5_000_000, 5_200_000]), 100);
    expect(shown(shorter)).toEqual(span(460, 100));
    const kinds = readColumns(shorter.columns).get('message.kind');
    expect([...(kinds ?? [])]).toEqual(span(460, 100).map((i) => (i * 7919) % 1000));
    expect([...(readColumns(shorter.columns).get('operation.start') ?? [])]).toEqual([1, 2, 3]);
    expect(shorter.model.leftOut).toEqual([
      '100 of 1,000 messages are shown, those from 4.600s to 5.590s; what they said is left out.',
      '7 notes are left out.',
    ]);
    expect(shorter.bodies).toHaveLength(0);
  });

  test('at the edges and without a failure as many', () => {
    expect(shown(withMessagesAround(partsOf([0, 10_000]), 100))).toEqual(span(0, 100));
    expect(shown(withMessagesAround(partsOf([9_980_000, 10_000_000]), 100))).toEqual(
      span(900, 100),
    );
    expect(shown(withMessagesAround(partsOf(null), 100))).toEqual(span(0, 100));
  });

  test('all of them where there is room', () => {
    const parts = partsOf(null);
    expect(withMessagesAround(parts, MESSAGES)).toBe(parts);
  });
});

describe('a page over a limit', () => {
  const [roomy, withBodies] = [1_000_000, 2000];
  const pageOf = (limits: { withBodies: number; columns: number }) => {
    const { model, columns, bodies } = packWithin(partsOf([5_000_000, 5_200_000]), limits);
    return { columns, leftOut: model.leftOut, hasBodies: bodies !== null };
  };

  test('is whole below both', () => {
    const { leftOut, hasBodies } = pageOf({ withBodies: roomy, columns: roomy });
    expect([leftOut, hasBodies]).toEqual([['7 notes are left out.'], true]);
  });

  test('first leaves out what messages say, then those far from the failure', () => {
    const mute = pageOf({ withBodies, columns: roomy });
    expect(mute.hasBodies).toBe(false);
    expect(mute.leftOut.at(-1)).toMatch(/^The bodies of 1 types of messages are left out/);
    const few = pageOf({ withBodies, columns: 1200 });
    expect(few.columns.length).toBeLessThanOrEqual(1200);
    expect(few.columns.length).toBeGreaterThan(600);
    expect(few.leftOut[0]).toMatch(/^\d+ of 1,000 messages are shown, those from [34]\.\d+s to/);
  });
});
