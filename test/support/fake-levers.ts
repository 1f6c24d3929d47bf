/** Levers that write down what was pulled, for tests of faults without a world. */
import type { Levers, NodeView } from '../../src/sim/fault.ts';
import { isLeading } from '../../src/sim/leadership.ts';
import type { NodeId } from '../../src/sim/node.ts';
import { fixedRandom } from './fixed-random.ts';

export interface FakeLevers extends Levers {
  /** `cut a→b`, `crash a`, `pause a`, `shape a→b {…}`, in the order pulled. */
  readonly pulled: readonly string[];
}

/** A node as a fault sees it: up, of group `kv`, without role, unless told otherwise. */
export function view(id: NodeId, given: Partial<NodeView> = {}): NodeView {
  const { up = true, state = {} } = given;
  const what = { role: null, labels: {}, stopped: false, leads: up && isLeading(state) };
  return { id, group: 'kv', region: null, up, state, ...what, ...given };
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
  options: {
    readonly seed?: number;
    readonly of?: readonly NodeId[];
    readonly loads?: readonly string[];
    /** Clients, beside the nodes. */
    readonly clients?: readonly NodeView[];
  } = {},
): FakeLevers {
  const pulled: string[] = [];
  const targets = nodes.map(({ id }) => id);
  const { of, clients = [] } = options;
  const pull = (line: string) => {
    pulled.push(line);
    return () => void pulled.push(`let go: ${line}`);
  };
  const shown = (change: object) => JSON.stringify(change);
  return {
    nodes,
    clients,
    of: of === undefined ? nodes : [...nodes, ...clients].filter(({ id }) => of.includes(id)),
    random: fixedRandom(options.seed ?? 1),
    pulled,
    absent: [],
    loads: (options.loads ?? []).map((name) => ({ name, clients: [`${name}-1`], targets })),
    after: (delayMs) => void pulled.push(`after ${delayMs}ms`),
    cut: (from, to) => pull(`cut ${from}→${to}`),
    shapeLink: (from, to, change) => pull(`shape ${from}→${to} ${shown(change)}`),
    reset: (from, to) => void pull(`reset ${from}→${to}`),
    countMessages: (from, to, type) => void pull(`count ${from}→${to} ${type}`),
    script: (from, to, script) => pull(`script ${from}→${to} ${shown(script)}`),
    crash: (node) => pull(`crash ${node}`),
    pause: (node) => pull(`pause ${node}`),
    slowProcessor: (node, change) => pull(`slow ${node} ${shown(change)}`),
    tellToLeave: (node) => {
      pull(`tell ${node} to leave`);
      return true;
    },
    keepOut: (node) => pull(`keep out ${node}`),
    letIn: (node) => void pull(`let in ${node}`),
    command: (node, name, params) => {
      pull(`command ${node} ${name} ${shown(params)}`);
      return null;
    },
    shapeDisk: (node, change) => pull(`disk ${node} ${shown(change)}`),
    damageDisk: (node, damage) => {
      pull(`damage ${node} ${shown(damage)}`);
      return 0;
    },
    wipeDisk: (node) => void pull(`wipe ${node}`),
    shapeClock: (node, change) => pull(`clock ${node} ${shown(change)}`),
    changeLoad: (load, change) => pull(`load ${load} ${shown(change)}`),
    heatKey: (load, key, share) => pull(`heat ${load} ${key ?? 'first'} ${share}`),
    troubleRequests: (node, trouble) => pull(`requests ${node} ${shown(trouble)}`),
  };
}
