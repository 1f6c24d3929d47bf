/**
 * The checker on hand-drawn histories, on simulated ones with planted mistakes, and its rules and
 * invariances.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handFacts, handLoad } from '../../../test/support/hand-history.ts';
import { draw, historyOf, type OperationSketch } from '../../../test/support/histories.ts';
import { naivelyLinearizable } from '../../../test/support/naive-linearizability.ts';
import {
  randomOf,
  type SimulatedLoad,
  simulateRegister,
} from '../../../test/support/simulated-register.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { modelsByInterface } from '../models/by-interface.ts';
import { kvAppendModel } from '../models/kv-append.ts';
import { register, registerModel } from '../models/register.ts';
import { checkLinearizable, linearizable } from './index.ts';

const check = (history: History) => checkLinearizable(history, register);

/** The result as text, to be read in a snapshot. */
function story({ verdict, summary, reasons, evidence }: CheckResult): string {
  return [`${verdict}: ${summary}`, ...reasons, `evidence ${evidence.join(' ')}`].join('\n');
}

describe('histories drawn by hand', () => {
  it.each([
    ['a read after a write sees it', '|--w(1)--| |--r()=1--|'],
    ['a read during a write sees the old value', '|---w(1)---|\n |-r()=_-|'],
    ['or the new one', '|---w(1)---|\n |-r()=1-|'],
    [
      'a write of unknown outcome may happen much later',
      '|-w(1)-|\n|-w(2)?\n  |-r()=1-|  |-r()=2-|',
    ],
    ['or never', '|-w(1)-|\n|-w(2)?\n       |-r()=1-|  |-r()=1-|'],
    [
      'or between two reads of what it replaces, undone by nobody',
      '|-w(1)-| |-cas(1,2)?\n |-r()=1-| |-r()=1-| |-r()=2-|',
    ],
    ['a read of unknown outcome says nothing', '|-w(1)-|\n|-r()=7?'],
    ['a failed write did not happen', '|-w(1)-|  |-w(2)-!\n   |-r()=1-|   |-r()=1-|'],
    ['concurrent writes go in the order that readers need', '|--w(1)--| |-r()=1-|\n|--w(2)--|'],
    ['keys do not know of each other', '|-w(x,1)-| |-r(y)=_-|'],
  ])('%s', (_, picture) => {
    const history = draw(picture);
    expect(check(history)).toMatchObject({ verdict: 'pass', evidence: [], key: null, atUs: null });
  });

  it('intervals that touch overlap', () => {
    const touching = draw('|-w(1)-|\n       |-r()=_-|');
    expect(check(touching).verdict).toBe('pass');
    const apart = draw('|-w(1)-|\n        |-r()=_-|');
    expect(check(apart).verdict).toBe('fail');
  });

  it('stale read: a newer value had been read', () => {
    const history = draw(`
      |--w(1)--| |--w(2)--|     |--r()=1--|
                        |--r()=2--|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Stale read on key x: #3 read → 1 after #1 write 2 was acknowledged.
      #1 write 2 was acknowledged at 26ms.
      #3 read → 1 ran from 32ms to 42ms: all of it later.
      1 was set last by #0 write 1, over before #1 began.
      evidence 0 1 3"
    `);
    expect(check(history)).toMatchObject({ key: 'x', atUs: 42_000 });
  });

  it('lost write: nobody ever saw it', () => {
    const history = draw(`
      |--w(1)--| |--w(2)--|
                            |--r()=1--|  |--w(3)--|
                                         |--r()=1--|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Lost write on key x: #2 read → 1 after #1 write 2 was acknowledged.
      #1 write 2 was acknowledged at 26ms.
      #2 read → 1 ran from 28ms to 38ms: all of it later.
      1 was set last by #0 write 1, over before #1 began.
      No operation ever saw the value of #1.
      evidence 0 1 2"
    `);
  });

  it('a key that goes back to what it started with', () => {
    expect(story(check(draw('|--w(1)--| |--r()=_--|')))).toMatchInlineSnapshot(`
      "fail: Lost write on key x: #1 read → null after #0 write 1 was acknowledged.
      #0 write 1 was acknowledged at 9ms.
      #1 read → null ran from 11ms to 21ms: all of it later.
      The key starts with null, and nothing had set it to that again.
      No operation ever saw the value of #0.
      evidence 0 1"
    `);
  });

  it('new and old: Fig. 9-6 of Designing Data-Intensive Applications', () => {
    const history = draw(`
      |-w(1)-| |----------w(2)----------|
                 |-r()=2-|
                           |-r()=1-|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Stale read on key x: #3 read → 1 after #2 read → 2 had seen a newer value.
      #1 write 2 was invoked at 15ms and was still in progress.
      #2 read → 2 had seen its value by 25ms.
      #3 read → 1 ran from 27ms to 35ms: all of it later, yet 1 is older.
      evidence 0 1 2 3"
    `);
  });

  it('split: two readers, two orders', () => {
    const history = draw(`
      |----------w(1)-----------|
      |----------w(2)-----------|
         |-r()=1-|  |-r()=2-|
         |-r()=2-|  |-r()=1-|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Split on key x: reads disagree whether 1 or 2 came first.
      #2 read → 1 was over before #4 read → 2 began.
      #3 read → 2 was over before #5 read → 1 began.
      Each of the two values was set once, so no order explains both.
      evidence 0 1 2 3 4 5"
    `);
  });

  it('lost update: two compare-and-sets from one value', () => {
    const history = draw(`
      |-w(1)-| |--cas(1,2)--|
                  |--cas(1,3)--|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Lost update on key x: #1 cas 1→2 and #2 cas 1→3 both found 1.
      #1 cas 1→2 ran from 15ms to 28ms.
      #2 cas 1→3 ran from 18ms to 31ms.
      Each replaced 1, and only #0 write 1 sets 1: one of them found a value that was gone.
      evidence 0 1 2"
    `);
  });

  it('a compare-and-set that found a value long replaced', () => {
    const history = draw(`
      |-w(1)-| |-w(2)-| |-r()=2-|
                                 |-cas(1,3)-|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: Stale compare-and-set on key x: #3 cas 1→3 after #1 write 2 was acknowledged.
      #1 write 2 was acknowledged at 22ms.
      #3 cas 1→3 ran from 33ms to 44ms: all of it later.
      1 was set last by #0 write 1, over before #1 began.
      evidence 0 1 3"
    `);
  });

  it('values from nowhere, from the future, and of what failed', () => {
    expect(story(check(draw('|-w(1)-| |-r()=7-|')))).toMatchInlineSnapshot(`
      "fail: Value from nowhere on key x: #1 read → 7, but nothing sets 7.
      #1 read → 7 ran from 9ms to 17ms.
      No operation sets 7, and it is not what the key starts with.
      evidence 1"
    `);
    expect(story(check(draw('|-r()=7-|  |-w(7)-|')))).toMatchInlineSnapshot(`
      "fail: Value from the future on key x: #0 read → 7 was over before #1 write 7 was invoked.
      #0 read → 7 ran from 0µs to 8ms.
      #1 write 7 was invoked at 11ms.
      Nothing had set 7 before.
      evidence 0 1"
    `);
    expect(story(check(draw('|-w(7)-!  |-r()=7-|')))).toMatchInlineSnapshot(`
      "fail: Failed write seen on key x: #1 read → 7, set only by #0 write 7, which failed.
      #0 write 7 ended with an error that says that it did not happen.
      #1 read → 7 ran from 10ms to 18ms.
      Nothing else had set 7 by then.
      evidence 0 1"
    `);
  });

  it('what has no name is told plainly', () => {
    const history = draw(`
      |-----------------w(2)-----------------|
      |-----------------w(1)-----------------|
      |-----------------w(1)-----------------|
        |-r()=2-|  |-r()=1-|  |-r()=2-|
    `);
    expect(story(check(history))).toMatchInlineSnapshot(`
      "fail: No order on key x: no order of operations explains #5 read → 2.
      #3 read → 2 ran from 8ms to 16ms.
      #4 read → 1 ran from 19ms to 27ms.
      #5 read → 2 ran from 30ms to 38ms.
      They fit in no order, whatever else happened to the key.
      evidence 0 2 3 4 5"
    `);
  });

  it('the key that was wrong first is told, and how many were', () => {
    const result = check(
      draw(`
        |-w(a,1)-|                          |-r(a)=2-|
        |-w(b,1)-|        |-r(b)=2-|
        |-w(c,1)-| |-r(c)=1-|
      `),
    );
    expect(result).toMatchObject({ verdict: 'fail', key: 'b', evidence: [4] });
    expect(result.numbers).toMatchObject({ keys: 3, wrongKeys: 2, operations: 6, open: 0 });
  });
});

