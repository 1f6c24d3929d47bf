import { expect, test } from 'vitest';
import { diskAlone } from '../../../test/support/stage.ts';
import type { Plain } from '../../sim/node.ts';
import { type RecoveryPolicy, SegmentedLog, type WalRecord } from './segmented-log.ts';

/** A disk with a log of ten records in segments of three. */
function written() {
  const disk = diskAlone();
  const log = new SegmentedLog(disk, 9);
  log.recover(0, 'stop', () => {});
  for (let i = 1; i <= 10; i++) expect(log.append(`r${i % 10}`.slice(0, 1))).toBe(i);
  return { disk, log };
}

function recovered(
  disk: ReturnType<typeof diskAlone>,
  policy: RecoveryPolicy,
  after = 0,
  checks = true,
) {
  const log = new SegmentedLog(disk, 9, checks);
  const numbers: number[] = [];
  const what = log.recover(after, policy, (_payload, number) => void numbers.push(number));
  return { ...what, numbers, last: log.last };
}

/** Rots the record of this number: another payload under its checksum. */
function rot(disk: ReturnType<typeof diskAlone>, number: number, payload: Plain = 'x'): void {
  const log = disk.log<WalRecord>(`segment ${Math.ceil(number / 3)}`);
  const index = (number - 1) % 3;
  const records = Array.from({ length: log.end - log.start }, (_, i) => log.at(log.start + i));
  log.truncate(log.start);
  for (const [i, record] of records.entries()) {
    log.append(i === index ? { ...record, payload } : record);
  }
}

test('records come back in their order, over all segments', () => {
  const { disk, log } = written();
  expect(log.segments).toBe(4);
  expect(recovered(disk, 'stop')).toEqual({
    torn: 0,
    damaged: [],
    stoppedAt: null,
    numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    last: 10,
  });
  // Those that a snapshot stands for are here as long as their segments are.
  expect(recovered(disk, 'stop', 7).numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('whole segments go, and never the newest', () => {
  const { disk, log } = written();
  expect([log.dropThrough(2), log.dropThrough(7), log.dropThrough(10), log.segments]).toEqual([
    0, 2, 1, 1,
  ]);
  expect(recovered(disk, 'stop', 10)).toMatchObject({ numbers: [10], last: 10, stoppedAt: null });
  // Without the snapshot that stands for them, what is left follows a hole.
  expect(recovered(disk, 'stop', 5)).toMatchObject({ numbers: [], stoppedAt: 6 });
});

test('a damaged record at the end is cut, one before good ones stops', () => {
  const tail = written().disk;
  rot(tail, 10);
  expect(recovered(tail, 'cut-tail')).toMatchObject({ damaged: [10], stoppedAt: null, last: 9 });
  expect(recovered(tail, 'stop')).toMatchObject({ damaged: [], last: 9 });
  const middle = written().disk;
  rot(middle, 5);
  expect(recovered(middle, 'cut-tail')).toMatchObject({ numbers: [1, 2, 3, 4], stoppedAt: 5 });
  expect(recovered(middle, 'stop')).toMatchObject({ numbers: [1, 2, 3, 4], stoppedAt: 5 });
});

test('point-in-time cuts the hole and all that follows; skip goes on', () => {
  const { disk } = written();
  rot(disk, 5);
  expect(recovered(disk, 'skip')).toMatchObject({
    numbers: [1, 2, 3, 4, 6, 7, 8, 9, 10],
    damaged: [5],
    last: 10,
  });
  expect(recovered(disk, 'point-in-time')).toMatchObject({
    damaged: [5],
    stoppedAt: null,
    last: 4,
  });
  expect(recovered(disk, 'stop')).toMatchObject({ numbers: [1, 2, 3, 4], stoppedAt: null });
});

test('a whole record in the wrong place is found by the chain', () => {
  const { disk } = written();
  const log = disk.log<WalRecord>('segment 2');
  const records = [0, 1, 2].map((i) => log.at(i));
  log.truncate(0);
  for (const record of [records[0], records[2]]) log.append(record as WalRecord);
  expect(recovered(disk, 'stop')).toMatchObject({ numbers: [1, 2, 3, 4], stoppedAt: 5 });
});

test('without checks damage is replayed', () => {
  const { disk } = written();
  rot(disk, 5);
  expect(recovered(disk, 'stop', 0, false)).toMatchObject({ damaged: [], last: 10 });
});
