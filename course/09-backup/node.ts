// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Backup implements Node<Fields> {
  private view = 0;

  start(ctx: Context<Fields>): void {
    this.timeout(ctx, 'ping');
  }

  receive(ctx: Context<Fields>, _from: string, message: Fields): void {
    if (message.type === 'view') ctx.note('told', { ...message });
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.send('views', { type: 'ping', view: this.view });
    ctx.setTimer('ping', 50);
  }
}
