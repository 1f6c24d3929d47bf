/**
 * Anti-entropy by hash trees (DeCandia et al. 2007, Dynamo, section 4.7): replicas that lost writes
 * find out which, at a cost that goes with what differs and not with what they hold.
 *
 * Two members walk their trees together. The first sends the hash of its root; whoever gets hashes
 * answers with those of the next level, below the nodes that differ, until leaves do. Then the
 * entries of these leaves are sent, and those come back that are newer on the other side. The later
 * write of a key stays. A write that is on its way looks like a difference; it costs a few messages
 * and no more.
 */
import type register from '../../../interfaces/register.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Detail, Node, NodeId } from '../../../sim/node.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { MerkleTree } from '../../parts/merkle-tree.ts';
import {
  type Compare,
  type Entry,
  isLater,
  type MerkleContext,
  type MerkleMessage,
  type Range,
} from './messages.ts';
import type { MerkleBug, MerkleParams } from './settings.ts';

const SYNC = 'sync';
const LOG = 'entries';
/** Two writes of one node to a key differ at least by so much, in ms. */
const TICK_MS = 0.001;
/** The number of a node beside its hash, in bytes. */
const NODE_BYTES = 4;

export class MerkleSync implements Node<MerkleMessage> {
  readonly #given: MerkleParams;
  readonly #bug: MerkleBug | null;
  readonly #others: readonly NodeId[];
  readonly #tree: MerkleTree;
  readonly #entries = new Map<string, Entry>();
  /** The keys of each leaf, deleted ones too. */
  readonly #keys = new Map<number, Set<string>>();
  /** The version of each key that is in the hashes. */
  readonly #hashed = new Map<string, string>();

  constructor(given: MerkleParams, { members, self }: Place, bug: MerkleBug | null) {
    this.#given = given;
    this.#bug = bug;
    this.#others = members.filter((member) => member !== self);
    this.#tree = new MerkleTree(given.depth, given['fan-out']);
  }

