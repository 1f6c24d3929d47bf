import type { Context, Detail, Message, Node, Plain } from 'dsim';

/** A message with any fields. */
type Fields = Message & { readonly [field: string]: Plain };

type Role = 'follower' | 'candidate' | 'leader';

interface Entry {
  readonly at: number;
  readonly term: number;
  readonly from: string;
  readonly request: Fields;
}

/** All that the first `end` entries have done. */
interface Snapshot {
  readonly end: number;
  readonly lastTerm: number;
  readonly values: readonly (readonly [key: string, value: Plain])[];
  /** Writes that are done, by client and id. */
  readonly done: readonly string[];
}

/** Of a leader: how much of its log a follower has, what it sends next, whether it waits. */
interface Progress {
  match: number;
  next: number;
  isBusy: boolean;
}

const BATCH = 8;
const SNAPSHOT_EVERY = 50;
const NOTHING: Snapshot = { end: 0, lastTerm: 0, values: [], done: [] };
const HEARTBEAT_MS = 50;
const PATIENCE_MIN_MS = 150;
const PATIENCE_MAX_MS = 300;

/** Ongaro, Ousterhout 2014, figures 2 and 13. The log begins where the snapshot ends. */
export default class Raft implements Node<Fields> {
  private role: Role = 'follower';
  private term = 0;
  private votedFor: string | null = null;
  private commit = 0;
  private log: Entry[] = [];
  private snapshot = NOTHING;
  private values = new Map<string, Plain>();
  private done = new Set<string>();
  private readonly votes = new Set<string>();
  private readonly progress = new Map<string, Progress>();
  /** Requests by the position of their entry. */
  private readonly waiting = new Set<number>();

  start(ctx: Context<Fields>): void {
    this.term = (ctx.storage.get('term') ?? 0) as number;
    this.votedFor = (ctx.storage.get('votedFor') ?? null) as string | null;
    this.restore((ctx.storage.get('snapshot') ?? NOTHING) as unknown as Snapshot);
    const disk = ctx.storage.log('entries');
    // Torn is what was never on the disk. Any other damage may be a promise: reading it throws.
    disk.dropTorn();
    for (let at = disk.start; at < disk.end; at++) {
      const entry = disk.at(at) as unknown as Entry;
      if (entry.at < this.snapshot.end) disk.dropBefore(at + 1);
      else this.log.push(entry);
    }
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
    else if (message.type === 'install') this.installed(ctx, from, message);
    else if (message.type === 'append_ok') this.answered(ctx, from, message);
  }

  timeout(ctx: Context<Fields>, tag: string): void {
    if (tag === 'beat' && this.role === 'leader') this.beat(ctx);
    else if (tag === 'wait' && this.role !== 'leader') this.stand(ctx);
  }

  inspect(): Detail {
    return { role: this.role, term: this.term, kept: this.log.length };
  }

  private get end(): number {
    return this.snapshot.end + this.log.length;
  }

  // --- Clients, and what the entries do ---------------------------------------------------------

  private serve(ctx: Context<Fields>, from: string, request: Fields): void {
    if (this.role !== 'leader') {
      const inReplyTo = request['id'] ?? null;
      ctx.send(from, { type: 'error', inReplyTo, code: 'timeout' });
      return;
    }
    this.waiting.add(this.end);
    this.append(ctx, { at: this.end, term: this.term, from, request });
    for (const peer of ctx.peers) this.replicate(ctx, peer);
  }

  private append(ctx: Context<Fields>, entry: Entry): void {
    this.log.push(entry);
    ctx.storage.log('entries').append({ ...entry });
  }

  private applyTo(ctx: Context<Fields>, end: number): void {
    for (; this.commit < end; this.commit++) {
      const entry = this.log[this.commit - this.snapshot.end];
      if (entry !== undefined) this.apply(ctx, entry);
    }
    if (this.commit - this.snapshot.end >= SNAPSHOT_EVERY) this.compact(ctx);
  }

  private apply(ctx: Context<Fields>, { at, from, request }: Entry): void {
    const key = request['key'] as string;
    const name = `${from} ${request['id']}`;
    if (request.type === 'write' && !this.done.has(name)) {
      this.done.add(name);
      this.values.set(key, request['value'] ?? null);
    }
    if (!this.waiting.delete(at)) return;
    const inReplyTo = request['id'] ?? null;
    const value = this.values.get(key) ?? null;
    if (request.type === 'write') ctx.send(from, { type: 'write_ok', inReplyTo });
    else ctx.send(from, { type: 'read_ok', inReplyTo, value });
  }

  // --- Snapshots --------------------------------------------------------------------------------

