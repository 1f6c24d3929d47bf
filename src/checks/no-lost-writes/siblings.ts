/**
 * Lost writes of a store that keeps siblings (interface `siblings`): an acknowledged value must be
 * among the last answers, unless a write or deletion has replaced it that had seen it.
 *
 * What a write has seen is what its session had seen before: the values that its process has read
 * of the key, and those that it has written itself. A write that had not seen the value may not
 * take its place, whatever its clock says.
 */
import type { Operation } from '../../sim/history.ts';
import { type CertainWrite, certainWrites } from '../findings/certain-writes.ts';
import { finalReads, getsAsReads } from '../findings/final-reads.ts';
import type { Findings } from '../findings/findings.ts';
import { onKey, type Part } from '../findings/parts.ts';
import { count, isList, keyOf, show, type ValueKey } from '../findings/values.ts';

/** How much of one part was judged. */
export interface PartJudged {
  /** Writes that surely happened. */
  readonly judged: number;
  readonly finals: readonly Operation[];
  /** Those that are gone. */
  readonly lost: readonly CertainWrite[];
}

export function isSiblings({ operations }: Part): boolean {
  return operations.some(({ f }) => f === 'put' || f === 'get');
}

export function judgeSiblings({ key, operations }: Part, into: Findings): PartJudged {
  const finals = [...finalReads(getsAsReads(operations)).values()];
  const certain = certainWrites(operations, ({ f, input }) => (f === 'put' ? input : undefined));
  const shown = new Set(finals.flatMap(({ output }) => valuesIn(output)));
  const replaced = replacedValues(operations);
  const [read] = finals;
  if (read === undefined) return { judged: certain.length, finals, lost: [] };
  const lost = certain.filter(
    ({ value }) => !shown.has(keyOf(value)) && !replaced.has(keyOf(value)),
  );
  for (const { write, how } of lost) {
    into.add('lost-write', -write.invokedAtUs, () => ({
      sentence: `#${write.index}, the put of ${show(write.input)}${onKey(key)}, was ${how} and replaced by nobody who had seen it, but none of ${count(finals.length, 'final read')} shows it, #${read.index} for one`,
      operations: [write, read],
      key,
    }));
  }
  nowhere(operations, finals, key, into);
  return { judged: certain.length, finals, lost };
}

/** Values that a write or deletion may have replaced, since its process had seen them. */
function replacedValues(operations: readonly Operation[]): ReadonlySet<ValueKey> {
  const replaced = new Set<ValueKey>();
  const seen = new Map<number, Set<ValueKey>>();
  for (const { process, f, input, output, outcome } of operations) {
    let own = seen.get(process);
    if (own === undefined) {
      own = new Set();
      seen.set(process, own);
    }
    if (f === 'get') {
      if (outcome === 'ok') for (const value of valuesIn(output)) own.add(value);
      continue;
    }
    if (outcome === 'fail') continue;
    for (const value of own) replaced.add(value);
    if (f === 'put') own.add(keyOf(input));
  }
  return replaced;
}

function nowhere(
  operations: readonly Operation[],
  finals: readonly Operation[],
  key: string | null,
  into: Findings,
): void {
  const written = new Set(
    operations.flatMap(({ f, input, outcome }) =>
      f === 'put' && outcome !== 'fail' ? [keyOf(input)] : [],
    ),
  );
  for (const read of finals) {
    const odd = valuesIn(read.output).find((value) => !written.has(value));
    if (odd === undefined) continue;
    into.add('from-nowhere', 1, () => ({
      sentence: `#${read.index} read ${show(read.output)}${onKey(key)} at last, of which something was written by nobody`,
      operations: [read],
      key,
    }));
  }
}

function valuesIn(output: Operation['output']): readonly ValueKey[] {
  return isList(output) ? output.map(keyOf) : [];
}
