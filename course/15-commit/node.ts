// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Runs on the coordinator and on all participants: `ctx.self` is `coordinator`, `part-1`, … */
export default class Commit implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'transfer' || message.type === 'read') ctx.note('asked', { from, id });
  }

  timeout(_ctx: Context<Fields>, _tag: string, _key: number): void {}
}
