/**
 * A counter: `add` of a number, `increment` and `decrement` by the input or by 1, `read` of the
 * sum. The outputs of changes are ignored; `add-and-get` has the sum after it as output. `inc` and
 * `dec` are read as their long forms. Each key is a counter of its own.
 */
import {
  compareNumbers,
  greater,
  isNumeric,
  lesser,
  minus,
  type Numeric,
  negative,
  plus,
} from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import type { Call, Reduced, SearchModel } from '../search/call.ts';
import { countWhile } from '../search/count-while.ts';
import { precedes, type Scene, type Story } from '../search/scene.ts';
import { plainText } from './plain-text.ts';

export interface CounterOptions {
  /** Default 0. */
  readonly initial?: number;
}

/** A counter with these conventions. */
export function counterModel({ initial = 0 }: CounterOptions = {}): SearchModel<Numeric> {
  return {
    name: 'counter',
    summary: 'add, increment, decrement and read of one sum',
    operations: ['add', 'increment', 'inc', 'decrement', 'dec', 'add-and-get', 'read'],
    byKey: true,
    misshapen: (f, output) =>
      (f === 'read' || (f === 'add-and-get' && output !== null)) && !isNumeric(output)
        ? 'no number'
        : null,
    init: () => initial,
    step(state, f, input, output) {
      if (f === 'read') return output === undefined || same(output, state) ? state : null;
      const after = plus(state, amountOf(f, input));
      return f === 'add-and-get' && output !== undefined && !same(output, after) ? null : after;
    },
    identify: (state) => (typeof state === 'number' ? state : state.text),
    describe,
    readOnly: (f, input) => f === 'read' || amountOf(f, input) === 0,
    reduce,
    decide: (calls) => (withinBounds(calls, initial) ? null : false),
    story: (scene) => story(scene, initial),
  };
}

export const counter: SearchModel<Numeric> = counterModel();

/** What a change adds; 0 for what is no number. */
function amountOf(f: string, input: Plain): Numeric {
  const amount = isNumeric(input) ? input : input === null ? 1 : 0;
  if (f === 'add' || f === 'add-and-get') return input === null ? 0 : amount;
  if (f === 'read') return 0;
  return f === 'decrement' || f === 'dec' ? negative(amount) : amount;
}

function same(a: Plain, b: Numeric): boolean {
  return isNumeric(a) && compareNumbers(a, b) === 0;
}

function describe(f: string, input: Plain, output: Plain | undefined): string {
  if (f === 'read') return output === undefined ? 'read' : `read → ${plainText(output)}`;
  const by = input === null ? '' : ` ${plainText(input)}`;
  const saw = f === 'add-and-get' && output !== undefined ? ` → ${plainText(output)}` : '';
  return `${f}${by}${saw}`;
}

/**
 * An open change by nothing may be left out; and calls that change the sum alike, and say nothing
 * of it, are made alike, so that the search need not try them in both orders.
 */
function reduce(calls: readonly Call[]): Reduced<Numeric> {
  const reduced: Call[] = [];
  for (const call of calls) {
    const { f, input, output, completedAtUs } = call;
    if (completedAtUs === Infinity && amountOf(f, input) === 0) continue;
    if (f === 'read' || (f === 'add-and-get' && output !== undefined)) reduced.push(call);
    else reduced.push({ ...call, f: 'add', input: amountOf(f, input), output: undefined });
  }
  return { calls: reduced };
}

/**
 * The sums that a call can have met, after its own change: by what was over, and what had begun.
 */
interface Bounds {
  readonly low: Numeric;
  readonly high: Numeric;
}

/**
 * Whether every answer lies within the least and the greatest sum of a choice of changes: all that
 * were over before the call began, some of those that began before it was over, none later. It is
 * necessary, not sufficient.
 */
function withinBounds(calls: readonly Call[], initial: number): boolean {
  const overs = calls.filter(({ f }) => f !== 'read');
  const byStart = overs.toSorted((a, b) => a.invokedAtUs - b.invokedAtUs || a.index - b.index);
  const byEnd = overs.toSorted((a, b) => a.completedAtUs - b.completedAtUs || a.index - b.index);
  // Sums of amounts so far: of all that began (rises, falls), and of all that were over.
  const began = running(byStart);
  const over = running(byEnd);
  for (const call of calls) {
    const { f, input, output, invokedAtUs, completedAtUs } = call;
    if (output === undefined || (f !== 'read' && f !== 'add-and-get')) continue;
    if (completedAtUs === Infinity) continue;
    if (!isNumeric(output)) return false;
    const all = countWhile(byStart, (other) => other.invokedAtUs <= completedAtUs);
    const done = countWhile(byEnd, (other) => other.completedAtUs < invokedAtUs);
    const own = amountOf(f, input);
    const certain = plus(plus(initial, over.sums[done]!), own);
    // Its own change is among those that began, and certain.
    const rises = minus(minus(began.rises[all]!, over.rises[done]!), greater(own, 0));
    const falls = minus(minus(began.falls[all]!, over.falls[done]!), lesser(own, 0));
    const bounds: Bounds = { low: plus(certain, falls), high: plus(certain, rises) };
    if (compareNumbers(output, bounds.low) < 0) return false;
    if (compareNumbers(output, bounds.high) > 0) return false;
  }
  return true;
}

function running(calls: readonly Call[]) {
  const rises: Numeric[] = [0];
  const falls: Numeric[] = [0];
  const sums: Numeric[] = [0];
  for (const [i, { f, input }] of calls.entries()) {
    const amount = amountOf(f, input);
    rises.push(plus(rises[i]!, greater(amount, 0)));
    falls.push(plus(falls[i]!, lesser(amount, 0)));
    sums.push(plus(sums[i]!, amount));
  }
  return { rises, falls, sums };
}

function story(scene: Scene, initial: number): Story | null {
  const { last, prefix } = scene;
  const { f, output } = last.call;
  if (output === undefined || (f !== 'read' && f !== 'add-and-get')) return null;
  const others = prefix.filter(({ call }) => call.f !== 'read' && call !== last.call);
  let certain = plus(initial, amountOf(f, last.call.input));
  let low: Numeric = 0;
  let high: Numeric = 0;
  for (const other of others) {
    const amount = amountOf(other.call.f, other.call.input);
    if (precedes(other, last)) certain = plus(certain, amount);
    else if (compareNumbers(amount, 0) > 0) high = plus(high, amount);
    else low = plus(low, amount);
  }
  low = plus(low, certain);
  high = plus(high, certain);
  const fits = isNumeric(output) && compareNumbers(output, low) >= 0;
  if (fits && compareNumbers(output, high) <= 0) return null;
  const range = compareNumbers(low, high) === 0 ? `${low} was` : `${low}..${high} were`;
  const done = others.filter((other) => precedes(other, last)).length;
  const reasons = [`${scene.ran(last)}.`, `What was over before it began makes ${certain}.`];
  if (others.length > done) {
    reasons.push(`${others.length - done} more may or may not have come before it.`);
  }
  return {
    kind: 'impossible sum',
    text: `${scene.name(last)}, where only ${range} possible`,
    reasons,
    also: [],
  };
}
