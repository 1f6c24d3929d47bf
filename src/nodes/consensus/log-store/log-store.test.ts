/** A store on a log by hand: what is acknowledged when, what survives, and each mistake. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { Stage, type StageOptions } from '../../../../test/support/stage.ts';
import { told } from '../../../../test/support/told.ts';
import type { Host } from '../../../sim/kernel/host.ts';
import type { Message } from '../../../sim/node.ts';
import type { WalRecord } from '../../parts/segmented-log.ts';
import system from './index.ts';

interface StoreOptions extends StageOptions {
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
}

function store({ params = {}, bug, ...options }: StoreOptions = {}): Stage {
  const stage = new Stage({ diskMs: 5, ...options });
  stage.addSystem('kv', system, { params, ...(bug === undefined ? {} : { bug }) });
  stage.step(1);
  return stage;
}

type Asked = Message & { readonly [field: string]: unknown };
const write = (value: number, key = 'x'): Asked => ({ type: 'write', key, value });
const read = (key = 'x'): Asked => ({ type: 'read', key });
const cas = (from: number, to: number): Asked => ({ type: 'cas', key: 'x', from, to });

function ask(stage: Stage, request: Asked, ms = 20): unknown {
  const id = stage.ask('kv', request);
  stage.step(ms);
  return told(stage, id);
}

function powerCut(stage: Stage): Stage {
  return stage.crash('kv').boot('kv').step(5);
}

describe('sync: always', () => {
  test('a write is acknowledged when it is on disk, and a read of it not sooner', () => {
    const stage = store();
    const atMs = stage.nowMs;
    const [written, seen, other] = [write(1), read(), read('y')].map((each) =>
      stage.ask('kv', each),
    );
    stage.until(atMs + 4);
    expect([written, seen].map((id) => told(stage, id as number))).toEqual(['silence', 'silence']);
    stage.until(atMs + 6);
    expect([written, seen, other].map((id) => told(stage, id as number))).toEqual([
      'write_ok',
      1,
      null,
    ]);
  });

  test('a crash takes back what was not acknowledged, and nothing else', () => {
    const stage = store();
    expect(ask(stage, write(1))).toBe('write_ok');
    const late = stage.ask('kv', write(2));
    stage.step(2);
    powerCut(stage);
    expect([told(stage, late), ask(stage, read())]).toEqual(['silence', 1]);
  });

  test('a compare-and-set that fails is no record', () => {
    const stage = store();
    ask(stage, write(1));
    expect([ask(stage, cas(7, 8)), ask(stage, cas(1, 2)), ask(stage, read())]).toEqual([
      'precondition-failed',
      'cas_ok',
      2,
    ]);
    expect(stage.views().get('kv')).toMatchObject({ last: 2, durable: 2 });
  });

  /** Writes a second of this many clients, each of which asks again as soon as it is answered. */
  function throughput(clients: number, groupCommit: boolean): number {
    const stage = store({ diskMs: 10, params: { 'group-commit': groupCommit } });
    let done = 0;
    stage.onSent = ({ to, message }) => {
      if (to !== 'client' || message.type !== 'write_ok') return;
      done++;
      stage.after(0, () => void stage.ask('kv', write(1)));
    };
    for (let i = 0; i < clients; i++) stage.ask('kv', write(1));
    stage.until(1001);
    return done;
  }

  test('one disk with flushes of f: 1/f a second without group commit, c clients c/2f with it', () => {
    expect(throughput(8, false)).toBeCloseTo(100, -1);
    // All that come during a flush share the next one, so the clients fall into two shifts: while
    // one shift's flush runs, the other waits. c/f would need a disk that waits for all of them.
    for (const clients of [4, 8, 32]) {
      const perSecond = throughput(clients, true);
      expect(Math.abs(perSecond / (clients * 50) - 1)).toBeLessThan(0.05);
    }
  });

  test('a full disk refuses writes, and changes nothing', () => {
    const stage = store();
    ask(stage, write(1));
    const levers = stage.levers();
    const release = levers.shapeDisk('kv', { full: true });
    expect([ask(stage, write(2)), ask(stage, read())]).toEqual(['temporarily-unavailable', 1]);
    release();
    expect([ask(stage, write(3)), ask(stage, read())]).toEqual(['write_ok', 3]);
    expect(powerCut(stage).notes).toContain('kv no room');
    expect(ask(stage, read())).toBe(3);
  });
});

