import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Echo implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type !== 'echo') return;
    ctx.send(from, { type: 'echo_ok', payload: message['payload'] ?? null });
  }
}
