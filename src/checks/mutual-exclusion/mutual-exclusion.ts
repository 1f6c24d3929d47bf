/**
 * Locks: no two hold one at a time, and what guards the data behind it, fencing tokens, only grow.
 *
 * A process surely holds a lock from when its acquire is answered until it invokes the release, or
 * until its lease is over, or until it is over itself: one that has given up an operation never
 * acts again. Readers, whose acquire has the input "shared", may hold it together. Because a holder
 * cannot know that its lease has run out while it was paused, storage must refuse a token older
 * than one it has seen (Kleppmann: How to do distributed locking, 2016).
 */
import { compareNumbers, isNumeric, type Numeric } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult, Facts } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isFields, isList, keyOf, type ValueKey } from '../findings/values.ts';

export interface LockOptions {
  readonly checker: string;
  /** Whether two may believe that they hold the lock, as long as the tokens are right. */
  readonly fencingOnly: boolean;
  /** For how long an acquire gives the lock at most, from its invocation; null: forever. */
  readonly leaseUs: number | null;
  /** Whether the holder may acquire it again. */
  readonly reentrant: boolean;
  /** When the client of an operation crashed next: who is not running holds nothing. */
  readonly crashAfterUs?: (operation: Operation) => number;
}

/** A stretch of time in which a process surely holds the lock. */
export interface Hold {
  readonly acquire: Operation;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly release: Operation | null;
}

/** Holds of one lock, by their beginning. */
export function holdsOf(
  { operations }: Part,
  options: Pick<LockOptions, 'leaseUs' | 'reentrant' | 'crashAfterUs'>,
): readonly Hold[] {
  const { leaseUs, reentrant, crashAfterUs } = options;
  const held = new Map<number, { acquires: Operation[]; depth: number }>();
  const holds: Hold[] = [];
  /** Of a process that is over: when its last operation was given up. */
  const overUs = new Map<number, number>();
  const end = (acquire: Operation, release: Operation | null) => {
    const fromUs = acquire.completedAtUs;
    const leaseEndUs = leaseUs === null ? Infinity : acquire.invokedAtUs + leaseUs;
    const crashUs = crashAfterUs?.(acquire) ?? Infinity;
    const goneUs = overUs.get(acquire.process) ?? Infinity;
    const untilUs = Math.min(release?.invokedAtUs ?? Infinity, leaseEndUs, crashUs, goneUs);
    if (untilUs > fromUs) holds.push({ acquire, fromUs, untilUs, release });
  };
  for (const operation of operations) {
    const { f, outcome, process } = operation;
    const own = held.get(process);
    if (outcome === 'info') overUs.set(process, operation.endedAtUs);
    if (f === 'acquire' && outcome === 'ok') {
      if (own === undefined) held.set(process, { acquires: [operation], depth: 1 });
      else if (reentrant) own.depth++;
      else own.acquires.push(operation);
    } else if (f === 'release' && own !== undefined) {
      own.depth--;
      // Whatever becomes of it, from here on it may have been released.
      if (reentrant && own.depth > 0) continue;
      for (const acquire of own.acquires) end(acquire, operation);
      held.delete(process);
    }
  }
  for (const { acquires } of held.values()) for (const acquire of acquires) end(acquire, null);
  return holds.sort((a, b) => a.fromUs - b.fromUs || a.acquire.index - b.acquire.index);
}

/** The crashes of clients, for `LockOptions.crashAfterUs`. */
export function crashesOf({ down }: Pick<Facts, 'down'>): (operation: Operation) => number {
  return ({ client, completedAtUs }) => {
    const crash = down.find(
      ({ node, crashedAtUs }) =>
        node === client && crashedAtUs !== undefined && crashedAtUs >= completedAtUs,
    );
    return crash?.crashedAtUs ?? Infinity;
  };
}

export function judgeLock(parts: readonly Part[], options: LockOptions): CheckResult {
  const { checker, fencingOnly } = options;
  const stranger = strangerAmong(parts, ['acquire', 'release', 'write', 'read']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings([
    'two-holders',
    'stale-token-accepted',
    'token-reused',
    'token-went-back',
  ]);
  const total = { acquires: 0, tokens: 0, guarded: 0, most: 0, judged: 0 };
  for (const part of parts) {
    const holds = holdsOf(part, options);
    const acquires = part.operations.filter(isAcquired).length;
    total.acquires += acquires;
    total.most = Math.max(total.most, mostAtOnce(holds));
    if (!fencingOnly) reportOverlaps(holds, part.key, findings);
    const tokens = reportTokens(part, findings);
    const guarded = reportStaleTokens(part, findings);
    total.tokens += tokens;
    total.guarded += guarded;
    // The first of each has nothing before it to contradict.
    total.judged += Math.max(0, (fencingOnly ? tokens : acquires) - 1) + Math.max(0, guarded - 1);
  }
  const tokens = total.tokens === 0 ? '' : `; ${count(total.tokens, 'token')} only grew`;
  const missing =
    fencingOnly && total.tokens + total.guarded === 0
      ? 'No acquire gave a token and no write carried one.'
      : total.acquires + total.guarded === 0
        ? 'The lock was never acquired.'
        : null;
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.judged,
      acquireCount: total.acquires,
      tokenCount: total.tokens,
      guardedWriteCount: total.guarded,
      mostHoldersAtOnce: total.most,
    },
    passed: fencingOnly
      ? `No older token was accepted after a newer one in ${count(total.guarded, 'guarded write')}${tokens}.`
      : `No two held the lock at a time in ${count(total.acquires, 'acquire')}${tokens}.`,
    unknown: missing,
    next: nextOf(findings),
  });
}

