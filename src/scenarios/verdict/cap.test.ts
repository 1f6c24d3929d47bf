/** The CAP line from histories drawn by hand: each letter, and each way to earn none. */
import { describe, expect, test } from 'vitest';
import {
  type HandOperation,
  handFacts,
  handFault,
  handHistory,
} from '../../../test/support/hand-history.ts';
import { type HandScenario, handScenario } from '../../../test/support/hand-scenario.ts';
import type { CheckResult, Facts, Verdict } from '../../checks/checker.ts';
import partition from '../../faults/partition.ts';
import type { CapLine } from '../result.ts';
import { capLine } from './cap.ts';

const timeout = { outcome: 'info', error: 'timeout', took: 100 } as const;
const nodes = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];
const elections = { 'election-timeout': { minMs: 150, maxMs: 300 } };

function check(verdict: Verdict, atMs: number | null = null): CheckResult {
  return {
    checker: 'linearizable',
    verdict,
    summary: '',
    reasons: [],
    evidence: [],
    key: null,
    atUs: atMs === null ? null : atMs * 1000,
    numbers: {},
  };
}

/** Every 20 ms from 0 to 10 s each node is asked, write and read by turns, of one key. */
function load(answers: (node: string, atMs: number) => boolean): HandOperation[] {
  const operations: HandOperation[] = [];
  for (let at = 0; at < 10_000; at += 20) {
    nodes.forEach((node, i) => {
      const f = (at / 20 + i) % 2 === 0 ? 'write' : 'read';
      const how = answers(node, at) ? { took: 2 } : timeout;
      operations.push({ at: at + i, node, f, input: at * 10 + i, ...how });
    });
  }
  return operations;
}

const inMinority = (node: string) => node === 'kv-1' || node === 'kv-2';
const apart = (at: number) => at >= 2000 && at < 6000;

interface Given {
  readonly operations?: readonly HandOperation[];
  readonly checks?: readonly CheckResult[];
  readonly facts?: Partial<Facts>;
  readonly scenario?: HandScenario;
}

const always = () => true;
/** As Raft does it: the minority is silent, the majority after an election of half a second. */
const consistent = (node: string, at: number) => !apart(at) || (!inMinority(node) && at >= 2500);

function cap({
  operations = load(always),
  checks = [check('pass')],
  facts = { faults: [handFault(2000, 6000)] },
  scenario = { params: elections },
}: Given): CapLine | null {
  return capLine(
    handScenario({ faults: [partition], ...scenario }),
    handHistory(operations),
    handFacts(facts),
    checks,
  );
}

