/**
 * Warns of time-outs that leave no time for retries further in: then these never help.
 *
 * A time-out has to be longer than what a call behind it may take: attempts times their time-out,
 * and the waits between them. Of the caller's own retries, which know how much time is left and may
 * be as many as fit, at least the second has to begin in time. Only policies say how long a call
 * may take (`Policy.longestMs`); a kind may do more behind them.
 */
import type { AnyPolicy } from '../../sim/policy.ts';
import type { GroupSpec, LoadSpec, PolicySpec } from '../scenario.ts';
import type { SourceEntry, Spot } from '../text/source.ts';
import { entryOf, valueOf } from '../text/source.ts';
import type { ParseContext } from './context.ts';

interface Caller {
  readonly name: string;
  readonly entry: SourceEntry;
  readonly calls: ReadonlyMap<string, readonly PolicySpec[]>;
  /** What a load asks; null for a group. */
  readonly target: string | null;
  /** How long it waits in all, in ms; of a load. */
  readonly patienceMs: number;
}

interface Times {
  /** One attempt may take so long, and all of them; in ms, Infinity where nothing bounds them. */
  readonly attemptMs: number;
  readonly allMs: number;
  /** The policy that makes several attempts of one; null: none does. */
  readonly repeats: AnyPolicy | null;
  /** The least time that a policy around it leaves, in ms; Infinity: none takes any away. */
  readonly leftMs: number;
}

export function warnOfShortTimes(
  groups: readonly GroupSpec[],
  loads: readonly LoadSpec[],
  plans: readonly { readonly name: string; readonly entry: SourceEntry }[],
  context: ParseContext,
): void {
  const entries = new Map(plans.map(({ name, entry }) => [name, entry]));
  const entry = (name: string) => entries.get(name) as SourceEntry;
  const callers: Caller[] = [
    ...groups.map(({ name, calls }) => {
      return { name, entry: entry(name), calls, target: null, patienceMs: Infinity };
    }),
    ...loads.map(({ name, calls = new Map(), timeoutUs, target }) => {
      return { name, entry: entry(name), calls, target, patienceMs: timeoutUs / 1000 };
    }),
  ];
  for (const caller of callers) {
    for (const [target, policies] of caller.calls) {
      const times = timesOf(policies);
      warnOfOwn(caller, target, times, context);
      warnOfCalled(caller, target, Math.min(times.attemptMs, caller.patienceMs), callers, context);
    }
    const { target } = caller;
    if (target === null || caller.calls.has(target)) continue;
    warnOfCalled(caller, target, caller.patienceMs, callers, context);
  }
}

/** The caller's own retries, against its patience and its policies around them. */
function warnOfOwn(
  caller: Caller,
  target: string,
  { repeats, attemptMs, leftMs }: Times,
  context: ParseContext,
): void {
  const limitMs = Math.min(caller.patienceMs, leftMs);
  if (repeats === null || limitMs > attemptMs) return;
  const text = `\`${repeats.name}\` of \`${caller.name}\` never helps: a call to \`${target}\` has ${limitMs}ms, and its first attempt takes up to ${attemptMs}ms`;
  report(caller, target, text, attemptMs, context);
}

/** What one called by `caller` may need for its own calls, against the time that it is given. */
function warnOfCalled(
  caller: Caller,
  target: string,
  limitMs: number,
  callers: readonly Caller[],
  context: ParseContext,
): void {
  // Members that ask each other are no chain of calls.
  if (caller.target === null && caller.name === target) return;
  const called = callers.find(({ name, target: asks }) => name === target && asks === null);
  for (const [further, policies] of called?.calls ?? []) {
    const { repeats, allMs } = timesOf(policies);
    if (repeats === null || allMs === Infinity || limitMs > allMs) continue;
    const text = `\`${caller.name}\` gives up after ${limitMs}ms, and \`${repeats.name}\` of \`${target}\` may take ${allMs}ms for a call to \`${further}\``;
    report(caller, target, text, allMs, context);
  }
}

/** From the innermost policy out. */
function timesOf(policies: readonly PolicySpec[]): Times {
  let ms = Infinity;
  let attemptMs = Infinity;
  let leftMs = Infinity;
  let repeats: AnyPolicy | null = null;
  for (const { policy, params } of policies.toReversed()) {
    const nextMs = policy.longestMs?.(params, ms) ?? ms;
    if (nextMs > ms) {
      if (repeats === null) attemptMs = ms;
      repeats = policy;
    } else if (nextMs < ms && repeats !== null) leftMs = nextMs;
    ms = nextMs;
  }
  return { attemptMs: repeats === null ? ms : attemptMs, allMs: ms, repeats, leftMs };
}

function report(
  caller: Caller,
  target: string,
  text: string,
  needsMs: number,
  { diagnostics }: ParseContext,
): void {
  const help = [`allow more than ${needsMs}ms, or make fewer attempts: late ones are of no use`];
  diagnostics.warning('DS155', spotOf(caller, target), text, { help });
}

/** Where the policies around these calls stand; else where the time-out of the load does. */
function spotOf({ entry }: Caller, target: string): Spot {
  const around = entryOf(valueOf(entry.value, 'calls'), target);
  return around?.keySpot ?? entryOf(entry.value, 'timeout')?.keySpot ?? entry.keySpot;
}
