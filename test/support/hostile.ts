/**
 * One group of any kind in a hostile world, for searches over many seeds: `tryHostile` runs a seed
 * and says what broke.
 *
 * There is one configuration for all kinds and all of their bugs. Each seed draws its temper from
 * it: which faults strike (a nemesis with a swarm of moves; power cuts over slow disks; a leader
 * that is cut off or crashed again and again; ambushes at delicate moments), how slow disks and
 * links are, how much the network loses, doubles and reorders. Clients retry under the same
 * session, so that repeats reach whatever drops them.
 */
import type { AnyChecker } from '../../src/checks/checker.ts';
import crash from '../../src/faults/crash.ts';
import join from '../../src/faults/join.ts';
import partition from '../../src/faults/partition.ts';
import { type CommandParams, commandAction } from '../../src/faults/parts/command.ts';
import { policy as retry } from '../../src/nodes/traffic/retry/index.ts';
import { policy as timeout } from '../../src/nodes/traffic/timeout/index.ts';
import { moves } from '../../src/scenarios/nemesis/repertoire.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type {
  FaultSpec,
  GroupSpec,
  LoadSpec,
  NemesisSpec,
  PolicySpec,
  RoleSpec,
  Scenario,
} from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { Random } from '../../src/sim/node.ts';
import { defaultsOf, type Selector } from '../../src/sim/params.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import type { AnyWorkload } from '../../src/workloads/workload.ts';
import { allFaults } from './all-faults.ts';
import { ambushes } from './ambushes.ts';
import { type StrikeSketch, strikeOf } from './strikes.ts';

type Given = { readonly [name: string]: unknown };

export interface HostileOptions {
  readonly system: AnySystem;
  readonly seed: string;
  readonly bug?: string | null;
  /** Of the group; a function draws them for the seed. */
  readonly params?: object | ((random: Random, syncMs: number) => object);
  readonly workload: AnyWorkload;
  readonly load?: { readonly [name: string]: unknown };
  /**
   * Of a second client for each node, by the parameters of the group; null or absent: none. Who
   * waits for a write cannot read meanwhile.
   */
  readonly readers?: (params: Given) => Given | null;
  /** The least patience of a client with a disk that takes this long; any that is drawn without. */
  readonly patienceUs?: (syncMs: number) => number;
  /** Types of requests that clients send again when the first may have happened; none without. */
  readonly retried?: readonly string[];
  /** 5 without; a function draws it for the seed. */
  readonly members?: number | ((random: Random) => number);
  /** The role of all members, of a kind that has roles. */
  readonly role?: string;
  /** What an operator tells the members meanwhile; nothing without. */
  readonly operator?: Operator;
  /** Moves that the nemesis leaves out. */
  readonly without?: readonly string[];
  /** Strikes besides those of every kind, by the parameters of the group; none without. */
  readonly struck?: (random: Random, nodes: readonly string[], params: Given) => StrikeSketch[];
}

/** A command of the kind, and its parameters. */
export interface Told {
  readonly command: string;
  readonly given: { readonly [param: string]: unknown };
}

export interface Operator {
  /** Members that come late, besides those that the group begins with. */
  readonly spares: number;
  /** Drawn anew for each command; `initial` are those that the group begins with. */
  readonly tells: (random: Random, members: readonly string[], initial: readonly string[]) => Told;
  /** Before all is healed: clients ask those that the group began with. */
  readonly last: (initial: readonly string[]) => Told;
}

export interface HostileOutcome {
  readonly seed: string;
  /** What broke, in words; null if nothing did. */
  readonly violation: string | null;
  readonly acknowledged: number;
  /** Notes by label. */
  readonly noted: ReadonlyMap<string, number>;
  readonly unknown: boolean;
  /** Whether the group answered everybody after all was healed, soon or not. */
  readonly live: boolean;
  readonly result: Result;
}

type Temper = 'swarm' | 'power-cuts' | 'harassed' | 'ambushed';

/** Runs one seed, with all invariants checked after every event, and these checkers at the end. */
export function tryHostile(
  options: HostileOptions,
  checkers: readonly AnyChecker[],
): HostileOutcome {
  const result = simulate(hostile(options), { checkInvariants: true });
  const noted = new Map<string, number>();
  for (const { label } of result.facts.notes) noted.set(label, (noted.get(label) ?? 0) + 1);
  const checks = checkers.map((checker) => checker.check(result.history, result.facts));
  const failed = checks.find(({ verdict }) => verdict === 'fail');
  const { error } = result;
  return {
    seed: options.seed,
    violation: error !== null ? `${error.kind}: ${error.message}` : (failed?.summary ?? null),
    acknowledged: result.history.filter(({ outcome }) => outcome === 'ok').length,
    noted,
    unknown: checks.some(({ verdict }) => verdict === 'unknown'),
    live: result.facts.liveness.every(({ state }) => state !== 'stuck'),
    result,
  };
}

