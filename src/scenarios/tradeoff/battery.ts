/**
 * The battery: which runs are made to find out what a store gives up, and when. Each run is the
 * scenario with probes in place of the load that is measured, one client for each node that is
 * asked, and with one cut, or none. Everything is a function of the scenario and its seed.
 *
 * - *Cells*: the scenario's own faults, if they cut something, and a cut of each shape that the
 *   number of replicas allows. Each cell has 30 seeds, the unit of all statistics: operations of
 *   one run depend on each other.
 * - *Other faults*: a pause, a clock that is ahead, a power cut. They cut nothing and give no
 *   letter.
 * - *Calm runs*: the same requests of the same seeds without a cut, so that each run of a cell has
 *   a twin. And shorter ones at twice and four times the latency between nodes, while that of
 *   clients stays: what an operation waits for shows in how its own latency grows. And short ones
 *   in which one replica is farther away than the others: what does not wait for it shows in reads
 *   that are stale there.
 */
import type { Facts, Metric } from '../../checks/checker.ts';
import messageMetrics from '../../checks/metrics/messages.ts';
import register from '../../interfaces/register.ts';
import { compile } from '../../sim/kernel/distribution.ts';
import type { NodeId } from '../../sim/node.ts';
import { severingKinds } from '../declared.ts';
import type { FaultSpec, LoadSpec, NetworkSpec, Scenario } from '../scenario.ts';
import { observe } from '../simulate.ts';
import { detectionUs } from '../verdict/cap.ts';
import { batteryCut, type CutParams, type CutShape } from './cuts.ts';
import { onceWritten } from './once-written.ts';
import { type NamedFault, otherFaultsOf } from './other-faults.ts';
import { farNetwork, networkWith, slowedNetwork } from './probe-links.ts';
import { type Subject, subjectOf } from './subject.ts';
import { dividedTimes } from './time-scale.ts';

/** Runs of each cell, and of the calm at once the latency. */
export const SEEDS = 30;
/** Runs at each of the larger latencies: medians of latency hardly differ from seed to seed. */
const SLOW_SEEDS = 10;
/** Runs in which one replica is far away, and how many times as far as the others. */
const FAR_SEEDS = 30;
export const FAR_BY = 4;
/** The cell of these runs in samples. */
export const FAR = 'one replica far away';
/** Runs of each fault that cuts nothing, and so gives no letter. */
const OTHER_SEEDS = 10;
/** Calm runs in which bytes are counted, which takes time. */
const SIZED_SEEDS = 3;
export const SCALES: readonly number[] = [1, 2, 4];

/** Patience of a probe, where the load of the scenario waits forever. */
const PATIENCE_US = 1_000_000;
/** A cut lasts for this many times the patience, or this many times the detection, at least. */
const PATIENCES = 20;
const DETECTIONS = 6;
const WARM_UP_MIN_US = 1_000_000;
const BEFORE_US = 1_000_000;
const AFTER_MIN_US = 1_000_000;
const SLOW_US = 3_000_000;
/** Requests that each probe makes in a cut, and a second, at most. */
const REQUESTS = 120;
const RATE_MAX = 20;
/** Of all probes together, a second: more nodes to ask make no run longer. */
const RATE_ALL_MAX = 60;
const KEYS_MAX = 10;
/** Clients of the only node that is asked: one alone never overlaps itself. */
const CLIENTS_OF_ONE = 3;
/** How long before the final reads the probes stop, at least, so that copies catch up. */
const QUIET_US = 300_000;
const QUIET_LATENCIES = 10;
const PROBE = 'tradeoff-probe';
/** Writes a second, of each client, to keys that are written once. */
const ONCE_RATE = 4;
/**
 * Writes of each client to such keys while the sides find out that they are apart, the time in
 * which an old leader goes on: with few, some runs would show no loss by chance.
 */
