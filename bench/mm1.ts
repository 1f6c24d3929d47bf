/**
 * M/M/1 with flows: an open-loop source, one server with an exponential service time whose handler
 * is a flow, load 0.8. An event is an arrival or a departure of a customer, two each, as other
 * simulators count it; the messages that carry them come on top.
 */
import type { Flow, FlowContext, ReplyBody } from '../src/sim/call.ts';
import { constant } from '../src/sim/distribution.ts';
import { World } from '../src/sim/kernel/world.ts';
import type { Context, Message, Node, NodeId } from '../src/sim/node.ts';
import type { Request } from '../src/sim/rpc.ts';
import { type Service, serve } from '../src/sim/service.ts';
import { cpuNs, report } from './measure.ts';

/** Customers at rate 0.8 a ms, and their mean time in the system. */
class Source implements Node {
  answered = 0;
  sumMs = 0;
  private id = 0;
  private readonly sentAt = new Map<number, number>();

  start(ctx: Context): void {
    ctx.setTimer('next', ctx.random.exponential(1.25));
  }

  timeout(ctx: Context): void {
    const id = ++this.id;
    this.sentAt.set(id, ctx.now());
    const request: Request = {
      type: 'job',
      id,
      session: 'source',
      serial: id,
      attempt: 1,
      timeoutMs: null,
    };
    ctx.send('server', request);
    ctx.setTimer('next', ctx.random.exponential(1.25));
  }

  receive(ctx: Context, _from: NodeId, message: Message): void {
    const id = (message as Message & { inReplyTo: number }).inReplyTo;
    this.sumMs += ctx.now() - (this.sentAt.get(id) as number);
    this.sentAt.delete(id);
    this.answered++;
  }
}

const service: Service = {
  *handle(ctx: FlowContext): Flow<ReplyBody> {
    yield* ctx.sleep(ctx.random.exponential(1));
    return { type: 'job_ok' };
  },
};

const source = new Source();
const place = {
  self: 'server',
  group: 'server',
  index: 0,
  role: null,
  members: ['server'],
  initial: ['server'],
  region: null,
  of: () => [],
  regionOf: () => null,
  label: () => null,
  answers: [],
  machine: null,
  cores: 1,
  resolve: () => [],
  policiesFor: () => [],
  policyNameOf: (node: string) => node,
};
const shared = {
  region: null,
  client: false,
  sync: constant(0),
  cpuMessageUs: 0,
  clock: { offsetUs: 0, driftPpm: 0 },
};
const world = new World({
  seed: '5',
  nodes: [
    {
      ...shared,
      id: 'server',
      group: 'server',
      members: ['server'],
      create: () => serve(service, place, { concurrency: 1 }),
    },
    { ...shared, id: 'source', group: 'source', members: ['source'], create: () => source },
  ],
  link: () => ({ latency: constant(0), loss: 0, duplicate: 0, reorder: 0 }),
  invariants: new Map(),
});

world.run(50_000_000);
const [answered, sumMs] = [source.answered, source.sumMs];
const start = cpuNs();
world.run(600_000_000);
const customers = source.answered - answered;
report({
  name: 'mm1-flows',
  events: 2 * customers,
  cpuNs: cpuNs() - start,
  meanSojournMs: (source.sumMs - sumMs) / customers,
});
