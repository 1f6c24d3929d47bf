import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };
type Entry = readonly [key: Plain, value: Plain];

const PARTITIONS = ['p1', 'p2', 'p3'];
const COPIES = ['copy-1', 'copy-2'];
const AGAIN_MS = 100;
const IDLE_MS = 40;
const BATCH = 8;

/** One log a partition: the broker leads it, copies hold it, one worker at a time reads it. */
export default class Stream implements Node<Fields> {
  private readonly logs = new Map(PARTITIONS.map((partition) => [partition, [] as Entry[]]));
  /** Of the broker: how much each copy has, as `copy-1 p2`, and who waits, as `p2 17`. */
  private readonly ends = new Map<string, number>();
  private readonly waiting = new Map<string, readonly [client: string, id: Plain]>();
  /** Of a worker: its generation, and by partition where it is and which answer it waits for. */
  private generation = 0;
  private readonly next = new Map<string, number>();
  private readonly asked = new Map<string, string>();
  private asks = 0;

  start(ctx: Context<Fields>): void {
    for (const [partition, log] of ctx.self.startsWith('copy') ? this.logs : []) {
      const disk = ctx.storage.log(partition);
      for (let at = disk.start; at < disk.end; at++) log.push(disk.at(at) as unknown as Entry);
    }
    this.timeout(ctx, 'beat', 0);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { type } = message;
    if (type === 'send') this.append(ctx, from, message);
    else if (type === 'copied') this.copied(ctx, from, message);
    else if (type === 'fetch') this.fetch(ctx, from, message);
    else if (type === 'copy') this.copy(ctx, from, message);
    else if (type === 'recall') {
      const logs = [...this.logs].map(([partition, log]) => [partition, [...log]]);
      ctx.send(from, { type: 'all', logs: Object.fromEntries(logs) });
    } else if (type === 'all') this.recalled(from, message);
    else if (type === 'yours') this.take(ctx, message);
    else if (message['ask'] === this.asked.get(message['partition'] as string)) {
      this.answered(ctx, message);
    }
  }

  timeout(ctx: Context<Fields>, tag: string, number: number): void {
    if (tag === 'again') this.begin(ctx, PARTITIONS[number] ?? '');
    if (tag !== 'beat') return;
    ctx.setTimer('beat', AGAIN_MS);
    if (ctx.self === 'broker') for (const copy of COPIES) this.remind(ctx, copy);
    else if (ctx.self.startsWith('worker')) ctx.send('group', { type: 'alive' });
  }

  // --- The broker -------------------------------------------------------------------------------

  private append(ctx: Context<Fields>, from: string, request: Fields): void {
    const { id = null, key = null, value = null } = request;
    if (!this.isReady()) {
      ctx.send(from, { type: 'error', inReplyTo: id, code: 'temporarily-unavailable' });
      return;
    }
    const partition = PARTITIONS[Number(String(key).slice(1)) % PARTITIONS.length] ?? '';
    const log = this.of(partition);
    this.waiting.set(`${partition} ${log.length}`, [from, id]);
    log.push([key, value]);
    for (const copy of COPIES) this.spread(ctx, copy, partition);
  }

  /** All from where the copy is known to be: what is lost goes again with the next one. */
  private spread(ctx: Context<Fields>, copy: string, partition: string): void {
    const at = this.ends.get(`${copy} ${partition}`) ?? 0;
    const entries = this.of(partition).slice(at) as unknown as Plain;
    ctx.send(copy, { type: 'copy', partition, at, entries });
  }

  private remind(ctx: Context<Fields>, copy: string): void {
    if (!this.ends.has(`${copy} p1`)) ctx.send(copy, { type: 'recall' });
    else for (const partition of this.logs.keys()) this.spread(ctx, copy, partition);
  }

  /** A broker that has booted asks both copies what there is: its own disk may be gone. */
  private recalled(from: string, { logs }: Fields): void {
    for (const [partition, log] of Object.entries(logs as { readonly [name: string]: Plain })) {
      const entries = log as unknown as Entry[];
      this.heard(from, partition, entries.length);
      if (entries.length > this.of(partition).length) this.logs.set(partition, [...entries]);
    }
  }

  /** A copy has at least so much; an older answer may arrive after a later one. */
  private heard(copy: string, partition: string, end: number): void {
    const name = `${copy} ${partition}`;
    this.ends.set(name, Math.max(this.ends.get(name) ?? 0, end));
  }