/** The first of seeds 1 to `most` in which something breaks; null if none does. */
export function firstViolation(
  options: Omit<HostileOptions, 'seed'>,
  checkers: readonly AnyChecker[],
  most: number,
): { readonly seed: number; readonly violation: string } | null {
  for (let seed = 1; seed <= most; seed++) {
    const { violation } = tryHostile({ ...options, seed: String(seed) }, checkers);
    if (violation !== null) return { seed, violation };
  }
  return null;
}

export function hostile(options: HostileOptions): Scenario {
  const { system, seed, members: drawSize = 5 } = options;
  const random = new Streams(seed).get('hostile');
  const size = typeof drawSize === 'number' ? drawSize : drawSize(random);
  const spares = options.operator?.spares ?? 0;
  const members = Array.from({ length: size + spares }, (_, i) => `kv-${i + 1}`);
  const nodes = members.slice(0, size);
  const durationUs = 8_000_000;
  const drawn = random.pick<Temper>(['swarm', 'swarm', 'power-cuts', 'harassed']);
  // Draws that came later have a stream of their own: those before stay as they were.
  const sly = new Streams(seed).get('sly');
  const temper = sly.chance(0.3) ? 'ambushed' : drawn;
  const syncMs = random.pick(temper === 'power-cuts' ? [8, 30, 60] : [0.3, 1, 8, 30]);
  const group = groupOf(options, random, members, size, syncMs);
  return {
    name: `${system.name}-in-a-hostile-world`,
    summary: '',
    file: null,
    canonical: '',
    seed,
    durationUs,
    groups: [group],
    network: {
      latency: {
        kind: 'lognormal',
        median: random.pick([1, 2, 8]),
        p99: random.pick([12, 30, 80]),
      },
      loss: random.pick([0, 0.01, 0.05]),
      duplicate: random.pick([0, 0.01, 0.2]),
      reorder: random.pick([0, 0.1]),
      links: [],
    },
    loads: loadsOf(options, sly, group.params, nodes, durationUs).map((load) => {
      return { ...load, timeoutUs: Math.max(load.timeoutUs, options.patienceUs?.(syncMs) ?? 0) };
    }),
    faults: [
      ...(temper === 'ambushed'
        ? ambushes(sly, nodes, durationUs)
        : strikes(temper, random, nodes, durationUs)),
      ...operations(options.operator, new Streams(seed).get('operator'), members, nodes),
      ...(options.struck?.(new Streams(seed).get('struck'), nodes, group.params) ?? []).map(
        (sketch, i) => strikeOf(sketch, 1000 + i, nodes),
      ),
    ],
    nemeses: temper === 'swarm' ? [swarm(nodes, options.without ?? [])] : [],
    expect: [],
    drawn: [],
  };
}

/** The first `size` members are there from the start. */
function groupOf(
  options: HostileOptions,
  random: Random,
  members: readonly string[],
  size: number,
  syncMs: number,
): GroupSpec {
  const { system, bug = null, params: own } = options;
  const params = typeof own === 'function' ? own(random, syncMs) : own;
  return {
    name: 'kv',
    kind: system.name,
    system,
    params: { ...defaultsOf(system.params), ...params },
    nodes: members,
    spare: members.slice(size),
    regions: members.map(() => null),
    roles: rolesOf(options, members.slice(0, size)),
    bug,
    disk: { sync: { kind: 'exponential', mean: syncMs, min: 0.2 } },
    cpuMessageUs: 0,
    clock: { offsetUs: 0, driftPpm: 0 },
    calls: new Map(),
  };
}

function loadsOf(
  options: HostileOptions,
  sly: Random,
  ofGroup: Given,
  nodes: readonly string[],
  durationUs: number,
): LoadSpec[] {
  const load = loadOf(options, sly, nodes, durationUs);
  const { workload } = options;
  const readers = options.readers?.(ofGroup) ?? null;
  if (readers === null) return [load];
  const params = defaultsOf(workload.params, readers as never);
  const clients = nodes.map((_, i) => `reader-${i + 1}`);
  return [load, { ...load, name: 'reader', params, clients }];
}

