/**
 * What a member believes, and how news change it: the rules of SWIM's suspicion (Das, Gupta,
 * Motivala 2002, section 4.2) as hashicorp/memberlist implements them (`state.go`), with the
 * suspicions of Lifeguard (Dadgar, Phillips, Currey 2018, section 3.2).
 */

import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { Place } from '../../../sim/system.ts';
import { positionsOf } from '../../parts/member-index.ts';
import {
  ALIVE,
  DEAD,
  LEFT,
  type MemberState,
  MemberView,
  type StateName,
  SUSPECT,
  stateNames,
  UNKNOWN,
} from '../../parts/member-view.ts';
import { RumourQueue } from '../../parts/rumour-queue.ts';
import {
  confirmationsWanted,
  HealthScore,
  suspicionLeftMs,
  suspicionMs,
} from '../../parts/swim-times.ts';
import type { SwimBug } from './declared.ts';
import type { News, StateRow, SwimContext } from './messages.ts';
import type { SwimSettings } from './settings.ts';

/** A member is silent, and time runs for it. It belongs to one incarnation. */
interface Suspicion {
  readonly incarnation: number;
  readonly sinceMs: number;
  readonly wanted: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Who has said so, the first one included: the same voice counts once. */
  readonly voices: Set<NodeId>;
}

/** What a piece of news costs besides its two names, in bytes. */
const NEWS_BYTES = 16;
/** Scores of health go up to 7 (memberlist's `AwarenessMaxMultiplier`). */
const HEALTH_MAX = 8;
export const SUSPICION = 'suspicion';
const INCARNATION = 'incarnation';

export class Beliefs {
  readonly members: readonly NodeId[];
  readonly view: MemberView;
  readonly self: NodeId;
  readonly own: number;
  readonly health = new HealthScore(HEALTH_MAX);
  readonly queue = new RumourQueue<number, News>();
  /** Since when dead members are dead, on the clock that never jumps. */
  readonly deadSinceMs = new Map<number, number>();
  /** Incarnations above the first that are held of others: few, so that a view of them is small. */
  readonly raised = new Map<NodeId, number>();
  /** Hears of positions that were not known before. */
  onNew: (position: number) => void = () => {};
  /** Hears that there is something to gossip. */
  onNews: (ctx: SwimContext) => void = () => {};
  readonly #positions: ReadonlyMap<NodeId, number>;
  readonly #settings: SwimSettings;
  readonly #bug: SwimBug | null;
  readonly #suspicions = new Map<number, Suspicion>();
  #incarnation = 0;
  #isLeaving = false;

