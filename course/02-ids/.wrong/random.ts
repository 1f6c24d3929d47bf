import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Ids implements Node<Fields> {
  start(ctx: Context<Fields>): void {
    ctx.note('started');
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type !== 'generate') return;
    const value = ctx.random.int(0, 65535) % 4096;
    ctx.send(from, { type: 'generate_ok', inReplyTo: message['id'] ?? null, value });
  }
}
