import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** A request of a client that the ledger has not answered yet. */
interface Open {
  readonly from: string;
  readonly request: Fields;
  readonly order: Fields;
}

const AGAIN_MS = 100;

/** Fronts send an order until it is answered; the ledger does each order once, by its id. */
export default class Retry implements Node<Fields> {
  private readonly open = new Map<number, Open>();
  private readonly done = new Set<string>();
  private readonly effects: string[] = [];
  private number = 0;

  start(ctx: Context<Fields>): void {
    const log = ctx.storage.log('effects');
    for (let at = log.start; at < log.end; at++) {
      this.remember(log.at(at) as [string, string]);
    }
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type === 'order') this.obey(ctx, from, message);
    else if (message.type === 'done') this.answer(ctx, message);
    else this.begin(ctx, from, message);
  }

  timeout(ctx: Context<Fields>, _tag: string, number: number): void {
    const open = this.open.get(number);
    if (open === undefined) return;
    ctx.send('ledger', open.order);
    ctx.setTimer('again', AGAIN_MS, number);
  }

  private begin(ctx: Context<Fields>, from: string, request: Fields): void {
    this.number += 1;
    // Numbers begin again at a reboot: the life tells them apart.
    const order = {
      type: 'order',
      order: `${ctx.self}.${ctx.life}.${this.number}`,
      effect: request['effect'] ?? null,
    };
    this.open.set(this.number, { from, request, order });
    ctx.send('ledger', order);
    ctx.setTimer('again', AGAIN_MS, this.number);
  }

  private obey(ctx: Context<Fields>, from: string, message: Fields): void {
    const order = message['order'] as string;
    const effect = message['effect'] ?? null;
    if (effect === null) {
      ctx.send(from, { type: 'done', order, effects: [...this.effects] });
      return;
    }
    if (!this.done.has(order)) {
      // The effect and the id that it is done: one record, so a crash keeps both or none.
      ctx.storage.log('effects').append([order, effect]);
      this.remember([order, effect as string]);
    }
    ctx.send(from, { type: 'done', order });
  }

  private remember([order, effect]: readonly [string, string]): void {
    this.done.add(order);
    this.effects.push(effect);
  }

  private answer(ctx: Context<Fields>, message: Fields): void {
    const [life = '', number = ''] = (message['order'] as string).split('.').slice(1);
    const open = this.open.get(Number(number));
    // The answer to an order of an earlier life is of no use: nobody waits for it.
    if (open === undefined || life !== String(ctx.life)) return;
    this.open.delete(Number(number));
    const inReplyTo = open.request['id'] ?? null;
    const { effects } = message;
    if (open.request.type === 'apply') ctx.send(open.from, { type: 'apply_ok', inReplyTo });
    else ctx.send(open.from, { type: 'read_ok', inReplyTo, effects: effects ?? [] });
  }
}
