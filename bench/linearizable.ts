/**
 * The linearizability checker on hard histories: one register of five values, 150 to 170 events, twenty
 * clients at once and about as many operations that never ended; every second one has a read that
 * was given another value. One line of JSON a history, then one for all of them; an event is an
 * invocation or a completion.
 */
import { checkLinearizable } from '../src/checks/linearizable.ts';
import { register } from '../src/checks/models/register.ts';
import type { History } from '../src/sim/history.ts';
import { randomOf, simulateRegister } from '../test/support/simulated-register.ts';
import { cpuNs, report } from './measure.ts';

const HISTORIES = 20;
/** Each history is checked again and again for so long. */
const MEASURED_NS = 40e6;

export function hardHistory(seed: number): History {
  const history = simulateRegister({
    seed,
    operations: 90,
    processes: 20,
    values: 5,
    reads: 0.35,
    cas: 0.35,
    unknown: 0.22,
  });
  if (seed % 2 === 0) return history;
  const random = randomOf(seed);
  const reads = history.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const chosen = reads[Math.floor((0.7 + 0.3 * random()) * reads.length)];
  const output = 1 + Math.floor(5 * random());
  return history.map((operation) => (operation === chosen ? { ...operation, output } : operation));
}

/** Events that a checker sees: two for each operation answered, one for each open one. */
function eventsOf(history: History): number {
  return history.reduce((sum, { outcome }) => sum + (outcome === 'info' ? 1 : 2), 0);
}

export function main(): void {
  let events = 0;
  let totalNs = 0;
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const history = hardHistory(seed);
    let result = checkLinearizable(history, register);
    const startNs = cpuNs();
    let times = 0;
    do {
      result = checkLinearizable(history, register);
      times++;
    } while (cpuNs() - startNs < MEASURED_NS);
    const eachNs = (cpuNs() - startNs) / times;
    const { open = 0, steps = 0, states = 0 } = result.numbers;
    const { verdict } = result;
    const name = `hard history ${seed}`;
    report({ name, events: eventsOf(history), cpuNs: eachNs, verdict, open, steps, states });
    events += eventsOf(history);
    totalNs += eachNs;
  }
  report({ name: 'hard histories', events, cpuNs: totalNs });
}

main();
