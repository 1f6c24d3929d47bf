/**
 * Long fork: one reader saw x and not yet y, another y and not yet x, so that no order of the two
 * writes explains both. Snapshot isolation and everything stronger forbid it; parallel snapshot
 * isolation does not.
 *
 * After Jepsen's test of the same name (jepsen-io/jepsen, tests/long_fork.clj): every key is
 * written at most once, each by a transaction of its own, and transactions that only read read the
 * keys of one group. What a group's reads have seen must grow: of any two, one contains the other.
 * Sorted by how much was seen it is enough to compare neighbours.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part } from '../findings/parts.ts';
import { count, isList, keyOf, show, showSome, type ValueKey } from '../findings/values.ts';

/** A transaction's keys and what it wrote or read there. */
interface Access {
  readonly key: Plain;
  readonly value: Plain;
}

/** What one read saw of its group. */
interface Sight {
  readonly read: Operation;
  readonly seen: ReadonlyMap<ValueKey, Access>;
}

export interface LongForkOptions {
  readonly checker: string;
  /** How many keys each read has; null: whatever it has. */
  readonly groupSize: number | null;
}

export function judgeLongFork(parts: readonly Part[], options: LongForkOptions): CheckResult {
  const { checker } = options;
  const findings = new Findings(['long-fork']);
  let judged = 0;
  let readCount = 0;
  let groupCount = 0;
  let size = 0;
  for (const part of parts) {
    const sorted = sortOut(part.operations, options.groupSize);
    if (typeof sorted === 'string') return notJudged(checker, `Nothing was judged: ${sorted}.`);
    groupCount += sorted.size;
    for (const sights of sorted.values()) {
      readCount += sights.length;
      const keys = accessesOf(sights[0]?.read)?.length ?? 0;
      size = Math.max(size, keys);
      // A fork takes two reads of two keys.
      if (keys > 1) judged += sights.length - 1;
      const clash = conflictingValues(sights);
      if (clash !== null) return notJudged(checker, `Nothing was judged: ${clash}.`);
      findForks(sights, part.key, findings);
    }
  }
  return conclude({
    checker,
    findings,
    numbers: { judged, readCount, groupCount, groupSize: size },
    passed: `What the ${count(readCount, 'read')} of ${count(groupCount, 'group')} saw can be put in one order.`,
    unknown: readCount === 0 ? 'No transaction that only reads was answered.' : null,
  });
}

/** Answered reads by the keys they read; or why the history is none of this test. */
function sortOut(
  operations: readonly Operation[],
  groupSize: number | null,
): ReadonlyMap<string, Sight[]> | string {
  const groups = new Map<string, Sight[]>();
  const written = new Map<ValueKey, Operation>();
  for (const operation of operations) {
    const accesses = accessesOf(operation);
    if (accesses === null) return `#${operation.index} is no list of reads, and no single write`;
    const [first] = accesses;
    if (isWrite(operation)) {
      const key = keyOf(first?.key ?? null);
      const before = written.get(key);
      if (before !== undefined) {
        return `key ${show(first?.key ?? null)} is written twice, by #${before.index} and #${operation.index}`;
      }
      written.set(key, operation);
      continue;
    }
    if (operation.outcome !== 'ok') continue;
    if (groupSize !== null && accesses.length !== groupSize) {
      return `#${operation.index} reads ${count(accesses.length, 'key')}, not ${groupSize}`;
    }
    const names = accesses.map(({ key }) => JSON.stringify(keyOf(key)));
    const name = names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(' ');
    const seen = new Map(
      accesses.filter(({ value }) => value !== null).map((access) => [keyOf(access.key), access]),
    );
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [{ read: operation, seen }]);
    else group.push({ read: operation, seen });
  }
  return groups;
}

function isWrite({ input }: Operation): boolean {
  return isList(input) && input.length === 1 && isList(input[0]) && input[0][0] === 'w';
}

/** The micro-operations of a transaction that only reads, or of a single write; else null. */
function accessesOf(operation: Operation | undefined): readonly Access[] | null {
  if (operation === undefined) return null;
  const { outcome, input, output } = operation;
  const steps = outcome === 'ok' && isList(output) ? output : input;
  if (!isList(steps) || steps.length === 0) return null;
  const accesses: Access[] = [];
  for (const step of steps) {
    if (!isList(step) || step.length < 2) return null;
    const [f, key = null, value = null] = step;
    if (f !== 'r' && !(f === 'w' && steps.length === 1)) return null;
    accesses.push({ key, value });
  }
  return accesses;
}

/** Two values of one key: then the order of its writes is not known, and nothing follows. */
function conflictingValues(sights: readonly Sight[]): string | null {
  const values = new Map<ValueKey, { value: Plain; read: Operation }>();
  for (const { read, seen } of sights) {
    for (const [name, { key, value }] of seen) {
      const before = values.get(name);
      if (before === undefined) values.set(name, { value, read });
      else if (keyOf(before.value) !== keyOf(value)) {
        return `#${before.read.index} and #${read.index} read different values of key ${show(key)}, which can be written only once`;
      }
    }
  }
  return null;
}

function findForks(sights: Sight[], key: string | null, into: Findings): void {
  sights.sort((a, b) => a.seen.size - b.seen.size || a.read.index - b.read.index);
  for (let i = 1; i < sights.length; i++) {
    const [less, more] = [sights[i - 1], sights[i]];
    if (less === undefined || more === undefined) continue;
    const onlyLess = missingFrom(more, less);
    if (onlyLess.length === 0) continue;
    into.add('long-fork', less.seen.size + more.seen.size, () => {
      const sentence =
        `#${less.read.index}${onKey(key)} saw ${showSome(onlyLess, 3)} and not ` +
        `${showSome(missingFrom(less, more), 3)}, #${more.read.index} saw it the other way round`;
      return { sentence, operations: [less.read, more.read], key };
    });
  }
}

/** Keys that the second saw and the first did not. */
function missingFrom(a: Sight, b: Sight): readonly Plain[] {
  return [...b.seen].filter(([key]) => !a.seen.has(key)).map(([, access]) => access.key);
}
