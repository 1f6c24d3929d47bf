/**
 * Scenario → Result: build, run through the three phases, gather the facts, judge. Pure and
 * synchronous: the same scenario gives the same result, so whatever needs more of a run (a trace, a
 * picture of its messages) simply runs it again with a sink.
 */
import type {
  ActionFact,
  DownFact,
  Facts,
  FaultFact,
  GroupFact,
  LivenessFact,
  MessageCounts,
  Traffic,
} from '../checks/checker.ts';
import { nothingFelt } from '../sim/fault.ts';
import type { History } from '../sim/history.ts';
import { Digest } from '../sim/kernel/hash.ts';
import { historyDigest } from '../sim/kernel/history-digest.ts';
import type { Injection, Striker } from '../sim/kernel/injection.ts';
import type { Strike } from '../sim/kernel/strike.ts';
import type { World } from '../sim/kernel/world.ts';
import type { WorldOptions } from '../sim/kernel/world-spec.ts';
import { isLeading } from '../sim/leadership.ts';
import type { NodeId } from '../sim/node.ts';
import type { CapLine, Digests, Judged, Result, RunError, Tradeoff } from './result.ts';
import { type Built, build } from './run/build.ts';
import { quorumOf, settleAndVerify } from './run/phases.ts';
import type { GroupSpec, Scenario } from './scenario.ts';
import { type Diagnostic, renderDiagnostics } from './text/diagnostic.ts';
import { capLine } from './verdict/cap.ts';
import { afterError, judge, worstState } from './verdict/expectations.ts';
import { InFlight } from './verdict/in-flight.ts';
import { promiseOf } from './verdict/promise.ts';
import { timelineOf } from './verdict/timeline.ts';
import { TRADEOFF_TEXT } from './verdict/tradeoff-label.ts';

/** Filled in while a run goes on: what it is worth so far, for who stops it from outside. */
export interface Interruption {
  conclude: (() => Result) | null;
}

export interface SimulateOptions extends WorldOptions {
  readonly interruption?: Interruption;
  /** What a battery found of this scenario: without it no label that is expected is judged. */
  readonly tradeoff?: Tradeoff | null;
  /** Stop at this time of the run instead of its duration; nothing is settled or verified then. */
  readonly untilUs?: number;
  /**
   * Runs in steps: hears where the run is, in µs and in events, and answers up to which time to run
   * on before it hears again; an answer beyond the end ends the steps. Steps change nothing.
   */
  readonly step?: (atUs: number, events: number) => number;
}

/** A scenario that was read, with whatever was found wrong with it. */
export interface Read {
  /** null if there is an error among the diagnostics. */
  readonly scenario: Scenario | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** A scenario that cannot run; the message is all that is wrong with it, line by line. */
export class ScenarioError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(diagnostics));
    this.name = 'ScenarioError';
    this.diagnostics = diagnostics;
  }
}

/** What was read, if it can run. Throws ScenarioError. */
export function scenarioOf({ scenario, diagnostics }: Read): Scenario {
  if (scenario === null) throw new ScenarioError(diagnostics);
  return scenario;
}

/**
 * Runs a scenario, or one as `loadScenario` reads it: `simulate(await loadScenario('a.yaml'))`.
 * Throws ScenarioError where that has errors.
 */
export function simulate(of: Scenario | Read, options: SimulateOptions = {}): Result {
  const scenario = 'diagnostics' in of ? scenarioOf(of) : of;
  return released(scenario, () => simulated(scenario, options));
}

function simulated(scenario: Scenario, options: SimulateOptions): Result {
  const built = build(scenario, options);
  const { interruption } = options;
  if (interruption !== undefined) {
    interruption.conclude = () => {
      built.world.interrupt();
      return conclude(scenario, built, messageCounts(built.world), [], options);
    };
  }
  runChaos(scenario, built.world, options);
  const messages = messageCounts(built.world);
  const settles = options.untilUs === undefined && built.world.error === null;
  const liveness = settles ? settleAndVerify(scenario, built) : [];
  return conclude(scenario, built, messages, liveness, options);
}

/** What its nodes hold outside of the run is given back, however the run ends. */
function released<T>({ groups }: Scenario, run: () => T): T {
  try {
    return run();
  } finally {
    for (const system of new Set(groups.map((group) => group.system))) system.release?.();
  }
}