  private isReady(): boolean {
    return COPIES.every((copy) => this.ends.has(`${copy} p1`));
  }

  /** How much of a partition counts: what both copies have. */
  private committed(partition: string): number {
    return Math.min(...COPIES.map((copy) => this.ends.get(`${copy} ${partition}`) ?? 0));
  }

  private copied(ctx: Context<Fields>, from: string, message: Fields): void {
    const partition = message['partition'] as string;
    if (!this.isReady()) return;
    const before = this.committed(partition);
    this.heard(from, partition, message['end'] as number);
    for (let offset = before; offset < this.committed(partition); offset++) {
      const request = this.waiting.get(`${partition} ${offset}`);
      this.waiting.delete(`${partition} ${offset}`);
      if (request === undefined) continue;
      ctx.send(request[0], { type: 'send_ok', inReplyTo: request[1], offset });
    }
  }

  private fetch(ctx: Context<Fields>, from: string, message: Fields): void {
    if (!this.isReady()) return;
    const partition = message['partition'] as string;
    const offset = message['offset'] as number;
    const end = Math.min(offset + BATCH, this.committed(partition));
    const entries = this.of(partition).slice(offset, end) as unknown as Plain;
    ctx.send(from, { type: 'fetched', partition, entries, ask: message['ask'] ?? null });
  }

  private of(partition: string): Entry[] {
    return this.logs.get(partition) ?? [];
  }

  // --- A copy -----------------------------------------------------------------------------------

  private copy(ctx: Context<Fields>, from: string, message: Fields): void {
    const partition = message['partition'] as string;
    const log = this.of(partition);
    for (const [i, entry] of (message['entries'] as unknown as readonly Entry[]).entries()) {
      if ((message['at'] as number) + i !== log.length) continue;
      log.push(entry);
      ctx.storage.log(partition).append(entry);
    }
    ctx.send(from, { type: 'copied', partition, end: log.length });
  }

  // --- A worker ---------------------------------------------------------------------------------

  private take(ctx: Context<Fields>, message: Fields): void {
    if (message['generation'] === this.generation) return;
    this.generation = message['generation'] as number;
    this.next.clear();
    this.asked.clear();
    for (const partition of message['partitions'] as readonly string[]) {
      this.next.set(partition, 0);
      this.begin(ctx, partition);
    }
  }

  /** Asks the sink how far the work is: it alone knows. */
  private begin(ctx: Context<Fields>, partition: string): void {
    if (!this.next.has(partition)) return;
    this.ask(ctx, 'sink', { type: 'next', partition, generation: this.generation });
  }

  /** Only the answer to the last question of a partition counts; without one it begins again. */
  private ask(ctx: Context<Fields>, to: string, question: Fields): void {
    const partition = question['partition'] as string;
    const ask = `${ctx.life} ${++this.asks}`;
    this.asked.set(partition, ask);
    ctx.send(to, { ...question, ask });
    ctx.setTimer('again', AGAIN_MS, PARTITIONS.indexOf(partition));
  }

  private answered(ctx: Context<Fields>, message: Fields): void {
    const partition = message['partition'] as string;
    if (message.type === 'next_ok') this.read(ctx, partition, message['next'] as number);
    else if (message.type === 'booked') this.read(ctx, partition, this.next.get(partition) ?? 0);
    else if (message.type === 'fetched') {
      this.book(ctx, partition, message['entries'] as unknown as readonly Entry[]);
    }
  }

  private read(ctx: Context<Fields>, partition: string, offset: number): void {
    this.next.set(partition, offset);
    this.ask(ctx, 'broker', { type: 'fetch', partition, offset });
  }

  /** The records and how far they go, in one: both or none. */
  private book(ctx: Context<Fields>, partition: string, entries: readonly Entry[]): void {
    if (entries.length === 0) {
      ctx.setTimer('again', IDLE_MS, PARTITIONS.indexOf(partition));
      return;
    }
    const at = this.next.get(partition) ?? 0;
    const records = entries.map(([key, value], i) => [at + i, key, value]);
    const next = at + entries.length;
    this.next.set(partition, next);
    const { generation } = this;
    this.ask(ctx, 'sink', { type: 'book', partition, generation, records, next });
  }
}
