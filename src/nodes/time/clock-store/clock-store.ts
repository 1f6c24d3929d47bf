/**
 * A store without a leader: each member answers from its own copy, stamps its writes by a clock,
 * and sends them to the others, where the latest stamp of a key stays. What is lost, and when,
 * depends on the clock alone.
 *
 * With bounded clocks it is the external consistency of Spanner (Corbett et al. 2012, sections 3
 * and 4.1.2, 4.1.3): a write is stamped with the latest that the time may be, and answered when
 * that is over by every clock; a read at a time waits until nobody can write before it any more.
 */
import type register from '../../../interfaces/register.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import type { ClockBug, ClockParams, ClockView } from './declared.ts';
import {
  type ClockContext,
  type ClockMessage,
  type Copy,
  isLater,
  type Safe,
  type Stamp,
  type Version,
} from './messages.ts';
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
  readonly #others: readonly NodeId[];
  readonly #stamper: Stamper;
  readonly #safe: SafeTimes;
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

  constructor(given: ClockParams, { members, self }: Place, bug: ClockBug | null) {
    this.#given = given;
    this.#bug = bug;
    this.#others = members.filter((member) => member !== self);
    this.#stamper = stamperFor(given, bug);
    this.#safe = new SafeTimes(this.#others);
  }

  start(ctx: ClockContext): void {
    this.#stamper.start(ctx);
    const log = ctx.storage.log<Version>('versions');
    for (let i = log.start; i < log.end; i++) {
      this.#keep(log.at(i));
      // What an earlier life wrote may not have come to all: a promise of this one covers it.
      if (this.#isBounded) this.#number(ctx, log.at(i));
    }
    ctx.setTimer(COMPARE, ctx.random.between(0, this.#given['anti-entropy']));
    if (this.#isBounded) ctx.setTimer(SAFE, SAFE_EVERY_MS);
  }

  receive(ctx: ClockContext, from: NodeId, m: ClockMessage): void {
    switch (m.type) {
      case 'read':
        return this.#read(ctx, from, m);
      case 'write':
        return this.#write(ctx, from, m);
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
      default:
        if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  timeout(ctx: ClockContext, tag: string, key: number): void {
    switch (tag) {
      case REPLICATE:
        for (const copy of this.#outgoing.splice(0)) this.#sendToAll(ctx, copy);
        return;
      case WAIT: {
        const then = this.#waiting.get(key);
        this.#waiting.delete(key);
        return then?.();
      }
      case SAFE:
        return this.#tellSafe(ctx);
      default:
        return this.#compareWithOne(ctx);
    }
  }

  inspect(): ClockView {
    const { received, clock } = this.#stamper;
    return { received, clock, keys: this.#versions.size };
  }

  get #isBounded(): boolean {
    return this.#given['order-by'] === 'bounded';
  }

  /** By how much the member takes its clock to be wrong, in ms. */
  get #errorMs(): number {
    return this.#bug === 'epsilon-halved' ? this.#given.epsilon / 2 : this.#given.epsilon;
  }

  // --- Requests ----------------------------------------------------------------------------------

  #write(ctx: ClockContext, from: NodeId, m: RequestOf<typeof register, 'write'>): void {
    const stamp = this.#stamper.stamp(ctx);
    const held = this.#newest(m.key);
    ctx.measure('writes');
    if (this.#given['order-by'] !== 'lamport') {
      ctx.measure('clock-error', Math.max(0, stamp[0] - ctx.now()));
    }
    if (held !== undefined && isLater(held[2], stamp)) ctx.measure('shadowed');
    const version: Version = [m.key, m.value, stamp];
    this.#store(ctx, version);
    this.#replicate(ctx, version);
    const answer = () => ctx.send(from, { type: 'write_ok', inReplyTo: m.id });
    const waits = this.#isBounded && this.#given['commit-wait'] && this.#bug !== 'ack-before-wait';
    if (!waits) return answer();
    this.#whenOver(ctx, stamp[0], 'commit-wait', answer);
  }

  /** With a bounded clock: at a time, once all writes up to it are here and it is over. */
  #read(ctx: ClockContext, from: NodeId, m: RequestOf<typeof register, 'read'>): void {
    const answer = (value: Plain) => ctx.send(from, { type: 'read_ok', inReplyTo: m.id, value });
    if (!this.#isBounded) return answer(this.#newest(m.key)?.[1] ?? null);
    const atMs = ctx.now() + this.#errorMs;
    const read = () => {
      const versions = this.#versions.get(m.key) ?? [];
      answer(versions.find(([, , [time]]) => time <= atMs)?.[1] ?? null);
    };
    const whenSafe = () => this.#safe.whenUntil(atMs, read);
    if (this.#given['commit-wait']) this.#whenOver(ctx, atMs, null, whenSafe);
    else whenSafe();
  }

  /** Runs once a time is over by every clock: `earliest > time`. */
  #whenOver(ctx: ClockContext, timeMs: number, measure: string | null, then: () => void): void {
    const waitMs = timeMs + this.#errorMs - ctx.now();
    if (measure !== null) ctx.measure(measure, Math.max(0, waitMs));
    if (waitMs < 0) return then();
    const number = ++this.#waits;
    this.#waiting.set(number, then);
    ctx.setTimer(WAIT, waitMs + TICK_MS, number);
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
    if (this.#others.length === 0) return;
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
    if (this.#outgoing.length > 0) return;
    const untilMs = ctx.now() + this.#errorMs;
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
/** How often missing writes are asked for, in ms, and how many are sent at a time. */
const RESEND_EVERY_MS = 50;
const RESEND_MAX = 200;
/** Versions of a key that are kept for reads at a time. */
const VERSIONS_MAX = 50;

function isSame(a: Stamp | undefined, b: Stamp): boolean {
  return a !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}
