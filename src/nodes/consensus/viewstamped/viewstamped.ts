/**
 * Viewstamped Replication (Oki, Liskov 1988; as in Liskov, Cowling 2012, Viewstamped Replication
 * Revisited). Views are numbered, and the number says who is primary: the members take turns. The
 * primary gives each operation a number; what a majority has is committed.
 *
 * The handlers are in `normal.ts` (section 4.1, and 5.2: state transfer), `view-changes.ts` (4.2,
 * 5.3) and `recovery.ts` (4.3); the log and its checkpoints (5.1) in `journal.ts`. Here is what a
 * member knows, and how it executes what is committed.
 *
 * On disk, if members have one: the log, the number of the view, and the last view in which the
 * member was normal. Without: the number of the view alone. The paper of 2012 keeps nothing at all,
 * and is wrong there (Michael et al. 2017): a member that has given its log to the next primary
 * must not forget that it did.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { ROLE_NOTE } from '../../../sim/trace.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { type Asker, answer, refuse, replyOf } from '../../parts/machines/askers.ts';
import { makeMachine } from '../../parts/machines/kinds.ts';
import { Commands } from '../../parts/machines/machine.ts';
import { OnceMachine } from '../../parts/machines/once.ts';
import { NO_SESSIONS } from '../../parts/machines/sessions.ts';
import { majority } from '../../parts/quorum.ts';
import { textHash } from '../../parts/text-hash.ts';
import { Journal } from './journal.ts';
import type {
  Checkpoint,
  DoViewChange,
  RecoveryResponse,
  ViewContext,
  ViewMessage,
} from './messages.ts';
import {
  onCommit,
  onForward,
  onGetState,
  onHeartbeat,
  onNewState,
  onOwnDisk,
  onPrepare,
  onPrepareOk,
  onRequest,
} from './normal.ts';
import { beginRecovery, onRecovery, onRecoveryResponse } from './recovery.ts';
import type { Bug, ViewParams } from './settings.ts';
import {
  changeView,
  onDoViewChange,
  onOwnLog,
  onStartView,
  onStartViewChange,
} from './view-changes.ts';

export type Status = 'normal' | 'view-change' | 'recovering';

/** A request that waits for its operation to be committed. */
export interface Pending extends Asker {
  /** The view in which it got its number. */
  readonly view: number;
}

/** How many hashes of the last operations a view shows. */
const TAIL = 64;
const ROLES = { normal: 'follower', 'view-change': 'candidate', recovering: 'recovering' } as const;

export class Viewstamped implements Node<ViewMessage> {
  readonly given: ViewParams;
  readonly members: readonly NodeId[];
  readonly others: readonly NodeId[];
  readonly self: NodeId;
  readonly bug: Bug | null;
  readonly journal = new Journal();
  readonly commands: Commands;
  readonly duplicates = new DuplicateFilter();
  readonly once: OnceMachine;
  readonly pending = new Map<number, Pending>();

  view = 0;
  status: Status = 'normal';
  /** The last view in which it was normal. */
  lastNormal = 0;
  /** All operations up to here are committed, and executed. */
  commit = 0;
  /** What it has heard to be committed: more, if it lacks operations. */
  heardCommit = 0;
  /** The view in which this life began. */
  bootView = 0;
  /** As a primary, by member: up to where operations are there; of itself, on its disk. */
  readonly acked = new Map<NodeId, number>();
  /** For the view to come: who wants it, and who has given its log. */
  readonly wanted = new Set<NodeId>();
  readonly logs = new Map<NodeId, DoViewChange>();
  hasGivenLog = false;
  readonly responses = new Map<NodeId, RecoveryResponse>();
  #hash = 0;
  readonly #tail: number[] = [];

  constructor(given: ViewParams, { members, self }: Place, bug: Bug | null) {
    this.given = given;
    this.members = members;
    this.self = self;
    this.others = members.filter((member) => member !== self);
    this.bug = bug;
    const machine = makeMachine(given.machine);
    this.once = new OnceMachine(machine, given['sessions-max']);
    this.commands = new Commands(machine);
  }

  start(ctx: ViewContext): void {
    const stored = ctx.storage.get('view') as readonly [number, number] | undefined;
    if (stored !== undefined && this.bug !== 'forget-view') [this.view, this.lastNormal] = stored;
    this.bootView = this.view;
    const onDisk = this.given.state === 'disk';
    if (onDisk && this.journal.load(ctx)) ctx.note('drops a torn entry');
    if (this.journal.checkpoint !== null) this.#takeUp(this.journal.checkpoint);
    if (!onDisk && ctx.life > 1 && this.bug !== 'no-recovery') return beginRecovery(this, ctx);
    // A primary that restarts has forgotten what it has sent: its view is over.
    if (ctx.life > 1 && this.primary === this.self) return changeView(this, ctx, this.view + 1);
    this.setStatus(ctx, this.lastNormal === this.view ? 'normal' : 'view-change');
  }

  receive(ctx: ViewContext, from: NodeId, m: ViewMessage): void {
    if (isRequest(m)) return onRequest(this, ctx, from, m);
    if (m.type === 'recoveryResponse') return onRecoveryResponse(this, ctx, from, m);
    if (m.type === 'forwardReply') return ctx.sendNow(m.origin, m.reply);
    if (m.type === 'forward') return onForward(this, ctx, from, m);
    if (this.status === 'recovering') return;
    switch (m.type) {
      case 'prepare':
        return onPrepare(this, ctx, from, m);
      case 'prepareOk':
        return onPrepareOk(this, ctx, from, m);
      case 'commit':
        return onCommit(this, ctx, from, m);
      case 'startViewChange':
        return onStartViewChange(this, ctx, from, m);
      case 'doViewChange':
        return onDoViewChange(this, ctx, from, m);
      case 'startView':
        return onStartView(this, ctx, from, m);
      case 'getState':
        return onGetState(this, ctx, from, m);
      case 'newState':
        return onNewState(this, ctx, from, m);
      case 'recovery':
        return onRecovery(this, ctx, from, m);
    }
  }

