/**
 * Broadcast by flooding: a node that learns a message sends it on to all its neighbours but the one
 * it came from.
 *
 * After the tutorial of Maelstrom (jepsen-io/maelstrom, doc/03-broadcast). In a graph with n nodes
 * and E edges, one broadcast costs exactly 2E - (n - 1) messages between nodes: every node sends on
 * along each of its edges but the one by which it learned (the first keeps none back), and each
 * first copy comes by an edge of its own.
 *
 * With `retry`, each copy is acknowledged once it is durable, and sent again until it is: it
 * survives loss, partitions and crashes, for twice the messages. After a reboot a node does not
 * know what its neighbours have acknowledged, so it offers them everything.
 */
import type broadcast from '../../../interfaces/broadcast.ts';
import type { BroadcastReply, BroadcastRequest } from '../../../interfaces/broadcast.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { type ErrorReply, isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { neighbours, topologies } from '../../parts/topology.ts';

export const broadcastParams = defineParams({
  topology: {
    type: 'choice',
    options: topologies,
    default: 'grid',
    doc: 'Who is whose neighbour; fewer edges cost fewer messages and more hops.',
  },
  'fan-out': {
    type: 'integer',
    min: 1,
    default: 4,
    doc: 'Children of a node in the tree; more make it flatter, and its inner nodes busier.',
  },
  retry: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'Wait for an acknowledgement before a copy is sent again; absent, each is sent once and a lost one stays lost.',
  },
});

/** A message that is broadcast: a number or a text. */
export type Item = number | string;

/** One copy, from neighbour to neighbour. */
export interface Spread extends Message {
  readonly type: 'spread';
  readonly message: Item;
}
/** The copy is durable here; only with `retry`. */
export interface Received extends Message {
  readonly type: 'received';
  readonly message: Item;
}

export type BroadcastMessage = BroadcastRequest | BroadcastReply | ErrorReply | Spread | Received;
type BroadcastContext = Context<BroadcastMessage>;

export class Broadcast implements Node<BroadcastMessage> {
  private readonly neighbours: readonly NodeId[];
  private readonly retryMs: number | null;
  /** Each message known, with its position in `known`. */
  private readonly positions = new Map<Item, number>();
  private readonly known: Item[] = [];
  /** Shared by the replies until something new is learned: what is sent must not change. */
  private snapshot: readonly Item[] | null = [];
  /** By position: the neighbours that have not acknowledged it. */
  private readonly unacknowledged = new Map<number, Set<NodeId>>();

  constructor(params: Params<typeof broadcastParams>, place: Place) {
    const { index, members } = place;
    this.neighbours = neighbours(params.topology, index, members.length, params['fan-out']).map(
      (position) => members[position] as NodeId,
    );
    this.retryMs = params.retry ?? null;
  }

  start(ctx: BroadcastContext): void {
    const log = ctx.storage.log<Item>('messages');
    for (let i = log.start; i < log.end; i++) {
      const item = log.at(i);
      this.remember(item);
      if (this.retryMs !== null) this.spread(ctx, item, null);
    }
  }

  receive(ctx: BroadcastContext, from: NodeId, m: BroadcastMessage): void {
    switch (m.type) {
      case 'spread':
        return this.onSpread(ctx, from, m);
      case 'received':
        return this.onReceived(ctx, from, m);
      case 'broadcast':
        return this.onBroadcast(ctx, from, m);
      case 'read':
        return ctx.send(from, { type: 'read_ok', inReplyTo: m.id, messages: this.messages() });
      default:
        if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  /** The copies of one message that nobody has acknowledged in time. */
  timeout(ctx: BroadcastContext, _tag: string, key: number): void {
    const position = key - 1;
    const waiting = this.unacknowledged.get(position);
    const message = this.known[position];
    if (waiting === undefined || message === undefined || this.retryMs === null) return;
    for (const neighbour of waiting) ctx.sendNow(neighbour, { type: 'spread', message });
    ctx.setTimer('retry', this.retryMs, key);
  }

  inspect(): Detail {
    return { known: this.known.length, unacknowledged: this.unacknowledged.size };
  }

  private onBroadcast(
    ctx: BroadcastContext,
    from: NodeId,
    m: RequestOf<typeof broadcast, 'broadcast'>,
  ): void {
    this.learn(ctx, m.message, null);
    ctx.send(from, { type: 'broadcast_ok', inReplyTo: m.id });
  }

  private onSpread(ctx: BroadcastContext, from: NodeId, m: Spread): void {
    this.learn(ctx, m.message, from);
    // Known already or not: the last acknowledgement may have been lost. `send` waits until it is
    // durable.
    if (this.retryMs !== null) ctx.send(from, { type: 'received', message: m.message });
  }

  private onReceived(ctx: BroadcastContext, from: NodeId, m: Received): void {
    const position = this.positions.get(m.message);
    if (position === undefined) return;
    const waiting = this.unacknowledged.get(position);
    if (waiting === undefined) return;
    waiting.delete(from);
    if (waiting.size > 0) return;
    this.unacknowledged.delete(position);
    ctx.cancelTimer('retry', position + 1);
  }

  private learn(ctx: BroadcastContext, message: Item, from: NodeId | null): void {
    if (this.positions.has(message)) return;
    this.remember(message);
    ctx.storage.log<Item>('messages').append(message);
    this.spread(ctx, message, from);
  }

  private remember(message: Item): void {
    this.positions.set(message, this.known.length);
    this.known.push(message);
    this.snapshot = null;
  }

  private spread(ctx: BroadcastContext, message: Item, except: NodeId | null): void {
    const to = this.neighbours.filter((neighbour) => neighbour !== except);
    // A copy promises nothing, so it need not wait for this node's disk.
    for (const neighbour of to) ctx.sendNow(neighbour, { type: 'spread', message });
    if (this.retryMs === null || to.length === 0) return;
    const position = this.positions.get(message) as number;
    // Keys count from 1: key 0 is that of a timer without one.
    this.unacknowledged.set(position, new Set(to));
    ctx.setTimer('retry', this.retryMs, position + 1);
  }

  private messages(): readonly Item[] {
    this.snapshot ??= [...this.known];
    return this.snapshot;
  }
}
