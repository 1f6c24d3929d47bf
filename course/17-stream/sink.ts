// Given: books records. It never crashes.
import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

export default class Sink implements Node<Fields> {
  static readonly measures = { booked: { sort: 'count', doc: 'Records, by worker.' } };
  /** By key: what was not polled yet. */
  private readonly booked = new Map<string, Plain[]>();
  /** By partition. */
  private readonly nexts = new Map<string, Plain>();
  private readonly newest = new Map<string, number>();

  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { type, id = null } = message;
    if (type === 'assign') ctx.send(from, { type: 'assign_ok', inReplyTo: id });
    else if (type === 'poll') {
      // One record of each key.
      const records = [...this.booked].map(([key, lines]) => [key, lines.splice(0, 1)]);
      ctx.send(from, { type: 'poll_ok', inReplyTo: id, records: Object.fromEntries(records) });
    } else if (from.startsWith('worker')) {
      ctx.send(from, { ...this.served(ctx, from, message), ask: message['ask'] ?? null });
    }
  }

  private served(ctx: Context<Fields>, from: string, message: Fields): Fields {
    const partition = String(message['partition']);
    const newest = this.newest.get(partition) ?? 0;
    const generation = Number(message['generation'] ?? newest);
    if (generation < newest) return { type: 'stale', partition };
    this.newest.set(partition, generation);
    if (message.type === 'next') {
      return { type: 'next_ok', partition, next: this.nexts.get(partition) ?? 0 };
    }
    for (const [offset = null, key, value = null] of (message['records'] ?? []) as Plain[][]) {
      const lines = this.booked.get(String(key)) ?? [];
      this.booked.set(String(key), lines);
      lines.push([offset, value]);
      ctx.measure('booked', 1, from);
    }
    if (message['next'] !== undefined) this.nexts.set(partition, message['next']);
    return { type: 'booked', partition };
  }
}
