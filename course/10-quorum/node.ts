// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Quorum implements Node<Fields> {
  private readonly values = new Map<string, Plain>();

  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null, key = null } = message;
    if (message.type === 'read') {
      const value = this.values.get(key as string) ?? null;
      ctx.note('not sure', { key });
      void { from, answer: { type: 'read_ok', inReplyTo: id, value } };
    }
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}
}
