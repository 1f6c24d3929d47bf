import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** A hybrid version: the clock, a count for what it does not tell apart, the node that wrote. */
type Version = readonly [ms: number, count: number, node: string];

interface Entry {
  readonly key: string;
  readonly value: Plain;
  readonly version: Version;
}

const TELL_MS = 300;

export default class Clocks implements Node<Fields> {
  private readonly entries = new Map<string, Entry>();
  private seen: Version = [0, 0, ''];

  start(ctx: Context<Fields>): void {
    for (const key of ctx.storage.keys()) this.take(ctx.storage.get(key) as unknown as Entry);
    ctx.setTimer('tell', TELL_MS);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { id = null } = message;
    const key = message['key'] as string;
    if (message.type === 'write') {
      this.put(ctx, key, message['value'] ?? null);
      ctx.send(from, { type: 'write_ok', inReplyTo: id });
    } else if (message.type === 'read') {
      const value = this.entries.get(key)?.value ?? null;
      ctx.send(from, { type: 'read_ok', inReplyTo: id, value });
    } else if (message.type === 'entries') {
      for (const entry of message['entries'] as unknown as Entry[]) this.keep(ctx, entry);
    }
  }

  /** What got lost is told again. */
  timeout(ctx: Context<Fields>, _tag: string): void {
    this.tell(ctx, [...this.entries.values()]);
    ctx.setTimer('tell', TELL_MS);
  }

  private put(ctx: Context<Fields>, key: string, value: Plain): void {
    const entry = { key, value, version: this.next(ctx) };
    this.keep(ctx, entry);
    this.tell(ctx, [entry]);
  }

  private tell(ctx: Context<Fields>, entries: readonly Entry[]): void {
    ctx.broadcast({ type: 'entries', entries } as unknown as Fields);
  }

  /** Larger than all that was seen, and the time of day where that is larger. */
  private next(ctx: Context<Fields>): Version {
    const nowMs = Math.floor(ctx.now());
    const [ms, count] = this.seen;
    this.seen = nowMs > ms ? [nowMs, 0, ctx.self] : [ms, count + 1, ctx.self];
    return this.seen;
  }

  private keep(ctx: Context<Fields>, entry: Entry): void {
    if (this.take(entry)) ctx.storage.set(entry.key, entry as unknown as Plain);
  }

  private take(entry: Entry): boolean {
    const { key, version } = entry;
    this.see(version);
    const old = this.entries.get(key);
    if (old !== undefined && !isNewer(version, old.version)) return false;
    this.entries.set(key, entry);
    return true;
  }

  private see(version: Version): void {
    if (isNewer(version, this.seen)) this.seen = version;
  }
}

function isNewer(a: Version, b: Version): boolean {
  if (a[0] !== b[0]) return a[0] > b[0];
  if (a[1] !== b[1]) return a[1] > b[1];
  return a[2] > b[2];
}
