/**
 * The tries of a message on a connection. A try that is lost is followed by another at its
 * time-out, an event of its own, which meets the link as it is then: its loss, its latency, its
 * cuts. What was sent after a message that is missing waits for it at the other end, and is handed
 * over right behind it. The seventh try that is lost breaks the connection.
 *
 * Only a message that has lost a try, or waits behind one, costs more than a message on any link.
 */
import { assert } from '../assert.ts';
import type { Message } from '../node.ts';
import type { Carriage, Sent } from './connection.ts';
import { ADMITTED, type Link } from './link.ts';
import { Fate, LOST } from './link-fate.ts';
import { BY_RESET, BY_SCRIPT } from './rows.ts';
import type { Tally } from './tally.ts';
import type { Pending, Where } from './unfinished.ts';

/** A connection sends a lost message again after so long, and each time after twice that. */
const RETRANSMIT_US = 200_000;
/** A message of which more tries than this are lost in a row breaks its connection. */
export const RETRANSMITS_MAX = 6;

/** What it needs of the connections. */
export interface Owner {
  /** A try of a message gets through, after so long. */
  leaves(special: Link, sent: Sent, delayUs: number): void;
  /** The other end has got a message. */
  arrives(special: Link, from: number, to: number): void;
  /** The last try of a message is lost for good. */
  giveUp(special: Link, from: number, to: number, tally: Tally): void;
  /** Nothing that was sent is missing any more. */
  caughtUp(special: Link, from: number, to: number): void;
  /** Does something at a node's end after so long. */
  schedule(end: number, delayUs: number, action: () => void): void;
}

export class Tries {
  private readonly world: Carriage;
  private readonly owner: Owner;
  /** Of the try that is being decided. */
  private readonly fate = new Fate();

  constructor(world: Carriage, owner: Owner) {
    this.world = world;
    this.owner = owner;
  }

  // At the sender's end.

  /** The first try of a message. */
  send(sent: Sent, special: Link): void {
    const { fate } = this;
    fate.first.delayUs = sent.latencyUs;
    special.decide(fate, sent.message, this.world.now);
    if (special.isCut) {
      if (!special.outlastsCuts) return this.meetBreakingCut(sent, special);
      fate.losers.push(...special.cuts);
    }
    if (fate.first.delayUs === LOST && fate.first.why === BY_SCRIPT)
      this.drop(sent, BY_SCRIPT, fate.first.by);
    else if (fate.losers.length > 0)
      this.fail(this.keep(sent, special, 'lost', fate.counted), special);
    else {
      // What a further try would send is not what arrives, or who made it late must count it once.
      const isNoted = fate.first.altered !== null || special.mayCountAgain(fate);
      if (isNoted) this.keep(sent, special, 'under way', fate.counted);
      this.carry(sent, special);
    }
  }

  /** Every cut breaks the connection. */
  private meetBreakingCut(sent: Sent, special: Link): void {
    const tally = special.cuts.at(-1);
    assert(tally !== undefined, 'somebody has cut it');
    this.drop(sent, special.refusal(sent.id), tally);
    this.owner.giveUp(special, sent.from, sent.to, tally);
  }

  /** A later try. */
  private tryAgain(pending: Pending): void {
    const { fate, world } = this;
    const { sent } = pending;
    const special = world.network.special(sent.link);
    pending.tries++;
    world.recorder.lateness?.decides(sent.id);
    special.decideAgain(fate, sent.message, world.now, pending.counted);
    if (special.isCut) fate.losers.push(...special.cuts);
    if (fate.losers.length > 0) return this.fail(pending, special);
    const { first, copy } = fate;
    first.delayUs += pending.heldUs;
    if (pending.copyUs !== LOST) {
      copy.delayUs = first.delayUs + pending.copyUs;
      copy.altered = first.altered;
      pending.copyUs = LOST;
    }
    pending.where = 'under way';
    pending.noticedUs = this.timeoutUs(pending.tries);
    this.carry(sent, special);
  }

  /** When a try that leaves now would be found to be lost. */
  private timeoutUs(tries: number): number {
    return this.world.now + this.fate.outUs + RETRANSMIT_US * (1 << (tries - 1));
  }

  /** The try that was just decided is lost. */
  private fail(pending: Pending, special: Link): void {
    pending.noticedUs = this.timeoutUs(pending.tries);
    this.wait(pending, special, this.fate.losers);
  }

  /** A try is lost, to these: the sender finds out at its time-out. */
  private wait(pending: Pending, special: Link, losers: readonly Tally[]): void {
    const { now } = this.world;
    const { sent, tries, noticedUs } = pending;
    pending.where = 'lost';
    for (const tally of losers) this.blame(pending, tally);
    const blamed = losers.at(-1);
    assert(blamed !== undefined, 'a try is lost to somebody');
    this.owner.schedule(sent.from, Math.max(0, noticedUs - now), () => {
      if (pending.where !== 'lost') return;
      if (tries <= RETRANSMITS_MAX) this.tryAgain(pending);
      else this.owner.giveUp(special, sent.from, sent.to, blamed);
    });
  }

