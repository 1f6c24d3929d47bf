/**
 * The linearizability checker, by CPU time. `register`: twenty hard histories of one register, and
 * `strings`: the logs of a store of strings that Porcupine ships, both beside the usual search
 * (`baseline-linearizable.ts`) in one process. `check`: the same logs beside Porcupine itself, once
 * for the verdict alone and once for all that `dsim check` does (verdict, witness, reasons).
 * `large`: 100,000 operations on one register, each value written once, of which the first whole
 * check in the process is measured. One line of JSON a history, then one for all: the geometric
 * mean of the ratios and the worst of them.
 *
 * Porcupine is written in Go and not run here. Its times are those of Porcupine 1.3 (Go 1.19, one
 * thread, warm), measured once on a machine like the one of docs/PERFORMANCE.md: a ratio to them
 * compares two processes at two times, and says no more than its order of magnitude. The 102 logs
 * of etcd that Porcupine ships too are not part of this project, and not measured.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLinearizable } from '../src/checks/linearizable/index.ts';
import { kvAppend } from '../src/checks/models/kv-append.ts';
import { register, registerModel } from '../src/checks/models/register.ts';
import type { SearchModel } from '../src/checks/search/call.ts';
import { splitByObject } from '../src/checks/search/objects.ts';
import { searchInTurns } from '../src/checks/search/turns.ts';
import type { History } from '../src/sim/history.ts';
import { readNeutral } from '../test/support/histories.ts';
import { simulateRegister } from '../test/support/simulated-register.ts';
import { baselineRegister, baselineStrings } from './baseline-linearizable.ts';
import { hardHistories, historyOfHard } from './hard-histories.ts';
import { cpuNs, report } from './measure.ts';

/** Each history is judged again and again for so long. */
const MEASURED_NS = 140e6;

/** CPU time that Porcupine needs for the verdict, in ms. */
const PORCUPINE_MS: readonly (readonly [file: string, ms: number])[] = [
  ['kv-c01-ok', 0.153],
  ['kv-c01-bad', 0.048],
  ['kv-c10-ok', 1.06],
  ['kv-c10-bad', 0.61],
  ['kv-c50-ok', 217],
  ['kv-c50-bad', 29],
];

const SAMPLES = 7;

/**
 * The least of a few means of as many times as fit: what another's compiler threads add is no cost.
 */
function cpuNsOf(work: () => void): number {
  const means: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const startNs = cpuNs();
    let times = 0;
    do {
      work();
      times++;
    } while (cpuNs() - startNs < MEASURED_NS / SAMPLES);
    means.push((cpuNs() - startNs) / times);
  }
  return Math.min(...means);
}

/**
 * Porcupine's code is compiled before it runs; this is what ours and the baseline's need for it.
 * Ours comes last: while the baseline warmed up after it, V8 threw away what it had learned of
 * ours, and the first history was measured while it learned again, at five times its time.
 */
const WARM_NS = 1.5e9;

function warmUp(rows: readonly Row[]): void {
  for (const side of ['baseline', 'ours'] as const) {
    const startNs = cpuNs();
    for (let i = 0; cpuNs() - startNs < WARM_NS; i++) rows[i % rows.length]?.[side]();
  }
}

/** The verdict alone: null is undecided. */
function judge(history: History, model: SearchModel): boolean | null {
  const parts = splitByObject(
    history,
    () => model,
    () => '',
  );
  const outcomes = searchInTurns(parts).map(({ outcome }) => outcome);
  if (outcomes.includes('not-linearizable')) return false;
  return outcomes.includes('undecided') ? null : true;
}

interface Row {
  readonly name: string;
  readonly ours: () => boolean | null;
  readonly baseline: () => boolean | undefined;
}