describe('letters', () => {
  test('C: linearizable, and a node that stopped answering', () => {
    const line = cap({ operations: load(consistent) });
    // The gap is three times 300 ms, the patience 100 ms: steady from 2.9 s to 5.9 s, 150 times each.
    expect(line).toMatchObject({
      seeds: 1,
      seedsWanted: 30,
      letters: 'C',
      sides: [
        { name: 'minority', nodes: ['kv-1', 'kv-2'], asked: 300, answered: 0 },
        { name: 'majority', nodes: ['kv-3', 'kv-4', 'kv-5'], asked: 450, answered: 450 },
      ],
      linearizable: 'pass',
      exposure: 0,
    });
    expect(line?.sentence).toMatchInlineSnapshot(
      `"C in this one run: consistent, not available: part of it stopped answering. From 900ms after the cut, minority answered 0 of 300 (0%), no answer at all; majority answered 450 of 450 (100%), the first 504ms after the cut. The history is linearizable; 0 reads came after a write on the other side, 34,278 after one on the same side."`,
    );
  });

  test('several partitions add up, side by side', () => {
    const pulled = (at: number) => (at >= 2000 && at < 4000) || (at >= 6000 && at < 8000);
    // Of the second, the minority notices only after 200 ms, and the majority takes 700 ms.
    const answers = (node: string, at: number) =>
      !pulled(at) || (inMinority(node) ? at >= 6000 && at < 6200 : at >= (at < 5000 ? 2500 : 6700));
    const faults = [handFault(2000, 4000), handFault(6000, 8000, { name: 'second' })];
    const line = cap({ operations: load(answers), facts: { faults } });
    expect(line?.sides.map(({ name, asked }) => [name, asked])).toEqual([
      ['partition minority', 100],
      ['partition majority', 150],
      ['second minority', 100],
      ['second majority', 150],
    ]);
    expect(line?.sentence).toMatchInlineSnapshot(
      `"C in this one run: consistent, not available: part of it stopped answering. In 2 partitions, after their fail-over, minority answered 0 of 200 (0%), though it still answered 2ms after the cut; majority answered 300 of 300 (100%), the first 704ms after the cut at most. The history is linearizable; 980 reads came after a write on the other side, 10,986 after one on the same side."`,
    );
  });

  test('A: every node answered, and the history is not linearizable', () => {
    const line = cap({ checks: [check('fail', 2100)] });
    expect(line?.letters).toBe('A');
    expect(line?.exposure).toBeGreaterThan(1000);
    expect(line?.sentence).toMatchInlineSnapshot(
      `"A in this one run: available, not consistent: every side went on answering. From 900ms after the cut, minority answered 300 of 300 (100%), the first 2ms after the cut; majority answered 450 of 450 (100%), the first 4ms after the cut. The history is not linearizable; 60,000 reads came after a write on the other side, 64,850 after one on the same side."`,
    );
    // Of a history that went wrong before, the partition is not the cause.
    const before = cap({ checks: [check('fail', 100)] });
    expect([before?.letters, before?.sentence]).toEqual([
      '?',
      expect.stringContaining('not linearizable even without the partition'),
    ]);
  });

  test('no C for a node that never answered anybody', () => {
    const deaf = (node: string) => !inMinority(node);
    const line = cap({ operations: load(deaf) });
    expect(line?.letters).toBe('?');
    expect(line?.sentence).toContain(
      'kv-1, kv-2 answered no more without the partition than with it',
    );
    // One of the two did: that one stopped.
    const one = (node: string, at: number) => consistent(node, at) && node !== 'kv-1';
    expect(cap({ operations: load(one) })?.letters).toBe('C');
  });

  test('-: neither', () => {
    const line = cap({ operations: load(consistent), checks: [check('fail', 5000)] });
    expect(line?.letters).toBe('-');
    expect(line?.sentence).toContain('neither consistent nor fully available');
  });

  test('both at once are not exercised, never CA', () => {
    const line = cap({});
    expect(line?.letters).toBeNull();
    expect(line?.sentence).toMatch(
      /^not exercised: all sides answered and the history is linearizable/,
    );
  });
});

describe('undecided', () => {
  const why = (given: Given) => {
    const line = cap(given);
    return `${line?.letters} ${/undecided: ([^.]*)\./.exec(line?.sentence ?? '')?.[1]}`;
  };

  test('when nobody knows whether it is linearizable', () => {
    expect(why({ checks: [check('unknown')] })).toBe(
      '? whether the history is linearizable is not known',
    );
  });

  test('when it was wrong before the partition, and does not answer', () => {
    expect(why({ operations: load(consistent), checks: [check('fail', 1000)] })).toBe(
      '? it is not linearizable even without the partition',
    );
  });

  test('when some requests fail but no node stops', () => {
    const flaky = load((_node, at) => !apart(at) || at % 200 !== 0);
    expect(why({ operations: flaky })).toBe(
      '? requests went unanswered, but no node clearly stopped',
    );
  });

  test('when nothing was read after a write', () => {
    const writes = load(consistent).filter(({ f }) => f === 'write');
    expect(why({ operations: writes })).toBe('? no read came after a write of its key');
  });

  test('when too little was asked to call it available', () => {
    const few = load(always).filter(({ at }) => at % 1000 < 5);
    expect(why({ operations: few, checks: [check('fail', 2100)] })).toBe(
      '? too few requests to call every side available',
    );
  });

  test('when a node was asked three times in vain, but not when it was four', () => {
    const silent = (times: number) =>
      load((node, at) => node !== 'kv-1' || !apart(at)).filter(
        ({ node, at }) => node !== 'kv-1' || !apart(at) || (at >= 3000 && at < 3000 + 20 * times),
      );
    expect(cap({ operations: silent(3) })?.letters).toBe('?');
    expect(cap({ operations: silent(4) })?.letters).toBe('C');
  });
});

