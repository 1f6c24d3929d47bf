import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** Who holds a lock, and until when on the clock that only goes forward. */
interface Lease {
  readonly token: number;
  readonly untilMs: number;
}

const LEASE_MS = 1000;

/** Lends locks for a time, each with a token larger than those before; the store checks them. */
export default class Locks implements Node<Fields> {
  private readonly leases = new Map<string, Lease>();
  private bootedMs = 0;

  start(ctx: Context<Fields>): void {
    this.bootedMs = ctx.elapsed();
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const reply = this.replyTo(ctx, message);
    ctx.send(from, { inReplyTo: message['id'] ?? null, ...reply } as unknown as Fields);
  }

  timeout(_ctx: Context<Fields>, _tag: string): void {}

  private replyTo(ctx: Context<Fields>, message: Fields): object {
    const key = message['key'] as string;
    const token = (message['token'] ?? 0) as number;
    switch (message.type) {
      case 'acquire':
        return this.acquire(ctx, key);
      case 'renew':
        return this.renew(ctx, key, token);
      case 'release':
        return this.release(ctx, key, token);
      case 'write':
        return this.write(ctx, key, token, message['value'] ?? null);
      case 'read':
        return { type: 'read_ok', value: ctx.storage.get(`value ${key}`) ?? null };
      default:
        return { type: 'error', code: 'not-supported' };
    }
  }

  // --- The lock server --------------------------------------------------------------------------

  private acquire(ctx: Context<Fields>, key: string): object {
    if (this.isHeld(ctx, key)) return { type: 'error', code: 'lock-held' };
    const token = ((ctx.storage.get(`token ${key}`) ?? 0) as number) + 1;
    ctx.storage.set(`token ${key}`, token);
    this.leases.set(key, { token, untilMs: ctx.elapsed() + LEASE_MS });
    return { type: 'acquire_ok', token, leaseMs: LEASE_MS };
  }

  /** What was lent before a reboot is not known: it is over one lease after it at the latest. */
  private isHeld(ctx: Context<Fields>, key: string): boolean {
    const lease = this.leases.get(key);
    if (lease !== undefined) return ctx.elapsed() < lease.untilMs;
    return ctx.life > 1 && ctx.elapsed() < this.bootedMs + LEASE_MS;
  }

  private renew(ctx: Context<Fields>, key: string, token: number): object {
    if (!this.isHolder(ctx, key, token)) return { type: 'error', code: 'precondition-failed' };
    this.leases.set(key, { token, untilMs: ctx.elapsed() + LEASE_MS });
    return { type: 'renew_ok', leaseMs: LEASE_MS };
  }

  private release(ctx: Context<Fields>, key: string, token: number): object {
    if (!this.isHolder(ctx, key, token)) return { type: 'error', code: 'precondition-failed' };
    this.leases.set(key, { token, untilMs: ctx.elapsed() });
    return { type: 'release_ok' };
  }

  private isHolder(ctx: Context<Fields>, key: string, token: number): boolean {
    const lease = this.leases.get(key);
    return lease?.token === token && ctx.elapsed() < lease.untilMs;
  }

  // --- The store --------------------------------------------------------------------------------

  private write(ctx: Context<Fields>, key: string, token: number, value: Plain): object {
    const newest = (ctx.storage.get(`newest ${key}`) ?? 0) as number;
    if (token < newest) return { type: 'error', code: 'precondition-failed' };
    ctx.storage.set(`newest ${key}`, token);
    ctx.storage.set(`value ${key}`, value);
    return { type: 'write_ok' };
  }
}
