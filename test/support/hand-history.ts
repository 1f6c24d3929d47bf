/**
 * Histories and facts written by hand, for tests of metrics, judge, timeline and checkers. Times in
 * ms.
 */
import type { Facts, FaultFact, LoadFact } from '../../src/checks/checker.ts';
import * as interfaces from '../../src/interfaces/all.ts';
import { nothingFelt } from '../../src/sim/fault.ts';
import type { History, Operation, OperationOutcome } from '../../src/sim/history.ts';
import type { Interface } from '../../src/sim/interface.ts';
import { NOTHING_MEASURED } from '../../src/sim/measure.ts';
import type { NodeId, Plain } from '../../src/sim/node.ts';

export interface HandOperation {
  readonly at: number;
  /** How long it took; to the timeout for `info`. */
  readonly took?: number;
  readonly node?: NodeId | null;
  readonly f?: string;
  readonly key?: string | null;
  readonly input?: Plain;
  readonly output?: Plain;
  /** `ok` unless `error` is given. */
  readonly outcome?: OperationOutcome;
  readonly error?: string;
  readonly load?: string;
  readonly process?: number;
  readonly recorded?: true;
}

/**
 * In the order of invocation; each a read of `k1` at `kv-1` that took 1 ms, unless told otherwise.
 */
export function handHistory(operations: readonly HandOperation[]): History {
  const sorted = [...operations].sort((a, b) => a.at - b.at);
  return sorted.map((given, index): Operation => {
    const outcome = given.outcome ?? (given.error === undefined ? 'ok' : 'fail');
    const endedAtUs = Math.round((given.at + (given.took ?? 1)) * 1000);
    return {
      index,
      process: given.process ?? index,
      client: 'load-1',
      node: given.node === undefined ? 'kv-1' : given.node,
      load: given.load ?? 'load',
      f: given.f ?? 'read',
      key: given.key === undefined ? 'k1' : given.key,
      input: given.input ?? null,
      output: given.output ?? null,
      invokedAtUs: Math.round(given.at * 1000),
      outcome,
      error: given.error ?? null,
      completedAtUs: outcome === 'info' ? Infinity : endedAtUs,
      endedAtUs,
      ...(given.recorded === undefined ? {} : { recorded: given.recorded }),
    };
  });
}

/** The interface of this name; throws if there is none. */
export function interfaceNamed(name: string): Interface {
  const found = Object.values<Interface>(interfaces).find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no interface ${name}`);
  return found;
}

/** A load whose clients ask the interface of this name, with a patience of 100 ms. */
export function handLoad(
  name: string,
  asks: string,
  target: string,
  given: Partial<LoadFact> = {},
): LoadFact {
  return {
    name,
    workload: asks,
    asks: interfaceNamed(asks),
    params: {},
    target,
    clients: [],
    timeoutUs: 100_000,
    ...given,
  };
}

/** Five nodes `kv-1`...`kv-5`, one load with a patience of 100 ms, 10 s; nothing else happened. */
export function handFacts(given: Partial<Facts> = {}): Facts {
  return {
    durationUs: 10_000_000,
    endedAtUs: 12_000_000,
    groups: [{ name: 'kv', kind: 'raft', nodes: ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'] }],
    loads: [handLoad('load', 'register', 'kv', { clients: ['load-1'] })],
    faults: [],
    notes: [],
    notesLost: [],
    measured: NOTHING_MEASURED,
    traffic: null,
    down: [],
    liveness: [],
    nemeses: [],
    messages: { sent: 0, delivered: 0, copies: 0, dropped: 0, clientSent: 0, byType: new Map() },
    ...given,
  };
}

/** A partition of `kv-1 kv-2` from the rest that was felt, from and to so many ms. */
export function handFault(
  fromMs: number | null,
  untilMs: number | null,
  given: Partial<FaultFact> = {},
): FaultFact {
  return {
    name: 'partition',
    kind: 'partition',
    strike: 1,
    missed: fromMs === null ? 'found no target within 5s' : null,
    label: 'kv-1 kv-2 | kv-3 kv-4 kv-5',
    injectedAtUs: fromMs === null ? null : fromMs * 1000,
    healedAtUs: untilMs === null ? null : untilMs * 1000,
    sides:
      fromMs === null
        ? []
        : [
            { name: 'minority', nodes: ['kv-1', 'kv-2'] },
            { name: 'majority', nodes: ['kv-3', 'kv-4', 'kv-5'] },
          ],
    detail: {},
    felt: { ...nothingFelt(), messagesDropped: 12 },
    operationsTouched: 3,
    ...given,
  };
}