/** Until chaos ends or `untilUs` is reached, whatever comes first. */
function runChaos(
  { durationUs, branch }: Scenario,
  world: World,
  { untilUs = Infinity, step }: Pick<SimulateOptions, 'untilUs' | 'step'> = {},
): void {
  const endUs = Math.min(durationUs, untilUs);
  if (branch !== undefined && branch.atUs < endUs) {
    world.run(branch.atUs);
    world.branch(branch.salt);
  }
  while (step !== undefined && world.error === null) {
    const nextUs = step(world.now, world.events);
    // Less than a µs on is no step, and would never end.
    if (!(nextUs < endUs)) break;
    world.run(Math.max(world.now + 1, nextUs));
  }
  world.run(endUs);
}

/** What a run leaves before anybody judges it. */
export interface Observed {
  readonly history: History;
  readonly facts: Facts;
  readonly error: RunError | null;
  /** Who led when chaos ended, by what nodes show. */
  readonly leading: readonly NodeId[];
}

/**
 * Runs a scenario to its end and judges nothing: for those who ask other questions of many runs.
 */
export function observe(scenario: Scenario, options: WorldOptions = {}): Observed {
  return released(scenario, () => observed(scenario, options));
}

function observed(scenario: Scenario, options: WorldOptions): Observed {
  const built = build(scenario, options);
  const { world } = built;
  runChaos(scenario, world);
  const messages = messageCounts(world);
  const leading = scenario.groups.flatMap(({ nodes, system }) =>
    nodes.filter((node) => isLeading(world.viewOf(world.indexOf(node)), system.leads)),
  );
  const liveness = world.error === null ? settleAndVerify(scenario, built) : [];
  const history: History = world.recorder.operations;
  return {
    history,
    facts: factsOf(scenario, built, history, messages, liveness),
    error: world.error,
    leading,
  };
}

/** Counted at the end of chaos: metrics never include settle and verify. */
function messageCounts({ recorder }: World): MessageCounts {
  const { sent, delivered, copied: copies, dropped, clientSent } = recorder;
  return { sent, delivered, copies, dropped, clientSent, byType: recorder.countsByType() };
}

function trafficOf({ recorder: { types, sends, drops } }: World): Traffic | null {
  return sends === null || drops === null ? null : { types, sent: sends, dropped: drops };
}

function reachOf({ cuts }: World, { groups }: Scenario): Pick<Facts, 'reach'> {
  if (cuts === null) return {};
  const quorums = new Map<string, number>();
  for (const group of groups) {
    const quorum = quorumOf(group);
    if (quorum !== undefined) quorums.set(group.name, quorum);
  }
  return { reach: { cuts, quorums } };
}

function conclude(
  scenario: Scenario,
  built: Built,
  messages: MessageCounts,
  liveness: readonly LivenessFact[],
  { tradeoff = null, strict = false, eventsMax }: SimulateOptions,
): Result {
  const { world } = built;
  const history: History = world.recorder.operations;
  const facts = factsOf(scenario, built, history, messages, liveness);
  const judgement = judge(scenario, history, facts, tradeoff);
  const { checks, judged, shares, labels, state: verdict } = judgement;
  const state = afterError(world.error, verdict, checks);
  const cap = capLine(scenario, history, facts, checks);
  let timeline: Result['timeline'] | null = null;
  return {
    scenario,
    seed: scenario.seed,
    digests: digestsOf(world, [...judged, ...shares], cap, state),
    events: world.events,
    history,
    facts,
    checks,
    judged,
    ...(shares.length === 0 ? {} : { shares }),
    ...(labels.length === 0 ? {} : { labels }),
    // Made when somebody looks: most of the runs of a sweep are never drawn.
    get timeline() {
      timeline ??= timelineOf(scenario, history, facts);
      return timeline;
    },
    timelineAt: (cells) => timelineOf(scenario, history, facts, cells),
    cap,
    ...(scenario.objectives === undefined
      ? {}
      : { objectives: scenario.objectives.map((one) => promiseOf(one, history, facts)) }),
    error: world.error,
    struck: new Map(built.nemeses.map(({ name, struck }) => [name, struck])),
    state,
    asked: { strict, eventsMax: eventsMax ?? null },
    tail: () => world.recorder.rows(),
  };
}

