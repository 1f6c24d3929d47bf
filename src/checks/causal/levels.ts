/**
 * The levels of consistency of registers, what each promises, and which implies which. They are no
 * line: causal memory and causal convergence imply neither the other, nor do causal consistency and
 * PRAM.
 *
 * The session guarantees are judged with one order of writes for all processes, as Terry et al.
 * (1994) define them, each alone or several together: alone they promise little. All four together
 * are causal convergence.
 */
import {
  ALL_GUARANTEES,
  ATOMIC,
  MONOTONIC_READS,
  MONOTONIC_WRITES,
  READ_YOUR_WRITES,
  WRITES_FOLLOW_READS,
} from './order.ts';

export type LevelName =
  | 'linearizable'
  | 'sequential'
  | 'causal'
  | 'causal-convergence'
  | 'causal-consistency'
  | 'pram'
  | 'session-guarantees'
  | 'read-your-writes+monotonic-writes'
  | 'monotonic-reads+monotonic-writes'
  | 'monotonic-reads+writes-follow-reads'
  | 'read-your-writes'
  | 'monotonic-reads'
  | 'monotonic-writes'
  | 'writes-follow-reads';

export interface Level {
  readonly name: LevelName;
  /** In a sentence: `causal memory`. */
  readonly title: string;
  readonly summary: string;
  /** What must be so, for `There is ...`: completes the verdict. */
  readonly means: string;
  readonly sources: readonly string[];
  /** The guarantees of which one shared order of writes is asked; absent for the others. */
  readonly guarantees?: number;
  /** The levels just below it, each implied. */
  readonly implies: readonly LevelName[];
}

const BOUAJJANI = 'Bouajjani, Enea, Guerraoui, Hamza: On Verifying Causal Consistency (POPL 2017)';
const TERRY =
  'Terry, Demers, Petersen, Spreitzer, Theimer, Welch: Session Guarantees for Weakly Consistent ' +
  'Replicated Data (PDIS 1994)';

/** The strongest first. */
export const LEVELS: readonly Level[] = [
  {
    name: 'linearizable',
    title: 'linearizability',
    summary: 'Every operation takes effect at one moment between its call and its answer.',
    means: 'every operation takes effect between its call and its answer',
    sources: ['Herlihy, Wing: Linearizability (TOPLAS 1990)'],
    implies: ['sequential'],
  },
  {
    name: 'sequential',
    title: 'sequential consistency',
    summary: 'One order of all operations explains all, and keeps the order of each process.',
    means: 'one order of all operations explains what each process saw',
    sources: ['Lamport: How to Make a Multiprocessor Computer (IEEE ToC 1979)'],
    implies: ['causal', 'causal-convergence'],
  },
  {
    name: 'causal',
    title: 'causal memory',
    summary: 'Each process can order all writes so that causes come first and its reads fit.',
    means: 'each process has an order of all writes that keeps causes first and explains its reads',
    sources: [
      'Ahamad, Neiger, Burns, Kohli, Hutto: Causal Memory (Distributed Computing 1995)',
      BOUAJJANI,
    ],
    implies: ['causal-consistency', 'pram'],
  },
  {
    name: 'causal-convergence',
    title: 'causal convergence',
    summary: 'One order of all writes keeps causes first; a read returns the last that it knows.',
    means: 'one order of all writes keeps causes first and explains every read by what it knew',
    sources: [BOUAJJANI],
    guarantees: ALL_GUARANTEES,
    implies: ['causal-consistency', 'session-guarantees'],
  },
  {
    name: 'causal-consistency',
    title: 'causal consistency',
    summary: 'No read returns a value that a write it knew of had replaced.',
    means: 'no read returned a value that a write it knew of had replaced',
    sources: [BOUAJJANI],
    implies: [],
  },
  {
    name: 'pram',
    title: 'PRAM consistency',
    summary: 'Each process sees the writes of each other process in the order they were made.',
    means:
      "each process has an order of all writes that keeps every writer's and explains its reads",
    sources: ['Lipton, Sandberg: PRAM: A Scalable Shared Memory (Princeton CS-TR-180-88, 1988)'],
    implies: [],
  },
  guaranteed('session-guarantees', 'session consistency (all four guarantees)', ALL_GUARANTEES, [
    'read-your-writes+monotonic-writes',
    'monotonic-reads+monotonic-writes',
    'monotonic-reads+writes-follow-reads',
  ]),
  guaranteed(
    'read-your-writes+monotonic-writes',
    'read your writes on top of monotonic writes',
    READ_YOUR_WRITES | MONOTONIC_WRITES,
    ['read-your-writes', 'monotonic-writes'],
  ),
  guaranteed(
    'monotonic-reads+monotonic-writes',
    'monotonic reads on top of monotonic writes',
    MONOTONIC_READS | MONOTONIC_WRITES,
    ['monotonic-reads', 'monotonic-writes'],
  ),
  guaranteed(
    'monotonic-reads+writes-follow-reads',
    'monotonic reads on top of writes follow reads',
    MONOTONIC_READS | WRITES_FOLLOW_READS,
    ['monotonic-reads', 'writes-follow-reads'],
  ),
  guaranteed('read-your-writes', 'read your writes (alone)', READ_YOUR_WRITES, []),
  guaranteed('monotonic-reads', 'monotonic reads (alone)', MONOTONIC_READS, []),
  guaranteed('monotonic-writes', 'monotonic writes (alone)', MONOTONIC_WRITES, []),
  guaranteed('writes-follow-reads', 'writes follow reads (alone)', WRITES_FOLLOW_READS, []),
];

const BY_NAME: ReadonlyMap<string, Level> = new Map(LEVELS.map((level) => [level.name, level]));

/** Throws RangeError if there is none of this name. */
export function levelOf(name: string): Level {
  const level = BY_NAME.get(name);
  if (level === undefined) throw new RangeError(`no level of consistency '${name}'`);
  return level;
}

/** Every level that this one implies, the strongest first. */
export function impliedBy(level: Level): readonly Level[] {
  const found = new Set<Level>();
  const visit = ({ implies }: Level) => {
    for (const name of implies) {
      const lower = levelOf(name);
      if (found.has(lower)) continue;
      found.add(lower);
      visit(lower);
    }
  };
  visit(level);
  return LEVELS.filter((lower) => found.has(lower));
}

/** Those of these levels that none of the others implies, in the order given. */
export function maximalOf(levels: readonly Level[]): readonly Level[] {
  return levels.filter(
    (level) => !levels.some((other) => other !== level && impliedBy(other).includes(level)),
  );
}

function guaranteed(
  name: LevelName,
  title: string,
  guarantees: number,
  implies: readonly LevelName[],
): Level {
  const texts = [
    [READ_YOUR_WRITES, 'a read knows the earlier writes of its process'],
    [MONOTONIC_READS, 'a read knows what an earlier read of its process knew'],
    [MONOTONIC_WRITES, 'a write brings the earlier writes of its process'],
    [WRITES_FOLLOW_READS, 'a write brings what its process had read'],
  ] as const;
  const kept = texts.filter(([bit]) => (guarantees & bit) !== 0).map(([, text]) => text);
  const means = `one order of all writes explains every read by what it must know: ${kept.join(', ')}`;
  const summary =
    kept.length === 4
      ? 'The four session guarantees together, with one order of writes for all.'
      : `${kept.map((text) => `${text[0]?.toUpperCase()}${text.slice(1)}`).join('; ')}.`;
  const order = guarantees | ATOMIC;
  return { name, title, summary, means, sources: [TERRY], guarantees: order, implies };
}