function compare(name: string, rows: readonly Row[]): void {
  const ratios: number[] = [];
  let totalNs = 0;
  warmUp(rows);
  for (const row of rows) {
    if (row.ours() !== row.baseline()) throw new Error(`${row.name}: verdicts differ`);
    const oursNs = cpuNsOf(row.ours);
    const baselineNs = cpuNsOf(row.baseline);
    const ratio = oursNs / baselineNs;
    report({ name: row.name, events: 1, cpuNs: oursNs, baselineNs, ratio });
    ratios.push(ratio);
    totalNs += oursNs;
  }
  const [ratio, worst] = [geometricMean(ratios), Math.max(...ratios)];
  report({ name, events: rows.length, cpuNs: totalNs, ratio, worst });
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function registerRows(): Row[] {
  const model = registerModel({ failedCas: 'observation' });
  return hardHistories.map((hard) => {
    const history = historyOfHard(hard);
    return {
      name: `register ${hard.seed}`,
      ours: () => judge(history, model),
      baseline: () => baselineRegister(history),
    };
  });
}

interface Log {
  readonly name: string;
  readonly history: History;
  readonly porcupineMs: number;
}

/** Those of the logs that are here: the two largest are kept outside of the project. */
function logsOfStrings(): Log[] {
  const shared = process.env['DSIM_CORPORA'] ?? join('..', 'shared', 'corpora');
  return PORCUPINE_MS.flatMap(([name, porcupineMs]) => {
    const own = join('test', 'corpora', 'porcupine', `${name}.jsonl`);
    const file = existsSync(own)
      ? own
      : join(shared, 'porcupine-kv', `${name.replace('kv-', '')}.jsonl`);
    if (!existsSync(file)) return [];
    return [{ name, history: readNeutral(readFileSync(file, 'utf8')), porcupineMs }];
  });
}

function stringRows(): Row[] {
  return logsOfStrings().map(({ name, history }) => {
    const ours = () => judge(history, kvAppend);
    return { name, ours, baseline: () => baselineStrings(history) };
  });
}

/** The whole check, twice: what the witness takes has to be compiled as well. */
function wholeRow(name: string, history: History): Row {
  const whole = () => checkLinearizable(history, kvAppend).verdict === 'pass';
  return { name, ours: whole, baseline: whole };
}

/** Beside Porcupine's times: the verdict alone, and the whole check. */
function check(): void {
  const logs = logsOfStrings();
  warmUp(stringRows());
  warmUp(logs.map(({ name, history }) => wholeRow(name, history)));
  const ratios = logs.map(({ name, history, porcupineMs }) => {
    const verdictNs = cpuNsOf(() => judge(history, kvAppend));
    const wholeNs = cpuNsOf(() => checkLinearizable(history, kvAppend));
    const [verdict, whole] = [verdictNs, wholeNs].map((ns) => ns / 1e6 / porcupineMs);
    report({ name, events: 1, cpuNs: wholeNs, verdictNs, porcupineMs });
    return { verdict: verdict ?? Number.NaN, whole: whole ?? Number.NaN };
  });
  const verdicts = ratios.map(({ verdict }) => verdict);
  const wholes = ratios.map(({ whole }) => whole);
  report({
    name: 'over Porcupine',
    events: logs.length,
    of: PORCUPINE_MS.length,
    cpuNs: 0,
    verdict: geometricMean(verdicts),
    verdictWorst: Math.max(...verdicts),
    whole: geometricMean(wholes),
    wholeWorst: Math.max(...wholes),
  });
}

function large(): void {
  const operations = 100_000;
  const history = simulateRegister({ seed: 1, operations, processes: 20, unknown: 0.01 });
  globalThis.gc?.();
  const beforeKiB = process.resourceUsage().maxRSS;
  const startNs = cpuNs();
  const { verdict } = checkLinearizable(history, register);
  const spentNs = cpuNs() - startNs;
  if (verdict !== 'pass') throw new Error(`the large history is said to be ${verdict}`);
  const bytes = 1024 * (process.resourceUsage().maxRSS - beforeKiB);
  report({
    name: 'large register history',
    events: operations,
    cpuNs: spentNs,
    bytesPerEvent: bytes / operations,
  });
}

const [, , what = 'register'] = process.argv;
if (what === 'large') large();
else if (what === 'check') check();
else compare(what, what === 'strings' ? stringRows() : registerRows());
