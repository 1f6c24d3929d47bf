/**
 * A store on one node whose truth is a write-ahead log: a change is appended first, then made in
 * memory, and acknowledged when the log says so (Gray & Reuter 1992, "Transaction Processing",
 * chapter 9; Mohan et al. 1992, ARIES: the log before the data).
 *
 * Reads see changes that are not durable yet. With `sync: always` the answer to a read waits until
 * they are: else a crash could take back a value that somebody has read.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, Detail, Message, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest, type Reply, type Request, refuse } from '../../../sim/rpc.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import { Commands } from '../../parts/machines/machine.ts';
import { type RegisterCommand, Registers } from '../../parts/machines/registers.ts';
import { samePlain } from '../../parts/same-plain.ts';
import { SegmentedLog } from '../../parts/segmented-log.ts';
import type { Bug } from './bugs.ts';
import type { LogStoreParams } from './settings.ts';

interface Waiting {
  /** The last record that must be durable before the answer. */
  readonly record: number;
  readonly to: NodeId;
  readonly reply: Reply;
}

/** What is asked of the store: a request and its command. */
interface Asked {
  readonly from: NodeId;
  readonly request: Request;
  readonly command: RegisterCommand;
}

type Snapshot = { readonly upTo: number; readonly state: Plain };

export class LogStore implements Node {
  readonly #params: LogStoreParams;
  readonly #bug: Bug | null;
  readonly #registers = new Registers();
  readonly #commands = new Commands(this.#registers);
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
  #buffer: RegisterCommand[] = [];
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
    if (snapshot !== undefined) this.#registers.restore(snapshot.state);
    this.#snapshotAt = snapshot?.upTo ?? 0;
    // The bugs: nothing is verified; the rest of the log is better than nothing.
    this.#log = new SegmentedLog(ctx.storage, segment, this.#bug !== 'no-checksum');
    const policy = this.#bug === 'replay-past-hole' ? 'skip' : recover;
    let replayed = 0;
    const { torn, damaged, stoppedAt } = this.#log.recover(this.#snapshotAt, policy, (payload) => {
      this.#registers.apply(payload as RegisterCommand);
      replayed++;
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
    const command = this.#commands.of(message) as RegisterCommand | null;
    if (command === null) return ctx.sendNow(from, refuse(message, 'not-supported'));
    const asked: Asked = { from, request: message, command };
    const waitsInLine = this.#params.sync === 'always' && !this.#params['group-commit'];
    if (waitsInLine && this.#changes(command) && this.#syncing) this.#queue.push(asked);
    else this.#serve(ctx, asked);
  }

  /** Would it change anything? A compare-and-set whose value is another is no more than a read. */
  #changes(command: RegisterCommand): boolean {
    if (command.type === 'read') return false;
    if (command.type === 'write') return true;
    return samePlain(this.#registers.read(command.key), command.from);
  }

  /** The log first: a change that finds no room there is not made. */
  #serve(ctx: Context, { from, request, command }: Asked): void {
    if (this.#changes(command) && !this.#append(ctx, command)) {
      return ctx.sendNow(from, refuse(request, 'temporarily-unavailable', 'the disk is full'));
    }
    const body = this.#registers.apply(command);
    const reply = Object.assign({ inReplyTo: request.id }, body) as Reply;
    this.#answer(ctx, from, reply);
    if (this.#log.last - this.#snapshotAt >= this.#params['snapshot-every']) {
      this.#beginSnapshot(ctx);
    }
  }

  #append(ctx: Context, command: RegisterCommand): boolean {
    if (this.#params.sync === 'interval') {
      this.#buffer.push(command);
      return true;
    }
    try {
      this.#log.append(command);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      ctx.note('no room');
      return false;
    }
    ctx.measure('records');
    return true;
  }

  /** With `sync: always` once all that it has seen is durable, else at once. */
  #answer(ctx: Context, to: NodeId, reply: Reply): void {
    const record = this.#log.last;
    // The bug: it is in the log, which will be on disk soon.
    const isSure = this.#durable >= record || this.#bug === 'ack-before-sync';
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
    if (next !== undefined) this.#serve(ctx, next);
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
    this.#snapshot = { upTo, state: this.#registers.snapshot() };
    // The bug: what the snapshot will stand for is not needed any more.
    if (this.#bug === 'drop-segment-early') this.#log.dropThrough(upTo);
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
    const dropped = this.#log.dropThrough(snapshot.upTo);
    ctx.note('writes snapshot', { upTo: snapshot.upTo, dropped });
    ctx.measure('segments', this.#log.segments);
  }
}
