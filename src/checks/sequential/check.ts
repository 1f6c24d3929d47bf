/**
 * Sequential consistency (Lamport 1979): there is one order of all operations, on all objects, in
 * which each process's come in the order it made them and every answer is right. Nothing is asked
 * of real time, so reads may be old as long as they are so in order.
 *
 * First what is easy: a history that is linearizable is sequentially consistent; one whose forced
 * order has a cycle is not. What is left is searched.
 */
import type { History, Operation } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { CheckResult } from '../checker.ts';
import { countRefutable, misshapenAmong, type SearchModel } from '../search/call.ts';
import { type Budget, DEFAULT_BUDGET, searchInTurns } from '../search/turns.ts';
import { type LanePart, type Lanes, layLanes, partsOf } from './lanes.ts';
import { OrderSearch } from './order-search.ts';
import { saturate } from './saturation.ts';
import { type SequentialStory, tellCycle, tellFirm, tellThinAir } from './story.ts';
import { firmCalls } from './witness.ts';

const NAME = 'sequential';

/** Of the budget, what is spent on hoping that the history is linearizable. */
const LINEARIZABLE_SHARE = 1 / 8;
/** And on making a witness small. */
const WITNESS_SHARE = 1 / 4;

/**
 * Whether a history of objects of one model is sequentially consistent. Operations that the model
 * does not know make it `unknown`, and so does a budget that ran out. `objectOf` names the object
 * that an operation is on; without it there is one.
 */
export function checkSequential(
  history: History,
  model: SearchModel,
  budget: Budget = DEFAULT_BUDGET,
  objectOf?: (operation: Operation) => string,
): CheckResult {
  const stranger = history.find(({ f }) => model.operations?.includes(f) === false);
  if (stranger !== undefined) {
    const summary = `Nothing was judged: the ${model.name} model has no '${stranger.f}' (#${stranger.index}).`;
    return { ...blank(null, 0, 0), verdict: 'unknown', summary };
  }
  const misshapen = misshapenAmong(history, model);
  if (misshapen !== null) {
    const summary = `Nothing was judged: ${misshapen}.`;
    return { ...blank(null, 0, 0), verdict: 'unknown', summary };
  }
  const parts = partsOf(history, model, objectOf);
  const lanes = layLanes(parts, model);
  if (lanes.closed === 0) {
    const summary = 'Not tested: no operation was answered.';
    return { ...blank(lanes, 0, 0), verdict: 'pass', summary };
  }
  if (!timeOrdersProcesses(history)) return judge(lanes, parts, budget, 0);
  const share = { ...budget, steps: Math.floor(budget.steps * LINEARIZABLE_SHARE) };
  const outcomes = searchInTurns(
    parts.map(({ calls }) => ({ calls, model })),
    { budget: share },
  );
  const steps = outcomes.reduce((sum, outcome) => sum + outcome.steps, 0);
  if (outcomes.every(({ outcome }) => outcome === 'linearizable')) {
    const summary = `One order of all ${formatCount(lanes.calls.length)} operations explains them; it even keeps real time.`;
    return { ...blank(lanes, steps, 0), verdict: 'pass', summary };
  }
  return judge(lanes, parts, budget, steps);
}

/**
 * Whether real time has each process's operations in the order it made them. A coarse clock gives
 * an answer and the next call one time: real time then says nothing of the two, but the process
 * does.
 */
export function timeOrdersProcesses(history: History): boolean {
  const last = new Map<number, Operation>();
  for (const operation of history) {
    const before = last.get(operation.process);
    last.set(operation.process, operation);
    if (before?.outcome === 'ok' && before.completedAtUs >= operation.invokedAtUs) return false;
  }
  return true;
}

function judge(
  lanes: Lanes,
  parts: readonly LanePart[],
  budget: Budget,
  spent: number,
): CheckResult {
  const saturated = saturate(lanes);
  let steps = spent + saturated.steps;
  if (saturated.thinAir >= 0)
    return failure(lanes, steps, 0, tellThinAir(lanes, saturated.thinAir));
  if (saturated.cycle !== null) return failure(lanes, steps, 0, tellCycle(lanes, saturated.cycle));
  const search = new OrderSearch(lanes, saturated.before, budget.bytes);
  search.run(Math.max(1, budget.steps - steps));
  steps += search.steps;
  const result = blank(lanes, steps, search.configurations);
  if (search.state === 'found') {
    const summary = `One order of all ${formatCount(lanes.calls.length)} operations explains what each process saw.`;
    return { ...result, verdict: 'pass', summary };
  }
  if (search.state === 'none') {
    const share = { ...budget, steps: Math.floor(budget.steps * WITNESS_SHARE) };
    const firm = firmCalls(lanes, parts, share);
    return failure(lanes, steps + firm.steps, search.configurations, tellFirm(lanes, firm.calls));
  }
  const why = search.state === 'out-of-memory' ? 'with no memory left' : 'and no more to spend';
  const summary = `Undecided after ${formatCount(steps)} steps ${why}: ${formatCount(search.reached)} of ${formatCount(lanes.closed)} answers were put in one order.`;
  return {
    ...result,
    verdict: 'unknown',
    summary,
    numbers: { ...result.numbers, explained: search.reached },
  };
}

function failure(
  lanes: Lanes,
  steps: number,
  states: number,
  { text, reasons, calls, anomaly }: SequentialStory,
): CheckResult {
  const result = blank(lanes, steps, states);
  const shown = calls.map((o) => lanes.calls[o]!);
  const ends = shown.map(({ completedAtUs }) => completedAtUs).filter((us) => us !== Infinity);
  const parts = new Set(calls.map((o) => lanes.part[o]!));
  const [part] = parts.size === 1 ? [...parts] : [];
  return {
    ...result,
    verdict: 'fail',
    summary: `Not sequentially consistent: ${text}.`,
    reasons,
    evidence: shown.map(({ index }) => index).sort((a, b) => a - b),
    key: part === undefined ? null : lanes.parts[part]!.key,
    atUs: ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b)),
    ...(anomaly === null ? {} : { anomalies: [anomaly] }),
  };
}

function blank(
  lanes: Lanes | null,
  steps: number,
  states: number,
): Omit<CheckResult, 'verdict' | 'summary'> {
  const operations = lanes?.calls.length ?? 0;
  return {
    checker: NAME,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: {
      operations,
      judged: lanes === null ? 0 : countRefutable(lanes.calls, lanes.model),
      keys: lanes?.parts.length ?? 0,
      open: operations - (lanes?.closed ?? 0),
      steps,
      states,
    },
  };
}
