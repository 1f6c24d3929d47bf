/**
 * A kind with two roles, for tests: a primary that answers clients, and copies that keep what it
 * writes. A write is acknowledged once every copy that is a member has stored it (primary copy,
 * write all). Copies may be added by an operator's command. Beside it a lock that looks at a store,
 * for invariants over two groups.
 */
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../src/sim/node.ts';
import { defineParams, type Params } from '../../src/sim/params.ts';
import type { Reply, Request } from '../../src/sim/rpc.ts';
import { defineSystem, type Place } from '../../src/sim/system.ts';

const params = defineParams({
  resend: { type: 'duration', doc: 'Until a copy that is silent is asked again.', default: 20 },
});
const copyParams = defineParams({
  delay: { type: 'duration', doc: 'How long it takes to store.', default: 1 },
  version: { type: 'text', doc: 'Of its program.', default: 'v1' },
});

type PrimaryParams = Params<typeof params>;
type CopyParams = Params<typeof params> & Params<typeof copyParams>;

interface Store extends Message {
  readonly type: 'store';
  readonly version: number;
  readonly data: { readonly [key: string]: Plain };
}
interface Stored extends Message {
  readonly type: 'stored';
  readonly version: number;
}
type LedgerMessage = Store | Stored | Request | Reply;

/** Keeps all data in one record; its disk is slow enough to be seen. */
class Primary implements Node<LedgerMessage> {
  private readonly copies: Set<NodeId>;
  private readonly stored = new Map<NodeId, number>();
  private readonly waiting: { version: number; from: NodeId; reply: Reply }[] = [];
  private data: { [key: string]: Plain } = {};
  private version = 0;
  private resendMs: number;

  constructor({ resend }: PrimaryParams, place: Place) {
    this.resendMs = resend;
    this.copies = new Set(place.of('copy').filter((copy) => place.initial.includes(copy)));
  }

  start(ctx: Context<LedgerMessage>): void {
    const kept = ctx.storage.get('data');
    if (kept !== undefined) {
      const { version, data, copies } = kept as { version: number } & { [field: string]: Plain };
      this.version = version;
      this.data = { ...(data as object) };
      for (const copy of copies as readonly NodeId[]) this.copies.add(copy);
    }
    ctx.setTimer('resend', this.resendMs);
  }

  receive(ctx: Context<LedgerMessage>, from: NodeId, message: LedgerMessage): void {
    if (message.type === 'stored') this.onStored(ctx, from, (message as Stored).version);
    else if ('session' in message) this.onRequest(ctx, from, message as Request);
  }

  private onRequest(ctx: Context<LedgerMessage>, from: NodeId, request: Request): void {
    const { key, value, from: expected, to } = request as Request & { [field: string]: Plain };
    const at = String(key);
    const inReplyTo = request.id;
    if (request.type === 'read') {
      this.waiting.push({
        version: this.version,
        from,
        reply: { type: 'read_ok', inReplyTo, value: this.data[at] ?? null } as Reply,
      });
      this.settle(ctx);
      return;
    }
    const old = this.data[at] ?? null;
    if (request.type === 'cas' && old !== expected) {
      const code = 'precondition-failed';
      ctx.send(from, { type: 'error', inReplyTo, code } as Reply);
      return;
    }
    this.data = { ...this.data, [at]: (request.type === 'cas' ? to : value) ?? null };
    this.version++;
    this.keep(ctx);
    const reply = { type: `${request.type}_ok`, inReplyTo } as Reply;
    this.waiting.push({ version: this.version, from, reply });
    for (const copy of this.copies) this.ask(ctx, copy);
  }

  private keep(ctx: Context<LedgerMessage>): void {
    const { version, data } = this;
    ctx.storage.set('data', { version, data, copies: [...this.copies] });
  }

  private ask(ctx: Context<LedgerMessage>, copy: NodeId): void {
    ctx.send(copy, { type: 'store', version: this.version, data: this.data });
  }

  private onStored(ctx: Context<LedgerMessage>, from: NodeId, version: number): void {
    this.stored.set(from, Math.max(version, this.stored.get(from) ?? 0));
    this.settle(ctx);
  }

  private settle(ctx: Context<LedgerMessage>): void {
    const least = Math.min(...[...this.copies].map((copy) => this.stored.get(copy) ?? 0));
    for (let [first] = this.waiting; first !== undefined && first.version <= least; ) {
      ctx.send(first.from, first.reply);
      this.waiting.shift();
      first = this.waiting[0];
    }
  }

  timeout(ctx: Context<LedgerMessage>): void {
    for (const copy of this.copies) {
      if ((this.stored.get(copy) ?? 0) < this.version) this.ask(ctx, copy);
    }
    ctx.setTimer('resend', this.resendMs);
  }

