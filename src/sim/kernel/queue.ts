/**
 * The event queue of the engine: a ladder queue over typed arrays.
 */

const MAX_TIME = Number.MAX_SAFE_INTEGER;
const ROW = 8;
const ROW_REALS = 4;
const NEXT = 2;
const KIND = 3;
const A = 4;
const B = 5;
const C = 6;
const SEQ = 7;
const NONE = -1;

const FEW = 48;
const MANY = 96;

class Rung {
  start = 0;
  width = 1;
  perWidth = 1;
  last = 0;
  current = 0;
  front = 0;
  count = 0;
  tails = new Int32Array(128);

  shape(lo: number, hi: number, count: number, density: number): void {
    const span = hi - lo + 1;
    let width = 1;
    const buckets = count * density;
    while (width * buckets < span) width *= 2;
    const need = Math.floor((hi - lo) / width) + 1;
    if (this.tails.length < need) this.tails = new Int32Array(Math.max(need, 2 * this.tails.length));
    this.tails.fill(NONE, 0, need);
    this.start = lo;
    this.width = width;
    this.perWidth = 1 / width;
    this.last = need - 1;
    this.current = 0;
    this.front = lo;
    this.count = 0;
  }
  bucketOf(at: number): number {
    const x = (at - this.start) * this.perWidth;
    return x < this.last ? x | 0 : this.last;
  }
}

export class EventQueue {
  at = 0;
  kind = 0;
  a = 0;
  b = 0;
  c = 0;
  seq = 0;
  size = 0;

  private capacity = 0;
  private ints: Int32Array;
  private reals: Float64Array;
  private free = NONE;
  private fresh = 0;
  private pushed = 0;
  private pushedHigh = 0;

  private bottomAt = new Float64Array(128);
  private bottomTail = new Int32Array(128);
  private bottomSize = 0;

  private rungs: Rung[] = [];
  private depth = 0;

  private topStart = Infinity;
  private topSlots: Int32Array;
  private topSize = 0;
  private topLow = Infinity;
  private topHigh = -Infinity;
  density = 1;

  constructor(capacity = 256) {
    this.capacity = capacity;
    const buffer = new ArrayBuffer(capacity * ROW * 4);
    this.ints = new Int32Array(buffer);
    this.reals = new Float64Array(buffer);
    this.topSlots = new Int32Array(capacity);
  }

  push(at: number, kind: number, a: number, b: number, c: number): void {
    if (!(at >= this.at && at <= MAX_TIME) || Math.floor(at) !== at) this.refuse(at);
    let slot = this.free;
    if (slot === NONE) {
      if (this.fresh === this.capacity) this.grow();
      slot = this.fresh++;
      } else this.free = this.ints[slot * ROW + NEXT]!;
    const ints = this.ints;
    const row = slot * ROW;
    this.reals[slot * ROW_REALS] = at;
    ints[row + KIND] = kind | this.pushedHigh;
    ints[row + A] = a;
    ints[row + B] = b;
    ints[row + C] = c;
    ints[row + SEQ] = this.pushed;
    this.pushed = (this.pushed + 1) | 0;
    if (this.pushed === 0) this.pushedHigh += 256;
    this.size++;
    this.place(slot, at);
  }

  pop(): boolean {
    if (this.size === 0) return false;
    if (this.bottomSize === 0) this.refill();
    const ints = this.ints;
    const i = this.bottomSize - 1;
    const tail = this.bottomTail[i]!;
    const slot = ints[tail * ROW + NEXT]!;
    const row = slot * ROW;
    if (slot === tail) this.bottomSize = i;
    else ints[tail * ROW + NEXT] = ints[row + NEXT]!;
    this.at = this.bottomAt[i]!;
    const word = ints[row + KIND]!;
    this.kind = word & 255;
    this.a = ints[row + A]!;
    this.b = ints[row + B]!;
    this.c = ints[row + C]!;
    this.seq = (word >>> 8) * 4294967296 + (ints[row + SEQ]! >>> 0);
    ints[row + NEXT] = this.free;
    this.free = slot;
    this.size--;
    return true;
  }

  peekAt(): number {
    if (this.size === 0) return Infinity;
    if (this.bottomSize === 0) this.refill();
    return this.bottomAt[this.bottomSize - 1]!;
  }

  private place(slot: number, at: number): void {
    if (at >= this.topStart) {
      this.toTop(slot, at);
      return;
    }
    for (let i = 0; i < this.depth; i++) {
      const rung = this.rungs[i]!;
      if (at >= rung.front) {
        this.toRung(rung, slot, at);
        return;
      }
    }
    this.toBottom(slot, at);
    if (this.bottomSize > MANY) this.spill();
  }

  private toTop(slot: number, at: number): void {
    this.topSlots[this.topSize++] = slot;
    if (at < this.topLow) this.topLow = at;
    if (at > this.topHigh) this.topHigh = at;
  }

  private toRung(rung: Rung, slot: number, at: number): void {
    const k = rung.bucketOf(at);
    const ints = this.ints;
    const tail = rung.tails[k]!;
    const link = slot * ROW + NEXT;
    if (tail === NONE) ints[link] = slot;
    else {
      ints[link] = ints[tail * ROW + NEXT]!;
      ints[tail * ROW + NEXT] = slot;
    }
    rung.tails[k] = slot;
    rung.count++;
  }

