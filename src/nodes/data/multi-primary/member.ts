/**
 * A member of a group in which every member takes writes, answers at once, and sends what changed
 * to the others later (Demers et al. 1987, "Epidemic Algorithms"; Petersen et al. 1997, "Flexible
 * Update Propagation for Weakly Consistent Replication", for the exchange by version vectors).
 *
 * Each change has the name and number of the member that made it, once and for all: relays pass it
 * on as it is. What a member has is a version vector, so a neighbour sends exactly what is missing,
 * and nothing goes round in circles.
 *
 * A circle of types with `clients.ts`, which answers from the state here.
 */
import type { Context, Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isReply, isRequest } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { samePlain } from '../../parts/same-plain.ts';
import {
  NOTHING_WRITTEN,
  type Sibling,
  type SiblingSet,
  sameSet,
  type VersionScheme,
} from '../../parts/sibling-set.ts';
import {
  countOf,
  covers,
  descends,
  increment,
  NO_EVENTS,
  type VersionVector,
} from '../../parts/version-vector.ts';
import { answerTo } from './clients.ts';
import type { Bug } from './declared.ts';
import {
  type Change,
  type Changes,
  type ClientReply,
  type ClientRequest,
  type Have,
  ID_KEY,
  type MemberMessage,
} from './messages.ts';
import { schemeOf } from './resolution.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<MemberMessage>;

/** Changes in one message at most. */
const BATCH_MAX = 64;

export interface Write {
  readonly key: string;
  readonly value: Plain;
  readonly deleted: boolean;
  /** By the clock of the client; absent: this member stamps the write. */
  readonly stampMs?: number | undefined;
}

export class Member implements Node<MemberMessage> {
  readonly settings: Settings;
  readonly #bug: Bug | null;
  readonly #place: Place;
  readonly #scheme: VersionScheme;
  readonly #neighbours: readonly NodeId[];
  /** The name under which this member makes changes. */
  #origin = '';
  /** All changes known, by origin, in their order. */
  readonly #changes = new Map<string, Change[]>();
  #have: VersionVector = NO_EVENTS;
  readonly #values = new Map<string, SiblingSet>();
  /** What each neighbour has, as far as it has said, and what was sent to it since. */
  readonly #peers = new Map<NodeId, { acked: VersionVector; sent: VersionVector }>();
  /** Changes that came before others that they need. */
  #early: readonly Change[] = [];
  #lastStampMs = 0;
  /** The highest identifier of any row that is here. */
  #lastId = 0;

  constructor(settings: Settings, place: Place, bug: Bug | null) {
    this.settings = settings;
    this.#bug = bug;
    this.#place = place;
    // A name under which changes are made begins with that of its member.
    const rank = (actor: string) => place.members.indexOf(actor.split(':')[0] ?? '');
    this.#scheme = schemeOf(settings, bug, rank);
    this.#neighbours = neighbours(settings.topology, place.self, place.members);
  }

