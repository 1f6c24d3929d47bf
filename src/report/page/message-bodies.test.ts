import { expect, test } from 'vitest';
import { linesOf, MessageBodies } from './message-bodies.ts';

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function written(lines: readonly string[]): string {
  const bodies = new MessageBodies();
  for (const line of lines) bodies.add(line);
  expect(bodies.count).toBe(lines.length);
  return decode(bodies.inOrder(null));
}

test('lines come out as they went in, whatever their characters and however many', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => {
    return i % 7 === 0 ? '' : `a=${'né→😀'.repeat(i % 40)} ${(i * i) % 23}`;
  });
  expect(linesOf(written(lines))).toEqual(lines);
  expect(linesOf(written([]))).toEqual([]);
});

test('a line that repeats one of the last eight whole ones is its place, and an older one is whole', () => {
  const eight = Array.from({ length: 8 }, (_, i) => `i=${i}`);
  const lines = [...eight, 'i=7', 'i=0', '', 'i=8', 'i=0'];
  const text = written(lines);
  expect(text).toBe([...eight, '0', '7', '', 'i=8', 'i=0'].join('\n'));
  expect(linesOf(text)).toEqual(lines);
});

test('a break within a message does not begin a line', () => {
  expect(linesOf(written(['a=\nb', '=']))).toEqual(['a=\\nb', '=']);
});

test('a copy has the text of its first, wherever the order puts it', () => {
  const bodies = new MessageBodies();
  bodies.add('n=1');
  bodies.add('n=2');
  bodies.copy(0);
  bodies.add('');
  const lines = (order: Uint32Array | null) => linesOf(decode(bodies.inOrder(order)));
  expect(lines(Uint32Array.of(0, 2, 1, 3))).toEqual(['n=1', 'n=1', 'n=2', '']);
  expect(lines(null)).toEqual(['n=1', 'n=2', 'n=1', '']);
});
