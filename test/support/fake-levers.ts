/** Levers that write down what was pulled, for tests of faults without a world. */
import type { Levers, LinkChange, NodeView } from '../../src/sim/fault.ts';
import type { NodeId } from '../../src/sim/node.ts';
import { fixedRandom } from './fixed-random.ts';

export interface FakeLevers extends Levers {
  /** `cut a→b`, `crash a`, `pause a`, `shape a→b {…}`, in the order pulled. */
  readonly pulled: readonly string[];
}

/** A node as a fault sees it: up, of group `kv`, without role, unless told otherwise. */
export function view(id: NodeId, given: Partial<NodeView> = {}): NodeView {
  return { id, group: 'kv', region: null, up: true, state: {}, ...given };
}

/** A group of Raft nodes `kv-1`...; the node of this number leads. */
export function raftViews(count: number, leader: number | null): NodeView[] {
  return Array.from({ length: count }, (_, i) => {
    const role = i + 1 === leader ? 'leader' : 'follower';
    return view(`kv-${i + 1}`, { state: { role, term: 3 } });
  });
}

/** `of` is the nodes of these names; all without it. */
export function fakeLevers(
  nodes: readonly NodeView[],
  options: { readonly seed?: number; readonly of?: readonly NodeId[] } = {},
): FakeLevers {
  const pulled: string[] = [];
  const { of } = options;
  return {
    nodes,
    of: of === undefined ? nodes : nodes.filter(({ id }) => of.includes(id)),
    random: fixedRandom(options.seed ?? 1),
    pulled,
    cut: (from, to) => void pulled.push(`cut ${from}→${to}`),
    shapeLink: (from, to, change: LinkChange) =>
      void pulled.push(`shape ${from}→${to} ${JSON.stringify(change)}`),
    crash: (node) => void pulled.push(`crash ${node}`),
    pause: (node) => void pulled.push(`pause ${node}`),
  };
}
