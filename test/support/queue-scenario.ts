/** A message queue with producers and consumers under faults of one's own choosing. */
import type { CheckResult } from '../../src/checks/checker.ts';
import totalQueue from '../../src/checks/total-queue/index.ts';
import crash from '../../src/faults/crash.ts';
import messageQueue from '../../src/nodes/messaging/message-queue/index.ts';
import type { MessageQueueParams } from '../../src/nodes/messaging/message-queue/params.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type { FaultSpec, LoadSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { constant, type DistributionSpec } from '../../src/sim/distribution.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import { defaultsOf, type Params } from '../../src/sim/params.ts';
import queue from '../../src/workloads/queue.ts';
import { strikeOf } from './strikes.ts';

type QueueLoad = Partial<Params<typeof queue.params>>;

/** One load: its name, its clients, and what is different from the defaults. */
export interface LoadSketch {
  readonly name: string;
  readonly clients?: number;
  readonly params: QueueLoad;
  readonly pace?: LoadSpec['pace'];
  readonly timeoutMs?: number;
  readonly operations?: number;
  readonly startMs?: number;
}

/** A crash at a time, for a time. */
export interface CrashSketch {
  readonly node: string;
  readonly atMs: number;
  readonly forMs: number;
}

export interface QueueSketch {
  readonly seed?: string;
  readonly ms: number;
  readonly params?: Partial<MessageQueueParams>;
  readonly bug?: string | null;
  readonly syncMs?: number;
  readonly latency?: DistributionSpec;
  readonly loss?: number;
  readonly loads: readonly LoadSketch[];
  readonly crashes?: readonly CrashSketch[];
  readonly faults?: readonly FaultSpec[];
  /** Whether messages travel over connections, which break. */
  readonly connections?: boolean;
}

/** The broker is `mq`; clients are `<load>-1`, ... */
export function queueScenario(sketch: QueueSketch): Scenario {
  const { seed = '1', ms, params = {}, bug = null, syncMs = 1, loss = 0, loads } = sketch;
  return {
    name: 'queue-by-hand',
    summary: '',
    file: null,
    canonical: '',
    seed,
    durationUs: ms * 1000,
    groups: [
      {
        name: 'mq',
        kind: 'message-queue',
        system: messageQueue,
        params: defaultsOf(messageQueue.params, params),
        nodes: ['mq'],
        regions: [null],
        bug,
        disk: { sync: constant(syncMs) },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: {
      latency: sketch.latency ?? { kind: 'uniform', min: 0.5, max: 2 },
      loss,
      duplicate: 0,
      reorder: 0,
      ...(sketch.connections === true ? { transport: 'connection' } : {}),
      links: [],
    },
    loads: loads.map((load) => loadOf(load, ms)),
    faults: [...(sketch.crashes ?? []).map(faultOf), ...(sketch.faults ?? [])],
    expect: [],
    drawn: [],
  };
}

const noThinking = { kind: 'closed', think: { kind: 'constant', value: 0.1 } } as const;

function loadOf(sketch: LoadSketch, ms: number): LoadSpec {
  const { name, clients = 1, params, pace = noThinking, timeoutMs = 2000 } = sketch;
  return {
    name,
    workload: queue,
    params: defaultsOf(queue.params, params),
    clients: Array.from({ length: clients }, (_, i) => `${name}-${i + 1}`),
    target: 'mq',
    targets: ['mq'],
    pinned: Array.from({ length: clients }, () => null),
    timeoutUs: timeoutMs * 1000,
    pace,
    startUs: (sketch.startMs ?? 0) * 1000,
    stopUs: ms * 1000,
    operationsMax: sketch.operations ?? Infinity,
  };
}

function faultOf({ node, atMs, forMs }: CrashSketch, i: number): FaultSpec {
  const atUs = Math.round(atMs * 1000);
  const forUs = Math.round(forMs * 1000);
  return strikeOf({ fault: crash, params: { nodes: node }, atUs, forUs }, i, ['mq']);
}

export interface QueueRun {
  readonly result: Result;
  readonly total: CheckResult;
  /** The sum of a measure of the broker; up to a time, if one is given. */
  sum(measure: string, untilMs?: number): number;
}

export function runQueue(sketch: QueueSketch): QueueRun {
  const result = simulate(queueScenario(sketch), { checkInvariants: true });
  if (result.error !== null) throw new Error(`seed ${sketch.seed}: ${result.error.message}`);
  return {
    result,
    total: totalQueue.check(result.history, result.facts),
    sum: (measure, untilMs = Infinity) =>
      result.facts.measured.series
        .filter(({ name }) => name === measure)
        .flatMap(({ values, timesUs, length }) =>
          [...values.subarray(0, length)].filter((_, i) => (timesUs[i] ?? 0) <= untilMs * 1000),
        )
        .reduce((sum, value) => sum + value, 0),
  };
}

/** Crashes of brokers and consumers at random moments, and lost messages. */
export function troubledQueue(
  seed: string,
  bug: string | null = null,
  params: Partial<MessageQueueParams> = {},
): QueueSketch {
  const random = new Streams(seed).get('trouble');
  const ms = 1500;
  const nodes = ['mq', 'mq', 'mq', 'mq', 'pulling-1', 'pulling-2', 'pushed-1', 'pushed-2'];
  const crashes = nodes.map((node) => ({
    node,
    atMs: random.between(0, ms - 1),
    forMs: random.between(5, 150),
  }));
  const work: QueueLoad = {
    dequeues: 1,
    work: { kind: 'uniform', min: 1, max: 60 },
    fail: 0.15,
    poison: [7, 23, 61],
  };
  return {
    seed,
    ms,
    bug,
    params: { visibility: 100, 'max-deliveries': 3, ...params },
    syncMs: 4,
    loss: 0.02,
    loads: [
      {
        name: 'producers',
        clients: 2,
        params: { dequeues: 0, resend: 60 },
        pace: { kind: 'open', arrivals: 'poisson', perSecond: 60 },
      },
      { name: 'pulling', clients: 2, params: { ...work, wait: 40 }, timeoutMs: 400 },
      { name: 'pushed', clients: 2, params: { ...work, mode: 'push', credit: 3 } },
    ],
    crashes,
  };
}
