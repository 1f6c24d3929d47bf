/**
 * The battery against what is known: stores whose letters follow from how they work. A few seeds
 * here, all 30 in the long suite.
 */
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/long.ts';
import { batteryOf, measured, storeText } from '../../../test/support/tradeoff.ts';
import type { Operation } from '../../sim/history.ts';
import { observe } from '../simulate.ts';
import { scenarioOfTask } from './battery.ts';
import { consistencyOf } from './consistency.ts';
import type { CellResult, Tradeoff } from './tradeoff.ts';

const seeds = times(1, 30);

function cell({ cells }: Tradeoff, name: string): CellResult {
  const found = cells.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no cell ${name}`);
  return found;
}

const side = (of: CellResult, name: string) => {
  const found = of.sides.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no side ${name}`);
  return found;
};

const slope = ({ calm }: Tradeoff, place: string, kind: string) =>
  calm?.latency.find((one) => one.place === place && one.kind === kind)?.slope ?? Number.NaN;

const label = ({ mixture }: Tradeoff) => mixture.map(([text]) => text);
const letters = (of: CellResult) => of.letters.map(([letter]) => letter);

describe('letters that follow from how a store works', () => {
  test('one node has no letters', async () => {
    const found = await measured(storeText('kv: { kind: log-store, count: 1 }'), { seeds });
    expect(found).toMatchObject({
      inapplicable: 'no replication: labels do not apply',
      label: null,
      mixture: [],
      cells: [],
    });
    expect(found.calm?.model).toMatchObject({ top: 'linearizable', held: seeds });
    expect(found.calm?.answered.read.low).toBeGreaterThan(0.9);
  });

  test('Raft that reads by its log: PC/EC', async () => {
    const found = await measured(storeText('kv: { kind: raft, count: 5 }'), {
      seeds,
      cells: ['leader in the minority'],
    });
    expect(label(found)).toEqual(['PC/EC']);
    const cut = cell(found, 'leader in the minority');
    expect(side(cut, 'minority').answered.read.hits).toBe(0);
    expect(side(cut, 'minority').answered.write.hits).toBe(0);
    expect(side(cut, 'majority').answered.read.low).toBeGreaterThan(0.9);
    expect(cut.model.held).toBe(seeds);
    expect(cut.lost?.lost).toBe(0);
    // An election: after 150 to 300 ms of silence, and a round of votes or two.
    const { median } = side(cut, 'majority').firstAnswerMs ?? { median: 0 };
    expect(median).toBeGreaterThan(130);
    expect(median).toBeLessThan(900);
    // One round trip at the leader, and one more to reach it.
    for (const kind of ['read', 'write']) {
      expect(slope(found, 'leader', kind)).toBeGreaterThan(1.4);
      expect(slope(found, 'leader', kind)).toBeLessThan(2.4);
      expect(slope(found, 'elsewhere', kind)).toBeGreaterThan(3.2);
      expect(slope(found, 'elsewhere', kind)).toBeLessThan(4.4);
    }
  });

  test('Raft whose leader answers reads by itself: P-', async () => {
    const kv = 'kv: { kind: raft, count: 3, check-quorum: false, bug: local-reads }';
    const found = await measured(storeText(kv), { seeds, cells: ['leader in the minority'] });
    expect(label(found)).toEqual(['P-/EC']);
    const cut = cell(found, 'leader in the minority');
    expect(cut.model.broken).toBe(seeds);
    expect(cut.staleness?.age?.maxMs).toBeGreaterThan(1000);
    expect(found.witnesses.map(({ claim }) => claim)).toEqual(
      expect.arrayContaining(['inconsistent', 'stale', 'unanswered']),
    );
    expect(slope(found, 'leader', 'read')).toBeCloseTo(0, 1);
  });

  const quorum = (more: string) =>
    storeText(`kv: { kind: quorum-store, versions: lww, ${more} }`, ', cas: 0');

  test('Dynamo with R = W = 1: PA/EL, and a strict quorum: PC/EC', async () => {
    const cells = ['minority cut off'];
    const one = await measured(quorum('count: 3, r: 1, w: 1, sloppy: true'), { seeds, cells });
    expect(label(one)).toEqual(['PA/EL']);
    const strict = await measured(quorum('count: 3, r: 2, w: 2, sloppy: false'), { seeds, cells });
    expect(label(strict)).toEqual(['PC/EC']);
    const cut = cell(strict, 'minority cut off');
    expect(side(cut, 'minority').answered.write.hits).toBe(0);
    expect(side(cut, 'majority').leastShare).toBeGreaterThan(0.95);
  });

  test('a sloppy quorum goes on as long as there are enough to hand over to: PA', async () => {
    const found = await measured(quorum('count: 5, n: 3, r: 2, w: 2, sloppy: true'), {
      seeds,
      cells: ['minority cut off', 'one node alone'],
    });
    expect(letters(cell(found, 'minority cut off'))).toEqual(['A']);
    expect(letters(cell(found, 'one node alone'))).toEqual(['C']);
    expect(label(found)).toEqual(['PA/EC']);
    expect(found.because?.partition).toMatch(
      /every node went on .*, on sides of 2 and more; but one node alone: /,
    );
  });

  test('two quorums that do not share a copy after all: P-, though no write is lost', async () => {
    const text = quorum('count: 3, r: 2, w: 2, sloppy: false, bug: hint-counts-as-ack');
    const found = await measured(text, { seeds, cells: ['minority cut off'] });
    const cut = cell(found, 'minority cut off');
    expect(letters(cut)).toEqual(['-']);
    expect(cut.why).toContain('it was no longer regular');
    expect(side(cut, 'minority').answered.write.hits).toBeGreaterThan(0);
    expect(side(cut, 'minority').answered.read.hits).toBe(0);
  });

  test('R = W = 1 reads as many old values as the model of PBS says', async () => {
    // Every coordinator has a copy. A read elsewhere is stale as long as W has not arrived, which is
    // exponential with a mean of 20 ms; the last write of its key is Exp(6/s) old, two of three are
    // from elsewhere, and two ways to a client pass between: 2/3 * 6/(6+50) * exp(-.1/20).
    const text = storeText(
      'kv: { kind: quorum-store, count: 3, r: 1, w: 1, versions: lww, sloppy: false, read-repair: none, disk: { sync: 0 } }',
      ', cas: 0',
      'latency: { exponential: { mean: 20ms } }, links: [{ between: [load, kv], latency: 0.05ms }]',
    );
    const { calm } = await measured(text, { seeds: times(6, 30), cells: [] });
    const { hits, of } = calm?.staleness?.stale ?? { hits: 0, of: 1 };
    const expected = 0.0711;
    expect(of).toBeGreaterThan(1000);
    expect(Math.abs(hits / of - expected)).toBeLessThan(
      3 * Math.sqrt((expected * (1 - expected)) / of),
    );
  });

  test('a master for each record, and reads of any copy: PC/EL', async () => {
    const text = storeText(
      'kv: { kind: record-master, count: 3 }',
      ', cas: 0',
      'latency: 20ms..30ms, links: [{ between: [load, kv], latency: 0.2ms }]',
    );
    const found = await measured(text, { seeds, cells: ['minority cut off'] });
    expect(label(found)).toEqual(['PC/EL']);
    const cut = cell(found, 'minority cut off');
    // Reads go on everywhere. Each record is written on the side of its master.
    for (const name of ['minority', 'majority']) {
      expect(side(cut, name).answered.read.low).toBeGreaterThan(0.85);
      expect(side(cut, name).answered.write.high).toBeLessThan(0.9);
    }
    expect(cut.lost?.lost).toBe(0);
    expect(found.calm?.staleness?.stale.hits).toBeGreaterThan(0);
    expect(found.calm?.model.strongest).not.toContain('linearizable');
  });

  test('a store that waits for all answers nobody: it is consistent, and PC', async () => {
    const found = await measured(quorum('count: 3, r: 3, w: 3, sloppy: false'), {
      seeds,
      cells: ['minority cut off'],
    });
    expect(label(found)).toEqual(['PC/EC']);
    const cut = cell(found, 'minority cut off');
    expect(cut.why).toContain('nobody answered anything');
    for (const { answered } of cut.sides) expect(answered.read.hits + answered.write.hits).toBe(0);
  });

  test('more nodes than copies: a share of the keys, and no letter', async () => {
    const found = await measured(quorum('count: 5, n: 3, r: 2, w: 2, sloppy: false'), {
      seeds: times(4, 30),
      cells: ['minority cut off'],
    });
    const cut = cell(found, 'minority cut off');
    expect(letters(cut)[0]).toBe('?');
    expect(cut.why).toContain('answered for some keys and not for others');
    // 3 of 10 placements have two copies or more among two nodes, 7 of 10 among the other three.
    const keys = side(cut, 'minority').keysAnswered;
    expect(keys?.low).toBeLessThan(0.3);
    expect(keys?.high).toBeGreaterThan(0.3);
    expect(side(cut, 'majority').keysAnswered?.high).toBeGreaterThan(0.6);
  });

  test('an async primary with a watcher: acknowledged writes are lost', async () => {
    const kv = `kv: { kind: primary-replica, count: 3, replication: async, failover: watched }
  guard: { kind: watchdog, watch: kv, interval: 300ms, timeout: 150ms, fall: 3 }`;
    const found = await measured(storeText(kv), {
      seeds,
      cells: ['leader in the minority', 'nobody hears the leader', 'arbiter loses the leader'],
    });
    expect(found).toMatchObject({ replicas: 3, arbiters: 1 });
    expect(label(found)).toEqual(['P-/EC']);
    const cut = cell(found, 'leader in the minority');
    expect(cut.lost?.lost).toBeGreaterThan(10 * seeds);
    expect(found.witnesses.some(({ claim }) => claim === 'lost')).toBe(true);
  });

  test('two-phase commit without its coordinator answers nobody', async () => {
    const found = await measured(
      `name: bank
duration: 10s
nodes:
  bank: { kind: two-phase-commit, participant: 3 }
network: { latency: 2ms }
clients:
  load: { workload: bank, target: bank, count: 2, rate: 40/s, timeout: 200ms }
expect: ['availability >= 1%']
`,
      { seeds, cells: ['leader hears nobody'] },
    );
    expect(found.replicas).toBe(4);
    const [only] = cell(found, 'leader hears nobody').sides;
    expect(only?.answered.write.hits ?? 0).toBe(0);
    // The client hears at the decision: votes are one round trip.
    expect(slope(found, 'leader', 'write')).toBeGreaterThan(1.7);
    expect(slope(found, 'leader', 'write')).toBeLessThan(2.3);
  });
});

