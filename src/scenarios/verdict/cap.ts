/**
 * The CAP half of a system's label, from one run: what each side answered while they were apart,
 * and whether the joined history is linearizable.
 *
 * C is linearizability of the whole history, A that every request to a node that does not fail is
 * answered, within the client's patience (Gilbert and Lynch, with a bound in place of
 * "eventually"). Both at once, with the sides really apart, is what the theorem rules out: a run
 * that shows it did not put it to the test.
 *
 * The window of a partition has a gap, in which the sides find out, and a steady part, over which
 * availability is taken; its last moments, as long as the clients' patience, count neither way.
 * Consistency is taken over all.
 */
import type { CheckResult, Facts, FaultFact, Verdict, Window } from '../../checks/checker.ts';
import { loadsJudgedBy } from '../../checks/judged-loads.ts';
import linearizable from '../../checks/linearizable/index.ts';
import { isAnswered, LiveNodes, patience } from '../../checks/metrics/parts/request.ts';
import type { Side } from '../../sim/fault.ts';
import type { History } from '../../sim/history.ts';
import { isRead, isWrite } from '../../sim/interface.ts';
import type { NodeId } from '../../sim/node.ts';
import { wilson } from '../../sim/proportion.ts';
import { formatCount, formatDurationUs, formatRatio, msToUs } from '../../sim/units.ts';
import { operationsMade } from '../../workloads/workload.ts';
import { severingKinds } from '../declared.ts';
import type { CapLine } from '../result.ts';
import type { LoadSpec, Scenario } from '../scenario.ts';
import { type Exposure, exposureOf } from './exposure.ts';

/** Below this share of unanswered requests a node counts as available. */
const UNANSWERED_MAX = 0.001;
/** A side must be asked so often before it can be called available. */
const ASKED_MIN = 20;
/** A node is unavailable if less than this share is answered, with 95% confidence. */
const ANSWERED_MAX = 0.5;

/** null without a partition, or without a load that reads and writes what has a model. */
export function capLine(
  scenario: Scenario,
  history: History,
  facts: Facts,
  checks: readonly CheckResult[],
): CapLine | null {
  const severing = severingKinds(scenario);
  const partitions = facts.faults.filter(({ kind }) => severing.has(kind));
  const loads = loadsJudgedBy(linearizable, facts).filter(({ name }) =>
    readsAndWrites(scenario.loads.find((load) => load.name === name)),
  );
  if (partitions.length === 0 || loads.length === 0) return null;
  const names = new Set(loads.map(({ name }) => name));
  const operations = history.filter(({ load }) => names.has(load));
  const spells = partitions.flatMap((fault) => spellOf(fault, scenario, facts) ?? []);
  // Those with a steady part: the others are over before anybody can say what a side does.
  const steady = spells.filter((spell) => spell.steady.fromUs < spell.steady.untilUs);
  for (const spell of steady) measure(spell, operations, facts);
  const check =
    checks.find(({ checker }) => checker === linearizable.name) ??
    (spells.length === 0 ? null : linearizable.check(history, facts));
  const exposure = totalExposure(spells, operations, facts);
  const answering = answeringApart(spells, operations, facts);
  const { letters, claim } = decide(spells, steady, check, exposure, answering);
  return {
    seeds: 1,
    seedsWanted: 30,
    letters,
    sides: steady.flatMap((spell) => spell.sides.map(({ row }) => row)),
    linearizable: check?.verdict ?? null,
    exposure: exposure.across,
    sentence: sentenceOf(letters, claim, steady, check, exposure),
  };
}

function readsAndWrites(load: LoadSpec | undefined): boolean {
  if (load === undefined) return false;
  const { workload } = load;
  const made = operationsMade(workload);
  return (
    made.some((operation) => isRead(workload.asks, operation)) &&
    made.some((operation) => isWrite(workload.asks, operation))
  );
}

// --- What happened while the sides were apart --------------------------------------------------

interface SpellSide {
  readonly side: Side;
  readonly row: { name: string; nodes: readonly NodeId[]; asked: number; answered: number };
  /** From the start of the partition to the first answer to a later request; null without one. */
  firstAnswerUs: number | null;
}

/** One partition, from its strike to its heal or the end of the run's duration. */
interface Spell {
  readonly whole: Window;
  readonly steady: Window;
  readonly sides: readonly SpellSide[];
  /** Asked and answered in the steady part. */
  readonly nodes: Map<NodeId, { asked: number; answered: number }>;
}

/** null if it never struck. */
function spellOf(fault: FaultFact, scenario: Scenario, facts: Facts): Spell | null {
  const { injectedAtUs: fromUs, healedAtUs, sides, name } = fault;
  if (fromUs === null || fromUs >= facts.durationUs || sides.length < 2) return null;
  const untilUs = Math.min(healedAtUs ?? Infinity, facts.durationUs);
  const apart = new Set(sides.flatMap(({ nodes }) => nodes));
  const gapUs = Math.min((untilUs - fromUs) / 2, 3 * detectionUs(scenario, apart));
  const patienceUs = Math.max(0, ...patience(facts).values());
  const many =
    facts.faults.filter(({ kind, sides }) => kind === fault.kind && sides.length > 1).length > 1;
  return {
    whole: { fromUs, untilUs },
    steady: { fromUs: fromUs + gapUs, untilUs: untilUs - patienceUs },
    sides: sides.map((side) => ({
      side,
      row: { ...side, name: many ? `${name} ${side.name}` : side.name, asked: 0, answered: 0 },
      firstAnswerUs: null,
    })),
    nodes: new Map(),
  };
}

