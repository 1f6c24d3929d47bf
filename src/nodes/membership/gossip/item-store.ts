/**
 * The items that a node knows, and which of them it passes on.
 *
 * With `stop: never` all are passed on forever, those never sent first, then those sent longest
 * ago: anti-entropy (Demers et al. 1987, section 1.3). Otherwise an item is hot until the node
 * loses interest in it: rumour mongering (section 1.4). A rumour that was dropped and comes again
 * stays dropped.
 */

import { assert } from '../../../sim/assert.ts';
import type { Random } from '../../../sim/node.ts';
import { textHash } from '../../parts/text-hash.ts';
import type { Digest, Item, Stamp } from './messages.ts';
import type { GossipBug } from './settings.ts';

export interface Entry {
  readonly item: Item;
  readonly hash: number;
  /** What it takes in a message. */
  readonly bytes: number;
  /** The round in which it was learned. */
  readonly round: number;
  /** Useless contacts in a row, or contacts: what `stop` counts. */
  count: number;
  /** What became of the contacts of this round. */
  wasUseful: boolean;
  wasUseless: boolean;
}

export interface Interest {
  readonly stop: 'never' | 'blind' | 'feedback' | 'transmits';
  readonly after: number;
}

/** What an item costs in a message besides its text. */
const ITEM_BYTES = 16;
/**
 * Up to this many items a digest is searched from its start: a map is quicker to ask, and slow to
 * make.
 */
const FEW = 8;

/** Empty, and always: all that have nothing share them, which is most of a million for long. */
const NO_ENTRIES = new Map<string, Entry>();
const NONE: readonly Entry[] = [];
const isWanted = () => true;
const NOTHING = { full: { items: [] }, hashes: { hashes: [] } } as const;

export class ItemStore {
  #entries: Map<string, Entry> = NO_ENTRIES;
  /** Those to be passed on: never sent, and sent, the longest ago first. */
  #fresh: Map<string, Entry> = NO_ENTRIES;
  #sent: Map<string, Entry> = NO_ENTRIES;
  #hot = 0;
  /** Marks of deleted keys among the entries, looked at before the map: most members have none. */
  #marks = 0;
  /** What it has, as it last said it; null once that has changed. */
  #said: Digest | null = null;
  readonly #interest: Interest;
  readonly #bug: GossipBug | null;

