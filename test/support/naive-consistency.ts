/**
 * The hierarchy of consistency by its definitions: every order, every choice of what was visible,
 * everything tried, for histories of five operations or so.
 *
 * Causal memory, convergence and consistency as Bouajjani et al. (POPL 2017) define them, over all
 * partial orders that contain program order; sessions as Terry et al. (1994), over all orders of
 * the writes and all sets of writes that a read may have known. Nothing here knows of bad patterns.
 */
import type { History, Operation } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

/** What an operation does to its key. */
interface Step {
  readonly process: number;
  readonly at: number;
  readonly key: string;
  /** What it must have found; undefined if it did not look. A box, since null is a value. */
  readonly found: { readonly value: Plain } | undefined;
  readonly sets: { readonly value: Plain } | undefined;
}

export interface Guarantees {
  readonly readYourWrites?: boolean;
  readonly monotonicReads?: boolean;
  readonly monotonicWrites?: boolean;
  readonly writesFollowReads?: boolean;
}

/** Whether some choice of the open operations makes the history keep the level. */
export function naivelyKeeps(history: History, level: string, initial: Plain = null): boolean {
  const closed = history.filter(({ outcome }) => outcome === 'ok');
  const open = history.filter(({ outcome, f }) => outcome === 'info' && f !== 'read');
  for (let chosen = 0; chosen < 1 << open.length; chosen++) {
    const happened = [...closed, ...open.filter((_, i) => (chosen >> i) & 1)];
    happened.sort((a, b) => a.index - b.index);
    if (keeps(happened.map(stepOf), level, initial)) return true;
  }
  return false;
}

function stepOf({ process, index, key, f, input, output }: Operation): Step {
  const [from, to] = Array.isArray(input) ? [input[0] ?? null, input[1] ?? null] : [null, null];
  return {
    process,
    at: index,
    key: key ?? '',
    found: f === 'read' ? { value: output } : f === 'cas' ? { value: from } : undefined,
    sets: f === 'write' ? { value: input } : f === 'cas' ? { value: to } : undefined,
  };
}

const SESSIONS: ReadonlyMap<string, Guarantees> = new Map([
  ['read-your-writes', { readYourWrites: true }],
  ['monotonic-reads', { monotonicReads: true }],
  ['monotonic-writes', { monotonicWrites: true }],
  ['writes-follow-reads', { writesFollowReads: true }],
  ['read-your-writes+monotonic-writes', { readYourWrites: true, monotonicWrites: true }],
  ['monotonic-reads+monotonic-writes', { monotonicReads: true, monotonicWrites: true }],
  ['monotonic-reads+writes-follow-reads', { monotonicReads: true, writesFollowReads: true }],
  [
    'session-guarantees',
    { readYourWrites: true, monotonicReads: true, monotonicWrites: true, writesFollowReads: true },
  ],
]);

function keeps(steps: readonly Step[], level: string, initial: Plain): boolean {
  const session = SESSIONS.get(level);
  if (session !== undefined) return keepsSession(steps, session, initial);
  switch (level) {
    case 'sequential':
      return some(ordersOf(steps, inProgramOrder), (order) => isLegal(order, initial, steps));
    case 'pram':
      return processesOf(steps).every((p) => hasView(steps, p, initial));
    case 'causal':
      return some(causalOrders(steps), (co) => keepsMemory(steps, co, initial));
    case 'causal-consistency':
      return some(causalOrders(steps), (co) => keepsWeakly(steps, co, initial));
    case 'causal-convergence':
      return some(causalOrders(steps), (co) => keepsConverging(steps, co, initial));
    default:
      throw new Error(`no level ${level}`);
  }
}

type Before = (a: Step, b: Step) => boolean;

const inProgramOrder: Before = (a, b) => a.process === b.process && a.at < b.at;

function keepsMemory(steps: readonly Step[], co: Before, initial: Plain): boolean {
  return steps.every((o) => {
    const past = steps.filter((a) => a === o || co(a, o));
    const seen = past.filter((a) => a === o || inProgramOrder(a, o));
    return some(ordersOf(past, co), (order) => isLegal(order, initial, seen));
  });
}

function keepsWeakly(steps: readonly Step[], co: Before, initial: Plain): boolean {
  return steps.every((o) => {
    const past = steps.filter((a) => a === o || co(a, o));
    return some(ordersOf(past, co), (order) => isLegal(order, initial, [o]));
  });
}

function keepsConverging(steps: readonly Step[], co: Before, initial: Plain): boolean {
  return some(ordersOf(steps, co), (order) => {
    return steps.every((o) => {
      const past = order.filter((a) => co(a, o));
      return isLegal([...past, o], initial, [o]);
    });
  });
}

function hasView(steps: readonly Step[], p: number, initial: Plain): boolean {
  const view = steps.filter(({ process, sets }) => process === p || sets !== undefined);
  const seen = view.filter(({ process }) => process === p);
  return some(ordersOf(view, inProgramOrder), (order) => isLegal(order, initial, seen));
}

