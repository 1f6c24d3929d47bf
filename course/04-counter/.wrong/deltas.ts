import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Sends each addition until it is confirmed, and adds whatever it hears. */
export default class Counter implements Node<Fields> {
  private total = 0;
  private readonly open = new Map<string, number>();
  private number = 0;

  start(ctx: Context<Fields>): void {
    this.total = (ctx.storage.get('total') ?? 0) as number;
    this.number = (ctx.storage.get('number') ?? 0) as number;
    for (const [key, delta] of (ctx.storage.get('open') ?? []) as [string, number][]) {
      this.open.set(key, delta);
    }
    ctx.setTimer('tick', 300);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'add') {
      const delta = message['delta'] as number;
      this.total += delta;
      this.number += 1;
      for (const peer of ctx.peers) this.open.set(`${peer} ${this.number}`, delta);
      this.save(ctx);
      ctx.send(from, { type: 'add_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo: id, value: this.total });
    } else if (message.type === 'delta') {
      this.total += message['delta'] as number;
      this.save(ctx);
      ctx.send(from, { type: 'heard', number: message['number'] ?? null });
    } else if (message.type === 'heard') {
      this.open.delete(`${from} ${message['number']}`);
      this.save(ctx);
    }
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    for (const [key, delta] of this.open) {
      const [peer = '', number = ''] = key.split(' ');
      ctx.send(peer, { type: 'delta', number: Number(number), delta });
    }
    ctx.setTimer('tick', 300);
  }

  private save(ctx: Context<Fields>): void {
    ctx.storage.set('total', this.total);
    ctx.storage.set('number', this.number);
    ctx.storage.set('open', [...this.open]);
  }
}
