/**
 * Selectors: which nodes, and which links, a fault strikes. Resolved when it strikes, so that
 * `leader` is whoever leads then. The words are those of Jepsen's nemeses (`one`, `minority`,
 * `majority`, `all`, primaries) and Raft's roles.
 *
 * Words, roles and numbers choose among the nodes of the fault's `of:` that are up. A node, group
 * or region named outright is meant, up or not: cutting off a node that is down matters once it
 * boots. Clients are struck only where they or their load are named, here or by `of:`; a region
 * stands for its servers.
 */
import type { Levers, NodeView } from '../../sim/fault.ts';
import type { Detail, NodeId } from '../../sim/node.ts';
import type { Selector } from '../../sim/params.ts';

/** Before a role: `role:candidate` are all nodes whose `inspect()` shows that role. */
export const ROLE_PREFIX = 'role:';

/** The words of a selector, besides names of nodes, groups and regions, roles, and numbers. */
export const selectorWords: ReadonlyMap<string, string> = new Map([
  ['leader', 'the node whose role is leader, of the highest term'],
  ['leaders', 'every node whose role is leader, of whatever term'],
  ['follower', 'a random node whose role is follower'],
  ['followers', 'every node whose role is follower'],
  ['one', 'a random node'],
  ['minority', 'random nodes, as many as the largest minority of all: 2 of 5, 1 of 4'],
  ['majority', 'random nodes, as many as the smallest majority of all: 3 of 5 or 4'],
  ['all', 'every node'],
]);

/**
 * The nodes that a selector stands for now, in scenario order; null if there are none, or fewer
 * than it asks for. Draws from `levers.random` for the words that say so and for numbers, and for
 * nothing else.
 */
export function select(levers: Levers, selector: Selector): readonly NodeId[] | null {
  const chosen = new Set<NodeId>();
  if (typeof selector === 'object') {
    for (const part of selector) {
      const nodes = resolve(levers, part);
      if (nodes === null) return null;
      for (const node of nodes) chosen.add(node);
    }
  } else {
    for (const node of resolve(levers, selector) ?? []) chosen.add(node);
  }
  return chosen.size === 0 ? null : inOrder(levers, chosen);
}

/** Random members of `of:` that are up and not yet chosen; null if there are fewer. */
export function others(
  levers: Levers,
  chosen: readonly NodeId[],
  count: number,
): readonly NodeId[] | null {
  if (count === 0) return [];
  const rest = levers.of.filter(({ id, up }) => up && !chosen.includes(id));
  return sample(levers, rest, count);
}

/**
 * Every link, in both directions, between the nodes of one selector and those of another; without
 * `to` all links of the nodes, to whatever node. null if a selector finds nobody, or no link is
 * left.
 */
export function selectLinks(
  levers: Levers,
  nodes: Selector,
  to: Selector | undefined,
): readonly Link[] | null {
  const near = select(levers, nodes);
  const far = to === undefined ? levers.nodes.map(({ id }) => id) : select(levers, to);
  if (near === null || far === null) return null;
  const all = inOrder(levers, new Set([...levers.nodes.map(({ id }) => id), ...near, ...far]));
  const isNear = new Set(near);
  const isFar = new Set(far);
  const links: Link[] = [];
  for (const from of all) {
    for (const end of all) {
      if (from === end) continue;
      if ((isNear.has(from) && isFar.has(end)) || (isFar.has(from) && isNear.has(end))) {
        links.push({ from, to: end });
      }
    }
  }
  return links.length === 0 ? null : links;
}

/** One direction of a link. */
export interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
}

/** What `selectLinks` chose, in words: `all links`, `links of kv-1`, `links kv-1 kv-2 ↔ kv-3`. */
export function describeLinks(links: readonly Link[], levers: Levers, to: boolean): string {
  const total = levers.nodes.length;
  if (links.length === total * (total - 1)) return 'all links';
  if (links.length === 2) return `link ${links[0]?.from} ↔ ${links[0]?.to}`;
  const ends = new Map<NodeId, number>();
  for (const { from } of links) ends.set(from, (ends.get(from) ?? 0) + 1);
  const servers = new Set(levers.nodes.map(({ id }) => id));
  const full = [...ends]
    .filter(([node, count]) => count === (servers.has(node) ? total - 1 : total))
    .map(([node]) => node);
  if (!to && full.length > 0) return `links of ${full.join(' ')}`;
  return `${links.length / 2} links among ${[...ends.keys()].join(' ')}`;
}

function resolve(levers: Levers, selector: string | number): readonly NodeId[] | null {
  const up = levers.of.filter((node) => node.up);
  const size = levers.of.length;
  switch (selector) {
    case 'leader':
      return leaderOf(up);
    case 'leaders':
      return ids(withRole(up, 'leader'));
    case 'follower':
      return sample(levers, withRole(up, 'follower'), 1);
    case 'followers':
      return ids(withRole(up, 'follower'));
    case 'one':
      return sample(levers, up, 1);
    case 'minority':
      return sample(levers, up, Math.ceil(size / 2) - 1);
    case 'majority':
      return sample(levers, up, Math.floor(size / 2) + 1);
    case 'all':
      return ids(up);
  }
  if (typeof selector === 'number') return sample(levers, up, selector);
  if (selector.startsWith(ROLE_PREFIX)) {
    return ids(withRole(up, selector.slice(ROLE_PREFIX.length)));
  }
  const named = levers.of.filter(({ id, group, region }) => {
    return id === selector || group === selector || region === selector;
  });
  return ids(named.length > 0 ? named : clientsNamed(levers, selector));
}

function clientsNamed(levers: Levers, name: string): readonly NodeView[] {
  return levers.clients.filter(({ id, group }) => id === name || group === name);
}

/**
 * Random nodes in a random order; null without a draw if there are too few, or none is asked for.
 */
function sample(
  levers: Levers,
  nodes: readonly NodeView[],
  count: number,
): readonly NodeId[] | null {
  if (count < 1 || count > nodes.length) return null;
  if (count === 1) return [levers.random.pick(nodes).id];
  return ids(levers.random.shuffle(nodes).slice(0, count));
}

/** Of two leaders of one term, which is somebody's bug, the first. */
function leaderOf(nodes: readonly NodeView[]): readonly NodeId[] | null {
  let leader: NodeView | null = null;
  for (const node of withRole(nodes, 'leader')) {
    if (leader === null || termOf(node.state) > termOf(leader.state)) leader = node;
  }
  return leader === null ? null : [leader.id];
}

/** The names that protocols give to a term. */
const TERMS = ['term', 'ballot', 'epoch', 'view'] as const;

function termOf(state: Detail): number {
  for (const name of TERMS) {
    const term = state[name];
    if (typeof term === 'number') return term;
  }
  return 0;
}

function withRole(nodes: readonly NodeView[], role: string): readonly NodeView[] {
  return nodes.filter(({ state }) => state['role'] === role);
}

function ids(nodes: readonly NodeView[]): readonly NodeId[] | null {
  return nodes.length === 0 ? null : nodes.map(({ id }) => id);
}

function inOrder(levers: Levers, chosen: ReadonlySet<NodeId>): readonly NodeId[] {
  return [...levers.nodes, ...levers.clients].map(({ id }) => id).filter((id) => chosen.has(id));
}