describe('a refused compare-and-set', () => {
  const history = draw('|-w(1)-|  |-cas(1,2)-!');

  it('is ignored, or an observation that must fit', () => {
    expect(check(history).verdict).toBe('pass');
    const observing = registerModel({ failedCas: 'observation' });
    const result = checkLinearizable(history, observing);
    expect(story(result)).toMatchInlineSnapshot(`
      "fail: No order on key x: no order of operations explains #1 cas 1→2 refused.
      #0 write 1 ran from 0µs to 7ms.
      #1 cas 1→2 refused ran from 10ms to 21ms.
      They fit in no order, whatever else happened to the key.
      evidence 0 1"
    `);
  });
});

describe('never green by accident', () => {
  it('nothing answered contradicts nothing, and says so', () => {
    expect(check([])).toMatchObject({
      verdict: 'pass',
      summary: 'Not tested: no operation was answered.',
    });
    expect(check(draw('|-w(1)?')).verdict).toBe('pass');
    expect(check(draw('|-w(1)-!')).verdict).toBe('pass');
  });

  it('an operation that the model does not know is not judged', () => {
    const history = historyOf([{ process: 0, f: 'enqueue', input: 1, from: 0, to: 1 }]);
    expect(check(history)).toMatchObject({
      verdict: 'unknown',
      summary: "Nothing was judged: the register model has no 'enqueue' (#0).",
    });
  });

  it('an exhausted budget is unknown, with what was explained', () => {
    const history = simulateRegister({
      seed: 3,
      operations: 400,
      processes: 20,
      values: 3,
      cas: 0.3,
    });
    const result = checkLinearizable(history, register, { steps: 300, bytes: 1e8 });
    expect(result).toMatchObject({ verdict: 'unknown', key: 'k0', evidence: [] });
    expect(result.summary).toMatch(
      /^Undecided after 3\d\d steps: the first \d+ of \d+ answers on key k0 can be/,
    );
    expect(result.numbers['explained']).toBeGreaterThan(5);
    expect(check(history).verdict).toBe('pass');
  });
});