  constructor(settings: SwimSettings, place: Place, bug: SwimBug | null) {
    this.#settings = settings;
    this.#bug = bug;
    this.members = place.members;
    this.self = place.self;
    this.#positions = positionsOf(place.members);
    this.view = new MemberView(place.members.length);
    this.own = this.#positions.get(place.self) as number;
    assert(this.own !== undefined, 'a member is among the members');
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /**
   * A life begins with an incarnation of its own, durable before anybody hears of it: what was said
   * of an earlier life is void.
   */
  begin(ctx: SwimContext): void {
    const stored = ctx.storage.get(INCARNATION);
    const before = typeof stored === 'number' ? stored : 0;
    const forgets = this.#bug === 'reuse-incarnation-after-boot';
    this.#setIncarnation(ctx, forgets ? 1 : before + 1);
  }

  /** All of these know each other, in their first incarnation. */
  knowAll(initial: readonly NodeId[]): void {
    for (const member of initial) {
      const position = this.#positions.get(member) as number;
      if (position === this.own) continue;
      this.view.set(position, ALIVE, 1);
    }
  }

  positionOf(member: NodeId): number | undefined {
    return this.#positions.get(member);
  }

  nameOf(position: number): NodeId {
    return this.members[position] as NodeId;
  }

  /** Believes a piece of news as far as it is new. `from` has brought it. */
  hear(ctx: SwimContext, news: News, from: NodeId): void {
    const [state, member, incarnation, by] = news;
    const position = this.#positions.get(member);
    if (position === undefined) return;
    switch (state) {
      case 'alive':
        return this.#hearAlive(ctx, position, incarnation, from);
      case 'suspect':
        return this.#hearSuspect(ctx, position, incarnation, by);
      default:
        return this.#hearDead(ctx, position, state === 'left' ? LEFT : DEAD, incarnation, by);
    }
  }

  /**
   * Takes over a whole view. What it calls dead is only suspected: its subject may be well, and
   * must have time to say so (memberlist, `mergeState`).
   */
  merge(ctx: SwimContext, states: readonly StateRow[], from: NodeId): void {
    const trusts = this.#bug === 'trust-remote-dead';
    for (const [state, member, incarnation] of states) {
      const believed = state === 'dead' && !trusts ? 'suspect' : state;
      this.hear(ctx, [believed, member, incarnation, state === 'left' ? member : from], from);
    }
  }

  /** Its own probe of a member has failed. */
  suspect(ctx: SwimContext, position: number): void {
    const incarnation = this.view.incarnationOf(position);
    if (this.#settings.suspicion && this.#bug !== 'skip-suspicion') {
      this.#hearSuspect(ctx, position, incarnation, this.self);
    } else this.#hearDead(ctx, position, DEAD, incarnation, this.self);
  }

  /** Announces that it goes: a death that it states itself. */
  leave(ctx: SwimContext): void {
    this.#isLeaving = true;
    this.view.set(this.own, LEFT, this.#incarnation);
    this.#queue(ctx, this.own, ['left', this.self, this.#incarnation, this.self]);
  }

  /** The news that it holds of a member; null of one that it does not know. */
  heldNews(position: number): News | null {
    const state = this.view.stateOf(position);
    if (state === UNKNOWN) return null;
    const member = this.nameOf(position);
    const by = state === LEFT ? member : this.self;
    return [stateNames[state] as News[0], member, this.view.incarnationOf(position), by];
  }

  /** All that it believes. */
  states(): readonly StateRow[] {
    const rows: StateRow[] = [];
    for (let position = 0; position < this.view.size; position++) {
      const state = this.view.stateOf(position);
      if (state === UNKNOWN) continue;
      const name = stateNames[state] as Exclude<StateName, 'unknown'>;
      rows.push([name, this.nameOf(position), this.view.incarnationOf(position)]);
    }
    return rows;
  }

  /** The time of a suspicion is over. */
  suspicionOver(ctx: SwimContext, position: number): void {
    const suspicion = this.#suspicions.get(position);
    this.#suspicions.delete(position);
    if (suspicion === undefined) return;
    const incarnation = this.view.incarnationOf(position);
    if (this.#bug === null) {
      assert(suspicion.incarnation === incarnation, 'a suspicion ends with its incarnation');
    }
    this.#hearDead(ctx, position, DEAD, incarnation, this.self);
  }

  /** Forgets those that are dead for longer than `reapMs`; true if there were any. */
  reap(nowMs: number): boolean {
    let isAny = false;
    for (const [position, sinceMs] of this.deadSinceMs) {
      if (nowMs - sinceMs < this.#settings.reapMs) continue;
      this.view.set(position, UNKNOWN, 0);
      this.deadSinceMs.delete(position);
      this.raised.delete(this.nameOf(position));
      isAny = true;
    }
    return isAny;
  }

  // --- Alive -------------------------------------------------------------------------------------

  #hearAlive(ctx: SwimContext, position: number, incarnation: number, from: NodeId): void {
    if (position === this.own) {
      // Only a disk that was lost lets others know more of this member than itself.
      if (incarnation > this.#incarnation) this.#refute(ctx, incarnation);
      return;
    }
    const before = this.view.stateOf(position);
    if (!this.#isNews(position, ALIVE, incarnation)) {
      if (before !== ALIVE) this.#answerStale(ctx, position, from);
      return;
    }
    this.#believe(position, ALIVE, incarnation);
    this.#endSuspicion(ctx, position);
    if (before === UNKNOWN) this.onNew(position);
    else if (before !== ALIVE) ctx.note('trusts', { of: this.nameOf(position), incarnation });
    const member = this.nameOf(position);
    this.#queue(ctx, position, ['alive', member, incarnation, member]);
  }

  /**
   * A member that says of itself what others have overruled must hear of it, or it never refutes
   * (hashicorp/memberlist#311).
   */
  #answerStale(ctx: SwimContext, position: number, from: NodeId): void {
    if (from !== this.nameOf(position)) return;
    const held = this.heldNews(position);
    if (held !== null) ctx.send(from, { type: 'gossip', news: [held] });
  }

  /** It is well, and was said not to be: it takes an incarnation above all that was said. */
  #refute(ctx: SwimContext, incarnation: number): void {
    if (this.#isLeaving || this.#bug === 'no-refute') return;
    if (incarnation < this.#incarnation) return;
    this.#setIncarnation(ctx, incarnation + 1);
    this.addHealth(ctx, 1);
    ctx.note('refutes', { incarnation: this.#incarnation });
    this.#queue(ctx, this.own, ['alive', this.self, this.#incarnation, this.self]);
  }

  addHealth(ctx: SwimContext, delta: number): void {
    const before = this.health.score;
    this.health.add(delta);
    if (this.health.score !== before) ctx.measure('score', this.health.score);
  }

  #setIncarnation(ctx: SwimContext, incarnation: number): void {
    assert(incarnation > this.#incarnation, 'an incarnation is larger than the one before');
    this.#incarnation = incarnation;
    ctx.storage.set(INCARNATION, incarnation);
    this.view.set(this.own, ALIVE, incarnation);
  }

  // --- Suspect -----------------------------------------------------------------------------------

  #hearSuspect(ctx: SwimContext, position: number, incarnation: number, by: NodeId): void {
    if (this.view.stateOf(position) === UNKNOWN) return;
    if (position === this.own) return this.#refute(ctx, incarnation);
    const running = this.#suspicions.get(position);
    const isSame = running !== undefined && running.incarnation === incarnation;
    if (isSame) return this.#confirm(ctx, position, running, by);
    if (!this.#isNews(position, SUSPECT, incarnation)) return;
    this.#believe(position, SUSPECT, incarnation);
    const of = this.nameOf(position);
    if (by === this.self) ctx.note('suspects', { of, incarnation });
    this.#startSuspicion(ctx, position, incarnation, by);
    this.#queue(ctx, position, ['suspect', of, incarnation, by]);
  }

  #startSuspicion(ctx: SwimContext, position: number, incarnation: number, by: NodeId): void {
    const { suspicionMult, suspicionMax, intervalMs, lifeguard } = this.#settings;
    const members = this.view.known;
    const wanted = lifeguard.suspicion ? confirmationsWanted(suspicionMult, members) : 0;
    const minMs = suspicionMs(suspicionMult, members, intervalMs);
    const maxMs = wanted === 0 ? minMs : minMs * suspicionMax;
    const sinceMs = ctx.elapsed();
    const voices = new Set([by]);
    this.#suspicions.set(position, { incarnation, sinceMs, wanted, minMs, maxMs, voices });
    ctx.setTimer(SUSPICION, maxMs, position + 1);
  }

  /** Another voice: the suspicion gets shorter, and others hear of the voice. */
  #confirm(ctx: SwimContext, position: number, suspicion: Suspicion, by: NodeId): void {
    const { voices, wanted, incarnation, sinceMs, minMs, maxMs } = suspicion;
    if (voices.has(by) || voices.size > wanted) return;
    voices.add(by);
    const left = suspicionLeftMs(voices.size - 1, wanted, ctx.elapsed() - sinceMs, minMs, maxMs);
    ctx.setTimer(SUSPICION, Math.max(0, left), position + 1);
    this.#queue(ctx, position, ['suspect', this.nameOf(position), incarnation, by]);
  }

  #endSuspicion(ctx: SwimContext, position: number): void {
    if (this.#bug === 'suspicion-without-incarnation') return;
    if (this.#suspicions.delete(position)) ctx.cancelTimer(SUSPICION, position + 1);
  }

  // --- Dead --------------------------------------------------------------------------------------

  #hearDead(
    ctx: SwimContext,
    position: number,
    state: typeof DEAD | typeof LEFT,
    incarnation: number,
    by: NodeId,
  ): void {
    if (this.view.stateOf(position) === UNKNOWN) return;
    if (position === this.own) return this.#refute(ctx, incarnation);
    if (!this.#isNews(position, state, incarnation)) return;
    this.#believe(position, state, incarnation);
    this.#endSuspicion(ctx, position);
    this.deadSinceMs.set(position, ctx.elapsed());
    const of = this.nameOf(position);
    if (state === LEFT) ctx.note('sees leave', { of, incarnation });
    else ctx.note('declares dead', { of, incarnation, by });
    this.#queue(ctx, position, [state === LEFT ? 'left' : 'dead', of, incarnation, by]);
  }

  // --- All of them -------------------------------------------------------------------------------

  #isNews(position: number, state: MemberState, incarnation: number): boolean {
    if (this.#bug === 'ignore-incarnation') return this.view.stateOf(position) !== state;
    return this.view.isNews(position, state, incarnation);
  }

  #believe(position: number, state: MemberState, incarnation: number): void {
    const held = this.view.incarnationOf(position);
    const believed = this.#bug === 'ignore-incarnation' ? Math.max(held, incarnation) : incarnation;
    this.view.set(position, state, believed);
    if (state !== DEAD && state !== LEFT) this.deadSinceMs.delete(position);
    if (believed > 1) this.raised.set(this.nameOf(position), believed);
  }

  #queue(ctx: SwimContext, position: number, news: News): void {
    this.queue.add(position, news, news[1].length + news[3].length + NEWS_BYTES);
    this.onNews(ctx);
  }
}