  private compact(ctx: Context<Fields>): void {
    const lastTerm = this.termAt(this.commit);
    const values = [...this.values];
    const done = [...this.done];
    this.keep(ctx, { end: this.commit, lastTerm, values, done });
  }

  /** The snapshot first, and then what it replaces: a crash between the two leaves both. */
  private keep(ctx: Context<Fields>, snapshot: Snapshot): void {
    const gone = snapshot.end - this.snapshot.end;
    ctx.storage.set('snapshot', { ...snapshot });
    const disk = ctx.storage.log('entries');
    disk.dropBefore(disk.start + Math.min(gone, this.log.length));
    this.log.splice(0, gone);
    this.snapshot = snapshot;
  }

  private restore(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.commit = snapshot.end;
    this.values = new Map(snapshot.values);
    this.done = new Set(snapshot.done);
  }

  private installed(ctx: Context<Fields>, from: string, message: Fields): void {
    const { term } = this;
    const snapshot = message['snapshot'] as unknown as Snapshot;
    if (message['term'] !== term) return;
    this.heard(ctx);
    if (snapshot.end > this.commit) {
      if (this.termAt(snapshot.end) !== snapshot.lastTerm) this.cut(ctx, this.snapshot.end);
      this.keep(ctx, snapshot);
      this.restore(snapshot);
    }
    ctx.send(from, { type: 'append_ok', term, ok: true, end: snapshot.end });
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
    const { term, commit, snapshot } = this;
    if (prev < snapshot.end) {
      ctx.send(peer, { type: 'install', term, snapshot: { ...snapshot } });
      return;
    }
    const begin = prev - snapshot.end;
    const entries = this.log.slice(begin, begin + BATCH).map((entry) => ({ ...entry }));
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
    if (progress.next < this.end) this.replicate(ctx, from);
  }

  /** Section 5.4.2: what a majority has counts if it is of this term, and with it all before. */
  private advance(ctx: Context<Fields>): void {
    const ends = [this.end, ...ctx.peers.map((peer) => this.of(peer).match)];
    const end = ends.sort((a, b) => b - a)[Math.floor(ends.length / 2)] ?? 0;
    if (end <= this.commit || this.termAt(end) !== this.term) return;
    this.applyTo(ctx, end);
  }

  private of(peer: string): Progress {
    const progress = this.progress.get(peer) ?? { match: 0, next: this.end, isBusy: false };
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
    this.heard(ctx);
    const prev = message['prev'] as number;
    if (prev >= this.snapshot.end && this.termAt(prev) !== message['prevTerm']) {
      ctx.send(from, { type: 'append_ok', term, ok: false, end: this.conflict(prev) });
      return;
    }
    const entries = message['entries'] as unknown as readonly Entry[];
    for (const [i, entry] of entries.entries()) this.place(ctx, prev + i, entry);
    const end = prev + entries.length;
    this.applyTo(ctx, Math.min(message['commit'] as number, end));
    ctx.send(from, { type: 'append_ok', term, ok: true, end });
  }

  /** Only what differs is cut off: this may be an old message. */
  private place(ctx: Context<Fields>, at: number, entry: Entry): void {
    if (at < this.snapshot.end || this.termAt(at + 1) === entry.term) return;
    this.cut(ctx, at);
    this.append(ctx, entry);
  }

  private cut(ctx: Context<Fields>, end: number): void {
    this.log.length = Math.min(this.log.length, end - this.snapshot.end);
    const disk = ctx.storage.log('entries');
    disk.truncate(disk.start + this.log.length);
  }

  private heard(ctx: Context<Fields>): void {
    if (this.role === 'candidate') this.become(ctx, 'follower');
    this.wait(ctx);
  }

  /** Where the leader goes on: before all entries of the term that differs (section 5.3). */
  private conflict(prev: number): number {
    if (prev > this.end) return this.end;
    let end = prev - 1;
    while (end > this.snapshot.end && this.termAt(end) === this.termAt(prev)) end -= 1;
    return end;
  }

  // --- The election -----------------------------------------------------------------------------

  private stand(ctx: Context<Fields>): void {
    this.save(ctx, this.term + 1, ctx.self);
    this.become(ctx, 'candidate');
    this.votes.clear();
    this.votes.add(ctx.self);
    const { end } = this;
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
    const { end } = this;
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

  /** The term of the last of the first `end` entries; -1 where there are fewer. */
  private termAt(end: number): number {
    const { end: begin, lastTerm } = this.snapshot;
    return end === begin ? lastTerm : (this.log[end - begin - 1]?.term ?? -1);
  }
}
