/**
 * The judges of transactions against isolation by definition: random small histories, every level
 * from read committed to strict-serializable. `DSIM_LEVELS=200000` tries as many.
 */
import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { promisedRules } from '../../src/checks/transactions/isolation-checker.ts';
import { inferListAppend, listAppendForm } from '../../src/checks/transactions/list-append.ts';
import { inferRwRegister, rwRegisterForm } from '../../src/checks/transactions/rw-register.ts';
import { type Datatype, judgeTransactions } from '../../src/checks/transactions/verdict.ts';
import type { History, OperationOutcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import {
  appendsRead,
  everythingRead,
  internallySound,
  naiveLevels,
  naivelyKept,
} from '../support/naive-levels.ts';

const RUNS = Number(process.env['DSIM_LEVELS'] ?? 1500);
const SEED = Number(process.env['DSIM_LEVELS_SEED'] ?? 1);

/** xorshift32 (Marsaglia 2003): a stream of whole numbers below a bound. */
function numbersFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
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

function shuffle(items: readonly Plain[], draw: (below: number) => number): Plain[] {
  const shuffled = draw(2) === 0 ? [...items] : [];
  for (const item of shuffled.length > 0 ? [] : items)
    shuffled.splice(draw(shuffled.length + 1), 0, item);
  return shuffled;
}

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

describe.each([
  ['append', true],
  ['append', false],
  ['w', true],
  ['w', false],
] as const)('histories of %s, everything read at last: %s', (form, whole) => {
  it('have the verdict of the definitions', () => {
    const tally = new Map<string, number>();
    const examples = new Map<string, string>();
    for (let run = 0; run < RUNS / 4; run++) {
      const history = randomHistory(SEED * 1_000_003 + run, form, whole);
      if (!internallySound(history, form)) continue;
      const kept = naivelyKept(history, form);
      const known = form === 'append' ? appendsRead(history) : everythingRead(history);
      for (const level of naiveLevels) {
        const { verdict, summary } = verdictOf(history, form, level);
        const word = `${kept.has(level) ? 'kept' : 'broken'}: ${verdict}`;
        tally.set(word, (tally.get(word) ?? 0) + 1);
        // The order of versions that nobody read is not known.
        const isPass = verdict === 'pass' && known;
        const wrong = kept.has(level) ? verdict === 'fail' : isPass;
        const name = `${word} ${level}`;
        if (wrong) tally.set(name, (tally.get(name) ?? 0) + 1);
        if (wrong && (examples.get(name)?.length ?? Infinity) > shown(history).length) {
          examples.set(name, `${shown(history)}\n${summary}`);
        }
      }
    }
    const report = process.env['DSIM_LEVELS_REPORT'];
    if (report !== undefined) {
      appendFileSync(report, `${form} ${whole} ${JSON.stringify([...tally].sort())}\n`);
    }
    expect(Object.fromEntries(examples)).toEqual({});
    // Judges that never say anything agree with every definition.
    for (const word of ['kept: pass', 'broken: fail']) {
      expect([word, tally.get(word) ?? 0]).toEqual([word, expect.toSatisfy((n) => n > 0)]);
    }
  }, 3_600_000);
});