  start(ctx: Ctx): void {
    const known = ctx.storage.get('origin');
    // A disk that is new has a name of its own, or its changes would count as known.
    this.#origin = typeof known === 'string' ? known : `${ctx.self}:${ctx.life}`;
    if (known === undefined) ctx.storage.set('origin', this.#origin);
    const log = ctx.storage.log<Change>('changes');
    log.dropTorn();
    for (let i = log.start; i < log.end; i++) this.#remember(log.at(i));
    for (const id of this.#neighbours) this.#peers.set(id, { acked: NO_EVENTS, sent: NO_EVENTS });
    if (ctx.life > 1) ctx.note('offers everything');
    ctx.setTimer('resend', 0);
    const { 'ship-every': every, 'gc-grace': grace } = this.settings;
    if (every > 0) ctx.setTimer('ship', every);
    ctx.setTimer('tombstones', grace);
  }

  receive(ctx: Ctx, from: NodeId, m: MemberMessage): void {
    if (m.type === 'changes') this.#onChanges(ctx, from, m);
    else if (m.type === 'have') this.#onHave(ctx, from, m);
    else if (isRequest(m) && !isReply(m)) {
      const body = answerTo(this, ctx, m as ClientRequest);
      ctx.send(from, { ...body, inReplyTo: m.id } as ClientReply);
    }
  }

  timeout(ctx: Ctx, tag: string): void {
    const { 'ship-every': every, 'resend-after': resend, 'gc-grace': grace } = this.settings;
    switch (tag) {
      case 'ship':
        this.#shipToAll(ctx);
        return ctx.setTimer('ship', every);
      case 'resend':
        // What was not acknowledged by now is taken for lost.
        for (const peer of this.#peers.values()) peer.sent = peer.acked;
        this.#shipToAll(ctx, 'all');
        return ctx.setTimer('resend', resend);
      case 'tombstones':
        this.#dropTombstones(ctx.now() - grace);
        return ctx.setTimer('tombstones', grace);
    }
  }

  inspect(): Detail {
    const changes = Object.values(this.#have).reduce((sum, n) => sum + n, 0);
    return { keys: this.#values.size, changes, early: this.#early.length };
  }

  // --- Its own values ---------------------------------------------------------------------------

  /** What it has, by origin. */
  get have(): VersionVector {
    return this.#have;
  }

  /** Its own changes so far: the last one, and with it those before. */
  get lastWrite(): VersionVector {
    return { [this.#origin]: countOf(this.#have, this.#origin) };
  }

  hasAll(needs: VersionVector): boolean {
    return this.#bug === 'ignore-needs' || descends(this.#have, needs);
  }

  held(key: string): SiblingSet {
    return this.#values.get(key) ?? NOTHING_WRITTEN;
  }

  /** What is kept under keys that begin so. */
  heldUnder(prefix: string): readonly SiblingSet[] {
    return [...this.#values].flatMap(([key, set]) => (key.startsWith(prefix) ? [set] : []));
  }

  /** The name under which it makes changes. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * The next identifier: above all that are here, and by steps of `increment` from `offset`, which
   * no other member does (MySQL, auto_increment_increment and auto_increment_offset).
   */
  nextId(): number {
    const { members, index } = this.#place;
    const { increment = members.length, offset = index + 1 } = this.settings;
    const steps = Math.floor((this.#lastId - offset) / increment) + 1;
    return offset + Math.max(0, steps) * increment;
  }

  /** Makes a change of its own. `seen` is what the writer had seen of the key. */
  write(
    ctx: Ctx,
    { key, value, deleted, stampMs = this.#stampMs(ctx) }: Write,
    seen: SiblingSet['context'],
  ): SiblingSet['context'] {
    const actor = this.#origin;
    const put = this.#scheme.put(this.held(key), { value, deleted, stampMs, seen, actor });
    if (this.#isLost(put.set, stampMs)) ctx.measure('overwritten');
    const forgets = deleted && this.#bug === 'no-tombstones';
    if (forgets) this.#values.delete(key);
    const set = forgets ? NOTHING_WRITTEN : put.set;
    const n = countOf(this.#have, actor) + 1;
    const deps = this.settings.deps ? this.#have : null;
    this.#take(ctx, { origin: actor, n, key, set, deps });
    if (this.settings['ship-every'] === 0) this.#shipToAll(ctx);
    return put.seen;
  }

  /** Under stamps a write can lose against what is here already. */
  #isLost({ siblings }: SiblingSet, stampMs: number): boolean {
    return this.settings.resolve === 'lww' && !siblings.some((each) => each.stampMs === stampMs);
  }

  /** Later than its own stamps; with `hlc` and `lamport` later than all that it has seen. */
  #stampMs(ctx: Ctx): number {
    const { timestamp } = this.settings;
    if (timestamp === 'lamport') this.#lastStampMs += 1;
    else this.#lastStampMs = Math.max(ctx.now(), this.#lastStampMs + 0.001);
    return this.#lastStampMs;
  }

  // --- Changes ----------------------------------------------------------------------------------

  /** A new change, its own or another member's: to the disk, and into the values. */
  #take(ctx: Ctx, change: Change): void {
    ctx.storage.log<Change>('changes').append(change);
    this.#remember(change);
  }

  #remember(change: Change): void {
    const { origin, key, set } = change;
    const of = this.#changes.get(origin);
    if (of === undefined) this.#changes.set(origin, [change]);
    else of.push(change);
    this.#have = increment(this.#have, origin);
    const merged = this.#scheme.merge(this.held(key), set);
    const isGone = this.#bug === 'early-gc' && merged.siblings.every(({ deleted }) => deleted);
    if (isGone || merged.siblings.length === 0) this.#values.delete(key);
    else this.#values.set(key, merged);
    for (const { stampMs } of set.siblings) this.#see(stampMs);
    if (key.startsWith(ID_KEY))
      this.#lastId = Math.max(this.#lastId, Number(key.slice(ID_KEY.length)));
  }

  #see(stampMs: number): void {
    if (this.settings.timestamp === 'wall' || this.settings.timestamp === 'client') return;
    this.#lastStampMs = Math.max(this.#lastStampMs, stampMs);
  }

  #onChanges(ctx: Ctx, from: NodeId, { changes }: Changes): void {
    let waiting: readonly Change[] = [...this.#early, ...changes];
    for (let taken = true; taken; ) {
      taken = false;
      const left: Change[] = [];
      for (const change of waiting) {
        if (change.n <= countOf(this.#have, change.origin)) continue;
        if (!this.#isNext(change)) {
          left.push(change);
          continue;
        }
        this.#countConflict(ctx, change);
        this.#take(ctx, this.#asTaken(ctx, change));
        taken = true;
      }
      waiting = left;
    }
    if (waiting.length !== this.#early.length) ctx.measure('waiting', waiting.length);
    this.#early = waiting.slice(-BATCH_MAX);
    ctx.send(from, { type: 'have', have: this.#have });
    // Others behind this member wait for it to pass things on.
    if (this.settings.topology !== 'all' && this.settings['ship-every'] === 0) this.#shipToAll(ctx);
  }

  /** In the order of its origin, and with `deps` after all that its origin had. */
  #isNext({ origin, n, deps }: Change): boolean {
    return n === countOf(this.#have, origin) + 1 && (deps === null || descends(this.#have, deps));
  }

  #asTaken(ctx: Ctx, change: Change): Change {
    if (this.#bug !== 'restamp-on-relay') return change;
    // The bug: from here on it counts as written here and now.
    const stampMs = this.#stampMs(ctx);
    const siblings = change.set.siblings.map((sibling) => ({ ...sibling, stampMs }));
    return { ...change, set: { ...change.set, siblings } };
  }

  #countConflict(ctx: Ctx, { key, set }: Change): void {
    const held = this.held(key);
    const unseen = held.siblings.filter((sibling) => !this.#hadSeen(set, sibling));
    if (unseen.length === 0) return;
    ctx.measure('conflicts');
    const merged = this.#scheme.merge(held, set);
    if (sameSet(merged, held)) return;
    const kept = (sibling: Sibling) =>
      merged.siblings.some((other) => samePlain(other.value, sibling.value));
    const lost = unseen.filter((sibling) => !kept(sibling)).length;
    if (lost > 0) ctx.measure('overwritten', lost);
  }

  /**
   * Stamps say nothing of who has seen what: with them every change of another member conflicts.
   */
  #hadSeen({ context, siblings }: SiblingSet, sibling: Sibling): boolean {
    return covers(context, sibling.dot) || siblings.some(({ dot }) => dot[0] === sibling.dot[0]);
  }

  // --- Sending ----------------------------------------------------------------------------------

  /**
   * Where each sends to all, a member sends its own changes at once, and those of others only now
   * and then: their members do so themselves, unless they have died.
   */
  #shipToAll(ctx: Ctx, whose = this.settings.topology === 'all' ? 'own' : 'all'): void {
    for (const [id, peer] of this.#peers) {
      const changes = this.#missing(peer.sent, whose === 'own');
      if (changes.length === 0) continue;
      for (const { origin } of changes) peer.sent = increment(peer.sent, origin);
      ctx.send(id, { type: 'changes', changes });
    }
  }

  /** What somebody who has this lacks, each origin's in order. */
  #missing(has: VersionVector, ownOnly: boolean): readonly Change[] {
    const missing: Change[] = [];
    for (const [origin, changes] of this.#changes) {
      if (ownOnly && origin !== this.#origin) continue;
      const from = countOf(has, origin);
      missing.push(...changes.slice(from, from + BATCH_MAX - missing.length));
      if (missing.length >= BATCH_MAX) break;
    }
    return missing;
  }

  #onHave(ctx: Ctx, from: NodeId, { have }: Have): void {
    const peer = this.#peers.get(from);
    if (peer === undefined) return;
    peer.acked = have;
    if (!descends(peer.sent, have)) peer.sent = have;
    if (this.settings['ship-every'] === 0) this.#shipToAll(ctx);
  }

  #dropTombstones(olderMs: number): void {
    for (const [key, { siblings }] of [...this.#values]) {
      if (siblings.every(({ deleted, stampMs }) => deleted && stampMs < olderMs)) {
        this.#values.delete(key);
      }
    }
  }
}

/** The members that a member sends to. */
export function neighbours(
  topology: Settings['topology'],
  self: NodeId,
  members: readonly NodeId[],
): readonly NodeId[] {
  const others = members.filter((id) => id !== self);
  const [hub] = members;
  if (others.length === 0 || hub === undefined) return [];
  switch (topology) {
    case 'all':
      return others;
    case 'ring':
      return [members[(members.indexOf(self) + 1) % members.length] as NodeId];
    case 'star':
      return self === hub ? others : [hub];
  }
}
