/**
 * The judges of transactions against isolation by definition: random small histories, every level
 * from read committed to strict-serializable. `DSIM_LEVELS=200000` tries as many.
 */
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import { partlyChecked } from '../../src/checks/transactions/isolation.ts';
import { promisedRules } from '../../src/checks/transactions/isolation-checker.ts';
import { inferListAppend, listAppendForm } from '../../src/checks/transactions/list-append.ts';
import { inferRwRegister, rwRegisterForm } from '../../src/checks/transactions/rw-register.ts';
import { type Datatype, judgeTransactions } from '../../src/checks/transactions/verdict.ts';
import type { History, OperationOutcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import { definedLevels, levelsByDefinition } from '../support/isolation-by-definition.ts';
import { randomOf } from '../support/simulated-register.ts';

const RUNS = Number(process.env['DSIM_LEVELS'] ?? 800);
const SEED = Number(process.env['DSIM_LEVELS_SEED'] ?? 1);

/** Whole numbers below a bound. */
function numbersFrom(seed: number): (below: number) => number {
  const random = randomOf(seed);
  return (below) => Math.floor(random() * below);
}

type Form = 'append' | 'w';
type MicroOperation = [f: string, key: string, value: Plain];

/**
 * A history as a store of wrong habits would make it: transactions take effect at random places and
 * read old or torn states. With `whole`, a last transaction reads every key.
 */
function randomHistory(seed: number, form: Form, whole: boolean): History {
  const draw = numbersFrom(seed);
  const keys = ['x', 'y'].slice(0, 1 + Math.min(1, draw(4)));
  const count = 2 + draw(3);
  let value = 0;
  const written = new Map<string, Plain[]>(keys.map((key) => [key, []]));
  const all = Array.from({ length: count }, () =>
    Array.from({ length: 1 + draw(3) }, (): MicroOperation => {
      const key = keys[draw(keys.length)] as string;
      if (draw(2) === 0) return ['r', key, null];
      written.get(key)?.push(++value);
      return [form, key, value];
    }),
  );
  if (whole) all.push(keys.map((key) => ['r', key, null]));
  const shuffled = new Map([...written].map(([key, values]) => [key, shuffle(values, draw)]));
  const sketches = all.map((steps, t): OperationSketch => {
    const last = whole && t === count;
    const own = new Map<string, Plain[]>();
    const found = new Map<string, Plain>();
    const output = steps.map(([f, key, written]): MicroOperation => {
      if (f !== 'r') {
        own.set(key, [...(own.get(key) ?? []), written]);
        return [f, key, written];
      }
      const order = shuffled.get(key) ?? [];
      const mine = own.get(key) ?? [];
      if (form === 'w') {
        const seen = found.get(key) ?? order[draw(order.length + 1)] ?? null;
        found.set(key, seen);
        return [f, key, mine.at(-1) ?? seen];
      }
      const others = order.filter((one) => !steps.some(([, , value]) => value === one));
      const length = last ? others.length : draw(others.length + 1);
      const seen = (found.get(key) as Plain[] | undefined) ?? others.slice(0, length);
      found.set(key, seen);
      return [f, key, [...seen, ...mine]];
    });
    const outcome: OperationOutcome = last
      ? 'ok'
      : (['ok', 'ok', 'ok', 'info', 'fail'] as const)[draw(5)]!;
    const from = last ? 100 : draw(20);
    return {
      ...{ process: t, f: 'txn', key: null, input: steps as Plain, output: output as Plain },
      ...{ from, to: from + 1 + draw(12), outcome },
    };
  });
  return historyOf(sketches);
}

/**
 * A history as a store with snapshots would make it, some of them old: transactions take effect one
 * after another, in an order that has nothing to do with time. Some writes come before older ones.
 */
function historyOfSnapshots(seed: number, form: Form, whole: boolean): History {
  const draw = numbersFrom(seed);
  const keys = ['x', 'y', 'z'].slice(0, 1 + draw(3));
  const busyUntil = new Map<number, number>();
  let value = 0;
  const transactions = Array.from({ length: 2 + draw(4 - Number(whole)) }, () => {
    const process = draw(4);
    const from = Math.max(draw(16), (busyUntil.get(process) ?? -1) + 1);
    const to = from + 1 + draw(8);
    busyUntil.set(process, to);
    const steps = Array.from({ length: 1 + draw(3) }, (): MicroOperation => {
      const key = keys[draw(keys.length)] as string;
      return draw(2) === 0 ? ['r', key, null] : [form, key, ++value];
    });
    const outcome = (['ok', 'ok', 'ok', 'ok', 'info', 'fail'] as const)[
      draw(6)
    ] as OperationOutcome;
    return { process, from, to, steps, outcome };
  });
  const shown = (list: readonly Plain[]) => (form === 'append' ? list : (list.at(-1) ?? null));
  const states: ReadonlyMap<string, readonly Plain[]>[] = [new Map()];
  /** How wild the store is: 0 keeps every promise, 1 reads old snapshots, 2 torn ones. */
  const wild = draw(3);
  const inEffect = Array.from({ length: transactions.length }, (_, t) => t);
  for (let t = inEffect.length - 1; t > 0; t--) {
    const other = draw(t + 1);
    [inEffect[t], inEffect[other]] = [inEffect[other] as number, inEffect[t] as number];
  }
  const outputs: MicroOperation[][] = [];
  for (const t of inEffect) {
    const { steps, outcome } = transactions[t] as (typeof transactions)[number];
    const last = states.length - 1;
    const snapshot = states[Math.max(0, last - (wild > 0 && draw(3) === 0 ? draw(3) : 0))];
    const own = new Map<string, Plain[]>();
    outputs[t] = steps.map(([f, key, written]): MicroOperation => {
      const mine = own.get(key) ?? [];
      if (f !== 'r') {
        own.set(key, [...mine, written]);
        return [f, key, written];
      }
      const seen = wild === 2 && draw(4) === 0 ? states[draw(states.length)] : snapshot;
      return [f, key, shown([...(seen?.get(key) ?? []), ...mine])];
    });
    if ((outcome === 'fail' && draw(6) > 0) || (outcome === 'info' && draw(3) === 0)) continue;
    const next = new Map(states.at(-1));
    for (const [key, mine] of own) {
      const before = next.get(key) ?? [];
      const isHidden = form === 'w' && wild > 0 && draw(3) === 0;
      next.set(key, isHidden ? [...mine, ...before] : [...before, ...mine]);
    }
    states.push(next);
  }
  const sketches = transactions.map(({ process, from, to, steps, outcome }, t): OperationSketch => {
    const plain = { input: steps as Plain, output: outputs[t] as Plain };
    return { process, f: 'txn', key: null, ...plain, from, to, outcome };
  });
  if (whole) {
    const output = keys.map((key): Plain => ['r', key, shown(states.at(-1)?.get(key) ?? [])]);
    const input = keys.map((key): Plain => ['r', key, null]);
    sketches.push({ process: 9, f: 'txn', key: null, input, output, from: 100, to: 101 });
  }
  return historyOf(sketches);
}

function shuffle(items: readonly Plain[], draw: (below: number) => number): Plain[] {
  const shuffled = draw(2) === 0 ? [...items] : [];
  for (const item of shuffled.length > 0 ? [] : items)
    shuffled.splice(draw(shuffled.length + 1), 0, item);
  return shuffled;
}

const cerone = ['read-atomic', 'causal-cerone', 'prefix', 'parallel-snapshot-isolation'];

const datatypeOf = (form: Form, level: string): Datatype =>
  form === 'append'
    ? { form: listAppendForm, infer: inferListAppend }
    : { form: rwRegisterForm, infer: (all) => inferRwRegister(all, promisedRules(level)) };

function verdictOf(history: History, form: Form, level: string) {
  return judgeTransactions(history, datatypeOf(form, level), {
    checker: 'judge',
    consistency: level,
  });
}

const shown = (history: History) =>
  history
    .map(({ outcome, input, output, invokedAtUs, completedAtUs }) =>
      JSON.stringify([outcome, output ?? input, invokedAtUs, completedAtUs]),
    )
    .join('\n');

/** Models of which a part is looked for: what breaks them may pass, and the verdict says so. */
const isWhole = (form: Form, level: string, { summary }: CheckResult) =>
  !partlyChecked.includes(level) &&
  !summary.includes('as far as the order of versions was read') &&
  // An update may be lost between writes that nobody read.
  !(form === 'w' && level === 'cursor-stability');

const stores = { 'at random': randomHistory, 'from snapshots': historyOfSnapshots };

describe.each([
  ['append', true, 'at random'],
  ['append', false, 'at random'],
  ['w', true, 'at random'],
  ['w', false, 'at random'],
  ['append', true, 'from snapshots'],
  ['append', false, 'from snapshots'],
  ['w', true, 'from snapshots'],
  ['w', false, 'from snapshots'],
] as const)('histories of %s, everything read at last: %s, %s', (form, whole, store) => {
  it('have the verdict of the definitions', () => {
    const tally = new Map<string, number>();
    const examples = new Map<string, string>();
    for (let run = 0; run < RUNS / 8; run++) {
      const history = stores[store](SEED * 1_000_003 + run, form, whole);
      const kept = levelsByDefinition(history, form);
      for (const level of definedLevels) {
        // A list has no version that another overwrites, as these speak of.
        if (form === 'append' && cerone.includes(level)) continue;
        const result = verdictOf(history, form, level);
        const word = `${kept.has(level) ? 'kept' : 'broken'}: ${result.verdict}`;
        tally.set(word, (tally.get(word) ?? 0) + 1);
        const isPass = result.verdict === 'pass' && isWhole(form, level, result);
        const isWrong = kept.has(level) ? result.verdict === 'fail' : isPass;
        if (!isWrong) continue;
        const name = `${word} ${level}`;
        tally.set(name, (tally.get(name) ?? 0) + 1);
        const text = `${shown(history)}\n${result.summary}`;
        if ((examples.get(name)?.length ?? Infinity) > text.length) examples.set(name, text);
      }
    }
    expect(Object.fromEntries(examples)).toEqual({});
    // Judges that never say anything agree with every definition.
    for (const word of ['kept: pass', 'broken: fail']) {
      expect([word, tally.get(word) ?? 0]).toEqual([word, expect.toSatisfy((n) => n > 0)]);
    }
  }, 3_600_000);
});