  command(ctx: Context<LedgerMessage>, name: string, given: { [field: string]: unknown }): void {
    if (name === 'set') this.resendMs = (given as Partial<PrimaryParams>).resend ?? this.resendMs;
    if (name !== 'add-copy') return;
    for (const copy of given['copy'] as readonly NodeId[]) {
      this.copies.add(copy);
      this.ask(ctx, copy);
    }
    this.keep(ctx);
    ctx.note('copies', { count: this.copies.size });
  }

  inspect(): Detail {
    const { version, copies, resendMs } = this;
    return { role: 'primary', term: 1, version, copies: copies.size, resendMs };
  }
}

class Copy implements Node<LedgerMessage> {
  private readonly params: CopyParams;
  private readonly forgets: boolean;
  private version = 0;

  constructor(own: CopyParams, bug: string | null) {
    this.params = own;
    this.forgets = bug === 'runs-ahead';
  }

  start(ctx: Context<LedgerMessage>): void {
    this.version = (ctx.storage.get('version') as number | undefined) ?? 0;
  }

  receive(ctx: Context<LedgerMessage>, from: NodeId, message: LedgerMessage): void {
    if (message.type !== 'store') return;
    const { version } = message as Store;
    this.version = Math.max(this.version, this.forgets ? version + 1 : version);
    ctx.storage.set('version', this.version);
    if (this.params.delay === 0) ctx.send(from, { type: 'stored', version });
    else ctx.setTimer(from, this.params.delay);
  }

  timeout(ctx: Context<LedgerMessage>, to: string): void {
    ctx.send(to, { type: 'stored', version: this.version });
  }

  command(ctx: Context<LedgerMessage>, name: string): void {
    if (name === 'fail') ctx.storage.set('x'.repeat(3), 1);
  }

  inspect(): Detail {
    return { role: 'copy', version: this.version, program: this.params.version };
  }
}

export const ledger = defineSystem({
  name: 'ledger',
  title: 'Ledger',
  summary: 'Writes all copies before it answers.',
  sources: [],
  serves: ['register'],
  claims: [],
  params,
  bugs: { 'runs-ahead': { doc: 'Copies count one too many.', caughtBy: 'copies-follow' } },
  invariants: [
    {
      name: 'copies-follow',
      source: 'primary copy: no copy has a version that the primary has not written',
      check(views, { of }) {
        const [primary = ''] = of('primary');
        const written = views.get(primary)?.['version'];
        if (typeof written !== 'number') return null;
        for (const copy of of('copy')) {
          const has = views.get(copy)?.['version'];
          if (typeof has === 'number' && has > written) {
            return `${copy} has version ${has}, and ${primary} has written ${written}`;
          }
        }
        return null;
      },
    },
  ],
  roles: {
    primary: { doc: 'Answers clients.', count: 1 },
    copy: {
      doc: 'Keeps what is written.',
      count: [1, 9],
      default: 2,
      serves: [],
      params: copyParams,
    },
  },
  leads: ['primary'],
  commands: {
    'add-copy': {
      doc: 'Takes in a copy.',
      params: defineParams({ copy: { type: 'nodes', doc: 'The copy.' } }),
      shorthand: 'copy',
    },
    fail: { doc: 'Writes to the disk.', params: {} },
  },
  notes: { copies: { doc: 'The primary has taken in a copy.', detail: { count: 'Of copies.' } } },
  changeable: ['resend'],
  grows: true,
  detectionMs: ({ resend }) => resend,
  quorum: (_params, members) => members,
  refuse: (_params, _members, { copy = 0 }) =>
    copy > 5 ? 'more than 5 copies to begin with' : null,
  create: (own, place, bug) =>
    place.role === 'primary'
      ? new Primary(own, place)
      : new Copy(own as unknown as CopyParams, bug),
});

/** Counts how often it was granted, and looks at a store that must never know more grants. */
export const lock = defineSystem({
  name: 'lock',
  title: 'Lock',
  summary: 'Grants, and looks at the store that must obey it.',
  sources: [],
  serves: [],
  claims: [],
  params: defineParams({ store: { type: 'nodes', doc: 'The store that it guards.' } }),
  bugs: {},
  invariants: [
    {
      name: 'store-obeys',
      source: 'by construction of the test',
      over: ['store'],
      check(views, { over }) {
        const granted = Math.max(0, ...[...views.values()].map(({ grants }) => grants as number));
        for (const [node, { version }] of over('store')) {
          if (typeof version === 'number' && version > granted) {
            return `${node} has ${version} writes and only ${granted} were granted`;
          }
        }
        return null;
      },
    },
  ],
  create() {
    let grants = 3;
    return { start: () => {}, receive: () => void grants++, inspect: () => ({ grants }) };
  },
});
