// Given: says which worker has which partition. It never crashes.
import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

const LOOK_MS = 50;
const DEAD_MS = 300;

export default class Group implements Node<Fields> {
  /** When each worker was heard last. */
  private readonly heard = new Map<string, number>();
  private members: string[] = [];
  private generation = 0;

  start(ctx: Context<Fields>): void {
    ctx.setTimer('look', LOOK_MS);
  }

  receive(ctx: Context<Fields>, from: string, { type }: Fields): void {
    if (type !== 'alive') return;
    this.heard.set(from, ctx.elapsed());
    const { generation, members } = this;
    const partitions = ['p1', 'p2', 'p3'].filter((_, i) => members[i % members.length] === from);
    ctx.send(from, { type: 'yours', generation, partitions });
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.setTimer('look', LOOK_MS);
    const up = [...this.heard].filter(([, atMs]) => ctx.elapsed() - atMs < DEAD_MS);
    const members = up.map(([worker]) => worker).sort((a, b) => (a < b ? -1 : 1));
    if (members.join() === this.members.join()) return;
    this.members = members;
    this.generation += 1;
    ctx.note('generation', { generation: this.generation, members });
  }
}
