/**
 * The event queue of the engine: a ladder queue (Tang, Goh and Thng, "Ladder queue: an O(1)
 * priority queue structure for large-scale discrete event simulation", ACM TOMACS 15(3), 2005) over
 * typed arrays, with three turns of our own.
 *
 * Events live in three places, from the far future to the next event:
 *
 *     top      unsorted: everything at or after `topStart`
 *     rungs    buckets of equal width; a deeper rung lies before the one above it
 *     bottom   sorted: the next few instants, the earliest at the end of the array
 *
 * Popping takes from the bottom. An empty bottom is refilled from the next bucket of the deepest
 * rung, a bucket too full for the bottom becomes a rung of its own, and when the rungs are used up
 * the top is spread over a new one. Every event moves a few times whatever the distribution of
 * times, so the cost per event does not grow with the queue.
 *
 * The three turns:
 *
 * 1. Small mode. While no more than `MANY` instants are pending, `topStart` is Infinity and all of
 *    them sit in the bottom: a sorted array is the fastest queue of a few events.
 * 2. Instants, not events. Events of one time form a ring, and the bottom sorts rings. A million
 *    events at one time are one entry, and a further one joins in constant time.
 * 3. Exact buckets. Times are integers below 2^53 and widths are powers of two, so the division
 *    that finds a bucket never rounds. Equal times can not be told apart by where they lie, and
 *    since all lists are filled and emptied in order, the order (time, insertion number) needs no
 *    comparison of insertion numbers anywhere.
 */
import { widened } from './growth.ts';
import { NONE, Rung } from './rung.ts';

/** Latest time an event may have, in microseconds: 2^53 - 1, some 285 years. */
export const MAX_TIME_US = Number.MAX_SAFE_INTEGER;

/** The bottom is filled up to this many instants; a bucket that holds more is divided. */
const FEW = 48;
/** The bottom may grow by pushes to this many instants before it spills its later part. */
const MANY = 96;
/** The pending rows that a new queue has room for. */
const FIRST_CAPACITY = 256;

// A row is 32 bytes, half a cache line, so that an event costs one miss: its time as a double, then
// six integers. `LABEL` holds the kind in its low 8 bits and the high part of the insertion number
// above them, which leaves the insertion number 32 + 24 bits: it never wraps.
const ROW_REALS = 4;
const ROW_INTS = 8;
const NEXT = 2;
const LABEL = 3;
const A = 4;
const B = 5;
const C = 6;
const SEQ = 7;
const KIND_BITS = 8;
const KIND_MASK = 255;
const TWO_TO_32 = 4294967296;

/**
 * Pending events in the order (time, insertion number). No event is an object: `push` takes its
 * parts, `pop` loads the parts of the earliest into the fields `at kind a b c seq`.
 *
 * Times are integer microseconds from 0 to `MAX_TIME_US`, and never before the event popped last:
 * what has happened is over. What an event means is the caller's: `kind` is 0 to 255, `a`, `b` and
 * `c` are 32-bit integers.
 */
export class EventQueue {
  /** Time of the event popped last, in microseconds; 0 before the first. */
  at = 0;
  kind = 0;
  a = 0;
  b = 0;
  c = 0;
  /** Insertion number of the event popped last: how many were pushed before it since `clear`. */
  seq = 0;
  /** Events pending. */
  size = 0;

  private capacity = FIRST_CAPACITY;
  /** The rows, seen as integers and as doubles. */
  private ints = new Int32Array(FIRST_CAPACITY * ROW_INTS);
  private reals = new Float64Array(this.ints.buffer);
  /** Slots from here on were never used. */
  private unused = 0;
  /** Slots that were used and are free again, linked by NEXT. */
  private free = NONE;
  /** The next insertion number: its low 32 bits, and its high bits in their place in LABEL. */
  private seqLow = 0;
  private seqHigh = 0;

  /** The bottom: a time and the ring of its events for each instant, the latest instant first. */
  private readonly bottomAt = new Float64Array(2 * MANY);
  private readonly bottomTail = new Int32Array(2 * MANY);
  private instants = 0;

