/** The archive on its disk: what is trimmed, and what is there after a crash. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { Disk } from '../../../sim/kernel/disk.ts';
import type { ArchivedRecord } from '../../parts/backup-messages.ts';
import { Archive } from './archive.ts';

const instantDisk = () =>
  new Disk({ needFlush: () => {}, needSync: () => {}, notifySoon: () => {} }, true);
const record = (lsn: number, epoch = 1): ArchivedRecord => ({
  lsn,
  epoch,
  key: `k${lsn % 3}`,
  value: lsn,
  atMs: 10 * lsn,
});
const full = (startLsn: number, endLsn: number) => ({
  startLsn,
  startEpoch: 1,
  endLsn,
  entries: [],
  count: 0,
});
/** How many lines the log on the disk has. */
const lines = (disk: Disk) => disk.log('log').end - disk.log('log').start;

test('the log on the disk has no more than the oldest copy needs', () => {
  const disk = instantDisk();
  const archive = new Archive(disk, 2);
  archive.begin(0, 1);
  for (let lsn = 1; lsn <= 100; lsn++) {
    archive.add(record(lsn));
    if (lsn % 10 === 0) archive.addFull(full(lsn - 1, lsn));
  }
  // The copies begin at 89 and 99.
  expect([archive.records, lines(disk)]).toEqual([11, 11]);
  archive.abandon();
  archive.begin(200, 2);
  archive.addFull(full(200, 200));
  expect([archive.records, lines(disk)]).toEqual([1, 2]);
  archive.addFull(full(200, 200));
  expect([archive.records, lines(disk)]).toEqual([0, 0]);
  for (const one of [archive, new Archive(disk, 2)]) {
    expect(one.end).toEqual({ lsn: 200, epoch: 2 });
    expect(one.planAt(Infinity, false)).toMatchObject({ lsn: 200, replayed: 0 });
  }
});

/** Keeps everything: copies with the records that came after they began. */
class Hoarder {
  readonly #copies: { readonly startLsn: number; readonly endLsn: number; stretch: number }[] = [];
  readonly #records: (ArchivedRecord & { readonly stretch: number })[] = [];
  #stretch = 0;

  begin(): void {
    this.#stretch++;
  }

  add(one: ArchivedRecord): void {
    this.#records.push({ ...one, stretch: this.#stretch });
  }

  addFull(startLsn: number, endLsn: number): void {
    this.#copies.push({ startLsn, endLsn, stretch: this.#stretch });
  }

  /** The records that the newest of the last two copies replays up to a moment; null if none can. */
  replayedAt(atMs: number): readonly number[] | null {
    for (const { startLsn, endLsn, stretch } of this.#copies.slice(-2).reverse()) {
      const own = this.#records.filter((one) => one.stretch === stretch && one.lsn > startLsn);
      const during = own.filter(({ lsn }) => lsn <= endLsn);
      if (during.length < endLsn - startLsn || during.some((one) => one.atMs > atMs)) continue;
      return own.filter((one) => one.lsn <= endLsn || one.atMs <= atMs).map(({ lsn }) => lsn);
    }
    return null;
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('it restores what one restores that keeps all: %i', (seed) => {
  const random = fixedRandom(seed);
  const disk = instantDisk();
  const hoarder = new Hoarder();
  let archive = new Archive(disk, 2);
  // A copy begins where the one before it had ended, or later.
  let [lsn, began, epoch] = [0, 0, 1];
  archive.begin(lsn, epoch);
  hoarder.begin();
  for (let step = 0; step < 120; step++) {
    const choice = random.int(0, 9);
    if (choice < 6) {
      const one = record(++lsn, epoch);
      archive.add(one);
      hoarder.add(one);
    } else if (choice < 8) {
      const from = Math.max(began, lsn - random.int(0, 3));
      archive.addFull(full(from, lsn));
      hoarder.addFull(from, lsn);
      began = lsn;
    } else if (choice === 8) {
      lsn += 5;
      began = lsn;
      archive.abandon();
      archive.begin(lsn, ++epoch);
      hoarder.begin();
    } else archive = new Archive(disk, 2);
    for (const at of [Infinity, 10 * lsn, 10 * (lsn - 3)]) {
      const replayed = hoarder.replayedAt(at);
      const values = replayed === null ? null : new Map(replayed.map((n) => [`k${n % 3}`, n]));
      const plan = archive.planAt(at, false);
      expect(plan?.replayed).toBe(replayed?.length);
      expect(plan === null ? null : new Map(plan.entries)).toEqual(values);
    }
    expect(archive.end).toMatchObject({ lsn });
  }
});

test('a copy that began before the log that is left is worth nothing', () => {
  const archive = new Archive(instantDisk(), 1);
  archive.begin(0, 1);
  for (const lsn of [1, 2, 3]) archive.add(record(lsn));
  archive.addFull(full(2, 3));
  expect(archive.planAt(Infinity, false)).toMatchObject({ lsn: 3, replayed: 1 });
  archive.addFull(full(1, 3));
  expect(archive.planAt(Infinity, false)).toBeNull();
});
