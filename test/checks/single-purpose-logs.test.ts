/**
 * The judge of logs against the definitions, on random histories of a log that is sometimes broken.
 */
import { describe, expect, it } from 'vitest';
import { judge as log } from '../../src/checks/log/index.ts';
import { errorsOf } from '../../src/checks/log/judge-log.ts';
import { logHistoryOf } from '../../src/checks/log/log-history.ts';
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { ask } from '../support/judging.ts';
import { times } from '../support/long.ts';
import { type Deed, randomOperations } from '../support/random-operations.ts';
import { randomOf } from '../support/simulated-register.ts';

// --- A log that is sometimes broken ------------------------------------------------------------

type Stored = readonly [number, Plain];

/** Two logs and their consumers; with probability `broken` something goes wrong in a step. */
class BrokenLog {
  readonly #logs = new Map<string, Stored[]>([
    ['x', []],
    ['y', []],
  ]);
  readonly #places = new Map<string, number>();
  readonly #broken: number;
  #value = 0;

  constructor(broken: number) {
    this.#broken = broken;
  }

  deed(random: () => number): Deed {
    const steps = Array.from({ length: 1 + Math.floor(random() * 2) }, () =>
      random() < 0.5 ? this.#send(random) : this.#poll(random),
    );
    return {
      f: 'txn',
      input: steps.map(({ asked }) => asked),
      output: steps.map(({ answered }) => answered),
    };
  }

  #send(random: () => number): { asked: Plain; answered: Plain } {
    const key = random() < 0.5 ? 'x' : 'y';
    const stored = this.#logs.get(key) ?? [];
    const value = random() < this.#broken ? Math.floor(random() * 4) : 10 + this.#value++;
    const next = (stored.at(-1)?.[0] ?? 0) + 1 + Math.floor(random() * 2);
    const offset = random() < this.#broken ? Math.max(0, next - 3) : next;
    if (random() >= this.#broken) stored.push([offset, value]);
    const told = random() < 0.2 ? value : [offset, value];
    return { asked: ['send', key, value], answered: ['send', key, told] };
  }

  #poll(random: () => number): { asked: Plain; answered: Plain } {
    const answer: { [key: string]: Plain } = {};
    for (const [key, stored] of this.#logs) {
      const slip = random() < this.#broken ? Math.floor(random() * 3) - 1 : 0;
      const place = Math.max(0, (this.#places.get(key) ?? 0) + slip);
      const taken = stored.slice(place, place + 2);
      this.#places.set(key, place + taken.length);
      answer[key] = taken.map(([offset, value]) => [offset, value]);
    }
    return { asked: ['poll'], answered: ['poll', answer] };
  }
}

function historyOf(seed: number, broken: number): History {
  const random = randomOf(seed);
  const logs = new BrokenLog(broken);
  const history = randomOperations(random, { operations: 9, info: 0.15, fail: 0.1 }, () =>
    logs.deed(random),
  );
  // Uncertain and failed transactions may say what they got so far.
  return history.map((operation) =>
    operation.output === null ? { ...operation, output: operation.input } : operation,
  );
}

// --- The definitions ---------------------------------------------------------------------------

interface Told {
  readonly by: Operation;
  readonly key: string;
  readonly offset: number | null;
  readonly value: string;
}

function stepsOf(by: Operation): { sends: Told[]; polls: Told[] } {
  const sends: Told[] = [];
  const polls: Told[] = [];
  const told = (key: string, offset: number | null, value: Plain) => {
    return { by, key, offset, value: JSON.stringify(value) };
  };
  for (const step of by.output as readonly (readonly Plain[])[]) {
    const [kind, first, second] = step;
    if (kind === 'send') {
      const [offset, value] = Array.isArray(second) ? second : [null, second ?? null];
      sends.push(told(String(first), offset, value));
    } else if (first !== undefined) {
      for (const [key, pairs] of Object.entries(first as { [key: string]: Stored[] })) {
        for (const [offset, value] of pairs) polls.push(told(key, offset, value));
      }
    }
  }
  return { sends, polls };
}

