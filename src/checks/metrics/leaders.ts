/**
 * Leaders, from the notes with which nodes announce the roles they take. At most one in a term is
 * the election safety of Raft (Ongaro and Ousterhout 2014, figure 3).
 */
import { isLeading, termOf } from '../../sim/leadership.ts';
import type { NodeId } from '../../sim/node.ts';
import { ROLE_NOTE } from '../../sim/trace.ts';
import { formatMomentUs } from '../../sim/units.ts';
import type { Facts, GroupFact, Measurement, Metric, Window } from '../checker.ts';
import { Reach } from './parts/reach.ts';
import { placesOf } from './parts/scope.ts';
import { complement, disjoint, lengthUs, WindowCursor } from './parts/windows.ts';

/** A node that took the role of leader. */
export interface Election {
  readonly node: NodeId;
  /** Empty for a node of no group. */
  readonly group: string;
  readonly term: number;
  readonly atUs: number;
}

/** Every time that a node became leader, in order. A note without a term counts as of term 0. */
export function elections(facts: Facts): readonly Election[] {
  const groupOf = new Map<NodeId, GroupFact>();
  for (const group of facts.groups) for (const node of group.nodes) groupOf.set(node, group);
  const found: Election[] = [];
  for (const { node, label, detail, atUs } of facts.notes) {
    const group = groupOf.get(node);
    if (label !== ROLE_NOTE || !isLeading(detail, group?.leads)) continue;
    found.push({ node, group: group?.name ?? '', term: termOf(detail) ?? 0, atUs });
  }
  return found;
}

/** A stretch of time in which a node took itself for the leader. */
export interface Reign extends Election {
  /**
   * When it took another role or term, or crashed; Infinity if it still led when the run ended.
   */
  readonly untilUs: number;
}

/**
 * Every stretch in which a node led, by its own notes, in the order of their beginnings: those of
 * two nodes may overlap. A pause ends none: the node that wakes still believes that it leads.
 */
export function reigns(facts: Facts): readonly Reign[] {
  const found: Reign[] = elections(facts).map((each) => ({ ...each, untilUs: Infinity }));
  const open = new Map<NodeId, number>();
  const end = (node: NodeId, untilUs: number) => {
    const index = open.get(node) ?? -1;
    const reign = found[index];
    if (reign !== undefined) found[index] = { ...reign, untilUs };
    open.delete(node);
  };
  let next = 0;
  for (const { node, label, atUs } of facts.notes) {
    if (label !== ROLE_NOTE) continue;
    end(node, atUs);
    const election = found[next];
    if (election === undefined || election.node !== node || election.atUs !== atUs) continue;
    open.set(node, next);
    next++;
  }
  return found.map((reign) => ({
    ...reign,
    untilUs: Math.min(reign.untilUs, crashIn(reign, facts)),
  }));
}

/** When the node crashed while it led; Infinity if it did not. */
function crashIn({ node, atUs, untilUs }: Reign, { down }: Facts): number {
  const crashes = down.flatMap((each) => (each.node === node ? (each.crashedAtUs ?? []) : []));
  return Math.min(...crashes.filter((crash) => crash >= atUs && crash < untilUs));
}

const leaders: Metric = {
  name: 'leaders',
  summary: 'How many times a node became leader.',
  unit: 'count',
  doc: 'Arguments: groups or nodes. Counts elections won in the window, as nodes note them.',
  accepts: ({ groups, nodes }) => [...groups, ...nodes],
  measure(args, windows, _history, facts) {
    const all = wanted(args, facts);
    if (all.length === 0) return nobody();
    const won = within(all, windows);
    const because = won.length === 0 ? 'nobody became leader in the window' : list(won);
    return { value: won.length, samples: all.length, because };
  },
};

