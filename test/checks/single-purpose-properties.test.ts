/**
 * The single-purpose judges against the definitions, on random histories small enough to look at
 * every pair; what must not change a verdict; and histories of a size at which a square would show.
 */
import { describe, expect, it } from 'vitest';
import { judge as causalReverse } from '../../src/checks/causal-reverse/index.ts';
import { judge as convergence } from '../../src/checks/converged/index.ts';
import { judge as counter } from '../../src/checks/counter/index.ts';
import { judge as delivery } from '../../src/checks/delivered/index.ts';
import { judge as exactlyOnce } from '../../src/checks/exactly-once/index.ts';
import { partsOf } from '../../src/checks/findings/parts.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import { judge as log } from '../../src/checks/log/index.ts';
import { judge as longFork } from '../../src/checks/long-fork/index.ts';
import { judge as monotonic } from '../../src/checks/monotonic/index.ts';
import { judge as mutex } from '../../src/checks/mutual-exclusion/index.ts';
import { judge as noLostWrites } from '../../src/checks/no-lost-writes/index.ts';
import { judge as pnCounterJudge } from '../../src/checks/pn-counter/index.ts';
import { pnCounter } from '../../src/checks/pn-counter/pn-counter.ts';
import { judge as setFinal } from '../../src/checks/set-final/index.ts';
import { judge as setFullJudge } from '../../src/checks/set-full/index.ts';
import { setFull } from '../../src/checks/set-full/set-full.ts';
import { judge as totalQueue } from '../../src/checks/total-queue/index.ts';
import { judge as uniqueIds } from '../../src/checks/unique-ids/index.ts';
import { judge as unorderedQueue } from '../../src/checks/unordered-queue/index.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { ask, brief } from '../support/judging.ts';
import {
  naiveCausalReverse,
  naiveConverged,
  naiveCounter,
  naiveFates,
  naiveLongFork,
  naiveLostWrites,
  naiveMonotonic,
  naiveMutex,
  naiveSums,
  naiveTotalQueue,
  naiveUnorderedQueue,
} from '../support/naive-single-purpose.ts';
import { type Deed, type RandomOptions, randomOperations } from '../support/random-operations.ts';
import { randomOf } from '../support/simulated-register.ts';

type Draw = (random: () => number, place: number) => Deed;

const upTo = (random: () => number, n: number) => Math.floor(random() * (n + 1));
const some = (random: () => number, values: readonly Plain[]) =>
  values.filter(() => random() < 0.6);

/** What each judge is asked about: operations with answers that are sometimes right. */
const deeds = {
  set: (random, place) =>
    random() < 0.4
      ? { f: 'add', input: place % 5 }
      : { f: 'read', output: some(random, [0, 1, 2, 3, 4]) },
  queue: (random) =>
    random() < 0.6
      ? { f: 'enqueue', input: upTo(random, 2) }
      : { f: 'dequeue', output: upTo(random, 2) },
  counter: (random) =>
    random() < 0.6 ? { f: 'add', input: upTo(random, 2) } : { f: 'read', output: upTo(random, 3) },
  pnCounter: (random) =>
    random() < 0.6
      ? { f: 'add', input: upTo(random, 8) - 4 }
      : { f: 'read', output: upTo(random, 6) - 3 },
  fork: (random) => ({
    f: 'read',
    input: [1, 2, 3].map((key) => ['r', key, null]),
    output: [1, 2, 3].map((key) => ['r', key, random() < key / 4 ? 1 : null]),
  }),
  reverse: (random, place) =>
    random() < 0.5
      ? { f: 'write', input: place }
      : {
          f: 'read',
          output: Array.from({ length: place }, (_, i) => i).filter(() => random() < 0.9),
        },
  lock: (random) => ({ f: random() < 0.5 ? 'acquire' : 'release' }),
  stamps: (random, place) => ({ f: 'read', output: place + upTo(random, 3) }),
  register: (random, place) =>
    random() < 0.4 && place < 6
      ? { f: 'write', input: upTo(random, 3) }
      : { f: 'read', output: random() < 0.1 ? null : upTo(random, 3) },
} satisfies { readonly [name: string]: Draw };

function* histories(draw: Draw, count: number, options: RandomOptions): Generator<History> {
  for (let seed = 1; seed <= count; seed++) {
    yield randomOperations(randomOf(seed), options, draw);
  }
}

/** Each verdict must be that of the definition, and both must occur often. */
function agree(
  draw: Draw,
  options: RandomOptions,
  verdict: (history: History) => string,
  naive: (history: History) => string | null,
  count = 1500,
): void {
  const counts = new Map<string, number>();
  for (const history of histories(draw, count, options)) {
    const expected = naive(history);
    if (expected === null) continue;
    expect([verdict(history), history]).toEqual([expected, history]);
    counts.set(expected, (counts.get(expected) ?? 0) + 1);
  }
  for (const word of ['pass', 'fail']) {
    expect([word, (counts.get(word) ?? 0) > count / 50]).toEqual([word, true]);
  }
}