const ONCE_IN_GAP = 20;
const ONCE_RATE_MAX = 40;
const GAP_OF_LEADERS = 1.5;
const ONCE_PROBE = 'tradeoff-loss-probe';

export interface Cell {
  /** `leader in the minority`. */
  readonly name: string;
  /**
   * Whether it decides the letter: it leaves nobody between the sides, and parts regions if any.
   */
  readonly decides: boolean;
  readonly faults: 'own' | { readonly shape: CutShape; readonly params: CutParams };
}

/** What happens in a run: a cut, or a fault that cuts nothing. */
export type Struck = Cell | NamedFault;

export interface Task {
  readonly index: number;
  /** null: without a fault. */
  readonly cell: Struck | null;
  readonly scale: number;
  /** The replica that is far away; null: none. */
  readonly far: NodeId | null;
  readonly seed: string;
}

export interface Battery {
  /** As it was given, with its times divided. */
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly cells: readonly Cell[];
  /** Faults that cut nothing, and give no letter. */
  readonly others: readonly NamedFault[];
  readonly tasks: readonly Task[];
  readonly timeScale: number;
  readonly seeds: number;
  readonly patienceUs: number;
  readonly detectionUs: number;
  readonly warmUpUs: number;
  readonly cutUs: number;
  readonly afterUs: number;
  /** Requests a second of all probes. */
  readonly perSecond: number;
  readonly clients: number;
  /** Mean one-way latency between replicas, in µs. */
  readonly oneWayUs: number;
  /** Whether one replica leads. */
  readonly leads: boolean;
}

export interface BatteryOptions {
  /** Runs of each cell; 30 by default. A label rests on 30. */
  readonly seeds?: number;
  /** What the durations of the store are divided by; 1 by default. */
  readonly timeScale?: number;
}

/** A sentence where there is nothing to measure. Runs the scenario once, to see who leads. */
export function planBattery(given: Scenario, options: BatteryOptions = {}): Battery | string {
  const { seeds = SEEDS, timeScale = 1 } = options;
  const scenario = {
    ...given,
    groups: given.groups.map((group) => dividedTimes(group, timeScale)),
  };
  const subject = subjectOf(scenario);
  if (typeof subject === 'string') return subject;
  const { load, asked, replicas, fronts, arbiters } = subject;
  const foundUs = detectionUs(scenario, new Set([...replicas, ...fronts, ...arbiters]));
  const patienceUs = load.timeoutUs === Infinity ? PATIENCE_US : load.timeoutUs;
  const cutUs = Math.ceil(Math.max(PATIENCES * patienceUs, DETECTIONS * foundUs));
  const clients = asked.length === 1 ? CLIENTS_OF_ONE : asked.length;
  const perNode = Math.min(RATE_MAX, RATE_ALL_MAX / clients, (REQUESTS * 1_000_000) / cutUs);
  const sized = {
    scenario,
    subject,
    timeScale,
    seeds,
    patienceUs,
    detectionUs: foundUs,
    warmUpUs: Math.max(WARM_UP_MIN_US, 4 * foundUs),
    cutUs,
    afterUs: Math.max(AFTER_MIN_US, 2 * foundUs),
    perSecond: perNode * clients,
    clients,
    oneWayUs: oneWayUs(scenario.network, replicas),
  };
  const empty: Battery = { ...sized, cells: [], others: [], tasks: [], leads: false };
  const leads = whoLeads(empty).length > 0;
  const alone = replicas.length < 2;
  const cells = alone ? [] : cellsOf(scenario, subject, leads);
  const all = [...replicas, ...fronts, ...arbiters];
  const others = alone ? [] : otherFaultsOf(replicas, all, { ...sized, leads });
  const tasks = tasksOf({ ...sized, cells, others });
  return { ...sized, cells, others, tasks, leads };
}

// --- Cells -------------------------------------------------------------------------------------

