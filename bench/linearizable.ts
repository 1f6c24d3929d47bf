/**
 * The linearizability checker against the usual search (`baseline-linearizable.ts`), in one
 * process, by CPU time. `register`: twenty hard histories of one register; `strings`: Porcupine's
 * histories of a store of strings; `large`: 100,000 operations on one register, each value written
 * once. One line of JSON a history, then one for all: the geometric mean of the ratios and the
 * worst of them. The time is of the verdict, without the witness, but that of `large` is of the
 * first whole check in the process.
 *
 * Porcupine itself is written in Go and not run here. What links the two is a measurement of
 * Porcupine 1.3 (Go 1.19, one thread) beside a prototype of the usual search in JavaScript, on 102
 * logs of etcd and on the histories of strings: the prototype took a third of Porcupine's time
 * (geometric mean; on a log of a register at most 1/1.8). The baseline here is that search written
 * again, as fast as the prototype on the histories of strings; `porcupine` is the ratio to
 * Porcupine that follows.
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

/** The prototype's time over Porcupine's on logs of a register: typical, and the worst seen. */
const REGISTER_LINK = { typical: 1 / 3, worst: 1 / 1.8 };

/** The same for each history of strings. */
const STRINGS: readonly (readonly [file: string, link: number])[] = [
  ['kv-c01-ok', 0.084 / 0.153],
  ['kv-c01-bad', 0.014 / 0.048],
  ['kv-c10-ok', 0.29 / 1.06],
  ['kv-c10-bad', 0.067 / 0.61],
  ['kv-c50-ok', 161 / 217],
  ['kv-c50-bad', 47 / 29],
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
 */
const WARM_NS = 1.5e9;

function warmUp(rows: readonly Row[]): void {
  for (const side of ['ours', 'baseline'] as const) {
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
  /** The baseline's time over Porcupine's. */
  readonly typical: number;
  readonly worst: number;
}

function compare(name: string, rows: readonly Row[]): void {
  let logs = 0;
  let porcupineLogs = 0;
  let worst = 0;
  let totalNs = 0;
  warmUp(rows);
  for (const row of rows) {
    if (row.ours() !== row.baseline()) throw new Error(`${row.name}: verdicts differ`);
    const oursNs = cpuNsOf(row.ours);
    const baselineNs = cpuNsOf(row.baseline);
    const ratio = oursNs / baselineNs;
    report({ name: row.name, events: 1, cpuNs: oursNs, baselineNs, ratio });
    logs += Math.log(ratio);
    porcupineLogs += Math.log(ratio * row.typical);
    worst = Math.max(worst, ratio * row.worst);
    totalNs += oursNs;
  }
  report({
    name,
    events: rows.length,
    cpuNs: totalNs,
    ratio: Math.exp(logs / rows.length),
    porcupine: Math.exp(porcupineLogs / rows.length),
    porcupineWorst: worst,
  });
}

function registerRows(): Row[] {
  const model = registerModel({ failedCas: 'observation' });
  return hardHistories.map((hard) => {
    const history = historyOfHard(hard);
    return {
      name: `register ${hard.seed}`,
      ours: () => judge(history, model),
      baseline: () => baselineRegister(history),
      ...REGISTER_LINK,
    };
  });
}

/** Those of the histories that are here: the large ones are kept outside of the project. */
function stringRows(): Row[] {
  const shared = process.env['DSIM_CORPORA'] ?? join('..', 'shared', 'corpora');
  return STRINGS.flatMap(([name, link]) => {
    const own = join('test', 'corpora', 'porcupine', `${name}.jsonl`);
    const file = existsSync(own)
      ? own
      : join(shared, 'porcupine-kv', `${name.replace('kv-', '')}.jsonl`);
    if (!existsSync(file)) return [];
    const history = readNeutral(readFileSync(file, 'utf8'));
    const ours = () => judge(history, kvAppend);
    return [{ name, ours, baseline: () => baselineStrings(history), typical: link, worst: link }];
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
else compare(what, what === 'strings' ? stringRows() : registerRows());
