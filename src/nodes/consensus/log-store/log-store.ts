/**
 * A store on one node whose truth is a write-ahead log: a change is appended first, then made in
 * memory, and acknowledged when the log says so (Gray & Reuter 1992, "Transaction Processing",
 * chapter 9; Mohan et al. 1992, ARIES: the log before the data). It has registers, and logs that
 * others append to and read.
 *
 * Reads see changes that are not durable yet. With `sync: always` the answer to a read waits until
 * they are: else a crash could take back a value that somebody has read.
 */

import type log from '../../../interfaces/log.ts';
import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest, type Reply, type Request, refuse } from '../../../sim/rpc.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import { Commands } from '../../parts/machines/machine.ts';
import { type RegisterCommand, Registers } from '../../parts/machines/registers.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { SegmentedLog } from '../../parts/segmented-log.ts';
import type { Bug } from './bugs.ts';
import type { LogStoreParams } from './settings.ts';
import { type LogRecord, Topics } from './topics.ts';

interface Waiting {
  /** The last record that must be durable before the answer. */
  readonly record: number;
  readonly to: NodeId;
  readonly reply: Reply;
}

interface Asked {
  readonly from: NodeId;
  readonly request: Request;
}

type WalPayload = RegisterCommand | LogRecord;

/** What a request comes to as things are. */
interface Plan {
  /** What must be in the log first; null: it changes nothing. */
  readonly record: WalPayload | null;
  /** Makes the change, whose record has this number, and gives the answer. */
  make(number: number): ReplyBody;
}

type Snapshot = { readonly upTo: number; readonly state: Plain; readonly topics: Plain };

export class LogStore implements Node {
  readonly #params: LogStoreParams;
  readonly #bug: Bug | null;
  readonly #registers = new Registers();
  readonly #commands = new Commands(this.#registers);
  readonly #topics = new Topics();
  #log!: SegmentedLog;
  /** Serves nothing until the log is replayed, or ever, if it may not be replayed. */
  #state: 'replaying' | 'serving' | 'stopped' = 'replaying';
  /** All records up to here are on disk. */
  #durable = 0;
  #syncing = false;
  #syncRecord = 0;
  readonly #waiting: Waiting[] = [];
  /** Writes that wait for the flush of the one before: without group commit. */
  readonly #queue: Asked[] = [];
  /** Acknowledged, and not in the log yet: with `sync: interval`. */
  #buffer: WalPayload[] = [];
  /** The snapshot that is being written; null between them. */
  #snapshot: Snapshot | null = null;
  #snapshotAt = 0;

  constructor(params: LogStoreParams, bug: Bug | null) {
    this.#params = params;
    this.#bug = bug;
  }

  // ---- recovery --------------------------------------------------------------------------------