describe('stores in two regions', () => {
  const text = (levels: string) => `name: regions
seed: 1
duration: 20s
nodes:
  kv: { kind: quorum-store, count: 6, n: 6, region: [eu, us], versions: lww, sloppy: false, ${levels} }
network:
  latency: 1ms..2ms
  regions: { eu: { us: 30ms } }
  links: [{ between: [load, kv], latency: 0.2ms }]
clients:
  load: { workload: register, target: kv, per-node: 1, rate: 60/s, keys: 5, timeout: 200ms, cas: 0 }
expect: ['availability >= 1%']
`;

  test('are cut between them: a local quorum goes on, one in each region stops', async () => {
    const cells = ['regions apart', 'one node alone'];
    const local = text('read-level: local-quorum, write-level: local-quorum');
    const goesOn = await measured(local, { seeds, cells });
    expect(letters(cell(goesOn, 'regions apart'))).toEqual(['A']);
    expect(letters(cell(goesOn, 'one node alone'))).toEqual(['C']);
    expect(label(goesOn)).toEqual(['PA/EL']);
    const each = text('read-level: local-quorum, write-level: each-quorum');
    const stops = await measured(each, { seeds, cells: ['regions apart'] });
    expect(label(stops)[0]).toMatch(/^PC/);
    for (const { answered } of cell(stops, 'regions apart').sides) {
      expect(answered.write.hits).toBe(0);
      expect(answered.read.low).toBeGreaterThan(0.9);
    }
  });
});

