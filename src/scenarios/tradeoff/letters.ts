/**
 * From counts to letters: of one run in one cell, of one seed over all cells, and of the calm. The
 * rules stand here and nowhere else; docs/TRADEOFF.md explains them.
 */

import type { NodeId } from '../../sim/node.ts';
import { wilson } from '../../sim/proportion.ts';
import {
  KINDS,
  type NodeTally,
  type OperationKind,
  type Sample,
  type SideSample,
} from './sample.ts';
import type { ElseLetter, FarResult, LatencyResult, PartitionLetter } from './tradeoff.ts';

/** A label needs this share of the seeds. */
export const SEED_SHARE = 0.95;
/** A node is available if it leaves no more unanswered than this beyond what it leaves in calm. */
const UNANSWERED_MAX = 0.001;
/** A node has stopped if less than this share is answered, with 95% confidence. */
const STOPPED_BELOW = 0.5;
/** Growth of latency, in one-way latencies: no waiting at all, and waiting for somebody. */
const WAITS_NOT = 0.1;
const WAITS = 0.5;
/** A cut is by keys if what a side answers depended on the key in this share of its runs. */
const BY_KEY = 0.1;
/** Reads after a write of their key, over all calm runs: with fewer, a pass shows nothing. */
const EXPOSURE_MIN = 100;

/** What calm runs show: the measure that a cut is held against. */
export interface Baseline {
  /** Levels that hold in all calm runs, of those that the store promises. */
  readonly levels: ReadonlySet<string>;
  /** Levels that hold in all calm runs, promised or not. */
  readonly calmLevels: ReadonlySet<string>;
  /** By node and kind, the share that is answered. */
  answered(node: NodeId, kind: OperationKind): number;
  /** The share of acknowledged writes that are lost in calm too, at most. */
  readonly losesAtMost: number;
  /** The level of one copy, if the interface has one. */
  readonly oneCopy: string | null;
}

export interface CellLetter {
  /** null: not exercised. */
  readonly letter: PartitionLetter | null;
  readonly why: string;
  /** It stays open whatever other cuts show. */
  readonly isUnknown?: true;
  /** A side answered for a share of the keys: it stays open whatever other deciding cuts show. */
  readonly isShare?: true;
}

/**
 * The letters of the runs of one cell. Whether what a side answers depends on the key is a property
 * of the store, so it is judged over all of them: by chance a side may hold no key, or all.
 */
export function lettersOf(runs: readonly Sample[], baseline: Baseline): readonly CellLetter[] {
  const partial = runs.flatMap((run) => sidesOf(run).find(isPartial)?.name ?? []);
  const byKey = partial.length > BY_KEY * runs.length ? (partial[0] ?? null) : null;
  return runs.map((run) => letterOf(run, baseline, byKey));
}

/** The letter of one run; `byKey` names a side that answers for some keys only. */
function letterOf(sample: Sample, baseline: Baseline, byKey: string | null): CellLetter {
  const { spells, error } = sample;
  if (error !== null) return { letter: '?', why: 'the run broke off', isUnknown: true };
  if (spells.length === 0) return none('clients never asked two sides of the cut');
  if (spells.some(({ steadyFromUs, steadyUntilUs }) => steadyFromUs >= steadyUntilUs)) {
    return none('the cut is too short for the fail-over and the patience of clients');
  }
  const deaf = sidesOf(sample).find(({ steady }) => total(steady) === 0);
  if (deaf !== undefined) return none(`nothing was asked of ${deaf.name} while it was apart`);
  const [top] = sample.levels;
  if (top?.[1] === 'unknown') {
    return { letter: '?', why: 'nobody found out whether it is consistent', isUnknown: true };
  }
  const gone = brokenIn(sample, baseline.levels, baseline);
  const available = isAvailable(sample, baseline);
  if (gone !== null) {
    return available
      ? { letter: 'A', why: `every node went on answering; ${gone}` }
      : { letter: '-', why: `${gone}, and not every node answered` };
  }
  if (available) return whileAvailable(sample, baseline);
  return whileUnavailable(sample, baseline, byKey);
}

function sidesOf({ spells }: Sample): readonly SideSample[] {
  return spells.flatMap(({ sides }) => sides);
}

/** Whether a run shows less than what is kept without a fault. */
export function breaks(sample: Sample, baseline: Baseline): boolean {
  return brokenIn(sample, baseline.calmLevels, baseline) !== null;
}

function brokenIn(
  { levels, lost }: Sample,
  kept: ReadonlySet<string>,
  { losesAtMost }: Baseline,
): string | null {
  // One is enough where none is lost otherwise.
  const least = lost === null || lost.lost === 0 ? 0 : wilson(lost.lost, lost.acknowledged).low;
  if (least > losesAtMost) return 'it lost acknowledged writes';
  const below = levels.find(([level, verdict]) => verdict === 'fail' && kept.has(level));
  return below === undefined ? null : `it was no longer ${below[0]}`;
}