describe('the definition agrees', () => {
  const verdictOf = (judge: AnyJudge, consistency?: string) => (history: History) =>
    ask(judge, history, consistency === undefined ? {} : { consistency }).verdict;

  it('with set-full, element by element', () => {
    const outcomes = new Map<string, number>();
    for (const history of histories(deeds.set, 3000, { operations: 12 })) {
      const { fates } = setFull(partsOf(history)[0]!);
      const found = new Map(
        fates.map((fate) => [JSON.stringify(fate.element), [fate.outcome, fate.latencyUs]]),
      );
      const expected = naiveFates(history);
      expect([found, history]).toEqual([expected, history]);
      for (const [outcome] of expected.values()) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }
    expect(Math.min(...outcomes.values())).toBeGreaterThan(300);
    expect(outcomes.size).toBe(3);
  });

  it('with unordered-queue', () => {
    agree(deeds.queue, { operations: 9 }, verdictOf(unorderedQueue), naiveUnorderedQueue);
  });

  it('with total-queue', () => {
    agree(deeds.queue, { operations: 7 }, verdictOf(totalQueue), naiveTotalQueue);
  });

  it('with counter', () => {
    agree(deeds.counter, { operations: 6 }, verdictOf(counter), naiveCounter);
  });

  it('with pn-counter, sum by sum', () => {
    for (const history of histories(deeds.pnCounter, 500, { operations: 14, info: 0.5 })) {
      const { acceptable } = pnCounter(partsOf(history)[0]!);
      const sums = acceptable.flatMap(([low, high]) =>
        Array.from({ length: Number(high) - Number(low) + 1 }, (_, i) => Number(low) + i),
      );
      expect(sums).toEqual(naiveSums(history));
    }
  });

  it('with long-fork', () => {
    agree(deeds.fork, { operations: 4, info: 0 }, verdictOf(longFork), (history) =>
      history.some(({ outcome }) => outcome === 'ok') ? naiveLongFork(history) : null,
    );
  });

  it('with causal-reverse', () => {
    agree(deeds.reverse, { operations: 7 }, verdictOf(causalReverse), (history) =>
      history.some(({ f, outcome }) => f === 'read' && outcome === 'ok')
        ? naiveCausalReverse(history)
        : null,
    );
  });

  it('with mutex', () => {
    // Nobody acquires twice: that is judged by an example.
    const options = { operations: 6, processes: 4, info: 0, fail: 0.1 };
    agree(deeds.lock, options, verdictOf(mutex), (history) => {
      const held = new Set<number>();
      const isOnce = history.every(({ f, process, outcome }) => {
        if (f === 'release') held.delete(process);
        else if (held.has(process)) return false;
        else if (outcome === 'ok') held.add(process);
        return true;
      });
      const anybody = history.some(({ f, outcome }) => f === 'acquire' && outcome === 'ok');
      return isOnce && anybody ? naiveMutex(history) : null;
    });
  });

  it.each(['process', 'realtime', 'strict-realtime'])('with monotonic, %s', (consistency) => {
    agree(deeds.stamps, { operations: 5 }, verdictOf(monotonic, consistency), (history) =>
      history.some(({ outcome }) => outcome === 'ok') ? naiveMonotonic(history, consistency) : null,
    );
  });

  it('with no-lost-writes', () => {
    agree(deeds.register, { operations: 9 }, verdictOf(noLostWrites), naiveLostWrites, 4000);
  });

  it('with convergence', () => {
    agree(deeds.register, { operations: 9 }, verdictOf(convergence), naiveConverged, 4000);
  });
});

