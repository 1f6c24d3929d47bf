import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

type Sums = [plus: number, minus: number];

/** Asks a majority before it answers: the smaller side of a cut stops. */
export default class Counter implements Node<Fields> {
  private readonly sums = new Map<string, Sums>();
  private readonly open = new Map<number, { from: string; answer: Fields; heard: Set<string> }>();
  private number = 0;

  start(ctx: Context<Fields>): void {
    for (const [node, sums] of (ctx.storage.get('sums') ?? []) as unknown as [string, Sums][]) {
      this.sums.set(node, sums);
    }
    ctx.setTimer('tick', 300);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'add') {
      const delta = message['delta'] as number;
      const [plus, minus] = this.sums.get(ctx.self) ?? [0, 0];
      this.sums.set(ctx.self, delta >= 0 ? [plus + delta, minus] : [plus, minus - delta]);
      this.save(ctx);
      this.ask(ctx, from, { type: 'add_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      this.ask(ctx, from, { type: 'read_ok', inReplyTo: id });
    } else if (message.type === 'ask') {
      this.merge(ctx, message['sums'] as unknown as [string, Sums][]);
      ctx.send(from, { type: 'told', number: message['number'] ?? null, sums: this.plain() });
    } else if (message.type === 'told') {
      this.merge(ctx, message['sums'] as unknown as [string, Sums][]);
      this.heard(ctx, from, message['number'] as number);
    } else if (message.type === 'sums')
      this.merge(ctx, message['sums'] as unknown as [string, Sums][]);
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.broadcast({ type: 'sums', sums: this.plain() });
    ctx.setTimer('tick', 300);
  }

  private ask(ctx: Context<Fields>, from: string, answer: Fields): void {
    this.number += 1;
    this.open.set(this.number, { from, answer, heard: new Set() });
    ctx.broadcast({ type: 'ask', number: this.number, sums: this.plain() });
  }

  private heard(ctx: Context<Fields>, from: string, number: number): void {
    const open = this.open.get(number);
    if (open === undefined) return;
    open.heard.add(from);
    if (open.heard.size + 1 <= (ctx.peers.length + 1) / 2) return;
    this.open.delete(number);
    const value = [...this.sums.values()].reduce((sum, [plus, minus]) => sum + plus - minus, 0);
    ctx.send(open.from, open.answer.type === 'read_ok' ? { ...open.answer, value } : open.answer);
  }

  private merge(ctx: Context<Fields>, all: [string, Sums][]): void {
    for (const [node, [plus, minus]] of all) {
      const [ownPlus, ownMinus] = this.sums.get(node) ?? [0, 0];
      this.sums.set(node, [Math.max(plus, ownPlus), Math.max(minus, ownMinus)]);
    }
    this.save(ctx);
  }

  private save(ctx: Context<Fields>): void {
    ctx.storage.set('sums', this.plain());
  }

  private plain(): Plain {
    return [...this.sums] as unknown as Plain;
  }
}