function isAcquired({ f, outcome }: Operation): boolean {
  return f === 'acquire' && outcome === 'ok';
}

function nextOf(findings: Findings): readonly string[] {
  if (findings.countOf('two-holders') === 0) return [];
  return [
    'A lease can run out while its holder is paused: --consistency fencing asks only whether tokens keep the data safe.',
  ];
}

/** How many held it at the same time. */
function mostAtOnce(holds: readonly Hold[]): number {
  const ends = holds.map(({ untilUs }) => untilUs).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let over = 0;
  let most = 0;
  holds.forEach(({ fromUs }, begun) => {
    while ((ends[over] ?? Infinity) <= fromUs) over++;
    most = Math.max(most, begun + 1 - over);
  });
  return most;
}

/** Each hold that begins while another lasts; those of readers may. */
function reportOverlaps(holds: readonly Hold[], key: string | null, into: Findings): void {
  let longest: Hold | null = null;
  /** Of those that share it with nobody. */
  let longestAlone: Hold | null = null;
  for (const hold of holds) {
    const other: Hold | null = isShared(hold) ? longestAlone : longest;
    if (other !== null && hold.fromUs < other.untilUs) {
      const size = other.release === null ? 3 : 2;
      into.add('two-holders', size, () => overlap(other, hold, key));
    }
    longest = later(longest, hold);
    if (!isShared(hold)) longestAlone = later(longestAlone, hold);
  }
}

function isShared({ acquire }: Hold): boolean {
  return acquire.input === 'shared';
}

function later(a: Hold | null, b: Hold): Hold {
  return a === null || b.untilUs > a.untilUs ? b : a;
}

function overlap(first: Hold, second: Hold, key: string | null) {
  const [a, b] = [first.acquire, second.acquire];
  const who = a.process === b.process ? `process ${a.process} again` : `process ${b.process}`;
  const until =
    first.release === null
      ? 'has never released it'
      : `invoked its release #${first.release.index} only later`;
  const sentence = `#${b.index} gave the lock${onKey(key)} to ${who} while process ${a.process} held it: #${a.index} had given it, and it ${until}`;
  return {
    sentence,
    operations: [a, b, ...(first.release === null ? [] : [first.release])],
    key,
  };
}

// --- Tokens ------------------------------------------------------------------------------------

function tokenIn(value: Plain): Numeric | null {
  if (isNumeric(value)) return value;
  const token = isFields(value) ? value['token'] : null;
  return isNumeric(token) ? token : null;
}

/** The token that a guarded write carries: `{ token, ... }` or `[token, ...]`. */
function tokenOfWrite({ input }: Operation): Numeric | null {
  if (isList(input)) return isNumeric(input[0]) ? input[0] : null;
  return isFields(input) ? tokenIn(input) : null;
}

interface Tokened {
  readonly operation: Operation;
  readonly token: Numeric;
}

function tokened(
  operations: readonly Operation[],
  tokenOf: (operation: Operation) => Numeric | null,
): readonly Tokened[] {
  return operations.flatMap((operation) => {
    const token = operation.outcome === 'ok' ? tokenOf(operation) : null;
    return token === null ? [] : [{ operation, token }];
  });
}

/** For each in order of invocation: the largest token among those completed before. */
function* withLargestBefore(all: readonly Tokened[]): Generator<[Tokened, Tokened | null]> {
  const completed = all.toSorted(
    ({ operation: a }, { operation: b }) => a.completedAtUs - b.completedAtUs || a.index - b.index,
  );
  let next = 0;
  let largest: Tokened | null = null;
  for (const each of all) {
    for (; next < completed.length; next++) {
      const before = completed[next];
      if (before === undefined) break;
      if (before.operation.completedAtUs >= each.operation.invokedAtUs) break;
      if (largest === null || compareNumbers(before.token, largest.token) > 0) largest = before;
    }
    yield [each, largest];
  }
}

/** Tokens that were given twice, or smaller than one given before. Returns how many there are. */
function reportTokens({ key, operations }: Part, into: Findings): number {
  const given = tokened(operations, ({ f, output }) => (f === 'acquire' ? tokenIn(output) : null));
  const first = new Map<ValueKey, Operation>();
  for (const { operation, token } of given) {
    const before = first.get(keyOf(token));
    if (before === undefined) first.set(keyOf(token), operation);
    else if (before.process !== operation.process) {
      into.add('token-reused', 2, () => ({
        sentence: `token ${token}${onKey(key)} was given to process ${before.process} by #${before.index} and to process ${operation.process} by #${operation.index}`,
        operations: [before, operation],
        key,
      }));
    }
  }
  for (const [{ operation, token }, largest] of withLargestBefore(given)) {
    if (largest === null || compareNumbers(largest.token, token) <= 0) continue;
    into.add('token-went-back', 2, () => ({
      sentence: `#${operation.index} gave token ${token}${onKey(key)} after #${largest.operation.index} had given ${largest.token}`,
      operations: [largest.operation, operation],
      key,
    }));
  }
  return given.length;
}

/**
 * Guarded writes accepted after one with a newer token. Returns how many guarded writes there are.
 */
function reportStaleTokens({ key, operations }: Part, into: Findings): number {
  const writes = tokened(operations, (operation) =>
    operation.f === 'write' ? tokenOfWrite(operation) : null,
  );
  for (const [{ operation, token }, largest] of withLargestBefore(writes)) {
    if (largest === null || compareNumbers(largest.token, token) <= 0) continue;
    into.add('stale-token-accepted', 2, () => ({
      sentence: `#${operation.index} wrote with token ${token}${onKey(key)} and was accepted, though #${largest.operation.index} had written with ${largest.token} before`,
      operations: [largest.operation, operation],
      key,
    }));
  }
  return writes.length;
}
