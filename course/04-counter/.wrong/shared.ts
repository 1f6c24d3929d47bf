import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** One number that all share: the larger one wins. */
export default class Counter implements Node<Fields> {
  private total = 0;

  start(ctx: Context<Fields>): void {
    this.total = (ctx.storage.get('total') ?? 0) as number;
    ctx.setTimer('tick', 300);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'add') {
      this.total += message['delta'] as number;
      ctx.storage.set('total', this.total);
      ctx.send(from, { type: 'add_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo: id, value: this.total });
    } else if (message.type === 'total') {
      this.total = Math.max(this.total, message['total'] as number);
      ctx.storage.set('total', this.total);
    }
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.broadcast({ type: 'total', total: this.total });
    ctx.setTimer('tick', 300);
  }
}