  start(ctx: Context): void {
    const { segment, recover } = this.#params;
    const snapshot = ctx.storage.get('snapshot') as Snapshot | undefined;
    if (snapshot !== undefined) {
      this.#registers.restore(snapshot.state);
      this.#topics.restore(snapshot.topics);
    }
    this.#snapshotAt = snapshot?.upTo ?? 0;
    // The bugs: nothing is verified; the rest of the log is better than nothing.
    this.#log = new SegmentedLog(ctx.storage, segment, this.#bug !== 'no-checksum');
    const policy = this.#bug === 'replay-past-hole' ? 'skip' : recover;
    let replayed = 0;
    const { torn, damaged, stoppedAt } = this.#log.recover(this.#snapshotAt, policy, (...of) => {
      if (this.#replay(...of)) replayed++;
    });
    if (torn > 0) ctx.note('cuts torn record');
    for (const record of damaged) ctx.note('corrupt', { record, stops: false });
    if (stoppedAt !== null) {
      this.#state = 'stopped';
      return ctx.note('corrupt', { record: stoppedAt, stops: true });
    }
    this.#durable = this.#log.last;
    ctx.measure('replayed', replayed);
    ctx.measure('segments', this.#log.segments);
    ctx.setTimer('replayed', (1000 * replayed) / this.#params['replay-rate']);
    if (this.#params.sync === 'interval') ctx.setTimer('interval', this.#params['sync-every']);
  }

  /** Whether the record is newer than the snapshot, which stands for all but values of logs. */
  #replay(payload: Plain, number: number): boolean {
    const isNew = number > this.#snapshotAt;
    const change = payload as WalPayload;
    if (change.type === 'log') this.#topics.take(change, number, !isNew);
    else if (isNew) this.#registers.apply(change);
    return isNew;
  }

  timeout(ctx: Context, tag: string): void {
    switch (tag) {
      case 'replayed':
        this.#state = 'serving';
        return;
      case 'synced':
        return this.#onSynced(ctx);
      case 'interval':
        this.#writeBuffer(ctx);
        return ctx.setTimer('interval', this.#params['sync-every']);
      case 'snapshot':
        return this.#endSnapshot(ctx);
    }
  }

  inspect(): Detail {
    return {
      state: this.#state,
      last: this.#log.last,
      durable: this.#durable,
      buffered: this.#buffer.length,
      segments: this.#log.segments,
    };
  }

  // ---- requests --------------------------------------------------------------------------------

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (!isRequest(message)) return;
    if (this.#state !== 'serving') {
      const text = this.#state === 'stopped' ? 'the log is damaged' : 'the log is being replayed';
      return ctx.sendNow(from, refuse(message, 'temporarily-unavailable', text));
    }
    const plan = this.#plan(message);
    if (plan === null) return ctx.sendNow(from, refuse(message, 'not-supported'));
    const asked: Asked = { from, request: message };
    const waitsInLine = this.#params.sync === 'always' && !this.#params['group-commit'];
    if (waitsInLine && plan.record !== null && this.#syncing) this.#queue.push(asked);
    else this.#serve(ctx, asked, plan);
  }

  /** null: it is not served. */
  #plan(request: Request): Plan | null {
    const command = this.#commands.of(request) as RegisterCommand | null;
    if (command !== null) {
      const record = this.#changes(command) ? command : null;
      return { record, make: () => this.#registers.apply(command) };
    }
    const planned = this.#topics.plan(request as RequestOf<typeof log>);
    if (planned === null) return null;
    const { record, reply } = planned;
    return {
      record,
      make: (number) => {
        if (record !== null) this.#topics.take(record, number);
        return reply;
      },
    };
  }

  /** Would it change anything? A compare-and-set whose value is another is no more than a read. */
  #changes(command: RegisterCommand): boolean {
    if (command.type === 'read') return false;
    if (command.type === 'write') return true;
    return samePlain(this.#registers.read(command.key), command.from);
  }

  /** The log first: a change that finds no room there is not made. */
  #serve(ctx: Context, { from, request }: Asked, { record, make }: Plan): void {
    if (record !== null && !this.#append(ctx, record)) {
      return ctx.sendNow(from, refuse(request, 'temporarily-unavailable', 'the disk is full'));
    }
    const body = make(this.#log.last + this.#buffer.length);
    const reply = Object.assign({ inReplyTo: request.id }, body) as Reply;
    this.#answer(ctx, from, reply, 'acks' in request && request.acks === 'none');
    if (this.#log.last - this.#snapshotAt >= this.#params['snapshot-every']) {
      this.#beginSnapshot(ctx);
    }
  }

  #append(ctx: Context, record: WalPayload): boolean {
    if (this.#params.sync === 'interval') {
      this.#buffer.push(record);
      return true;
    }
    try {
      this.#log.append(record);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      ctx.note('no room');
      return false;
    }
    ctx.measure('records');
    return true;
  }

  /** With `sync: always` once all that it has seen is durable, else at once. */
  #answer(ctx: Context, to: NodeId, reply: Reply, atOnce: boolean): void {
    const record = this.#log.last;
    // The bug: it is in the log, which will be on disk soon.
    const isSure = atOnce || this.#durable >= record || this.#bug === 'ack-before-sync';
    if (this.#params.sync !== 'always' || isSure) ctx.sendNow(to, reply);
    else this.#waiting.push({ record, to, reply });
    if (this.#params.sync === 'always' && this.#durable < record) this.#sync(ctx);
  }

  // ---- durability ------------------------------------------------------------------------------

  /** One flush at a time: what comes meanwhile goes together into the next. */
  #sync(ctx: Context): void {
    if (this.#syncing) return;
    this.#syncing = true;
    this.#syncRecord = this.#log.last;
    ctx.measure('syncs');
    ctx.storage.sync('synced');
  }

  #onSynced(ctx: Context): void {
    this.#syncing = false;
    assert(this.#syncRecord >= this.#durable, 'what is durable stays durable');
    this.#durable = this.#syncRecord;
    let answered = 0;
    for (const { record, to, reply } of this.#waiting) {
      if (record > this.#durable) break;
      ctx.sendNow(to, reply);
      answered++;
    }
    this.#waiting.splice(0, answered);
    const next = this.#queue.shift();
    if (next !== undefined) this.#serve(ctx, next, this.#plan(next.request) as Plan);
    if (this.#log.last > this.#durable && this.#params.sync === 'always') this.#sync(ctx);
  }

  /** What was acknowledged since the last time; what finds no room stays for the next. */
  #writeBuffer(ctx: Context): void {
    const buffer = this.#buffer;
    let written = 0;
    try {
      for (; written < buffer.length; written++) this.#log.append(buffer[written] as Plain);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      ctx.note('no room');
    }
    if (written === 0) return;
    ctx.measure('records', written);
    this.#buffer = buffer.slice(written);
    this.#sync(ctx);
  }

  // ---- snapshots -------------------------------------------------------------------------------

  #beginSnapshot(ctx: Context): void {
    if (this.#snapshot !== null || this.#buffer.length > 0) return;
    const upTo = this.#log.last;
    const [state, topics] = [this.#registers.snapshot(), this.#topics.snapshot()];
    this.#snapshot = { upTo, state, topics };
    // The bug: what the snapshot will stand for is not needed any more, whoever still reads it.
    if (this.#bug === 'drop-segment-early') this.#drop(upTo);
    ctx.setTimer('snapshot', this.#params['snapshot-time']);
  }

  /** Writes become durable in the order issued: the snapshot before the loss of the segments. */
  #endSnapshot(ctx: Context): void {
    const snapshot = this.#snapshot;
    assert(snapshot !== null, 'a snapshot ends that has begun');
    this.#snapshot = null;
    this.#snapshotAt = snapshot.upTo;
    try {
      ctx.storage.set('snapshot', snapshot);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return ctx.note('no room');
    }
    const dropped = this.#drop(Math.min(snapshot.upTo, this.#topics.wanted - 1));
    ctx.note('writes snapshot', { upTo: snapshot.upTo, dropped });
    ctx.measure('segments', this.#log.segments);
  }

  /** Drops the segments up to this record, whole; returns how many. */
  #drop(upTo: number): number {
    const dropped = this.#log.dropThrough(upTo);
    this.#topics.dropBefore(this.#log.first);
    return dropped;
  }
}
