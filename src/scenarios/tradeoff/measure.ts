/**
 * One run of the battery: made, and read into a sample.
 *
 * A cut has a *gap*, in which the sides find out, and a *steady* part, over which availability is
 * taken; its last moments, as long as the patience of clients, count neither way. Requests belong
 * to the window of their invocation; one that is answered only after the heal was not answered.
 */
import { stalenessOf } from '../../checks/bounded-staleness/staleness.ts';
import { REGISTER_OPERATIONS, RegisterHistory } from '../../checks/causal/register-history.ts';
import type { CheckResult, Facts, FaultFact, Window } from '../../checks/checker.ts';
import { judgedBy, loadsJudgedBy } from '../../checks/judged-loads.ts';
import { isAnswered, LiveNodes } from '../../checks/metrics/parts/request.ts';
import noLostWrites from '../../checks/no-lost-writes/index.ts';
import register from '../../interfaces/register.ts';
import type { History, Operation } from '../../sim/history.ts';
import { type Interface, isRead, isWrite } from '../../sim/interface.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatCount, formatDurationUs } from '../../sim/units.ts';
import { severingKinds } from '../declared.ts';
import type { Scenario } from '../scenario.ts';
import { type Observed, observe } from '../simulate.ts';
import { exposureOf } from '../verdict/exposure.ts';
import { type Battery, bytesOf, FAR, scenarioOfTask, type Task } from './battery.ts';
import { consistencyOf } from './consistency.ts';
import { onceWritten } from './once-written.ts';
import type {
  LatencySample,
  NodeTally,
  OperationKind,
  Sample,
  SideSample,
  SpellSample,
  StalenessSample,
  WitnessSample,
} from './sample.ts';

/** The gap: this many times the longest time after which a silent peer is given up. */
export const GAP_DETECTIONS = 3;
/** The most operations of a witness that are kept. */
const WITNESS_OPERATIONS = 6;

/** Makes one run of the battery. */
export function measureTask(battery: Battery, task: Task): Sample {
  const scenario = scenarioOfTask(battery, task);
  const observed = observe(scenario, { traceOff: true });
  const { history, facts } = observed;
  const { asks } = battery.subject.load.workload;
  const probe = scenario.loads[0]?.name ?? '';
  const asked = history.filter(({ load }) => load === probe);
  const requests = new Requests(asked, facts, asks);
  const spells = spellsOf(battery, scenario, facts).map((spell) => requests.spell(spell));
  const exposed = spells.length === 0 ? [everybody(battery)] : spells;
  const exposure = exposed.map(({ sides, fromUs, untilUs }) =>
    exposureOf(asked, sides, { fromUs, untilUs }, facts.loads),
  );
  const { verdicts, top } = consistencyOf(asks, history, facts);
  const staleness = asks === register ? stalenessAmong(asked, facts) : null;
  const counted = scenario.loads.filter(
    (load) => load.name === probe || load.workload === onceWritten,
  );
  const lost = lostAmong(asks, new Set(counted.map(({ name }) => name)), history, facts);
  const unanswered = requests.unanswered(spells);
  return {
    task: task.index,
    cell: task.far === null ? (task.cell?.name ?? '') : FAR,
    scale: task.scale,
    seed: task.seed,
    error: observed.error === null ? null : String(observed.error.message),
    operations: asked.length,
    spells,
    calm: requests.calm(spells),
    exposure: {
      across: exposure.reduce((sum, { across }) => sum + across, 0),
      within: exposure.reduce((sum, { within }) => sum + within, 0),
    },
    levels: verdicts,
    staleness: staleness?.sample ?? null,
    lost: lost === null ? null : lossOf(lost, history, struckAtUs(facts)),
    latency:
      task.cell === null && task.far === null ? latencies(asked, observed, asks, battery) : [],
    messages: facts.messages.sent,
    bytes: bytesOf(facts),
    witnesses: [
      ...witness('inconsistent', top, history),
      ...(staleness?.witness ?? []),
      ...(lost === null ? [] : witness('lost', lost, history)),
      ...unanswered,
    ],
  };
}