  /** The rungs in use are the first `depth`, the deepest last; the others wait to be used again. */
  private readonly rungs: Rung[] = [];
  private depth = 0;

  private topStart = Infinity;
  private topSlots = new Int32Array(FIRST_CAPACITY);
  private topSize = 0;
  private topLow = Infinity;
  private topHigh = -Infinity;

  /**
   * Adds an event. It comes after all that were pushed before it for the same time, also when that
   * time is the present. A time later than `MAX_TIME_US`, Infinity included, is that time: never
   * within a run. Throws RangeError for a time that is past or not an integer.
   */
  push(at: number, kind: number, a: number, b: number, c: number): void {
    if (!(at >= this.at && at <= MAX_TIME_US) || Math.floor(at) !== at) at = this.admit(at);
    if (kind >>> KIND_BITS !== 0) throw new RangeError(`event kind ${kind} is not in 0..255`);
    const slot = this.takeSlot();
    const row = slot * ROW_INTS;
    const ints = this.ints;
    this.reals[slot * ROW_REALS] = at;
    ints[row + LABEL] = this.seqHigh | kind;
    ints[row + A] = a;
    ints[row + B] = b;
    ints[row + C] = c;
    ints[row + SEQ] = this.seqLow;
    this.seqLow = (this.seqLow + 1) | 0;
    if (this.seqLow === 0) this.seqHigh += 1 << KIND_BITS;
    this.size++;
    this.place(slot, at);
  }

  /**
   * Takes the earliest event off and loads it into the fields; false when there is none, or none up
   * to `untilUs`.
   */
  pop(untilUs = Infinity): boolean {
    if (this.size === 0) return false;
    if (this.instants === 0) this.refill();
    const next = this.instants - 1;
    const at = this.bottomAt[next]!;
    if (at > untilUs) return false;
    const ints = this.ints;
    const tail = this.bottomTail[next]!;
    const slot = ints[tail * ROW_INTS + NEXT]!;
    const row = slot * ROW_INTS;
    if (slot === tail) this.instants = next;
    else ints[tail * ROW_INTS + NEXT] = ints[row + NEXT]!;
    const label = ints[row + LABEL]!;
    this.at = at;
    this.kind = label & KIND_MASK;
    this.a = ints[row + A]!;
    this.b = ints[row + B]!;
    this.c = ints[row + C]!;
    this.seq = (label >>> KIND_BITS) * TWO_TO_32 + (ints[row + SEQ]! >>> 0);
    ints[row + NEXT] = this.free;
    this.free = slot;
    this.size--;
    return true;
  }

  /** Time of the earliest pending event, in microseconds; Infinity when there is none. */
  peekAt(): number {
    if (this.size === 0) return Infinity;
    if (this.instants === 0) this.refill();
    return this.bottomAt[this.instants - 1]!;
  }

  /** Forgets all events and starts again at time 0 and insertion number 0. Keeps its memory. */
  clear(): void {
    this.at = 0;
    this.kind = 0;
    this.a = 0;
    this.b = 0;
    this.c = 0;
    this.seq = 0;
    this.size = 0;
    this.unused = 0;
    this.free = NONE;
    this.seqLow = 0;
    this.seqHigh = 0;
    this.instants = 0;
    this.depth = 0;
    this.topStart = Infinity;
    this.emptyTop();
  }

  /** Memory held, in bytes. It follows the largest number of events that were ever pending. */
  get bytes(): number {
    let bytes = this.ints.byteLength + this.topSlots.byteLength;
    bytes += this.bottomAt.byteLength + this.bottomTail.byteLength;
    for (const rung of this.rungs) bytes += rung.tails.byteLength;
    return bytes;
  }

  // Where an event belongs.

  private place(slot: number, at: number): void {
    if (at >= this.topStart) {
      this.addToTop(slot, at);
      return;
    }
    for (let i = 0; i < this.depth; i++) {
      const rung = this.rungs[i]!;
      if (at >= rung.front) {
        this.addToRung(rung, slot, at);
        return;
      }
    }
    this.addToBottom(slot, at);
    if (this.instants > MANY) this.spillBottom();
  }

