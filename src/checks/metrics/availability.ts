/** Availability as a rate, and the longest time without an answer. */
import { countedWords } from '../../sim/fault.ts';
import type { History, Operation } from '../../sim/history.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { isAnswered, LiveNodes, patience } from './parts/request.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, WindowCursor, windowAt } from './parts/windows.ts';

const availability: Metric = {
  name: 'availability',
  summary: 'Answered requests over requests to live, reachable nodes.',
  unit: 'ratio',
  doc:
    'Arguments: a side, node, group, load or operation. A request counts if the node that its ' +
    'client asked was up when it was invoked; it is answered if it ended ok, or with an error ' +
    'that answers the question (precondition-failed, key-does-not-exist). It belongs to the ' +
    "window of its invocation, and must be answered inside it: requests of a window's last " +
    "moments, as long as the load's timeout, might still be answered after it and count neither " +
    'way. The fail-over after a fault struck is part of its window.',
  overTime: false,
  accepts: scopeNames,
  measure,
};

/** Requests at one node. */
interface AtNode {
  asked: number;
  answered: number;
}

/** One pass over a history. */
class Tally {
  asked = 0;
  answered = 0;
  /** Of the answers, those that say that the operation happened. */
  effective = 0;
  /** Left out: invoked too late in the window, or sent to a node that was down. */
  late = 0;
  toDown = 0;
  first: Operation | null = null;
  readonly nodes = new Map<NodeId, AtNode>();

  add(operation: Operation, answered: boolean): void {
    this.asked++;
    const at = this.nodeOf(operation.node ?? '');
    at.asked++;
    if (answered) {
      this.answered++;
      if (operation.outcome === 'ok') this.effective++;
      at.answered++;
    } else this.first ??= operation;
  }

  private nodeOf(node: NodeId): AtNode {
    let at = this.nodes.get(node);
    if (at === undefined) {
      at = { asked: 0, answered: 0 };
      this.nodes.set(node, at);
    }
    return at;
  }
}

function measure(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const cursor = new WindowCursor(windows);
  const live = new LiveNodes(facts.down);
  const waits = patience(facts);
  const tally = new Tally();
  for (const operation of history) {
    const { invokedAtUs, load, completedAtUs } = operation;
    const w = cursor.find(invokedAtUs);
    if (w === -1 || operation.recorded === true || !scope.includes(operation, w)) continue;
    const untilUs = windows[w]!.untilUs;
    if (!live.isRequest(operation)) tally.toDown++;
    else if (invokedAtUs >= untilUs - (waits.get(load) ?? 0)) tally.late++;
    else tally.add(operation, isAnswered(operation) && completedAtUs <= untilUs);
  }
  const { asked, answered } = tally;
  return {
    value: asked === 0 ? null : answered / asked,
    samples: asked,
    because: asked === 0 ? whyNone(tally, args) : `${whatIsMissing(tally)}${effectOf(tally)}`,
  };
}

function whyNone({ late, toDown }: Tally, args: readonly string[]): string {
  const requests = (count: number) => countedWords(formatCount(count), 'requests');
  const down = toDown === 0 ? '' : `${requests(toDown)} went to nodes that were down`;
  if (late > 0) {
    const also = toDown === 0 ? '' : `, and ${down}`;
    return `the window is too short: ${requests(late)} might still be answered after it${also}`;
  }
  if (toDown > 0) return down;
  return `nothing was asked${ofScope(args)} in the window`;
}

function whatIsMissing({ asked, answered, nodes, first }: Tally): string {
  if (first === null) return `all ${formatCount(asked)} requests answered`;
  let worst: readonly [NodeId, AtNode] | null = null;
  for (const entry of nodes) {
    if (worst === null || ratio(entry[1]) < ratio(worst[1])) worst = entry;
  }
  const at = formatMomentUs(first.invokedAtUs);
  const how = first.error === null ? 'answered too late or never' : first.error;
  const missing = `${formatCount(asked - answered)} of ${formatCount(asked)} requests unanswered`;
  const place =
    worst === null || nodes.size < 2 ? '' : `; worst at ${worst[0]}: ${ofAsked(worst[1])} answered`;
  return `${missing}${place}; first #${first.index} at ${at}: ${how}`;
}

/** A system that refuses nearly everything answers, but does little. */
function effectOf({ answered, effective }: Tally): string {
  if (2 * effective >= answered) return '';
  return `; only ${formatCount(effective)} of ${formatCount(answered)} answers took effect`;
}

function ofAsked({ asked, answered }: AtNode): string {
  return `${formatCount(answered)} of ${formatCount(asked)}`;
}

function ratio({ asked, answered }: AtNode): number {
  return answered / asked;
}

const longestGap: Metric = {
  name: 'longest gap',
  summary: 'The longest time in which nothing was answered.',
  unit: 'ms',
  doc:
    'Arguments: a side, node, group, load or operation. Between one answer and the next, and ' +
    "from the window's start to its first answer and from its last to its end, whenever the " +
    'question was asked; windows in which nothing was asked or answered do not count. A load of few operations has long gaps by itself.',
  overTime: false,
  accepts: scopeNames,
  measure: measureGap,
};

function measureGap(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const windows = disjoint(given);
  const answers = answersByWindow(args, windows, history, facts);
  let samples = 0;
  let longestUs = -1;
  let since = 0;
  answers.forEach((moments, w) => {
    if (moments === null) return;
    samples += moments.length;
    const { fromUs, untilUs } = windows[w]!;
    let last = fromUs;
    for (const moment of [...moments.sort((a, b) => a - b), untilUs]) {
      if (moment - last > longestUs) {
        longestUs = moment - last;
        since = last;
      }
      last = moment;
    }
  });
  if (longestUs < 0) {
    const because = `nothing was asked${ofScope(args)} in the window`;
    return { value: null, samples: 0, because };
  }
  const because = `no answer for ${formatDurationUs(longestUs)} from ${formatMomentUs(since)} on`;
  return { value: longestUs / 1000, samples, because };
}

/** The moments of the answers in each window; null where nothing was asked or answered. */
function answersByWindow(
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): readonly (number[] | null)[] {
  const scope = new Scope(args, windows, facts);
  const live = new LiveNodes(facts.down);
  const cursor = new WindowCursor(windows);
  const found: (number[] | null)[] = windows.map(() => null);
  for (const operation of history) {
    const w = cursor.find(operation.invokedAtUs);
    if (w !== -1 && scope.includes(operation, w) && live.isRequest(operation)) found[w] ??= [];
    // An answer counts whoever asked for it, and whenever.
    if (!isAnswered(operation) || operation.recorded === true) continue;
    const at = windowAt(windows, operation.completedAtUs);
    if (at !== -1 && scope.includes(operation, at)) {
      found[at] ??= [];
      found[at].push(operation.completedAtUs);
    }
  }
  return found;
}

export default [availability, longestGap] satisfies readonly Metric[];
