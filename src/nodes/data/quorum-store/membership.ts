/**
 * Who is on the ring while a node joins or leaves it, in steps that each node sees a little later
 * than the others (DeCandia et al. 2007, "Dynamo", sections 4.8 and 4.9; Cassandra, issue 2434).
 *
 * A joiner is first *pending*: writes go to the copies of before and to those of after, and need
 * one acknowledgement more for each node that is only among the one or the other. So a quorum of
 * either has every write. Then the joiner fetches each key from the very node that it replaces: a
 * write that this node had acknowledged may be on too few of the others. Then reads move to the new
 * copies, and only when all know that do writes leave the old ones. To leave is the same backwards.
 *
 * The steps travel with the pings. Each waits `ring-delay`, in which all nodes must have heard of
 * the one before; a node that is cut off for longer asks copies of the past.
 */
import type { NodeId } from '../../../sim/node.ts';
import { HashRing } from '../../parts/hash-ring.ts';

/**
 * `joining` and `leaving`: writes know both sets of copies; `serving` and `retiring`: reads too
 * have moved.
 */
export type Status = 'joining' | 'serving' | 'normal' | 'leaving' | 'retiring' | 'left';

/** By node, its status and how often it has changed. Nodes that never changed have no entry. */
export type RingView = { readonly [node: NodeId]: readonly [status: Status, version: number] };

const STABLE: readonly Status[] = ['normal', 'left'];
const BEFORE: readonly Status[] = ['normal', 'leaving', 'retiring'];
const AFTER: readonly Status[] = ['normal', 'joining', 'serving'];
const READS: readonly Status[] = ['normal', 'serving', 'leaving'];

export class Membership {
  readonly #initial: readonly NodeId[];
  readonly #tokens: number;
  #view: RingView;
  #before!: HashRing;
  #after!: HashRing;
  /** The ring that reads use. */
  reads!: HashRing;

  constructor(initial: readonly NodeId[], tokens: number, view: RingView) {
    this.#initial = initial;
    this.#tokens = tokens;
    this.#view = view;
    this.#build();
  }

  get view(): RingView {
    return this.#view;
  }

  statusOf(node: NodeId): Status {
    return this.#view[node]?.[0] ?? (this.#initial.includes(node) ? 'normal' : 'left');
  }

  /** Takes what is newer. True if something was. */
  learn(view: RingView): boolean {
    const newer = Object.entries(view).filter(
      ([node, [, version]]) => version > (this.#view[node]?.[1] ?? 0),
    );
    if (newer.length === 0) return false;
    this.#view = { ...this.#view, ...Object.fromEntries(newer) };
    this.#build();
    return true;
  }

  move(node: NodeId, status: Status): void {
    this.learn({ [node]: [status, (this.#view[node]?.[1] ?? 0) + 1] });
  }

  /**
   * The node whose change counts, since there is one at a time: one to which reads have moved, else
   * the first by name. The others have not begun.
   */
  get active(): NodeId | null {
    const changing = Object.keys(this.#view)
      .filter((node) => !STABLE.includes(this.statusOf(node)))
      .sort((a, b) => (a < b ? -1 : 1));
    const far = changing.find((node) => /serving|retiring/.test(this.statusOf(node)));
    return far ?? changing[0] ?? null;
  }

  #build(): void {
    const { active } = this;
    const nodes = [...new Set([...this.#initial, ...Object.keys(this.#view)])];
    const counted = (node: NodeId): Status => {
      const status = this.statusOf(node);
      if (node === active || STABLE.includes(status)) return status;
      return status === 'joining' ? 'left' : 'normal';
    };
    const ringOf = (those: readonly Status[]) =>
      new HashRing(
        nodes.filter((node) => those.includes(counted(node))),
        this.#tokens,
      );
    this.reads = ringOf(READS);
    this.#before = active === null ? this.reads : ringOf(BEFORE);
    this.#after = active === null ? this.reads : ringOf(AFTER);
  }

  /** The copies of a key by each of the two rings; the same ones while nobody joins or leaves. */
  copies(copiesOn: (ring: HashRing) => readonly NodeId[]): {
    readonly before: readonly NodeId[];
    readonly after: readonly NodeId[];
  } {
    const before = copiesOn(this.#before);
    return { before, after: this.#before === this.#after ? before : copiesOn(this.#after) };
  }
}
