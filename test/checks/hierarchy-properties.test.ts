/**
 * What must be so of all levels together, on histories too long for the definitions: what implies
 * what, what a store of a known kind keeps, what a planted mistake breaks, and what must not matter.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impliedBy, LEVELS, levelOf } from '../../src/checks/causal/levels.ts';
import { checkLevel } from '../../src/checks/hierarchy/level-check.ts';
import { checkStrongest, findStrongest } from '../../src/checks/hierarchy/strongest.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf } from '../support/histories.ts';
import { times } from '../support/long.ts';
import { naivelyKeeps } from '../support/naive-consistency.ts';
import { simulateWeak } from '../support/replicated-register.ts';
import { randomOf, simulateRegister } from '../support/simulated-register.ts';

const names = LEVELS.map(({ name }) => name);

function verdicts(history: History): string {
  return names.map((name) => `${name} ${checkLevel(history, name).verdict}`).join('\n');
}

function strongest(history: History): string {
  const { holds, undecided } = findStrongest(history);
  expect(undecided).toEqual([]);
  return holds.map(({ name }) => name).join(' ');
}

/** A weak history with some answers changed for older or newer ones. */
function damaged(seed: number, changes: number): History {
  const kinds = ['log', 'last-writer', 'first-come'] as const;
  const random = randomOf(seed);
  const history = simulateWeak(kinds[seed % 3] ?? 'log', {
    seed,
    operations: 30,
    processes: 3,
    keys: 2,
    lag: 8,
    unknown: seed % 2 === 0 ? 0.2 : 0,
  });
  const copy: Operation[] = [...history];
  for (let i = 0; i < changes; i++) {
    const at = Math.floor(random() * copy.length);
    const one = copy[at];
    const other = copy[Math.floor(random() * copy.length)];
    if (one?.f !== 'read' || other?.f !== 'write' || other.key !== one.key) continue;
    copy[at] = { ...one, output: other.input };
  }
  return copy;
}

const anyDamaged = fc
  .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 3 }))
  .map(([seed, changes]) => damaged(seed, changes));

describe('what implies what', () => {
  it('holds of every verdict', () => {
    let failed = 0;
    fc.assert(
      fc.property(anyDamaged, (history) => {
        const verdict = new Map(names.map((name) => [name, checkLevel(history, name).verdict]));
        for (const level of LEVELS) {
          if (verdict.get(level.name) === 'fail') failed++;
          if (verdict.get(level.name) !== 'pass') continue;
          for (const lower of impliedBy(level)) {
            expect(`${level.name} > ${lower.name} ${verdict.get(lower.name)}`).toMatch(/pass$/);
          }
        }
        // All four guarantees with one order of writes are causal convergence.
        expect(verdict.get('session-guarantees')).toBe(verdict.get('causal-convergence'));
      }),
      { seed: 11, numRuns: times(120, 3000) },
    );
    expect(failed).toBeGreaterThan(200);
  });

  it('is the lattice of the literature', () => {
    const below = (name: string) => impliedBy(levelOf(name)).map((level) => level.name);
    expect(below('causal')).toEqual(['causal-consistency', 'pram']);
    expect(below('linearizable')).toEqual(names.slice(1));
    expect(below('causal-convergence')).not.toContain('pram');
  });
});

describe('a store of a known kind', () => {
  const load = { operations: 300, processes: 4, keys: 3, lag: 20 };

  it('with one log is sequentially consistent, and not linearizable', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(strongest(simulateWeak('log', { ...load, seed, unknown: 0.1 }))).toBe('sequential');
    }
  });

  it('where the last writer wins is causal memory and causally convergent, not sequential', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(strongest(simulateWeak('last-writer', { ...load, seed }))).toBe(
        'causal causal-convergence',
      );
    }
  });

  it('that keeps what comes last is PRAM, and not causal', () => {
    const first = { operations: 300, processes: 5, keys: 2, lag: 3 };
    for (let seed = 1; seed <= 20; seed++) {
      const history = simulateWeak('first-come', { ...first, seed });
      expect(checkLevel(history, 'pram').verdict).toBe('pass');
      expect(checkLevel(history, 'causal').verdict).toBe('fail');
      expect(checkLevel(history, 'causal-convergence').verdict).toBe('fail');
    }
  });

  it('that is one register is linearizable, compare-and-sets and lost answers included', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const history = simulateRegister({
        seed,
        operations: 200,
        processes: 5,
        keys: 2,
        cas: 0.2,
        unknown: 0.1,
      });
      expect(strongest(history)).toBe('linearizable');
      expect(verdicts(history)).not.toMatch(/fail|unknown/);
    }
  });
});