describe('sync: interval', () => {
  test('a crash at a random time loses half an interval of writes on average, never more than one', () => {
    const perSecond = 200;
    const random = fixedRandom(3);
    const losses = Array.from({ length: 30 }, () => {
      const stage = store({ params: { sync: 'interval', 'sync-every': 1000 } });
      const crashMs = random.between(1000, 3000);
      let last = 0;
      for (let ms = 5; ms < crashMs; ms += 1000 / perSecond) {
        last++;
        const value = last;
        stage.at(ms, () => void stage.ask('kv', write(value)));
      }
      stage.until(crashMs);
      expect(told(stage, last)).toBe('write_ok');
      powerCut(stage);
      return last - Number(ask(stage, read()) ?? 0);
    });
    const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
    // λI/2 = 100; a uniform loss over 200 has a deviation of 58, the mean of 30 crashes one of 10.5.
    expect(Math.abs(mean - 100)).toBeLessThan(2 * 10.5);
    // Never more than λI and what one flush covers.
    expect(Math.max(...losses)).toBeLessThanOrEqual(perSecond + 2);
    expect(Math.max(...losses)).toBeGreaterThan(0.8 * perSecond);
  });
});

describe('recovery', () => {
  const small = { segment: 100, 'snapshot-every': 10_000 };

  function filled(bug?: string, params: object = small): Stage {
    const stage = store({ params: { ...params }, ...(bug === undefined ? {} : { bug }) });
    for (let i = 1; i <= 12; i++) ask(stage, write(i, `k${i}`));
    return stage;
  }

  /** Rots the record of this number, whose checksum stays as it was, and boots. */
  function damaged(number: number, bug?: string, recover = 'cut-tail'): Stage {
    const stage = filled(bug, { ...small, recover });
    const { world } = stage;
    const host = world.hosts[world.indexOf('kv')] as Host;
    world.handle(host, () => {
      for (let id = 1; id < 40; id++) {
        const log = host.storage.log<WalRecord>(`segment ${id}`);
        const records = Array.from({ length: log.end - log.start }, (_, i) =>
          log.at(log.start + i),
        );
        if (!records.some((record) => record.number === number)) continue;
        log.truncate(log.start);
        for (const record of records) {
          const payload = { ...(record.payload as object), value: 99 };
          log.append(record.number === number ? { ...record, payload } : record);
        }
      }
    });
    return powerCut(stage.step(50));
  }

  const values = (stage: Stage, ...keys: readonly number[]) =>
    keys.map((i) => ask(stage, read(`k${i}`)));

  test('replays all segments, and serves nothing before', () => {
    const stage = filled(undefined, { ...small, 'replay-rate': 100 });
    expect(stage.views().get('kv')?.['segments']).toBeGreaterThan(5);
    stage.crash('kv').boot('kv').step(5);
    expect(ask(stage, read('k1'), 5)).toBe('temporarily-unavailable');
    stage.step(150);
    expect(values(stage, 1, 7, 12)).toEqual([1, 7, 12]);
  });

  test('a damaged record before good ones stops the store', () => {
    const stage = damaged(5);
    expect(values(stage, 1, 12)).toEqual(['temporarily-unavailable', 'temporarily-unavailable']);
    expect(stage.notes).toContain('kv corrupt {"record":5,"stops":true}');
  });

  test('point-in-time goes back to the moment before it', () => {
    expect(values(damaged(5, undefined, 'point-in-time'), 4, 5, 12)).toEqual([4, null, null]);
  });

  test('replay-past-hole: what was acknowledged is missing in the middle', () => {
    expect(values(damaged(5, 'replay-past-hole'), 4, 5, 12)).toEqual([4, null, 12]);
  });

  test('no-checksum: what has rotted unnoticed comes back as data', () => {
    expect(values(damaged(5), 5)).toEqual(['temporarily-unavailable']);
    expect(values(damaged(5, 'no-checksum'), 5)).toEqual([99]);
  });

  test('drop-segment-early: a crash before the snapshot is on disk', () => {
    const outcome = (bug?: string) => {
      const stage = store({
        params: { segment: 100, 'snapshot-every': 10, 'snapshot-time': 50 },
        ...(bug === undefined ? {} : { bug }),
      });
      for (let i = 1; i <= 11; i++) ask(stage, write(i, `k${i}`), i < 10 ? 20 : 8);
      powerCut(stage);
      return values(stage, 1, 11);
    };
    expect(outcome()).toEqual([1, 11]);
    expect(outcome('drop-segment-early')).not.toEqual([1, 11]);
  });

  test('a snapshot stands for the segments before it', () => {
    const stage = store({ params: { segment: 100, 'snapshot-every': 10, 'snapshot-time': 5 } });
    for (let i = 1; i <= 25; i++) ask(stage, write(i, `k${i}`));
    expect(stage.notes.at(-1)).toMatch(/^kv writes snapshot {"upTo":20,"dropped":[1-9]/);
    powerCut(stage);
    expect(values(stage, 1, 20, 25)).toEqual([1, 20, 25]);
  });
});

test('a flush that fails ends the store; one that tries again loses what it acknowledges (PostgreSQL 2018)', () => {
  const afterFailure = (outcome: 'die' | 'lose', bug?: string) => {
    const stage = store(bug === undefined ? {} : { bug });
    expect(ask(stage, write(1))).toBe('write_ok');
    const heal = stage.levers().shapeDisk('kv', { failsFlush: { ratio: 1, outcome } });
    const told = ask(stage, write(2));
    heal();
    if (stage.views().has('kv')) stage.crash('kv');
    stage.boot('kv').step(5);
    return [told, ask(stage, read())];
  };
  expect(afterFailure('die')).toEqual(['silence', 1]);
  expect(afterFailure('lose')).toEqual(['write_ok', 1]);
  expect(afterFailure('die', 'retry-fsync')).toEqual(['write_ok', 1]);
});

test('ack-before-sync: a power cut takes back what was acknowledged', () => {
  const stage = store({ bug: 'ack-before-sync' });
  expect(ask(stage, write(1), 2)).toBe('write_ok');
  powerCut(stage);
  expect(ask(stage, read())).toBe(null);
});

describe('logs', () => {
  const send = (value: number, more = {}): Asked => ({ type: 'send', key: 'k', value, ...more });
  const poll = (from: number): Asked => ({ type: 'poll', offsets: { k: from } });
  const commit = (group: string, offset: number): Asked => ({
    type: 'commit',
    group,
    offsets: { k: offset },
  });
  const committed = (group: string): Asked => ({ type: 'committed', keys: ['k'], group });
  const small = { segment: 150, 'snapshot-every': 10, 'snapshot-time': 5 };

  function reply(stage: Stage, request: Asked, ms = 20): unknown {
    const id = stage.ask('kv', request);
    stage.step(ms);
    return stage.answers().get(id);
  }
  /** The values from an offset on. */
  function polled(stage: Stage, from: number): readonly unknown[] {
    const { records } = reply(stage, poll(from)) as { records: { k: [number, number][] } };
    return records.k;
  }
  /** A store to which the values 0.. were appended, at the offsets of the same numbers. */
  function sent(count: number, options: StoreOptions = {}, group?: string): Stage {
    const stage = store({ params: small, ...options });
    if (group !== undefined) ask(stage, committed(group));
    for (let i = 0; i < count; i++) expect(reply(stage, send(i))).toMatchObject({ offset: i });
    return stage;
  }

  test('values have offsets in their order, and come back after a power cut', () => {
    const stage = sent(25);
    for (const each of [stage, powerCut(stage)]) {
      expect(polled(each, 22)).toEqual([
        [22, 22],
        [23, 23],
        [24, 24],
      ]);
      expect(polled(each, 25)).toEqual([]);
    }
    expect(polled(stage, 0)).toHaveLength(25);
    expect(reply(stage, send(25))).toMatchObject({ offset: 25 });
  });

  test('a poll waits until what it has seen is on disk; acks: none waits for nothing', () => {
    const stage = store();
    const atMs = stage.nowMs;
    const [hasty, , seen] = [send(1, { acks: 'none' }), send(2), poll(0)].map((each) =>
      stage.ask('kv', each),
    );
    stage.until(atMs + 4);
    expect([hasty, seen].map((id) => told(stage, id as number))).toEqual(['send_ok', 'silence']);
    stage.until(atMs + 12);
    expect(stage.answers().get(seen as number)).toMatchObject({
      records: {
        k: [
          [0, 1],
          [1, 2],
        ],
      },
    });
  });

  test('a transaction is one record: its sends and places are there after a crash, or none is', () => {
    const txn: Asked = {
      type: 'txn',
      sends: [
        ['k', 1],
        ['other', 2],
        ['k', 3],
      ],
      offsets: { k: 1 },
    };
    const [whole, lost] = [20, 3].map((ms) => {
      const stage = store();
      stage.ask('kv', txn);
      powerCut(stage.step(ms));
      return [polled(stage, 0), reply(stage, committed(''))];
    });
    const at = (k: number) => ({ type: 'committed_ok', offsets: { k } });
    expect(whole).toMatchObject([
      [
        [0, 1],
        [1, 3],
      ],
      at(1),
    ]);
    expect(lost).toMatchObject([[], at(0)]);
  });

  test('segments are kept for the slowest reader, whatever the snapshot stands for', () => {
    const stage = sent(25, {}, 'slow');
    ask(stage, commit('fast', 25));
    const segments = () => stage.views().get('kv')?.['segments'] as number;
    const kept = segments();
    expect(kept).toBeGreaterThan(5);
    expect(polled(powerCut(stage), 0)).toHaveLength(25);
    ask(stage, commit('slow', 20));
    for (let i = 25; i < 40; i++) ask(stage, send(i));
    expect(segments()).toBeLessThan(kept);
    const found = polled(stage, 0) as [number, number][];
    const [[first] = [Infinity]] = found;
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThanOrEqual(20);
    // Both places, and the offsets of values that are gone, outlive a crash.
    expect(polled(powerCut(stage), 0)).toEqual(found);
    expect(reply(stage, committed('slow'))).toMatchObject({ offsets: { k: 20 } });
    expect(reply(stage, committed('fast'))).toMatchObject({ offsets: { k: 25 } });
    // Who comes now begins with what is kept.
    expect(reply(stage, committed('new'))).toMatchObject({ offsets: { k: first } });
  });

  test('a log that nobody reads is kept whole', () => {
    expect(polled(sent(45), 0)).toHaveLength(45);
  });

  test('drop-segment-early: a slow reader finds a gap', () => {
    const stage = sent(25, { bug: 'drop-segment-early' }, 'slow');
    expect(polled(stage, 0)[0]).not.toEqual([0, 0]);
  });

  test('what is not served is refused', () => {
    expect(ask(store(), { type: 'subscribe', keys: ['k'] })).toBe('not-supported');
  });
});

/** The seed is that of the scenario; only what each bug needs to show differs. */
describe('each bug is caught by the check that its table names, and nothing breaks without it', () => {
  const corrupt = (more: string) =>
    `faults=[{at: 8s, corrupt-disk: {nodes: kv, ratio: 2%, what: logs${more}}}, {at: 9s, for: 50ms, crash: kv}]`;
  const keepsAll = 'nodes.kv.snapshot-every=10000';
  const cutsHoles = 'nodes.kv.recover=point-in-time';
  const needs: { readonly [bug: string]: readonly string[] } = {
    'ack-before-sync': [],
    'no-checksum': [corrupt(', undetected: true'), keepsAll],
    'replay-past-hole': [corrupt(''), keepsAll],
    'drop-segment-early': [cutsHoles, 'nodes.kv.snapshot-every=20', 'nodes.kv.snapshot-time=100ms'],
    'retry-fsync': [
      cutsHoles,
      'faults=[{at: 3s, every: 2s, for: 20ms, until: 16s, fsync-error: kv}, {at: 4s, every: 2s, for: 50ms, until: 17s, crash: kv}]',
    ],
  };

  test.each(Object.entries(system.bugs))('%s', async (bug, { caughtBy }) => {
    await expectCaught(bug, {
      file: 'scenarios/power-cut-log.yaml',
      node: 'kv',
      sets: ['expect=[no-lost-writes, linearizable]', ...(needs[bug] ?? [])],
      caughtBy,
    });
  });
});
