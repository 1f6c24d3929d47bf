/**
 * A member of a group with one primary: its state, and who handles what. `primary.ts` ships and
 * counts acknowledgements, `replica.ts` takes and applies, `succession.ts` changes who is primary,
 * `clients.ts` is what clients see.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import { isReply, isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import type { SharedLockSpec } from '../../parts/failover-messages.ts';
import { LOCK, type LockHolder } from '../../parts/lock-holder.ts';
import type { Waiting } from './answers.ts';
import { onCopyRequest, onLogRequest, onRestore } from './backed-up.ts';
import { Candidacy } from './candidacy.ts';
import { onForward, onForwardReply, onPing, onRequest } from './clients.ts';
import type { Bug } from './declared.ts';
import type { Append, MemberMessage } from './messages.ts';
import { Distances } from './nearest.ts';
import {
  onAck,
  onHeartbeat,
  onOwnDisk,
  onSemiSyncTimeout,
  onWriteTimeout,
  ship,
} from './primary.ts';
import { RecordLog } from './record-log.ts';
import { onAppend, onApplied, onSnapshot } from './replica.ts';
import type { Settings } from './settings.ts';
import { SharedLock } from './shared-lock.ts';
import {
  boot,
  onHandOver,
  onHealth,
  onPromote,
  onSwitchTimeout,
  switchOver,
} from './succession.ts';

export type Ctx = Context<MemberMessage>;

/**
 * `blank`: its disk was lost, and it waits for a full copy. `diverged`: it keeps what the new
 * primary does not have, and stands aside.
 */
export type Role = 'primary' | 'replica' | 'blank' | 'diverged';

/** What a primary knows of one replica. */
export interface Peer {
  readonly id: NodeId;
  /** The LSN to be sent next. */
  next: number;
  /** Up to where it has acknowledged: received, written or applied, as `ack-when` says. */
  acked: number;
  /** When it was last heard, on this life's clock in ms; -Infinity before. */
  heardAtMs: number;
  /** `acked` at the last heartbeat: if it stands still, what is under way is taken for lost. */
  ackedAtHeartbeat: number;
}

export class Member implements Node<MemberMessage> {
  readonly settings: Settings;
  readonly place: Place;
  readonly bug: Bug | null;
  readonly others: readonly NodeId[];
  /** With `election`. */
  readonly candidacy: Candidacy | null;
  log!: RecordLog;
  role: Role = 'replica';
  epoch = 1;
  /** The primary of this epoch, as far as it is known. */
  primary: NodeId | null = null;

  // --- As primary
  readonly peers = new Map<NodeId, Peer>();
  /** Up to here its own disk has the log. */
  durable = 0;
  /** Up to here writes are acknowledged. */
  committed = 0;
  /** Clients that wait, in the order of what they wait for. */
  readonly waiting: Waiting[] = [];
  /** Semi-sync has given up waiting, until a replica has caught up. */
  isAsync = false;
  /** Whether it may serve only under a lease, and until when, on this life's clock in ms. */
  isLeased = false;
  leaseUntilMs = -Infinity;
  hadLease = false;
  /** Once a watcher has named it. */
  shared: SharedLock | null = null;
  /** The member that a planned switch makes primary. */
  switchTo: NodeId | null = null;
  isHandedOver = false;
  /** The last restore from a backup that it has taken; 0: none in this life. */
  restored = 0;

  // --- As replica
  readonly distances = new Distances();
  /** What came before its turn, by the LSN that it follows. */
  readonly early = new Map<number, Append>();
  isApplying = false;
  heardPrimaryAtMs = -Infinity;
  behindShown = 0;
  /** When it answered which question of a watcher, on this life's clock in ms. */
  readonly answeredAtMs = new Map<string, number>();

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.settings = settings;
    this.place = place;
    this.bug = bug;
    this.others = place.members.filter((id) => id !== place.self);
    const { election } = settings;
    this.candidacy = election === undefined ? null : new Candidacy(this, election);
  }

  start(ctx: Ctx): void {
    this.log = new RecordLog(ctx.storage);
    boot(this, ctx);
    this.candidacy?.lock.start(ctx);
    ctx.setTimer('heartbeat', this.settings.heartbeat);
    if (this.settings['ship-every'] > 0) ctx.setTimer('ship', this.settings['ship-every']);
  }

  receive(ctx: Ctx, from: NodeId, m: MemberMessage): void {
    switch (m.type) {
      case 'append':
        return onAppend(this, ctx, from, m);
      case 'snapshot':
        return onSnapshot(this, ctx, from, m);
      case 'ack':
        return onAck(this, ctx, from, m);
      case 'health':
        return onHealth(this, ctx, from, m);
      case 'promote':
        return onPromote(this, ctx, from, m);
      case 'handOver':
        return onHandOver(this, ctx, m);
      case 'failBack':
        return this.switchTo === null ? switchOver(this, ctx, [m.to]) : undefined;
      case 'ping':
        return onPing(this, ctx, from, m);
      case 'pong':
        return this.distances.heard(ctx, from, m);
      case 'forward':
        return onForward(this, ctx, from, m);
      case 'forwardReply':
        return onForwardReply(ctx, m);
      case 'copyRequest':
        return onCopyRequest(this, ctx, from, m);
      case 'logRequest':
        return onLogRequest(this, ctx, from, m);
      case 'restore':
        return onRestore(this, ctx, from, m);
      case 'healthReply':
        return this.candidacy?.heard(from, m);
      case 'promoted':
      case 'copyPart':
      case 'logPart':
      case 'restored':
        return;
      default:
        // All that it asks itself is asked for the lock.
        if (isReply(m)) this.#lock?.receive(ctx, m);
        else if (isRequest(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    switch (tag) {
      case 'own-disk':
        return onOwnDisk(this, ctx, key);
      case 'heartbeat':
        this.candidacy?.beat(this, ctx);
        this.shared?.beat(ctx, this.role === 'primary');
        this.distances.ask(this, ctx);
        onHeartbeat(this, ctx);
        return ctx.setTimer('heartbeat', this.settings.heartbeat);
      case 'ship':
        for (const peer of this.peers.values()) ship(this, ctx, peer);
        // A planned switch sets it once where records are sent as they come.
        if (this.settings['ship-every'] > 0) ctx.setTimer('ship', this.settings['ship-every']);
        return;
      case 'apply':
        return onApplied(this, ctx);
      case 'semi-sync':
        return onSemiSyncTimeout(this, ctx);
      case 'write':
        return onWriteTimeout(this, ctx, key);
      case LOCK:
        return this.#lock?.timeout(ctx);
      case 'switch':
        return onSwitchTimeout(this, ctx);
    }
  }

  get #lock(): LockHolder | null {
    return this.candidacy?.lock ?? this.shared?.holder ?? null;
  }

  /** A watcher names the lock that primaries need from now on. */
  shareLock(spec: SharedLockSpec | undefined): void {
    if (spec !== undefined) this.shared ??= new SharedLock(spec, this.settings['lease-drift']);
  }

  command(ctx: Ctx, name: string, params: { readonly [name: string]: unknown }): void {
    if (name === 'switch-over') switchOver(this, ctx, params['to'] as readonly NodeId[]);
  }

  inspect(): Detail {
    const { role, epoch, log } = this;
    return {
      role,
      term: epoch,
      lsn: log.end,
      applied: log.applied,
      replication: this.isAsync ? 'async' : this.settings.replication,
      primary: this.primary,
    };
  }
}