/**
 * How soon a silent peer is given up, at the latest, by what the groups that were torn apart say of
 * themselves, in µs; 0 if they say nothing.
 */
export function detectionUs(
  scenario: Pick<Scenario, 'groups'>,
  apart: ReadonlySet<NodeId>,
): number {
  let longestMs = 0;
  for (const { nodes, params, system } of scenario.groups) {
    if (!nodes.some((node) => apart.has(node))) continue;
    longestMs = Math.max(longestMs, system.detectionMs?.(params as never) ?? 0);
  }
  return msToUs(longestMs);
}

/** Counts the requests of one spell. */
function measure(spell: Spell, operations: History, facts: Facts): void {
  const { whole, steady, sides, nodes } = spell;
  const live = new LiveNodes(facts.down);
  const sideOf = new Map<NodeId, SpellSide>();
  for (const one of sides) for (const node of one.side.nodes) sideOf.set(node, one);
  for (const operation of operations) {
    const { invokedAtUs, completedAtUs, node } = operation;
    const one = sideOf.get(node ?? '');
    if (one === undefined || node === null || invokedAtUs < whole.fromUs) continue;
    if (invokedAtUs >= whole.untilUs) break;
    if (!live.isRequest(operation)) continue;
    const answered = isAnswered(operation) && completedAtUs <= whole.untilUs;
    if (answered) {
      const afterUs = completedAtUs - whole.fromUs;
      one.firstAnswerUs = Math.min(one.firstAnswerUs ?? Infinity, afterUs);
    }
    if (invokedAtUs < steady.fromUs || invokedAtUs >= steady.untilUs) continue;
    const at = nodes.get(node) ?? { asked: 0, answered: 0 };
    nodes.set(node, at);
    for (const row of [one.row, at]) {
      row.asked++;
      if (answered) row.answered++;
    }
  }
}

/** Nodes that answered most of what they were asked while nothing was apart. */
function answeringApart(
  spells: readonly Spell[],
  operations: History,
  facts: Facts,
): ReadonlySet<NodeId> {
  const live = new LiveNodes(facts.down);
  const nodes = new Map<NodeId, { asked: number; answered: number }>();
  for (const operation of operations) {
    const { invokedAtUs, node } = operation;
    const isApart = spells.some(({ whole: { fromUs, untilUs } }) => {
      return fromUs <= invokedAtUs && invokedAtUs < untilUs;
    });
    if (!live.isRequest(operation) || node === null || isApart) continue;
    const at = nodes.get(node) ?? { asked: 0, answered: 0 };
    nodes.set(node, at);
    at.asked++;
    if (isAnswered(operation)) at.answered++;
  }
  const most = [...nodes].filter(([, { asked, answered }]) => answered >= ANSWERED_MAX * asked);
  return new Set(most.map(([node]) => node));
}

function totalExposure(spells: readonly Spell[], operations: History, { loads }: Facts): Exposure {
  let across = 0;
  let within = 0;
  for (const { sides, whole } of spells) {
    const one = exposureOf(
      operations,
      sides.map(({ side }) => side),
      whole,
      loads,
    );
    across += one.across;
    within += one.within;
  }
  return { across, within };
}

// --- What it means -----------------------------------------------------------------------------

interface Decision {
  readonly letters: string | null;
  readonly claim: string;
}

function decide(
  spells: readonly Spell[],
  steady: readonly Spell[],
  check: CheckResult | null,
  exposure: Exposure,
  answering: ReadonlySet<NodeId>,
): Decision {
  const rows = steady.flatMap(({ sides }) => sides.map(({ row }) => row));
  const deaf = rows.find(({ asked }) => asked === 0);
  if (spells.length === 0) return unexercised('no partition struck');
  if (steady.length === 0) {
    const all = spells.length === 1 ? 'the partition' : `each of the ${spells.length} partitions`;
    return unexercised(`${all} is too short for the fail-over and the patience of clients`);
  }
  if (deaf) return unexercised(`nothing was asked of ${deaf.name} while it was apart`);
  if (check === null || check.verdict === 'unknown') {
    return undecided('whether the history is linearizable is not known');
  }
  const available = isAvailable(steady);
  if (check.verdict === 'fail') return decideInconsistent(spells, steady, check, available);
  if (available) {
    const pairs = `${formatCount(exposure.across)} reads after a write on the other side`;
    return unexercised(`all sides answered and the history is linearizable, with ${pairs}`);
  }
  if (exposure.across + exposure.within === 0) {
    return undecided('no read came after a write of its key');
  }
  const stopped = stoppedNodes(steady);
  if (stopped.some((node) => answering.has(node))) {
    return { letters: 'C', claim: 'consistent, not available: part of it stopped answering' };
  }
  if (stopped.length > 0) {
    return undecided(`${stopped.join(', ')} answered no more without the partition than with it`);
  }
  return undecided('requests went unanswered, but no node clearly stopped');
}