/** Every node answered, and no consistency was lost. */
function whileAvailable(sample: Sample, { oneCopy }: Baseline): CellLetter {
  const kept = sample.levels.find(([level]) => level === oneCopy)?.[1] === 'pass';
  if (!kept) return { letter: 'A', why: 'every node went on answering' };
  return none(`every node went on answering, and all was ${oneCopy}: this cut asked for no choice`);
}

function whileUnavailable(sample: Sample, baseline: Baseline, byKey: string | null): CellLetter {
  if (byKey !== null) return forSomeKeys(byKey, sample, baseline);
  if (sidesOf(sample).every(({ steady }) => answeredIn(steady) === 0)) {
    return { letter: 'C', why: 'nobody answered anything, and so nothing went wrong' };
  }
  if (!hasStopped(sample, baseline)) {
    return { letter: '?', why: 'requests went unanswered, but no node clearly stopped' };
  }
  return whileExposed(sample, baseline, stoppedIn(sample, baseline));
}

/** Reads may go on everywhere while writes stop, and the other way round: two answers to CAP. */
function stoppedIn(sample: Sample, baseline: Baseline): string {
  const goesOn = KINDS.find((kind) => isAvailable(sample, baseline, [kind]));
  if (goesOn === undefined) return 'a node stopped answering';
  const others = KINDS.filter((kind) => kind !== goesOn);
  return `a node stopped answering ${others.join()}s, while every node answered ${goesOn}s`;
}

/**
 * Where each side has copies of all keys, which shows in that it answers all reads, and refuses
 * writes of those keys whose master is on the other side, every key has made one choice, and the
 * same. Where it depends on the places of copies what a side can answer, there is only a share.
 */
function forSomeKeys(side: string, sample: Sample, baseline: Baseline): CellLetter {
  if (isAvailable(sample, baseline, ['read'])) {
    return whileExposed(sample, baseline, `${side} answered writes of some keys only`);
  }
  const why = `${side} answered for some keys and not for others`;
  return { letter: '?', why, isShare: true };
}

function whileExposed(sample: Sample, baseline: Baseline, stopped: string): CellLetter {
  const { across, within } = sample.exposure;
  // Beyond the promise: reads may have seen writes that failed, or copies that are far behind.
  const less = brokenIn(sample, baseline.calmLevels, baseline);
  const though = less === null ? '' : `, though ${less}, which it does not promise`;
  if (across + within === 0) {
    if (answersWrites(sample)) return { letter: '?', why: 'no read came after a write of its key' };
    const why = `no write was acknowledged, and so no read missed one${though}`;
    return { letter: 'C', why: `${stopped}; ${why}` };
  }
  const kept = less === null ? 'it stayed as consistent as it is' : 'it kept all that it promises';
  return { letter: 'C', why: `${kept}${though}, and ${stopped}` };
}

/** Some keys had all of their requests answered, and others none. */
export function isPartial({ keys }: SideSample): boolean {
  return KINDS.some((kind) => keys[kind].all > 0 && keys[kind].none > 0);
}

function none(why: string): CellLetter {
  return { letter: null, why };
}

function total(tallies: readonly NodeTally[]): number {
  return tallies.reduce((sum, { tally }) => sum + tally.read[0] + tally.write[0], 0);
}

function answersWrites({ spells }: Sample): boolean {
  const tallies = spells.flatMap(({ sides }) =>
    sides.flatMap(({ gap, steady }) => [...gap, ...steady]),
  );
  return tallies.some(({ tally }) => tally.write[1] > 0);
}

function answeredIn(tallies: readonly NodeTally[]): number {
  return tallies.reduce((sum, { tally }) => sum + tally.read[1] + tally.write[1], 0);
}

type Each = (node: NodeId, kind: OperationKind, asked: number, answered: number) => boolean;

/** Every node answered as much as it does in calm, as far as so few requests can tell. */
function isAvailable(
  sample: Sample,
  baseline: Baseline,
  kinds: readonly OperationKind[] = KINDS,
): boolean {
  return !someSteady(sample, (node, kind, asked, answered) => {
    if (!kinds.includes(kind)) return false;
    const usual = Math.min(1, baseline.answered(node, kind)) - UNANSWERED_MAX;
    return answered < asked && wilson(answered, asked).high < usual;
  });
}

function hasStopped(sample: Sample, baseline: Baseline): boolean {
  return someSteady(
    sample,
    (node, kind, asked, answered) =>
      wilson(answered, asked).high < STOPPED_BELOW &&
      baseline.answered(node, kind) >= STOPPED_BELOW,
  );
}

function someSteady({ spells }: Sample, is: Each): boolean {
  return spells.some(({ sides }) =>
    sides.some(({ steady }) =>
      steady.some(({ node, tally }) => KINDS.some((kind) => is(node, kind, ...tally[kind]))),
    ),
  );
}

