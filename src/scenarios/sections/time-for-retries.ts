/**
 * Warns of time-outs that leave no time for retries further in: then these never help.
 *
 * A time-out has to be longer than what a call behind it may take: attempts times their time-out,
 * and the waits between them. Of the caller's own retries, which know how much time is left and may
 * be as many as fit, at least the second has to begin in time. Policies say how long a call may
 * take (`Policy.longestMs`), and kinds that pass requests on (`System.longestMs`), such as a
 * balancer that asks a second target; another kind may take any time.
 */
import type { AnyPolicy } from '../../sim/policy.ts';
import type { GroupSpec, LoadSpec, PolicySpec } from '../scenario.ts';
import type { SourceEntry, Spot } from '../text/source.ts';
import { entryOf, valueOf } from '../text/source.ts';
import { membersAmong, targetsOf } from './answers.ts';
import type { ParseContext } from './context.ts';

interface Caller {
  readonly name: string;
  readonly entry: SourceEntry;
  /** null for a load. */
  readonly group: GroupSpec | null;
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
    ...groups.map((group) => {
      const { name, calls } = group;
      return { name, entry: entry(name), group, calls, target: null, patienceMs: Infinity };
    }),
    ...loads.map(({ name, calls = new Map(), timeoutUs, target }) => {
      const patienceMs = timeoutUs / 1000;
      return { name, entry: entry(name), group: null, calls, target, patienceMs };
    }),
  ];
  for (const caller of callers) {
    for (const [target, policies] of caller.calls) {
      warnOfOwn(caller, target, timesOf(policies, longestOf(target, groups)), context);
      const { attemptMs } = timesOf(policies, Infinity);
      warnOfCalled(caller, target, Math.min(attemptMs, caller.patienceMs), callers, context);
    }
    const { target } = caller;
    if (target === null || caller.calls.has(target)) continue;
    warnOfCalled(caller, target, caller.patienceMs, callers, context);
  }
}

/** How long a request to a group takes at most, in ms; Infinity where nothing bounds it. */
function longestOf(
  name: string,
  groups: readonly GroupSpec[],
  above: readonly string[] = [],
): number {
  const group = groups.find((each) => each.name === name);
  // In a circle of proxies, which is an error of its own, nothing is bounded.
  if (group?.system.longestMs === undefined || above.includes(name)) return Infinity;
  return group.system.longestMs(group.params, insideOf(group, groups, above));
}

/** The same of what a group asks for one request: its targets, by way of its policies. */
function insideOf(
  group: GroupSpec,
  groups: readonly GroupSpec[],
  above: readonly string[] = [],
): number {
  const asked = membersAmong(group.nodes, groups).flatMap((each) => targetsOf(each, groups) ?? []);
  const times = asked.map(({ group: { name } }) => {
    const insideMs = longestOf(name, groups, [...above, group.name]);
    return timesOf(group.calls.get(name) ?? [], insideMs).allMs;
  });
  return times.length === 0 ? Infinity : Math.max(...times);
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
  const groups = callers.flatMap(({ group }) => group ?? []);
  if (called?.group != null && triesAgain(called.group)) {
    const allMs = longestOf(target, groups);
    if (allMs < Infinity && limitMs <= allMs) {
      const text = `\`${caller.name}\` gives up after ${limitMs}ms, and the attempts of \`${target}\` may take ${allMs}ms`;
      report(caller, target, text, allMs, context);
    }
  }
  for (const [further, policies] of called?.calls ?? []) {
    const { repeats, allMs } = timesOf(policies, longestOf(further, groups));
    if (repeats === null || allMs === Infinity || limitMs > allMs) continue;
    const text = `\`${caller.name}\` gives up after ${limitMs}ms, and \`${repeats.name}\` of \`${target}\` may take ${allMs}ms for a call to \`${further}\``;
    report(caller, target, text, allMs, context);
  }
}

/** A request may take longer than what its targets take. */
function triesAgain({ system, params }: GroupSpec): boolean {
  return (system.longestMs?.(params, 1) ?? 0) > 1;
}

/** From the innermost policy out, around a call that takes `insideMs` at most. */
function timesOf(policies: readonly PolicySpec[], insideMs: number): Times {
  let ms = insideMs;
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
