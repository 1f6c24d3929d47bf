// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Runs on the lock server and on the store: `ctx.self` is `locks` or `store`. */
export default class Locks implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null, key = null } = message;
    ctx.note('asked', { from, id, key });
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}
}
