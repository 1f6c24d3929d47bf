// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Runs on the two fronts and on the ledger: `ctx.self` is `front-1`, `front-2` or `ledger`. */
export default class Retry implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null, effect = null } = message;
    if (message.type === 'apply') ctx.note('asked', { from, id, effect });
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}
}
