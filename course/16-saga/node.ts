// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Runs on `agency`. The partners, `partners.ts`, are given. */
export default class Agency implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null, saga = null, steps = null } = message;
    if (message.type === 'saga') ctx.note('asked', { from, id, saga, steps });
  }

  timeout(_ctx: Context<Fields>, _tag: string, _key: number): void {}
}
