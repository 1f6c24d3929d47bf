/**
 * What a nemesis can do: its moves. Most are one strike of one fault (`strikes.ts`); *shapes* are
 * several strikes in a row (`shapes.ts`). A move draws how long it lasts when it is planned, and
 * which nodes it strikes and how hard when it strikes.
 */
import type { NodeId, Random } from '../../sim/node.ts';

/** A member of the group that is being hurt. */
export interface Member {
  readonly id: NodeId;
  readonly up: boolean;
  /** It is up, not paused, and nothing keeps it from the others. */
  readonly well: boolean;
  readonly leads: boolean;
}

/** What a step sees when it strikes. */
export interface Scene {
  readonly members: readonly Member[];
  /** How many more may be down or cut off, and how many more disks damaged. */
  readonly spare: { readonly down: number; readonly copies: number };
  /** By how much a clock may be wrong. */
  readonly clockMs: number;
  readonly loads: readonly string[];
  readonly random: Random;
}

/** Which nodes a step strikes, and how, and what it costs of the budget while it lasts. */
export interface Aim {
  readonly fault: string;
  /** As written in a scenario. */
  readonly given: { readonly [param: string]: unknown };
  /** Members that are down, paused or cut off while it holds. */
  readonly down?: readonly NodeId[];
  /** Members whose disks it damages; these count forever. */
  readonly copies?: readonly NodeId[];
  /** Everybody is needed while it holds: it goes with no other loss. */
  readonly whole?: boolean;
  /** By how much it sets clocks off, at most; for good if it stays. */
  readonly clock?: {
    readonly nodes: readonly NodeId[];
    readonly ms: number;
    readonly stays: boolean;
  };
}

/** One strike of a move. */
export interface Step {
  /** After the first step. */
  readonly delayUs: number;
  readonly forUs: number;
  /** null: nobody is there to be struck, or the budget is spent. */
  aim(scene: Scene): Aim | null;
}

export interface Move {
  readonly name: string;
  /** One sentence, for the manual. */
  readonly doc: string;
  /** The kinds of faults that it strikes with. */
  readonly faults: readonly string[];
  /** It needs a load to change. */
  readonly loads?: boolean;
  /** It damages disks: not without a budget of copies. */
  readonly copies?: boolean;
  plan(random: Random, lastsUs: number): readonly Step[];
}

// --- Which nodes ---------------------------------------------------------------------------

/** The leader as often as not, else anybody who is well; null without anybody. */
export function someone({ members, random }: Scene): NodeId | null {
  const well = members.filter((member) => member.well);
  const leader = well.find(({ leads }) => leads);
  const hunts = random.chance(0.4);
  if (well.length === 0) return null;
  const other = random.pick(well).id;
  return hunts && leader !== undefined ? leader.id : other;
}

/** One member or several, no more than may go down; rather few. */
export function several(scene: Scene): readonly NodeId[] {
  const { members, spare, random } = scene;
  const first = someone(scene);
  const most = Math.min(spare.down, members.filter(({ well }) => well).length);
  const count = random.chance(0.5) ? 1 : random.int(1, Math.max(1, most));
  const rest = random.shuffle(members.filter(({ id, well }) => well && id !== first));
  if (first === null || most < 1) return [];
  const chosen = [first, ...rest.slice(0, Math.min(count, most) - 1).map(({ id }) => id)];
  return inOrder(scene, chosen);
}

function inOrder({ members }: Scene, chosen: readonly NodeId[]): readonly NodeId[] {
  return members.map(({ id }) => id).filter((id) => chosen.includes(id));
}

/** One member, well or not, for what costs nothing. */
export function anyone(scene: Scene): NodeId | null {
  return someone(scene) ?? scene.members[0]?.id ?? null;
}

/** Whoever leads and is well. */
export function leaderOf({ members }: Scene): NodeId | null {
  return members.find(({ leads, well }) => leads && well)?.id ?? null;
}

/** To three digits, so that it can be written down. */
export function roughly(random: Random, min: number, max: number): number {
  return Number(random.between(min, max).toPrecision(3));
}
