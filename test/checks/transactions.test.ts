/**
 * The judges of transactions against definitions: small histories against every order that could
 * explain them, toy databases whose isolation holds by construction, and changes that must not
 * change a verdict.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import { promisedRules } from '../../src/checks/transactions/isolation-checker.ts';
import { inferListAppend, listAppendForm } from '../../src/checks/transactions/list-append.ts';
import { inferRwRegister, rwRegisterForm } from '../../src/checks/transactions/rw-register.ts';
import { type Datatype, judgeTransactions } from '../../src/checks/transactions/verdict.ts';
import type { History, OperationOutcome as Outcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';
import { isLong } from '../support/long.ts';
import { naivelySerializable, naivelySnapshotIsolated } from '../support/naive-isolation.ts';
import { type StoreIsolation, simulateStore } from '../support/simulated-store.ts';

const lists: Datatype = { form: listAppendForm, infer: inferListAppend };
const registersUnder = (model: string): Datatype => ({
  form: rwRegisterForm,
  infer: (all) => inferRwRegister(all, promisedRules(model)),
});

function judge(history: History, datatype: Datatype, consistency: string): CheckResult {
  return judgeTransactions(history, datatype, { checker: 'judge', consistency });
}

const namesIn = ({ anomalies = [] }: CheckResult) => anomalies.map(({ name }) => name);

type Step = readonly [f: string, key: string, value: Plain];
type Span = readonly [from: number, to: number];

function smallHistory(
  transactions: readonly (readonly Step[])[],
  spans: readonly Span[],
  outcomes: readonly Outcome[] = [],
): History {
  return historyOf(
    transactions.map((steps, process): OperationSketch => {
      const [from, to] = spans[process] ?? [0, 100];
      const input = steps.map(([f, key, value]): Plain => [f, key, f === 'r' ? null : value]);
      const outcome = outcomes[process] ?? 'ok';
      return { process, f: 'txn', key: null, input, output: steps as Plain, from, to, outcome };
    }),
  );
}

/** Every order of some of these. */
function arrangements(elements: readonly number[]): Plain[][] {
  return [
    [],
    ...elements.flatMap((first) =>
      arrangements(elements.filter((other) => other !== first)).map((rest) => [first, ...rest]),
    ),
  ];
}

/** Gives each append its element, 1, 2, 3 over all keys, and each read one of what it may return. */
function filled(
  shapes: readonly (readonly { readonly f: string; readonly key: string }[])[],
  f: 'append' | 'w',
  choose: (options: readonly Plain[]) => Plain,
): Step[][] {
  let last = 0;
  const written = new Map<string, number[]>();
  const numbered = shapes.map((steps) =>
    steps.map((step) => {
      if (step.f === 'r') return { ...step, value: 0 };
      written.set(step.key, [...(written.get(step.key) ?? []), ++last]);
      return { ...step, value: last };
    }),
  );
  return numbered.map((steps) =>
    steps.map(({ f: does, key, value }): Step => {
      if (does !== 'r') return [f, key, value];
      const all = written.get(key) ?? [];
      return ['r', key, choose(f === 'append' ? arrangements(all) : [null, ...all])];
    }),
  );
}

const shapes = [
  { f: 'write', key: 'x' },
  { f: 'write', key: 'y' },
  { f: 'r', key: 'x' },
  { f: 'r', key: 'y' },
];

/** In a code of two bits for each of four shapes: what stands for the key. */
const OTHER_KEYS = 0b01010101;

/** One after the other, the other way round, and at once. */
const overlaps: readonly (readonly Span[])[] = [
  [
    [0, 1],
    [2, 3],
  ],
  [
    [2, 3],
    [0, 1],
  ],
  [
    [0, 2],
    [1, 3],
  ],
];

