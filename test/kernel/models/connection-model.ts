/**
 * What two nodes with a connection between them get and hear, and when, from the page of
 * `network: connection` alone: a sender that tries each message again and again, a wire that keeps
 * its order, and a receiver that puts together what has come. It shares no code with the kernel.
 * Chances are 0 or 1, so that nothing is drawn.
 */
import { Agenda } from './agenda.ts';

export type End = 0 | 1;

export interface WireFault {
  readonly from: End;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly does: 'cut' | 'lose' | 'damage' | { readonly extraUs: number; readonly factor: number };
}

export interface ConnectionCase {
  readonly latencyUs: number;
  /** µs that a byte takes on its way out; 0: no time. */
  readonly perByteUs: number;
  /** Each stream keeps an order of its own. */
  readonly byStream: boolean;
  readonly breakAfterUs: number;
  readonly faults: readonly WireFault[];
  readonly resetsUs: readonly number[];
  /** A node is down for so long. */
  readonly crashes: readonly { readonly end: End; readonly atUs: number; readonly forUs: number }[];
  readonly sends: readonly {
    readonly from: End;
    readonly atUs: number;
    readonly stream: number;
    readonly bytes: number;
  }[];
}

const HEADER = 64;
const TIMEOUT_US = 200_000;
const TRIES = 7;

interface Letter {
  readonly n: number;
  readonly stream: number;
  readonly bytes: number;
  tries: number;
  /** When the sender finds out that the last try is lost. */
  noticedUs: number;
  hasCome: boolean;
}

/** One direction. Each time that it breaks or closes is the end of an age. */
class Wire {
  readonly from: End;
  age = 0;
  /** Of this age, by stream, in the order sent: what was not handed over yet. */
  open = new Map<number, Letter[]>();
  /** When the last try on each stream comes. */
  lastUs = new Map<number, number>();
  /** What comes at which moment: tries that a slow one holds up come together. */
  readonly comings = new Map<number, (() => void)[]>();
  pipeFreeUs = 0;

  constructor(from: End) {
    this.from = from;
  }

  /** Nothing that is under way will come. */
  break(): void {
    this.age++;
    this.open = new Map();
    this.lastUs = new Map();
  }

  get isDone(): boolean {
    return [...this.open.values()].every((letters) => letters.length === 0);
  }
}

class Pair {
  readonly log: string[] = [];
  readonly agenda = new Agenda();
  readonly wires: readonly [Wire, Wire] = [new Wire(0), new Wire(1)];
  readonly given: ConnectionCase;
  readonly isUp: [boolean, boolean] = [true, true];
  isOpen = false;
  opener: End = 0;
  hasAccepted = false;
  /** The end that does not know that it is over. */
  unaware: End | null = null;
  /** Counts openings, ends and half ends: whatever waits for an earlier one is void. */
  turn = 0;
  newsHasCome = false;
  why = 'closed';
  isClear = true;

  constructor(given: ConnectionCase) {
    this.given = given;
  }

  get now(): number {
    return this.agenda.now;
  }

  hears(end: End, what: string): void {
    if (this.isUp[end]) this.log.push(`${this.now} ${end} ${what}`);
  }

  faultsOn(wire: Wire): readonly WireFault[] {
    return this.given.faults.filter(({ from, fromUs, untilUs }) => {
      if (from !== wire.from) return false;
      if (this.now === fromUs || this.now === untilUs) this.isClear = false;
      return fromUs < this.now && this.now < untilUs;
    });
  }

  isCut(wire: Wire): boolean {
    return this.faultsOn(wire).some(({ does }) => does === 'cut');
  }

  losesAll(wire: Wire): boolean {
    return this.faultsOn(wire).some(({ does }) => typeof does === 'string');
  }

  /** How long the way takes for what leaves now. */
  wayUs(wire: Wire): number {
    let [factor, extraUs] = [1, 0];
    for (const { does } of this.faultsOn(wire)) {
      if (typeof does === 'string') continue;
      factor *= does.factor;
      extraUs += does.extraUs;
    }
    return Math.round(this.given.latencyUs * factor) + extraUs;
  }

  // ---- a message --------------------

