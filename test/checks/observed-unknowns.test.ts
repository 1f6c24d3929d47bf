/**
 * What somebody saw has happened. An operation of unknown outcome that was observed took effect
 * before its observer ended; so the same history in which it ended ok by then has the same
 * verdict. For every judge whose operations can be told apart by what they
 * leave.
 */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/checks/checker.ts';
import { judges } from '../../src/checks/index.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import { ask } from '../support/judging.ts';
import { times } from '../support/long.ts';
import { randomOf } from '../support/simulated-register.ts';

type Draw = (below: number) => number;

/** A kind of object: how a value is put there, and how one or several are seen. */
interface Kind {
  put(value: number): Pick<OperationSketch, 'f' | 'input' | 'output'>;
  see(values: readonly number[], draw: Draw): Pick<OperationSketch, 'f' | 'input' | 'output'>;
  /** The values that an answered observation shows. */
  shown(output: Plain): readonly Plain[];
}

const list = (output: Plain) => output as readonly Plain[];
const one = (output: Plain) => (output === null ? [] : [output]);
const pick = (values: readonly number[], draw: Draw): Plain => {
  const place = draw(values.length + 1);
  return place === values.length ? null : (values[place] as number);
};
const steps = (output: Plain) => output as readonly (readonly [string, string, Plain])[];

const register: Kind = {
  put: (value) => ({ f: 'write', input: value }),
  see: (values, draw) => ({ f: 'read', output: pick(values, draw) }),
  shown: one,
};
const set: Kind = {
  put: (value) => ({ f: 'add', input: value }),
  see: (values) => ({ f: 'read', output: [...values] }),
  shown: list,
};
const queue: Kind = {
  put: (value) => ({ f: 'enqueue', input: value }),
  see: (values, draw) => ({ f: 'dequeue', output: pick(values, draw) }),
  shown: one,
};
const transaction = (f: string, see: (values: readonly number[], draw: Draw) => Plain): Kind => ({
  put(value) {
    // Two keys, by turns.
    const key = value % 2 === 0 ? 'x' : 'y';
    const txn = [[f, key, value]];
    return { f: 'txn', input: txn, output: txn };
  },
  see(values, draw) {
    const output = ['x', 'y'].map((key, odd) => [
      'r',
      key,
      see(
        values.filter((v) => v % 2 === odd),
        draw,
      ),
    ]);
    return {
      f: 'txn',
      input: output.map(([r, key]) => [r as Plain, key as Plain, null]),
      output: output as Plain,
    };
  },
  shown: (output) =>
    steps(output).flatMap(([f, , value]) =>
      f === 'r' ? (Array.isArray(value) ? value : one(value)) : [],
    ),
});

const kinds: { readonly [judge: string]: Kind } = {
  bag: queue,
  'broadcast-delivery': { ...set, put: (value) => ({ f: 'broadcast', input: value }) },
  'causal-reverse': set,
  convergence: set,
  'exactly-once': { ...set, put: (value) => ({ f: 'apply', input: value }) },
  kv: {
    put: (value) => ({ f: 'put', input: value }),
    see: (values, draw) => ({ f: 'get', output: pick(values, draw) }),
    shown: one,
  },
  'list-append': transaction('append', (values) => [...values]),
  log: {
    put: (value) => ({
      f: 'send',
      input: [['send', 'x', value]],
      output: [['send', 'x', [value, value]]],
    }),
    see: (values) => ({
      f: 'poll',
      input: [['poll']],
      output: [['poll', { x: values.map((value) => [value, value]) }]],
    }),
    shown: (output) =>
      list(output).flatMap((step) =>
        list((list(step)[1] as { x: Plain }).x).map((pair) => list(pair)[1] as Plain),
      ),
  },
  'no-lost-writes': set,
  queue,
  register,
  'rw-register': transaction('w', pick),
  set,
  'set-final': set,
  'set-full': set,
  stack: {
    put: (value) => ({ f: 'push', input: value }),
    see: (values, draw) => ({ f: 'pop', output: pick(values, draw) }),
    shown: one,
  },
  'total-queue': queue,
  'unordered-queue': queue,
};