const leadersPerTerm: Metric = {
  name: 'leaders per term',
  summary: 'The largest number of nodes of one group that led in one term.',
  unit: 'count',
  doc:
    'Arguments: groups or nodes. Of terms that somebody came to lead in the window; more than 1 ' +
    'is a split brain.',
  accepts: ({ groups, nodes }) => [...groups, ...nodes],
  measure(args, windows, _history, facts) {
    const won = within(wanted(args, facts), windows);
    const terms = new Map<string, Election[]>();
    for (const election of won) {
      const term = `${election.group} ${election.term}`;
      const rivals = terms.get(term);
      if (rivals === undefined) terms.set(term, [election]);
      else if (!rivals.some(({ node }) => node === election.node)) rivals.push(election);
    }
    let worst: readonly Election[] = [];
    for (const rivals of terms.values()) if (rivals.length > worst.length) worst = rivals;
    if (worst.length === 0) return nobody();
    const because = `term ${worst[0]?.term}: ${list(worst)}`;
    return { value: worst.length, samples: terms.size, because };
  },
};

/** How long nobody led who reached a quorum, in stretches of the windows. */
function leaderless(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
): readonly Window[] {
  const places = args.length === 0 ? null : new Set(args.flatMap((arg) => placesOf(arg, facts)));
  const groups = new Map(facts.groups.map((group) => [group.name, group]));
  const reach = new Reach(facts);
  const led = reigns(facts)
    .filter(({ node }) => places === null || places.has(node))
    .flatMap(({ node, group, atUs, untilUs }) =>
      complement(reach.lacking(node, groups.get(group)), { fromUs: atUs, untilUs }),
    );
  return disjoint(windows).flatMap((window) => complement(led, window));
}

const LEADERLESS_DOC =
  'Arguments: groups or nodes; name one group where several have leaders. By the roles that nodes note: who is paused, down, or cut off from a quorum leads nobody.';

const shareLeaderless: Metric = {
  name: 'leaderless',
  summary: 'The share of the time in which nobody led who reached a quorum.',
  unit: 'ratio',
  doc: LEADERLESS_DOC,
  reads: 'cuts',
  accepts: ({ groups, nodes }) => [...groups, ...nodes],
  measure(args, windows, _history, facts) {
    if (wanted(args, facts).length === 0) return nobody();
    const gaps = leaderless(args, windows, facts);
    const asked = lengthUs(disjoint(windows));
    return { value: lengthUs(gaps) / asked, samples: gaps.length, because: stretches(gaps) };
  },
};

const longestLeaderless: Metric = {
  name: 'longest leaderless',
  summary: 'The longest time in which nobody led who reached a quorum.',
  unit: 'ms',
  doc: LEADERLESS_DOC,
  reads: 'cuts',
  accepts: ({ groups, nodes }) => [...groups, ...nodes],
  measure(args, windows, _history, facts) {
    if (wanted(args, facts).length === 0) return nobody();
    const gaps = leaderless(args, windows, facts);
    const longest = gaps.reduce((most, { fromUs, untilUs }) => Math.max(most, untilUs - fromUs), 0);
    return { value: longest / 1000, samples: gaps.length, because: stretches(gaps) };
  },
};

function stretches(gaps: readonly Window[]): string {
  const [first] = [...gaps].sort((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs));
  if (first === undefined) return 'somebody always led';
  const times = gaps.length === 1 ? 'once' : `${gaps.length} times`;
  return `${times}, longest from ${formatMomentUs(first.fromUs)} to ${formatMomentUs(first.untilUs)}`;
}

function wanted(args: readonly string[], facts: Facts): readonly Election[] {
  const all = elections(facts);
  if (args.length === 0) return all;
  const nodes = new Set(args.flatMap((arg) => placesOf(arg, facts)));
  return all.filter(({ node }) => nodes.has(node));
}

function within(all: readonly Election[], windows: readonly Window[]): readonly Election[] {
  const cursor = new WindowCursor(disjoint(windows));
  return all.filter(({ atUs }) => cursor.find(atUs) !== -1);
}

const LISTED_MAX = 5;

function list(won: readonly Election[]): string {
  const listed = won
    .slice(0, LISTED_MAX)
    .map(({ node, atUs }) => `${node} at ${formatMomentUs(atUs)}`)
    .join(', ');
  return won.length > LISTED_MAX ? `${listed} and ${won.length - LISTED_MAX} more` : listed;
}

function nobody(): Measurement {
  return { value: null, samples: 0, because: 'no node noted that it became leader' };
}

export default [
  leaders,
  leadersPerTerm,
  shareLeaderless,
  longestLeaderless,
] satisfies readonly Metric[];
