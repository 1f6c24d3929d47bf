/**
 * What a checker found: each kind of wrong with its count and the smallest evidence, and the result
 * that follows.
 */
import { isExactNumber, type Numeric } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { Anomaly, CheckResult, Dependency } from '../checker.ts';

/** One instance of something wrong. */
export interface Finding {
  /** One sentence without the full stop: `#4 read 3, which nobody had added`. */
  readonly sentence: string;
  /** What shows it. Sorted by index, unless they are a cycle. */
  readonly operations: readonly Operation[];
  /** Of a cycle: one for each operation, from it to the next. */
  readonly edges?: readonly Dependency[];
  readonly key?: string | null;
}

interface Kind {
  count: number;
  size: number;
  smallest: () => Finding;
}

/** Collects what is wrong by name; of each kind only the smallest instance is kept. */
export class Findings {
  readonly #kinds = new Map<string, Kind>();

  /** `severity`: the names, the worst first. Others follow in the order of their discovery. */
  constructor(severity: readonly string[]) {
    for (const name of severity)
      this.#kinds.set(name, { count: 0, size: Infinity, smallest: none });
  }

  /** Counts one more; `find` is only called if no instance of a smaller size comes. */
  add(name: string, size: number, find: () => Finding): void {
    const kind = this.#kinds.get(name);
    if (kind === undefined) {
      this.#kinds.set(name, { count: 1, size, smallest: find });
      return;
    }
    kind.count++;
    if (size >= kind.size) return;
    kind.size = size;
    kind.smallest = find;
  }

  countOf(name: string): number {
    return this.#kinds.get(name)?.count ?? 0;
  }

  get none(): boolean {
    for (const kind of this.#kinds.values()) if (kind.count > 0) return false;
    return true;
  }

  /** Kinds that were found, the worst first. */
  found(): readonly (readonly [string, number, Finding])[] {
    return [...this.#kinds]
      .filter(([, kind]) => kind.count > 0)
      .map(([name, kind]) => [name, kind.count, kind.smallest()] as const);
  }
}

function none(): Finding {
  throw new Error('nothing of the kind was found');
}

export interface Conclusion {
  readonly checker: string;
  readonly findings: Findings;
  readonly numbers: { readonly [name: string]: number };
  /** What was shown if nothing is wrong; a whole sentence. */
  readonly passed: string;
  /** Why nothing can be said, if nothing is wrong; a whole sentence. */
  readonly unknown?: string | null;
  readonly next?: readonly string[];
}

/** Numbers of a result: a longer one would be rounded, and is left out. */
export function shortNumbers(numbers: { readonly [name: string]: Numeric }): {
  readonly [name: string]: number;
} {
  return Object.fromEntries(
    Object.entries(numbers).filter((entry): entry is [string, number] => !isExactNumber(entry[1])),
  );
}

/** Something wrong is a failure; else what cannot be said is unknown; else it passed. */
export function conclude(conclusion: Conclusion): CheckResult {
  const { checker, findings, numbers, passed, unknown = null, next = [] } = conclusion;
  const found = findings.found();
  const [worst] = found;
  const extra = next.length > 0 ? { next } : {};
  const blank = { checker, reasons: [], evidence: [], key: null, atUs: null, numbers, ...extra };
  if (worst === undefined) {
    return unknown === null
      ? { ...blank, verdict: 'pass', summary: passed }
      : { ...blank, verdict: 'unknown', summary: unknown };
  }
  const [, , finding] = worst;
  return {
    ...blank,
    verdict: 'fail',
    summary: `${capitalised(finding.sentence)}.`,
    reasons: reasonsOf(found),
    evidence: [...new Set(finding.operations.map(({ index }) => index))].sort((a, b) => a - b),
    key: finding.key ?? null,
    atUs: visibleAtUs(finding.operations),
    anomalies: found.map(anomalyOf),
  };
}

/** What the summary does not say: how often, and what else. */
function reasonsOf(found: readonly (readonly [string, number, Finding])[]): readonly string[] {
  const reasons: string[] = [];
  found.forEach(([name, times, { sentence }], place) => {
    const often = times === 1 ? '' : ` (${formatCount(times)} instances)`;
    if (place > 0) reasons.push(`${name}${often}: ${sentence}.`);
    else if (times > 1)
      reasons.push(`${name}: ${formatCount(times)} instances, the plainest told.`);
  });
  return reasons;
}

function anomalyOf([name, times, finding]: readonly [string, number, Finding]): Anomaly {
  const { sentence, operations, edges = [] } = finding;
  const indices = [...new Set(operations.map(({ index }) => index))];
  return {
    name,
    count: times,
    sentence: `${capitalised(sentence)}.`,
    operations: edges.length > 0 ? indices : indices.sort((a, b) => a - b),
    edges,
  };
}

/** The completion of the last of them that has one. */
function visibleAtUs(operations: readonly Operation[]): number | null {
  let atUs: number | null = null;
  for (const { completedAtUs } of operations) {
    if (completedAtUs !== Infinity && (atUs === null || completedAtUs > atUs)) atUs = completedAtUs;
  }
  return atUs;
}

/** Names of nodes such as `n-3` stay as they are. */
function capitalised(sentence: string): string {
  if (/^[\w-]*\d/.test(sentence)) return sentence;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
