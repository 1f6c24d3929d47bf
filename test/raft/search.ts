/**
 * One seed of Raft under the nemesis on the kernel: what it violated, and whether the run was worth
 * its name.
 */

import type { FaultFact } from '../../src/checks/checker.ts';
import linearizable from '../../src/checks/linearizable/index.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { touchesOf } from '../../src/sim/fault.ts';
import { STORAGE_NOTE } from '../../src/sim/notes.ts';
import { ROLE_NOTE, type TraceEvent, type TraceSink } from '../../src/sim/trace.ts';
import { type NemesisOptions, raftUnderNemesis } from '../support/nemesis.ts';

export interface Outcome {
  readonly seed: string;
  /** What broke, in words; null if nothing did. */
  readonly violation: string | null;
  readonly acknowledged: number;
  /** Distinct (node, term) that led. */
  readonly leaders: number;
  readonly unknown: boolean;
  /** What went beyond the budget of the nemesis, in words. */
  readonly beyond: readonly string[];
  /** Kinds of faults that touched something. */
  readonly felt: readonly string[];
  /** Whether the cluster answered everybody soon after all was healed. */
  readonly live: boolean;
}

export function trySeed(options: NemesisOptions): Outcome {
  const promises = new Promises();
  const result = simulate(raftUnderNemesis(options), { checkInvariants: true, sink: promises });
  const check = linearizable.check(result.history, result.facts);
  const leaders = result.facts.notes.filter(
    ({ label, detail }) => label === ROLE_NOTE && detail['role'] === 'leader',
  );
  const violation =
    result.error !== null
      ? `${result.error.kind}: ${result.error.message}`
      : check.verdict === 'fail'
        ? check.summary
        : (promises.broken ?? diedOfItsDisk(result));
  return {
    seed: options.seed,
    violation,
    acknowledged: result.history.filter((op) => op.outcome === 'ok').length,
    leaders: leaders.length,
    unknown: check.verdict === 'unknown',
    beyond: result.facts.nemeses.flatMap(({ beyond }) => beyond),
    felt: feltKinds(result.facts.faults),
    live: result.facts.liveness.every(({ state }) => state === 'live'),
  };
}

/** What promises something in a term; `forward` and pre-votes do not. */
const PROMISES = ['appendEntries', 'appendEntriesReply', 'requestVote', 'requestVoteReply'];

/** Nobody takes back what it said, reboots included: the terms of its promises never fall. */
class Promises implements TraceSink {
  broken: string | null = null;
  readonly #terms = new Map<string, number>();

  event(event: TraceEvent): void {
    if (event.type !== 'send' || !PROMISES.includes(event.kind)) return;
    const { term = 0 } = event.message as { readonly term?: number };
    const before = this.#terms.get(event.from) ?? 0;
    if (term < before) {
      this.broken ??= `${event.from} sent ${event.kind} in term ${term}, after a promise in term ${before}`;
    }
    this.#terms.set(event.from, Math.max(term, before));
  }
}

/** Faults that damage what a disk holds, or refuse to write: a server may die of them. */
const DAMAGING = ['corrupt-disk', 'disk-full', 'fsync-error', 'lying-fsync'];

/** A torn write is none of these: recovery drops what was never acknowledged. */
function diedOfItsDisk({ facts }: Result): string | null {
  if (facts.faults.some(({ kind }) => DAMAGING.includes(kind))) return null;
  const death = facts.notes.find(({ label }) => label === STORAGE_NOTE);
  return death === undefined ? null : `${death.node} died of its own disk`;
}

function feltKinds(faults: readonly FaultFact[]): readonly string[] {
  const touched = faults.filter(({ felt }) => touchesOf(felt) > 0);
  return [...new Set(touched.map(({ kind }) => kind))];
}