describe('a planted mistake', () => {
  /** Small patterns that break these levels, wherever they stand: on keys of their own. */
  const plants: readonly (readonly [string, string, readonly string[]])[] = [
    ['a write of its own not read', 'p w a 1; p r a _', ['read-your-writes', 'pram', 'causal']],
    ['a read that goes back', 'p w a 1; q r a 1; q r a _', ['monotonic-reads', 'pram']],
    [
      'writes seen out of order',
      'p w a 1; p w b 2; q r b 2; q r a _',
      ['pram', 'causal-consistency'],
    ],
    [
      'an answer without its question',
      'p w a 1; q r a 1; q w b 2; s r b 2; s r a _',
      ['causal', 'causal-convergence', 'causal-consistency', 'monotonic-reads+writes-follow-reads'],
    ],
    [
      'two that never agree',
      'p w a 1; q w a 2; s r a 1; s r a 2; t r a 2; t r a 1',
      ['causal-convergence', 'monotonic-reads', 'sequential'],
    ],
    [
      'a circle',
      'p r a 1; p w b 2; q r b 2; q w a 1',
      ['writes-follow-reads', 'causal-consistency'],
    ],
    ['a store buffer', 'p w a 1; p r b _; q w b 2; q r a _', ['sequential']],
  ];

  it.each(plants)('%s is found in every history', (_, pattern, levels) => {
    const plant = sketch(pattern);
    for (const level of levels) expect(naivelyKeeps(plant, level), level).toBe(false);
    for (let seed = 1; seed <= times(2, 60); seed++) {
      const around = simulateRegister({ seed, operations: 60, processes: 5, keys: 2 });
      const history = interleaved(around, plant, randomOf(seed));
      for (const level of levels) {
        const result = checkLevel(history, level);
        expect(`${level} ${result.verdict}`).toBe(`${level} fail`);
        // The evidence is a proof by itself, and small.
        const shown = history.filter(({ index }) => result.evidence.includes(index));
        expect(shown.length).toBeLessThanOrEqual(plant.length);
        expect(naivelyKeeps(shown, level), result.summary).toBe(false);
      }
    }
  });

  function sketch(pattern: string): History {
    return historyOf(
      pattern.split('; ').map((text, i) => {
        const [process = '', f, key = '', word = ''] = text.split(' ');
        const value: Plain = word === '_' ? null : `${key}${word}`;
        const times = {
          process: 100 + process.charCodeAt(0),
          key,
          from: i * 100,
          to: i * 100 + 50,
        };
        return f === 'w'
          ? { ...times, f: 'write', input: value }
          : { ...times, f: 'read', output: value };
      }),
    );
  }

  /** The operations of both, each in its order, at times of their own. */
  function interleaved(a: History, b: History, random: () => number): History {
    const rest = [[...a], [...b]];
    const mixed: Operation[] = [];
    while (rest.some((list) => list.length > 0)) {
      const [first, second] = rest as [Operation[], Operation[]];
      const share = second.length / (first.length + second.length);
      const next = (random() < share ? second : first).shift();
      if (next !== undefined) mixed.push(next);
    }
    return mixed.map((operation, index) => {
      return { ...operation, index, invokedAtUs: index * 10, completedAtUs: index * 10 + 5 };
    });
  }
});