  start(ctx: MerkleContext): void {
    const log = ctx.storage.log<Entry>(LOG);
    for (let i = log.start; i < log.end; i++) this.#keep(log.at(i), true);
    ctx.setTimer(SYNC, ctx.random.between(0, this.#given.interval));
  }

  receive(ctx: MerkleContext, from: NodeId, m: MerkleMessage): void {
    switch (m.type) {
      case 'read': {
        const value = this.#entries.get(m.key)?.[1] ?? null;
        return ctx.send(from, { type: 'read_ok', inReplyTo: m.id, value });
      }
      case 'write':
        return this.#write(ctx, from, m);
      case 'copy':
        this.#take(ctx, m.entry, true);
        return;
      case 'compare':
        return this.#compare(ctx, from, m);
      case 'range':
        return this.#onRange(ctx, from, m);
      case 'repair':
        return this.#repair(ctx, m.entries);
      default:
        if (isRequest(m)) ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  timeout(ctx: MerkleContext): void {
    ctx.setTimer(SYNC, this.#given.interval);
    if (this.#others.length === 0) return;
    const to = ctx.random.pick(this.#others);
    const { exchange } = this.#given;
    if (exchange === 'full') return this.#sendRange(ctx, to, this.#allLeaves());
    const level = exchange === 'walk' ? 0 : this.#tree.depth;
    this.#sendHashes(ctx, to, level, exchange === 'walk' ? [0] : this.#allLeaves());
  }

  inspect(): Detail {
    return { keys: this.#entries.size, root: this.#tree.root };
  }

  // --- Requests ----------------------------------------------------------------------------------

  /** A member never writes behind what it has of a key itself. */
  #write(ctx: MerkleContext, from: NodeId, m: RequestOf<typeof register, 'write'>): void {
    const heldMs = this.#entries.get(m.key)?.[2] ?? -Infinity;
    const entry: Entry = [m.key, m.value, Math.max(ctx.now(), heldMs + TICK_MS), ctx.self];
    this.#take(ctx, entry, true);
    if (this.#given.replicate) {
      for (const to of this.#others) ctx.send(to, { type: 'copy', entry });
    }
    ctx.send(from, { type: 'write_ok', inReplyTo: m.id });
  }

  // --- Comparing ---------------------------------------------------------------------------------

  #compare(ctx: MerkleContext, from: NodeId, { level, hashes }: Compare): void {
    const differing = this.#tree.differing(level, hashes);
    const [whole, divided] = [[] as number[], [] as number[]];
    for (const node of differing) (this.#isSentWhole(level, node) ? whole : divided).push(node);
    if (whole.length > 0) this.#sendRange(ctx, from, whole, level);
    if (divided.length === 0) return;
    const below = divided.flatMap((node) => this.#tree.childrenOf(node));
    this.#sendHashes(ctx, from, level + 1, below);
  }

  /**
   * Few keys cost less than the hashes and round trips that would find out which of them differ.
   */
  #isSentWhole(level: number, node: number): boolean {
    if (level === this.#tree.depth) return true;
    const most = this.#given['keys-per-leaf'];
    if (most === undefined) return false;
    let keys = 0;
    const [first, end] = this.#tree.leavesBelow(level, node);
    for (let leaf = first; leaf < end && keys <= most; leaf++) {
      keys += this.#keys.get(leaf)?.size ?? 0;
    }
    return keys <= most;
  }

  #sendHashes(ctx: MerkleContext, to: NodeId, level: number, nodes: readonly number[]): void {
    const bytes = nodes.length * (this.#given['hash-bytes'] + NODE_BYTES);
    ctx.measure('hashes-sent', nodes.length);
    ctx.send(to, { type: 'compare', level, hashes: this.#tree.hashesOf(level, nodes), bytes });
  }

  #sendRange(
    ctx: MerkleContext,
    to: NodeId,
    nodes: readonly number[],
    level = this.#tree.depth,
  ): void {
    const entries = this.#entriesBelow(level, nodes);
    ctx.measure('keys-sent', entries.length);
    const above = level === this.#tree.depth ? {} : { level };
    ctx.send(to, { type: 'range', ...above, leaves: nodes, entries });
  }

  /** Takes what is newer, and gives back what is newer or more here. */
  #onRange(ctx: MerkleContext, from: NodeId, { level, leaves, entries }: Range): void {
    const theirs = new Map(entries.map((entry) => [entry[0], entry]));
    const newer = this.#entriesBelow(level ?? this.#tree.depth, leaves).filter((entry) => {
      const other = theirs.get(entry[0]);
      return other === undefined || isLater(entry, other);
    });
    this.#repair(ctx, entries);
    if (newer.length === 0) return;
    ctx.measure('keys-sent', newer.length);
    ctx.send(from, { type: 'repair', entries: newer });
  }

  #repair(ctx: MerkleContext, entries: readonly Entry[]): void {
    const updates = this.#bug !== 'stale-tree';
    let repaired = 0;
    for (const entry of entries) if (this.#take(ctx, entry, updates)) repaired++;
    if (repaired > 0) ctx.measure('repaired', repaired);
  }

  // --- Entries -----------------------------------------------------------------------------------

  /** Whether the entry was new here. */
  #take(ctx: MerkleContext, entry: Entry, hashed: boolean): boolean {
    if (!this.#keep(entry, hashed)) return false;
    ctx.storage.log<Entry>(LOG).append(entry);
    return true;
  }

  #keep(entry: Entry, hashed: boolean): boolean {
    const [key] = entry;
    const held = this.#entries.get(key);
    if (held !== undefined && !isLater(entry, held)) return false;
    this.#entries.set(key, entry);
    const leaf = this.#tree.leafOf(key);
    const keys = this.#keys.get(leaf) ?? new Set<string>();
    this.#keys.set(leaf, keys.add(key));
    if (hashed) this.#hash(entry);
    return true;
  }

  /** Over the version, so that a deletion counts as what it is. */
  #hash([key, value, timeMs, node]: Entry): void {
    if (value === null && this.#bug === 'hash-ignores-tombstone') return;
    const version = `${timeMs} ${node}`;
    this.#tree.update(key, this.#hashed.get(key) ?? null, version);
    this.#hashed.set(key, version);
  }

  #entriesBelow(level: number, nodes: readonly number[]): readonly Entry[] {
    const found: Entry[] = [];
    for (const node of nodes) {
      const [first, end] = this.#tree.leavesBelow(level, node);
      for (let leaf = first; leaf < end; leaf++) {
        for (const key of this.#keys.get(leaf) ?? []) found.push(this.#entries.get(key) as Entry);
      }
    }
    return found;
  }

  #allLeaves(): readonly number[] {
    return Array.from({ length: this.#tree.leaves }, (_, leaf) => leaf);
  }
}
