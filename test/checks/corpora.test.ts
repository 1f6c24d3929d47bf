/**
 * Linearizability on histories with published verdicts: those kept here, and the whole folder of
 * corpora where there is one (`DSIM_CORPORA`, or `shared/corpora` beside the project).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/checks/checker.ts';
import { checkLinearizable } from '../../src/checks/linearizable.ts';
import { kvAppend } from '../../src/checks/models/kv-append.ts';
import { register, registerModel } from '../../src/checks/models/register.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import type { Plain } from '../../src/sim/node.ts';
import { readNeutral } from '../support/histories.ts';
import { naivelyLinearizable } from '../support/naive-linearizability.ts';

const own = fileURLToPath(new URL('../corpora/', import.meta.url));
const whole =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));

/** `model` as the index of the corpora names it, to the model. */
const models: ReadonlyMap<string, SearchModel> = new Map<string, Model>([
  ['kv-append(init="")', kvAppend],
  ['register(init=0)', registerModel({ initial: 0 })],
  ['register per key (init=null)', register],
  ['set(init={})', setModel()],
  ['nondeterministic-register(put-any,get-any,get-all)', anyRegisterModel()],
]);

function verdict(file: string, model: string, folder: string): string {
  const known = models.get(model);
  if (known === undefined) throw new Error(`no model ${model}`);
  const history = readNeutral(readFileSync(`${folder}/${file}`, 'utf8'));
  const result = checkLinearizable(history, known);
  if (result.verdict === 'fail') {
    // What is shown must be a proof by itself.
    const shown = history.filter(({ index }) => result.evidence.includes(index));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(9);
    expect(naivelyLinearizable(shown, known)).toBe(false);
  }
  return { pass: 'linearizable', fail: 'not-linearizable', unknown: 'unknown' }[result.verdict];
}

describe('the litmus histories', () => {
  const rows = readFileSync(`${own}/litmus/matrix.tsv`, 'utf8').trim().split('\n').slice(1);
  const cases = rows
    .map((row) => row.split('\t'))
    .map(([file = '', linearizable = '']) => [file, linearizable] as const);

  it('are all here', () => {
    const files = readdirSync(`${own}/litmus`).filter((file) => file.endsWith('.jsonl'));
    expect(cases.map(([file]) => file.replace('litmus/', '')).sort()).toEqual(files.sort());
    expect(cases).toHaveLength(24);
  });

  it.each(cases)('%s: %s', (file, linearizable) => {
    const expected = linearizable === 'yes' ? 'linearizable' : 'not-linearizable';
    expect(verdict(file, 'register per key (init=null)', own)).toBe(expected);
  });
});

describe("Porcupine's histories", () => {
  it.each([
    ['register_ok', 'register(init=0)', 'linearizable'],
    ['register_bad', 'register(init=0)', 'not-linearizable'],
    ['zerodur_ok', 'register(init=0)', 'linearizable'],
    ['zerodur_bad', 'register(init=0)', 'not-linearizable'],
    ['set_ok_partial', 'set(init={})', 'linearizable'],
    ['set_ok_both', 'set(init={})', 'linearizable'],
    ['set_unknown_read', 'set(init={})', 'linearizable'],
    ['set_dup', 'set(init={})', 'not-linearizable'],
    [
      'nondet_register_bad',
      'nondeterministic-register(put-any,get-any,get-all)',
      'not-linearizable',
    ],
    ['kv-c01-ok', 'kv-append(init="")', 'linearizable'],
    ['kv-c01-bad', 'kv-append(init="")', 'not-linearizable'],
    ['kv-c10-ok', 'kv-append(init="")', 'linearizable'],
    ['kv-c10-bad', 'kv-append(init="")', 'not-linearizable'],
  ])('%s', (name, model, expected) => {
    expect(verdict(`porcupine/${name}.jsonl`, model, own)).toBe(expected);
  });
});

describe.skipIf(process.env['DSIM_CORPORA'] === undefined && !existsSync(whole))(
  'the folder of corpora',
  () => {
    const rows = existsSync(whole) ? indexRows() : [];

    it('is there', () => {
      expect(existsSync(whole)).toBe(true);
      expect(rows.length).toBeGreaterThan(30);
    });

    it.each(rows)('$file: $expected', ({ file, model, expected }) => {
      expect(verdict(file, model, whole)).toBe(expected);
    });
  },
);

interface Row {
  readonly file: string;
  readonly model: string;
  readonly expected: string;
}

/** The rows that say something of linearizability. */
function indexRows(): Row[] {
  const lines = readFileSync(`${whole}/index.tsv`, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [file = '', model = '', expected = '', , check = ''] = line.split('\t');
    if (check === 'linearizability') return [{ file, model, expected }];
    const litmus = /\blinearizable=(yes|NO)\b/.exec(expected)?.[1];
    if (litmus === undefined) return [];
    return [{ file, model, expected: litmus === 'yes' ? 'linearizable' : 'not-linearizable' }];
  });
}

/** Porcupine's set: `add`, and `read` of all members; a read of unknown outcome says nothing. */
function setModel(): Model<readonly number[]> {
  return {
    name: 'set',
    summary: 'a set of numbers',
    byKey: false,
    init: () => [],
    step(state, f, input, output) {
      if (f === 'add') return [...new Set([...state, input as number])].sort((a, b) => a - b);
      if (output === undefined) return state;
      const read = [...(output as readonly number[])].sort((a, b) => a - b);
      return JSON.stringify(read) === JSON.stringify(state) ? state : null;
    },
    identify: (state) => JSON.stringify(state),
    describe: (f, input, output) => `${f} ${JSON.stringify(input)} ${JSON.stringify(output)}`,
  };
}

/**
 * Porcupine's register that keeps some subset of what was put: the state is the set of subsets that
 * it may hold. `get-any` reads part of what it holds, `get-all` everything.
 */
function anyRegisterModel(): Model<readonly string[]> {
  const subsets = (values: readonly Plain[]): string[] => {
    const all = [''];
    for (const value of values) all.push(...all.map((set) => `${set}${value},`));
    return all;
  };
  const holds = (set: string, value: Plain) => set.split(',').includes(String(value));
  return {
    name: 'any-register',
    summary: 'a register that keeps some of what was put',
    byKey: false,
    init: () => [''],
    step(state, f, input, output) {
      if (f === 'put-any') return subsets(input as readonly Plain[]);
      if (output === undefined) return state;
      const read = output as readonly Plain[];
      const possible = state.filter((set) => {
        if (!read.every((value) => holds(set, value))) return false;
        return f === 'get-any' || set.split(',').length - 1 === read.length;
      });
      return possible.length > 0 ? possible : null;
    },
    identify: (state) => state.join(';'),
    describe: (f, input, output) => `${f} ${JSON.stringify(input)} ${JSON.stringify(output)}`,
  };
}
