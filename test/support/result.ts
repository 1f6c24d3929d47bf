/**
 * Results made by hand, for tests of reports: a partition that a register did not survive, and
 * parts to vary it.
 */

import type { CheckResult, Facts, FaultFact, MessageCounts } from '../../src/checks/checker.ts';
import register from '../../src/interfaces/register.ts';
import type {
  AvailabilityCell,
  CapLine,
  Judged,
  Result,
  RunError,
  Timeline,
} from '../../src/scenarios/result.ts';
import type { LoadSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { afterError } from '../../src/scenarios/verdict/expectations.ts';
import { constant } from '../../src/sim/distribution.ts';
import { nothingFelt } from '../../src/sim/fault.ts';
import type { Operation } from '../../src/sim/history.ts';
import { NOTHING_MEASURED } from '../../src/sim/measure.ts';
import { defineParams } from '../../src/sim/params.ts';
import { defineSystem } from '../../src/sim/system.ts';
import { defineWorkload } from '../../src/workloads/workload.ts';
import { handLoad } from './hand-history.ts';

const SECOND = 1_000_000;
export const nodes: readonly string[] = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];
export const clients: readonly string[] = ['load-1', 'load-2', 'load-3', 'load-4', 'load-5'];

export const system = defineSystem({
  name: 'raft',
  title: 'Raft',
  summary: 'A replicated log with one leader.',
  sources: ['Ongaro & Ousterhout 2014'],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params: defineParams({
    heartbeat: { type: 'duration', default: 50, doc: 'How often a leader speaks.' },
  }),
  bugs: {
    'stale-read': { doc: 'A leader answers reads without asking.', caughtBy: 'linearizable' },
  },
  invariants: [],
  create: () => ({ start() {}, receive() {} }),
});

export const workload = defineWorkload({
  name: 'register',
  summary: 'Reads and writes of a few keys.',
  params: {},
  asks: register,
  operations: ['read', 'write'],
  tell: (f, input, output) =>
    f === 'read'
      ? `read → ${output === undefined ? '?' : JSON.stringify(output)}`
      : `write ${input}`,
  generator: () => ({ next: () => null, last: () => null }),
  outputOf: () => null,
});

const load: LoadSpec = {
  name: 'load',
  workload,
  params: {},
  clients,
  target: 'kv',
  targets: nodes,
  pinned: nodes,
  timeoutUs: 300_000,
  pace: { kind: 'open', arrivals: 'poisson', perSecond: 100 },
  startUs: 0,
  stopUs: 30 * SECOND,
  operationsMax: Infinity,
};