  private addToTop(slot: number, at: number): void {
    this.topSlots[this.topSize++] = slot;
    if (at < this.topLow) this.topLow = at;
    if (at > this.topHigh) this.topHigh = at;
  }

  private addToRung(rung: Rung, slot: number, at: number): void {
    const bucket = rung.bucketOf(at);
    const tail = rung.tails[bucket]!;
    if (tail === NONE) this.ints[slot * ROW_INTS + NEXT] = slot;
    else this.linkAfter(tail, slot);
    rung.tails[bucket] = slot;
  }

  /** Insertion from the early end, where a new event most often belongs. */
  private addToBottom(slot: number, at: number): void {
    const ats = this.bottomAt;
    const tails = this.bottomTail;
    let i = this.instants;
    for (; i > 0; i--) {
      const later = ats[i - 1]!;
      if (later >= at) {
        if (later > at) break;
        this.joinInstant(i - 1, slot);
        return;
      }
      ats[i] = later;
      tails[i] = tails[i - 1]!;
    }
    ats[i] = at;
    tails[i] = slot;
    this.ints[slot * ROW_INTS + NEXT] = slot;
    this.instants++;
  }

  /** Adds to an instant that `addToBottom` found after it had made room: takes the room back. */
  private joinInstant(instant: number, slot: number): void {
    const ats = this.bottomAt;
    const tails = this.bottomTail;
    for (let i = instant + 1; i < this.instants; i++) {
      ats[i] = ats[i + 1]!;
      tails[i] = tails[i + 1]!;
    }
    this.linkAfter(tails[instant]!, slot);
    tails[instant] = slot;
  }

  // Refilling an empty bottom.

  private refill(): void {
    while (this.instants === 0) {
      if (this.depth === 0) this.lowerTop();
      else this.lowerBucket(this.rungs[this.depth - 1]!);
    }
  }

  /** Spreads the top over a first rung; or, when little is left, goes back to small mode. */
  private lowerTop(): void {
    const { topSlots, reals, topSize, topLow, topHigh } = this;
    this.emptyTop();
    if (topSize <= FEW || topLow === topHigh) {
      this.topStart = Infinity;
      for (let i = 0; i < topSize; i++) {
        const slot = topSlots[i]!;
        this.addToBottom(slot, reals[slot * ROW_REALS]!);
      }
      return;
    }
    const rung = this.addRung(topLow, topHigh, topSize);
    this.topStart = rung.start + (rung.lastBucket + 1) * rung.width;
    for (let i = 0; i < topSize; i++) {
      const slot = topSlots[i]!;
      this.addToRung(rung, slot, reals[slot * ROW_REALS]!);
    }
  }

  /** Empties the next bucket of the deepest rung; drops the rung with its last bucket. */
  private lowerBucket(rung: Rung): void {
    const { tails, lastBucket } = rung;
    let bucket = rung.current;
    while (bucket <= lastBucket && tails[bucket] === NONE) bucket++;
    if (bucket >= lastBucket) this.depth--;
    if (bucket > lastBucket) return;
    rung.current = bucket + 1;
    rung.front = rung.start + (bucket + 1) * rung.width;
    this.lowerRing(tails[bucket]!);
  }

  private lowerRing(tail: number): void {
    const { ints, reals } = this;
    let slot = ints[tail * ROW_INTS + NEXT]!;
    for (;;) {
      const next = ints[slot * ROW_INTS + NEXT]!;
      this.addToBottom(slot, reals[slot * ROW_REALS]!);
      if (slot === tail) return;
      slot = next;
      if (this.instants > FEW) break;
    }
    this.divideRing(slot, tail);
  }

  /** The bottom is full and `head` to `tail` of the ring are left: all of it becomes a rung. */
  private divideRing(head: number, tail: number): void {
    const { ints, reals } = this;
    let low = this.bottomAt[this.instants - 1]!;
    let high = this.bottomAt[0]!;
    let events = this.instants;
    for (let slot = head; ; slot = ints[slot * ROW_INTS + NEXT]!) {
      const at = reals[slot * ROW_REALS]!;
      if (at < low) low = at;
      if (at > high) high = at;
      events++;
      if (slot === tail) break;
    }
    const rung = this.addRung(low, high, events);
    this.raiseBottom(rung);
    for (let slot = head; ; ) {
      const next = ints[slot * ROW_INTS + NEXT]!;
      this.addToRung(rung, slot, reals[slot * ROW_REALS]!);
      if (slot === tail) return;
      slot = next;
    }
  }

