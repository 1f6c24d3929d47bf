// A run says how far it is after a while, and its file goes with it.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Announcement, runningRuns } from './running.ts';

let folder = '';
let nowMs = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-running-'));
  nowMs = 5000;
});
afterEach(() => rmSync(folder, { recursive: true }));

const subject = {
  name: 'a',
  file: 'a.yaml',
  seed: '1',
  sets: ['x=1'],
  without: false,
  strict: false,
  allowOutside: false,
  durationUs: 60_000_000,
};

test('nothing in the first second, then its place each second, and nothing after its end', () => {
  const run = new Announcement(folder, subject, () => nowMs);
  nowMs += 900;
  run.next(1_000_000, 10);
  expect(runningRuns(folder)).toEqual([]);
  nowMs += 100;
  run.next(2_000_000, 20);
  const told = { ...subject, process: process.pid, atUs: 2_000_000, events: 20 };
  expect(runningRuns(folder)).toEqual([told]);
  nowMs += 500;
  run.next(3_000_000, 30);
  expect(runningRuns(folder)).toEqual([told]);
  run.end();
  expect(readdirSync(join(folder, '.dsim/running'))).toEqual([]);
});

test('steps follow the pace of the machine, and always go on', () => {
  const run = new Announcement(folder, subject, () => nowMs);
  expect(run.next(0, 0)).toBe(1_200_000);
  // 1.2 s of the run in 100 ms: 2.4 s in the next 200.
  nowMs += 100;
  expect(run.next(1_200_000, 50)).toBe(3_600_000);
  // On a fast machine at most a quarter of the run.
  nowMs += 1;
  expect(run.next(3_600_000, 90)).toBe(18_600_000);
  nowMs += 10_000_000;
  expect(run.next(3_600_001, 91)).toBe(3_601_001);
  run.end();
});

test('what a process that is dead has left goes when another says something', () => {
  // No process has the largest number that Linux gives, in a test.
  const dead = { ...subject, process: 4_194_304, atUs: 1, events: 1 };
  const at = join(folder, '.dsim/running');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, '4194304.json'), JSON.stringify(dead));
  expect(runningRuns(folder)).toEqual([]);
  const run = new Announcement(folder, subject, () => nowMs);
  nowMs += 1000;
  run.next(1, 1);
  expect(readdirSync(at)).toEqual([`${process.pid}.json`]);
  run.end();
});

test('what is no run, or cannot be written, is passed over', () => {
  expect(runningRuns(join(folder, 'nowhere'))).toEqual([]);
  writeFileSync(join(folder, '.dsim'), 'a file');
  const run = new Announcement(folder, subject, () => nowMs);
  nowMs += 2000;
  run.next(1, 1);
  expect(runningRuns(folder)).toEqual([]);
  run.end();
});
