/**
 * Multi-Paxos: a log of which each slot is an instance of Paxos, with one leader that has done the
 * first phase for all of them at once (Lamport 2001, "Paxos Made Simple", section 3; Chandra,
 * Griesemer & Redstone 2007, "Paxos Made Live").
 *
 * This file is the state and the entrance of every event. Read on in the order of a leader's life:
 * `ballots.ts` (phase 1), `leader.ts` (phase 2), `acceptor.ts` (what members promise and accept),
 * `learning.ts` (what is chosen), `catch-up.ts`, `leases.ts`, `roles.ts`, `clients.ts` and
 * `answers.ts`, with `slots.ts` for the memory of an acceptor.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { ROLE_NOTE } from '../../../sim/trace.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { makeMachine } from '../../parts/machines/kinds.ts';
import { Commands } from '../../parts/machines/machine.ts';
import { OnceMachine } from '../../parts/machines/once.ts';
import { onAccept, onPrepare } from './acceptor.ts';
import type { Pending } from './answers.ts';
import { onElectionTimeout, onOwnPromise, onPromise, onRefusal } from './ballots.ts';
import type { Bug } from './bugs.ts';
import { onLearn, onLearned, onSnapshot } from './catch-up.ts';
import { onForward, onForwardReply, onRequest } from './clients.ts';
import { Configurations, type Voters } from './configurations.ts';
import { onAccepted, onHeartbeatTimeout, onOwnDisk, type Waiting } from './leader.ts';
import { Leases } from './leases.ts';
import { isOfNow } from './lives.ts';
import { onRecover, onRecovery, recallLives } from './lost-disk.ts';
import { onCommand, onOperate, onTimeoutNow } from './membership.ts';
import type {
  Accepted,
  Ballot,
  Lives,
  MultiPaxosMessage,
  PromiseReply,
  Recovery,
} from './messages.ts';
import { resetElectionTimer } from './roles.ts';
import type { Settings } from './settings.ts';
import { Slots } from './slots.ts';

type Ctx = Context<MultiPaxosMessage>;

export type Role = 'follower' | 'candidate' | 'leader';

/** How many slots at the end the view for invariants shows. */
export const TAIL = 24;

export class MultiPaxos implements Node<MultiPaxosMessage> {
  readonly settings: Settings;
  readonly self: NodeId;
  /**
   * All members that there can be, itself included, in the same order everywhere: those that vote,
   * and those that may come to.
   */
  readonly members: readonly NodeId[];
  /** Who decides which slot. */
  readonly configurations: Configurations;
  /** Who decides the slot after the last that is chosen. */
  votersOfNext: Voters;
  /** The other members that vote, or are going to. */
  others: readonly NodeId[] = [];
  readonly place: number;
  readonly bug: Bug | null;

  // On disk before anybody hears of it.
  /** No ballot below it is taken part in. */
  promised: Ballot = 0;
  /** Made at boot, from the disk. */
  slots!: Slots;

  /** By place, in which life each member began to have its disk; empty where nobody asks. */
  lives: number[] = [];
  /** It has lost its disk, and takes part in nothing yet. */
  isRecovering = false;
  readonly recoveries = new Map<NodeId, Recovery>();

  role: Role = 'follower';
  /** Whose ballot is promised, once it has shown that it leads. */
  leader: NodeId | null = null;
  /** When it was last heard, on the clock that never jumps. */
  heardLeaderAtMs = -Infinity;
  /** The highest ballot heard of, in refusals too. */
  highest: Ballot = 0;
  /** What was promised in an earlier life may have been acted on then. */
  bootBallot: Ballot = 0;

  // Candidates.
  /** The ballot that it asks for; promised by itself only when the others have promised enough. */
  candidacy: Ballot = 0;
  readonly promises = new Map<NodeId, PromiseReply>();

  // Leaders.
  /** Which places have promised its ballot, as bits. */
  promisedBy = 0;
  /** By slot: what promises have named, in the highest ballot. */
  readonly named = new Map<number, Accepted>();
  /** The next slot to be proposed. */
  next = 1;
  /** Up to here the slots are taken over: what earlier leaders may have acknowledged. */
  takenOver = 0;
  /**
   * By open slot, and those that are chosen before an earlier one is: which places have accepted.
   */
  readonly acks = new Map<number, number>();
  /** By place: when it was last heard. */
  readonly heardAtMs: number[];
  /** The last slot that was proposed in its own ballot. */
  proposed = 0;
  /** A sync of its own disk is under way: it covers what this ballot had proposed up to there. */
  syncing = false;
  syncSlot = 0;
  syncBallot: Ballot = 0;
  readonly backlog: Waiting[] = [];

  // Learners.
  /** All slots up to here are chosen, and applied. */
  chosen = 0;
  /** The hash of all values applied, and those after each of the last slots, for invariants. */
  appliedHash = 0;
  readonly tail: number[] = [];
  /** When slots were last asked for. */
  askedAtMs = -Infinity;
  readonly once: OnceMachine;
  readonly commands: Commands;

  readonly leases: Leases;
  readonly pending = new Map<number, Pending>();
  readonly duplicates = new DuplicateFilter();

  /** RangeError if there may be more members than can be counted. */
  constructor(
    settings: Settings,
    self: NodeId,
    members: readonly NodeId[],
    bug: Bug | null,
    initial: readonly NodeId[] = members,
  ) {
    this.settings = settings;
    this.self = self;
    this.members = members;
    this.configurations = new Configurations(initial, members, settings.window);
    this.votersOfNext = this.configurations.at(1);
    this.place = members.indexOf(self);
    this.bug = bug;
    this.heardAtMs = members.map(() => -Infinity);
    const machine = makeMachine(settings.machine);
    this.once = new OnceMachine(machine, settings.sessionsMax);
    this.commands = new Commands(machine);
    this.leases = new Leases(settings, members.length, bug);
    this.adoptOthers();
  }

