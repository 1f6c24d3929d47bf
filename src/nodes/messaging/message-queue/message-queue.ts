/**
 * The broker: messages on one disk, each confirmed once it is durable, delivered until somebody
 * acknowledges it, and parked after too many deliveries.
 *
 * What hides a message after a delivery is Amazon SQS's visibility timeout (Developer Guide,
 * "Amazon SQS visibility timeout"); pushes with a credit, and what happens when a consumer goes,
 * are RabbitMQ's ("Consumer Acknowledgements and Publisher Confirms").
 *
 * After a crash every time begins again in full: visibility, delay, retention, the window of
 * `dedup`. So nothing happens sooner than promised, and a receipt from before the crash is good.
 */

import type queue from '../../../interfaces/queue.ts';
import { assert } from '../../../sim/assert.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { StorageError } from '../../../sim/node.ts';
import { isRequest, type Reply, type Request, refuse } from '../../../sim/rpc.ts';
import { ANSWERED, DedupWindow } from './dedup-window.ts';
import { type Entry, MESSAGE, partsOfReceipt, receiptOf } from './entry.ts';
import { EXPIRE, MessageStore, SHOW } from './message-store.ts';
import type { MessageQueueParams } from './params.ts';
import { type Consumer, Takers, type Waiting } from './takers.ts';

type QueueRequest<T extends keyof (typeof queue)['requests'] = keyof (typeof queue)['requests']> =
  RequestOf<typeof queue, T>;

/** A dequeue has waited long enough. */
const WAITED = 'waited';
/** A consumer has not asked again. */
const LAPSE = 'lapse';
const FORGET = 'forget';
/** Only `bug: delete-first`: the deletion is durable, now comes the dead letter. */
const PARK = 'park';

export class MessageQueue implements Node {
  readonly #params: MessageQueueParams;
  readonly #bug: string | null;
  readonly #store: MessageStore;
  readonly #takers = new Takers();
  readonly #window: DedupWindow;
  readonly #shown = { queued: -1, unacked: -1 };
  /**
   * Only `bug: old-receipt-acks`: deliveries of this life, counted as a channel counts its tags.
   */
  readonly #tags = new Map<string, Entry>();

  constructor(params: MessageQueueParams, bug: string | null) {
    this.#params = params;
    this.#bug = bug;
    this.#store = new MessageStore(params);
    this.#window = new DedupWindow(params['dedup-window']);
  }

  start(ctx: Context): void {
    if (this.#params.persistent) this.#recover(ctx);
    this.#forgetOld(ctx);
    this.#report(ctx);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (!isRequest(message)) return;
    this.#handle(ctx, from, message as QueueRequest);
    this.#deliverAll(ctx);
    this.#report(ctx);
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === SHOW) this.#show(ctx, key);
    else if (tag === WAITED) this.#giveUp(ctx, key);
    else if (tag === LAPSE) this.#lapse(key);
    else if (tag === EXPIRE) this.#store.expireOld(ctx);
    else if (tag === FORGET) this.#forgetOld(ctx);
    else if (tag === PARK) this.#parkAfterDeletion(ctx, key);
    this.#deliverAll(ctx);
    this.#report(ctx);
  }

  /** What was pushed to a consumer that is cut off comes back at once, as when a channel closes. */
  disconnected(ctx: Context, peer: NodeId): void {
    const consumer = this.#takers.consumerAt(peer);
    if (consumer === undefined) return;
    this.#dismiss(ctx, consumer);
    this.#deliverAll(ctx);
    this.#report(ctx);
  }

  inspect(): Detail {
    const { unacked, dead } = this.#store;
    return { queued: this.#store.queued, unacked, dead, consumers: this.#takers.consumers };
  }

  #handle(ctx: Context, from: NodeId, request: QueueRequest): void {
    switch (request.type) {
      case 'enqueue':
        this.#enqueue(ctx, from, request);
        break;
      case 'dequeue':
        this.#dequeue(ctx, from, request);
        break;
      case 'ack':
        this.#acknowledge(ctx, from, request);
        break;
      case 'nack':
        this.#nack(ctx, from, request);
        break;
      case 'extend':
        this.#extend(ctx, from, request);
        break;
      case 'consume':
        this.#consume(ctx, from, request);
        break;
      case 'drain':
        this.#drain(ctx, from, request);
        break;
      default:
        ctx.send(from, refuse(request as Request, 'not-supported'));
    }
  }

  // --- In ---------------------------------------------------------------------------------------

