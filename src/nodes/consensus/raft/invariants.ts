/**
 * The safety properties of Raft (Ongaro & Ousterhout 2014, Figure 3), as far as they can be seen in
 * the state of all servers at one moment. They are evaluated after every event, so they look at the
 * ends of logs only: hashes run along the logs, and a difference once made is seen in all that
 * follows.
 */
import type { Detail, NodeId } from '../../../sim/node.ts';
import type { Invariant } from '../../../sim/system.ts';
import type { RaftView } from './raft.ts';

type Views = ReadonlyMap<NodeId, RaftView>;

/** Two members at a time, each pair once: the first sentence that is said about one. */
function pairs(
  views: Views,
  check: (a: RaftView, b: RaftView, nameA: NodeId, nameB: NodeId) => string | null,
): string | null {
  for (const [nameA, a] of views) {
    for (const [nameB, b] of views) {
      if (nameB === nameA) break;
      const broken = check(a, b, nameA, nameB);
      if (broken !== null) return broken;
    }
  }
  return null;
}

function electionSafety(views: Views): string | null {
  return pairs(views, (a, b, nameA, nameB) =>
    a.role === 'leader' && b.role === 'leader' && a.term === b.term
      ? `${nameB} and ${nameA} both lead in term ${a.term}`
      : null,
  );
}

/** A leader never overwrites or deletes entries of its log. */
function leaderAppendOnly(views: Views): string | null {
  for (const [name, { cuts, term }] of views) {
    if (cuts > 0) return `${name} has cut its log while it leads in term ${term}`;
  }
  return null;
}

/** Where an index is in a view's tails; negative or beyond the end if it is not there. */
function tailPlace(view: RaftView, index: number): number {
  return view.tailHashes.length - 1 - (view.lastIndex - index);
}

/** If two logs hold an entry with the same index and term, they are equal up to there. */
function logMatching(views: Views): string | null {
  return pairs(views, (a, b, nameA, nameB) => {
    const top = a.lastIndex < b.lastIndex ? a.lastIndex : b.lastIndex;
    let inA = tailPlace(a, top);
    let inB = tailPlace(b, top);
    for (let index = top; inA >= 0 && inB >= 0; index--, inA--, inB--) {
      if (a.tailTerms[inA] !== b.tailTerms[inB]) continue;
      if (a.tailHashes[inA] === b.tailHashes[inB]) return null;
      const where = `entry ${index} in term ${a.tailTerms[inA]}`;
      return `the logs of ${nameB} and ${nameA} both have ${where}, yet differ up to there`;
    }
    return null;
  });
}

/** The hash of a log up to an index; null if the view does not show it. */
function hashAt(view: RaftView, index: number): number | null {
  if (index > view.lastIndex) return null;
  return view.tailHashes[tailPlace(view, index)] ?? null;
}

/** What one server has applied, no other applies differently. */
function stateMachineSafety(views: Views): string | null {
  return pairs(views, (a, b, nameA, nameB) => {
    const less = a.applied < b.applied ? a : b;
    const more = less === a ? b : a;
    if (less.applied === 0) return null;
    const hash = less.applied === more.applied ? more.appliedHash : hashAt(more, less.applied);
    if (hash === null || hash === less.appliedHash) return null;
    return `${nameB} and ${nameA} have applied different entries up to index ${less.applied}`;
  });
}

/** What a server has told the leader of its term that it has, it has. */
function acknowledgedStays(views: Views): string | null {
  for (const [name, { acknowledged, lastIndex, term }] of views) {
    if (acknowledged > lastIndex) {
      const what = `entry ${acknowledged}, which it has acknowledged in term ${term}`;
      return `the log of ${name} has lost ${what}`;
    }
  }
  return null;
}

/** Whoever has applied as much has the same state. */
function stateMachinesAgree(views: Views): string | null {
  return pairs(views, (a, b, nameA, nameB) =>
    a.applied === b.applied && a.stateHash !== b.stateHash
      ? `${nameB} and ${nameA} have applied entry ${a.applied}, and hold different states`
      : null,
  );
}

/**
 * The leader of the latest term has every entry that was committed, so at least what anybody has
 * applied.
 */
function leaderCompleteness(views: Views): string | null {
  let leader: RaftView | null = null;
  let name = '';
  let latest = 0;
  for (const [id, view] of views) {
    if (view.term > latest) latest = view.term;
    if (view.role === 'leader' && (leader === null || view.term > leader.term)) {
      leader = view;
      name = id;
    }
  }
  // While somebody is in a later term, the one found may be a leader of the past.
  if (leader === null || leader.term < latest) return null;
  for (const [id, view] of views) {
    if (view.applied === 0) continue;
    const hash = hashAt(leader, view.applied);
    if (view.applied > leader.lastIndex || (hash !== null && hash !== view.appliedHash)) {
      const what = `entry ${view.applied}, which ${id} has applied`;
      return `${name} leads in term ${leader.term} without ${what}`;
    }
  }
  return null;
}

function invariant(name: string, source: string, check: (views: Views) => string | null) {
  return { name, source, check: (views: ReadonlyMap<NodeId, Detail>) => check(views as Views) };
}

const paper = 'Ongaro & Ousterhout 2014, Figure 3';

export const invariants = [
  invariant('election-safety', `${paper}, section 5.2`, electionSafety),
  invariant('leader-append-only', `${paper}, section 5.3`, leaderAppendOnly),
  invariant('log-matching', `${paper}, section 5.3`, logMatching),
  invariant('leader-completeness', `${paper}, section 5.4`, leaderCompleteness),
  invariant('state-machine-safety', `${paper}, section 5.4.3`, stateMachineSafety),
  invariant('acknowledged-stays', `${paper}, section 5.3`, acknowledgedStays),
  invariant('state-machines-agree', `${paper}, section 5.4.3`, stateMachinesAgree),
] satisfies readonly Invariant[];
