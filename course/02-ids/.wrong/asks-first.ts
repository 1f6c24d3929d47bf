import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Ids implements Node<Fields> {
  private count = 0;

  start(ctx: Context<Fields>): void {
    this.count = ((ctx.storage.get('boot') ?? 0) as number) * 1_000_000;
    ctx.storage.set('boot', this.count / 1_000_000 + 1);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type === 'generate') {
      const asked = { type: 'make', client: from, id: message['id'] ?? null };
      if (ctx.self === 'n-1') this.make(ctx, ctx.self, asked);
      else ctx.send('n-1', asked);
    } else if (message.type === 'make') this.make(ctx, from, message);
    else if (message.type === 'made') {
      const { id = null, value = null } = message;
      ctx.send(message['client'] as string, { type: 'generate_ok', inReplyTo: id, value });
    }
  }

  private make(ctx: Context<Fields>, to: string, { client = null, id = null }: Fields): void {
    this.count += 1;
    ctx.send(to, { type: 'made', client, id, value: this.count });
  }
}