function decideInconsistent(
  spells: readonly Spell[],
  steady: readonly Spell[],
  { atUs }: CheckResult,
  available: boolean,
): Decision {
  const firstUs = Math.min(...spells.map(({ whole }) => whole.fromUs));
  if (atUs === null || atUs < firstUs) {
    return undecided('it is not linearizable even without the partition');
  }
  if (available) {
    const enough = steady.every(({ sides }) => sides.every(({ row }) => row.asked >= ASKED_MIN));
    return enough
      ? { letters: 'A', claim: 'available, not consistent: every side went on answering' }
      : undecided('too few requests to call every side available');
  }
  return { letters: '-', claim: 'neither consistent nor fully available' };
}

function unexercised(why: string): Decision {
  return { letters: null, claim: `not exercised: ${why}` };
}

function undecided(why: string): Decision {
  return { letters: '?', claim: `undecided: ${why}` };
}

/** Every node that was asked answered, except for a thousandth. */
function isAvailable(spells: readonly Spell[]): boolean {
  return spells.every(({ nodes }) =>
    [...nodes.values()].every(({ asked, answered }) => asked - answered <= UNANSWERED_MAX * asked),
  );
}

/** Nodes that left most requests without an answer, and not by bad luck. */
function stoppedNodes(spells: readonly Spell[]): readonly NodeId[] {
  const stopped = spells.flatMap(({ nodes }) => {
    return [...nodes].flatMap(([node, { asked, answered }]) => {
      return wilson(answered, asked).high < ANSWERED_MAX ? [node] : [];
    });
  });
  return [...new Set(stopped)];
}

// --- In words ----------------------------------------------------------------------------------

const VERDICTS: { readonly [verdict in Verdict]: string } = {
  pass: 'The history is linearizable',
  fail: 'The history is not linearizable',
  unknown: 'Whether the history is linearizable was not found out in time',
};

/** The letter and how far it carries, then the numbers of the partitions that were steady. */
function sentenceOf(
  letters: string | null,
  claim: string,
  spells: readonly Spell[],
  check: CheckResult | null,
  { across, within }: Exposure,
): string {
  const letter = letters === '-' ? 'neither' : letters;
  const head = letter === null ? `${claim}.` : `${letter} in this one run: ${claim}.`;
  if (spells.length === 0 || check === null) return head;
  const sides = spells.length === 1 ? spells.flatMap((spell) => spell.sides) : addUp(spells);
  const reads = `${formatCount(across)} ${across === 1 ? 'read' : 'reads'} came after a write on the other side`;
  const verdict = `${VERDICTS[check.verdict]}; ${reads}, ${formatCount(within)} after one on the same side`;
  return `${head} ${whenText(spells)}, ${sides.map(describeSide).join('; ')}. ${verdict}.`;
}

/** Over which part of the partitions the shares are taken. */
function whenText(spells: readonly Spell[]): string {
  const [only] = spells;
  if (only === undefined || spells.length > 1) {
    return `In ${spells.length} partitions, after their fail-over`;
  }
  const gapUs = only.steady.fromUs - only.whole.fromUs;
  return `From ${formatDurationUs(gapUs)} after the cut`;
}

/** Sides of one name over all partitions, with the latest of their first answers. */
function addUp(spells: readonly Spell[]): readonly Answers[] {
  const sums = new Map<string, Answers>();
  for (const { side, row, firstAnswerUs } of spells.flatMap(({ sides }) => sides)) {
    const sum = sums.get(side.name);
    const firstUs = firstAnswerUs ?? sum?.firstAnswerUs ?? null;
    sums.set(side.name, {
      row: {
        name: side.name,
        asked: row.asked + (sum?.row.asked ?? 0),
        answered: row.answered + (sum?.row.answered ?? 0),
      },
      firstAnswerUs: firstUs === null ? null : Math.max(firstUs, sum?.firstAnswerUs ?? 0),
      most: sum === undefined ? '' : ' at most',
    });
  }
  return [...sums.values()];
}

interface Answers {
  readonly row: { readonly name: string; readonly asked: number; readonly answered: number };
  readonly firstAnswerUs: number | null;
  /** Says that the first answer is the latest of several. */
  readonly most?: string;
}

function describeSide({ row, firstAnswerUs, most = '' }: Answers): string {
  const { name, asked, answered } = row;
  if (asked === 0) return `${name} was asked nothing`;
  const share = ` (${formatRatio(answered / asked)})`;
  const after = firstAnswerUs === null ? '' : formatDurationUs(firstAnswerUs);
  const first =
    firstAnswerUs === null
      ? 'no answer at all'
      : answered === 0
        ? `though it still answered ${after} after the cut`
        : `the first ${after} after the cut${most}`;
  return `${name} answered ${formatCount(answered)} of ${formatCount(asked)}${share}, ${first}`;
}