  timeout(ctx: ViewContext, tag: string, key: number): void {
    if (tag === 'view') changeView(this, ctx, this.view + 1);
    else if (tag === 'heartbeat') onHeartbeat(this, ctx);
    else if (tag === 'own-disk') onOwnDisk(this, ctx, key);
    else if (tag === 'own-log') onOwnLog(this, ctx, key);
    else beginRecovery(this, ctx);
  }

  inspect(): ViewstampedView {
    return {
      role: this.isPrimary ? 'leader' : ROLES[this.status],
      term: this.view,
      last: this.journal.last,
      commit: this.commit,
      checkpoint: this.journal.checkpoint?.op ?? 0,
      tail: [...this.#tail],
    };
  }

  /** Who is primary in its view. */
  get primary(): NodeId {
    return this.primaryOf(this.view);
  }

  primaryOf(view: number): NodeId {
    return this.members[view % this.members.length] as NodeId;
  }

  get isPrimary(): boolean {
    return this.status === 'normal' && this.primary === this.self;
  }

  /** f + 1 of 2f + 1. */
  get quorum(): number {
    return majority(this.members.length);
  }

  /**
   * Another status, or another view: on disk before anything that is sent after this with `send`.
   */
  setStatus(ctx: ViewContext, status: Status, view = this.view): void {
    this.view = view;
    this.status = status;
    if (status === 'normal') this.lastNormal = view;
    if (status !== 'recovering') ctx.storage.set('view', [view, this.lastNormal]);
    this.wanted.clear();
    this.logs.clear();
    this.hasGivenLog = false;
    this.acked.clear();
    ctx.note(ROLE_NOTE, { role: this.inspect().role, term: view });
    ctx.cancelTimer('heartbeat');
    if (this.isPrimary) {
      ctx.cancelTimer('view');
      return ctx.setTimer('heartbeat', this.given.heartbeat);
    }
    if (status !== 'recovering') this.waitForPrimary(ctx);
  }

  waitForPrimary(ctx: ViewContext): void {
    const { minMs, maxMs } = this.given['view-timeout'];
    ctx.setTimer('view', ctx.random.between(minMs, maxMs));
  }

  /** Executes what is committed, as far as it has it, and answers those who wait for it. */
  execute(ctx: ViewContext, commit: number): void {
    if (commit > this.heardCommit) this.heardCommit = commit;
    const until = Math.min(this.heardCommit, this.journal.last);
    while (this.commit < until) {
      const op = ++this.commit;
      const { view, command } = this.journal.at(op);
      const outcome =
        this.bug === 'no-dedup' ? this.once.machine.apply(command) : this.once.apply(command);
      this.#hash = textHash(`${this.#hash} ${JSON.stringify(command)}`);
      this.#tail.push(this.#hash);
      if (this.#tail.length > TAIL) this.#tail.shift();
      this.#takeCheckpoint(ctx);
      const waiting = this.pending.get(op);
      if (waiting === undefined) continue;
      this.pending.delete(op);
      // Its number belongs to another operation now, and it is in no log that may be chosen.
      if (waiting.view !== view) refuse(ctx, waiting, 'abort', 'another operation has its number');
      else answer(ctx, waiting, replyOf(waiting.requestId, outcome));
    }
  }

  /** Section 5.1: the state now and then, so that the log need not go back to its beginning. */
  #takeCheckpoint(ctx: ViewContext): void {
    const { journal, commit, bug, given } = this;
    if (commit - (journal.checkpoint?.op ?? 0) < given['checkpoint-every']) return;
    const whole = this.once.snapshot();
    const state =
      bug === 'checkpoint-without-sessions'
        ? { ...(whole as object), sessions: NO_SESSIONS }
        : whole;
    journal.compact(ctx, { op: commit, state, hash: this.#hash }, given['checkpoint-keep']);
  }

  /** A checkpoint of another member, of a state that this one has not reached. */
  restore(ctx: ViewContext, checkpoint: Checkpoint): void {
    ctx.note('takes a checkpoint', { op: checkpoint.op });
    this.journal.compact(ctx, checkpoint, 0);
    this.#takeUp(checkpoint);
    for (const [op, waiting] of this.pending) {
      if (op > checkpoint.op) continue;
      this.pending.delete(op);
      refuse(ctx, waiting, 'crash', 'a checkpoint has skipped its operation');
    }
  }

  #takeUp({ op, state, hash }: Checkpoint): void {
    this.once.restore(state);
    this.commit = op;
    if (op > this.heardCommit) this.heardCommit = op;
    this.#hash = hash;
    this.#tail.length = 0;
    this.#tail.push(hash);
  }
}

/** What `inspect` shows. `tail`: the hash of all that was executed, after each of the last. */
export type ViewstampedView = {
  readonly role: 'leader' | 'follower' | 'candidate' | 'recovering';
  readonly term: number;
  readonly last: number;
  readonly commit: number;
  /** The operation of the newest checkpoint. */
  readonly checkpoint: number;
  readonly tail: readonly number[];
} & { readonly [field: string]: Plain } & Detail;
