/**
 * Random histories of sequential processes: who does what when, and how it ends. What is done and
 * answered comes from the test.
 */
import type { History, Operation, OperationOutcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

export interface Deed {
  readonly f: string;
  readonly input?: Plain;
  readonly output?: Plain;
}

export interface RandomOptions {
  readonly operations: number;
  readonly processes?: number;
  /** Shares of the operations that end so. */
  readonly info?: number;
  readonly fail?: number;
  /** Longest duration and pause, in ms: small ones make many operations share an instant. */
  readonly longest?: number;
}

/** `random` is uniform in [0, 1). A process that ended with `info` goes on as another. */
export function randomOperations(
  random: () => number,
  options: RandomOptions,
  deed: (random: () => number, place: number) => Deed,
): History {
  const { operations, processes = 3, info = 0.12, fail = 0.08, longest = 3 } = options;
  const upTo = (n: number) => Math.floor(random() * (n + 1));
  const free = Array.from({ length: processes }, () => 0);
  const names = Array.from({ length: processes }, (_, process) => process);
  const done: Operation[] = [];
  for (let place = 0; place < operations; place++) {
    // Whoever is free first, mostly.
    const process =
      random() < 0.7
        ? free.reduce((best, at, i) => (at < (free[best] ?? 0) ? i : best), 0)
        : upTo(processes - 1);
    const from = (free[process] ?? 0) + upTo(longest);
    const to = from + upTo(longest);
    free[process] = to + 1;
    const drawn = random();
    const outcome: OperationOutcome = drawn < info ? 'info' : drawn < info + fail ? 'fail' : 'ok';
    const { f, input = null, output = null } = deed(random, place);
    const name = names[process] ?? 0;
    done.push({
      index: 0,
      process: name,
      client: `client ${process}`,
      node: null,
      load: 'load',
      f,
      key: null,
      input,
      invokedAtUs: from * 1000,
      outcome,
      output: outcome === 'ok' ? output : null,
      error: outcome === 'ok' ? null : 'timeout',
      completedAtUs: outcome === 'info' ? Infinity : to * 1000,
      endedAtUs: to * 1000,
    });
    if (outcome === 'info') names[process] = name + processes;
  }
  done.sort((a, b) => a.invokedAtUs - b.invokedAtUs);
  return done.map((operation, index) => ({ ...operation, index }));
}
