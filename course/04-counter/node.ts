// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Counter implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'read') ctx.send(from, { type: 'read_ok', inReplyTo: id, value: 0 });
    // What about `add`?
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}
}
