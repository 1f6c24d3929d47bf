import type { Context, Detail, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

type Role = 'follower' | 'candidate' | 'leader';

const HEARTBEAT_MS = 50;
const PATIENCE_MIN_MS = 150;
const PATIENCE_MAX_MS = 300;

/** Ongaro, Ousterhout 2014, section 5.2: at most one leader in a term. */
export default class Election implements Node<Fields> {
  private role: Role = 'follower';
  private term = 0;
  private votedFor: string | null = null;
  private readonly votes = new Set<string>();

  start(ctx: Context<Fields>): void {
    this.term = (ctx.storage.get('term') ?? 0) as number;
    this.votedFor = (ctx.storage.get('votedFor') ?? null) as string | null;
    this.become(ctx, 'follower');
    this.wait(ctx);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    const term = message['term'] as number;
    if (term > this.term) this.follow(ctx, term);
    if (message.type === 'ask') this.asked(ctx, from, term);
    else if (message.type === 'vote') this.counted(ctx, from, term);
    else if (message.type === 'alive') this.heard(ctx, term);
  }

  timeout(ctx: Context<Fields>, tag: string): void {
    if (tag === 'beat' && this.role === 'leader') this.beat(ctx);
    else if (tag === 'wait' && this.role !== 'leader') this.stand(ctx);
  }

  inspect(): Detail {
    return { role: this.role, term: this.term };
  }

  // --- The steps --------------------------------------------------------------------------------

  private stand(ctx: Context<Fields>): void {
    this.save(ctx, this.term + 1, ctx.self);
    this.become(ctx, 'candidate');
    this.votes.clear();
    this.votes.add(ctx.self);
    ctx.broadcast({ type: 'ask', term: this.term });
    this.wait(ctx);
  }

  private asked(ctx: Context<Fields>, from: string, term: number): void {
    const isFree = this.votedFor === null || this.votedFor === from;
    if (term < this.term || !isFree) return;
    this.save(ctx, this.term, from);
    ctx.send(from, { type: 'vote', term: this.term });
    this.wait(ctx);
  }

  private counted(ctx: Context<Fields>, from: string, term: number): void {
    if (this.role !== 'candidate' || term < this.term) return;
    this.votes.add(from);
    if (this.votes.size <= (ctx.peers.length + 1) / 2) return;
    this.become(ctx, 'leader');
    this.beat(ctx);
  }

  private heard(ctx: Context<Fields>, term: number): void {
    if (term < this.term) return;
    if (this.role === 'candidate') this.become(ctx, 'follower');
    this.wait(ctx);
  }

  private beat(ctx: Context<Fields>): void {
    ctx.broadcast({ type: 'alive', term: this.term });
    ctx.setTimer('beat', HEARTBEAT_MS);
  }

  private follow(ctx: Context<Fields>, term: number): void {
    this.save(ctx, term, null);
    this.become(ctx, 'follower');
    this.wait(ctx);
  }

  private wait(ctx: Context<Fields>): void {
    ctx.setTimer('wait', ctx.random.between(PATIENCE_MIN_MS, PATIENCE_MAX_MS));
  }

  /** Before anything is said about it: `send` waits for the disk. */
  private save(ctx: Context<Fields>, term: number, votedFor: string | null): void {
    this.term = term;
    this.votedFor = votedFor;
    ctx.storage.set('term', term);
    ctx.storage.set('votedFor', votedFor);
  }

  private become(ctx: Context<Fields>, role: Role): void {
    this.role = role;
    ctx.note('role', { role, term: this.term });
  }
}
