import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** By account: how much more it will have, or how much there is. */
interface Amounts {
  readonly [account: string]: number;
}

/** What a client wants, and which transaction tries it now. */
interface Open {
  readonly from: string;
  readonly request: Fields;
  readonly untilMs: number;
  readonly tries: number;
  readonly parts: ReadonlyMap<string, Amounts>;
  readonly yes: Map<string, Amounts>;
}

/** A transaction to which a participant has said yes. */
interface Held {
  readonly tx: string;
  readonly changes: Amounts;
}

/** What a participant has on its disk. */
interface State {
  readonly balances?: Amounts;
  readonly held?: Held | null;
}

const ACCOUNTS = 6;
const PARTS = 3;
const FIRST_BALANCE = 10;
const SILENCE_MS = 150;
const ASK_MS = 150;
const PATIENCE_MS = 1500;
const PAUSE_MS = 20;
const PAUSE_MAX_MS = 320;

function homeOf(account: string): string {
  return `part-${((Number(account.slice(1)) - 1) % PARTS) + 1}`;
}

/** Gray 1978; who finds no decision written down presumes abort (Mohan, Lindsay, Obermarck 1986). */
class Coordinator {
  private readonly open = new Map<string, Open>();
  private number = 0;

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const tx = message['tx'] as string;
    if (message.type === 'yes') this.agreed(ctx, from, tx, message['balances'] as Amounts);
    else if (message.type === 'no') this.refused(ctx, tx, message['why'] as string);
    else if (message.type === 'ask') this.tell(ctx, from, tx);
    else this.begin(ctx, from, message, ctx.elapsed() + PATIENCE_MS, 0);
  }

  timeout(ctx: Context<Fields>, tag: string, number: number): void {
    const tx = `${ctx.life}.${number}`;
    const open = this.open.get(tx);
    if (open === undefined) return;
    if (tag === 'silence') this.refused(ctx, tx, 'silent');
    else {
      this.open.delete(tx);
      this.begin(ctx, open.from, open.request, open.untilMs, open.tries + 1);
    }
  }

  private begin(
    ctx: Context<Fields>,
    from: string,
    request: Fields,
    untilMs: number,
    tries: number,
  ): void {
    this.number += 1;
    const tx = `${ctx.life}.${this.number}`;
    const parts = new Map<string, Amounts>();
    const change = (account: string, by: number) =>
      parts.set(homeOf(account), { ...parts.get(homeOf(account)), [account]: by });
    if (request.type === 'transfer') {
      change(request['from'] as string, -(request['amount'] as number));
      change(request['to'] as string, request['amount'] as number);
    } else for (let i = 1; i <= ACCOUNTS; i++) change(`k${i}`, 0);
    this.open.set(tx, { from, request, untilMs, tries, parts, yes: new Map() });
    for (const [part, changes] of parts) ctx.send(part, { type: 'prepare', tx, changes });
    ctx.setTimer('silence', SILENCE_MS, this.number);
  }

  private agreed(ctx: Context<Fields>, from: string, tx: string, balances: Amounts): void {
    const open = this.open.get(tx);
    if (open?.parts.has(from) !== true) return;
    open.yes.set(from, balances);
    if (open.yes.size < open.parts.size) return;
    this.open.delete(tx);
    // The decision is on the disk before anybody hears of it: `send` waits for that.
    ctx.storage.set(tx, 'commit');
    for (const part of open.parts.keys()) ctx.send(part, { type: 'commit', tx });
    const inReplyTo = open.request['id'] ?? null;
    if (open.request.type === 'transfer') ctx.send(open.from, { type: 'transfer_ok', inReplyTo });
    else {
      const all = Object.assign({}, ...open.yes.values());
      ctx.send(open.from, { type: 'read_ok', inReplyTo, balances: all });
    }
  }

  /** All let go. What was only in the way of another transaction is tried again a little later. */
  private refused(ctx: Context<Fields>, tx: string, why: string): void {
    const open = this.open.get(tx);
    if (open === undefined || open.parts.size === 0) return;
    for (const part of open.parts.keys()) ctx.send(part, { type: 'abort', tx });
    const again = why !== 'short' && ctx.elapsed() < open.untilMs;
    const number = Number(tx.split('.')[1]);
    ctx.cancelTimer('silence', number);
    if (again) {
      this.open.set(tx, { ...open, parts: new Map(), yes: new Map() });
      const most = Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** open.tries);
      ctx.setTimer('again', ctx.random.between(PAUSE_MS / 2, most), number);
      return;
    }
    this.open.delete(tx);
    const code = why === 'short' ? 'precondition-failed' : 'txn-conflict';
    ctx.send(open.from, { type: 'error', inReplyTo: open.request['id'] ?? null, code });
  }

  private tell(ctx: Context<Fields>, to: string, tx: string): void {
    if (ctx.storage.get(tx) === 'commit') ctx.send(to, { type: 'commit', tx });
    else if (!this.open.has(tx)) ctx.send(to, { type: 'abort', tx });
  }
}

