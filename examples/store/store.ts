/** Keys on a disk: what is acknowledged survives a crash, unless `bug: forgetful` is on. */
import {
  type Context,
  type Detail,
  defineParams,
  defineSystem,
  type ErrorReply,
  interfaces,
  isRequest,
  type Message,
  type Node,
  type Params,
  type Plain,
  type RegisterReply,
  type RegisterRequest,
  refuse,
} from 'dsim';

const params = defineParams({
  'report-every': { type: 'duration', default: 1000, min: 1, doc: 'How often it shows its size.' },
});

class Store implements Node {
  private readonly reportEveryMs: number;
  private readonly memory: Map<string, Plain> | null;
  private answered = 0;

  constructor(given: Params<typeof params>, bug: string | null) {
    this.reportEveryMs = given['report-every'];
    this.memory = bug === 'forgetful' ? new Map() : null;
  }

  start(ctx: Context): void {
    ctx.setTimer('report', this.reportEveryMs);
  }

  timeout(ctx: Context, tag: string): void {
    if (tag !== 'report') return;
    ctx.note('report', { keys: ctx.storage.keys().length, answered: this.answered });
    ctx.setTimer('report', this.reportEveryMs);
  }

  receive(ctx: Context, from: string, message: Message): void {
    if (!isRequest(message)) return;
    ctx.send(from, this.answer(ctx, message as RegisterRequest));
    this.answered += 1;
    ctx.measure('answered');
  }

  inspect(): Detail {
    return { answered: this.answered };
  }

  private answer(ctx: Context, request: RegisterRequest): RegisterReply | ErrorReply {
    const inReplyTo = request.id;
    switch (request.type) {
      case 'read':
        return { type: 'read_ok', inReplyTo, value: this.get(ctx, request.key) };
      case 'write':
        this.set(ctx, request.key, request.value);
        return { type: 'write_ok', inReplyTo };
      case 'cas':
        if (this.get(ctx, request.key) !== request.from) {
          return refuse(request, 'precondition-failed');
        }
        this.set(ctx, request.key, request.to);
        return { type: 'cas_ok', inReplyTo };
      default:
        return refuse(request, 'not-supported');
    }
  }

  private get(ctx: Context, key: string): Plain {
    const value = this.memory === null ? ctx.storage.get(key) : this.memory.get(key);
    return value ?? null;
  }

  private set(ctx: Context, key: string, value: Plain): void {
    if (this.memory === null) ctx.storage.set(key, value);
    else this.memory.set(key, value);
  }
}

export default defineSystem({
  name: 'store',
  title: 'Store',
  summary: 'Keeps keys on a disk.',
  sources: [],
  answers: [interfaces.register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params,
  bugs: { forgetful: { doc: 'Keeps keys in memory only.', caughtBy: 'linearizable' } },
  invariants: [],
  measures: { answered: { sort: 'count', doc: 'Requests that it answered.' } },
  notes: { report: { doc: 'Every `report-every`: how many keys it has.' } },
  create: (given, _place, bug) => new Store(given, bug),
});