/** A history of a store that mostly does what it should, and a put in it that was observed. */
function historyWithObserved(
  kind: Kind,
  draw: Draw,
): { history: History; unknown: History } | null {
  const count = 3 + draw(5);
  let value = 0;
  const there: number[] = [];
  const sketches = Array.from({ length: count }, (_, process): OperationSketch => {
    const from = 10 * process + draw(12);
    const to = from + draw(14);
    if (process === 0 || draw(2) === 0) {
      there.push(++value);
      return { process, key: null, from, to, ...kind.put(value) };
    }
    const seen = there.filter(() => draw(6) > 0);
    return { process, key: null, from, to, ...kind.see(seen, draw) };
  });
  const all = historyOf(sketches);
  const observed = all.filter((operation) => observersOf(operation, all, kind).length > 0);
  const chosen = observed[draw(Math.max(1, observed.length))];
  if (chosen === undefined) return null;
  const ends = observersOf(chosen, all, kind).map(({ completedAtUs }) => completedAtUs);
  const byUs = ends.reduce((a, b) => Math.min(a, b));
  if (byUs < chosen.invokedAtUs) return null;
  const changed = (change: Partial<Operation>) =>
    all.map((operation) => (operation === chosen ? { ...operation, ...change } : operation));
  return {
    history: changed({ completedAtUs: byUs, endedAtUs: byUs }),
    unknown: changed({
      ...{ outcome: 'info', output: null, error: 'timeout' },
      ...{ completedAtUs: Infinity, endedAtUs: byUs },
    }),
  };
}

function observersOf(put: Operation, history: History, kind: Kind): History {
  const value = putValue(put);
  if (value === null) return [];
  return history.filter(
    (other) =>
      other !== put && putValue(other) === null && kind.shown(other.output).includes(value),
  );
}

/** The value that an operation puts there, null if it only looks. */
function putValue({ input }: Operation): Plain {
  if (!Array.isArray(input)) return input;
  const [first] = input as readonly Plain[];
  const [f, , value = null] = Array.isArray(first) ? (first as readonly Plain[]) : [];
  return f === 'r' || f === 'poll' ? null : value;
}

const judgeNamed = async (name: string): Promise<AnyJudge> => {
  const all = await judges.get(name)?.load();
  if (all === undefined) throw new Error(`no judge ${name}`);
  return all.judge;
};

const HISTORIES = times(60, 3000);

describe('an operation of unknown outcome that was observed', () => {
  it.each(Object.entries(kinds))('%s', async (name, kind) => {
    const judge = await judgeNamed(name);
    const met = new Map<Verdict, number>();
    for (const consistency of judge.consistencies) {
      const random = randomOf(17);
      const draw: Draw = (below) => Math.floor(random() * below);
      for (let i = 0; i < HISTORIES; i++) {
        const pair = historyWithObserved(kind, draw);
        if (pair === null) continue;
        const [known, unknown] = [pair.history, pair.unknown].map((history) =>
          ask(judge, history, { consistency }),
        );
        met.set(known!.verdict, (met.get(known!.verdict) ?? 0) + 1);
        const shown = pair.unknown
          .map(
            ({ f, input, output, outcome, invokedAtUs, endedAtUs }) =>
              `${invokedAtUs}-${endedAtUs} ${outcome} ${f} ${JSON.stringify(input)} ${JSON.stringify(output)}`,
          )
          .join('\n');
        expect(
          [consistency, unknown!.verdict],
          `${shown}\n${known!.summary}\n${unknown!.summary}`,
        ).toEqual([consistency, known!.verdict]);
      }
    }
    expect([...met.keys()]).toContain('pass');
  });
});