function cellsOf(scenario: Scenario, subject: Subject, leads: boolean): readonly Cell[] {
  const { replicas, fronts, arbiters } = subject;
  const size = replicas.length;
  const fewer = Math.max(1, Math.ceil(size / 2) - 1);
  const inRegions = new Set(replicas.map((node) => regionOf(node, scenario))).size > 1;
  const cutFronts = fronts.filter((_, i) => i % 2 === 1);
  const otherFronts = fronts.filter((_, i) => i % 2 === 0);
  const cell = (
    name: string,
    shape: CutShape,
    leader: CutParams['leader'],
    count: CutParams['count'],
    names: CutParams['names'],
  ): Cell => {
    const stands = [cutFronts, otherFronts] as const;
    const params: CutParams = { shape, leader, count, names, arbiters, fronts: stands };
    // Networks part between regions, where there are several.
    const decides = shape === 'apart' && (count === 'region' || !inRegions);
    return { name, decides, faults: { shape, params } };
  };
  const alone = leads ? 'leader' : 'one node';
  const someone = leads ? 'inside' : null;
  const sides = fewer * 2 === size ? HALVES : MINORITY;
  return [
    ...(severingKinds(scenario).size > 0
      ? [{ name: 'as written', decides: true, faults: 'own' as const }]
      : []),
    ...(inRegions ? [cell('regions apart', 'apart', null, 'region', REGIONS)] : []),
    ...(leads
      ? [
          cell('leader in the minority', 'apart', 'inside', fewer, sides),
          cell('leader in the majority', 'apart', 'outside', fewer, sides),
        ]
      : [cell('minority cut off', 'apart', null, fewer, sides)]),
    ...(fewer > 1
      ? [
          cell(
            `one ${leads ? 'follower' : 'node'} alone`,
            'apart',
            leads ? 'outside' : null,
            1,
            ONE,
          ),
        ]
      : []),
    ...(size % 2 === 0 && size > 2 ? [cell('two halves', 'apart', someone, size / 2, HALVES)] : []),
    cell(`${alone} hears nobody`, 'deaf', someone, 1, ONE),
    cell(`nobody hears ${leads ? 'the leader' : alone}`, 'mute', someone, 1, ONE),
    ...(size > 2 ? [cell('bridge', 'bridge', null, 0, HALVES)] : []),
    ...(arbiters.length > 0
      ? [cell(`arbiter loses the ${leads ? 'leader' : 'node'}`, 'arbiter', someone, 1, ONE)]
      : []),
  ];
}

const MINORITY = ['minority', 'majority'] as const;
const HALVES = ['left', 'right'] as const;
const REGIONS = ['one region', 'the others'] as const;
const ONE = ['the one', 'the others'] as const;

function tasksOf({
  cells,
  others,
  scenario,
  seeds,
  subject: { replicas },
}: Pick<Battery, 'cells' | 'others' | 'scenario' | 'seeds' | 'subject'>): readonly Task[] {
  const tasks: Task[] = [];
  const add = (cell: Struck | null, scale: number, count: number, isFar = false): void => {
    for (let i = 1; i <= count; i++) {
      const far = (isFar ? replicas[i % replicas.length] : null) ?? null;
      tasks.push({ index: tasks.length, cell, scale, far, seed: `${scenario.seed}.${i}` });
    }
  };
  for (const scale of SCALES) add(null, scale, scale === 1 ? seeds : Math.min(seeds, SLOW_SEEDS));
  for (const cell of cells) add(cell, 1, seeds);
  if (replicas.length > 1) add(null, 1, Math.min(seeds, FAR_SEEDS), true);
  for (const other of others) add(other, 1, Math.min(seeds, OTHER_SEEDS));
  return tasks;
}

// --- One run -----------------------------------------------------------------------------------

