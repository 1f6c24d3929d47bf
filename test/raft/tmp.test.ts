import { appendFileSync } from 'node:fs';
import { test } from 'vitest';
import { trySeed } from './search.ts';
test('x', () => {
  const found = [];
  for (let i = 1; i <= 160; i++) if (trySeed({ seed: String(i), bug: 'vote-twice', profile: 'split-votes' }).violation !== null) found.push(i);
  appendFileSync('/tmp/vt', `vt ${found.join()}\n`);
});
