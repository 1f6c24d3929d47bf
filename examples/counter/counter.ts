/** A node that counts the requests it gets, and answers each with the count. */
import { type Context, isRequest, type Message, type Node } from 'dsim';

export default class Counter implements Node {
  private count = 0;

  start(ctx: Context): void {
    ctx.note('counts from 0');
  }

  receive(ctx: Context, from: string, message: Message): void {
    if (!isRequest(message)) return;
    this.count += 1;
    const answer = { type: `${message.type}_ok`, inReplyTo: message.id, count: this.count };
    ctx.send(from, answer);
  }
}