/** At once, in a row, and the first before the others. */
const spansOfThree: readonly (readonly Span[])[] = [
  [
    [0, 9],
    [0, 9],
    [0, 9],
  ],
  [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
  [
    [0, 1],
    [2, 9],
    [2, 9],
  ],
  [
    [2, 5],
    [0, 1],
    [4, 7],
  ],
];

describe('small histories of lists', () => {
  /** Everything is read in the end, so that the order of versions is known. */
  function agree(histories: readonly History[], tally: Map<string, number>): void {
    const [first = []] = histories;
    // These do not depend on times, in which the histories differ.
    const timeless: readonly [string, boolean][] = [
      ['serializable', naivelySerializable(first, false)],
      ['snapshot-isolation', naivelySnapshotIsolated(first)],
    ];
    for (const history of histories) {
      const result = judge(history, lists, 'strict-serializable');
      const { ruledOut = [], alsoRuledOut = [] } = result.models ?? {};
      const out = [...ruledOut, ...alsoRuledOut];
      const strict: [string, boolean] = ['strict-serializable', naivelySerializable(history, true)];
      for (const [model, holds] of [...timeless, strict]) {
        if (out.includes(model) === holds) {
          const outputs = JSON.stringify(history.map(({ output }) => output));
          expect.fail(`${model} ${holds ? 'holds' : 'does not'}: ${outputs} ${result.summary}`);
        }
        const word = `${model} ${holds ? 'holds' : 'does not'}`;
        tally.set(word, (tally.get(word) ?? 0) + 1);
      }
      if ((result.verdict === 'fail') !== out.includes('strict-serializable')) {
        expect.fail(result.summary);
      }
    }
  }

  it('of two transactions of two steps: all of them, by every order', () => {
    const tally = new Map<string, number>();
    for (let code = 0; code < 256; code++) {
      // Three of four are the same with the transactions changed for one another, or the keys.
      const other = ((code & 15) << 4) | (code >> 4);
      if (code < Math.max(other, code ^ OTHER_KEYS, other ^ OTHER_KEYS)) continue;
      const chosen = [0, 2, 4, 6].map(
        (shift) => shapes[(code >> shift) & 3] ?? { f: 'r', key: 'x' },
      );
      const both = [chosen.slice(0, 2), chosen.slice(2)];
      everyChoice((choose) => {
        const all = filled([...both, shapes.slice(2)], 'append', choose);
        // Last a reader of all; that it read less than all is for others to find out.
        agree(
          overlaps.map((spans) => smallHistory(all, [...spans, [4, 5]])),
          tally,
        );
      });
    }
    expect(Object.fromEntries([...tally].sort())).toMatchInlineSnapshot(`
      {
        "serializable does not": 5562,
        "serializable holds": 966,
        "snapshot-isolation does not": 5508,
        "snapshot-isolation holds": 1020,
        "strict-serializable does not": 6257,
        "strict-serializable holds": 271,
      }
    `);
  });

  it('of three transactions, some of unknown outcome: as the orders say', () => {
    const tally = new Map<string, number>();
    const transaction = fc.array(fc.constantFrom(...shapes), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(transaction, { minLength: 3, maxLength: 3 }),
        fc.infiniteStream(fc.nat({ max: 1000 })),
        fc.constantFrom(...spansOfThree),
        fc.array(fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'info', 'fail'), {
          minLength: 3,
          maxLength: 3,
        }),
        (three, numbers, spans, outcomes) => {
          const choose = (options: readonly Plain[]) =>
            options[numbers.next().value % options.length] ?? null;
          const all = filled([...three, shapes.slice(2)], 'append', choose);
          agree([smallHistory(all, [...spans, [10, 11]], outcomes)], tally);
        },
      ),
      { seed: 11, numRuns: 1500 },
    );
    expect(Object.fromEntries([...tally].sort())).toMatchInlineSnapshot(`
      {
        "serializable does not": 1114,
        "serializable holds": 386,
        "snapshot-isolation does not": 1108,
        "snapshot-isolation holds": 392,
        "strict-serializable does not": 1302,
        "strict-serializable holds": 198,
      }
    `);
  });
});

describe('small histories of registers', () => {
  it('are never called wrong when an order explains them', () => {
    const tally = new Map<string, number>();
    const transaction = fc.array(fc.constantFrom(...shapes), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(transaction, { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat({ max: 1000 })),
        fc.constantFrom(...spansOfThree),
        fc.array(fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'info', 'fail'), { minLength: 3 }),
        (transactions, numbers, spans, outcomes) => {
          const choose = (options: readonly Plain[]) =>
            options[numbers.next().value % options.length] ?? null;
          const all = filled(transactions, 'w', choose);
          const history = smallHistory(all, [...spans, [6, 11]], outcomes);
          const holds: [string, boolean][] = [
            ['serializable', naivelySerializable(history, false)],
            ['strict-serializable', naivelySerializable(history, true)],
            ['snapshot-isolation', naivelySnapshotIsolated(history)],
          ];
          for (const [model, explained] of holds) {
            const { verdict, summary } = judge(history, registersUnder(model), model);
            if (explained && verdict === 'fail') {
              expect.fail(`${JSON.stringify(history.map(({ output }) => output))} ${summary}`);
            }
            const word = `${model} ${explained ? 'holds' : 'does not'}: ${verdict}`;
            tally.set(word, (tally.get(word) ?? 0) + 1);
          }
        },
      ),
      { seed: 5, numRuns: 2000 },
    );
    // The order of versions is partly unknown, so what does not hold may pass.
    expect(Object.fromEntries([...tally].sort())).toMatchInlineSnapshot(`
      {
        "serializable does not: fail": 1036,
        "serializable holds: pass": 329,
        "serializable holds: unknown": 635,
        "snapshot-isolation does not: fail": 1032,
        "snapshot-isolation holds: pass": 333,
        "snapshot-isolation holds: unknown": 635,
        "strict-serializable does not: fail": 1132,
        "strict-serializable holds: pass": 381,
        "strict-serializable holds: unknown": 487,
      }
    `);
  });
});

