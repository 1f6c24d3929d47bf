/**
 * What requests cost: clients, a load balancer, ten servers, with a retry and a breaker around each
 * call. `traffic <scenario> [requests]` simulates that scenario for as long as a million requests
 * take, or as many as given, judgement included; `traffic plain` sends the four messages of each
 * request among nodes that do nothing else. An event is a request that was answered.
 */
import { basename, dirname } from 'node:path';
import { loadScenario } from '../src/scenarios/host/load.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { constant } from '../src/sim/distribution.ts';
import { World } from '../src/sim/kernel/world.ts';
import type { Context, Message, Node, NodeId } from '../src/sim/node.ts';
import { cpuNs, report } from './measure.ts';

const [, , mode = 'plain', count = '1000000'] = process.argv;
const REQUESTS = Number(count);
/** As in the scenario. */
const PER_MS = 1;
const SERVERS = 10;
const CLIENTS = 10;

interface Asked extends Message {
  readonly id: number;
  readonly from: NodeId;
}

/** Asks at random moments, and counts the answers. */
class Asker implements Node<Asked> {
  answered = 0;
  private asked = 0;

  start(ctx: Context<Asked>): void {
    this.wait(ctx);
  }

  timeout(ctx: Context<Asked>): void {
    this.asked++;
    ctx.send('lb', { type: 'request', id: this.asked, from: ctx.self });
    this.wait(ctx);
  }

  receive(): void {
    this.answered++;
  }

  private wait(ctx: Context<Asked>): void {
    ctx.setTimer('next', ctx.random.exponential(CLIENTS / PER_MS));
  }
}

/** Passes requests on in turn, and answers back. */
class Relay implements Node<Asked> {
  private turn = 0;

  start(): void {}

  receive(ctx: Context<Asked>, _from: NodeId, message: Asked): void {
    const { type, id, from } = message;
    if (type === 'answer') return ctx.send(from, { type, id, from });
    this.turn = (this.turn + 1) % SERVERS;
    ctx.send(`web-${this.turn + 1}`, { type, id, from });
  }
}

class Server implements Node<Asked> {
  start(): void {}

  receive(ctx: Context<Asked>, from: NodeId, message: Asked): void {
    ctx.send(from, { type: 'answer', id: message.id, from: message.from });
  }
}

function plain(): void {
  const askers = Array.from({ length: CLIENTS }, () => new Asker());
  const rows: readonly (readonly [NodeId, Node<Asked>])[] = [
    ['lb', new Relay()],
    ...Array.from({ length: SERVERS }, (_, i) => [`web-${i + 1}`, new Server()] as const),
    ...askers.map((asker, i) => [`load-${i + 1}`, asker] as const),
  ];
  const members = rows.map(([id]) => id);
  const world = new World({
    seed: '3',
    nodes: rows.map(([id, node]) => ({
      id,
      group: 'all',
      members,
      region: null,
      client: false,
      sync: constant(0),
      cpuMessageUs: 0,
      clock: { offsetUs: 0, driftPpm: 0 },
      create: () => node,
    })),
    link: () => ({ latency: constant(0.5), loss: 0, duplicate: 0, reorder: 0 }),
    invariants: new Map(),
  });
  world.run(2_000_000);
  const total = () => askers.reduce((sum, { answered }) => sum + answered, 0);
  const before = total();
  const start = cpuNs();
  world.run(world.now + (REQUESTS / PER_MS) * 1000);
  report({ name: 'plain messages', events: total() - before, cpuNs: cpuNs() - start });
}

async function whole(path: string): Promise<void> {
  const load = async (durationMs: number) => {
    const options = { cwd: dirname(path), sets: [`duration=${durationMs}ms`] };
    const { scenario } = await loadScenario(basename(path), options);
    if (scenario === null) throw new Error(`${path} does not load`);
    return scenario;
  };
  simulate(await load(5000));
  const scenario = await load(REQUESTS / PER_MS);
  globalThis.gc?.();
  const start = cpuNs();
  const { state, history } = simulate(scenario);
  const spentNs = cpuNs() - start;
  if (state !== 'held') throw new Error(`the scenario is ${state}`);
  const answered = history.filter(({ outcome }) => outcome === 'ok').length;
  report({ name: 'requests', events: answered, cpuNs: spentNs });
}

async function main(): Promise<void> {
  if (mode === 'plain') plain();
  else await whole(mode);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
});