class Definitions {
  readonly #all: readonly { by: Operation; sends: Told[]; polls: Told[] }[];
  readonly #okPolls: readonly Told[];
  readonly #evidence: readonly (Told & { readonly offset: number })[];
  readonly #sends: readonly Told[];
  readonly #polls: readonly Told[];

  constructor(history: History) {
    this.#all = history.map((by) => ({ by, ...stepsOf(by) }));
    this.#sends = this.#all.flatMap(({ sends }) => sends);
    this.#polls = this.#all.flatMap(({ polls }) => polls);
    this.#okPolls = this.#polls.filter(({ by }) => by.outcome === 'ok');
    const proven = this.#sends.filter(({ by }) => this.#isCommitted(by));
    this.#evidence = [...proven, ...this.#polls].flatMap((told) =>
      told.offset === null ? [] : [{ ...told, offset: told.offset }],
    );
  }

  #isCommitted(by: Operation): boolean {
    if (by.outcome !== 'info') return by.outcome === 'ok';
    const own = this.#sends.filter((send) => send.by === by);
    return own.some((send) => this.#okPolls.some((poll) => same(poll, send)));
  }

  #writersOf(told: Told): readonly Operation[] {
    return this.#sends.filter((send) => same(send, told)).map(({ by }) => by);
  }

  has(name: string): boolean {
    const pairs = (
      holds: (a: Told & { offset: number }, b: Told & { offset: number }) => boolean,
    ) => this.#evidence.some((a) => this.#evidence.some((b) => a.key === b.key && holds(a, b)));
    switch (name) {
      case 'inconsistent-offsets':
        return pairs((a, b) => a.offset === b.offset && a.value !== b.value);
      case 'duplicate':
        return pairs((a, b) => a.offset !== b.offset && a.value === b.value);
      case 'G1a':
        return this.#okPolls.some((poll) => {
          const writers = this.#writersOf(poll);
          return writers.length > 0 && writers.every(({ outcome }) => outcome === 'fail');
        });
      case 'precommitted-read':
        return this.#all.some(({ sends, polls }) =>
          sends.some((send) => polls.some((poll) => same(poll, send))),
        );
      default:
        return this.#hasLostWrite();
    }
  }

  /** Committed, polled by nobody, and all of its places stand no later than some polled value. */
  #hasLostWrite(): boolean {
    return this.#evidence.some((told) => {
      if (this.#okPolls.some((poll) => same(poll, told))) return false;
      const writers = this.#writersOf(told);
      const [writer] = writers;
      if (writers.length !== 1 || !writer || !this.#isCommitted(writer)) return false;
      const last = Math.max(...this.#placesOf(told));
      return this.#okPolls.some(
        (poll) => poll.key === told.key && Math.min(...this.#placesOf(poll)) >= last,
      );
    });
  }

  #placesOf(told: Told): readonly number[] {
    return this.#evidence.filter((other) => same(other, told)).map(({ offset }) => offset);
  }

  /** Whether some value was sent twice, so that who wrote it is anybody's guess. */
  get isAmbiguous(): boolean {
    return this.#sends.some((a) => this.#sends.some((b) => a !== b && same(a, b)));
  }

  /** Whether there is a cycle of these kinds; one with a wr among them, if it must have one. */
  hasCycle(realtime: boolean, needsWr: boolean): boolean {
    const alive = this.#all.map(({ by }) => by).filter(({ outcome }) => outcome !== 'fail');
    const edges: [number, number, string][] = [];
    const link = (a: Operation | undefined, b: Operation | undefined, kind: string) => {
      if (a === undefined || b === undefined || a === b) return;
      if (a.outcome !== 'fail' && b.outcome !== 'fail') edges.push([a.index, b.index, kind]);
    };
    for (const told of this.#evidence) {
      const later = this.#evidence.filter(
        ({ key, offset }) => key === told.key && offset > told.offset,
      );
      const next = Math.min(...later.map(({ offset }) => offset));
      for (const other of later.filter(({ offset }) => offset === next)) {
        link(this.#writersOf(told)[0], this.#writersOf(other)[0], 'ww');
      }
    }
    for (const poll of this.#polls) link(this.#writersOf(poll)[0], poll.by, 'wr');
    for (const a of alive) {
      for (const b of alive) if (realtime && a.completedAtUs < b.invokedAtUs) link(a, b, 'rt');
    }
    const used = needsWr ? edges : edges.filter(([, , kind]) => kind !== 'wr');
    const reach = closureOf(used, this.#all.length);
    return used.some(([from, to, kind]) => (!needsWr || kind === 'wr') && reach[to]?.[from]);
  }
}

function same(a: Told, b: Told): boolean {
  return a.key === b.key && a.value === b.value;
}

function closureOf(edges: readonly [number, number, string][], n: number): boolean[][] {
  const reach = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => i === j));
  for (const [from, to] of edges) reach[from]![to] = true;
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) if (reach[i]![k] && reach[k]![j]) reach[i]![j] = true;
    }
  }
  return reach;
}

