// Not done yet, as intended.
import type { Context, Detail, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Put your log of 13 here first. */
export default class Raft implements Node<Fields> {
  private role: 'follower' | 'candidate' | 'leader' = 'follower';
  private term = 0;

  start(ctx: Context<Fields>): void {
    ctx.note('role', { role: this.role, term: this.term });
  }

  receive(_ctx: Context<Fields>, _from: string, _message: Fields): void {}

  timeout(_ctx: Context<Fields>, _tag: string): void {}

  inspect(): Detail {
    return { role: this.role, term: this.term, kept: 0 };
  }
}
