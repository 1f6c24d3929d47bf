/**
 * Five servers, of Raft unless said otherwise, and their clients under faults of one's own
 * choosing, for tests of runs.
 */
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { constant } from '../../src/sim/distribution.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import register from '../../src/workloads/register.ts';
import { type StrikeSketch, strikeOf } from './strikes.ts';

export type { StrikeSketch };

export interface RaftOptions {
  readonly seed?: string;
  /** The patience of the clients; 300 ms without. */
  readonly timeoutUs?: number;
  readonly bug?: string | null;
  readonly seconds?: number;
  /** A client for each of these nodes. Default: one for each server. */
  readonly pinned?: readonly string[];
  readonly params?: { readonly [name: string]: unknown };
  /** Raft without it. */
  readonly system?: AnySystem;
}

const NODES: readonly string[] = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];

/** `seconds` (5) of five servers; faults are named `crash-1`, `partition-2`, by position. */
export function raftUnder(strikes: readonly StrikeSketch[], options: RaftOptions = {}): Scenario {
  const { seed = '1', bug = null, seconds = 5, pinned = NODES, params = {} } = options;
  const { system = raft } = options;
  const durationUs = seconds * 1_000_000;
  return {
    name: 'raft-by-hand',
    summary: '',
    file: null,
    canonical: '',
    seed,
    durationUs,
    groups: [
      {
        name: 'kv',
        kind: system.name,
        system,
        params: { ...defaultsOf(system.params), ...params },
        nodes: NODES,
        regions: NODES.map(() => null),
        bug,
        disk: { sync: constant(1) },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: {
      latency: { kind: 'lognormal', median: 2, p99: 12 },
      loss: 0,
      duplicate: 0,
      reorder: 0,
      links: [],
    },
    loads: [
      {
        name: 'load',
        workload: register,
        params: { ...defaultsOf(register.params), keys: 3 },
        clients: pinned.map((_, i) => `load-${i + 1}`),
        target: 'kv',
        targets: NODES,
        pinned,
        timeoutUs: options.timeoutUs ?? 300_000,
        pace: { kind: 'closed', think: { kind: 'exponential', mean: 25, min: 0 } },
        startUs: 0,
        stopUs: durationUs,
        operationsMax: Infinity,
      },
    ],
    faults: strikes.map((strike, i) => strikeOf(strike, i, NODES)),
    expect: [],
    drawn: [],
  };
}