  // Relieving a bottom that pushes have made too long.

  private spillBottom(): void {
    if (this.depth === 0) {
      this.raiseLaterHalf();
      return;
    }
    // The rung starts at the present, not at the earliest instant, so that it takes all that is
    // still to come before the rung above. Then only its bucket in hand can overflow the bottom
    // again, and rungs nest no deeper than widths can shrink.
    this.raiseBottom(this.addRung(this.at, this.bottomAt[0]!, this.instants));
  }

  /** Without rungs, the later instants go to the top, and the top starts at the first of them. */
  private raiseLaterHalf(): void {
    const { ints, bottomAt, bottomTail } = this;
    const raised = this.instants - FEW;
    for (let i = 0; i < raised; i++) {
      const tail = bottomTail[i]!;
      let slot = tail;
      do {
        slot = ints[slot * ROW_INTS + NEXT]!;
        this.addToTop(slot, bottomAt[i]!);
      } while (slot !== tail);
    }
    this.topStart = bottomAt[raised - 1]!;
    bottomAt.copyWithin(0, raised, this.instants);
    bottomTail.copyWithin(0, raised, this.instants);
    this.instants = FEW;
  }

  /** Moves whole instants to the empty buckets of a new rung. */
  private raiseBottom(rung: Rung): void {
    for (let i = this.instants - 1; i >= 0; i--) {
      const bucket = rung.bucketOf(this.bottomAt[i]!);
      const before = rung.tails[bucket]!;
      const tail = this.bottomTail[i]!;
      if (before !== NONE) this.joinRings(before, tail);
      rung.tails[bucket] = tail;
    }
    this.instants = 0;
  }

  // Rings, rungs and slots.

  /** Puts a slot between the tail of a ring and its head; the caller makes it the new tail. */
  private linkAfter(tail: number, slot: number): void {
    const ints = this.ints;
    ints[slot * ROW_INTS + NEXT] = ints[tail * ROW_INTS + NEXT]!;
    ints[tail * ROW_INTS + NEXT] = slot;
  }

  /** Makes two rings one; it is then named by the second tail. */
  private joinRings(firstTail: number, secondTail: number): void {
    const ints = this.ints;
    const firstHead = ints[firstTail * ROW_INTS + NEXT]!;
    ints[firstTail * ROW_INTS + NEXT] = ints[secondTail * ROW_INTS + NEXT]!;
    ints[secondTail * ROW_INTS + NEXT] = firstHead;
  }

  private addRung(low: number, high: number, events: number): Rung {
    if (this.depth === this.rungs.length) this.rungs.push(new Rung());
    const rung = this.rungs[this.depth++]!;
    rung.layOut(low, high, events);
    return rung;
  }

  private emptyTop(): void {
    this.topSize = 0;
    this.topLow = Infinity;
    this.topHigh = -Infinity;
  }

  private takeSlot(): number {
    const slot = this.free;
    if (slot !== NONE) {
      this.free = this.ints[slot * ROW_INTS + NEXT]!;
      return slot;
    }
    if (this.unused === this.capacity) this.grow();
    return this.unused++;
  }

  private grow(): void {
    this.capacity *= 2;
    this.ints = widened(this.ints);
    this.reals = new Float64Array(this.ints.buffer);
    this.topSlots = widened(this.topSlots);
  }

  /** A time that is not simply right: too late is never, all else is a mistake. */
  private admit(at: number): number {
    if (at > MAX_TIME_US) return MAX_TIME_US;
    const why =
      at < this.at ? `is before the present, ${this.at}` : 'is not an integer from 0 to 2^53 - 1';
    throw new RangeError(`event time ${at} ${why}`);
  }
}