  send(n: number, from: End, stream: number, bytes: number): void {
    if (!this.isUp[from] || this.unaware === from) return;
    const other: End = from === 0 ? 1 : 0;
    const wire = this.wires[from];
    if (this.unaware === other) {
      for (const one of this.wires) one.break();
      this.close(other, this.why);
    }
    const breaks = this.isCut(wire) && this.given.breakAfterUs === 0;
    if (!this.isOpen) {
      if (breaks) return this.hearsSoon(from, 'timeout');
      this.isOpen = true;
      this.opener = from;
      this.hasAccepted = false;
      this.turn++;
      this.agenda.soon(() => this.hears(from, 'connected'));
    }
    const letter = { n, stream, bytes, tries: 0, noticedUs: 0, hasCome: false };
    // Whether or not it comes to anything, it takes its time on the way out.
    if (breaks) {
      this.leave(wire, letter);
      return this.break('timeout');
    }
    const key = this.given.byStream ? stream : 0;
    wire.open.set(key, [...(wire.open.get(key) ?? []), letter]);
    this.try(wire, letter);
  }

  /** When it is out of the sender. */
  leave(wire: Wire, { bytes }: Letter): number {
    const startUs = Math.max(this.now, wire.pipeFreeUs);
    const { perByteUs } = this.given;
    if (perByteUs > 0) wire.pipeFreeUs = startUs + (bytes + HEADER) * perByteUs;
    return perByteUs > 0 ? wire.pipeFreeUs : this.now;
  }

  try(wire: Wire, letter: Letter): void {
    const leftUs = this.leave(wire, letter);
    letter.noticedUs = leftUs + TIMEOUT_US * 2 ** letter.tries++;
    if (this.losesAll(wire)) return this.wait(wire, letter);
    const key = this.given.byStream ? letter.stream : 0;
    const comesUs = Math.max(leftUs + this.wayUs(wire), wire.lastUs.get(key) ?? 0);
    wire.lastUs.set(key, comesUs);
    const { age } = wire;
    this.comes(wire, comesUs, () => {
      if (wire.age !== age) return;
      if (this.isCut(wire)) this.isStopped(wire, letter);
      else this.arrive(wire, letter, key);
    });
  }

  comes(wire: Wire, atUs: number, what: () => void): void {
    const known = wire.comings.get(atUs);
    if (known !== undefined) return void known.push(what);
    const all = [what];
    wire.comings.set(atUs, all);
    this.agenda.at(atUs, () => {
      for (const each of all) each();
    });
  }

  /** A cut has stopped it on its way. */
  isStopped(wire: Wire, letter: Letter): void {
    if (letter.tries === 1) letter.noticedUs = this.now + TIMEOUT_US;
    this.wait(wire, letter);
  }

  wait(wire: Wire, letter: Letter): void {
    const { age } = wire;
    const next = () => {
      if (wire.age !== age) return;
      if (letter.tries < TRIES) this.try(wire, letter);
      else this.break('timeout');
    };
    this.agenda.at(Math.max(this.now, letter.noticedUs), next);
  }

  arrive(wire: Wire, letter: Letter, key: number): void {
    const to: End = wire.from === 0 ? 1 : 0;
    if (this.isOpen && to !== this.opener && !this.hasAccepted) {
      this.hasAccepted = true;
      this.hears(to, 'connected');
    }
    letter.hasCome = true;
    const letters = wire.open.get(key) ?? [];
    while (letters[0]?.hasCome === true) {
      const { n } = letters.shift() as Letter;
      if (this.isUp[to]) this.log.push(`${this.now} ${to} gets ${n}`);
      else if (this.isOpen && this.unaware !== wire.from) this.halfEnd(to, wire.from, 'refused');
    }
    if (wire.isDone && this.newsHasCome && this.unaware === to) {
      this.agenda.soon(() => this.close(to, this.why));
    }
  }

  // ---- its end --------------------

  hearsSoon(end: End, why: string): void {
    this.agenda.soon(() => this.hears(end, why));
  }

  knows(end: End): boolean {
    return end === this.opener || this.hasAccepted;
  }

  over(): void {
    this.isOpen = false;
    this.unaware = null;
    this.newsHasCome = false;
    this.turn++;
  }

