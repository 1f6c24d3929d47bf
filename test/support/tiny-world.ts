/** A world of a few hand-written nodes, for tests of the kernel. */
import { constant, type DistributionSpec } from '../../src/sim/distribution.ts';
import type { LinkSpec } from '../../src/sim/kernel/network.ts';
import { World } from '../../src/sim/kernel/world.ts';
import type { WorldNode, WorldOptions } from '../../src/sim/kernel/world-spec.ts';
import type { MeasureTable } from '../../src/sim/measure.ts';
import type { Context, Detail, Disconnection, Message, Node, NodeId } from '../../src/sim/node.ts';
import { describeEvent, type TraceEvent } from '../../src/sim/trace.ts';

export const fastLink: LinkSpec = { latency: constant(1), loss: 0, duplicate: 0, reorder: 0 };

export interface Body {
  start?(ctx: Context<Message>): void;
  receive?(ctx: Context<Message>, from: NodeId, message: Message): void;
  timeout?(ctx: Context<Message>, tag: string, key: number): void;
  leave?(ctx: Context<Message>): void;
  connected?(ctx: Context<Message>, peer: NodeId): void;
  disconnected?(ctx: Context<Message>, peer: NodeId, why: Disconnection): void;
  inspect?(): Detail;
}

/** A node out of a few functions. */
export function node(body: Body): Node {
  const { leave, connected, disconnected } = body;
  return {
    ...(connected === undefined ? {} : { connected: (ctx, peer) => connected(ctx, peer) }),
    ...(disconnected === undefined
      ? {}
      : { disconnected: (ctx, peer, why) => disconnected(ctx, peer, why) }),
    ...(leave === undefined ? {} : { leave: (ctx) => leave(ctx) }),
    start: (ctx) => body.start?.(ctx),
    receive: (ctx, from, message) => body.receive?.(ctx, from, message),
    timeout: (ctx, tag, key) => body.timeout?.(ctx, tag, key),
    inspect: () => body.inspect?.() ?? {},
  };
}

export interface TinyOptions extends WorldOptions {
  readonly seed?: string;
  readonly link?: LinkSpec;
  readonly sync?: DistributionSpec;
  readonly writeBackUs?: number;
  readonly cpuMessageUs?: number;
  /** What nodes may measure; absent: anything. */
  readonly measures?: MeasureTable;
  readonly cores?: number;
  /** The machine that all nodes share; absent: each has its own. */
  readonly machine?: string;
  /** Whom each node operates, by its name. */
  readonly operates?: { readonly [id: NodeId]: readonly NodeId[] };
  readonly clock?: { readonly offsetUs: number; readonly driftPpm: number };
}

/** One group of nodes, by name; every boot calls the maker anew. */
export function tinyWorld(makers: { [id: NodeId]: () => Body }, options: TinyOptions = {}): World {
  const members = Object.keys(makers);
  const nodes = members.map(
    (id): WorldNode => ({
      id,
      group: 'g',
      members,
      region: null,
      client: false,
      sync: options.sync ?? constant(0),
      writeBackUs: options.writeBackUs ?? null,
      cpuMessageUs: options.cpuMessageUs ?? 0,
      ...(options.measures === undefined ? {} : { measures: options.measures }),
      cores: options.cores ?? 1,
      machine: options.machine ?? null,
      ...(options.operates?.[id] === undefined ? {} : { operates: options.operates[id] }),
      clock: options.clock ?? { offsetUs: 0, driftPpm: 0 },
      create: () => node((makers[id] as () => Body)()),
    }),
  );
  const link = options.link ?? fastLink;
  return new World(
    { seed: options.seed ?? '1', nodes, link: () => link, invariants: new Map() },
    options,
  );
}

/** The rows kept, one line each, without message bodies. */
export function lines(world: World, wanted: (event: TraceEvent) => boolean = () => true): string[] {
  return [...world.recorder.rows()].filter(wanted).map(describeEvent);
}
