/**
 * The messages of the queue: in memory, on the disk, and how they change their state.
 *
 * Each change is written down in the handler that makes it, so an answer that waits for the disk
 * promises nothing that a crash takes back. Times begin again in full after a crash.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, Plain } from '../../../sim/node.ts';
import { TICK_MS } from './dedup-window.ts';
import { type Entry, type EntryState, entryOf, MESSAGE, recordOf } from './entry.ts';
import type { MessageQueueParams } from './params.ts';
import { ReadyLine } from './ready-line.ts';

/** The time of a hidden message is over; its key is the message's number. */
export const SHOW = 'show';
/** The oldest that waits may be too old. */
export const EXPIRE = 'expire';

export class MessageStore {
  readonly ready: ReadyLine;
  readonly #params: MessageQueueParams;
  /** All that are in the queue, dead letters too, in the order of arrival. */
  readonly #entries = new Map<string, Entry>();
  readonly #byNumber = new Map<number, Entry>();
  readonly #count = { delayed: 0, ready: 0, unacked: 0, dead: 0, gone: 0 };
  #number = 0;
  /** When the next message is too old; Infinity if none can be. */
  #expiryMs = Infinity;

  constructor(params: MessageQueueParams) {
    this.#params = params;
    this.ready = new ReadyLine(params.order === 'fifo');
  }

  /** Those that wait, delayed ones included. */
  get queued(): number {
    return this.#count.delayed + this.#count.ready;
  }

  get unacked(): number {
    return this.#count.unacked;
  }

  get dead(): number {
    return this.#count.dead;
  }

  /** Of messages, places and timers, in the order given. */
  nextNumber(): number {
    return ++this.#number;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  numbered(number: number): Entry | undefined {
    return this.#byNumber.get(number);
  }

  all(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  oldestWaiting(): Entry | undefined {
    for (const entry of this.#entries.values()) if (isWaiting(entry)) return entry;
    return undefined;
  }

  /** At boot. */
  recover(ctx: Context, key: string, record: Plain): void {
    this.hold(ctx, entryOf(key.slice(MESSAGE.length), this.nextNumber(), record));
  }

  expireOld(ctx: Context): void {
    const nowMs = ctx.elapsed();
    this.#expiryMs = Infinity;
    for (const entry of this.#entries.values()) {
      if (entry.sinceMs + this.#params.retention - nowMs >= TICK_MS) {
        if (!isWaiting(entry)) continue;
        this.expireAt(ctx, entry);
        return;
      }
      if (!isWaiting(entry)) continue;
      this.remove(ctx, entry);
      ctx.measure('expired');
      ctx.note('expires', { message: entry.id });
    }
  }

  /** One timer, for the oldest that waits. */
  expireAt(ctx: Context, { sinceMs }: Entry): void {
    const atMs = sinceMs + this.#params.retention;
    if (atMs >= this.#expiryMs) return;
    this.#expiryMs = atMs;
    ctx.setTimer(EXPIRE, Math.max(0, atMs - ctx.elapsed()));
  }

  /** Takes an entry in, in the state in which its record is. */
  hold(ctx: Context, entry: Entry): void {
    this.#entries.set(entry.id, entry);
    this.#byNumber.set(entry.number, entry);
    this.#count[entry.state]++;
    if (entry.state === 'ready') this.ready.add(entry);
    if (entry.state === 'unacked') this.ready.holds(entry);
    if (entry.hiddenMs > 0) ctx.setTimer(SHOW, entry.hiddenMs, entry.number);
    if (entry.state !== 'dead') this.expireAt(ctx, entry);
  }

  /** An entry changes its state, in memory and on the disk. */
  become(ctx: Context, entry: Entry, state: EntryState, hiddenMs: number): void {
    this.change(entry, state);
    entry.hiddenMs = hiddenMs;
    this.save(ctx, entry);
    if (state === 'unacked') ctx.setTimer(SHOW, hiddenMs, entry.number);
    else ctx.cancelTimer(SHOW, entry.number);
    if (state === 'ready') this.ready.add(entry);
  }

  change(entry: Entry, state: EntryState): void {
    assert(this.#count[entry.state] > 0, 'a message is counted in its state');
    this.#count[entry.state]--;
    this.#count[state]++;
    entry.state = state;
  }

  /** It leaves the queue for good. */
  remove(ctx: Context, entry: Entry): void {
    this.release(entry);
    ctx.cancelTimer(SHOW, entry.number);
    this.change(entry, 'gone');
    this.#entries.delete(entry.id);
    this.#byNumber.delete(entry.number);
    this.erase(ctx, entry);
    this.ready.left(entry);
  }

  /** A consumer has one message less. */
  release(entry: Entry): void {
    const { consumer } = entry;
    if (consumer === null) return;
    consumer.unacked--;
    assert(consumer.unacked >= 0, 'nobody gives back more than was pushed');
    entry.consumer = null;
  }

  save(ctx: Context, entry: Entry): void {
    if (this.#params.persistent) ctx.storage.set(MESSAGE + entry.id, recordOf(entry));
  }

  erase(ctx: Context, entry: Entry): void {
    if (this.#params.persistent) ctx.storage.delete(MESSAGE + entry.id);
  }
}

function isWaiting({ state }: Entry): boolean {
  return state === 'ready' || state === 'delayed';
}