/** The scenario of one run. */
export function scenarioOfTask(battery: Battery, task: Task): Scenario {
  const { index, cell, scale, far, seed } = task;
  const { scenario, subject, warmUpUs, cutUs, afterUs } = battery;
  const own = cell?.faults === 'own';
  const sized = cell === null && scale === 1 && index < SIZED_SEEDS;
  const isSlow = scale > 1 || far !== null;
  const struckUs = cell === null || own ? cutUs : faultOf(battery, cell).forUs;
  const durationUs = own
    ? Math.min(scenario.durationUs, lastHealUs(scenario) + afterUs)
    : warmUpUs + (isSlow ? SLOW_US : BEFORE_US + (struckUs ?? cutUs) + afterUs);
  const startUs = own ? Math.max(warmUpUs, firstStrikeUs(scenario) - BEFORE_US) : warmUpUs;
  const probe = { ...probeOf(battery, far === null ? scale : FAR_BY, durationUs), startUs };
  const onceProbe = onceProbeOf(probe, battery);
  const network = networkWith([probe, onceProbe], subject.load, scenario.network);
  const clients = [...probe.clients, ...onceProbe.clients];
  const servers = scenario.groups.flatMap(({ nodes }) => nodes);
  const others = servers.filter((node) => node !== far);
  const { actions, nemeses, ...rest } = scenario;
  return {
    ...rest,
    seed,
    durationUs,
    loads: [
      probe,
      ...(isSlow || probe.workload.asks !== register ? [] : [onceProbe]),
      ...scenario.loads.filter((load) => load.target !== subject.load.target),
    ],
    network:
      far !== null
        ? farNetwork(network, far, others, FAR_BY)
        : scale === 1
          ? network
          : slowedNetwork(network, clients, servers, scale),
    faults: own ? scenario.faults : cell === null ? [] : [faultOf(battery, cell)],
    ...(own && actions !== undefined ? { actions } : {}),
    ...(own && nemeses !== undefined ? { nemeses } : {}),
    expect: [],
    // Bytes are counted only where somebody asks for them.
    show: sized ? [{ text: bytes.name, metric: bytes, args: [] }] : [],
  };
}

/**
 * From when on faults may strike; clients that ask long before show nothing that calm runs do not.
 */
function firstStrikeUs({ faults, nemeses = [] }: Scenario): number {
  return Math.min(...[...faults, ...nemeses].map(({ atUs }) => atUs));
}

/** When the last fault heals, if that is known; else Infinity. */
function lastHealUs({ faults, nemeses = [], actions = [] }: Scenario): number {
  if (nemeses.length > 0 || actions.length > 0) return Infinity;
  const ends = faults.map(({ atUs, forUs, when, repeat }) =>
    when == null && repeat == null && forUs !== null ? atUs + forUs : Infinity,
  );
  return Math.max(...ends);
}

const bytes = messageMetrics.find(({ name }) => name === 'bytes') as Metric;

/** Bytes between nodes over the whole run; null if nobody counted them. */
export function bytesOf(facts: Facts): number | null {
  if (facts.traffic?.sent.bytes == null) return null;
  return bytes.measure([], [{ fromUs: 0, untilUs: facts.durationUs }], [], facts).value;
}

function faultOf({ subject, warmUpUs, cutUs }: Battery, { name, faults }: Struck): FaultSpec {
  const when = { atUs: warmUpUs + BEFORE_US, mayMiss: true, position: null } as const;
  if (faults !== 'own' && 'fault' in faults) return { name, ...faults, ...when };
  const params = faults === 'own' ? {} : (faults.params as unknown as FaultSpec['params']);
  return { name, fault: batteryCut, params, of: subject.replicas, forUs: cutUs, ...when };
}

