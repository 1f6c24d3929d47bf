/**
 * Linearizability on histories with published verdicts: those kept here, and the whole folder of
 * corpora where there is one (`DSIM_CORPORA`, or `shared/corpora` beside the project).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import { checkLinearizable } from '../../src/checks/linearizable/index.ts';
import { judge as kvAppendJudge } from '../../src/checks/models/judges/kv-append.ts';
import { judge as nondeterministicJudge } from '../../src/checks/models/judges/nondeterministic-register.ts';
import { judge as setJudge } from '../../src/checks/models/judges/set.ts';
import { kvAppend } from '../../src/checks/models/kv-append.ts';
import { nondeterministicRegister } from '../../src/checks/models/nondeterministic-register.ts';
import { register, registerModel } from '../../src/checks/models/register.ts';
import { set } from '../../src/checks/models/set.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import type { History } from '../../src/sim/history.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { readNeutral } from '../support/histories.ts';
import { naivelyLinearizable } from '../support/naive-linearizability.ts';

const own = fileURLToPath(new URL('../corpora/', import.meta.url));
const whole =
  process.env['DSIM_CORPORA'] ??
  fileURLToPath(new URL('../../../shared/corpora/', import.meta.url));

interface Known {
  readonly model: SearchModel;
  readonly check: (history: History) => CheckResult;
}

const judgedBy = (judge: AnyJudge, model: SearchModel): Known => ({
  model,
  check: (history) =>
    judge.judge(history, defaultsOf(judge.params), judge.consistencies[0] ?? '', DEFAULT_BUDGET),
});
const modelled = (model: SearchModel): Known => ({
  model,
  check: (history) => checkLinearizable(history, model),
});

/** `model` as the index of the corpora names it, to what judges it. */
const known: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['kv-append(init="")', judgedBy(kvAppendJudge, kvAppend)],
  ['register(init=0)', modelled(registerModel({ initial: 0 }))],
  ['register per key (init=null)', modelled(register)],
  ['set(init={})', judgedBy(setJudge, set)],
  [
    'nondeterministic-register(put-any,get-any,get-all)',
    judgedBy(nondeterministicJudge, nondeterministicRegister),
  ],
]);

function verdict(file: string, name: string, folder: string): string {
  const judge = known.get(name);
  if (judge === undefined) throw new Error(`no model ${name}`);
  const history = readNeutral(readFileSync(`${folder}/${file}`, 'utf8'));
  const result = judge.check(history);
  if (result.verdict === 'fail') {
    // What is shown must be a proof by itself.
    const shown = history.filter(({ index }) => result.evidence.includes(index));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(9);
    expect(naivelyLinearizable(shown, judge.model)).toBe(false);
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