describe('what must not matter', () => {
  it('names of processes, keys and values, and the time', () => {
    fc.assert(
      fc.property(anyDamaged, fc.integer({ min: 1, max: 9 }), (history, by) => {
        const renamed = history.map((operation) => {
          const value = (of: Plain): Plain => (typeof of === 'number' ? `v${of * by}` : of);
          return {
            ...operation,
            process: 1000 - by * operation.process,
            key: `key ${operation.key}`,
            input: value(operation.input),
            output: value(operation.output),
            invokedAtUs: operation.invokedAtUs * by + 77,
            completedAtUs: operation.completedAtUs * by + 77,
            endedAtUs: operation.endedAtUs * by + 77,
          };
        });
        expect(verdicts(renamed)).toBe(verdicts(history));
      }),
      { seed: 12, numRuns: 40 },
    );
  });

  it('below linearizability, when operations of different processes took place', () => {
    fc.assert(
      fc.property(anyDamaged, (history) => {
        const byProcess = [...history].sort((a, b) => a.process - b.process || a.index - b.index);
        const apart = byProcess.map((operation, index) => {
          const { outcome } = operation;
          const invokedAtUs = 100 * index;
          const endedAtUs = invokedAtUs + 50;
          const completedAtUs = outcome === 'info' ? Infinity : endedAtUs;
          return { ...operation, index, invokedAtUs, endedAtUs, completedAtUs };
        });
        const below = (of: History) => verdicts(of).split('\n').slice(1);
        expect(below(apart)).toEqual(below(history));
      }),
      { seed: 13, numRuns: 60 },
    );
  });

  it('a process that reads nothing and writes what nobody reads', () => {
    fc.assert(
      fc.property(anyDamaged, (history) => {
        const last = history.length * 10;
        const bystander = [0, 1, 2].map((i): Operation => {
          const [first] = history;
          return {
            ...(first as Operation),
            index: history.length + i,
            process: 9999,
            f: 'write',
            key: 'elsewhere',
            input: `unread ${i}`,
            outcome: 'ok',
            invokedAtUs: last + 10 * i,
            completedAtUs: last + 10 * i + 5,
          };
        });
        expect(verdicts([...history, ...bystander])).toBe(verdicts(history));
      }),
      { seed: 14, numRuns: 40 },
    );
  });
});

describe('at size', () => {
  it.each(['last-writer', 'log'] as const)('10,000 operations of a %s store', (kind) => {
    const history = simulateWeak(kind, {
      seed: 1,
      operations: 10_000,
      processes: 20,
      keys: 5,
      lag: 40,
    });
    for (const { name } of LEVELS.slice(1)) {
      const { verdict, numbers } = checkLevel(history, name);
      const expected = kind === 'last-writer' && name === 'sequential' ? 'fail' : 'pass';
      expect(`${name} ${verdict}`).toBe(`${name} ${expected}`);
      // A few visits for each operation and process, whatever the machine.
      expect(numbers['steps']).toBeLessThan(6 * 20 * 10_000);
    }
  });

  it('a thousand lost answers make a thousand processes, and are decided', () => {
    const load = { seed: 2, operations: 6000, processes: 10, keys: 5, lag: 40, unknown: 0.3 };
    const history = simulateWeak('last-writer', load);
    for (const name of ['causal', 'causal-convergence', 'causal-consistency', 'pram']) {
      expect(checkLevel(history, name).verdict).toBe('pass');
    }
  });

  it('a budget that runs out is unknown, and says so', () => {
    const history = simulateWeak('first-come', {
      seed: 3,
      operations: 60,
      processes: 4,
      keys: 1,
      lag: 9,
    });
    const repeated = history.map((operation) => {
      const one = (value: Plain): Plain => (typeof value === 'number' ? value % 4 : value);
      return { ...operation, input: one(operation.input), output: one(operation.output) };
    });
    const budget = { ...DEFAULT_BUDGET, steps: 50 };
    const result = checkLevel(repeated, 'causal-convergence', {}, budget);
    expect(result.verdict).toBe('unknown');
    expect(result.summary).toMatch(
      /^Undecided after .* reads may have returned one of several writes/,
    );
    expect(checkStrongest(repeated, {}, budget).verdict).toBe('unknown');
  });
});
