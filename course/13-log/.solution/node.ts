import type { Context, Detail, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

type Role = 'follower' | 'candidate' | 'leader';

interface Entry {
  readonly term: number;
  readonly value: Plain;
}

/** Of a leader: how much of its log a follower has, what it sends next, whether it waits. */
interface Progress {
  match: number;
  next: number;
  isBusy: boolean;
}

const BATCH = 8;
const HEARTBEAT_MS = 50;
const PATIENCE_MIN_MS = 150;
const PATIENCE_MAX_MS = 300;

/** Ongaro, Ousterhout 2014, figure 2. Positions count from 0; `end` is the number of entries. */
export default class Raft implements Node<Fields> {
  private role: Role = 'follower';
  private term = 0;
  private votedFor: string | null = null;
  private commit = 0;
  private log: Entry[] = [];
  private readonly votes = new Set<string>();
  private readonly progress = new Map<string, Progress>();
  /** Requests by the position of their entry. */
  private readonly waiting = new Map<number, readonly [from: string, id: Plain]>();

  start(ctx: Context<Fields>): void {
    this.term = (ctx.storage.get('term') ?? 0) as number;
    this.votedFor = (ctx.storage.get('votedFor') ?? null) as string | null;
    const disk = ctx.storage.log('entries');
    for (let at = disk.start; at < disk.end; at++) this.log.push(disk.at(at) as unknown as Entry);
    this.become(ctx, 'follower');
    this.wait(ctx);
  }

  receive(ctx: Context<Fields>, from: string, message: Fields): void {
    if (message['id'] !== undefined) return this.serve(ctx, from, message);
    const term = message['term'] as number;
    if (term > this.term) this.follow(ctx, term);
    if (message.type === 'ask') this.asked(ctx, from, message);
    else if (message.type === 'vote') this.counted(ctx, from, term);
    else if (message.type === 'append') this.appended(ctx, from, message);
    else if (message.type === 'append_ok') this.answered(ctx, from, message);
  }

  timeout(ctx: Context<Fields>, tag: string): void {
    if (tag === 'beat' && this.role === 'leader') this.beat(ctx);
    else if (tag === 'wait' && this.role !== 'leader') this.stand(ctx);
  }

  inspect(): Detail {
    return { role: this.role, term: this.term, commit: this.commit, end: this.log.length };
  }

  // --- Clients ----------------------------------------------------------------------------------

  private serve(ctx: Context<Fields>, from: string, request: Fields): void {
    const inReplyTo = request['id'] ?? null;
    if (request.type === 'assign') ctx.send(from, { type: 'assign_ok', inReplyTo });
    else if (request.type === 'poll') {
      const [[key, offset] = ['', 0]] = Object.entries(request['offsets'] as Detail);
      const committed = this.log.slice(offset as number, this.commit);
      const records = committed.map(({ value }, i) => [(offset as number) + i, value]);
      ctx.send(from, { type: 'poll_ok', inReplyTo, records: { [key]: records } });
    } else if (this.role !== 'leader') {
      ctx.send(from, { type: 'error', inReplyTo, code: 'temporarily-unavailable' });
    } else {
      this.waiting.set(this.log.length, [from, inReplyTo]);
      this.append(ctx, { term: this.term, value: request['value'] ?? null });
      for (const peer of ctx.peers) this.replicate(ctx, peer);
    }
  }

  private append(ctx: Context<Fields>, entry: Entry): void {
    this.log.push(entry);
    ctx.storage.log('entries').append({ ...entry });
  }

  // --- The leader -------------------------------------------------------------------------------

  private beat(ctx: Context<Fields>): void {
    for (const peer of ctx.peers) {
      this.of(peer).isBusy = false;
      this.replicate(ctx, peer);
    }
    ctx.setTimer('beat', HEARTBEAT_MS);
  }

  /** One message under way to each follower; what is lost goes again with the next heartbeat. */
  private replicate(ctx: Context<Fields>, peer: string): void {
    const progress = this.of(peer);
    if (progress.isBusy) return;
    progress.isBusy = true;
    const prev = progress.next;
    const entries = this.log.slice(prev, prev + BATCH).map((entry) => ({ ...entry }));
    const { term, commit } = this;
    ctx.send(peer, { type: 'append', term, prev, prevTerm: this.termAt(prev), entries, commit });
  }

  private answered(ctx: Context<Fields>, from: string, message: Fields): void {
    if (this.role !== 'leader' || message['term'] !== this.term) return;
    const progress = this.of(from);
    progress.isBusy = false;
    if (message['ok'] === true) {
      progress.match = Math.max(progress.match, message['end'] as number);
      progress.next = Math.max(progress.next, progress.match);
      this.advance(ctx);
    } else progress.next = Math.max(progress.match, message['end'] as number);
    if (progress.next < this.log.length) this.replicate(ctx, from);
  }

  /** Section 5.4.2: what a majority has counts if it is of this term, and with it all before. */
  private advance(ctx: Context<Fields>): void {
    const ends = [this.log.length, ...ctx.peers.map((peer) => this.of(peer).match)];
    const end = ends.sort((a, b) => b - a)[Math.floor(ends.length / 2)] ?? 0;
    if (end <= this.commit || this.termAt(end) !== this.term) return;
    for (let offset = this.commit; offset < end; offset++) {
      const request = this.waiting.get(offset);
      this.waiting.delete(offset);
      if (request === undefined) continue;
      ctx.send(request[0], { type: 'send_ok', inReplyTo: request[1], offset });
    }
    this.commit = end;
  }

  private of(peer: string): Progress {
    const progress = this.progress.get(peer) ?? { match: 0, next: this.log.length, isBusy: false };
    this.progress.set(peer, progress);
    return progress;
  }

  // --- A follower -------------------------------------------------------------------------------

  private appended(ctx: Context<Fields>, from: string, message: Fields): void {
    const { term } = this;
    if ((message['term'] as number) < term) {
      ctx.send(from, { type: 'append_ok', term, ok: false, end: 0 });
      return;
    }
    if (this.role === 'candidate') this.become(ctx, 'follower');
    this.wait(ctx);
    const prev = message['prev'] as number;
    if (this.termAt(prev) !== message['prevTerm']) {
      ctx.send(from, { type: 'append_ok', term, ok: false, end: this.conflict(prev) });
      return;
    }
    const entries = message['entries'] as unknown as readonly Entry[];
    for (const [i, entry] of entries.entries()) this.place(ctx, prev + i, entry);
    const end = prev + entries.length;
    this.commit = Math.max(this.commit, Math.min(message['commit'] as number, end));
    ctx.send(from, { type: 'append_ok', term, ok: true, end });
  }

  /** Only what differs is cut off: this may be an old message. */
  private place(ctx: Context<Fields>, at: number, entry: Entry): void {
    if (this.log[at]?.term === entry.term) return;
    if (at < this.log.length) {
      this.log.length = at;
      ctx.storage.log('entries').truncate(at);
    }
    this.append(ctx, entry);
  }

  /** Where the leader goes on: before all entries of the term that differs (section 5.3). */
  private conflict(prev: number): number {
    if (prev > this.log.length) return this.log.length;
    let end = prev - 1;
    while (end > 0 && this.termAt(end) === this.termAt(prev)) end -= 1;
    return end;
  }

  // --- The election -----------------------------------------------------------------------------

  private stand(ctx: Context<Fields>): void {
    this.save(ctx, this.term + 1, ctx.self);
    this.become(ctx, 'candidate');
    this.votes.clear();
    this.votes.add(ctx.self);
    const end = this.log.length;
    ctx.broadcast({ type: 'ask', term: this.term, end, lastTerm: this.termAt(end) });
    this.wait(ctx);
  }

  private asked(ctx: Context<Fields>, from: string, message: Fields): void {
    const isFree = this.votedFor === null || this.votedFor === from;
    if ((message['term'] as number) < this.term || !isFree || !this.isBehind(message)) return;
    this.save(ctx, this.term, from);
    ctx.send(from, { type: 'vote', term: this.term });
    this.wait(ctx);
  }

  /** Section 5.4.1: whether its log is at most as far as that of a candidate. */
  private isBehind(message: Fields): boolean {
    const end = this.log.length;
    const last = message['lastTerm'] as number;
    if (last !== this.termAt(end)) return last > this.termAt(end);
    return (message['end'] as number) >= end;
  }

  private counted(ctx: Context<Fields>, from: string, term: number): void {
    if (this.role !== 'candidate' || term < this.term) return;
    this.votes.add(from);
    if (this.votes.size <= (ctx.peers.length + 1) / 2) return;
    this.progress.clear();
    this.become(ctx, 'leader');
    this.beat(ctx);
  }

  private follow(ctx: Context<Fields>, term: number): void {
    this.save(ctx, term, null);
    this.waiting.clear();
    this.become(ctx, 'follower');
    this.wait(ctx);
  }

  private wait(ctx: Context<Fields>): void {
    ctx.setTimer('wait', ctx.random.between(PATIENCE_MIN_MS, PATIENCE_MAX_MS));
  }

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

  /** The term of the last of the first `end` entries; 0 of none, and -1 where there are fewer. */
  private termAt(end: number): number {
    return end === 0 ? 0 : (this.log[end - 1]?.term ?? -1);
  }
}
