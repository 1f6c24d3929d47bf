import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Forgets that it knew a value, and passes it on again and again. */
export default class Gossip implements Node<Fields> {
  private readonly known = new Set<number>();

  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'broadcast') {
      this.known.add(message['message'] as number);
      ctx.send(from, { type: 'broadcast_ok', inReplyTo: id });
      ctx.broadcast({ type: 'value', value: message['message'] ?? null });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo: id, messages: [...this.known] });
    } else if (message.type === 'value') {
      this.known.add(message['value'] as number);
      ctx.broadcast({ type: 'value', value: message['value'] ?? null });
    }
  }
}
