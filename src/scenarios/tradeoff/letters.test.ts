/** The rules from counts to letters, on samples made by hand. */
import { describe, expect, test } from 'vitest';
import register from '../../interfaces/register.ts';
import { levelsOf, promisedLevels } from './consistency.ts';
import { type Baseline, type Calm, elseLetterOf, letterOfSeed, lettersOf } from './letters.ts';
import type { KeyCounts, Sample, SideSample } from './sample.ts';

const { names } = levelsOf(register);
const all = new Set(names);

const strict: Baseline = {
  levels: all,
  calmLevels: all,
  answered: () => 1,
  losesAtMost: 0,
  oneCopy: 'linearizable',
};

const ALL: KeyCounts = { all: 5, none: 0, some: 0 };
const NONE: KeyCounts = { all: 0, none: 5, some: 0 };
const HALF: KeyCounts = { all: 2, none: 3, some: 0 };

function side(name: string, answers: boolean, keys: KeyCounts = answers ? ALL : NONE): SideSample {
  const tally: readonly [number, number] = [60, answers ? 60 : 0];
  const node = { node: name, tally: { read: tally, write: tally } };
  const firstAnswerUs = answers ? 1000 : null;
  return {
    ...{ name, nodes: [name], gap: [node], steady: [node], firstAnswerUs },
    keys: { read: keys, write: keys },
  };
}

/** One cut, in which these levels broke. */
function sample(sides: readonly SideSample[], broken: readonly string[] = [], lost = 0): Sample {
  return {
    ...{ task: 0, cell: 'cut', scale: 1, seed: '1', error: null, operations: 100 },
    spells: [{ fromUs: 0, untilUs: 10, steadyFromUs: 1, steadyUntilUs: 9, sides }],
    calm: [],
    exposure: { across: 50, within: 50 },
    levels: names.map((name) => [name, broken.includes(name) ? 'fail' : 'pass']),
    staleness: null,
    lost: { acknowledged: 100, lost, beforeFaultUs: null },
    ...{ latency: [], messages: 0, bytes: null, witnesses: [] },
  };
}

const letters = (runs: readonly Sample[], baseline = strict) =>
  lettersOf(runs, baseline).map(({ letter }) => letter);

const oneStopped = [side('minority', false), side('majority', true)];
const bothAnswer = [side('minority', true), side('majority', true)];

describe('the letter of a run', () => {
  test('a promise that is broken in the cut, while a node is silent, gives up both', () => {
    expect(letters([sample(oneStopped)])).toEqual(['C']);
    expect(letters([sample(oneStopped, ['linearizable', 'regular'])])).toEqual(['-']);
    expect(letters([sample(bothAnswer, ['linearizable', 'regular'])])).toEqual(['A']);
    expect(letters([sample(bothAnswer)])).toEqual([null]);
  });

  test('what calm runs kept by chance, and nobody promised, is not missed', () => {
    const levels = new Set(['regular', 'eventual']);
    const regular = { ...strict, levels };
    const weaker = sample(oneStopped, ['linearizable', 'sequential']);
    expect(lettersOf([weaker], regular)).toEqual([
      {
        letter: 'C',
        why: 'it kept all that it promises, though it was no longer linearizable, which it does not promise, and a node stopped answering',
      },
    ]);
    expect(letters([sample(oneStopped, ['linearizable', 'regular'])], regular)).toEqual(['-']);
  });

  test('reads that go on everywhere are named beside the writes that stopped', () => {
    const half = (name: string): SideSample => ({
      ...side(name, true),
      steady: [{ node: name, tally: { read: [60, 60], write: [60, 0] } }],
      keys: { read: ALL, write: NONE },
    });
    const dirty = sample([half('eu'), half('us')], ['linearizable', 'sequential']);
    const run = { ...dirty, exposure: { across: 0, within: 0 } };
    // As in the gap, in which no write was acknowledged either.
    const unwritten = {
      ...run,
      spells: run.spells.map((one) => ({
        ...one,
        sides: one.sides.map((each) => ({ ...each, gap: each.steady })),
      })),
    };
    const regular = { ...strict, levels: new Set(['regular', 'eventual']) };
    expect(lettersOf([unwritten], regular)).toEqual([
      {
        letter: 'C',
        why: 'a node stopped answering writes, while every node answered reads; no write was acknowledged, and so no read missed one, though it was no longer linearizable, which it does not promise',
      },
    ]);
    expect(letters([unwritten])).toEqual(['-']);
  });

  test('lost writes count beyond what is lost without a cut', () => {
    expect(letters([sample(oneStopped, [], 1)])).toEqual(['-']);
    const loses = { ...strict, losesAtMost: 0.05 };
    expect(letters([sample(oneStopped, [], 5)], loses)).toEqual(['C']);
    expect(letters([sample(oneStopped, [], 30)], loses)).toEqual(['-']);
  });

  test('whether a side answers by key is found over all runs', () => {
    const byKey = sample([side('minority', false, HALF), side('majority', true, HALF)]);
    // Here the minority has no key at all, by chance.
    const byChance = sample(oneStopped);
    expect(letters([byKey, byKey, byChance])).toEqual(['?', '?', '?']);
    const rare = [byKey, ...Array.from({ length: 19 }, () => byChance)];
    expect(new Set(letters(rare))).toEqual(new Set(['C']));
  });
});

