/** The search against the definition: exhaustively on small histories, at random on larger ones. */
import { describe, expect, it } from 'vitest';
import { historyOf, type OperationSketch } from '../../../test/support/histories.ts';
import { times } from '../../../test/support/long.ts';
import { naivelyLinearizable } from '../../../test/support/naive-linearizability.ts';
import { randomOf, simulateRegister } from '../../../test/support/simulated-register.ts';
import { type Kind, oneIn, smallHistories } from '../../../test/support/small-histories.ts';
import type { History } from '../../sim/history.ts';
import { kvAppend } from '../models/kv-append.ts';
import { type RegisterOptions, registerModel } from '../models/register.ts';
import { callsOf, type Reduced, type SearchModel } from './call.ts';
import { LinearizationSearch } from './linearization.ts';
import { layOut } from './problem.ts';
import { Transitions } from './transitions.ts';
import { type Part, searchInTurns, searchOne } from './turns.ts';

const lenient = registerModel() as SearchModel;
const strict = registerModel({ failedCas: 'observation' }) as SearchModel;
const kv = kvAppend as SearchModel;

const write = (input: number): Kind => ({ f: 'write', input });
const read = (output: number | null): Kind => ({ f: 'read', output });
const cas = (from: number, to: number): Kind => ({ f: 'cas', input: [from, to] });
const open = (kind: Kind): Kind => ({ ...kind, outcome: 'info' });
const refused = (kind: Kind): Kind => ({ ...kind, outcome: 'fail', error: 'precondition-failed' });

/** The history as the definition reads it: a refusal that is an observation did happen. */
function asObserved(history: History, model: SearchModel): History {
  return history.map((operation) => {
    const { f, input, error, outcome } = operation;
    const output = outcome === 'fail' ? model.refusal?.(f, input, error) : undefined;
    return output === undefined ? operation : { ...operation, outcome: 'ok', output };
  });
}

/** Histories on which the search, with or without zones, and the definition differ. */
function disagreements(histories: Iterable<History>, model: SearchModel) {
  const counts = { yes: 0, no: 0, different: [] as string[] };
  for (const history of histories) {
    const expected = naivelyLinearizable(asObserved(history, model), model);
    counts[expected ? 'yes' : 'no']++;
    for (const zones of [true, false]) {
      const { outcome } = searchOne(callsOf(history, model), model, { zones });
      if (outcome === (expected ? 'linearizable' : 'not-linearizable')) continue;
      counts.different.push(`${outcome}: ${sketch(history)}`);
    }
  }
  return { ...counts, different: counts.different.slice(0, 3) };
}

function sketch(history: History): string {
  return history
    .map(({ f, input, output, outcome, invokedAtUs, endedAtUs }) => {
      const what = `${f} ${JSON.stringify(input)} ${JSON.stringify(output)} ${outcome}`;
      return `${invokedAtUs}..${endedAtUs} ${what}`;
    })
    .join('; ');
}

describe('all small histories', () => {
  const values = [write(1), write(2), read(null), read(1), read(2)];
  const updates = [cas(1, 2), cas(2, 1)];
  const all = [...values, ...updates, ...[write(1), write(2), ...updates].map(open)];

  it.each([2, 3])('of %i operations, compare-and-sets among them', (count) => {
    const kinds = [...all, ...updates.map(refused)];
    const histories = () => oneIn(count < 3 ? 1 : times(4, 1), smallHistories(count, 3, kinds));
    const ignoring = disagreements(histories(), lenient);
    expect(ignoring.different).toEqual([]);
    const observing = disagreements(histories(), strict);
    expect(observing.different).toEqual([]);
    // Refusals that count as observations rule histories out.
    expect(observing.no).toBeGreaterThan(ignoring.no);
  });

  it('of four reads and writes, open writes among them', () => {
    const kinds = [...values, open(write(1)), open(write(2))];
    // What starts with 2 is the mirror image of what starts with 1.
    const histories = filter(smallHistories(4, 3, kinds), (history) => firstValue(history) !== 2);
    const n = times(6, 1);
    const { yes, no, different } = disagreements(oneIn(n, histories), lenient);
    expect(different).toEqual([]);
    // Of 14,443 and 24,019.
    expect(yes * n).toBeGreaterThan(13_500);
    expect(no * n).toBeGreaterThan(23_000);
  });
});

function* filter<T>(items: Iterable<T>, keep: (item: T) => boolean): Generator<T> {
  for (const item of items) if (keep(item)) yield item;
}

function firstValue(history: History) {
  for (const { input, output } of history) {
    if (input !== null) return input;
    if (output !== null) return output;
  }
  return null;
}

