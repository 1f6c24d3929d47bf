/** Threads that share data: what goes through a lock, who is let in, and which thread waits for which. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fastLink, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message } from '../../../sim/node.ts';
import { bugs } from './declared.ts';
import system from './index.ts';
import { Lock, type Mode, type Turn } from './lock.ts';
import { WaitForGraph } from './wait-for-graph.ts';

function scene(params: object = {}, bug?: string): Stage {
  const given = { hold: constant(10), ...params };
  const options = { params: given as never, ...(bug === undefined ? {} : { bug }) };
  return new Stage({ link: { ...fastLink, latency: constant(0) } }).addSystem('t', system, options);
}

/** When each of these requests, which come at once, was answered, and by what. */
function answersTo(stage: Stage, count: number, body: object = {}): readonly string[] {
  const fromMs = stage.nowMs;
  const ids = Array.from({ length: count }, () => stage.ask('t', { type: 'request', ...body }));
  stage.until(fromMs + 10_000);
  return ids.map((id) => {
    const found = stage.sent.find(({ message }) => (message as Answer).inReplyTo === id);
    const reply = found?.message as Answer | undefined;
    return found === undefined ? 'never' : `${found.atMs - fromMs} ${reply?.code ?? reply?.type}`;
  });
}

interface Answer extends Message {
  readonly inReplyTo: number;
  readonly code?: string;
}

const ok = (...times: number[]) => times.map((ms) => `${ms} request_ok`);

describe('what goes through', () => {
  test('a mutex: one at a time, however many threads there are', () => {
    expect(answersTo(scene(), 4)).toEqual(ok(10, 20, 30, 40));
  });

  test('a semaphore: as many as it has permits', () => {
    const given = { guard: 'semaphore', permits: 2 };
    expect(answersTo(scene(given), 4)).toEqual(ok(10, 10, 20, 20));
  });

  test('a read-write lock: all readers at once', () => {
    expect(answersTo(scene({ guard: 'read-write', reads: 1 }), 4)).toEqual(ok(10, 10, 10, 10));
  });

  test('locks by key: those of other keys do not meet', () => {
    const stage = scene({ locks: 100 });
    const ids = ['k1', 'k2', 'k3'].map((key) => stage.ask('t', { type: 'request', key }));
    stage.untilQuiet();
    expect(ids.every((id) => stage.answers().get(id)?.type === 'request_ok')).toBe(true);
    expect(stage.nowMs).toBe(10);
  });

  test('a section in itself, with a lock that may be entered again; else it waits for itself', () => {
    expect(answersTo(scene({ depth: 3 }), 2)).toEqual(ok(10, 20));
    expect(answersTo(scene({ depth: 2, 're-entrant': false }), 1)).toEqual(['never']);
    const limited = { depth: 2, 're-entrant': false, 'lock-timeout': 30 };
    expect(answersTo(scene(limited), 1)).toEqual(['30 temporarily-unavailable']);
    const detected = scene({ depth: 2, 're-entrant': false, detect: true });
    expect(answersTo(detected, 1)).toEqual(['0 temporarily-unavailable']);
    expect(detected.notes).toEqual(['t deadlock {"cycle":"1"}']);
  });
});

/** A thousand requests at once of 1 ms each, and 1 ms from being woken to running. */
test('handing a lock over does half of what barging does', () => {
  const doneMs = (turn: Turn) => {
    const stage = scene({ hold: constant(1), switch: 1, turn, workers: 1000 });
    for (let i = 0; i < 200; i++) stage.at(i * 0.7, () => void stage.ask('t', { type: 'request' }));
    stage.untilQuiet();
    return stage.nowMs;
  };
  expect(doneMs('hand-over')).toBeCloseTo(399, 0);
  expect(doneMs('barging')).toBeLessThan(340);
});