// --- They agree --------------------------------------------------------------------------------

describe('the definition agrees', () => {
  it.each(['inconsistent-offsets', 'duplicate', 'G1a', 'precommitted-read', 'lost-write'])(
    'with %s',
    (name) => {
      const counts = [0, 0];
      for (let seed = 1; seed <= times(700, 15_000); seed++) {
        const history = historyOf(seed, 0.15);
        const definitions = new Definitions(history);
        if (name === 'lost-write' && definitions.isAmbiguous) continue;
        const errors = [...errorsOf(logHistoryOf(history), 'strict')];
        const found = errors.some((error) => error.name === name);
        expect([seed, found]).toEqual([seed, definitions.has(name)]);
        counts[found ? 1 : 0]!++;
      }
      expect(Math.min(...counts)).toBeGreaterThan(10);
    },
  );

  it.each(['G0', 'G1c', 'G0-realtime', 'any'])('with %s', (name) => {
    const counts = [0, 0];
    for (let seed = 1; seed <= times(1800, 40_000); seed++) {
      const history = historyOf(seed, 0.1);
      const definitions = new Definitions(history);
      // Which of two values at one place comes first is anybody's guess.
      if (definitions.has('inconsistent-offsets') || definitions.isAmbiguous) continue;
      const errors = [...errorsOf(logHistoryOf(history), 'strict-realtime')];
      const cycles = errors.filter((error) => /^G[01]/.test(error.name) && error.name !== 'G1a');
      const isWanted = (error: { name: string }) =>
        name === 'any' || error.name === name || (name === 'G0-realtime' && error.name === 'G0');
      const found = cycles.some(isWanted);
      const expected =
        name === 'any'
          ? definitions.hasCycle(true, true) || definitions.hasCycle(true, false)
          : definitions.hasCycle(name === 'G0-realtime', name === 'G1c');
      expect([seed, found]).toEqual([seed, expected]);
      counts[found ? 1 : 0]!++;
      for (const { edges = [], operations } of cycles) {
        expect(edges).toHaveLength(operations.length);
        edges.forEach(({ to }, i) => {
          expect(to).toBe(edges[(i + 1) % edges.length]?.from);
        });
      }
    }
    expect(Math.min(...counts)).toBeGreaterThan(10);
  });

  it('that nothing is wrong with a log that is not broken', () => {
    // One process, so that the order of the transactions is that of the log.
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomOf(seed);
      const logs = new BrokenLog(0);
      const options = { operations: 30, processes: 1, info: 0, fail: 0 };
      const whole = randomOperations(random, options, () => logs.deed(random));
      const errors = [...errorsOf(logHistoryOf(whole), 'strict-realtime')];
      const names = new Set(errors.map(({ name }) => name));
      // Transactions poll what they themselves sent: the log knows no commit.
      names.delete('precommitted-read');
      expect([seed, [...names]]).toEqual([seed, []]);
      expect(ask(log, whole).verdict).toBe(errors.length === 0 ? 'pass' : 'fail');
    }
  });
});
