// Not done yet, as intended.
import type { Context, Detail, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Put your election of 12 here first. */
export default class Raft implements Node<Fields> {
  private role: 'follower' | 'candidate' | 'leader' = 'follower';
  private term = 0;
  private commit = 0;

  start(ctx: Context<Fields>): void {
    ctx.note('role', { role: this.role, term: this.term });
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { type, id = null } = message;
    if (type === 'assign') ctx.send(from, { type: 'assign_ok', inReplyTo: id });
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}

  inspect(): Detail {
    return { role: this.role, term: this.term, commit: this.commit };
  }
}