/** One transaction at a time: whoever comes meanwhile hears no, so nobody waits for anybody. */
class Participant {
  private balances: Amounts = {};
  private held: Held | null = null;
  /** An abort may overtake its question. */
  private readonly over = new Set<string>();

  start(ctx: Context<Fields>): void {
    for (let i = 1; i <= ACCOUNTS; i++) {
      if (homeOf(`k${i}`) !== ctx.self) continue;
      this.balances = { ...this.balances, [`k${i}`]: FIRST_BALANCE };
    }
    const { balances = this.balances, held = null } = (ctx.storage.get('state') ?? {}) as State;
    this.balances = balances;
    this.held = held;
    if (this.held !== null) ctx.setTimer('ask', ASK_MS);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const tx = message['tx'] as string;
    if (message.type === 'prepare') this.prepare(ctx, from, tx, message['changes'] as Amounts);
    if (message.type === 'abort') this.over.add(tx);
    if (this.held?.tx !== tx) return;
    if (message.type === 'commit') this.apply(ctx, this.held.changes);
    else if (message.type === 'abort') this.hold(ctx, null);
  }

  /** After its yes it waits for the coordinator, however long: it may not decide alone. */
  timeout(ctx: Context<Fields>, _tag: string): void {
    if (this.held === null) return;
    ctx.send('coordinator', { type: 'ask', tx: this.held.tx });
    ctx.setTimer('ask', ASK_MS);
  }

  private prepare(ctx: Context<Fields>, from: string, tx: string, changes: Amounts): void {
    if (this.over.has(tx)) return;
    const after = this.after(changes);
    if (this.held !== null) ctx.send(from, { type: 'no', tx, why: 'busy' });
    else if (Object.values(after).some((balance) => balance < 0)) {
      ctx.send(from, { type: 'no', tx, why: 'short' });
    } else {
      this.hold(ctx, { tx, changes });
      ctx.send(from, { type: 'yes', tx, balances: this.balances });
      ctx.setTimer('ask', ASK_MS);
    }
  }

  private apply(ctx: Context<Fields>, changes: Amounts): void {
    this.balances = this.after(changes);
    this.hold(ctx, null);
  }

  private after(changes: Amounts): Amounts {
    const after: { [account: string]: number } = { ...this.balances };
    for (const [account, by] of Object.entries(changes))
      after[account] = (after[account] ?? 0) + by;
    return after;
  }

  /** Balances and what is held are one record: a crash keeps both or none. */
  private hold(ctx: Context<Fields>, held: Held | null): void {
    this.held = held;
    ctx.storage.set('state', { balances: this.balances, held } as unknown as Plain);
  }
}

export default class Commit implements Node<Fields> {
  private readonly coordinator = new Coordinator();
  private readonly participant = new Participant();

  start(ctx: Context<Fields>): void {
    if (ctx.self !== 'coordinator') this.participant.start(ctx);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (ctx.self === 'coordinator') this.coordinator.receive(ctx, from, message);
    else this.participant.receive(ctx, from, message);
  }

  timeout(ctx: Context<Fields>, tag: string, number: number): void {
    if (ctx.self === 'coordinator') this.coordinator.timeout(ctx, tag, number);
    else this.participant.timeout(ctx, tag);
  }
}