  #enqueue(ctx: Context, from: NodeId, request: QueueRequest<'enqueue'>): void {
    const { dedup } = request;
    if (
      dedup !== undefined &&
      this.#window.recall(`enqueue/${dedup}`, ctx.elapsed()) !== undefined
    ) {
      this.#confirm(ctx, from, request);
      return;
    }
    const { overflow } = this.#params;
    const mostQueued = this.#params['max-length'] ?? Infinity;
    if (this.#store.queued >= mostQueued) {
      if (overflow === 'reject') {
        ctx.send(from, refuse(request, 'overloaded', `${mostQueued} messages wait`));
        return;
      }
      this.#dropOldest(ctx);
    }
    if (this.#put(ctx, request)) this.#confirm(ctx, from, request);
    else ctx.send(from, refuse(request, 'temporarily-unavailable', 'the disk is full'));
  }

  /** Confirms a message that is durable by then: `send` waits for the disk. */
  #confirm(ctx: Context, from: NodeId, { id }: Request): void {
    const reply: Reply = { type: 'enqueue_ok', inReplyTo: id };
    if (this.#bug === 'ack-before-durable') ctx.sendNow(from, reply);
    else ctx.send(from, reply);
  }

  /** False, and nothing has changed, if there is no room on the disk. */
  #put(ctx: Context, { value, group, dedup }: QueueRequest<'enqueue'>): boolean {
    const { delay } = this.#params;
    const number = this.#store.nextNumber();
    const entry: Entry = {
      id: `${ctx.life}-${number}`,
      number,
      value,
      group: group ?? null,
      sinceMs: ctx.elapsed(),
      state: delay > 0 ? 'delayed' : 'ready',
      receives: 0,
      hiddenMs: delay,
      place: number,
      consumer: null,
    };
    try {
      this.#store.save(ctx, entry);
      if (dedup !== undefined) this.#remember(ctx, `enqueue/${dedup}`, true);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#store.erase(ctx, entry);
      return false;
    }
    this.#store.hold(ctx, entry);
    return true;
  }

  #remember(ctx: Context, id: string, answer: Plain): void {
    const storage = this.#params.persistent ? ctx.storage : null;
    this.#window.remember(id, answer, { storage, nowMs: ctx.elapsed() });
    this.#forgetOld(ctx);
  }

  #forgetOld(ctx: Context): void {
    const storage = this.#params.persistent ? ctx.storage : null;
    const nowMs = ctx.elapsed();
    const nextMs = this.#window.forgetOld({ storage, nowMs });
    if (nextMs !== null) ctx.setTimer(FORGET, nextMs - nowMs);
  }

  /** RabbitMQ's `drop-head`. */
  #dropOldest(ctx: Context): void {
    const entry = this.#store.oldestWaiting();
    if (entry === undefined) return;
    this.#store.remove(ctx, entry);
    ctx.measure('dropped');
    ctx.note('drops', { message: entry.id });
  }

  // --- Out --------------------------------------------------------------------------------------

  #dequeue(ctx: Context, from: NodeId, request: QueueRequest<'dequeue'>): void {
    // Whoever has given up must not be served: the message would be hidden for nothing.
    const waitMs = Math.min(request.waitMs ?? 0, request.timeoutMs ?? Infinity);
    const number = this.#store.nextNumber();
    this.#takers.wait({ number, from, request });
    if (!this.#store.ready.isEmpty) return;
    if (waitMs > 0) ctx.setTimer(WAITED, waitMs, number);
    else this.#giveUp(ctx, number);
  }

  #giveUp(ctx: Context, number: number): void {
    const waiting = this.#takers.stopWaiting(number);
    if (waiting === undefined) return;
    const { from, request } = waiting;
    ctx.send(from, { type: 'dequeue_ok', inReplyTo: request.id, value: null } as Reply);
  }

  /** Delivers as long as there is a message, and somebody for it. */
  #deliverAll(ctx: Context): void {
    while (!this.#store.ready.isEmpty) {
      const taker = this.#takers.next();
      if (taker === null) return;
      const entry = this.#store.ready.take();
      assert(entry !== undefined && entry.state === 'ready', 'only what is ready is delivered');
      this.#tally(ctx, entry);
      if ('request' in taker) this.#answer(ctx, entry, taker);
      else this.#push(ctx, entry, taker);
    }
  }

  #tally(ctx: Context, entry: Entry): void {
    entry.receives++;
    ctx.measure('delivered');
    if (entry.receives === 1) ctx.measure('time-in-queue', ctx.elapsed() - entry.sinceMs);
    else {
      ctx.measure('redelivered');
      ctx.note('redelivers', { message: entry.id, deliveries: entry.receives });
    }
  }

  #answer(ctx: Context, entry: Entry, { number, from, request }: Waiting): void {
    this.#takers.stopWaiting(number);
    ctx.cancelTimer(WAITED, number);
    const receipt = this.#hand(ctx, entry, null);
    const { value, receives } = entry;
    const reply = { type: 'dequeue_ok', inReplyTo: request.id, value, receives };
    ctx.send(from, receipt === null ? reply : ({ ...reply, receipt } as Message));
  }

  #push(ctx: Context, entry: Entry, consumer: Consumer): void {
    this.#takers.served(consumer);
    const receipt = this.#hand(ctx, entry, consumer);
    const { value, receives } = entry;
    const delivery = { type: 'delivery', value, receives };
    ctx.send(consumer.node, receipt === null ? delivery : ({ ...delivery, receipt } as Message));
  }

  /**
   * Writes down that a message goes out, before it does: `send` waits for it. So its count survives
   * a crash, and no two deliveries have the same receipt. Returns the receipt; null if the message
   * is the taker's for good.
   */
  #hand(ctx: Context, entry: Entry, consumer: Consumer | null): string | null {
    if (this.#params.delivery === 'at-most-once') {
      this.#store.remove(ctx, entry);
      return null;
    }
    entry.consumer = consumer;
    if (consumer !== null) consumer.unacked++;
    this.#store.become(ctx, entry, 'unacked', this.#params.visibility);
    if (this.#bug === 'forget-unacked') this.#store.erase(ctx, entry);
    if (this.#bug !== 'old-receipt-acks') return receiptOf(entry);
    const tag = String(this.#tags.size + 1);
    this.#tags.set(tag, entry);
    return tag;
  }

  // --- What consumers say -----------------------------------------------------------------------

  /**
   * A receipt of a delivery that is over acknowledges nothing: somebody else may have the message
   * now, and fail. One of a message that is gone is good, as in SQS: it is deleted, and the answer
   * to the first try may have been lost.
   */
  #acknowledge(ctx: Context, from: NodeId, request: QueueRequest<'ack'>): void {
    const found = this.#find(request.receipt);
    if (found === null || (found.entry !== null && !found.counts)) {
      ctx.send(from, refuse(request, 'precondition-failed', 'this delivery is over'));
      return;
    }
    if (found.entry !== null) {
      this.#store.remove(ctx, found.entry);
      ctx.measure('acknowledged');
    }
    ctx.send(from, { type: 'ack_ok', inReplyTo: request.id } as Reply);
  }

  /** Where the delivery is over there is nothing to give back, and nothing to refuse. */
  #nack(ctx: Context, from: NodeId, request: QueueRequest<'nack'>): void {
    const found = this.#find(request.receipt);
    if (found?.current === true && found.entry !== null) this.#giveBack(ctx, found.entry);
    ctx.send(from, { type: 'nack_ok', inReplyTo: request.id } as Reply);
  }

  #extend(ctx: Context, from: NodeId, request: QueueRequest<'extend'>): void {
    const found = this.#find(request.receipt);
    if (found?.current !== true || found.entry === null || !(request.forMs >= 0)) {
      ctx.send(from, refuse(request, 'precondition-failed', 'this delivery is over'));
      return;
    }
    this.#store.become(ctx, found.entry, 'unacked', request.forMs);
    ctx.send(from, { type: 'extend_ok', inReplyTo: request.id } as Reply);
  }

  /**
   * The message of a receipt: null if it is gone. `current`: the receipt is of the delivery that
   * lasts. `counts`: it may acknowledge. Null for a text that is no receipt.
   */
  #find(receipt: string): { entry: Entry | null; current: boolean; counts: boolean } | null {
    if (this.#bug === 'old-receipt-acks') {
      const entry = this.#tags.get(receipt) ?? null;
      const isOut = entry?.state === 'unacked';
      return { entry: entry?.state === 'gone' ? null : entry, current: isOut, counts: isOut };
    }
    const parts = partsOfReceipt(receipt);
    if (parts === null) return null;
    const entry = this.#store.get(parts.id) ?? null;
    const current = entry?.state === 'unacked' && entry.receives === parts.receives;
    return { entry, current, counts: current || this.#params['stale-receipts'] === 'accept' };
  }

  #consume(ctx: Context, from: NodeId, request: QueueRequest<'consume'>): void {
    const name = request.consumer ?? '';
    const credit = Math.min(request.credit, this.#params.prefetch ?? Infinity);
    let consumer = this.#takers.consumerAt(from);
    // Somebody new on the same node: the one before has died, with all that it had.
    if (consumer !== undefined && (consumer.name !== name || credit <= 0)) {
      this.#dismiss(ctx, consumer);
      consumer = undefined;
    }
    if (credit > 0) {
      consumer ??= { number: this.#store.nextNumber(), node: from, name, credit, unacked: 0 };
      consumer.credit = credit;
      this.#takers.subscribe(consumer);
      ctx.setTimer(LAPSE, this.#params['consumer-timeout'], consumer.number);
    }
    ctx.send(from, { type: 'consume_ok', inReplyTo: request.id } as Reply);
  }

  /** Whoever has not asked again gets no more. What it has comes back when its time is over. */
  #lapse(number: number): void {
    const consumer = this.#takers.lapsed(number);
    if (consumer !== undefined) this.#takers.unsubscribe(consumer);
  }

  /** A consumer is gone for certain: what it has not acknowledged comes back at once. */
  #dismiss(ctx: Context, consumer: Consumer): void {
    this.#takers.unsubscribe(consumer);
    ctx.cancelTimer(LAPSE, consumer.number);
    if (consumer.unacked === 0) return;
    const its = this.#store.all().filter((entry) => entry.consumer === consumer);
    for (const entry of its) this.#giveBack(ctx, entry);
    assert(consumer.unacked === 0, 'who is dismissed has nothing');
  }

  /**
   * All that is left, in any state: what is only hidden would look lost. The same `dedup` gives the
   * same list again, since the first answer may have been lost on its way.
   */
  #drain(ctx: Context, from: NodeId, request: QueueRequest<'drain'>): void {
    const { dedup, id } = request;
    const known =
      dedup === undefined ? undefined : this.#window.recall(`drain/${dedup}`, ctx.elapsed());
    const left = this.#store.all();
    const values = known ?? left.map(({ value }) => value);
    if (known === undefined) {
      for (const entry of left) this.#store.remove(ctx, entry);
      if (dedup !== undefined) this.#remember(ctx, `drain/${dedup}`, values);
    }
    ctx.send(from, { type: 'drain_ok', inReplyTo: id, values } as Reply);
  }

  // --- What time brings -------------------------------------------------------------------------

  #show(ctx: Context, number: number): void {
    const entry = this.#store.numbered(number);
    if (entry?.state === 'unacked') {
      if (this.#bug !== 'no-redelivery') this.#giveBack(ctx, entry);
    } else if (entry?.state === 'delayed') {
      // Not written down: after a crash the delay begins again in full.
      this.#store.change(entry, 'ready');
      this.#store.ready.add(entry);
    }
  }

  /** A delivery has failed: the message is delivered again, or is a dead letter. */
  #giveBack(ctx: Context, entry: Entry): void {
    this.#store.release(entry);
    if (entry.receives >= (this.#params['max-deliveries'] ?? Infinity)) {
      this.#park(ctx, entry);
      return;
    }
    if (this.#params.order === 'unordered') entry.place = this.#store.nextNumber();
    this.#store.become(ctx, entry, 'ready', 0);
    // While it was out it did not expire.
    this.#store.expireAt(ctx, entry);
  }

  #park(ctx: Context, entry: Entry): void {
    ctx.measure('dead-lettered');
    ctx.note('parks', { message: entry.id, deliveries: entry.receives });
    if (this.#bug === 'delete-first') {
      this.#store.change(entry, 'dead');
      this.#store.erase(ctx, entry);
      ctx.storage.sync(PARK, entry.number);
    } else this.#store.become(ctx, entry, 'dead', 0);
    this.#store.ready.left(entry);
  }

  #parkAfterDeletion(ctx: Context, number: number): void {
    const entry = this.#store.numbered(number);
    if (entry?.state === 'dead') this.#store.save(ctx, entry);
  }

  #recover(ctx: Context): void {
    for (const key of ctx.storage.keys()) {
      const record = ctx.storage.get(key) ?? null;
      if (key.startsWith(ANSWERED)) this.#window.restore(key.slice(ANSWERED.length), record);
      if (key.startsWith(MESSAGE)) this.#store.recover(ctx, key, record);
    }
  }

  #report(ctx: Context): void {
    const { unacked } = this.#store;
    if (this.#store.queued !== this.#shown.queued) ctx.measure('queued', this.#store.queued);
    if (unacked !== this.#shown.unacked) ctx.measure('unacked', unacked);
    this.#shown.queued = this.#store.queued;
    this.#shown.unacked = unacked;
  }
}
