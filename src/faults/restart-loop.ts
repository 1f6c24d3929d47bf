/**
 * Restart loop: nodes die, boot, live for a short while and die again, as a process does that a
 * supervisor restarts and that meets the same bug each time. Half alive, it takes part in elections
 * and answers health checks, and never finishes anything.
 */
import { defineFault, type Levers } from '../sim/fault.ts';
import type { NodeId } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

const params = defineParams({
  ...NODE_PARAMS,
  up: {
    type: 'distribution',
    doc: 'How long each life lasts.',
    default: { kind: 'constant', value: 500 },
  },
  down: {
    type: 'distribution',
    doc: 'How long it is down between two lives.',
    default: { kind: 'constant', value: 500 },
  },
});

/** No life and no death is shorter, in ms: the clock must go on. */
const SHORTEST_MS = 1;

export default defineFault({
  name: 'restart-loop',
  summary: 'Makes nodes die and boot, over and over.',
  family: 'process',
  params,
  shorthand: 'nodes',
  inject: (levers, given) => strikeNodes(levers, given.nodes, (node) => die(levers, given, node)),
});

function die(levers: Levers, given: Params<typeof params>, node: NodeId): void {
  const boot = levers.crash(node);
  const downMs = Math.max(SHORTEST_MS, levers.random.draw(given.down));
  const upMs = Math.max(SHORTEST_MS, levers.random.draw(given.up));
  levers.after(downMs, () => {
    levers.after(upMs, () => die(levers, given, node));
    boot();
  });
}
