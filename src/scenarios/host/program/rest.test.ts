// When a program is at rest, and what of its time counts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Look, lookAt, RestWatch } from './rest.ts';

/** A watch that sees `looks`, one every `everyMs`; what it says to each, and the time that counts. */
function watched(everyMs: number, looks: readonly Look[], restMs = 0) {
  let at = 0;
  let seen = -1;
  const watch = new RestWatch(
    () => looks[seen] ?? null,
    () => at,
    restMs,
  );
  const said = looks.map(() => {
    at += everyMs;
    seen++;
    return watch.see();
  });
  return { said, spentMs: watch.spentMs };
}

const rest = (text: string): Look => ({ rest: text });
const ran = (ranMs: number): Look => ({ ranMs });

test('it rests when it looks the same three times in a row', () => {
  const looks = [rest('a'), rest('b'), rest('b'), ran(1), rest('b'), rest('b'), rest('b')];
  const { said } = watched(1, looks);
  expect(said.indexOf('rest')).toBe(6);
});

test('while it boots it must look the same for longer: it may sleep before it begins', () => {
  const sleeps = Array.from({ length: 50 }, () => rest('sleeps'));
  const waits = Array.from({ length: 150 }, () => rest('waits'));
  const { said } = watched(10, [...sleeps, ran(1), ...waits], 1000);
  expect(said.indexOf('rest')).toBe(50 + 1 + 100);
});

test('what it waits for a processor does not count, what it works does', () => {
  const starved = watched(
    15,
    Array.from({ length: 1000 }, () => ran(7)),
  );
  // The first look has nothing to compare with.
  expect(starved.spentMs).toBe(15);
  const hung = watched(
    15,
    Array.from({ length: 1000 }, (_, i) => ran(7 + i)),
  );
  expect(hung.spentMs).toBe(15 + 999);
});

test('where it sleeps, or nobody counts, host time counts, but no time that the looker did not get', () => {
  const uncounted = Array.from({ length: 10 }, () => ran(Number.NaN));
  const sleeping = Array.from({ length: 10 }, (_, i) => rest(`${i}`));
  for (const looks of [uncounted, sleeping]) {
    expect(watched(2, looks).spentMs).toBe(20);
    expect(watched(5000, looks).spentMs).toBe(200);
  }
});

test('where nobody can look it rests when it was silent for 20 ms', () => {
  const said = watched(
    3,
    Array.from({ length: 8 }, () => null),
  ).said;
  expect(said.indexOf('rest')).toBe(6);
  expect(watched(1, ['ended']).said).toEqual(['ended']);
});

test.runIf(process.platform === 'linux')(
  'a process that left the family is seen by its session',
  async () => {
    // The shell between them is gone: the loop is no descendant any more.
    const script = '(while :; do :; done & echo up); read line';
    const child = spawn('sh', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const pid = child.pid ?? 0;
    try {
      await once(child.stdout, 'data');
      let near = lookAt(pid, false);
      for (let i = 0; i < 10_000 && !(near instanceof Object && 'rest' in near); i++) {
        await new Promise((done) => setTimeout(done, 1));
        near = lookAt(pid, false);
      }
      expect(near).toHaveProperty('rest');
      expect(lookAt(pid, true)).toHaveProperty('ranMs');
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
    await once(child, 'exit');
    expect(lookAt(pid, true)).toBe('ended');
  },
);