describe('faults that cut nothing', () => {
  test('a clock that is ahead takes writes from last-writer-wins, and nothing else does', async () => {
    const kv =
      'kv: { kind: quorum-store, count: 3, versions: lww, sloppy: false, read-repair: blocking }';
    const found = await measured(storeText(kv, ', cas: 0'), {
      seeds: times(3, 30),
      cells: ['one node paused', 'one clock ahead', 'power cut of all'],
    });
    const broken = found.otherFaults.map(({ name, broken, lost }) => [
      name,
      broken > 0,
      lost?.lost,
    ]);
    expect(broken).toEqual([
      ['one node paused', false, 0],
      ['one clock ahead', true, expect.any(Number)],
      ['power cut of all', false, 0],
    ]);
    const [, clock] = found.otherFaults;
    expect(clock?.aheadMs).toBe(2000);
    expect(clock?.lost?.lost).toBeGreaterThan(0);
    expect(found.cells).toEqual([]);
  });

  test('a power cut takes what was acknowledged before a disk had it', async () => {
    const kv = (more: string) =>
      storeText(`kv: { kind: raft, count: 3, disk: { sync: 60ms }${more} }`);
    const cells = ['power cut of all'];
    const [kept] = (await measured(kv(''), { seeds, cells })).otherFaults;
    expect(kept).toMatchObject({ runs: seeds, broken: 0, lost: { lost: 0 } });
    const hasty = await measured(kv(', bug: ack-before-durable'), { seeds, cells });
    const [gone] = hasty.otherFaults;
    expect(gone?.broken).toBeGreaterThan(0);
    expect(gone?.lost?.lost).toBeGreaterThan(0);
    expect(gone?.lost?.rpoMs).toBeLessThan(500);
    expect(hasty.mixture).toHaveLength(1);
  });
});