  /** A message is late once, however many tries of it somebody takes. */
  private blame({ counted, losers }: Pending, tally: Tally): void {
    if (!losers.includes(tally)) losers.push(tally);
    if (counted.includes(tally)) return;
    counted.push(tally);
    tally.messagesDelayed++;
  }

  /** Puts the try that was just decided on its way. */
  private carry(sent: Sent, special: Link): void {
    const { fate, world } = this;
    special.arrange(fate, world.now, sent.message);
    this.owner.leaves(special, sent, fate.first.delayUs);
    world.sending.post(sent, fate.first);
    // A script may have doubled it.
    if (fate.copy.delayUs !== LOST) world.sending.postCopy(sent, fate.copy);
  }

  // At the other end.

  /** A message has come over a barred link; true if it may not be handed over now. */
  stops(special: Link, link: number, from: number, to: number, slot: number): boolean {
    const { mail } = this.world;
    const id = mail.labels[2 * slot + 1]!;
    const message = mail.look(slot);
    const pending = special.unfinished!.underWay(message, id);
    const isStopped = special.isCut && special.outlastsCuts && special.carries(id);
    if (isStopped || this.isBehind(special, message, id)) {
      const type = mail.labels[2 * slot]!;
      const sent: Sent = { link, from, to, type, id, message: mail.take(slot), latencyUs: 0 };
      const known = pending ?? this.keep(sent, special, 'under way', []);
      if (isStopped) this.meetCut(known, special);
      else this.waitThere(known, message, special);
      return true;
    }
    const why = special.refusal(id);
    if (why !== ADMITTED) {
      const type = mail.labels[2 * slot]!;
      this.world.recorder.drop(from, to, id, type, why, mail.take(slot), special.blamed);
      return true;
    }
    this.owner.arrives(special, from, to);
    if (pending !== null) this.finish(pending, special);
    return false;
  }

  /** Something that was sent before it is missing. */
  private isBehind(special: Link, message: Message, id: number): boolean {
    if (!special.carries(id)) return false;
    const first = special.unfinished!.first(message);
    return first !== null && first.sent.id < id;
  }

  /** A cut stops it at the end of its way. */
  private meetCut(pending: Pending, special: Link): void {
    const { now } = this.world;
    // Nobody knows when a first try was sent: its time-out starts when it is lost.
    if (pending.tries === 1) pending.noticedUs = now + RETRANSMIT_US;
    this.wait(pending, special, special.cuts);
  }

  private waitThere(pending: Pending, message: Message, special: Link): void {
    const { from, to } = pending.sent;
    pending.where = 'there';
    pending.arrived = message;
    this.owner.arrives(special, from, to);
  }

  /** It is handed over: those that waited behind it come next. */
  private finish(pending: Pending, special: Link): void {
    const { unfinished } = special;
    const { sent } = pending;
    unfinished!.remove(pending);
    if (unfinished!.isEmpty) {
      this.world.network.mark(sent.from, sent.to);
      this.owner.caughtUp(special, sent.from, sent.to);
    } else if (unfinished!.first(sent.message)?.where === 'there') {
      this.owner.schedule(sent.to, 0, () => this.handOver(sent.message, special));
    }
  }

  /** Hands over the next one: an event each, for a handler may throw. */
  private handOver(before: Message, special: Link): void {
    const next = special.unfinished!.first(before);
    if (next === null || next.where !== 'there') return;
    const { link, to, type, id } = next.sent;
    this.finish(next, special);
    this.world.handOver(to, this.world.mail.put(type, id, next.arrived), link);
  }

  // For both.

  /** `counted`: who has counted its first try as late. */
  private keep(sent: Sent, special: Link, where: Where, counted: readonly Tally[]): Pending {
    const { heldUs, copyUs } = this.fate;
    const isSent = where === 'lost';
    const pending: Pending = {
      sent,
      arrived: sent.message,
      where,
      tries: 1,
      noticedUs: 0,
      counted: [...counted],
      losers: [],
      heldUs: isSent ? heldUs : 0,
      copyUs: isSent ? copyUs : LOST,
    };
    special.unfinished!.add(pending);
    this.world.network.mark(sent.from, sent.to);
    return pending;
  }

  /** The connection is over: whatever is missing never comes, nor what waits for it. */
  end(special: Link, from: number, to: number, tally: Tally): void {
    const { unfinished } = special;
    if (unfinished === null || unfinished.isEmpty) return;
    const all = unfinished.takeAll();
    this.world.network.mark(from, to);
    for (const pending of all) {
      // What is under way is lost where it arrives: the link is broken.
      if (pending.where === 'under way') continue;
      for (const each of pending.counted) each.messagesDelayed--;
      for (const each of pending.losers) each.messagesDropped++;
      if (!pending.losers.includes(tally)) tally.messagesDropped++;
      pending.where = 'given up';
      this.drop(pending.sent, BY_RESET, tally);
    }
  }

  private drop({ from, to, id, type, message }: Sent, why: number, by: Tally | null): void {
    this.world.recorder.drop(from, to, id, type, why, message, by);
  }
}