// --- Cuts --------------------------------------------------------------------------------------

/** A cut before its requests are counted. */
interface Spell {
  readonly whole: Window;
  readonly steady: Window;
  readonly sides: readonly { readonly name: string; readonly nodes: readonly NodeId[] }[];
}

function spellsOf(
  { detectionUs, patienceUs, subject }: Battery,
  scenario: Scenario,
  facts: Facts,
): readonly Spell[] {
  const severing = severingKinds(scenario);
  const gapUs = GAP_DETECTIONS * detectionUs;
  return facts.faults.flatMap((fault) => {
    const { injectedAtUs: fromUs } = fault;
    const sides = sidesOf(fault, subject.asked);
    if (!severing.has(fault.kind) || fromUs === null || fromUs >= facts.durationUs) return [];
    if (sides.length < 2) return [];
    const untilUs = Math.min(fault.healedAtUs ?? Infinity, facts.durationUs);
    const gap = Math.min((untilUs - fromUs) / 2, gapUs);
    const steady = { fromUs: fromUs + gap, untilUs: untilUs - patienceUs };
    return [{ whole: { fromUs, untilUs }, steady, sides }];
  });
}

/** The sides that clients can ask. */
function sidesOf({ sides }: FaultFact, asked: readonly NodeId[]) {
  return sides
    .map(({ name, nodes }) => ({ name, nodes: nodes.filter((node) => asked.includes(node)) }))
    .filter(({ nodes }) => nodes.length > 0);
}

/** Without a cut every node is a side of its own. */
function everybody({ subject }: Battery) {
  const sides = subject.asked.map((node) => ({ name: node, nodes: [node] }));
  return { sides, fromUs: 0, untilUs: Infinity };
}

// --- Requests ----------------------------------------------------------------------------------

type Counts = { [K in OperationKind]: [asked: number, answered: number] };

/** Counts requests by node and kind. */
class Counter {
  readonly #nodes = new Map<NodeId, Counts>();

  add(node: NodeId, kind: OperationKind, answered: boolean): void {
    let counts = this.#nodes.get(node);
    if (counts === undefined) {
      counts = { read: [0, 0], write: [0, 0] };
      this.#nodes.set(node, counts);
    }
    counts[kind][0]++;
    if (answered) counts[kind][1]++;
  }

  of(nodes: readonly NodeId[]): readonly NodeTally[] {
    return nodes.flatMap((node) => {
      const tally = this.#nodes.get(node);
      return tally === undefined ? [] : [{ node, tally }];
    });
  }

