import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

const TICK_MS = 600;

/** Sends each peer what it has not confirmed, until it has. */
export default class Gossip implements Node<Fields> {
  private readonly known = new Set<number>();
  /** By peer: the values that it is known to have. */
  private readonly confirmed = new Map<string, Set<number>>();

  start(ctx: Context<Fields>): void {
    const log = ctx.storage.log<number>('known');
    log.dropTorn();
    for (let i = log.start; i < log.end; i++) this.known.add(log.at(i));
    ctx.setTimer('tick', TICK_MS);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'broadcast') {
      const value = message['message'] as number;
      this.learn(ctx, value);
      ctx.send(from, { type: 'broadcast_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo: id, messages: [...this.known] });
    } else if (message.type === 'values') {
      const values = message['values'] as number[];
      for (const value of values) this.learn(ctx, value);
      // The sender has them, and wants to know that we have them now.
      for (const value of values) this.confirmedBy(from).add(value);
      ctx.send(from, { type: 'confirm', values });
    } else if (message.type === 'confirm') {
      for (const value of message['values'] as number[]) this.confirmedBy(from).add(value);
    }
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    for (const peer of ctx.peers) {
      const confirmed = this.confirmedBy(peer);
      const values = [...this.known].filter((value) => !confirmed.has(value));
      if (values.length > 0) ctx.send(peer, { type: 'values', values });
    }
    ctx.setTimer('tick', TICK_MS);
  }

  private learn(ctx: Context<Fields>, value: number): void {
    if (this.known.has(value)) return;
    this.known.add(value);
    ctx.storage.log('known').append(value);
  }

  private confirmedBy(peer: string): Set<number> {
    let values = this.confirmed.get(peer);
    if (values === undefined) {
      values = new Set();
      this.confirmed.set(peer, values);
    }
    return values;
  }
}