  private toBottom(slot: number, at: number): void {
    const ats = this.bottomAt;
    const tails = this.bottomTail;
    const ints = this.ints;
    let i = this.bottomSize;
    while (i > 0 && ats[i - 1]! < at) i--;
    if (i > 0 && ats[i - 1] === at) {
      const tail = tails[i - 1]!;
      ints[slot * ROW + NEXT] = ints[tail * ROW + NEXT]!;
      ints[tail * ROW + NEXT] = slot;
      tails[i - 1] = slot;
      return;
    }
    ints[slot * ROW + NEXT] = slot;
    let j = this.bottomSize++;
    for (; j > i; j--) {
      ats[j] = ats[j - 1]!;
      tails[j] = tails[j - 1]!;
    }
    ats[i] = at;
    tails[i] = slot;
  }

  private spill(): void {
    if (this.depth === 0) this.spillToTop();
    else this.spillToRung();
  }

  private spillToTop(): void {
    const cut = this.bottomSize - FEW;
    // later instants first in array: entries 0..cut-1 are the latest
    const ints = this.ints;
    for (let i = cut - 1; i >= 0; i--) {
      const at = this.bottomAt[i]!;
      const tail = this.bottomTail[i]!;
      let slot = ints[tail * ROW + NEXT]!;
      for (;;) {
        const next = ints[slot * ROW + NEXT]!;
        this.toTop(slot, at);
        if (slot === tail) break;
        slot = next;
      }
    }
    this.topStart = this.bottomAt[cut - 1]!;
    this.bottomAt.copyWithin(0, cut, this.bottomSize);
    this.bottomTail.copyWithin(0, cut, this.bottomSize);
    this.bottomSize = FEW;
  }

  private addRung(lo: number, hi: number, count: number): Rung {
    if (this.depth === this.rungs.length) this.rungs.push(new Rung());
    const rung = this.rungs[this.depth++]!;
    rung.shape(lo, hi, count, this.density);
    return rung;
  }

  private spillToRung(): void {
    const n = this.bottomSize;
    const rung = this.addRung(this.at, this.bottomAt[0]!, n);
    this.moveBottom(rung);
  }

  private moveBottom(rung: Rung): void {
    const ints = this.ints;
    for (let i = this.bottomSize - 1; i >= 0; i--) {
      const k = rung.bucketOf(this.bottomAt[i]!);
      const tail = this.bottomTail[i]!;
      const old = rung.tails[k]!;
      if (old !== NONE) {
        const head = ints[tail * ROW + NEXT]!;
        ints[tail * ROW + NEXT] = ints[old * ROW + NEXT]!;
        ints[old * ROW + NEXT] = head;
      }
      rung.tails[k] = tail;
      rung.count++; // counts rings/events; only zero matters... 
    }
    this.bottomSize = 0;
  }

  private refill(): void {
    while (this.bottomSize === 0) {
      if (this.depth === 0) this.lowerTop();
      else this.lowerBucket();
    }
  }

  private lowerTop(): void {
    const n = this.topSize;
    const lo = this.topLow;
    const hi = this.topHigh;
    this.topSize = 0;
    this.topLow = Infinity;
    this.topHigh = -Infinity;
    const slots = this.topSlots;
    const reals = this.reals;
    if (n <= FEW || lo === hi) {
      this.topStart = n <= FEW ? Infinity : hi + 1;
      for (let i = 0; i < n; i++) this.toBottom(slots[i]!, reals[slots[i]! * ROW_REALS]!);
      return;
    }
    const rung = this.addRung(lo, hi, n);
    this.topStart = rung.start + (rung.last + 1) * rung.width;
    for (let i = 0; i < n; i++) this.toRung(rung, slots[i]!, reals[slots[i]! * ROW_REALS]!);
  }

  private lowerBucket(): void {
    const rung = this.rungs[this.depth - 1]!;
    const tails = rung.tails;
    let k = rung.current;
    const last = rung.last;
    while (k <= last && tails[k] === NONE) k++;
    if (k > last) {
      this.depth--;
      return;
    }
    const tail = tails[k]!;
    rung.current = k + 1;
    if (k === last) this.depth--;
    else rung.front = rung.start + (k + 1) * rung.width;
    this.drain(tail);
  }

  private drain(tail: number): void {
    const ints = this.ints;
    const reals = this.reals;
    let slot = ints[tail * ROW + NEXT]!;
    for (;;) {
      const next = ints[slot * ROW + NEXT]!;
      this.toBottom(slot, reals[slot * ROW_REALS]!);
      if (slot === tail) return;
      slot = next;
      if (this.bottomSize > FEW) break;
    }
    this.divide(slot, tail);
  }

  private divide(head: number, tail: number): void {
    const ints = this.ints;
    const reals = this.reals;
    let lo = this.bottomAt[this.bottomSize - 1]!;
    let hi = this.bottomAt[0]!;
    let n = this.bottomSize;
    for (let slot = head; ; slot = ints[slot * ROW + NEXT]!) {
      const at = reals[slot * ROW_REALS]!;
      if (at < lo) lo = at;
      if (at > hi) hi = at;
      n++;
      if (slot === tail) break;
    }
    const rung = this.addRung(lo, hi, n);
    this.moveBottom(rung);
    let slot = head;
    for (;;) {
      const next = ints[slot * ROW + NEXT]!;
      this.toRung(rung, slot, reals[slot * ROW_REALS]!);
      if (slot === tail) break;
      slot = next;
    }
  }

  clear(): void {
    this.size = 0;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const buffer = new ArrayBuffer(capacity * ROW * 4);
    const ints = new Int32Array(buffer);
    ints.set(this.ints);
    this.ints = ints;
    this.reals = new Float64Array(buffer);
    const top = new Int32Array(capacity);
    top.set(this.topSlots);
    this.topSlots = top;
    this.capacity = capacity;
  }

  private refuse(at: number): never {
    throw new RangeError(`bad time ${at}`);
  }
}
