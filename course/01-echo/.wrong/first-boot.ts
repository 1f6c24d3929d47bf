import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Echo implements Node<Fields> {
  private isReady = false;

  start(ctx: Context<Fields>): void {
    if (ctx.storage.get('booted') !== undefined) return;
    ctx.storage.set('booted', true);
    this.isReady = true;
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type !== 'echo' || !this.isReady) return;
    const { id, payload } = message;
    ctx.send(from, { type: 'echo_ok', inReplyTo: id ?? null, payload: payload ?? null });
  }
}
