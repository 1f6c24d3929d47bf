/**
 * Selectors: which nodes, and which links, a fault strikes. Resolved when it strikes, so that
 * `leader` is whoever leads then. The words are those of Jepsen's nemeses (`one`, `minority`,
 * `majority`, `all`, primaries) and Raft's roles.
 *
 * Words, numbers and roles that nodes show choose among the nodes of the fault's `of:` that are up.
 * What is fixed is meant, up or not: a node, a group, a role that a kind declares, a region, a
 * label. Cutting off a node that is down matters once it boots. Clients are struck only where they
 * or their load are named, here or by `of:`; a region stands for its servers.
 */
import type { Levers, NodeView } from '../../sim/fault.ts';
import { termOf } from '../../sim/leadership.ts';
import type { NodeId } from '../../sim/node.ts';
import type { Selector } from '../../sim/params.ts';

/**
 * Before a role: `role:participant` are all nodes of a role that their kind declares, and
 * `role:candidate` all that show this role by `inspect()`.
 */
export const ROLE_PREFIX = 'role:';
/** Before a selector: `all-but leader` are all nodes that it does not select. */
export const ALL_BUT = 'all-but';

/** Words that choose by the role that a node shows once it has booted. */
export const ROLE_WORDS = ['leader', 'leaders', 'follower', 'followers'] as const;

/** The words of a selector, besides names, roles, labels and numbers. */
export const selectorWords: ReadonlyMap<string, string> = new Map([
  ['leader', 'the node that leads, of the highest term'],
  ['leaders', 'every node that leads, of whatever term'],
  ['follower', 'a random node whose role is follower'],
  ['followers', 'every node whose role is follower'],
  ['one', 'a random node'],
  ['another', 'in a list: a random node that the entries before it do not select'],
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
  if (isAllBut(selector)) {
    const spared = select(levers, selector[ALL_BUT]);
    if (spared === null) return null;
    for (const { id, up } of levers.of) if (up && !spared.includes(id)) chosen.add(id);
  } else if (typeof selector === 'object') {
    for (const part of selector) {
      const nodes = part === 'another' ? others(levers, [...chosen], 1) : resolve(levers, part);
      if (nodes === null) return null;
      for (const node of nodes) chosen.add(node);
    }
  } else {
    for (const node of resolve(levers, selector) ?? []) chosen.add(node);
  }
  return chosen.size === 0 ? null : inOrder(levers, chosen);
}

function isAllBut(selector: Selector): selector is { readonly [ALL_BUT]: Selector } {
  return typeof selector === 'object' && ALL_BUT in selector;
}

/** The words, names and numbers of which a selector is made. */
export function partsOf(selector: Selector): readonly (string | number)[] {
  if (isAllBut(selector)) return partsOf(selector[ALL_BUT]);
  return typeof selector === 'object' ? selector : [selector];
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
  const size = levers.of.filter((node) => !node.stopped).length;
  switch (selector) {
    case 'leader':
      return leaderOf(up);
    case 'leaders':
      return ids(up.filter(({ leads }) => leads));
    case 'follower':
      return sample(levers, withRole(up, 'follower'), 1);
    case 'followers':
      return ids(withRole(up, 'follower'));
    case 'one':
    case 'another':
      return sample(levers, up, 1);
    case 'minority':
      return sample(levers, up, Math.ceil(size / 2) - 1);
    case 'majority':
      return sample(levers, up, Math.floor(size / 2) + 1);
    case 'all':
      return ids(up);
  }
  if (typeof selector === 'number') return sample(levers, up, selector);
  const meant = levers.of.filter((node) => isMeant(node, selector));
  return ids(meant) ?? clientsNamed(levers, selector);
}

/** Is a node meant by a name, a role or a label? */
function isMeant(node: NodeView, selector: string): boolean {
  const { id, group, region, role, labels, up, state } = node;
  if (selector.startsWith(ROLE_PREFIX)) {
    const wanted = selector.slice(ROLE_PREFIX.length);
    return role === wanted || (up && state['role'] === wanted);
  }
  if (id === selector || group === selector || region === selector) return true;
  if (role !== null && selector === `${group}-${role}`) return true;
  const at = selector.indexOf(':');
  return at > 0 && labels[selector.slice(0, at)] === selector.slice(at + 1);
}

function clientsNamed(levers: Levers, name: string): readonly NodeId[] | null {
  return ids(levers.clients.filter(({ id, group }) => id === name || group === name));
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
  for (const node of nodes) {
    if (!node.leads) continue;
    if (leader === null || (termOf(node.state) ?? 0) > (termOf(leader.state) ?? 0)) leader = node;
  }
  return leader === null ? null : [leader.id];
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
