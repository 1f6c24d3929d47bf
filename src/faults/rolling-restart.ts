/**
 * Rolling restart: nodes are restarted one after another, as when a new version is rolled out. Each
 * is down for a while, and the next one's turn comes some time after it has booted, whether it has
 * caught up by then or not.
 */
import { defineFault, type Levers } from '../sim/fault.ts';
import type { NodeId } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { strikeNodes } from './parts/node-faults.ts';

const params = defineParams({
  nodes: {
    type: 'selector',
    doc: 'The nodes that it strikes, in the order of the scenario.',
    default: 'all',
  },
  down: { type: 'duration', doc: 'How long each is down.', default: 1000, min: 0 },
  gap: {
    type: 'duration',
    doc: 'From the boot of one to the stop of the next.',
    default: 2000,
    min: 0,
  },
});

export default defineFault({
  name: 'rolling-restart',
  summary: 'Restarts nodes one after another.',
  family: 'process',
  params,
  shorthand: 'nodes',
  leastMs: ({ down }) => down,
  inject(levers, given) {
    const turn: NodeId[] = [];
    const done = strikeNodes(levers, given.nodes, (node) => void turn.push(node));
    if (done === null) return null;
    restartNext(levers, given, turn);
    const lastsMs = turn.length * given.down + (turn.length - 1) * given.gap;
    return { ...done, label: `${turn.join(' → ')}`, lastsMs };
  },
});

function restartNext(levers: Levers, given: Params<typeof params>, turn: readonly NodeId[]): void {
  const [node, ...rest] = turn;
  if (node === undefined) return;
  const boot = levers.crash(node);
  levers.after(given.down, () => {
    if (rest.length > 0) levers.after(given.gap, () => restartNext(levers, given, rest));
    boot();
  });
}