describe('the verdict on a history', () => {
  const history = async () => {
    const battery = await batteryOf(storeText('kv: { kind: raft, count: 3 }'), { seeds: 1 });
    const cut = battery.tasks.find((task) => task.cell !== null);
    if (cut === undefined) throw new Error('no cut');
    const scenario = scenarioOfTask(battery, cut);
    const { history: made, facts } = observe(scenario);
    const { asks } = battery.subject.load.workload;
    const judge = (given: readonly Operation[]) => consistencyOf(asks, given, facts);
    return { made, judge, endUs: facts.durationUs };
  };

  test('does not depend on the names of processes or on when it was', async () => {
    const { made, judge } = await history();
    const before = judge(made);
    const shifted = made.map((one) => ({
      ...one,
      process: 100_000 - one.process,
      invokedAtUs: one.invokedAtUs + 7_000_000,
      completedAtUs: one.completedAtUs + 7_000_000,
      endedAtUs: one.endedAtUs + 7_000_000,
    }));
    expect(judge(shifted).verdicts).toEqual(before.verdicts);
    expect(before.top.verdict).toBe('pass');
  });

  test('one stale read takes C away', async () => {
    const { made, judge } = await history();
    const writes = made.filter(({ f, outcome }) => f === 'write' && outcome === 'ok');
    const reads = made.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
    const late = reads.findLast(({ key }) => writes.filter((one) => one.key === key).length > 2);
    const early = writes.find(({ key, completedAtUs }) => {
      const after = writes.filter((one) => one.key === key && one.invokedAtUs > completedAtUs);
      return key === late?.key && after.length > 0;
    });
    expect(early).toBeDefined();
    const wrong = made.map((one) =>
      one === late ? { ...one, output: early?.input ?? null } : one,
    );
    expect(judge(wrong).top.verdict).toBe('fail');
  });

  test('a copy need not have what was written a moment before the final reads', async () => {
    const { made, judge, endUs } = await history();
    const [first] = made;
    if (first === undefined) throw new Error('nothing was asked');
    let index = 0;
    const one = (process: number, f: string, key: string, value: number, atUs: number) => ({
      ...{ ...first, process, f, key, outcome: 'ok' as const, error: null, index: index++ },
      ...(f === 'write' ? { input: value, output: null } : { input: null, output: value }),
      ...{ invokedAtUs: atUs, completedAtUs: atUs + 9, endedAtUs: atUs + 9 },
    });
    const eventual = (behind: string) =>
      judge([
        ...['k1', 'k2'].flatMap((key, i) => [
          one(1, 'write', key, 1 + i, 10 + 20 * i),
          one(1, 'write', key, 3 + i, 60 + 20 * i),
        ]),
        one(2, 'write', 'k3', 5, endUs - 100),
        // Whether the store answers: the last write, after the end.
        one(2, 'write', 'k3', 6, endUs + 10),
        ...[1, 2].flatMap((process) =>
          ['k1', 'k2', 'k3'].map((key, i) => {
            const old = process === 1 && key === behind;
            const value = [3, 4, 6][i] ?? 0;
            return one(process, 'read', key, old ? ([1, 2, 5][i] ?? 0) : value, endUs + 100);
          }),
        ),
      ]).verdicts.find(([level]) => level === 'eventual')?.[1];
    expect(eventual('none')).toBe('pass');
    expect(eventual('k3')).toBe('pass');
    expect(eventual('k1')).toBe('fail');
  });
});