  constructor(interest: Interest, bug: GossipBug | null) {
    this.#interest = interest;
    this.#bug = bug;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * How many it would pass on; counted, because a member asks in each round, and the sizes of two
   * maps lie far apart in the memory of a large group.
   */
  get hot(): number {
    return this.#hot;
  }

  /** Whether it keeps marks of deleted keys. */
  get hasMarks(): boolean {
    return this.#marks > 0;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  values(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Takes an item in if it is new here, and says whether it was. */
  learn(item: Item, round: number): boolean {
    const id = item[0];
    const stamp = item[2];
    const known = this.#entries.get(id);
    if (known !== undefined && !isLater(stamp, known.item[2])) return false;
    const hash = hashOf(id, stamp);
    const bytes = bytesOf(item);
    const entry = { item, hash, bytes, round, count: 0, wasUseful: false, wasUseless: false };
    this.#said = null;
    if (this.#entries === NO_ENTRIES) this.#entries = new Map();
    this.#entries.set(id, entry);
    this.#marks += markOf(item) - (known === undefined ? 0 : markOf(known.item));
    if (this.#sent.delete(id)) this.#hot--;
    if (this.#fresh === NO_ENTRIES) this.#fresh = new Map();
    // One that is already there keeps its place.
    if (!this.#fresh.has(id)) this.#hot++;
    this.#fresh.set(id, entry);
    return true;
  }

  forget(id: string): void {
    const known = this.#entries.get(id);
    if (known === undefined) return;
    this.#said = null;
    this.#marks -= markOf(known.item);
    this.#entries.delete(id);
    this.#drop(id);
  }

  /**
   * Items for one message: as many as fit, of those learned before `beforeRound` that `lacks`
   * wants.
   */
  take(
    roomBytes: number,
    beforeRound: number,
    lacks: (entry: Entry) => boolean = isWanted,
  ): readonly Entry[] {
    if (this.hot === 0) return NONE;
    const taken: Entry[] = [];
    let room = roomBytes;
    for (const waiting of [this.#fresh, this.#sent]) {
      if (waiting.size === 0) continue;
      for (const entry of waiting.values()) {
        if (entry.round >= beforeRound || !lacks(entry)) continue;
        if (entry.bytes > room && taken.length > 0) break;
        room -= entry.bytes;
        taken.push(entry);
      }
    }
    // All of them, in their order: they stay in it.
    if (this.#fresh.size === 0 && taken.length === this.#sent.size) return taken;
    for (const entry of taken) {
      const id = entry.item[0];
      this.#drop(id);
      if (this.#sent === NO_ENTRIES) this.#sent = new Map();
      this.#sent.set(id, entry);
      this.#hot++;
    }
    if (this.#fresh.size === 0) this.#fresh = NO_ENTRIES;
    return taken;
  }

  /** Items were sent to somebody: without feedback, that alone ends the interest. */
  contacted(entries: readonly Entry[], random: Random): void {
    const { stop, after } = this.#interest;
    for (const entry of entries) {
      if (this.#bug === 'drop-after-first-send') this.#drop(entry.item[0]);
      else if (stop === 'blind' && random.chance(1 / after)) this.#drop(entry.item[0]);
      else if (stop === 'transmits' && ++entry.count >= after) this.#drop(entry.item[0]);
    }
  }

  /** A contact says whether an item was of use to it. */
  heard(id: string, isUseful: boolean): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (isUseful) entry.wasUseful = true;
    else entry.wasUseless = true;
  }

  /**
   * The contacts of a round are over. One that was of use begins the count again, of several in a
   * round too (Demers et al. 1987, section 1.4, counter and feedback).
   */
  endRound(): void {
    if (this.#interest.stop !== 'feedback') return;
    for (const entry of [...this.#sent.values()]) {
      const { wasUseful, wasUseless } = entry;
      entry.wasUseful = false;
      entry.wasUseless = false;
      if (wasUseful && this.#bug !== 'counter-never-reset') entry.count = 0;
      else if (wasUseless && !wasUseful) entry.count++;
      if (entry.count >= this.#interest.after) this.#drop(entry.item[0]);
    }
  }

  digest(kind: 'full' | 'hashes'): Digest {
    if (this.#entries.size === 0) return NOTHING[kind];
    if (this.#said !== null) return this.#said;
    const all = [...this.#entries.values()];
    this.#said =
      kind === 'full'
        ? { items: all.map(({ item }) => [item[0], item[2]] as const) }
        : { hashes: all.map(({ hash }) => hash) };
    return this.#said;
  }

  #drop(id: string): void {
    if (this.#fresh.delete(id) || this.#sent.delete(id)) this.#hot--;
    assert(this.#hot === this.#fresh.size + this.#sent.size, 'hot counts what is passed on');
  }
}

/** What the owner of a digest lacks, or has in an older version. */
export function lackedBy(digest: Digest): (entry: Entry) => boolean {
  if ('hashes' in digest) {
    const hashes = new Set(digest.hashes);
    return ({ hash }) => !hashes.has(hash);
  }
  const { items } = digest;
  const held = items.length > FEW ? new Map(items) : null;
  return ({ item: [id, , stamp] }) => {
    const other = held === null ? items.find((one) => one[0] === id)?.[1] : held.get(id);
    return other === undefined || isLater(stamp, other);
  };
}

/** Items without stamps are all of one version. */
export function isLater(stamp: Stamp | null, than: Stamp | null): boolean {
  if (stamp === null || than === null) return false;
  const [time, node] = stamp;
  return time !== than[0] ? time > than[0] : node > than[1];
}

function hashOf(id: string, stamp: Stamp | null): number {
  return textHash(stamp === null ? id : `${id} ${stamp[0]} ${stamp[1]}`);
}

/** 1 for the mark of a deleted key. */
function markOf([, value, stamp]: Item): number {
  return value === null && stamp !== null ? 1 : 0;
}

function bytesOf([id, value]: Item): number {
  const bytes = id.length + JSON.stringify(value).length + ITEM_BYTES;
  assert(bytes > 0, 'an item takes room');
  return bytes;
}
