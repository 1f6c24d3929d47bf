/**
 * What holds of all members together at every moment: one value is chosen for a key, forever
 * (Lamport 2001, section 2.1). It is seen in two ways: what learners know, and what stands on a
 * quorum of acceptors now; and no acceptor accepts another value in a higher ballot (P2b).
 */
import type { Plain } from '../../../sim/node.ts';
import type { Invariant, Views } from '../../../sim/system.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { compareStamps, sameStamp, showStamp } from '../../parts/stamp.ts';
import type { Accepted } from './messages.ts';

type Shown = {
  readonly [key: string]: readonly [number: number, by: string, value: Plain] | null;
};

interface Seen extends Accepted {
  readonly key: string;
  readonly node: string;
}

function* shownOf(views: Views, field: 'accepted' | 'chosen'): Generator<Seen> {
  for (const [node, view] of views) {
    for (const [key, shown] of Object.entries(view[field] as Shown)) {
      if (shown === null) continue;
      const [number, by, value] = shown;
      yield { key, node, ballot: { number, by }, value };
    }
  }
}

function oneChosen(views: Views): string | null {
  const chosen = new Map<string, Seen>();
  for (const seen of shownOf(views, 'chosen')) {
    const other = chosen.get(seen.key);
    if (other === undefined) chosen.set(seen.key, seen);
    else if (!samePlain(other.value, seen.value)) return differ(other, seen);
  }
  const quorum = Number([...views.values()][0]?.['quorum'] ?? Infinity);
  for (const [key, accepted] of byKey(shownOf(views, 'accepted'))) {
    const wrong = contradiction(accepted, chosen.get(key), quorum);
    if (wrong !== null) return wrong;
  }
  return null;
}

function byKey(all: Iterable<Seen>): ReadonlyMap<string, readonly Seen[]> {
  const groups = new Map<string, Seen[]>();
  for (const seen of all) {
    const group = groups.get(seen.key);
    if (group === undefined) groups.set(seen.key, [seen]);
    else group.push(seen);
  }
  return groups;
}

/** What acceptors have of one key, against each other and against what is chosen. */
function contradiction(
  accepted: readonly Seen[],
  learned: Seen | undefined,
  quorum: number,
): string | null {
  let chosen = learned;
  for (const seen of accepted) {
    const same = accepted.filter(({ ballot }) => sameStamp(ballot, seen.ballot));
    const odd = same.find(({ value }) => !samePlain(value, seen.value));
    if (odd !== undefined) return differ(seen, odd);
    if (same.length >= quorum) chosen ??= seen;
  }
  for (const seen of accepted) {
    const wrong = against(chosen, seen);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** P2b: whatever is accepted above the ballot in which a value was chosen is that value. */
function against(chosen: Seen | undefined, seen: Seen): string | null {
  if (chosen === undefined || samePlain(chosen.value, seen.value)) return null;
  return compareStamps(seen.ballot, chosen.ballot) < 0 ? null : differ(chosen, seen);
}

function differ(a: Seen, b: Seen): string {
  const tell = ({ value, node, ballot }: Seen) =>
    `${JSON.stringify(value)} in ballot ${showStamp(ballot)} on ${node}`;
  return `${a.key} is ${tell(a)}, and ${tell(b)}`;
}

/**
 * What a learner takes for chosen was accepted by a quorum in that ballot. Acceptors only go on to
 * higher ballots, so that later, too, a quorum has accepted in that ballot or above it. One that is
 * down, or has not taken part in this key lately, may be one of them.
 */
function chosenByQuorum(views: Views): string | null {
  const [any] = views.values();
  const quorum = Number(any?.['quorum'] ?? 0);
  const acceptors = Number(any?.['acceptors'] ?? 0);
  for (const seen of shownOf(views, 'chosen')) {
    let known = 0;
    let reached = 0;
    for (const view of views.values()) {
      const shown = (view['accepted'] as Shown)[seen.key];
      if (shown === undefined) continue;
      known++;
      const [number, by] = shown ?? [0, ''];
      if (compareStamps({ number, by }, seen.ballot) >= 0) reached++;
    }
    if (reached + acceptors - known >= quorum) continue;
    const { key, node, ballot } = seen;
    return `${node} takes ${key} for chosen in ballot ${showStamp(ballot)}, which ${reached} acceptors have reached`;
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'one-chosen',
    source: 'Lamport 2001, "Paxos Made Simple", section 2.1, P2b of section 2.2',
    check: oneChosen,
  },
  {
    name: 'chosen-by-quorum',
    source: 'Lamport 2001, "Paxos Made Simple", section 2.2: a value is chosen by a majority',
    check: chosenByQuorum,
  },
];