/** What one cell showed of a seed. */
export interface SeedCell {
  /** Whether the cut is one of those that decide. */
  readonly decides: boolean;
  /** Replicas on its smallest side. */
  readonly smallest: number;
  readonly found: CellLetter;
}

/** Of one seed, over its cells; the cuts that decide come first. */
export function letterOfSeed(cells: readonly SeedCell[]): PartitionLetter | null {
  const found = cells.map(({ found: { letter } }) => letter);
  if (found.includes('-')) return '-';
  if (cells.some(({ found: { isUnknown } }) => isUnknown === true)) return '?';
  if (cells.some(({ decides, found }) => decides && found.isShare === true)) return '?';
  const deciding = cells.filter(({ decides, found: { letter } }) => decides && letter !== null);
  const given = deciding.length > 0 ? deciding : cells;
  const has = (letter: PartitionLetter) => given.some((cell) => cell.found.letter === letter);
  if (has('C')) return !has('A') ? 'C' : goesOnFrom(given) === null ? '?' : 'A';
  if (has('?')) return '?';
  return has('A') ? 'A' : null;
}

/**
 * The fewest replicas on a side with which a store goes on answering, if smaller sides stop and
 * all larger ones go on: it chose availability, and too few are too few to write the copies that
 * it promises. null where the size does not tell who goes on.
 */
export function goesOnFrom(cells: readonly SeedCell[]): number | null {
  const sizes = (letter: PartitionLetter) =>
    cells
      .filter(({ decides, found }) => decides && found.letter === letter)
      .map((one) => one.smallest);
  const fewest = Math.min(...sizes('A'));
  return Math.max(...sizes('C')) < fewest ? fewest : null;
}

/** What all calm runs say together. */
export interface Calm {
  readonly latency: readonly LatencyResult[];
  readonly exposure: number;
  readonly oneCopy: string | null;
  readonly runs: number;
  /** Runs that keep the level of one copy, and that break it. */
  readonly held: number;
  readonly broken: number;
  /** Runs with a stale read; null where the interface has no notion of an older value. */
  readonly stale: number | null;
  /** Runs in which one replica was far away. */
  readonly far: Pick<FarResult, 'runs' | 'staleRuns'> | null;
}

export interface ElseFound {
  readonly letter: ElseLetter;
  readonly why: string;
}

/**
 * The letter of all calm runs together. Of registers one run with a stale read shows that a store
 * gives up consistency, however many did not happen to show it; and one that waits for others and
 * never returns a stale value has not given it up for speed, though concurrent reads may disagree
 * (two quorums do not make an atomic register). Of other objects, runs that are not like one copy
 * as seldom as a label may be wrong leave the letter.
 */
export function elseLetterOf(calm: Calm): ElseFound {
  const { latency, exposure, oneCopy, runs, held, broken, stale, far } = calm;
  const slopes = latency.flatMap(({ slope }) => slope ?? []);
  if (stale !== null && stale > 0) {
    return { letter: 'L', why: `without any fault reads are stale, in ${stale} of ${runs} runs` };
  }
  if (far !== null && far.staleRuns > 0) {
    const among = `in ${far.staleRuns} of ${far.runs} runs with one replica far away`;
    return { letter: 'L', why: `without any fault reads are stale, ${among}` };
  }
  if (stale === null && oneCopy !== null && broken > (1 - SEED_SHARE) * runs) {
    return { letter: 'L', why: `without any fault it is not ${oneCopy}` };
  }
  if (slopes.length === 0) {
    return { letter: '?', why: 'there is no latency between replicas to wait for' };
  }
  const most = Math.max(...slopes);
  if (most < WAITS_NOT) return { letter: 'L', why: 'no operation waits for another replica' };
  if (oneCopy === null) return { letter: '?', why: 'nothing judges whether it is like one copy' };
  if (held + (stale === null ? 0 : broken) < SEED_SHARE * runs) {
    return { letter: '?', why: `nobody found out whether it is ${oneCopy}` };
  }
  if (exposure < EXPOSURE_MIN) {
    return { letter: '?', why: `too few reads came after a write of their key: ${exposure}` };
  }
  if (most <= WAITS) {
    return { letter: '?', why: `operations wait for other replicas in part: b ${most.toFixed(2)}` };
  }
  const kept =
    broken === 0 || stale === null
      ? `it is ${oneCopy}`
      : `no read is stale (though ${broken} of ${runs} runs are not ${oneCopy})`;
  return { letter: 'C', why: `${kept}, and operations wait for other replicas` };
}

/** `PC/EC`; null for a seed whose cuts asked for no choice. */
export function labelOf(partition: PartitionLetter | null, otherwise: ElseLetter): string {
  return `${partition === null ? 'not exercised' : `P${partition}`}/E${otherwise}`;
}