describe('a lock', () => {
  const made = (turn: Turn, permits = Infinity) => {
    const woken: number[] = [];
    return { lock: new Lock('lock', turn, permits, (thread) => void woken.push(thread)), woken };
  };
  const asked = (lock: Lock, ...asks: readonly (readonly [number, Mode])[]) =>
    asks.map(([thread, mode]) => lock.acquire(thread, mode));

  test('handed over goes to those that wait in turn, readers that stand together at once', () => {
    const { lock, woken } = made('hand-over');
    expect(
      asked(lock, [1, 'exclusive'], [2, 'shared'], [3, 'shared'], [4, 'exclusive'], [5, 'shared']),
    ).toEqual([true, false, false, false, false]);
    lock.release(1);
    expect(woken).toEqual([2, 3]);
    lock.release(2);
    lock.release(3);
    expect(woken).toEqual([2, 3, 4]);
  });

  test('that prefers readers lets them pass a writer, which waits as long as they overlap', () => {
    const { lock, woken } = made('readers');
    expect(asked(lock, [1, 'shared'], [2, 'exclusive'])).toEqual([true, false]);
    for (let reader = 3; reader < 50; reader++) {
      expect(lock.acquire(reader, 'shared')).toBe(true);
      lock.release(reader === 3 ? 1 : reader - 1);
    }
    expect(woken).toEqual([]);
    lock.release(49);
    expect(woken).toEqual([2]);
  });

  test('that prefers writers lets no reader pass one', () => {
    const { lock, woken } = made('writers');
    expect(asked(lock, [1, 'shared'], [2, 'exclusive'], [3, 'shared'])).toEqual([
      true,
      false,
      false,
    ]);
    lock.release(1);
    expect(woken).toEqual([2]);
  });

  test('with barging is free until the one that was woken looks; who comes first has it', () => {
    const { lock, woken } = made('barging');
    asked(lock, [1, 'exclusive'], [2, 'exclusive']);
    lock.release(1);
    expect([woken, lock.heldBy]).toEqual([[2], []]);
    expect(lock.acquire(3, 'exclusive')).toBe(true);
    expect(lock.retry(2)).toBe(false);
    lock.release(3);
    expect([woken, lock.retry(2)]).toEqual([[2, 2], true]);
  });

  test('forgets one that has given up', () => {
    const { lock, woken } = made('hand-over');
    asked(lock, [1, 'exclusive'], [2, 'exclusive'], [3, 'exclusive']);
    lock.withdraw(2);
    lock.release(1);
    expect(woken).toEqual([3]);
  });

  test('that a writer no longer waits for is open at once to the readers behind it', () => {
    const { lock, woken } = made('writers');
    asked(lock, [1, 'shared'], [2, 'exclusive'], [3, 'shared'], [4, 'shared']);
    lock.withdraw(2);
    expect([woken, lock.heldBy]).toEqual([
      [3, 4],
      [1, 3, 4],
    ]);
  });

  test('with barging wakes the next one where the one that was woken has given up', () => {
    const { lock, woken } = made('barging');
    asked(lock, [1, 'exclusive'], [2, 'exclusive'], [3, 'exclusive']);
    lock.release(1);
    lock.withdraw(2);
    expect(woken).toEqual([2, 3]);
  });

  test('with barging wakes as many as there are permits', () => {
    const { lock, woken } = made('barging', 2);
    asked(lock, [1, 'shared'], [2, 'shared'], [3, 'shared'], [4, 'shared'], [5, 'shared']);
    lock.release(1);
    lock.release(2);
    expect(woken).toEqual([3, 4]);
  });

  test('let go by somebody else is a mistake that stops the run', () => {
    const { lock } = made('hand-over');
    lock.acquire(1, 'exclusive');
    expect(() => lock.release(2)).toThrow('does not hold');
  });
});

test('a cycle of waiting is found, and named from the thread that closes it', () => {
  const graph = new WaitForGraph();
  const locks = [1, 2, 3].map((thread) => {
    const lock = new Lock(`lock ${thread}`, 'hand-over', Infinity, () => {});
    lock.acquire(thread, 'exclusive');
    return lock;
  });
  graph.waitsFor(1, locks[1] as Lock);
  graph.waitsFor(2, locks[2] as Lock);
  expect(graph.cycleOf(2)).toBeNull();
  graph.waitsFor(3, locks[0] as Lock);
  expect(graph.cycleOf(3)).toEqual([3, 1, 2]);
  graph.goesOn(1);
  expect(graph.cycleOf(3)).toBeNull();
});

describe('two locks', () => {
  /** Pairs of two locks of four. */
  const pairs = { locks: 4, pairs: 1, workers: 50 };
  const served = (stage: Stage) => {
    for (let i = 0; i < 50; i++) {
      stage.at(i * 6, () => void stage.ask('t', { type: 'request', key: `k${i}` }, 5000));
    }
    stage.until(5000);
    const answers = [...stage.answers().values()];
    return answers.filter(({ type }) => type === 'request_ok').length;
  };

  test('in one order for all never block; as they come they do, for good', () => {
    expect(served(scene(pairs))).toBe(50);
    expect(served(scene(pairs, 'lock-order'))).toBeLessThan(25);
  });

  test('a detector names the cycle, and a limit on waiting ends it', () => {
    const detected = scene({ ...pairs, detect: true }, 'lock-order');
    const answered = served(detected);
    expect(answered).toBeGreaterThan(20);
    expect(answered).toBeLessThan(50);
    expect(detected.notes[0]).toMatch(/^t deadlock \{"cycle":"\d+( \d+)+"\}$/);
    const limited = served(scene({ ...pairs, 'lock-timeout': 50 }, 'lock-order'));
    expect(limited).toBeGreaterThan(served(scene(pairs, 'lock-order')));
  });
});

describe('a monitor around a buffer', () => {
  const given = { guard: 'monitor', capacity: 2, hold: constant(0), switch: 1, workers: 1000 };
  const exchanged = (bug?: string) => {
    const stage = scene({ ...given, reads: 0.5 }, bug);
    for (let i = 0; i < 400; i++) stage.at(i * 0.3, () => void stage.ask('t', { type: 'request' }));
    let least = 0;
    let couldGo = 0;
    for (let i = 0; i < 400; i++) {
      stage.step(0.5);
      const view = stage.node('t').inspect?.();
      least = Math.min(least, Number(view?.['items']));
      couldGo = Math.max(couldGo, Number(view?.['couldGo']));
    }
    return { least, couldGo };
  };

  test('takes nothing from an empty one, and leaves nobody asleep who could go on', () => {
    expect(exchanged()).toEqual({ least: 0, couldGo: 0 });
  });

  test('if-not-while takes what another has taken meanwhile', () => {
    expect(exchanged('if-not-while').least).toBeLessThan(0);
  });

  test('lost-wakeup leaves threads asleep though there is something to take', () => {
    expect(exchanged('lost-wakeup').couldGo).toBeGreaterThan(0);
  });
});

const monitor = [
  'nodes.bank.guard=monitor',
  'nodes.bank.reads=50%',
  'nodes.bank.switch=1ms',
  // As many put as take only in the long run: some wait longer than their callers.
  'expect=[felt]',
];

test.each(Object.entries(bugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'scenarios/deadlock.yaml',
    node: 'bank',
    sets: bug === 'lock-order' ? [] : monitor,
    caughtBy,
  });
});