  start(ctx: Ctx): void {
    this.promised = (ctx.storage.get('promised') as Ballot | undefined) ?? 0;
    const used = (ctx.storage.get('used') as Ballot | undefined) ?? 0;
    this.highest = used > this.promised ? used : this.promised;
    this.bootBallot = this.promised;
    this.slots = new Slots(ctx.storage);
    const { torn, snapshot } = this.slots;
    if (torn !== null) ctx.note('drops a torn entry', { record: torn });
    if (snapshot !== null) {
      this.once.restore(snapshot.state);
      this.chosen = snapshot.slot;
      this.appliedHash = snapshot.appliedHash;
      if (snapshot.configurations !== undefined) {
        this.configurations.restore(snapshot.configurations);
      }
      this.adoptOthers();
    }
    // Who had accepted nothing had bound itself to nobody.
    recallLives(this, ctx);
    if (this.promised > 0 || this.isRecovering) this.leases.bind(ctx);
    ctx.note(ROLE_NOTE, { role: this.role, term: this.promised });
    resetElectionTimer(this, ctx);
  }

  receive(ctx: Ctx, from: NodeId, m: MultiPaxosMessage): void {
    if (this.lives.length > 0 && !isOfNow(this, from, (m as { lives?: Lives }).lives)) return;
    switch (m.type) {
      case 'accept':
        return onAccept(this, ctx, from, m);
      case 'accepted':
        return onAccepted(this, ctx, from, m);
      case 'forward':
        return onForward(this, ctx, from, m);
      case 'forwardReply':
        return onForwardReply(ctx, m);
      case 'prepare':
        return onPrepare(this, ctx, from, m);
      case 'promise':
        return onPromise(this, ctx, from, m);
      case 'refusal':
        return onRefusal(this, ctx, m);
      case 'learn':
        return onLearn(this, ctx, from, m);
      case 'learned':
        return onLearned(this, ctx, from, m);
      case 'snapshot':
        return onSnapshot(this, ctx, from, m);
      case 'recover':
        return onRecover(this, ctx, from, m);
      case 'recovery':
        return onRecovery(this, ctx, from, m);
      case 'operate':
        return onOperate(this, ctx, m);
      case 'timeoutNow':
        return onTimeoutNow(this, ctx, from, m);
      default:
        if (isRequest(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Ctx, tag: string): void {
    switch (tag) {
      case 'election':
        return onElectionTimeout(this, ctx);
      case 'heartbeat':
        return onHeartbeatTimeout(this, ctx);
      case 'own-disk':
        return onOwnDisk(this, ctx);
      case 'own-promise':
        return onOwnPromise(this, ctx);
    }
  }

  command(ctx: Ctx, name: string, params: { readonly [name: string]: unknown }): void {
    onCommand(this, ctx, name, params);
  }

  inspect(): MultiPaxosView {
    return {
      role: this.role,
      ballot: this.role === 'candidate' ? this.candidacy : this.promised,
      leader: this.leader,
      voters: this.configurations.at(this.chosen).ids,
      chosen: this.chosen,
      last: this.slots.last,
      base: this.slots.base,
      open: this.acks.size,
      recovering: this.isRecovering,
      backlog: this.backlog.length,
      appliedHash: this.appliedHash,
      tail: [...this.tail],
      held: this.slots.held(TAIL),
    };
  }

  /** It votes, or is going to. */
  get mayLead(): boolean {
    if (this.isRecovering) return false;
    return this.votersOfNext.has(this.place) || this.configurations.latest.has(this.place);
  }

  /** Other voters are chosen, or come in force. */
  adoptOthers(): void {
    this.votersOfNext = this.configurations.at(this.chosen + 1);
    const voters = this.configurations.votersAfter(this.chosen);
    this.others = voters.filter((id) => id !== this.self);
  }

  /** The ballot is promised, and on disk before anything that is sent after this. */
  promise(ctx: Ctx, ballot: Ballot): void {
    if (ballot === this.promised) return;
    this.promised = ballot;
    if (ballot > this.highest) this.highest = ballot;
    // The bug: a crash takes it back.
    if (this.bug !== 'promise-not-durable') ctx.storage.set('promised', ballot);
  }

  setRole(ctx: Ctx, role: Role): void {
    if (role === this.role) return;
    this.role = role;
    const term = role === 'candidate' ? this.candidacy : this.promised;
    ctx.note(ROLE_NOTE, { role, term });
  }

  /** One more slot is applied. */
  noteApplied(hash: number): void {
    this.appliedHash = hash;
    if (this.chosen + 1 === this.configurations.latestFrom) this.adoptOthers();
    this.tail.push(hash);
    if (this.tail.length > TAIL) this.tail.shift();
  }
}

/**
 * What `inspect` shows. `tail`: the hash of all values up to each of the last applied slots.
 * `held`: the last slots in which it has accepted something.
 */
export type MultiPaxosView = {
  readonly role: Role;
  readonly ballot: Ballot;
  readonly leader: NodeId | null;
  /** Who decided the last slot that is chosen. */
  readonly voters: readonly NodeId[];
  readonly chosen: number;
  readonly last: number;
  readonly base: number;
  readonly open: number;
  /** It has lost its disk, and takes part in nothing yet. */
  readonly recovering: boolean;
  readonly backlog: number;
  readonly appliedHash: number;
  readonly tail: readonly number[];
  readonly held: readonly number[];
} & { readonly [field: string]: Plain } & Detail;
