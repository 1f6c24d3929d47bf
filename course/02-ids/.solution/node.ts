import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Ids implements Node<Fields> {
  private count = 0;
  private boot = 0;

  start(ctx: Context<Fields>): void {
    this.boot = ((ctx.storage.get('boot') ?? 0) as number) + 1;
    // An answer waits for the disk, so no name of this life goes out before it is there.
    ctx.storage.set('boot', this.boot);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type !== 'generate') return;
    this.count += 1;
    const value = `${ctx.self} ${this.boot} ${this.count}`;
    ctx.send(from, { type: 'generate_ok', inReplyTo: message['id'] ?? null, value });
  }
}