describe('not exercised', () => {
  const why = (given: Given) => {
    const line = cap(given);
    expect(line?.letters).toBeNull();
    return /not exercised: ([^.]*)\./.exec(line?.sentence ?? '')?.[1];
  };

  test('a partition that never struck', () => {
    expect(why({ facts: { faults: [handFault(null, null)] } })).toBe('no partition struck');
  });

  test('a partition shorter than fail-over and patience', () => {
    expect(why({ facts: { faults: [handFault(2000, 2150)] } })).toContain('too short');
  });

  test('one that is too short beside one that is not: that one decides, and alone is shown', () => {
    const faults = [handFault(500, 650), handFault(2000, 6000, { name: 'second' })];
    const line = cap({ operations: load(consistent), facts: { faults } });
    expect(line?.letters).toBe('C');
    expect(line?.sides.map(({ name, asked }) => [name, asked])).toEqual([
      ['second minority', 300],
      ['second majority', 450],
    ]);
    expect(line?.sentence).toContain('the cut, second minority answered 0 of 300');
  });

  test('of several, all too short: nothing is said of their sides', () => {
    const faults = [handFault(500, 650), handFault(2000, 2150, { name: 'second' })];
    expect(cap({ facts: { faults } })?.sentence).toBe(
      'not exercised: each of the 2 partitions is too short for the fail-over and the patience of clients.',
    );
  });

  test('a side that nobody asked', () => {
    const deaf = load(always).filter(({ node }) => !inMinority(node ?? ''));
    expect(why({ operations: deaf })).toBe('nothing was asked of minority while it was apart');
    const down = ['kv-1', 'kv-2'].map((node) => ({ node, fromUs: 0, untilUs: 10_000_000 }));
    expect(why({ facts: { faults: [handFault(2000, 6000)], down } })).toBe(
      'nothing was asked of minority while it was apart',
    );
  });
});

describe('windows and names', () => {
  test('without an election timeout there is no gap; the gap is half of the partition at most', () => {
    const asked = (params: HandScenario['params'] & object) =>
      cap({ operations: load(consistent), scenario: { params } })?.sides[0]?.asked;
    // From 2 s, and from 4 s, to 5.9 s.
    expect(asked({})).toBe(2 * 195);
    expect(asked({ 'election-timeout': 5000 })).toBe(2 * 95);
    expect(asked({ 'rpc-timeout': 5000 })).toBe(2 * 195);
  });

  test('a partition that lasts ends with the duration', () => {
    const line = cap({
      operations: load((node, at) => at < 2000 || !inMinority(node)),
      facts: { faults: [handFault(2000, null)] },
    });
    expect(line?.letters).toBe('C');
    expect(line?.sides[0]?.asked).toBe(2 * 350);
  });

  test('several partitions are told apart by name', () => {
    const faults = [handFault(2000, 4000), handFault(5000, 7000, { name: 'second' })];
    const line = cap({ facts: { faults }, checks: [check('fail', 3000)] });
    expect(line?.sides.map(({ name }) => name)).toEqual([
      'partition minority',
      'partition majority',
      'second minority',
      'second majority',
    ]);
    expect(line?.letters).toBe('A');
  });
});

describe('no line', () => {
  test('without a partition, or without a load that reads and writes', () => {
    expect(cap({ facts: {} })).toBeNull();
    const crash = handFault(2000, 6000, { kind: 'crash', name: 'crash', sides: [] });
    expect(cap({ facts: { faults: [crash] } })).toBeNull();
    expect(cap({ scenario: { loads: [] } })).toBeNull();
  });
});

test('runs the linearizability checker when nobody has', () => {
  const stale: HandOperation[] = [
    { at: 2000, f: 'write', node: 'kv-3', input: 1, took: 5 },
    { at: 2010, f: 'read', node: 'kv-1', output: null },
    ...load(consistent).filter(({ at, f }) => at < 1000 && f === 'write'),
  ];
  expect(cap({ operations: stale, checks: [] })?.linearizable).toBe('fail');
  const fresh = stale.map((one) => (one.f === 'read' ? { ...one, output: 1 } : one));
  expect(cap({ operations: fresh, checks: [] })?.linearizable).toBe('pass');
});
