import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** A request, and who waits for its answer. */
interface Operation {
  readonly from: string;
  readonly request: Fields;
}

const PING_MS = 50;
const AGAIN_MS = 30;

/** MIT 6.824 (2013), lab 2, part B: neither primary nor backup answers alone. */
export default class Backup implements Node<Fields> {
  private view = 0;
  private primary: Plain = null;
  private backup: string | null = null;
  private values = new Map<string, Plain>();
  /** Writes that are done, by client and id. */
  private done = new Set<string>();
  /** Of the primary: what waits, the first of it on its way to the backup. */
  private queue: Operation[] = [];
  private number = 0;
  /** The view whose backup has all that the primary has; of a backup, the view of its state. */
  private whole = 0;

  start(ctx: Context<Fields>): void {
    this.timeout(ctx, 'ping');
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type === 'read' || message.type === 'write') this.begin(ctx, from, message);
    else if (message.type === 'view') this.enter(ctx, message);
    // Whatever is said in another view is nothing that this node may act on.
    else if (message['view'] !== this.view) return;
    else if (message.type === 'state') this.take(ctx, from, message);
    else if (message.type === 'state_ok') this.joined(ctx);
    else if (message.type === 'copy') this.copied(ctx, from, message);
    else if (message.type === 'copy_ok') this.confirmed(ctx, message['number'] as number);
  }

  timeout(ctx: Context<Fields>, tag: string): void {
    if (tag === 'again') return this.work(ctx);
    // A view is named when its backup has everything: only then may the backup become primary.
    const isReady = this.primary !== ctx.self || this.whole === this.view;
    ctx.send('views', { type: 'ping', view: isReady ? this.view : this.view - 1 });
    ctx.setTimer('ping', PING_MS);
  }

  private enter(ctx: Context<Fields>, message: Fields): void {
    if ((message['view'] as number) <= this.view) return;
    this.view = message['view'] as number;
    this.primary = message['primary'] ?? null;
    this.backup = message['backup'] as string | null;
    this.number = 0;
    if (this.primary !== ctx.self) {
      this.queue = [];
      return;
    }
    if (this.backup === null) this.whole = this.view;
    this.work(ctx);
  }

  // --- The primary ------------------------------------------------------------------------------

  private begin(ctx: Context<Fields>, from: string, request: Fields): void {
    if (this.primary !== ctx.self) {
      const inReplyTo = request['id'] ?? null;
      ctx.send(from, { type: 'error', inReplyTo, code: 'temporarily-unavailable' });
      return;
    }
    this.queue.push({ from, request });
    if (this.queue.length === 1) this.work(ctx);
  }

  /** Sends what the backup has to have next; again, until it confirms. */
  private work(ctx: Context<Fields>): void {
    if (this.primary !== ctx.self) return;
    const { view, backup } = this;
    const [first] = this.queue;
    if (backup === null) {
      while (this.queue.length > 0) this.finish(ctx);
      return;
    }
    if (this.whole !== view) {
      const done = [...this.done];
      ctx.send(backup, { type: 'state', view, values: [...this.values], done });
    } else if (first !== undefined) {
      const { from, request } = first;
      ctx.send(backup, { type: 'copy', view, number: this.number, from, request });
    } else return;
    ctx.setTimer('again', AGAIN_MS);
  }

  private joined(ctx: Context<Fields>): void {
    if (this.primary !== ctx.self || this.whole === this.view) return;
    this.whole = this.view;
    this.work(ctx);
  }

  private confirmed(ctx: Context<Fields>, number: number): void {
    if (this.primary !== ctx.self || number !== this.number || this.queue.length === 0) return;
    this.number += 1;
    this.finish(ctx);
    this.work(ctx);
  }

  private finish(ctx: Context<Fields>): void {
    const first = this.queue.shift();
    if (first === undefined) return;
    const { from, request } = first;
    this.apply(from, request);
    const inReplyTo = request['id'] ?? null;
    const value = this.values.get(request['key'] as string) ?? null;
    if (request.type === 'write') ctx.send(from, { type: 'write_ok', inReplyTo });
    else ctx.send(from, { type: 'read_ok', inReplyTo, value });
  }

  // --- The backup -------------------------------------------------------------------------------

  private take(ctx: Context<Fields>, from: string, message: Fields): void {
    if (this.backup !== ctx.self) return;
    if (this.whole !== this.view) {
      this.values = new Map(message['values'] as unknown as [string, Plain][]);
      this.done = new Set(message['done'] as string[]);
      this.whole = this.view;
    }
    ctx.send(from, { type: 'state_ok', view: this.view });
  }

  private copied(ctx: Context<Fields>, from: string, message: Fields): void {
    if (this.backup !== ctx.self || this.whole !== this.view) return;
    const number = message['number'] as number;
    if (number > this.number) return;
    if (number === this.number) {
      this.number += 1;
      this.apply(message['from'] as string, message['request'] as Fields);
    }
    ctx.send(from, { type: 'copy_ok', view: this.view, number });
  }

  /** A write that has come before changes nothing. */
  private apply(from: string, request: Fields): void {
    const name = `${from} ${request['id']}`;
    if (request.type !== 'write' || this.done.has(name)) return;
    this.done.add(name);
    this.values.set(request['key'] as string, request['value'] ?? null);
  }
}
