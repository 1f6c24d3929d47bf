/**
 * The register: read, write and compare-and-set of one value; each key is a register of its own.
 *
 * Operations: `read` with input null and the value as output; `write` with the value as input, its
 * output ignored; `cas` with input `[from, to]`, its output ignored unless it is `false`: refused,
 * since the value was not `from`. Values are any plain data; a key that was never written reads as
 * null.
 *
 * A compare-and-set answered by `precondition-failed` stands in a history as `fail`. Real logs mix
 * two readings:
 * - `ignored`, the default: it did not happen, and no more is known. Sound for every system.
 * - `observation`: at some moment between call and answer the value was not `from`. Stricter, and
 *   right only where the comparison that refuses is itself meant to be linearizable.
 */
import { jsonText } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import type { Call, Effect, Reduced, SearchModel } from '../search/call.ts';
import { identityOf, samePlain } from '../search/identity.ts';

export interface RegisterOptions {
  /** What a key that was never written reads as. Default null. */
  readonly initial?: Plain;
  /** How a refused compare-and-set is read. Default `ignored`. */
  readonly failedCas?: 'ignored' | 'observation';
}

/** The state: boxed, since null is a value and not the absence of one. */
export interface Register {
  readonly value: Plain;
}

/** A register with these conventions. */
export function registerModel(options: RegisterOptions = {}): SearchModel<Register> {
  const { initial = null, failedCas = 'ignored' } = options;
  return {
    name: 'register',
    summary: 'read, write and compare-and-set of one value per key',
    operations: ['read', 'write', 'cas'],
    byKey: true,
    init: () => ({ value: initial }),
    step,
    identify: ({ value }) => identityOf(value),
    describe,
    couldBeWrong: (f) => f !== 'write',
    readOnly: (f, _input, output) => f === 'read' || (f === 'cas' && output === false),
    refusal(f, _input, error) {
      if (failedCas === 'ignored' || f !== 'cas') return undefined;
      return error === null || error === 'precondition-failed' ? false : undefined;
    },
    effect,
    reduce,
  };
}

/** The register that dsim's own histories are judged by. */
export const register: SearchModel<Register> = registerModel();

function step(
  state: Register,
  f: string,
  input: Plain,
  output: Plain | undefined,
): Register | null {
  switch (f) {
    case 'read':
      return output === undefined || samePlain(state.value, output) ? state : null;
    case 'write':
      return { value: input };
    case 'cas': {
      const [from, to] = pair(input);
      const matches = samePlain(state.value, from);
      if (output === undefined) return matches ? { value: to } : state;
      if (output === false) return matches ? null : state;
      return matches ? { value: to } : null;
    }
    default:
      return null;
  }
}

function describe(f: string, input: Plain, output: Plain | undefined): string {
  if (f === 'read') return output === undefined ? 'read' : `read → ${text(output)}`;
  if (f === 'write') return `write ${text(input)}`;
  if (f !== 'cas') return `${f} ${text(input)}`;
  const [from, to] = pair(input);
  return `cas ${text(from)}→${text(to)}${output === false ? ' refused' : ''}`;
}

function effect(f: string, input: Plain, output: Plain | undefined): Effect<Register> {
  switch (f) {
    case 'read':
      return output === undefined ? {} : { needs: { value: output } };
    case 'write':
      return { sets: { value: input } };
    case 'cas': {
      const [from, to] = pair(input);
      if (output === false) return { refutes: { value: from } };
      return { needs: { value: from }, sets: { value: to } };
    }
    default:
      return {};
  }
}

/**
 * Leaves out what nobody noticed, and makes alike what nobody can tell apart. Call a value *wanted*
 * if an operation needs or refutes it.
 *
 * 1. An open operation that sets an unwanted value may be left out, unless some operation refutes a
 *    value. In any order that has it, nothing fits between it and the next change of state: reads
 *    and compares there would want its value. Without it that next change still fits, since it is a
 *    write, or an open compare-and-set that may as well not happen. With refutations around it must
 *    stay: it may be what made a compare fail.
 * 2. All unwanted values may be taken for one. Every operation fits, and changes the state, alike
 *    in all of them: the map that merges them is a bisimulation.
 *
 * Leaving out an open compare-and-set makes what it compares with unwanted, so step 1 runs until
 * nothing changes.
 */
function reduce(calls: readonly Call[]): Reduced<Register> {
  const wanted = new Set<string | number>();
  let refuted = false;
  const open: Call[] = [];
  for (const call of calls) {
    if (call.completedAtUs === Infinity) {
      open.push(call);
      continue;
    }
    const { needs, refutes } = effect(call.f, call.input, call.output);
    const value = needs ?? refutes;
    if (value !== undefined) wanted.add(identityOf(value.value));
    refuted ||= refutes !== undefined;
  }
  const kept = keepWanted(open, wanted, refuted);
  const unwanted = unwantedValue(wanted);
  const reduced: Call[] = [];
  for (const call of calls) {
    if (call.completedAtUs === Infinity && !kept.has(call)) continue;
    reduced.push(merged(call, wanted, unwanted));
  }
  return { calls: reduced };
}

/** The open calls that may matter; adds to `wanted` what those among them compare with. */
function keepWanted(
  open: readonly Call[],
  wanted: Set<string | number>,
  refuted: boolean,
): ReadonlySet<Call> {
  const kept = new Set<Call>();
  let grew = open.length > 0;
  while (grew) {
    grew = false;
    for (const call of open) {
      const { needs, sets } = effect(call.f, call.input, call.output);
      if (kept.has(call) || sets === undefined) continue;
      if (!refuted && !wanted.has(identityOf(sets.value))) continue;
      kept.add(call);
      grew = true;
      if (needs !== undefined) wanted.add(identityOf(needs.value));
    }
  }
  return kept;
}

/**
 * The call without what nobody can tell: the value that it sets, if unwanted, becomes `unwanted`;
 * its output, which says no more than that it happened, becomes the same for all, so that calls
 * that do the same are of one class.
 */
function merged(call: Call, wanted: ReadonlySet<string | number>, unwanted: Plain): Call {
  const { index, f, invokedAtUs, completedAtUs } = call;
  if (f === 'write') {
    const input = wanted.has(identityOf(call.input)) ? call.input : unwanted;
    return { index, f, input, output: undefined, invokedAtUs, completedAtUs };
  }
  if (f !== 'cas' || call.output === false) return call;
  const [from, to] = pair(call.input);
  const input = [from, wanted.has(identityOf(to)) ? to : unwanted];
  const output = completedAtUs === Infinity ? undefined : null;
  return { index, f, input, output, invokedAtUs, completedAtUs };
}

function unwantedValue(wanted: ReadonlySet<string | number>): Plain {
  let value = 'unwanted';
  while (wanted.has(identityOf(value))) value += '*';
  return value;
}

function pair(input: Plain): readonly [Plain, Plain] {
  return Array.isArray(input) ? [input[0] ?? null, input[1] ?? null] : [null, null];
}

function text(value: Plain): string {
  return typeof value === 'string' ? value : jsonText(value);
}