describe('random histories', () => {
  it.each<[string, SearchModel, (random: () => number) => History]>([
    ['few values', lenient, (random) => mess(random, { values: 2 })],
    ['few values, refusals are observations', strict, (random) => mess(random, { values: 2 })],
    ['few values, mostly open', lenient, (random) => mess(random, { values: 2, open: 0.7 })],
    ['each value written once', lenient, (random) => mess(random, { values: 0 })],
    [
      'each value written once, no updates',
      lenient,
      (random) => mess(random, { values: 0, cas: 0 }),
    ],
    ['appends', kv, strings],
  ])('agree with the definition: %s', (_, model, draw) => {
    const random = randomOf(1);
    const { yes, no, different } = disagreements(
      Array.from({ length: 4000 }, () => draw(random)),
      model,
    );
    expect(different).toEqual([]);
    // Both verdicts are common, so that agreement means something.
    expect(Math.min(yes, no)).toBeGreaterThan(400);
  });
});

describe('the comparison of configurations', () => {
  it('is exact: a hash that tells nothing apart changes no verdict', () => {
    const random = randomOf(3);
    let wrong = 0;
    for (let i = 0; i < 600; i++) {
      const load = { seed: i, operations: 60, processes: 6, values: 3, cas: 0.2, unknown: 0.1 };
      const history = withOneReadChanged(simulateRegister(load), random);
      const calls = callsOf(history, lenient);
      const reduced: Reduced<unknown> = lenient.reduce?.(calls) ?? { calls };
      const transitions = new Transitions(lenient, reduced);
      const problem = layOut(reduced.calls, lenient, transitions);
      const memory = { wordsLeft: 1e6 };
      const blind = new Int32Array(problem.closed);
      const search = new LinearizationSearch(problem, transitions, memory, blind);
      const { outcome } = searchOne(calls, lenient);
      expect(search.run(1e7)).toBe(outcome);
      if (outcome === 'not-linearizable') wrong++;
    }
    expect(wrong).toBeGreaterThan(100);
  });
});

function withOneReadChanged(history: History, random: () => number): History {
  const reads = history.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const chosen = reads[Math.floor((0.5 + 0.5 * random()) * reads.length)];
  const output = 1 + Math.floor(3 * random());
  return history.map((operation) => (operation === chosen ? { ...operation, output } : operation));
}

interface Mess {
  /** Values are 1..values, or each is written once when 0. */
  readonly values: number;
  readonly cas?: number;
  readonly open?: number;
}

/** Up to nine operations with no rhyme or reason; touching and empty intervals are common. */
function mess(
  random: () => number,
  { values, cas: updates = 0.3, open: unknown = 0.25 }: Mess,
): History {
  const int = (below: number) => Math.floor(random() * below);
  let fresh = 0;
  const known = () => 1 + int(values === 0 ? Math.max(1, fresh) : values);
  const next = () => (values === 0 ? ++fresh : known());
  const sketches = Array.from({ length: 1 + int(9) }, (_, process): OperationSketch => {
    const from = int(16);
    const times = { process, from, to: from + int(10) };
    const dice = random();
    if (dice < 0.4) {
      return { ...times, f: 'read', output: random() < 0.15 ? null : known() };
    }
    const outcome = random() < unknown ? 'info' : 'ok';
    if (dice >= 0.4 + 0.6 * updates) return { ...times, f: 'write', input: next(), outcome };
    const input = [known(), next()];
    if (random() < 0.2) {
      return { ...times, f: 'cas', input, outcome: 'fail', error: 'precondition-failed' };
    }
    return { ...times, f: 'cas', input, outcome };
  });
  return historyOf(sketches);
}

function strings(random: () => number): History {
  const int = (below: number) => Math.floor(random() * below);
  const sketches = Array.from({ length: 1 + int(7) }, (_, process): OperationSketch => {
    const from = int(14);
    const times = { process, from, to: from + int(8) };
    const part = ['a', 'b', ''][int(2.2)] ?? '';
    const outcome = random() < 0.25 ? 'info' : 'ok';
    const dice = random();
    if (dice < 0.25) return { ...times, f: 'put', input: part, outcome };
    if (dice < 0.6) return { ...times, f: 'append', input: part, outcome };
    const output = ['', 'a', 'b', 'ab', 'ba', 'aa', 'aba'][int(7)] ?? '';
    return { ...times, f: 'get', output };
  });
  return historyOf(sketches);
}

describe('a simulated register', () => {
  const partition = { from: 0.3, until: 0.6, unknown: 0.8 };
  const cases: [string, Parameters<typeof simulateRegister>[0], RegisterOptions][] = [
    ['unique values', { seed: 1, operations: 5000, processes: 20, keys: 5, partition }, {}],
    ['on one key', { seed: 2, operations: 5000, processes: 20, partition }, {}],
    [
      'with updates',
      { seed: 3, operations: 5000, processes: 20, keys: 5, cas: 0.15, partition },
      {},
    ],
    [
      'observed refusals',
      { seed: 4, operations: 2000, processes: 10, keys: 5, cas: 0.2 },
      { failedCas: 'observation' },
    ],
    [
      'five values',
      { seed: 5, operations: 5000, processes: 20, values: 5, cas: 0.2, partition },
      {},
    ],
    ['two values, one key', { seed: 6, operations: 3000, processes: 8, values: 2, cas: 0.2 }, {}],
  ];

  it.each(cases)('is linearizable, and the search soon knows: %s', (_, load, options) => {
    const model = registerModel(options) as SearchModel;
    const parts = byKey(simulateRegister(load)).map((part) => ({
      calls: callsOf(part, model),
      model,
    }));
    for (const zones of [true, false]) {
      const outcomes = searchInTurns(parts, { zones });
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(parts.map(() => 'linearizable'));
      const steps = outcomes.reduce((sum, outcome) => sum + outcome.steps, 0);
      expect(steps).toBeLessThan(300_000);
      for (const [i, { order }] of outcomes.entries()) {
        if (order !== null) expectExplained(parts[i]?.calls ?? [], order, model);
      }
    }
  });
});

