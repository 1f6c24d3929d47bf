import { expect, test } from 'vitest';
import { MessageBodies } from './message-bodies.ts';

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('lines come out as they went in, whatever their characters and however many', () => {
  const bodies = new MessageBodies();
  const lines = Array.from({ length: 3000 }, (_, i) => `${'né→😀'.repeat(i % 40)} ${i}`);
  for (const line of lines) bodies.add(line);
  expect(bodies.count).toBe(3000);
  expect(decode(bodies.inOrder(null))).toBe(lines.join('\n'));
});

test('a break within a message does not begin a line', () => {
  const bodies = new MessageBodies();
  bodies.add('a\nb');
  bodies.add('c');
  expect(decode(bodies.inOrder(null))).toBe('a\\nb\nc');
});

test('a copy has the text of its first, wherever the order puts it', () => {
  const bodies = new MessageBodies();
  bodies.add('first');
  bodies.add('second');
  bodies.copy(0);
  bodies.add('');
  expect(decode(bodies.inOrder(Uint32Array.of(0, 2, 1, 3)))).toBe('first\nfirst\nsecond\n');
  expect(decode(bodies.inOrder(null))).toBe('first\nsecond\nfirst\n');
});