  break(why: string): void {
    for (const wire of this.wires) wire.break();
    if (!this.isOpen) return;
    const { unaware } = this;
    const ends = ([0, 1] as const).filter((end) => this.knows(end));
    this.over();
    for (const end of ends) if (unaware === null || unaware === end) this.hearsSoon(end, why);
  }

  /** The end that does not know hears of it; what still is missing never comes. */
  close(end: End, why: string): void {
    const knew = this.knows(end);
    for (const wire of this.wires) wire.break();
    this.over();
    if (knew) this.hearsSoon(end, why);
  }

  crash(end: End, forUs: number): void {
    if (!this.isUp[end]) return;
    this.isUp[end] = false;
    this.agenda.after(forUs, () => {
      this.isUp[end] = true;
    });
    const other: End = end === 0 ? 1 : 0;
    if (!this.isOpen) return;
    if (this.unaware === end) {
      for (const wire of this.wires) wire.break();
      return this.over();
    }
    if (this.unaware !== null) return;
    this.halfEnd(end, other, 'closed');
  }

  /** One end is over, and the machine there tells the other one. */
  halfEnd(gone: End, other: End, why: string): void {
    this.wires[other].break();
    this.unaware = other;
    this.newsHasCome = false;
    this.why = why;
    this.turn++;
    this.tellOfEnd(gone, other, 1);
  }

  tellOfEnd(gone: End, other: End, tries: number): void {
    const wire = this.wires[gone];
    const sentUs = this.now;
    const { turn } = this;
    const again = () =>
      this.agenda.at(Math.max(this.now, sentUs + TIMEOUT_US * 2 ** (tries - 1)), () => {
        if (this.turn !== turn) return;
        if (tries < TRIES) this.tellOfEnd(gone, other, tries + 1);
        else this.close(other, 'timeout');
      });
    if (this.losesAll(wire)) return again();
    const lastUs = Math.max(0, ...wire.lastUs.values());
    const comesUs = Math.max(this.now + this.wayUs(wire), lastUs);
    this.comes(wire, comesUs, () => {
      if (this.turn !== turn) return;
      if (this.isCut(wire)) again();
      else if (!wire.isDone) this.newsHasCome = true;
      else this.agenda.soon(() => this.close(other, this.why));
    });
  }

  /** A cut that strikes, if none held before. */
  strikes(fault: WireFault): void {
    const wire = this.wires[fault.from];
    const others = this.given.faults.filter(
      (one) =>
        one !== fault &&
        one.does === 'cut' &&
        one.from === fault.from &&
        one.fromUs < this.now &&
        this.now < one.untilUs,
    );
    if (others.length > 0) return;
    const { breakAfterUs } = this.given;
    if (breakAfterUs === 0) return this.break('timeout');
    const { turn } = this;
    const start = this.now;
    this.agenda.after(breakAfterUs, () => {
      if (this.turn === turn && this.wasCutSince(wire, start)) this.break('timeout');
    });
  }

  /** From that time until now there was no moment without a cut. */
  wasCutSince(wire: Wire, sinceUs: number): boolean {
    let reachedUs = sinceUs;
    for (;;) {
      const next = this.given.faults.find(
        ({ from, does, fromUs, untilUs }) =>
          from === wire.from && does === 'cut' && fromUs <= reachedUs && untilUs > reachedUs,
      );
      if (next === undefined) return false;
      if (next.untilUs === this.now) this.isClear = false;
      if (next.untilUs > this.now) return true;
      reachedUs = next.untilUs;
    }
  }
}

/** What both ends get and hear: `1200 1 gets 3`. null: two things meet in one microsecond. */
export function talk(given: ConnectionCase, untilUs: number): readonly string[] | null {
  const pair = new Pair(given);
  const { agenda } = pair;
  for (const fault of given.faults) {
    if (fault.does === 'cut') agenda.at(fault.fromUs, () => pair.strikes(fault));
  }
  for (const atUs of given.resetsUs) agenda.at(atUs, () => pair.break('reset'));
  for (const { end, atUs, forUs } of given.crashes) agenda.at(atUs, () => pair.crash(end, forUs));
  for (const [n, { from, atUs, stream, bytes }] of given.sends.entries()) {
    agenda.at(atUs, () => pair.send(n, from, stream, bytes));
  }
  agenda.run(untilUs);
  return pair.isClear && !agenda.tied ? pair.log : null;
}
