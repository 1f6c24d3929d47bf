import { expect, test } from 'vitest';
import { notesOfAll } from './declared.ts';

test('what the kernel notes of its own accord may be expected in every scenario', () => {
  const labels = [
    'connected',
    'disconnected',
    'starts',
    'stops',
    'kills',
    'told to leave',
    'command',
  ];
  expect([...(notesOfAll([]) ?? [])]).toEqual(expect.arrayContaining(labels));
});
