import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

const TICK_MS = 300;

/** What a node has added and taken away in all; both only grow. */
type Sums = [plus: number, minus: number];

/** One entry for each node, of which only that node changes its own: a PN-counter. */
export default class Counter implements Node<Fields> {
  private readonly sums = new Map<string, Sums>();

  start(ctx: Context<Fields>): void {
    for (const [node, sums] of (ctx.storage.get('sums') ?? []) as unknown as [string, Sums][]) {
      this.sums.set(node, sums);
    }
    ctx.setTimer('tick', TICK_MS);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    if (message.type === 'add') {
      const delta = message['delta'] as number;
      const [plus, minus] = this.sums.get(ctx.self) ?? [0, 0];
      this.sums.set(ctx.self, delta >= 0 ? [plus + delta, minus] : [plus, minus - delta]);
      this.save(ctx);
      ctx.send(from, { type: 'add_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      ctx.send(from, { type: 'read_ok', inReplyTo: id, value: this.total() });
    } else if (message.type === 'sums') {
      this.merge(ctx, message['sums'] as unknown as [string, Sums][]);
    }
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.broadcast({ type: 'sums', sums: [...this.sums] as unknown as Plain });
    ctx.setTimer('tick', TICK_MS);
  }

  private total(): number {
    return [...this.sums.values()].reduce((sum, [plus, minus]) => sum + plus - minus, 0);
  }

  /** Harmless to hear twice, late, and in any order: the larger number is the newer. */
  private merge(ctx: Context<Fields>, all: [string, Sums][]): void {
    for (const [node, [plus, minus]] of all) {
      const [ownPlus, ownMinus] = this.sums.get(node) ?? [0, 0];
      this.sums.set(node, [Math.max(plus, ownPlus), Math.max(minus, ownMinus)]);
    }
    this.save(ctx);
  }

  private save(ctx: Context<Fields>): void {
    ctx.storage.set('sums', [...this.sums] as unknown as Plain);
  }
}
