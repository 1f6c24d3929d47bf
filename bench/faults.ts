/**
 * What active faults cost: message passing among 20 nodes as in `pipeline`, with ten network
 * faults, each of another kind, holding all the while. `faults [none|nodes|everywhere]`: without
 * any; each on the links of two nodes; or each on every link, except for a cut.
 */
import { constant } from '../src/sim/distribution.ts';
import type { Fault, LinkChange } from '../src/sim/fault.ts';
import { Strike } from '../src/sim/kernel/strike.ts';
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

const mode = process.argv[2] ?? 'nodes';
const SIZE = 20;
const IN_FLIGHT = 100;

class Relay implements Node<Token> {
  term = 0;

  start(ctx: Context<Token>): void {
    ctx.setTimer('election', 1.5);
    // Tokens that are lost or doubled would change the load: each node sends on its own account.
    ctx.setTimer('send', 0.1);
  }

  receive(ctx: Context<Token>, _from: NodeId, message: Token): void {
    if (message.term > this.term) this.term = message.term;
    ctx.setTimer('election', ctx.random.between(1.5, 3));
  }

  timeout(ctx: Context<Token>, tag: string): void {
    if (tag === 'election') return ctx.setTimer('election', ctx.random.between(1.5, 3));
    for (let i = 0; i < IN_FLIGHT / SIZE; i++) {
      const to = ctx.peers[ctx.random.int(0, ctx.peers.length - 1)] as NodeId;
      ctx.send(to, { type: 'token', from: ctx.self, to, term: this.term + 1, val: i });
    }
    ctx.setTimer('send', 1);
  }
}

/** What nine faults do to a link; the tenth is a cut. */
const changes: readonly LinkChange[] = [
  { extraLatency: constant(2) },
  { latencyFactor: 2 },
  { extraLatency: { kind: 'uniform', min: 0, max: 1 } },
  { loss: 0.01 },
  { lossBursts: { unit: 'message', burst: 5, gap: 100, inside: 1, outside: 0 } },
  { duplicate: 0.01 },
  { reorder: 0.01 },
  { corrupt: 0.01, undetected: 0.1 },
  { bandwidth: 10_000_000, queue: 65_536 },
];

const members = Array.from({ length: SIZE }, (_, i) => `n-${i + 1}`);
/** One description for all links without a fault, as a scenario builds them. */
const ordinary = {
  latency: { kind: 'exponential', mean: 1, min: 0.2 },
  loss: 0,
  duplicate: 0,
  reorder: 0,
} as const;

const world = new World({
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
  link: () => ordinary,
  invariants: new Map(),
});

/** A change to every link that touches one of these nodes. */
function change(name: string, link: LinkChange, nodes: readonly NodeId[]): Fault {
  return {
    name,
    summary: '',
    family: 'network',
    params: {},
    shorthand: null,
    inject(levers) {
      for (const from of members) {
        for (const to of members) {
          if (from !== to && (nodes.includes(from) || nodes.includes(to))) {
            levers.shapeLink(from, to, link);
          }
        }
      }
      return { label: name, sides: [], detail: {} };
    },
  };
}

/** The links of two nodes for each, or all links for all. */
const struck = (i: number) => (mode === 'everywhere' ? members : members.slice(2 * i, 2 * i + 2));
const faults: readonly Fault[] = [
  ...changes.map((link, i) => change(`fault-${i}`, link, struck(i))),
  {
    ...change('cut', {}, []),
    inject(levers) {
      levers.cut('n-19', 'n-20');
      levers.cut('n-20', 'n-19');
      return { label: 'cut', sides: [], detail: {} };
    },
  },
];

world.run(1_000_000);
for (const fault of mode === 'none' ? [] : faults) {
  const strike = new Strike(world, { name: fault.name, fault, params: {}, of: members }, 1);
  strike.inject(null);
}
world.run(3_000_000);
const before = world.events;
const delivered = world.recorder.delivered;
const start = cpuNs();
world.run(world.now + 15_000_000);
report({
  name: 'faults',
  events: world.events - before,
  cpuNs: cpuNs() - start,
  delivered: world.recorder.delivered - delivered,
  digest: world.recorder.order.hex(),
});
