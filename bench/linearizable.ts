/**
 * The linearizability checker on hard histories: one register of five values, 150 to 170 events,
 * about twenty operations that never ended, refused compare-and-sets read as observations, and up
 * to three reads that were given other values. One line of JSON a history, then one for all of
 * them; an event is an invocation or a completion. The time is of the verdict, without the witness.
 */
import { registerModel } from '../src/checks/models/register.ts';
import { callsOf } from '../src/checks/search/call.ts';
import { searchOne } from '../src/checks/search/turns.ts';
import type { History } from '../src/sim/history.ts';
import { randomOf, simulateRegister } from '../test/support/simulated-register.ts';
import { cpuNs, report } from './measure.ts';

/**
 * Those of the first 600 on which a plain search, with memory but without pruning, takes longest.
 */
export const SEEDS = [
  10, 57, 63, 94, 162, 166, 174, 270, 274, 319, 363, 372, 438, 463, 502, 511, 515, 518, 538, 566,
];
/** Each history is judged again and again for so long. */
const MEASURED_NS = 40e6;

export function hardHistory(seed: number): History {
  const processes = seed % 3 === 0 ? 20 : 10;
  const cas = seed % 2 === 0 ? 0.45 : 0.1;
  const load = { seed, operations: 92, processes, values: 5, reads: 0.25, cas, unknown: 0.25 };
  const history = [...simulateRegister(load)];
  const random = randomOf(seed);
  const reads = history.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  for (let i = 0; i < seed % 4; i++) {
    const at = reads[Math.floor((0.5 + 0.5 * random()) * reads.length)]?.index ?? 0;
    const output = 1 + Math.floor(5 * random());
    history[at] = Object.assign({}, history[at], { output });
  }
  return history;
}

/** The mean of as many times as fit. */
function cpuNsOf(work: () => void): number {
  const startNs = cpuNs();
  let times = 0;
  do {
    work();
    times++;
  } while (cpuNs() - startNs < MEASURED_NS);
  return (cpuNs() - startNs) / times;
}

export function main(): void {
  const model = registerModel({ failedCas: 'observation' });
  let total = 0;
  let totalNs = 0;
  for (const seed of SEEDS) {
    const history = hardHistory(seed);
    const judge = () => searchOne(callsOf(history, model), model);
    const { outcome, steps, configurations } = judge();
    cpuNsOf(judge);
    const eachNs = cpuNsOf(judge);
    const calls = callsOf(history, model);
    const open = calls.filter(({ completedAtUs }) => completedAtUs === Infinity).length;
    const events = 2 * calls.length - open;
    const name = `hard history ${seed}`;
    report({ name, events, cpuNs: eachNs, outcome, open, steps, configurations });
    total += events;
    totalNs += eachNs;
  }
  report({ name: 'hard histories', events: total, cpuNs: totalNs });
}

if (process.argv[1]?.includes('linearizable')) main();