  get all(): readonly NodeTally[] {
    return this.of([...this.#nodes.keys()]);
  }
}

/** The requests of the probes to nodes that were up. */
class Requests {
  readonly #operations: readonly (Operation & { readonly node: NodeId })[];
  readonly #asks: Interface;

  constructor(operations: History, facts: Facts, asks: Interface) {
    const live = new LiveNodes(facts.down);
    this.#asks = asks;
    this.#operations = operations.filter(
      (one): one is Operation & { node: NodeId } =>
        one.invokedAtUs < facts.durationUs && live.isRequest(one),
    );
  }

  spell({ whole, steady, sides }: Spell): SpellSample {
    const gapCounter = new Counter();
    const steadyCounter = new Counter();
    const firsts = new Map<NodeId, number>();
    const keys = new Map<string, [asked: number, answered: number]>();
    const sideOf = new Map(sides.flatMap((side) => side.nodes.map((node) => [node, side.name])));
    for (const one of this.#operations) {
      const { node, key, invokedAtUs, completedAtUs } = one;
      if (invokedAtUs < whole.fromUs || invokedAtUs >= whole.untilUs) continue;
      const kind = kindOf(one, this.#asks);
      if (kind === null || !sideOf.has(node)) continue;
      const answered = isAnswered(one) && completedAtUs <= whole.untilUs;
      if (answered) {
        const afterUs = completedAtUs - whole.fromUs;
        firsts.set(node, Math.min(firsts.get(node) ?? Infinity, afterUs));
      }
      if (invokedAtUs < steady.fromUs) gapCounter.add(node, kind, answered);
      else if (invokedAtUs < steady.untilUs) {
        steadyCounter.add(node, kind, answered);
        const place = JSON.stringify([sideOf.get(node), kind, key]);
        const counts = keys.get(place) ?? [0, 0];
        keys.set(place, [counts[0] + 1, counts[1] + (answered ? 1 : 0)]);
      }
    }
    return {
      fromUs: whole.fromUs,
      untilUs: whole.untilUs,
      steadyFromUs: steady.fromUs,
      steadyUntilUs: steady.untilUs,
      sides: sides.map((side): SideSample => {
        const first = Math.min(...side.nodes.map((node) => firsts.get(node) ?? Infinity));
        return {
          ...side,
          gap: gapCounter.of(side.nodes),
          steady: steadyCounter.of(side.nodes),
          firstAnswerUs: first === Infinity ? null : first,
          keys: keysOf(side.name, keys),
        };
      }),
    };
  }

  calm(spells: readonly SpellSample[]): readonly NodeTally[] {
    const counter = new Counter();
    for (const one of this.#operations) {
      const kind = kindOf(one, this.#asks);
      if (kind === null) continue;
      const inside = spells.some(
        ({ fromUs, untilUs }) => fromUs <= one.invokedAtUs && one.invokedAtUs < untilUs,
      );
      if (!inside) counter.add(one.node, kind, isAnswered(one));
    }
    return counter.all;
  }

  /** The first request of a steady part that was not answered. */
  unanswered(spells: readonly SpellSample[]): readonly WitnessSample[] {
    for (const { steadyFromUs, steadyUntilUs, untilUs } of spells) {
      const one = this.#operations.find(
        (each) =>
          steadyFromUs <= each.invokedAtUs &&
          each.invokedAtUs < steadyUntilUs &&
          kindOf(each, this.#asks) !== null &&
          !(isAnswered(each) && each.completedAtUs <= untilUs),
      );
      if (one === undefined) continue;
      const sentence = `${one.node} did not answer #${one.index} (${one.error ?? 'answered after the heal'})`;
      return [{ claim: 'unanswered', sentence, operations: [one] }];
    }
    return [];
  }
}

function kindOf({ f }: Operation, asks: Interface): OperationKind | null {
  if (isWrite(asks, f)) return 'write';
  return isRead(asks, f) ? 'read' : null;
}

/** Requests for one key on one side; what became of fewer may be chance. */
const KEY_REQUESTS_MIN = 3;

/** A key counts as answered, or as not, if 19 of 20 requests were. */
function keysOf(
  side: string,
  counts: ReadonlyMap<string, readonly [asked: number, answered: number]>,
): SideSample['keys'] {
  const empty = () => ({ all: 0, none: 0, some: 0 });
  const keys = { read: empty(), write: empty() };
  for (const [place, [asked, answered]] of counts) {
    const [at, kind] = JSON.parse(place) as [string, OperationKind];
    if (at !== side) continue;
    if (answered >= 0.95 * asked) keys[kind].all++;
    else if (answered <= 0.05 * asked && asked >= KEY_REQUESTS_MIN) keys[kind].none++;
    else keys[kind].some++;
  }
  return keys;
}

function latencies(
  operations: History,
  { leading, facts }: Observed,
  asks: Interface,
  { leads, subject }: Battery,
): readonly LatencySample[] {
  const placeOf = (node: NodeId | null): LatencySample['place'] => {
    if (!leads) return 'everywhere';
    const isLeader = leading.includes(node ?? '') && subject.replicas.includes(node ?? '');
    return isLeader ? 'leader' : 'elsewhere';
  };
  const found = new Map<
    string,
    { place: LatencySample['place']; kind: OperationKind; us: number[] }
  >();
  for (const one of operations) {
    const kind = kindOf(one, asks);
    // Final reads are made when nothing else goes on.
    if (kind === null || one.invokedAtUs >= facts.durationUs || !isAnswered(one)) continue;
    const place = placeOf(one.node);
    const name = `${place} ${kind}`;
    const all = found.get(name) ?? { place, kind, us: [] };
    found.set(name, all);
    all.us.push(one.completedAtUs - one.invokedAtUs);
  }
  return [...found.values()].map(({ place, kind, us }) => ({
    place,
    kind,
    medianUs: nearestRank(Float64Array.from(us), 0.5),
    p99Us: nearestRank(Float64Array.from(us), 0.99),
  }));
}

// --- Consistency -------------------------------------------------------------------------------

function stalenessAmong(history: History, facts: Facts) {
  const judged = judgedBy({ judges: [register] }, history, facts);
  const known = judged.operations.filter(({ f }) => REGISTER_OPERATIONS.includes(f));
  const all = stalenessOf(new RegisterHistory(known, { objectOf: judged.objectOf }));
  const stale = all.filter(({ newer }) => newer !== null);
  const sample: StalenessSample = {
    reads: all.length,
    agesUs: stale.map(({ staleUs }) => staleUs),
    versions: stale.map(({ versions }) => versions),
  };
  const [first, ...rest] = stale;
  if (first === undefined) return { sample, witness: [] };
  const oldest = rest.reduce((a, b) => (b.staleUs > a.staleUs ? b : a), first);
  const { read, newer, staleUs, versions } = oldest;
  const behind = `${formatCount(versions)} version${versions === 1 ? '' : 's'} behind`;
  const witness: WitnessSample = {
    claim: 'stale',
    sentence: `#${read.index} at ${read.node} read a value ${formatDurationUs(staleUs)} after #${newer?.index} had replaced it, ${behind}`,
    operations: newer === null ? [read] : [newer, read],
  };
  return { sample, witness: [witness] };
}

/**
 * What the probes lost; null where the check does not judge what they ask. The write by which each
 * probe finds out after the end whether the store answers counts as one that may have happened: the
 * final reads follow so closely that a copy need not have it.
 */
function lostAmong(
  asks: Interface,
  names: ReadonlySet<string>,
  history: History,
  facts: Facts,
): CheckResult | null {
  if (loadsJudgedBy(noLostWrites, { loads: [{ asks }] }).length === 0) return null;
  const loads = facts.loads.filter(({ name }) => names.has(name));
  return noLostWrites.check(
    history
      .filter(({ load }) => names.has(load))
      .map((one) =>
        one.invokedAtUs >= facts.durationUs && isWrite(asks, one.f)
          ? { ...one, outcome: 'info' as const, completedAtUs: Infinity }
          : one,
      ),
    { ...facts, loads },
  );
}

function lossOf(
  { numbers, evidence }: CheckResult,
  history: History,
  struckUs: number | null,
): NonNullable<Sample['lost']> {
  const [write] = evidence.flatMap((index) => history[index] ?? []);
  const ackUs = write?.completedAtUs ?? Infinity;
  const beforeFaultUs = struckUs === null || ackUs > struckUs ? null : struckUs - ackUs;
  return {
    acknowledged: numbers['acknowledgedCount'] ?? 0,
    lost: numbers['lostCount'] ?? 0,
    beforeFaultUs,
  };
}

/** When the first fault struck; null if none did. */
function struckAtUs({ faults }: Facts): number | null {
  const struck = faults.flatMap(({ injectedAtUs }) => injectedAtUs ?? []);
  return struck.length === 0 ? null : Math.min(...struck);
}

function witness(
  claim: WitnessSample['claim'],
  { verdict, summary, evidence }: CheckResult,
  history: History,
): readonly WitnessSample[] {
  if (verdict !== 'fail') return [];
  const operations = evidence.slice(0, WITNESS_OPERATIONS).flatMap((index) => history[index] ?? []);
  return [{ claim, sentence: summary, operations }];
}
