/**
 * The single-purpose verdicts as the definitions say them: every pair, every subset, no index and
 * no order of search. An oracle for small histories.
 */
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

type Said = 'pass' | 'fail';

const said = (isRight: boolean): Said => (isRight ? 'pass' : 'fail');
const text = (value: Plain) => JSON.stringify(value);
const precedes = (a: Operation, b: Operation) => a.completedAtUs < b.invokedAtUs;
const elements = ({ output }: Operation) => (output ?? []) as readonly Plain[];
const shows = (read: Operation, value: Plain) =>
  elements(read).some((element) => text(element) === text(value));
const okOf = (history: History, f: string) =>
  history.filter((operation) => operation.f === f && operation.outcome === 'ok');

/** `[outcome, latency in µs]` of each element, by its text. */
export function naiveFates(history: History): ReadonlyMap<string, readonly [string, number]> {
  const fates = new Map<string, readonly [string, number]>();
  for (const add of history.filter(({ f }) => f === 'add')) {
    if (fates.has(text(add.input))) continue;
    const same = history.filter(({ f, input }) => f === 'add' && text(input) === text(add.input));
    const reads = okOf(history, 'read').filter((read) => !precedes(read, add));
    const present = reads.filter((read) => shows(read, add.input));
    const absent = reads.filter((read) => !shows(read, add.input));
    const known = Math.min(
      ...[...same.filter(({ outcome }) => outcome === 'ok'), ...present].map(
        (o) => o.completedAtUs,
      ),
    );
    const lastPresent = present.at(-1);
    const lastAbsent = absent.at(-1);
    const since = (read: Operation | undefined) =>
      read === undefined ? 0 : Math.max(0, read.invokedAtUs - known);
    if (lastPresent && (!lastAbsent || lastAbsent.index < lastPresent.index)) {
      fates.set(text(add.input), ['stable', since(lastAbsent)]);
    } else if (lastAbsent && known < lastAbsent.invokedAtUs) {
      fates.set(text(add.input), ['lost', since(lastPresent)]);
    } else fates.set(text(add.input), ['never-read', 0]);
  }
  return fates;
}

export function naiveUnorderedQueue(history: History): Said {
  const dequeues = okOf(history, 'dequeue');
  const order = (o: Operation) => [o.completedAtUs, o.index] as const;
  return said(
    dequeues.every((dequeue) => {
      const same = (value: Plain) => text(value) === text(dequeue.output);
      const put = history.filter(
        ({ f, outcome, input, invokedAtUs }) =>
          f === 'enqueue' &&
          outcome !== 'fail' &&
          same(input) &&
          invokedAtUs <= dequeue.completedAtUs,
      );
      const taken = dequeues.filter((other) => {
        const [at, index] = order(other);
        const [by, own] = order(dequeue);
        return same(other.output) && (at < by || (at === by && index <= own));
      });
      return taken.length <= put.length;
    }),
  );
}

export function naiveTotalQueue(history: History): Said {
  const times = (operations: History, field: 'input' | 'output', value: Plain) =>
    operations.filter((operation) => text(operation[field]) === text(value)).length;
  const enqueues = history.filter(({ f }) => f === 'enqueue');
  const dequeues = okOf(history, 'dequeue');
  const isLost = ({ input }: Operation) =>
    times(okOf(history, 'enqueue'), 'input', input) > times(dequeues, 'output', input);
  const isKnown = ({ output }: Operation) => times(enqueues, 'input', output) > 0;
  return said(!enqueues.some(isLost) && dequeues.every(isKnown));
}

/** What an earlier read saw, less all that it may have seen of sure adds, was of the uncertain. */
export function naiveCounter(history: History): Said {
  const adds = history.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const sum = (some: History) => some.reduce((total, { input }) => total + Number(input), 0);
  const begunBy = (read: Operation) => adds.filter((add) => add.invokedAtUs <= read.completedAtUs);
  const isTooHigh = (read: Operation) => Number(read.output) > sum(begunBy(read));
  const uncertainSeen = (read: Operation) =>
    isTooHigh(read)
      ? 0
      : Number(read.output) - sum(begunBy(read).filter(({ outcome }) => outcome === 'ok'));
  const reads = okOf(history, 'read');
  return said(
    reads.every((read) => {
      const sure = sum(adds.filter((add) => precedes(add, read)));
      const seen = reads.filter((before) => precedes(before, read)).map(uncertainSeen);
      return sure + Math.max(0, ...seen) <= Number(read.output) && !isTooHigh(read);
    }),
  );
}

