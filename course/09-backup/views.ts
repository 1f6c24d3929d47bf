// Given: says who is primary and who is backup. It never crashes. (MIT 6.824, 2013, lab 2, part A)
import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

const LOOK_MS = 50;
const DEAD_MS = 200;

export default class Views implements Node<Fields> {
  /** When each node was heard last. */
  private readonly heard = new Map<string, number>();
  private view = 0;
  private primary: string | null = null;
  private backup: string | null = null;
  /** Whether the primary works in this view: only then may there be a next one. */
  private acknowledged = true;

  start(ctx: Context<Fields>): void {
    ctx.setTimer('look', 2 * LOOK_MS);
  }

  receive(ctx: Context<Fields>, from: string, { type, ...ping }: Fields): void {
    if (type !== 'ping') return;
    const isNew = ping['view'] === 0;
    // Whoever has booted since has forgotten everything: as if it were dead.
    if (isNew && (from === this.primary || from === this.backup)) this.heard.delete(from);
    else this.heard.set(from, ctx.elapsed());
    if (from === this.primary && ping['view'] === this.view) this.acknowledged = true;
    const { view, primary, backup } = this;
    ctx.send(from, { type: 'view', view, primary, backup });
  }

  timeout(ctx: Context<Fields>, _tag: string): void {
    ctx.setTimer('look', LOOK_MS);
    if (!this.acknowledged) return;
    const isUp = (node: string | null) =>
      node !== null && ctx.elapsed() - (this.heard.get(node) ?? -DEAD_MS) < DEAD_MS;
    const { primary, backup } = this;
    const idle = [...this.heard.keys()].sort((a, b) => (a < b ? -1 : 1));
    const free = idle.filter((node) => isUp(node) && node !== primary && node !== backup);
    const standby = isUp(backup) ? backup : null;
    if (primary === null) this.primary = free.shift() ?? null;
    else if (!isUp(primary) && standby !== null) [this.primary, this.backup] = [standby, null];
    else if (isUp(primary)) this.backup = standby;
    if (primary !== null && this.backup === null && isUp(this.primary)) {
      this.backup = free.shift() ?? null;
    }
    if (primary === this.primary && backup === this.backup) return;
    this.view += 1;
    this.acknowledged = false;
    ctx.note('view', { view: this.view, primary: this.primary, backup: this.backup });
  }
}
