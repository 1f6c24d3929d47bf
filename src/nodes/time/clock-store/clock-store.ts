/**
 * A store without a leader: each member answers from its own copy, stamps its writes by a clock,
 * and sends them to the others, where the latest stamp of a key stays. What is lost, and when,
 * depends on the clock alone.
 *
 * With bounded clocks it is the external consistency of Spanner (Corbett et al. 2012, sections 3
 * and 4.1.2, 4.1.3): a write is stamped with the latest that the time may be, and answered when
 * that is over by every clock; a read at a time waits until nobody can write before it any more.
 */
import { assert } from '../../../sim/assert.ts';
import type { Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import type { TimeInterval } from '../../parts/synced-clock.ts';
import { SYNC_TIMER, type TellTime } from '../../parts/time-sync.ts';
import type { ClockBug, ClockParams, ClockView, StampOrder } from './declared.ts';
import { type MemberClock, memberClock } from './member-clock.ts';
import {
  type ClientRequest,
  type ClockContext,
  type ClockMessage,
  type Copy,
  isLater,
  type Safe,
  type Stamp,
  type Version,
} from './messages.ts';
import { OFFSETS, OffsetWatch } from './offset-watch.ts';
import { SafeTimes } from './safe-times.ts';
import { type Stamper, stamperFor } from './stamper.ts';

const REPLICATE = 'replicate';
const COMPARE = 'compare';
const SAFE = 'safe';
const WAIT = 'wait';
/** How often a member with a bounded clock says what it will not write any more, in ms. */
const SAFE_EVERY_MS = 5;

export class ClockStore implements Node<ClockMessage> {
  readonly #given: ClockParams;
  readonly #bug: ClockBug | null;
  readonly #order: StampOrder;
  readonly #others: readonly NodeId[];
  readonly #clock: MemberClock;
  readonly #stamper: Stamper;
  readonly #safe: SafeTimes;
  /** With a hybrid clock: whether its own is too far off for it to serve. */
  readonly #offsets: OffsetWatch | null;
  /** By key, all versions with a bounded clock, the newest alone otherwise; newest first. */
  readonly #versions = new Map<string, Version[]>();
  readonly #outgoing: Copy[] = [];
  /** What is done when a time is over by every clock. */
  readonly #waiting = new Map<number, () => void>();
  #waits = 0;
  /** With a bounded clock: all writes of this life and those that it began with, by number. */
  readonly #copies: Copy[] = [];
  readonly #askedMs = new Map<NodeId, number>();
  #seq = 0;

  constructor(
    order: StampOrder,
    given: ClockParams,
    { members, self }: Place,
    bug: ClockBug | null,
  ) {
    this.#order = order;
    this.#given = given;
    this.#bug = bug;
    this.#others = members.filter((member) => member !== self);
    this.#clock = memberClock(given, bug);
    this.#stamper = stamperFor(order, given, this.#clock, bug);
    this.#safe = new SafeTimes(this.#others);
    const isWatched = order === 'hybrid' && bug !== 'accept-any-offset';
    const toleratedMs = given['max-offset'] * given['stop-at'];
    this.#offsets = isWatched ? new OffsetWatch(this.#others, toleratedMs) : null;
  }

  start(ctx: ClockContext): void {
    this.#clock.start(ctx);
    this.#stamper.start(ctx);
    const log = ctx.storage.log<Version>('versions');
    for (let i = log.start; i < log.end; i++) {
      this.#keep(log.at(i));
      // What an earlier life wrote may not have come to all: a promise of this one covers it.
      if (this.#isBounded) this.#number(ctx, log.at(i));
    }
    const everyMs = this.#given['anti-entropy'];
    if (everyMs > 0) ctx.setTimer(COMPARE, ctx.random.between(0, everyMs));
    this.#offsets?.ask(ctx);
    if (this.#isBounded) ctx.setTimer(SAFE, SAFE_EVERY_MS);
  }

  receive(ctx: ClockContext, from: NodeId, m: ClockMessage): void {
    if (m.type === 'ask-time') return this.#tellTime(ctx, from, m.poll);
    if (m.type === 'tell-time') return this.#heardTime(ctx, from, m);
    if (isRequest(m)) return this.#request(ctx, from, m as ClientRequest);
    if (this.#isStopped) return;
    switch (m.type) {
      case 'copy':
        if (this.#take(ctx, from, m.version)) this.#safe.got(from, m.life, m.seq);
        return this.#isBounded ? this.#safe.settle() : undefined;
      case 'compare':
        return this.#compare(ctx, from, m.stamps);
      case 'copies':
        for (const version of m.versions) this.#take(ctx, from, version);
        return;
      case 'safe':
        return this.#onSafe(ctx, from, m);
      case 'resend':
        if (m.life !== ctx.life) return;
        for (const copy of this.#copies.slice(m.after, m.after + RESEND_MAX)) ctx.send(from, copy);
        return;
    }
  }

  timeout(ctx: ClockContext, tag: string, key: number): void {
    switch (tag) {
      case REPLICATE:
        for (const copy of this.#outgoing.splice(0)) {
          if (!this.#isStopped) this.#sendToAll(ctx, copy);
        }
        return;
      case WAIT: {
        const then = this.#waiting.get(key);
        this.#waiting.delete(key);
        return then?.();
      }
      case SAFE:
        return this.#tellSafe(ctx);
      case SYNC_TIMER:
        return this.#clock.poll(ctx);
      case OFFSETS:
        return this.#offsets?.ask(ctx);
      default:
        return this.#compareWithOne(ctx);
    }
  }

  inspect(): ClockView {
    const { received, clock } = this.#stamper;
    return { received, clock, keys: this.#versions.size };
  }

  get #isBounded(): boolean {
    return this.#order === 'bounded';
  }

  /** As if its process were not there, until its clock agrees with others again. */
  get #isStopped(): boolean {
    return this.#offsets?.isWrong === true;
  }

  #tellTime(ctx: ClockContext, to: NodeId, poll: number): void {
    const nowMs = this.#clock.timeMs(ctx);
    ctx.sendNow(to, { type: 'tell-time', poll, receivedMs: nowMs, sentMs: nowMs, errorMs: 0 });
  }

  #heardTime(ctx: ClockContext, from: NodeId, m: TellTime): void {
    if (!this.#others.includes(from)) return this.#clock.heard(ctx, from, m);
    this.#offsets?.heard(ctx, from, m, this.#clock.timeMs(ctx));
  }

  // --- Requests ----------------------------------------------------------------------------------

  #request(ctx: ClockContext, from: NodeId, m: ClientRequest): void {
    if (this.#isStopped) {
      return ctx.send(from, refuse(m, 'temporarily-unavailable', 'its clock is too far off'));
    }
    if (this.#isBounded && this.#clock.interval(ctx) === null) {
      return ctx.send(from, refuse(m, 'temporarily-unavailable', 'it does not know the time yet'));
    }
    const answer = (body: object) => ctx.send(from, { ...body, inReplyTo: m.id } as ClockMessage);
    switch (m.type) {
      case 'now':
        return answer({ type: 'now_ok', value: this.#stamper.now(ctx) });
      case 'read':
        return this.#read(ctx, m.key, (value) => answer({ type: 'read_ok', value }));
      // One value at most: of siblings, the one that was written last by this clock.
      case 'get':
        return this.#read(ctx, m.key, (value) =>
          answer({ type: 'get_ok', values: value === null ? [] : [value], context: null }),
        );
      case 'write':
        return this.#write(ctx, m.key, m.value, () => answer({ type: 'write_ok' }));
      case 'put':
        return this.#write(ctx, m.key, m.value, () => answer({ type: 'put_ok', context: null }));
      case 'delete':
        return this.#write(ctx, m.key, null, () => answer({ type: 'delete_ok', context: null }));
      default:
        ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  #write(ctx: ClockContext, key: string, value: Plain, answer: () => void): void {
    const stamp = this.#stamper.stamp(ctx);
    const held = this.#newest(key);
    ctx.measure('writes');
    if (this.#order !== 'lamport') {
      ctx.measure('clock-error', Math.max(0, stamp[0] - this.#clock.timeMs(ctx)));
    }
    if (held !== undefined && isLater(held[2], stamp)) ctx.measure('shadowed');
    const version: Version = [key, value, stamp];
    this.#store(ctx, version);
    this.#replicate(ctx, version);
    const waits = this.#isBounded && this.#given['commit-wait'] && this.#bug !== 'ack-before-wait';
    if (!waits) return answer();
    ctx.measure('commit-wait', Math.max(0, stamp[0] - this.#interval(ctx).earliest));
    this.#whenOver(ctx, stamp[0], answer);
  }

  /** With a bounded clock: at a time, once all writes up to it are here and it is over. */
  #read(ctx: ClockContext, key: string, answer: (value: Plain) => void): void {
    if (!this.#isBounded) return answer(this.#newest(key)?.[1] ?? null);
    const atMs = this.#interval(ctx).latest;
    const read = () => {
      const versions = this.#versions.get(key) ?? [];
      answer(versions.find(([, , [time]]) => time <= atMs)?.[1] ?? null);
    };
    const whenSafe = () => this.#safe.whenUntil(atMs, read);
    if (this.#given['commit-wait']) this.#whenOver(ctx, atMs, whenSafe);
    else whenSafe();
  }

  /** Runs once a time is over by every clock: `earliest > time`. */
  #whenOver(ctx: ClockContext, timeMs: number, then: () => void): void {
    const interval = this.#clock.interval(ctx);
    // Time servers may have come to disagree: it does not know the time, and looks again.
    const waitMs = interval === null ? LOST_MS : timeMs - interval.earliest;
    if (waitMs < 0) return then();
    const number = ++this.#waits;
    this.#waiting.set(number, () => this.#whenOver(ctx, timeMs, then));
    ctx.setTimer(WAIT, waitMs + TICK_MS, number);
  }

  #interval(ctx: ClockContext): TimeInterval {
    const interval = this.#clock.interval(ctx);
    assert(interval !== null, 'who does not know the time takes no requests');
    return interval;
  }

  // --- Copies ------------------------------------------------------------------------------------

  #replicate(ctx: ClockContext, version: Version): void {
    const copy = this.#number(ctx, version);
    if (this.#given.replicate === 0) return this.#sendToAll(ctx, copy);
    this.#outgoing.push(copy);
    ctx.setTimer(REPLICATE, this.#given.replicate);
  }

  #number(ctx: ClockContext, version: Version): Copy {
    const copy: Copy = { type: 'copy', version, seq: ++this.#seq, life: ctx.life };
    if (this.#isBounded) this.#copies.push(copy);
    return copy;
  }

  #sendToAll(ctx: ClockContext, copy: Copy): void {
    for (const to of this.#others) ctx.send(to, copy);
  }

  /** Whether a version of another member was taken in, or was known. */
  #take(ctx: ClockContext, from: NodeId, version: Version): boolean {
    const ahead = this.#stamper.receive(ctx, version[2]);
    if (ahead !== null) {
      ctx.note('refuses stamp', { ahead, of: from });
      return false;
    }
    this.#store(ctx, version);
    return true;
  }

  #store(ctx: ClockContext, version: Version): void {
    if (this.#keep(version)) ctx.storage.log<Version>('versions').append(version);
  }

  /** The latest stamp of a key stays; ties by time are decided by the name, never by arrival. */
  #keep(version: Version): boolean {
    const [key, , stamp] = version;
    const held = this.#versions.get(key);
    if (held === undefined) {
      this.#versions.set(key, [version]);
      return true;
    }
    const at = held.findIndex(([, , other]) => !isLater(other, stamp));
    if (at !== -1 && isSame(held[at]?.[2], stamp)) return false;
    if (this.#isBounded) held.splice(at === -1 ? held.length : at, 0, version);
    else if (at === 0) held[0] = version;
    else return false;
    if (held.length > VERSIONS_MAX) held.length = VERSIONS_MAX;
    return true;
  }

  #newest(key: string): Version | undefined {
    return this.#versions.get(key)?.[0];
  }

  #compareWithOne(ctx: ClockContext): void {
    ctx.setTimer(COMPARE, this.#given['anti-entropy']);
    if (this.#others.length === 0 || this.#isStopped) return;
    const stamps = [...this.#versions.values()].flatMap(([newest]) =>
      newest === undefined ? [] : [[newest[0], newest[2]] as const],
    );
    ctx.send(ctx.random.pick(this.#others), { type: 'compare', stamps });
  }

  #compare(ctx: ClockContext, from: NodeId, stamps: readonly (readonly [string, Stamp])[]): void {
    const known = new Map(stamps);
    const versions = [...this.#versions.values()].flatMap(([newest]) => {
      if (newest === undefined) return [];
      const other = known.get(newest[0]);
      return other === undefined || isLater(newest[2], other) ? [newest] : [];
    });
    if (versions.length > 0) ctx.send(from, { type: 'copies', versions });
  }

  // --- Safe times --------------------------------------------------------------------------------

  /** Its later writes will be stamped later than now. `send` waits for the disk, as copies do. */
  #tellSafe(ctx: ClockContext): void {
    ctx.setTimer(SAFE, SAFE_EVERY_MS);
    if (this.#outgoing.length > 0 || this.#clock.interval(ctx) === null) return;
    const untilMs = this.#stamper.promise?.(ctx) ?? 0;
    const safe: Safe = { type: 'safe', untilMs, seq: this.#seq, life: ctx.life };
    for (const to of this.#others) ctx.send(to, safe);
  }

  #onSafe(ctx: ClockContext, from: NodeId, { untilMs, seq, life }: Safe): void {
    this.#safe.promised(from, life, seq, untilMs);
    this.#safe.settle();
    const after = this.#safe.missingAfter(from);
    const nowMs = ctx.elapsed();
    if (after === null || nowMs - (this.#askedMs.get(from) ?? -Infinity) < RESEND_EVERY_MS) return;
    this.#askedMs.set(from, nowMs);
    ctx.send(from, { type: 'resend', after, life });
  }
}

const TICK_MS = 0.001;
/** When who does not know the time looks again, in ms. */
const LOST_MS = 10;
/** How often missing writes are asked for, in ms, and how many are sent at a time. */
const RESEND_EVERY_MS = 50;
const RESEND_MAX = 200;
/** Versions of a key that are kept for reads at a time. */
const VERSIONS_MAX = 50;

function isSame(a: Stamp | undefined, b: Stamp): boolean {
  return a !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}
