import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/**
 * A value with its version: the count first, then the name of the node and the operation that made
 * it.
 */
interface Versioned {
  readonly count: number;
  readonly by: string;
  readonly value: Plain;
}

/** A request under way: first it asks a majority, then it tells one. */
interface Operation {
  readonly from: string;
  readonly request: Fields;
  readonly asked: Set<string>;
  readonly told: Set<string>;
  newest: Versioned;
}

const NOTHING: Versioned = { count: 0, by: '', value: null };
const AGAIN_MS = 150;

function isNewer(a: Versioned, b: Versioned): boolean {
  return a.count > b.count || (a.count === b.count && a.by > b.by);
}

/** Attiya, Bar-Noy, Dolev: two majorities always share a node. */
export default class Quorum implements Node<Fields> {
  private readonly values = new Map<string, Versioned>();
  private readonly open = new Map<string, Operation>();
  private number = 0;

  start(ctx: Context<Fields>): void {
    void ctx;
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type === 'read' || message.type === 'write') this.begin(ctx, from, message);
    else if (message.type === 'ask') {
      const { op = null, key = null } = message;
      ctx.send(from, { type: 'asked', op, newest: { ...this.valueOf(key as string) } });
    } else if (message.type === 'tell') {
      this.keep(ctx, message['key'] as string, message['newest'] as unknown as Versioned);
      ctx.send(from, { type: 'told', op: message['op'] ?? null });
    } else if (message.type === 'asked') {
      this.asked(ctx, from, message['op'] as string, message['newest'] as unknown as Versioned);
    } else if (message.type === 'told') this.told(ctx, from, message['op'] as string);
  }

  /** What was lost is sent again, to those who have not answered. */
  timeout(ctx: Context<Fields>, _tag: string): void {
    for (const [id, op] of this.open) this.send(ctx, id, op);
    if (this.open.size > 0) ctx.setTimer('again', AGAIN_MS);
  }

  private begin(ctx: Context<Fields>, from: string, request: Fields): void {
    this.number += 1;
    const id = `${ctx.life}.${this.number}`;
    const newest = this.valueOf(request['key'] as string);
    const op = { from, request, newest, asked: new Set([ctx.self]), told: new Set<string>() };
    this.open.set(id, op);
    this.send(ctx, id, op);
    ctx.setTimer('again', AGAIN_MS);
  }

  private send(ctx: Context<Fields>, id: string, op: Operation): void {
    const key = op.request['key'] ?? null;
    const tells = op.told.size > 0;
    for (const peer of ctx.peers) {
      if (tells && !op.told.has(peer))
        ctx.send(peer, { type: 'tell', op: id, key, newest: { ...op.newest } });
      else if (!tells && !op.asked.has(peer)) ctx.send(peer, { type: 'ask', op: id, key });
    }
  }

  private asked(ctx: Context<Fields>, from: string, id: string, newest: Versioned): void {
    const op = this.open.get(id);
    if (op === undefined || op.told.size > 0) return;
    if (isNewer(newest, op.newest)) op.newest = newest;
    op.asked.add(from);
    if (!this.isMajority(ctx, op.asked)) return;
    if (op.request.type === 'write') {
      const count = op.newest.count + 1;
      op.newest = { count, by: `${ctx.self} ${id}`, value: op.request['value'] ?? null };
    }
    // A read tells too: whoever reads after it must not read less.
    this.keep(ctx, op.request['key'] as string, op.newest);
    op.told.add(ctx.self);
    this.send(ctx, id, op);
  }

  private told(ctx: Context<Fields>, from: string, id: string): void {
    const op = this.open.get(id);
    if (op === undefined) return;
    op.told.add(from);
    if (this.isMajority(ctx, op.told)) this.finish(ctx, id, op);
  }

  private finish(ctx: Context<Fields>, id: string, { from, request, newest }: Operation): void {
    this.open.delete(id);
    const inReplyTo = request['id'] ?? null;
    if (request.type === 'write') ctx.send(from, { type: 'write_ok', inReplyTo });
    else ctx.send(from, { type: 'read_ok', inReplyTo, value: newest.value });
  }

  private isMajority(ctx: Context<Fields>, nodes: ReadonlySet<string>): boolean {
    return nodes.size > (ctx.peers.length + 1) / 2;
  }

  private valueOf(key: string): Versioned {
    return this.values.get(key) ?? NOTHING;
  }

  private keep(ctx: Context<Fields>, key: string, versioned: Versioned): void {
    if (!isNewer(versioned, this.valueOf(key))) return;
    this.values.set(key, versioned);
    void ctx;
  }
}