/** The measured load, but pinned, slow enough to be cheap, and on few enough keys to meet. */
function probeOf(battery: Battery, scale: number, durationUs: number): LoadSpec {
  const { subject, patienceUs, perSecond, clients, scenario } = battery;
  const { load, asked } = subject;
  const { calls, operationsMax: _max, ...rest } = load;
  const pinned = Array.from({ length: clients }, (_, i) => asked[i % asked.length] ?? null);
  const { keys } = load.params;
  const count =
    typeof keys === 'object' && keys !== null ? (keys as { count: number }).count : keys;
  return {
    ...rest,
    ...(calls === undefined ? {} : { calls }),
    name: PROBE,
    object: load.object ?? load.target,
    clients: pinned.map((_, i) => `${PROBE}-${i + 1}`),
    regions: pinned.map((node) => regionOf(node, scenario)),
    pinned,
    params:
      load.workload.params['keys']?.type === 'keys'
        ? { ...load.params, keys: Math.min(KEYS_MAX, Number(count)) }
        : load.params,
    timeoutUs: patienceUs * scale,
    pace: { kind: 'open', arrivals: 'poisson', perSecond },
    startUs: 0,
    stopUs: durationUs - Math.max(QUIET_US, QUIET_LATENCIES * battery.oneWayUs),
    operationsMax: Infinity,
  };
}

/** Beside the probe, on the same object, from the same places. */
function onceProbeOf(probe: LoadSpec, battery: Battery): LoadSpec {
  const { perSecond, clients, detectionUs: foundUs } = battery;
  const perClient = Math.min(ONCE_RATE, (perSecond / clients) * (ONCE_RATE / RATE_MAX));
  const denseUs = Math.ceil(GAP_OF_LEADERS * foundUs);
  const dense = Math.min(ONCE_RATE_MAX, (ONCE_IN_GAP * 1_000_000) / denseUs);
  const pieces = [
    [BEFORE_US, perClient],
    [denseUs, Math.max(dense, perClient)],
    [1, perClient],
  ].map(([forUs = 0, rate = 0]) => ({ forUs, from: rate * clients, to: rate * clients }));
  return {
    ...probe,
    name: ONCE_PROBE,
    workload: onceWritten,
    params: {},
    clients: probe.pinned.map((_, i) => `${ONCE_PROBE}-${i + 1}`),
    pace: {
      kind: 'open',
      arrivals: 'poisson',
      perSecond: foundUs === 0 ? perClient * clients : Math.max(...pieces.map(({ to }) => to)),
      shape: foundUs === 0 ? null : { pieces, repeats: false },
    },
  };
}

function regionOf(node: NodeId | null, { groups }: Scenario): string | null {
  for (const { nodes, regions } of groups) {
    const at = nodes.indexOf(node ?? '');
    if (at !== -1) return regions[at] ?? null;
  }
  return null;
}

/** The median over all pairs of replicas of the mean latency; the median where it has no mean. */
function oneWayUs(network: NetworkSpec, replicas: readonly NodeId[]): number {
  const means: number[] = [];
  for (const from of replicas) {
    for (const to of replicas) {
      if (from === to) continue;
      let { latency } = network;
      for (const rule of network.links) {
        if (!rule.from.includes(from) || !rule.to.includes(to)) continue;
        latency = rule.link.latency ?? latency;
      }
      const compiled = compile(latency);
      const { mean } = compiled;
      means.push((Number.isFinite(mean) ? mean : compiled.quantile(0.5)) * 1000);
    }
  }
  means.sort((a, b) => a - b);
  return means[Math.floor(means.length / 2)] ?? 0;
}

/** Who leads after the warm-up of one calm run. */
function whoLeads(battery: Battery): readonly NodeId[] {
  const task: Task = {
    index: -1,
    cell: null,
    scale: 1,
    far: null,
    seed: `${battery.scenario.seed}.1`,
  };
  const scenario = scenarioOfTask(battery, task);
  const { leading } = observe({
    ...scenario,
    durationUs: battery.warmUpUs,
    loads: scenario.loads.map((load) => ({ ...load, startUs: 0, stopUs: 0, operationsMax: 0 })),
    settleUs: 0,
    verifyUs: 0,
    show: [],
  });
  return leading.filter((node) => battery.subject.replicas.includes(node));
}
