// Not done yet, as intended.
import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Runs on `broker`, `copy-1`, `copy-2`, `worker-1`, … `group.ts` and `sink.ts` are given. */
export default class Stream implements Node<Fields> {
  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null, key = null, value = null } = message;
    if (message.type === 'send') ctx.note('asked', { from, id, key, value });
  }

  timeout(_ctx: Context<Fields>, _tag: string, _key: number): void {}
}