/** Every subset of the uncertain adds. */
export function naiveSums(history: History): readonly number[] {
  let sums = [0];
  for (const { f, outcome, input } of history) {
    if (f !== 'add' || outcome === 'fail') continue;
    const moved = sums.map((sum) => sum + Number(input));
    sums = outcome === 'ok' ? moved : [...new Set([...sums, ...moved])];
  }
  return sums.toSorted((a, b) => a - b);
}

export function naiveLongFork(history: History): Said {
  const seen = okOf(history, 'read').map(({ output }) => {
    const steps = output as readonly (readonly Plain[])[];
    return new Set(
      steps.filter(([, , value]) => value !== null).map(([, key = null]) => text(key)),
    );
  });
  const contains = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
    [...b].every((key) => a.has(key));
  return said(seen.every((a) => seen.every((b) => contains(a, b) || contains(b, a))));
}

/** Those of unknown outcome that an answered read shows are done by its end, if nobody else's. */
function withSeen(history: History): History {
  return history.map((write) => {
    if (write.f !== 'write' || write.outcome !== 'info') return write;
    const same = history.filter(
      ({ f, outcome, input }) =>
        f === 'write' && outcome !== 'fail' && text(input) === text(write.input),
    );
    const ends = okOf(history, 'read')
      .filter(({ output }) =>
        (Array.isArray(output) ? output : [output]).some((one) => text(one) === text(write.input)),
      )
      .map(({ completedAtUs }) => completedAtUs)
      .filter((atUs) => atUs >= write.invokedAtUs);
    if (same.length > 1 || ends.length === 0) return write;
    const completedAtUs = ends.reduce((a, b) => Math.min(a, b));
    return { ...write, outcome: 'ok', completedAtUs };
  });
}

export function naiveCausalReverse(given: History): Said {
  const history = withSeen(given);
  const writes = history.filter(({ f, outcome }) => f === 'write' && outcome !== 'fail');
  return said(
    okOf(history, 'read').every((read) =>
      writes.every((later) =>
        writes.every(
          (earlier) =>
            !precedes(earlier, later) || !shows(read, later.input) || shows(read, earlier.input),
        ),
      ),
    ),
  );
}

/** Two holds of one lock that overlap; nobody acquires again what it holds. */
export function naiveMutex(history: History): Said {
  const holds = okOf(history, 'acquire').map((acquire) => {
    const released = history.find(
      ({ f, process, index }) =>
        f === 'release' && process === acquire.process && index > acquire.index,
    );
    return [acquire.completedAtUs, released?.invokedAtUs ?? Infinity] as const;
  });
  const real = holds.filter(([from, until]) => from < until);
  return said(
    real.every(([from, until], i) =>
      real.every(([start, end], j) => i === j || until <= start || end <= from),
    ),
  );
}

export function naiveMonotonic(history: History, consistency: string): Said {
  const reads = okOf(history, 'read');
  return said(
    reads.every((a) =>
      reads.every((b) => {
        const [before, after] = [Number(a.output), Number(b.output)];
        if (consistency === 'process') {
          return a.process !== b.process || a.index >= b.index || before <= after;
        }
        if (!precedes(a, b)) return true;
        return consistency === 'realtime' ? before <= after : before < after;
      }),
    ),
  );
}

/** Reads that were invoked after every write had ended, the last of each client. */
export function naiveFinalReads(history: History): readonly Operation[] {
  const writes = history.filter(({ f, outcome }) => f !== 'read' && outcome !== 'fail');
  const isFinal = (read: Operation) =>
    writes.every(({ endedAtUs, invokedAtUs }) =>
      endedAtUs === Infinity ? invokedAtUs < read.invokedAtUs : endedAtUs < read.invokedAtUs,
    );
  const finals = okOf(history, 'read').filter(isFinal);
  return finals.filter(
    (read) => !finals.some(({ client, index }) => client === read.client && index > read.index),
  );
}

/** Null where there is nothing to judge by. */
export function naiveLostWrites(history: History): Said | null {
  const finals = naiveFinalReads(history);
  const writes = history.filter(({ f, outcome }) => f === 'write' && outcome !== 'fail');
  const writersOf = ({ output }: Operation) =>
    writes.filter(({ input }) => text(input) === text(output));
  const certain = withSeen(history).filter(({ f, outcome }) => f === 'write' && outcome === 'ok');
  if (finals.length === 0 || certain.length === 0) return null;
  const isFromNowhere = (read: Operation) => read.output !== null && writersOf(read).length === 0;
  const isLost = (write: Operation) =>
    finals.every((read) => writersOf(read).every((writer) => precedes(writer, write)));
  return said(!finals.some(isFromNowhere) && !certain.some(isLost));
}

/** Null where fewer than two replicas were read. */
export function naiveConverged(history: History): Said | null {
  const states = naiveFinalReads(history).map(({ output }) => text(output));
  return states.length < 2 ? null : said(new Set(states).size === 1);
}