/** A client for each node. */
function loadOf(
  { workload, load, retried }: HostileOptions,
  sly: Random,
  nodes: readonly string[],
  durationUs: number,
): LoadSpec {
  return {
    name: 'load',
    workload,
    params: defaultsOf(workload.params, load as never),
    clients: nodes.map((_, i) => `load-${i + 1}`),
    target: 'kv',
    targets: nodes,
    pinned: nodes,
    // Who is impatient asks the next thing while the last is still under way.
    timeoutUs: sly.pick([400_000, 400_000, 150_000]),
    pace: { kind: 'closed', think: { kind: 'exponential', mean: sly.pick([15, 15, 60]), min: 0 } },
    startUs: 0,
    stopUs: durationUs,
    operationsMax: Infinity,
    ...(retried === undefined
      ? {}
      : { calls: new Map(nodes.map((node) => [node, retries(retried)])) }),
  };
}

function rolesOf({ system, role: all }: HostileOptions, nodes: readonly string[]): RoleSpec[] {
  return Object.keys(system.roles ?? {}).map((role) => ({
    role,
    name: `kv-${role}`,
    nodes: role === all ? nodes : [],
  }));
}

/**
 * Spare members join within the first second. In two of three seeds an operator has something to
 * say every few hundred milliseconds, to whoever hears it.
 */
function operations(
  operator: Operator | undefined,
  random: Random,
  members: readonly string[],
  initial: readonly string[],
): FaultSpec[] {
  if (operator === undefined) return [];
  const joins = members.slice(initial.length).map((node, i) => {
    const atUs = random.int(0, 1_000_000);
    return strikeOf({ fault: join, params: { nodes: node }, atUs, forUs: null }, i, [node]);
  });
  const tell = (to: Selector, told: Told, atUs: number, i: number): FaultSpec => ({
    name: `command-${i + 1}`,
    fault: commandAction,
    params: { to, text: '', ...told } satisfies CommandParams,
    of: members,
    atUs,
    forUs: null,
    position: null,
  });
  const everyMs = random.pick([0, 150, 500]);
  const count = everyMs === 0 ? 0 : Math.floor(6000 / everyMs);
  const told = Array.from({ length: count }, (_, i) => {
    const to = random.pick<Selector>(['leader', 'one']);
    const atUs = 500_000 + 1000 * everyMs * i;
    return tell(to, operator.tells(random, members, initial), atUs, i);
  });
  const last = [7_000_000, 7_400_000, 7_800_000].map((atUs, i) =>
    tell('leader', operator.last(initial), atUs, count + i),
  );
  return [...joins, ...told, ...(count === 0 ? [] : last)];
}

/** Up to four tries of 100 ms each. */
function retries(idempotent: readonly string[]): readonly PolicySpec[] {
  const tries = { attempts: 4, wait: 5, idempotent };
  return [
    { policy: retry, params: defaultsOf(retry.params, tries) },
    { policy: timeout, params: defaultsOf(timeout.params, { after: 100 } as never) },
  ];
}

/** All that a group with a quorum claims to survive: everything but the loss of disks. */
const harmless = [...moves.values()].filter(({ copies }) => copies !== true);

function swarm(nodes: readonly string[], without: readonly string[]): NemesisSpec {
  return {
    name: 'nemesis',
    of: nodes,
    atUs: 300_000,
    untilUs: null,
    moves: harmless.map(({ name }) => name).filter((name) => !without.includes(name)),
    faults: allFaults,
    betweenUs: 300_000,
    lastsUs: 500_000,
    quietUs: 20_000,
    calm: 0.2,
    swarm: true,
    beyond: false,
    budgets: [
      { group: 'kv', members: nodes, down: (nodes.length - 1) >> 1, copies: 0, clockMs: 500 },
    ],
    loads: ['load'],
    position: null,
  };
}

function strikes(
  temper: Temper,
  random: Random,
  nodes: readonly string[],
  durationUs: number,
): FaultSpec[] {
  if (temper === 'power-cuts') {
    return Array.from({ length: 30 }, (_, i) => {
      const whom = random.pick<number | string>([1, 1, 2, 'majority', 'all']);
      const atUs = random.int(100_000, durationUs - 1_000_000);
      const forUs = random.int(2_000, 40_000);
      return strikeOf({ fault: crash, params: { nodes: whom }, atUs, forUs }, i, nodes);
    });
  }
  if (temper === 'swarm') return [];
  const everyUs = random.pick([80_000, 250_000]);
  // A kind without leaders has nobody to be struck as such: then it is anybody.
  return Array.from({ length: Math.floor((durationUs - 1_500_000) / everyUs) }, (_, i) => {
    const whom = random.pick(['leader', 'one']);
    const isCrash = random.chance(0.3);
    const params = isCrash ? { nodes: whom } : { isolate: whom, with: random.int(0, 1) };
    const forUs = random.int(20_000, 300_000);
    const fault: AnyFault = isCrash ? crash : partition;
    return strikeOf({ fault, params, atUs: 500_000 + everyUs * i, forUs }, i, nodes);
  });
}