describe('the checker of scenarios', () => {
  const load = handLoad;
  const operations = (of: string): OperationSketch[] => [
    { process: 0, f: 'write', input: of === 'a' ? 1 : 2, from: 0, to: 10, load: of },
    { process: 1, f: 'read', output: of === 'a' ? 1 : 2, from: 20, to: 30, load: of },
  ];

  it('says what it judges', () => {
    expect(linearizable.name).toBe('linearizable');
    expect(linearizable.judges).toEqual([...modelsByInterface.keys()]);
    expect(linearizable.judges.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "register",
        "set",
        "counter",
        "pn-counter",
        "queue",
        "lock",
        "ids",
        "coordination",
      ]
    `);
  });

  it('judges a load by the interface that it asks, whatever its workload is called', () => {
    const facts = (asks: string) =>
      handFacts({ loads: [load('a', asks, 'kv', { workload: 'my-queue' })] });
    const history = historyOf([
      { process: 0, f: 'enqueue', input: 1, from: 0, to: 10, load: 'a' },
      { process: 1, f: 'dequeue', output: 2, from: 20, to: 30, load: 'a' },
    ]);
    expect(linearizable.check(history, facts('queue')).verdict).toBe('fail');
    expect(linearizable.check(history, facts('broadcast')).verdict).toBe('unknown');
  });

  it('joins loads on one target, and keeps targets apart', () => {
    const history = historyOf([...operations('a'), ...operations('b')]);
    const apart = handFacts({
      loads: [load('a', 'register', 'kv'), load('b', 'register', 'other')],
    });
    expect(linearizable.check(history, apart)).toMatchObject({
      verdict: 'pass',
      numbers: { keys: 2 },
    });
    const joined = handFacts({ loads: [load('a', 'register', 'kv'), load('b', 'register', 'kv')] });
    expect(linearizable.check(history, joined)).toMatchObject({
      verdict: 'fail',
      numbers: { keys: 1 },
    });
  });

  it('leaves out loads that it cannot judge, and operations of no load', () => {
    const other: OperationSketch = {
      process: 2,
      f: 'publish',
      input: 1,
      from: 0,
      to: 5,
      load: 'c',
    };
    const history = historyOf([...operations('a'), other]);
    const facts = handFacts({ loads: [load('a', 'register', 'kv'), load('c', 'broadcast', 'kv')] });
    expect(linearizable.check(history, facts)).toMatchObject({
      verdict: 'pass',
      numbers: { operations: 2 },
    });
    const none = handFacts({ loads: [] });
    expect(linearizable.check(historyOf(operations('a')), none).verdict).toBe('unknown');
  });

  it('knows the store of strings', () => {
    const got = (output: string): OperationSketch[] => [
      { process: 0, f: 'append', input: 'a', from: 0, to: 10, load: 's' },
      { process: 1, f: 'get', output, from: 20, to: 30, load: 's' },
    ];
    const store = kvAppendModel();
    expect(checkLinearizable(historyOf(got('a')), store).verdict).toBe('pass');
    expect(story(checkLinearizable(historyOf(got('')), store))).toMatchInlineSnapshot(`
      "fail: Lost append on key x: #1 get → "", without the "a" of #0.
      #0 append "a" was acknowledged at 10µs.
      #1 get → "" ran from 20µs to 30µs: all of it later.
      Nobody puts: what was appended stays.
      evidence 0 1"
    `);
  });
});

/** Eight operations of a correct register, of which one read may have been given another value. */
function perturbed(seed: number): History {
  const random = randomOf(seed);
  const values = random() < 0.5 ? 0 : 2;
  const history = simulateRegister({
    seed,
    operations: 8,
    processes: 3,
    values,
    cas: 0.2,
    unknown: 0.15,
  });
  const reads = history.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const chosen = reads[Math.floor(random() * reads.length)];
  const output = Math.floor(random() * 4);
  return history.map((operation) => (operation === chosen ? { ...operation, output } : operation));
}

/**
 * When the definition says that a history became wrong: at the first completion that cannot be
 * explained.
 */
function naiveMoment(history: History): number | null {
  // A failed operation did not happen, even while nobody knew.
  const moments = history
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ completedAtUs }) => completedAtUs);
  for (const atUs of moments.sort((a, b) => a - b)) {
    const known = history
      .filter(({ invokedAtUs, outcome }) => invokedAtUs <= atUs && outcome !== 'fail')
      .map((operation): Operation => {
        if (operation.completedAtUs <= atUs) return operation;
        return { ...operation, outcome: 'info', output: null, completedAtUs: Infinity };
      });
    if (!naivelyLinearizable(known, register)) return atUs;
  }
  return null;
}

describe('planted mistakes', () => {
  it('are found if and only if the definition finds them, at the same moment, with a proof', () => {
    let wrong = 0;
    for (let seed = 1; seed <= 1500; seed++) {
      const history = perturbed(seed);
      const result = check(history);
      const atUs = naiveMoment(history);
      expect([seed, result.atUs]).toEqual([seed, atUs]);
      expect(result.verdict).toBe(atUs === null ? 'pass' : 'fail');
      if (atUs === null) continue;
      wrong++;
      expectProof(history, result);
    }
    expect(wrong).toBeGreaterThan(300);
  });

  const large = [
    [1, { keys: 5 }],
    [2, { keys: 1 }],
    [3, { keys: 5, cas: 0.15 }],
    [4, { keys: 1, cas: 0.15, processes: 40 }],
  ] as const;

  it.each(large)('in large histories: a stale read, seed %i', (seed, given) => {
    const { history, read } = withStaleRead(simulated(seed, given), seed);
    expectFound(history, read);
  });

  it.each(large)('in large histories: an acknowledged write is lost, seed %i', (seed, given) => {
    const { history, read } = withLostWrite(simulated(seed, given), seed);
    expectFound(history, read);
  });

  function simulated(seed: number, given: Partial<SimulatedLoad>): History {
    const partition = { from: 0.3, until: 0.6, unknown: 0.8 };
    return simulateRegister({ seed, operations: 5000, processes: 20, partition, ...given });
  }

  function expectFound(history: History, read: Operation): void {
    const result = check(history);
    expect(result).toMatchObject({ verdict: 'fail', key: read.key });
    expect(result.atUs).toBeLessThanOrEqual(read.completedAtUs);
    expect(result.evidence.length).toBeLessThanOrEqual(6);
    expectProof(history, result);
  }
});

/**
 * What is shown is not linearizable by itself, and the last of it completes when the result says.
 */
function expectProof(history: History, { evidence, atUs, reasons, summary }: CheckResult): void {
  const shown = history.filter(({ index }) => evidence.includes(index));
  expect(naivelyLinearizable(shown, register)).toBe(false);
  expect(shown.map(({ completedAtUs }) => completedAtUs)).toContain(atUs);
  expect(reasons.length).toBeGreaterThan(1);
  expect(reasons.length).toBeLessThan(5);
  expect(summary).toMatch(/^[A-Z].*\.$/);
}

interface Planted {
  readonly history: History;
  /** A read that no order explains any more. */
  readonly read: Operation;
}

/** Gives a late read the value that was replaced before the newest write that it must see. */
function withStaleRead(history: History, seed: number): Planted {
  for (const read of lateReads(history, seed)) {
    const older = replacedBefore(history, read);
    if (older === undefined) continue;
    return { history: history.with(read.index, { ...read, output: older.input }), read };
  }
  throw new Error('no read to plant a mistake in');
}

/** Makes every read of an acknowledged write see what was there before it. */
function withLostWrite(history: History, seed: number): Planted {
  for (const read of lateReads(history, seed)) {
    const lost = history.find(({ f, input }) => f === 'write' && input === read.output);
    if (lost === undefined || lost.completedAtUs >= read.invokedAtUs) continue;
    const older = replacedBefore(history, { ...read, invokedAtUs: lost.completedAtUs + 1 });
    if (older === undefined) continue;
    const changed = history.map((operation) => {
      const saw = operation.f === 'read' && operation.output === lost.input;
      return saw ? { ...operation, output: older.input } : operation;
    });
    return { history: changed, read };
  }
  throw new Error('no write to lose');
}

function lateReads(history: History, seed: number): Operation[] {
  const from = Math.floor(history.length * (0.6 + 0.3 * randomOf(seed)()));
  return history.slice(from).filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
}

/** An acknowledged write that was over before the newest one that was over before this read. */
function replacedBefore(history: History, { key, invokedAtUs }: Operation): Operation | undefined {
  const writes = history.filter((operation) => {
    return operation.f === 'write' && operation.key === key && operation.outcome === 'ok';
  });
  const newer = writes.findLast(({ completedAtUs }) => completedAtUs < invokedAtUs);
  return writes.findLast(({ completedAtUs }) => completedAtUs < (newer?.invokedAtUs ?? 0));
}

describe('a verdict does not change', () => {
  const rename = (value: Plain): Plain => (typeof value === 'number' ? `v${value * 7}` : value);

  it('when processes and values are renamed, and time is shifted or stretched', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 9 }),
        (seed, factor) => {
          const history = perturbed(seed);
          const other = history.map((operation) => ({
            ...operation,
            process: 1000 - operation.process,
            client: 'another',
            input: Array.isArray(operation.input)
              ? operation.input.map(rename)
              : rename(operation.input),
            output: rename(operation.output),
            invokedAtUs: operation.invokedAtUs * factor + 12_345,
            completedAtUs: operation.completedAtUs * factor + 12_345,
          }));
          const [before, after] = [check(history), check(other)];
          expect(after.verdict).toBe(before.verdict);
          expect(after.evidence).toEqual(before.evidence);
          if (before.atUs !== null) expect(after.atUs).toBe(before.atUs * factor + 12_345);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});