describe('nothing changes', () => {
  const renamed = (value: Plain): Plain => {
    if (typeof value === 'number') return `v${value * 7 + 3}`;
    return Array.isArray(value) ? value.map(renamed) : value;
  };
  const all: readonly (readonly [string, AnyJudge, Draw, boolean])[] = [
    ['set-full', setFullJudge, deeds.set, true],
    ['set-final', setFinal, deeds.set, true],
    ['unordered-queue', unorderedQueue, deeds.queue, true],
    ['total-queue', totalQueue, deeds.queue, true],
    ['counter', counter, deeds.counter, false],
    ['pn-counter', pnCounterJudge, deeds.pnCounter, false],
    ['causal-reverse', causalReverse, deeds.reverse, true],
    ['mutex', mutex, deeds.lock, false],
    ['monotonic', monotonic, deeds.stamps, false],
    ['no-lost-writes', noLostWrites, deeds.register, true],
    ['convergence', convergence, deeds.register, true],
  ];

  const moved = (history: History, move: (us: number) => number): History =>
    history.map((operation) => ({
      ...operation,
      invokedAtUs: move(operation.invokedAtUs),
      completedAtUs: move(operation.completedAtUs),
      endedAtUs: move(operation.endedAtUs),
    }));

  it.each(all)('%s', (_, judge, draw, isNamed) => {
    for (const history of histories(draw, 150, { operations: 10 })) {
      const verdict = brief(ask(judge, history));
      const { numbers } = ask(judge, history);
      const later = moved(history, (us) => us + 123_456_789);
      expect(ask(judge, later).numbers).toEqual(numbers);
      expect(brief(ask(judge, later))).toBe(verdict);
      expect(
        brief(
          ask(
            judge,
            moved(history, (us) => us * 17),
          ),
        ),
      ).toBe(verdict);
      const others = history.map((each) => ({ ...each, process: each.process * 3 + 11 }));
      expect(brief(ask(judge, others))).toBe(verdict);
      const keyed = history.map((each) => ({ ...each, key: 'some key' }));
      expect(brief(ask(judge, keyed))).toBe(verdict);
      if (!isNamed) continue;
      const named = history.map((each) => ({
        ...each,
        input: renamed(each.input),
        output: renamed(each.output),
      }));
      expect(brief(ask(judge, named))).toBe(verdict);
    }
  });
});

describe('at size', () => {
  const SIZE = 20_000;
  const big: readonly (readonly [string, AnyJudge, Draw])[] = [
    [
      'unordered-queue',
      unorderedQueue,
      (random, place) =>
        random() < 0.5 ? { f: 'enqueue', input: place % 7 } : { f: 'dequeue', output: place % 7 },
    ],
    [
      'total-queue',
      totalQueue,
      (random, place) =>
        random() < 0.5 ? { f: 'enqueue', input: place } : { f: 'dequeue', output: place - 3 },
    ],
    [
      'counter',
      counter,
      (random, place) => (random() < 0.5 ? { f: 'add', input: 1 } : { f: 'read', output: place }),
    ],
    [
      'pn-counter',
      pnCounterJudge,
      (random, place) =>
        place < SIZE / 2
          ? { f: 'add', input: upTo(random, 1000) - 500 }
          : { f: 'read', output: 10_000_000 },
    ],
    ['unique-ids', uniqueIds, (_, place) => ({ f: 'generate', output: place % 17_000 })],
    [
      'set-full',
      setFullJudge,
      (random, place) =>
        random() < 0.5
          ? { f: 'add', input: place }
          : { f: 'read', output: [place, place - 1, place - 40] },
    ],
    [
      'set-final',
      setFinal,
      (_, place) => (place < SIZE - 5 ? { f: 'add', input: place } : { f: 'read', output: [1, 2] }),
    ],
    [
      'causal-reverse',
      causalReverse,
      (random, place) =>
        random() < 0.5
          ? { f: 'write', input: place }
          : { f: 'read', output: [place - 1, place - 2] },
    ],
    ['long-fork', longFork, (random) => deeds.fork(random)],
    ['mutex', mutex, (random) => deeds.lock(random)],
    ['monotonic', monotonic, (random, place) => deeds.stamps(random, place)],
    [
      'convergence',
      convergence,
      (_, place) =>
        place < SIZE / 2 ? { f: 'add', input: place } : { f: 'read', output: [place] },
    ],
    [
      'no-lost-writes',
      noLostWrites,
      (_, place) =>
        place < SIZE / 2 ? { f: 'write', input: place } : { f: 'read', output: place % 9 },
    ],
    [
      'broadcast-delivery',
      delivery,
      (random, place) =>
        random() < 0.5
          ? { f: 'broadcast', input: place }
          : { f: 'read', output: [place, place - 1] },
    ],
    [
      'exactly-once',
      exactlyOnce,
      (_, place) =>
        place < SIZE - 9 ? { f: 'apply', input: place } : { f: 'read', output: [1, 1, 2] },
    ],
    [
      'log',
      log,
      (random, place) =>
        random() < 0.5
          ? { f: 'send', input: [['send', 'x', place]], output: [['send', 'x', [place, place]]] }
          : { f: 'poll', input: [['poll']], output: [['poll', { x: [[place - 5, place - 5]] }]] },
    ],
  ];

  it.each(big)('%s', (_, judge, draw) => {
    const history = randomOperations(randomOf(7), { operations: SIZE, processes: 20 }, draw);
    const { verdict, anomalies = [], evidence } = ask(judge, history);
    expect(verdict).toBe('fail');
    expect(evidence.length).toBeGreaterThan(0);
    expect(evidence.length).toBeLessThan(100);
    // Many are found, one of each is shown; of convergence there is one to find.
    const found = anomalies.reduce((sum, { count }) => sum + count, 0);
    expect(found).toBeGreaterThan(judge === convergence ? 0 : 2);
  });
});