export function buildScenario(overrides: Partial<Scenario> = {}): Scenario {
  return {
    name: 'partition',
    summary: 'A leader cut off with a minority must stop acknowledging writes.',
    file: 'scenarios/partition.yaml',
    canonical: 'name: partition\n',
    seed: '42',
    durationUs: 30 * SECOND,
    groups: [
      {
        name: 'kv',
        kind: 'raft',
        system,
        params: {},
        nodes,
        regions: nodes.map(() => null),
        bug: null,
        disk: { sync: constant(0) },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: { latency: constant(1), loss: 0, duplicate: 0, reorder: 0, links: [] },
    loads: [load],
    faults: [],
    expect: [],
    drawn: [],
    ...overrides,
  };
}

export function buildOperation(
  overrides: Partial<Operation> & { readonly index: number },
): Operation {
  const completedAtUs = overrides.completedAtUs ?? overrides.endedAtUs ?? 1000;
  return {
    process: 0,
    client: 'load-1',
    node: 'kv-1',
    load: 'load',
    f: 'read',
    key: 'x',
    input: null,
    invokedAtUs: 0,
    outcome: 'ok',
    output: null,
    error: null,
    completedAtUs,
    endedAtUs: completedAtUs,
    ...overrides,
  };
}

/**
 * The stale read: a write acknowledged by the majority, then an older value from the cut-off
 * leader.
 */
export const staleRead: readonly Operation[] = [
  buildOperation({
    index: 0,
    f: 'write',
    input: 3,
    invokedAtUs: 9_120_000,
    completedAtUs: 9_134_000,
  }),
  buildOperation({
    index: 1,
    process: 2,
    client: 'load-3',
    node: 'kv-3',
    f: 'write',
    input: 5,
    invokedAtUs: 12_300_000,
    completedAtUs: 12_310_000,
  }),
  buildOperation({
    index: 2,
    process: 1,
    client: 'load-2',
    node: 'kv-2',
    output: 3,
    invokedAtUs: 12_838_000,
    completedAtUs: 12_840_000,
  }),
  buildOperation({
    index: 3,
    process: 3,
    client: 'load-4',
    node: 'kv-4',
    f: 'write',
    input: 9,
    outcome: 'info',
    error: 'timeout',
    invokedAtUs: 12_305_000,
    completedAtUs: Infinity,
    endedAtUs: 12_605_000,
  }),
];

export const failedCheck: CheckResult = {
  checker: 'linearizable',
  verdict: 'fail',
  summary: 'A read of x returned 3 at 12.840s although 5 had been acknowledged at 12.310s.',
  reasons: [
    'load-3 wrote 5 through kv-3, which the majority acknowledged.',
    'load-2 then read 3 from kv-2, which had been cut off from the majority since 10.000s.',
  ],
  evidence: [0, 1, 2],
  key: 'x',
  atUs: 12_840_000,
  numbers: { operations: 2980 },
};

export function buildFault(overrides: Partial<FaultFact> = {}): FaultFact {
  return {
    name: 'partition',
    kind: 'partition',
    strike: 1,
    missed: null,
    label: 'kv-2 kv-5 | kv-1 kv-3 kv-4',
    injectedAtUs: 10 * SECOND,
    healedAtUs: 20 * SECOND,
    sides: [
      { name: 'minority', nodes: ['kv-2', 'kv-5'] },
      { name: 'majority', nodes: ['kv-1', 'kv-3', 'kv-4'] },
    ],
    detail: {},
    felt: { ...nothingFelt(), messagesDropped: 312 },
    operationsTouched: 40,
    ...overrides,
  };
}

const messages: MessageCounts = {
  sent: 11_204,
  delivered: 13_841,
  copies: 2_949,
  dropped: 312,
  clientSent: 5_960,
  byType: new Map([
    ['append', 9_000],
    ['append_ok', 2_204],
  ]),
};

export function buildFacts(overrides: Partial<Facts> = {}): Facts {
  return {
    durationUs: 30 * SECOND,
    endedAtUs: 31_200_000,
    groups: [{ name: 'kv', kind: 'raft', nodes }],
    loads: [handLoad('load', 'register', 'kv', { clients, timeoutUs: 300_000 })],
    faults: [buildFault()],
    notes: [],
    notesLost: [],
    measured: NOTHING_MEASURED,
    traffic: null,
    down: [],
    liveness: [],
    nemeses: [],
    messages,
    ...overrides,
  };
}

/** A row of 60 cells of half a second, 50 asked in each; `answered` gives how many of them. */
export function buildCells(answered: (cell: number) => number): readonly AvailabilityCell[] {
  return Array.from({ length: 60 }, (_, cell) => ({ asked: 50, answered: answered(cell) }));
}

/** Its whole is the sum of its cells. */
export function buildRow(
  name: string,
  cells: readonly AvailabilityCell[],
): Timeline['availability'][number] {
  const sum = (of: (cell: AvailabilityCell) => number) =>
    cells.reduce((total, cell) => total + of(cell), 0);
  return {
    name,
    cells,
    whole: { asked: sum(({ asked }) => asked), answered: sum(({ answered }) => answered) },
  };
}

export function buildTimeline(overrides: Partial<Timeline> = {}): Timeline {
  const during = (cell: number) => cell >= 20 && cell < 40;
  return {
    fromUs: 0,
    untilUs: 30 * SECOND,
    cells: 60,
    availability: [
      buildRow(
        'all',
        buildCells((cell) => (during(cell) ? (cell < 22 ? 0 : 30) : 50)),
      ),
      buildRow(
        'majority',
        buildCells((cell) => (during(cell) && cell < 22 ? 0 : 50)),
      ),
      buildRow(
        'minority',
        Array.from({ length: 60 }, (_, cell) =>
          during(cell) ? { asked: 20, answered: cell === 25 ? 1 : 0 } : { asked: 0, answered: 0 },
        ),
      ),
    ],
    series: [],
    latencyMs: Array.from({ length: 60 }, (_, cell) =>
      cell === 20 || cell === 21 ? null : cell === 40 ? 1840 : cell === 41 ? 310 : 8 + (cell % 3),
    ),
    leaders: [
      { node: 'kv-2', term: 1, atUs: 210_000, untilUs: 20_100_000 },
      { node: 'kv-3', term: 2, atUs: 10_900_000, untilUs: null },
    ],
    ...overrides,
  };
}

export function buildJudged(overrides: Partial<Judged> & { readonly text: string }): Judged {
  return { state: 'held', measured: '', because: '', check: null, ...overrides };
}

export const cap: CapLine = {
  seeds: 1,
  seedsWanted: 30,
  letters: '-',
  sides: [
    { name: 'majority', nodes: ['kv-1', 'kv-3', 'kv-4'], asked: 600, answered: 558 },
    { name: 'minority', nodes: ['kv-2', 'kv-5'], asked: 400, answered: 1 },
  ],
  linearizable: 'fail',
  exposure: 17,
  sentence:
    'In this run the store gave up both: the minority stopped and a stale read got through.',
};

export function buildError(overrides: Partial<RunError> = {}): RunError {
  return {
    kind: 'handler',
    node: 'kv-3',
    atUs: 12_840_000,
    event: 48_210,
    message: "Cannot read properties of undefined (reading 'term')",
    stack: [
      "TypeError: Cannot read properties of undefined (reading 'term')",
      '    at Raft.onAppend (nodes/raft.ts:120:31)',
      '    at Raft.receive (nodes/raft.ts:64:12)',
    ].join('\n'),
    tail: ['12839.100ms kv-2⇒kv-3 append term=2', '12840.000ms kv-2⇒kv-3 append_ok term=2'],
    ...overrides,
  };
}

/** A violated run of the partition scenario; override what the test is about. */
export function buildResult(overrides: Partial<Result> = {}): Result {
  const timeline = overrides.timeline ?? buildTimeline();
  return {
    scenario: buildScenario(),
    seed: '42',
    digests: {
      outcome: '00000000000000aa',
      history: '00000000000000bb',
      messages: '00000000000000cc',
      order: '0123456789abcdef',
    },
    events: 48_210,
    history: staleRead,
    facts: buildFacts(),
    checks: [failedCheck],
    judged: [
      buildJudged({
        text: 'linearizable',
        state: 'violated',
        measured: failedCheck.summary,
        check: failedCheck,
      }),
      buildJudged({
        text: 'availability(majority) >= 90% during partition',
        measured: '93.00%',
        because: '558 of 600 answered',
      }),
      buildJudged({
        text: 'availability(minority) <= 0% during partition',
        state: 'violated',
        measured: '0.25%',
        because: '1 of 400 answered, #2 at 12.840s',
      }),
      buildJudged({
        text: "sometimes 'snapshot installed'",
        state: 'never exercised',
        because: 'no node noted it in the whole run',
      }),
    ],
    timeline,
    timelineAt: () => timeline,
    cap,
    error: null,
    state: 'violated',
    struck: new Map(),
    tail: () => [],
    ...overrides,
  };
}

/** The same run as it should have been; with an error, what that leaves of it. */
export function buildHeld(overrides: Partial<Result> = {}): Result {
  const check: CheckResult = {
    ...failedCheck,
    verdict: 'pass',
    summary: 'every one of 2 980 operations fits one order',
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
  };
  return buildResult({
    checks: [check],
    judged: [
      buildJudged({ text: 'linearizable', measured: check.summary, check }),
      buildJudged({
        text: 'availability(majority) >= 90% during partition',
        measured: '93.00%',
        because: '558 of 600 answered',
      }),
    ],
    cap: null,
    state: afterError(overrides.error ?? null, 'held', overrides.checks ?? [check]),
    ...overrides,
  });
}
