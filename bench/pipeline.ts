/**
 * Message passing through the whole pipeline: network with latency draws, two trace rows a message,
 * digests, and a timer re-armed at every delivery. `pipeline <nodes> [off|keep]`: `off` leaves out
 * rows and digests, `keep` keeps all rows and reports memory.
 */
import { constant } from '../src/sim/distribution.ts';
import type { LinkSpec } from '../src/sim/kernel/network.ts';
import { World } from '../src/sim/kernel/world.ts';
import type { Context, Message, Node, NodeId } from '../src/sim/node.ts';
import { cpuNs, report } from './measure.ts';

interface Token extends Message {
  readonly type: 'token';
  readonly from: NodeId;
  readonly to: NodeId;
  readonly term: number;
  readonly val: number;
}

/** As in the baseline; a message takes 1 ms, so it is also their number in a ms. */
const IN_FLIGHT = 100;
const size = Number(process.argv[2] ?? 100);

class Relay implements Node<Token> {
  term = 0;

  start(ctx: Context<Token>): void {
    ctx.setTimer('election', 1.5);
    for (let i = 0; i < IN_FLIGHT / size; i++) this.forward(ctx, 1, 1);
  }

  receive(ctx: Context<Token>, _from: NodeId, message: Token): void {
    if (message.term > this.term) this.term = message.term;
    ctx.setTimer('election', ctx.random.between(1.5, 3));
    this.forward(ctx, this.term + 1, message.val + 1);
  }

  timeout(ctx: Context<Token>): void {
    ctx.setTimer('election', ctx.random.between(1.5, 3));
  }

  private forward(ctx: Context<Token>, term: number, val: number): void {
    const to = ctx.peers[ctx.random.int(0, ctx.peers.length - 1)] as NodeId;
    ctx.send(to, { type: 'token', from: ctx.self, to, term, val });
  }
}

const link: LinkSpec = {
  latency: { kind: 'exponential', mean: 1, min: 0.2 },
  loss: 0,
  duplicate: 0,
  reorder: 0,
};
const mode = process.argv[3] ?? 'on';
const members = Array.from({ length: size }, (_, i) => `n-${i + 1}`);
const world = new World(
  {
    seed: '7',
    nodes: members.map((id) => ({
      id,
      group: 'n',
      members,
      region: null,
      client: false,
      sync: constant(0),
      cpuMessageUs: 0,
      clock: { offsetUs: 0, driftPpm: 0 },
      create: () => new Relay(),
    })),
    link: () => link,
    invariants: new Map(),
  },
  { traceOff: mode === 'off', keepRows: mode === 'keep' },
);

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

world.run(Math.round((200_000 / IN_FLIGHT) * 1000));
const before = { delivered: world.recorder.delivered, events: world.events, bytes: memory() };
const start = cpuNs();
world.run(world.now + Math.round((mode === 'keep' ? 700_000 : 2_000_000) / IN_FLIGHT) * 1000);
const spent = cpuNs() - start;
const events = world.events - before.events;
report({
  name: `pipeline-${mode}`,
  events: world.recorder.delivered - before.delivered,
  cpuNs: spent,
  popped: events,
  bytesPerEvent: (memory() - before.bytes) / events,
  digest: world.recorder.messages.hex(),
});