describe('what a store promises', () => {
  test('includes what it says may fail in a cut, and all that follows', () => {
    const claim = { checker: 'linearizable', whilePartitioned: 'may fail' } as const;
    expect(promisedLevels(register, [claim])).toEqual(all);
    const session = { checker: 'session-guarantees', whilePartitioned: 'holds' } as const;
    const promised = promisedLevels(register, [session]);
    expect(promised?.has('read-your-writes')).toBe(true);
    expect(promised?.has('sequential')).toBe(false);
  });

  test('is unknown where it speaks of other objects', () => {
    const lock = { checker: 'mutual-exclusion', whilePartitioned: 'holds' } as const;
    expect(promisedLevels(register, [lock])).toBeNull();
    expect(promisedLevels(register, [])).toBeNull();
  });
});

describe('the letter of a seed', () => {
  const cell = (letter: 'C' | 'A' | '-' | '?' | null, smallest: number, decides = true) => ({
    ...{ decides, smallest },
    found: { letter, why: '' },
  });

  test('the size of a side decides only if larger ones go on', () => {
    expect(letterOfSeed([cell('A', 2), cell('C', 1)])).toBe('A');
    expect(letterOfSeed([cell('A', 1), cell('C', 2)])).toBe('?');
    expect(letterOfSeed([cell('A', 2), cell('C', 2)])).toBe('?');
  });

  test('a cut in one direction counts where it gives up both', () => {
    expect(letterOfSeed([cell('C', 1), cell('A', 1, false)])).toBe('C');
    expect(letterOfSeed([cell('C', 1), cell('-', 1, false)])).toBe('-');
    expect(letterOfSeed([cell(null, 1), cell('A', 1, false)])).toBe('A');
  });
});

describe('the letter without a cut', () => {
  const slope = (value: number) => ({
    ...{ place: 'everywhere', kind: 'write', medianMs: 1, p99Ms: 1, byScale: [], slope: value },
  });
  const calm = (more: Partial<Calm>): Calm => ({
    latency: [slope(2)] as unknown as Calm['latency'],
    ...{ exposure: 1000, oneCopy: 'linearizable', runs: 30, held: 30, broken: 0, stale: 0 },
    far: { runs: 10, staleRuns: 0 },
    ...more,
  });
  const letter = (more: Partial<Calm>) => elseLetterOf(calm(more)).letter;

  test('one stale read is proof, also with one replica far away', () => {
    expect(letter({})).toBe('C');
    expect(letter({ held: 29, broken: 1, stale: 1 })).toBe('L');
    expect(letter({ far: { runs: 10, staleRuns: 1 } })).toBe('L');
  });

  test('concurrent reads that disagree are no choice of latency', () => {
    const found = elseLetterOf(calm({ held: 26, broken: 4 }));
    expect(found.letter).toBe('C');
    expect(found.why).toContain('though 4 of 30 runs are not linearizable');
  });

  test('who waits for nobody gives up consistency, whatever was seen', () => {
    expect(letter({ latency: [slope(0.05)] as unknown as Calm['latency'] })).toBe('L');
    expect(letter({ latency: [slope(0.3)] as unknown as Calm['latency'] })).toBe('?');
  });

  test('without a notion of an older value the share of runs decides', () => {
    const other = { stale: null, far: null, oneCopy: 'bank' };
    expect(letter({ ...other, held: 29, broken: 1 })).toBe('C');
    expect(letter({ ...other, held: 27, broken: 3 })).toBe('L');
  });

  test('what nobody found out stays open', () => {
    expect(letter({ held: 20 })).toBe('?');
    expect(letter({ exposure: 10 })).toBe('?');
  });
});