function keepsSession(steps: readonly Step[], session: Guarantees, initial: Plain): boolean {
  const writes = steps.filter(({ sets }) => sets !== undefined);
  const reads = steps.filter(({ found }) => found !== undefined);
  const { monotonicWrites = false } = session;
  return some(
    ordersOf(writes, (a, b) => monotonicWrites && inProgramOrder(a, b)),
    (order) => hasKnowledge(order, reads, session, initial, []),
  );
}

/** Extends what the first reads knew to all, in every way. */
function hasKnowledge(
  order: readonly Step[],
  reads: readonly Step[],
  session: Guarantees,
  initial: Plain,
  known: readonly (readonly Step[])[],
): boolean {
  const read = reads[known.length];
  if (read === undefined) return isKept(order, reads, session, known);
  for (let chosen = 0; chosen < 1 << order.length; chosen++) {
    const knows = order.filter((w, i) => ((chosen >> i) & 1) === 1 && w !== read);
    if (((chosen >> order.indexOf(read)) & 1) === 1 && order.includes(read)) continue;
    if (!isLegal([...knows, read], initial, [read])) continue;
    if (hasKnowledge(order, reads, session, initial, [...known, knows])) return true;
  }
  return false;
}

function isKept(
  order: readonly Step[],
  reads: readonly Step[],
  session: Guarantees,
  known: readonly (readonly Step[])[],
): boolean {
  const earlier = (w: Step, write: Step) => order.indexOf(w) < order.indexOf(write);
  for (const [i, read] of reads.entries()) {
    const knows = known[i] ?? [];
    const includes = (all: readonly Step[]) => all.every((w) => knows.includes(w));
    if (session.readYourWrites && !includes(order.filter((w) => inProgramOrder(w, read)))) {
      return false;
    }
    if (session.monotonicWrites) {
      if (!knows.every((w) => includes(order.filter((a) => inProgramOrder(a, w))))) return false;
    }
    for (const [j, other] of reads.entries()) {
      const knew = known[j] ?? [];
      if (session.monotonicReads && inProgramOrder(other, read) && !includes(knew)) return false;
      for (const write of order) {
        // A compare-and-set always follows its own read.
        const follows = session.writesFollowReads === true && inProgramOrder(other, write);
        if (other !== write && !follows) continue;
        if (!knew.every((w) => earlier(w, write))) return false;
        if (knows.includes(write) && !includes(knew)) return false;
      }
    }
  }
  return true;
}

/** Whether the steps that are seen found what they must, each step setting its key in turn. */
function isLegal(order: readonly Step[], initial: Plain, seen: readonly Step[]): boolean {
  const values = new Map<string, Plain>();
  for (const step of order) {
    const value = values.has(step.key) ? values.get(step.key) : initial;
    if (step.found !== undefined && seen.includes(step) && step.found.value !== value) return false;
    if (step.sets !== undefined) values.set(step.key, step.sets.value);
  }
  return true;
}

function processesOf(steps: readonly Step[]): readonly number[] {
  return [...new Set(steps.map(({ process }) => process))];
}

function* ordersOf(steps: readonly Step[], before: Before): Generator<readonly Step[]> {
  if (steps.length === 0) {
    yield [];
    return;
  }
  for (const first of steps) {
    if (steps.some((other) => other !== first && before(other, first))) continue;
    const rest = steps.filter((other) => other !== first);
    for (const order of ordersOf(rest, before)) yield [first, ...order];
  }
}

/** Every strict partial order of the steps that contains program order. */
function* causalOrders(steps: readonly Step[]): Generator<Before> {
  const position = new Map(steps.map((step, i) => [step, i]));
  const of = (step: Step) => position.get(step) ?? -1;
  for (const relation of partialOrders(steps.length)) {
    const contains = steps.every((a) =>
      steps.every((b) => !inProgramOrder(a, b) || relation[of(a) * steps.length + of(b)] === true),
    );
    if (contains) yield (a, b) => relation[of(a) * steps.length + of(b)] === true;
  }
}

const orders = new Map<number, readonly (readonly boolean[])[]>();

/** All strict partial orders of this many elements: 1, 3, 19, 219, 4231. */
export function partialOrders(n: number): readonly (readonly boolean[])[] {
  const known = orders.get(n);
  if (known !== undefined) return known;
  const found: boolean[][] = [];
  const pairs: [number, number][] = [];
  for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) pairs.push([a, b]);
  const relation = new Array<boolean>(n * n).fill(false);
  const choose = (i: number) => {
    const pair = pairs[i];
    if (pair === undefined) {
      if (isTransitive(relation, n)) found.push([...relation]);
      return;
    }
    const [a, b] = pair;
    choose(i + 1);
    relation[a * n + b] = true;
    choose(i + 1);
    relation[a * n + b] = false;
    relation[b * n + a] = true;
    choose(i + 1);
    relation[b * n + a] = false;
  };
  choose(0);
  orders.set(n, found);
  return found;
}

function isTransitive(relation: readonly boolean[], n: number): boolean {
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      if (!relation[a * n + b]) continue;
      for (let c = 0; c < n; c++) if (relation[b * n + c] && !relation[a * n + c]) return false;
    }
  }
  return true;
}

function some<T>(all: Iterable<T>, holds: (one: T) => boolean): boolean {
  for (const one of all) if (holds(one)) return true;
  return false;
}