function factsOf(
  scenario: Scenario,
  { world, strikers, nemeses, actions, nevers }: Built,
  history: History,
  messages: MessageCounts,
  liveness: readonly LivenessFact[],
): Facts {
  const inFlight = new InFlight(history);
  return {
    durationUs: scenario.durationUs,
    endedAtUs: world.now,
    groups: scenario.groups.map(groupFact),
    loads: scenario.loads.map((load) => ({
      name: load.name,
      workload: load.workload.name,
      asks: load.workload.asks,
      params: load.params,
      target: load.target,
      object: load.object ?? load.target,
      clients: load.clients,
      timeoutUs: load.timeoutUs,
    })),
    faults: strikers.flatMap((striker) => faultFacts(striker, inFlight, world.now)),
    ...(actions.length === 0 ? {} : { actions: actions.flatMap(actionFacts) }),
    notes: world.recorder.notes,
    notesLost: [...world.recorder.notebook.lost].map(([label, lost]) => ({ label, ...lost })),
    measured: world.recorder.measured,
    down: world.lives.down.map(
      (down): DownFact => ({ ...down, untilUs: Math.min(down.untilUs, world.now) }),
    ),
    ...reachOf(world, scenario),
    messages,
    traffic: trafficOf(world),
    liveness,
    nemeses: nemeses.map(({ fact }) => fact),
    ...(nevers.length === 0 ? {} : { nevers: nevers.map((never) => never.fact()) }),
    ...(scenario.objectives === undefined ? {} : { objectives: scenario.objectives }),
  };
}

function groupFact({ name, kind, nodes, roles, system: { leads } }: GroupSpec): GroupFact {
  return {
    name,
    kind,
    nodes,
    ...(roles === undefined ? {} : { roles }),
    ...(leads === undefined ? {} : { leads }),
  };
}

/** One fact for each strike; one for an entry that never struck. */
function faultFacts(striker: Striker, inFlight: InFlight, endUs: number): readonly FaultFact[] {
  const { name, kind, missed, strikes } = striker;
  if (strikes.length > 0) return strikes.map((strike) => strikeFact(name, strike, inFlight, endUs));
  const never = { label: '', injectedAtUs: null, healedAtUs: null, sides: [], detail: {} };
  return [{ name, kind, strike: 1, missed, ...never, felt: nothingFelt(), operationsTouched: 0 }];
}

/** One fact for each time that a command was given; one for a command that never was. */
function actionFacts({ name, spec, missed, strikes }: Injection): readonly ActionFact[] {
  const command = String(spec.params['command']);
  if (strikes.length === 0) {
    const never = { label: '', atUs: null, heard: [], unheard: [] };
    return [{ name, command, strike: 1, missed, ...never }];
  }
  return strikes.map(({ number, label, injectedAtUs, detail }) => ({
    name,
    command,
    strike: number,
    missed: null,
    label,
    atUs: injectedAtUs,
    heard: detail['heard'] as readonly NodeId[],
    unheard: detail['unheard'] as readonly string[],
  }));
}

function strikeFact(name: string, strike: Strike, inFlight: InFlight, endUs: number): FaultFact {
  const { spec, number, tally, label, injectedAtUs, healedAtUs, sides, detail, touched } = strike;
  const fromUs = injectedAtUs ?? endUs;
  const untilUs = healedAtUs ?? endUs;
  return {
    name,
    kind: spec.fault.name,
    strike: number,
    missed: null,
    label,
    injectedAtUs,
    healedAtUs,
    sides,
    detail,
    felt: { ...tally },
    operationsTouched: inFlight.count(touched, fromUs, untilUs),
  };
}

function digestsOf(
  world: World,
  judged: readonly Judged[],
  cap: CapLine | null,
  state: string,
): Digests {
  // A battery is no part of the run: with and without one it is the same run.
  const own = judged.filter(({ text }) => !text.startsWith(TRADEOFF_TEXT));
  const ownState = own.length === judged.length ? state : worstState(own.map((one) => one.state));
  const outcome = new Digest();
  for (const { text, state: each, measured } of own) {
    // Of a sentence the numbers alone: another wording is no other outcome.
    outcome.text(`${text} ${each} ${measured.replace(/[^\d.∞]+/g, ' ')}`);
  }
  outcome.text(`${ownState} ${cap?.letters ?? ''} ${world.error?.kind ?? ''}`);
  outcome.text(
    `${world.recorder.operations.length} ${world.recorder.sent} ${world.recorder.dropped}`,
  );
  return {
    outcome: outcome.hex(),
    history: historyDigest(world.recorder.operations),
    messages: world.recorder.messages.hex(),
    order: world.recorder.order.hex(),
  };
}
