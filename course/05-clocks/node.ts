// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

export default class Clocks implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(_ctx: Context<Fields>, _from: string, _message: Fields): void {}

  timeout(_ctx: Context<Fields>, _tag: string): void {}
}
