// Given: does steps and undoes them, and keeps a list of both. It never crashes.
import type { Context, Message, Node, Plain } from 'dsim';

type Fields = Message & { readonly [field: string]: Plain };

export default class Partners implements Node<Fields> {
  private readonly entries: Plain[] = [];
  /** What each command came to: one that comes again gets the same answer, and does nothing. */
  private readonly answers = new Map<string, string>();
  private readonly failed = new Set<string>();

  start(_ctx: Context<Fields>): void {}

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const { type, id = null, command = null, saga = null, step = null } = message;
    if (type === 'audit') {
      ctx.send(from, { type: 'audit_ok', inReplyTo: id, entries: [...this.entries] });
      return;
    }
    if (type !== 'do' && type !== 'undo') return;
    let answer = this.answers.get(String(command));
    if (answer === undefined) {
      answer = type === 'do' ? this.attempt(ctx, saga, step) : this.revert(saga, step);
      // An undo that failed may be tried again, under the same name or another.
      if (answer !== 'failed') this.answers.set(String(command), answer);
    }
    ctx.send(from, { type: answer, command, saga, step });
  }

  /** A `rare` step is refused four times in ten. */
  private attempt(ctx: Context<Fields>, saga: Plain, step: Plain): string {
    if (String(step).startsWith('rare') && ctx.random.chance(0.4)) return 'refused';
    this.entries.push([saga, step, 'done']);
    return 'done';
  }

  /** The undo of a `slow` step fails the first time. */
  private revert(saga: Plain, step: Plain): string {
    const key = `${saga} ${step}`;
    if (String(step).startsWith('slow') && !this.failed.has(key)) {
      this.failed.add(key);
      return 'failed';
    }
    this.entries.push([saga, step, 'compensated']);
    return 'undone';
  }
}
