/**
 * A member of a store in which each record has a master of its own: all writes of the record go
 * there, and all members apply them in its order. Reads are answered anywhere. That is PNUTS'
 * *timeline consistency* (Cooper et al. 2008, "PNUTS: Yahoo!'s Hosted Data Serving Platform",
 * section 2.2): a member may be behind, but never sees versions of a record in another order.
 *
 * Mastership is a field of the record, so it moves by a write in the same timeline (section 3.2.2).
 * A request that meets a member which has not seen that write yet waits there for it: sent back, it
 * would go to and fro.
 */
import type { Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { Liveness } from '../../parts/liveness.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { textHash } from '../../parts/text-hash.ts';
import { type Asker, answer, refuse, seenVersion } from './answers.ts';
import type { Bug } from './declared.ts';
import { Delivery } from './delivery.ts';
import {
  type Ctx,
  type Forward,
  type Heirs,
  isLater,
  type MemberMessage,
  type Served,
  type StoredRecord,
  UNWRITTEN,
  type Updates,
  type Version,
} from './messages.ts';
import type { Settings } from './settings.ts';

const RECORD = 'record ';
const HEIRS = 'heirs';
/**
 * Sessions whose last update of a record is remembered: the retry of one that is forgotten is
 * carried out again.
 */
const SESSIONS_MAX = 200;
/** Masterships that a view shows. */
const SHOWN_MAX = 32;

/** A request that waits for the write that makes this member the master. */
interface Early {
  readonly asker: Asker;
  readonly known: Version;
  readonly untilMs: number;
}

export class RecordMaster implements Node<MemberMessage> {
  readonly #settings: Settings;
  readonly #place: Place;
  readonly #bug: Bug | null;
  readonly #others: readonly NodeId[];
  readonly #records = new Map<string, StoredRecord>();
  readonly #delivery: Delivery;
  readonly #duplicates = new DuplicateFilter();
  #heirs: Heirs = {};
  #alive!: Liveness;
  #early: Early[] = [];
  /** With the mistake: writes of a record that came here in a row. */
  readonly #written = new Map<string, number>();

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.#settings = settings;
    this.#place = place;
    this.#bug = bug;
    this.#others = place.members.filter((member) => member !== place.self);
    this.#delivery = new Delivery(this.#others, (key) => this.#records.get(key));
  }

  start(ctx: Ctx): void {
    for (const name of ctx.storage.keys()) {
      if (!name.startsWith(RECORD)) continue;
      const record = ctx.storage.get(name) as StoredRecord;
      this.#records.set(name.slice(RECORD.length), record);
    }
    this.#heirs = (ctx.storage.get(HEIRS) as Heirs | undefined) ?? {};
    this.#alive = new Liveness(this.#others, this.#settings['suspect-after'], ctx.elapsed());
    this.#delivery.publishAll(this.#records.keys());
    ctx.setTimer('resend', 0);
    ctx.setTimer('alive', 0);
  }

  receive(ctx: Ctx, from: NodeId, m: MemberMessage): void {
    this.#alive.heard(from, ctx.elapsed());
    if (isRequest(m)) {
      const request = m as Asker['request'];
      return this.#serve(ctx, { origin: from, via: ctx.self, request });
    }
    switch (m.type) {
      case 'updates':
        return this.#onUpdates(ctx, from, m);
      case 'received':
        this.#delivery.acknowledged(from, m);
        return ctx.measure('pending', this.#delivery.pending);
      case 'forward':
        return this.#onForward(ctx, m);
      case 'forwardReply':
        return ctx.sendNow(m.origin, m.reply);
      case 'alive':
        return this.#learnHeirs(ctx, m.heirs);
    }
  }

  timeout(ctx: Ctx, tag: string): void {
    if (tag === 'resend') {
      this.#delivery.resend(ctx);
      return ctx.setTimer('resend', this.#settings['resend-after']);
    }
    this.#alive.newlySilent(ctx.elapsed());
    for (const to of this.#others) ctx.send(to, { type: 'alive', heirs: this.#heirs });
    ctx.setTimer('alive', this.#settings.heartbeat);
  }

  command(ctx: Ctx, name: string, params: { readonly [name: string]: unknown }): void {
    if (name === 'take-over') {
      for (const of of params['of'] as readonly NodeId[]) this.#takeOver(ctx, of);
    }
  }

  inspect(): Detail {
    const own = [...this.#records].filter(([, { master }]) => master === this.#place.self);
    return {
      records: this.#records.size,
      mastered: own.length,
      pending: this.#delivery.pending,
      masters: own.slice(0, SHOWN_MAX).map(([key, { version }]) => `${key} ${version[0]}`),
    };
  }

  // --- Requests ----------------------------------------------------------------------------------

  #serve(ctx: Ctx, asker: Asker): void {
    const { request } = asker;
    switch (request.type) {
      case 'read':
        return this.#read(ctx, asker);
      case 'write':
      case 'cas':
        return this.#atMaster(ctx, asker);
      default:
        return refuse(ctx, asker, 'not-supported', 'only read, write and cas are served');
    }
  }

  #read(ctx: Ctx, asker: Asker): void {
    const { request } = asker;
    const level = request.level ?? this.#settings.reads;
    if (level === 'latest') return this.#atMaster(ctx, asker);
    if (level !== 'any' && level !== 'critical') {
      const text = `a read is any, critical or latest, not ${level}`;
      return refuse(ctx, asker, 'not-supported', text);
    }
    const { version } = this.#held(request.key);
    const isTooOld = isLater(seenVersion(request.context, request.key), version);
    const isIgnored = level === 'any' || this.#bug === 'read-critical-ignores-version';
    if (isTooOld && !isIgnored) return this.#atMaster(ctx, asker);
    this.#answerRead(ctx, asker);
  }

  #answerRead(ctx: Ctx, asker: Asker): void {
    const { value, version } = this.#held(asker.request.key);
    answer(ctx, asker, { type: 'read_ok', value }, version);
  }

  /** Carries a request out here, or passes it on to whoever is the master. */
  #atMaster(ctx: Ctx, asker: Asker): void {
    const { request, origin, via } = asker;
    const { key } = request;
    if (this.#bug === 'two-masters') this.#seizeIfBusy(ctx, key, request.type);
    const { master, version: known } = this.#held(key);
    if (master === ctx.self) return this.#carryOut(ctx, asker);
    // Nothing has left this member, so a refusal can be believed. Of what was passed on once it
    // could not: the message may come twice.
    if (via === ctx.self && !this.#alive.isAlive(master)) {
      const text = `${master}, the master of ${key}, is silent`;
      return refuse(ctx, asker, 'temporarily-unavailable', text);
    }
    ctx.measure('forwarded');
    ctx.sendNow(master, { type: 'forward', origin, via, request, known });
  }

  #onForward(ctx: Ctx, { origin, via, request, known }: Forward): void {
    if (this.#duplicates.seen(origin, request)) return;
    const asker: Asker = { origin, via, request };
    if (!isLater(known, this.#held(request.key).version)) return this.#atMaster(ctx, asker);
    // The sender has seen a hand-over that is still on its way here.
    const untilMs = ctx.elapsed() + (request.timeoutMs ?? Infinity);
    this.#early.push({ asker, known, untilMs });
  }

  #serveEarly(ctx: Ctx): void {
    if (this.#early.length === 0) return;
    const waiting = this.#early.filter(({ untilMs }) => ctx.elapsed() < untilMs);
    const isReady = ({ asker, known }: Early) =>
      !isLater(known, this.#held(asker.request.key).version);
    this.#early = waiting.filter((early) => !isReady(early));
    for (const { asker } of waiting.filter(isReady)) this.#atMaster(ctx, asker);
  }

  // --- At the master -----------------------------------------------------------------------------

  #carryOut(ctx: Ctx, asker: Asker): void {
    const { request } = asker;
    if (request.type === 'read') return this.#answerRead(ctx, asker);
    const before = this.#held(request.key);
    const { session, serial } = request;
    const last = before.served.find(([of]) => of === session);
    // A session has gone on: this is a late copy of what it no longer waits for.
    if (last !== undefined && last[1] > serial) return;
    if (last?.[1] === serial) return this.#answerUpdate(ctx, asker, last[2], before.version);
    const ok = request.type === 'write' || samePlain(before.value, request.from);
    // A refusal is remembered too: its copy must not succeed later.
    const others = before.served.filter((one) => one !== last);
    const served = [...others, [session, serial, ok] as Served].slice(-SESSIONS_MAX);
    if (!ok) {
      this.#put(ctx, request.key, { ...before, served });
      return this.#answerUpdate(ctx, asker, false, before.version);
    }
    const value = request.type === 'write' ? request.value : request.to;
    const recent = [...before.recent, asker.via].slice(-Math.max(1, this.#settings['move-after']));
    const master = this.#nextMaster(ctx, recent);
    if (master !== ctx.self) {
      ctx.note('hands over', { key: request.key, to: master });
      ctx.measure('moved');
    }
    const [generation, sequence] = before.version;
    const version: Version = [generation, sequence + 1];
    const history = master === ctx.self ? recent : [];
    this.#put(ctx, request.key, { value, version, master, recent: history, served });
    this.#delivery.publish(ctx, request.key);
    ctx.measure('pending', this.#delivery.pending);
    this.#answerUpdate(ctx, asker, true, version);
  }

  #answerUpdate(ctx: Ctx, asker: Asker, ok: boolean, version: Version): void {
    const type = asker.request.type === 'cas' ? 'cas_ok' : 'write_ok';
    if (ok) answer(ctx, asker, { type }, version);
    else refuse(ctx, asker, 'precondition-failed', 'it has another value', version);
  }

  /** Who has just written the record again and again, from another region (section 3.2.2). */
  #nextMaster(ctx: Ctx, recent: readonly NodeId[]): NodeId {
    const most = this.#settings['move-after'];
    const last = recent.at(-1);
    if (most === 0 || recent.length < most || last === undefined) return ctx.self;
    const home = this.#regionOf(last);
    const isMoving =
      home !== this.#regionOf(ctx.self) && recent.every((via) => this.#regionOf(via) === home);
    return isMoving ? last : ctx.self;
  }

  /** Without regions each member is one of its own. */
  #regionOf(member: NodeId): string {
    return this.#place.regionOf(member) ?? member;
  }

  #seizeIfBusy(ctx: Ctx, key: string, type: string): void {
    if (type === 'read' || this.#settings['move-after'] === 0) return;
    const held = this.#held(key);
    const count = held.master === ctx.self ? 0 : (this.#written.get(key) ?? 0) + 1;
    this.#written.set(key, count);
    if (count < this.#settings['move-after']) return;
    this.#put(ctx, key, { ...held, master: ctx.self });
  }

  // --- Records -----------------------------------------------------------------------------------

  /** What is here of a record; one that nobody has written has the master that its name gives. */
  #held(key: string): StoredRecord {
    const record = this.#records.get(key);
    if (record !== undefined) return record;
    const { members } = this.#place;
    let master = members[textHash(key) % members.length] as NodeId;
    let [generation] = UNWRITTEN;
    for (let heir = this.#heirs[master]; heir !== undefined; heir = this.#heirs[master]) {
      if (heir[1] <= generation) break;
      [master, generation] = heir;
    }
    return { value: null, version: [generation, 0], master, recent: [], served: [] };
  }

  #put(ctx: Ctx, key: string, record: StoredRecord): void {
    this.#records.set(key, record);
    ctx.storage.set(RECORD + key, record as unknown as Plain);
  }

  #onUpdates(ctx: Ctx, from: NodeId, { records }: Updates): void {
    for (const [key, record] of records) {
      if (isLater(record.version, this.#held(key).version)) this.#put(ctx, key, record);
    }
    const versions = records.map(([key, { version }]) => [key, version] as const);
    // Held until the records are on disk.
    ctx.send(from, { type: 'received', versions });
    this.#serveEarly(ctx);
  }

  // --- Taking over -------------------------------------------------------------------------------

  /**
   * An operator says that a member is gone: its records get a later generation and a new master.
   * What it has acknowledged and not published is lost, now or when it comes back (section 3.2.2).
   */
  #takeOver(ctx: Ctx, of: NodeId): void {
    if (of === ctx.self) return;
    let last = this.#heirs[of]?.[1] ?? 1;
    const records = [...this.#records].filter(([, { master }]) => master === of);
    for (const [, { version }] of records) last = Math.max(last, version[0]);
    this.#learnHeirs(ctx, { [of]: [ctx.self, last + 1] });
    for (const [key, record] of records) {
      const version: Version = [last + 1, record.version[1]];
      this.#put(ctx, key, { ...record, version, master: ctx.self, recent: [] });
      this.#delivery.publish(ctx, key);
    }
    ctx.note('takes over', { of, records: records.length });
  }

  #learnHeirs(ctx: Ctx, heirs: Heirs): void {
    const news = Object.entries(heirs).filter(
      ([of, [, generation]]) => generation > (this.#heirs[of]?.[1] ?? 0),
    );
    if (news.length === 0) return;
    this.#heirs = { ...this.#heirs, ...Object.fromEntries(news) };
    ctx.storage.set(HEIRS, this.#heirs as unknown as Plain);
  }
}