/** What is shown of a history is enough to fail, and every reason is a whole sentence. */
function expectWitness(
  history: History,
  datatype: Datatype,
  model: string,
  { verdict, summary, evidence, anomalies = [] }: CheckResult,
): void {
  if (verdict !== 'fail') return;
  const shown = history.filter(({ index }) => evidence.includes(index));
  expect(shown.length).toBeLessThan(20);
  expect(judge(shown, datatype, model).verdict, summary).toBe('fail');
  for (const { sentence } of anomalies) expect(sentence).not.toMatch(/undefined|null'|\?/);
}

describe('toy databases', () => {
  const seeds = Array.from({ length: 6 }, (_, i) => i + 1);

  function histories(
    isolation: StoreIsolation,
    datatype: 'list-append' | 'rw-register',
  ): History[] {
    return seeds.map((seed) =>
      simulateStore({
        ...{ seed, datatype, isolation, transactions: 400, processes: 8 },
        ...{ keys: 4, writesPerKey: 60, longest: 4, aborts: 0.03, unknown: 0.03 },
      }),
    );
  }

  /** How many histories of a database fail each model, and what is found in them under the last. */
  function tallied(isolation: StoreIsolation, models: readonly string[]) {
    const failed = new Map<string, number>();
    const names = new Set<string>();
    for (const history of histories(isolation, 'list-append')) {
      for (const model of models) {
        const result = judge(history, lists, model);
        expect(result.verdict).not.toBe('unknown');
        if (result.verdict === 'fail') failed.set(model, (failed.get(model) ?? 0) + 1);
        if (model === models.at(-1)) for (const name of namesIn(result)) names.add(name);
        expectWitness(history, lists, model, result);
      }
    }
    return [Object.fromEntries(failed), [...names].sort()];
  }

  const ladder = ['read-uncommitted', 'read-committed', 'snapshot-isolation', 'serializable'];

  it.each(['list-append', 'rw-register'] as const)(
    'strictly serializable: nothing is found in %s',
    (datatype) => {
      const model = 'strict-serializable';
      for (const history of histories(model, datatype)) {
        const result = judge(
          history,
          datatype === 'list-append' ? lists : registersUnder(model),
          model,
        );
        expect(result.verdict, result.summary).toBe('pass');
        expect(result.models?.mayHold).toEqual([model]);
      }
    },
  );

  it('serializable with reads of the past: only against processes and real time', () => {
    expect(tallied('serializable', [...ladder, 'strict-serializable'])).toMatchInlineSnapshot(`
      [
        {
          "strict-serializable": 6,
        },
        [
          "G-nonadjacent-item-process",
          "G-nonadjacent-item-realtime",
          "G-single-item-process",
          "G-single-item-realtime",
          "G2-item-process",
          "G2-item-realtime",
        ],
      ]
    `);
  });

  it('snapshot isolated: anti-dependency cycles, never a read skew or a lost update', () => {
    expect(tallied('snapshot-isolation', ladder)).toMatchInlineSnapshot(`
      [
        {
          "serializable": 6,
        },
        [
          "G2-item",
        ],
      ]
    `);
  });

  it('snapshot isolated: that there is no read skew is known without looking for one', () => {
    const history = simulateStore({
      ...{ seed: 1, datatype: 'list-append', isolation: 'snapshot-isolation' },
      ...{ transactions: 4000, processes: 30 },
    });
    const question = { checker: 'judge', consistency: 'snapshot-isolation', steps: 3000 };
    const { verdict, summary } = judgeTransactions(history, lists, question);
    expect(verdict, summary).toBe('pass');
  });

  it('read committed: read skew and lost updates', () => {
    expect(tallied('read-committed', ladder)).toMatchInlineSnapshot(`
      [
        {
          "serializable": 6,
          "snapshot-isolation": 6,
        },
        [
          "G-nonadjacent-item",
          "G-single-item",
          "G2-item",
          "internal",
          "lost-update",
        ],
      ]
    `);
  });

  it('read uncommitted: dirty reads and write cycles', () => {
    expect(tallied('read-uncommitted', ladder)).toMatchInlineSnapshot(`
      [
        {
          "read-committed": 6,
          "read-uncommitted": 6,
          "serializable": 6,
          "snapshot-isolation": 6,
        },
        [
          "G-nonadjacent-item",
          "G-single-item",
          "G0",
          "G1a",
          "G1b",
          "G1c",
          "G2-item",
          "dirty-update",
          "internal",
          "lost-update",
        ],
      ]
    `);
  });

  it.each([
    ['snapshot-isolation', 'snapshot-isolation'],
    ['read-committed', 'read-committed'],
    ['serializable', 'serializable'],
  ] as const)('%s over registers is not called worse', (isolation, model) => {
    // Registers leave the order of writes open: a dozen take a minute's share of every run of tests.
    const shown = histories(isolation, 'rw-register').slice(
      0,
      isLong ? Number.POSITIVE_INFINITY : 4,
    );
    for (const history of shown) {
      const result = judge(history, registersUnder(model), model);
      expect(result.verdict, result.summary).toBe('pass');
    }
  });

  it('over registers fail what they do not promise', () => {
    const failed = (isolation: StoreIsolation, model: string) =>
      histories(isolation, 'rw-register').filter((history) => {
        const result = judge(history, registersUnder(model), model);
        expectWitness(history, registersUnder(model), model, result);
        return result.verdict === 'fail';
      }).length;
    expect({
      'snapshot isolation as serializable': failed('snapshot-isolation', 'serializable'),
      'read committed as snapshot isolation': failed('read-committed', 'snapshot-isolation'),
      'read uncommitted as read committed': failed('read-uncommitted', 'read-committed'),
      'serializable as strict': failed('serializable', 'strict-serializable'),
    }).toMatchInlineSnapshot(`
      {
        "read committed as snapshot isolation": 6,
        "read uncommitted as read committed": 6,
        "serializable as strict": 6,
        "snapshot isolation as serializable": 6,
      }
    `);
  });
});

describe('a verdict', () => {
  const history = simulateStore({
    ...{ seed: 3, datatype: 'list-append', isolation: 'read-committed' },
    ...{ transactions: 120, processes: 6, keys: 3, writesPerKey: 30 },
  });
  const found = (of: History) => {
    const result = judge(of, lists, 'strict-serializable');
    const anomalies = (result.anomalies ?? []).map(({ name, count, edges }) => [
      name,
      count,
      edges.length,
    ]);
    return [result.verdict, anomalies];
  };
  type MicroOp = readonly [string, Plain, Plain];
  const renamed = (steps: Plain, key: (k: Plain) => Plain, value: (v: Plain) => Plain): Plain =>
    (steps as readonly MicroOp[]).map(([f, k, v]) => [
      f,
      key(k),
      v === null ? null : Array.isArray(v) ? v.map(value) : value(v),
    ]);
  const changed = (key: (k: Plain) => Plain, value: (v: Plain) => Plain): History =>
    history.map((operation) => ({
      ...operation,
      input: renamed(operation.input, key, value),
      output: operation.output === null ? null : renamed(operation.output, key, value),
    }));

  it('does not depend on the names of keys, values and processes, nor on the hour', () => {
    const expected = found(history);
    expect(expected[0]).toBe('fail');
    expect(
      found(
        changed(
          (k) => `key ${String(k)}`,
          (v) => `v${String(v)}`,
        ),
      ),
    ).toEqual(expected);
    expect(
      found(
        changed(
          (k) => ({ of: [k] }),
          (v) => ({ is: v, at: [1, null] }),
        ),
      ),
    ).toEqual(expected);
    expect(
      found(
        changed(
          (k) => -Number(k),
          (v) => 1e9 - Number(v),
        ),
      ),
    ).toEqual(expected);
    const later = history.map((operation) => ({
      ...operation,
      process: 1000 - operation.process,
      invokedAtUs: operation.invokedAtUs + 1e9,
      completedAtUs: operation.completedAtUs + 1e9,
      endedAtUs: operation.endedAtUs + 1e9,
    }));
    expect(found(later)).toEqual(expected);
  });
});

/** Calls with each sequence of choices, as a counter that carries. */
function everyChoice(visit: (choose: (options: readonly Plain[]) => Plain) => void): void {
  const digits: number[] = [];
  for (;;) {
    const sizes: number[] = [];
    visit((options) => {
      const place = sizes.length;
      sizes.push(options.length);
      return options[digits[place] ?? 0] ?? null;
    });
    let place = sizes.length - 1;
    while (place >= 0 && (digits[place] ?? 0) + 1 >= (sizes[place] ?? 0)) digits[place--] = 0;
    if (place < 0) return;
    digits[place] = (digits[place] ?? 0) + 1;
  }
}
