import type { Context, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

/** A saga, how far it is, and whom to answer. */
interface Saga {
  readonly saga: string;
  readonly steps: readonly string[];
  /** How many steps are done and not undone. */
  readonly done: number;
  readonly way: 'on' | 'back' | 'over';
  readonly client: string;
  readonly request: Plain;
}

const AGAIN_MS = 100;

/** Garcia-Molina & Salem 1987: a step at a time, and backwards from the last that was done. */
export default class Agency implements Node<Fields> {
  private readonly sagas = new Map<string, Saga>();

  start(ctx: Context<Fields>): void {
    const log = ctx.storage.log('sagas');
    for (let at = log.start; at < log.end; at++) {
      const saga = log.at(at) as unknown as Saga;
      this.sagas.set(saga.saga, saga);
    }
    for (const saga of this.sagas.values()) this.advance(ctx, saga);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message.type === 'saga') this.begin(ctx, from, message);
    const saga = this.sagas.get(String(message['saga']));
    if (saga === undefined || message['command'] !== this.nameOf(saga)) return;
    if (message.type === 'done') this.move(ctx, { ...saga, done: saga.done + 1 });
    if (message.type === 'refused') this.move(ctx, { ...saga, way: 'back' });
    if (message.type === 'undone') this.move(ctx, { ...saga, done: saga.done - 1 });
    // What `failed` is tried again by the timer.
  }

  timeout(ctx: Context<Fields>, _tag: string, number: number): void {
    const saga = [...this.sagas.values()][number];
    if (saga !== undefined) this.advance(ctx, saga);
  }

  private begin(ctx: Context<Fields>, client: string, { saga, steps, id }: Fields): void {
    if (this.sagas.has(saga as string)) return;
    const request = id ?? null;
    this.move(ctx, {
      saga: saga as string,
      steps: steps as string[],
      done: 0,
      way: 'on',
      client,
      request,
    });
  }

  /** Writes down where a saga is, before anybody hears of it: `send` waits for the disk. */
  private move(ctx: Context<Fields>, now: Saga): void {
    const isOver = now.done === (now.way === 'on' ? now.steps.length : 0);
    const saga: Saga = isOver ? { ...now, way: 'over' } : now;
    this.sagas.set(saga.saga, saga);
    ctx.storage.log('sagas').append(saga as unknown as Plain);
    if (!isOver) this.advance(ctx, saga);
    else {
      const inReplyTo = saga.request;
      if (now.way === 'on') ctx.send(saga.client, { type: 'saga_ok', inReplyTo });
      else ctx.send(saga.client, { type: 'error', inReplyTo, code: 'abort' });
    }
  }

  /** Sends the next command of a saga, and again until its answer has moved the saga. */
  private advance(ctx: Context<Fields>, saga: Saga): void {
    if (saga.way === 'over') return;
    const type = saga.way === 'on' ? 'do' : 'undo';
    const step = saga.steps[saga.way === 'on' ? saga.done : saga.done - 1] ?? '';
    ctx.send('partners', { type, command: this.nameOf(saga), saga: saga.saga, step });
    ctx.setTimer('again', AGAIN_MS, [...this.sagas.keys()].indexOf(saga.saga));
  }

  /** The same for each try, and after a reboot. */
  private nameOf(saga: Saga): string {
    return `${saga.saga} ${saga.way} ${saga.done}`;
  }
}