function byKey(history: History): History[] {
  const parts = new Map<string | null, History[number][]>();
  for (const operation of history) {
    const part = parts.get(operation.key);
    if (part === undefined) parts.set(operation.key, [operation]);
    else part.push(operation);
  }
  return [...parts.values()];
}

/** The order keeps real time, has every closed call, and the model accepts it. */
function expectExplained(
  calls: ReturnType<typeof callsOf>,
  order: readonly number[],
  model: SearchModel,
): void {
  const byIndex = new Map(calls.map((call) => [call.index, call]));
  const placed = new Set(order);
  expect(placed.size).toBe(order.length);
  const closed = calls.filter(({ completedAtUs }) => completedAtUs !== Infinity);
  expect(closed.filter(({ index }) => !placed.has(index))).toEqual([]);
  let state: unknown = model.init();
  let latestInvokedAtUs = -1;
  for (const index of order) {
    const call = byIndex.get(index);
    if (call === undefined) throw new Error(`#${index} is no call`);
    if (call.completedAtUs < latestInvokedAtUs) throw new Error(`#${index} comes too late`);
    latestInvokedAtUs = Math.max(latestInvokedAtUs, call.invokedAtUs);
    state = model.step(state, call.f, call.input, call.output);
    if (state === null) throw new Error(`the model refuses #${index}`);
  }
}

describe('budgets', () => {
  /**
   * Every compare-and-set between six values at once, after which two reads cannot both be right.
   */
  const hard = historyOf([
    ...[0, 1, 2, 3, 4, 5].flatMap((a, i) => [
      { process: i, f: 'write', input: a, from: 0, to: 1000 },
      ...[0, 1, 2, 3, 4, 5]
        .filter((b) => b !== a)
        .map((b, j) => ({ process: 10 * i + j, f: 'cas', input: [a, b], from: 0, to: 1000 })),
    ]),
    { process: 98, f: 'read', output: 5, from: 1001, to: 1002 },
    { process: 99, f: 'read', output: 4, from: 1003, to: 1004 },
  ]);
  const wrong = historyOf([{ process: 0, f: 'read', output: 7, from: 0, to: 1 }]);
  const partOf = (history: History): Part => ({ calls: callsOf(history, lenient), model: lenient });
  const hardPart = partOf(hard);
  const wrongPart = partOf(wrong);
  const generous = { steps: 10_000_000, bytes: 2 ** 28 };

  it('end a search that would not end', () => {
    const slow = searchOne(hardPart.calls, lenient, { budget: { ...generous, steps: 50_000 } });
    expect(slow).toMatchObject({ outcome: 'undecided', explained: 34 });
    expect(slow.steps).toBeLessThan(51_000);
    const large = searchOne(hardPart.calls, lenient, { budget: { ...generous, bytes: 2 ** 20 } });
    expect(large).toMatchObject({ outcome: 'undecided' });
    expect(large.steps).toBeLessThan(generous.steps / 2);
    expect(large.configurations).toBeLessThan(2 ** 20 / 16);
  });

  it('leave nothing waiting: a part that is plainly wrong is found behind a hard one', () => {
    for (const parts of [
      [hardPart, wrongPart],
      [wrongPart, hardPart],
    ]) {
      const outcomes = searchInTurns(parts, { budget: generous, zones: false });
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
        'not-linearizable',
        'undecided',
      ]);
      expect(outcomes.reduce((sum, { steps }) => sum + steps, 0)).toBeLessThan(10_000);
    }
  });

  it('need not be large for forty open operations at once', () => {
    const open = Array.from({ length: 40 }, (_, i) => {
      const input = i % 2 === 0 ? i % 6 : [i % 5, (i + 1) % 5];
      const f = i % 2 === 0 ? 'write' : 'cas';
      return { process: i, f, input, from: i, to: 100, outcome: 'info' as const };
    });
    const reads = [3, 0, 4, 2, 1, 0].map((output, i) => {
      return { process: 50 + i, f: 'read', output, from: 200 + 10 * i, to: 205 + 10 * i };
    });
    const calls = callsOf(historyOf([...open, ...reads]), lenient);
    const { outcome, steps } = searchOne(calls, lenient);
    expect(outcome).toBe('linearizable');
    expect(steps).toBeLessThan(2000);
    const never = { process: 60, f: 'read', output: null, from: 300, to: 301 };
    const ended = searchOne(callsOf(historyOf([...open, ...reads, never]), lenient), lenient);
    expect(ended.outcome).toBe('not-linearizable');
  });
});
