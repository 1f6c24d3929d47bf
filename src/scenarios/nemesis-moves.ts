/**
 * What a nemesis can do: its moves. Most are one strike of one fault; *shapes* are several strikes
 * in a row. A move draws how long and how hard when it is planned, and whom when it strikes.
 *
 * Swizzle is that of FoundationDB's simulation: nodes are cut off one by one and come back in
 * another order. Hunting the leader is what it takes to have entries of old terms on a majority
 * (Ongaro & Ousterhout 2014, Figure 8).
 */
import type { NodeId, Random } from '../sim/node.ts';

/** A member of the group that is being hurt. */
export interface Member {
  readonly id: NodeId;
  readonly up: boolean;
  /** It is up, not paused, and no strike of this nemesis keeps it from the others. */
  readonly well: boolean;
  readonly leads: boolean;
}

/** What a step sees when it strikes. */
export interface Scene {
  readonly members: readonly Member[];
  /** How many more may be down or cut off, and how many more disks damaged. */
  readonly spare: { readonly down: number; readonly copies: number };
  /** Some member is down, paused or cut off. */
  readonly torn: boolean;
  readonly clockMs: number;
  readonly loads: readonly string[];
  readonly random: Random;
}

/** Whom and how a step strikes, and what it costs of the budget while it lasts. */
export interface Aim {
  readonly fault: string;
  /** As written in a scenario. */
  readonly given: { readonly [param: string]: unknown };
  /** The nodes that it chooses from; the group's members by default. */
  readonly of?: readonly NodeId[];
  readonly down?: readonly NodeId[];
  /** These count for ever. */
  readonly copies?: readonly NodeId[];
  /** Everybody is needed while it lasts: it goes with no other loss. */
  readonly whole?: boolean;
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
  /** False: only when it is named among `kinds`. */
  readonly unasked?: boolean;
  plan(random: Random, lastsUs: number): readonly Step[];
}

// --- Whom ----------------------------------------------------------------------------------------

/** The leader as often as not, else anybody who is well; null without anybody. */
function someone({ members, random }: Scene): NodeId | null {
  const well = members.filter((member) => member.well);
  const leader = well.find(({ leads }) => leads);
  const hunts = random.chance(0.4);
  if (well.length === 0) return null;
  const other = random.pick(well).id;
  return hunts && leader !== undefined ? leader.id : other;
}

/** One member or several, no more than may go down; rather few. */
function several(scene: Scene): readonly NodeId[] {
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
function anyone(scene: Scene): NodeId | null {
  return someone(scene) ?? scene.members[0]?.id ?? null;
}

// --- Moves of one strike -------------------------------------------------------------------------

type Params = { readonly [param: string]: unknown };

/** Down for as long as it lasts: several members. */
function fells(
  name: string,
  doc: string,
  fault: string,
  given: (nodes: readonly NodeId[], random: Random) => Params,
  quick = 0,
): Move {
  return {
    name,
    doc,
    faults: [fault],
    plan: (random, lastsUs) => {
      // What is over at once finds the writes of this moment not yet durable.
      const brief = random.chance(quick);
      const forUs = brief ? random.int(2_000, 60_000) : lastsUs;
      return [
        {
          delayUs: 0,
          forUs,
          aim: (scene) => {
            const nodes = several(scene);
            if (nodes.length === 0) return null;
            return { fault, given: given(nodes, scene.random), down: nodes };
          },
        },
      ];
    },
  };
}

/** Costs nothing of the budget: `given` says whom and how hard, null if there is nobody. */
function annoys(
  name: string,
  doc: string,
  fault: string,
  given: (scene: Scene) => Params | null,
): Move {
  return {
    name,
    doc,
    faults: [fault],
    plan: (_random, lastsUs) => [
      {
        delayUs: 0,
        forUs: lastsUs,
        aim: (scene) => {
          const params = given(scene);
          return params === null ? null : { fault, given: params };
        },
      },
    ],
  };
}

/** Everybody's links, or those of one node. */
function links(scene: Scene): { readonly nodes: string | readonly NodeId[] } {
  const node = anyone(scene);
  const one = scene.random.chance(0.5);
  return { nodes: one && node !== null ? [node] : scene.members.map(({ id }) => id) };
}

/** To three digits, so that it can be written down. */
function between(random: Random, min: number, max: number): number {
  return Number(random.between(min, max).toPrecision(3));
}

const single: readonly Move[] = [
  fells('crash', 'Members crash, and boot when it is over.', 'crash', (nodes) => ({ nodes }), 0.3),
  fells('pause', 'Members freeze.', 'pause', (nodes) => ({ nodes })),
  fells('partition', 'Members are cut off from the rest of their group.', 'partition', (nodes) => ({
    isolate: nodes,
  })),
  annoys('latency', 'Messages take longer.', 'latency', (scene) => ({
    extra: { kind: 'constant', value: scene.random.int(5, 200) },
    ...links(scene),
  })),
  annoys('loss', 'Messages are lost.', 'loss', (scene) => ({
    ratio: between(scene.random, 0.02, 0.3),
    ...links(scene),
  })),
  annoys('duplicate', 'Messages arrive twice.', 'duplicate', (scene) => ({
    ratio: between(scene.random, 0.05, 0.4),
    ...links(scene),
  })),
  annoys('reorder', 'Messages overtake one another.', 'reorder', (scene) => ({
    ratio: between(scene.random, 0.05, 0.5),
    ...links(scene),
  })),
];

// --- Shapes --------------------------------------------------------------------------------------

function isolate(nodes: readonly NodeId[]): Aim {
  return { fault: 'partition', given: { isolate: nodes }, down: nodes };
}

/** A step that cuts off one more member that is well. */
function isolateOne(scene: Scene): Aim | null {
  const node = someone(scene);
  return node === null || scene.spare.down < 1 ? null : isolate([node]);
}

function leaderOf({ members }: Scene): NodeId | null {
  return members.find(({ leads, well }) => leads && well)?.id ?? null;
}

const shapes: readonly Move[] = [
  {
    name: 'swizzle',
    doc: 'Cuts members off one by one, and lets them back in another order.',
    faults: ['partition'],
    plan: (random, lastsUs) => {
      const count = random.int(2, 4);
      const gapUs = Math.max(1_000, Math.floor(lastsUs / (2 * count)));
      const returns = random.shuffle(Array.from({ length: count }, (_, i) => i));
      return returns.map((turn, i) => ({
        delayUs: i * gapUs,
        forUs: (count - i + turn) * gapUs + Math.floor(gapUs / 2),
        aim: isolateOne,
      }));
    },
  },
  {
    name: 'hunt',
    doc: 'Cuts off or crashes whoever leads, again and again.',
    faults: ['partition', 'crash'],
    plan: (random) => {
      const everyUs = random.int(80_000, 400_000);
      return Array.from({ length: random.int(4, 8) }, (_, i) => {
        const crashes = random.chance(0.2);
        return {
          delayUs: i * everyUs,
          forUs: random.int(100_000, 300_000),
          aim: (scene: Scene): Aim | null => {
            const leader = leaderOf(scene);
            if (leader === null || scene.spare.down < 1) return null;
            if (!crashes) return isolate([leader]);
            return { fault: 'crash', given: { nodes: [leader] }, down: [leader] };
          },
        };
      });
    },
  },
  {
    name: 'rolling',
    doc: 'Crashes every member in turn, one at a time.',
    faults: ['crash'],
    plan: (random, lastsUs) => {
      const downUs = random.int(10_000, Math.max(20_000, Math.floor(lastsUs / 3)));
      const everyUs = downUs + random.int(10_000, 300_000);
      const rolled = new Set<NodeId>();
      return Array.from({ length: 5 }, (_, i) => ({
        delayUs: i * everyUs,
        forUs: downUs,
        aim: ({ members, spare }: Scene): Aim | null => {
          const next = members.find(({ id, well }) => well && !rolled.has(id));
          if (next === undefined || spare.down < 1) return null;
          rolled.add(next.id);
          return { fault: 'crash', given: { nodes: [next.id] }, down: [next.id] };
        },
      }));
    },
  },
  {
    name: 'flicker',
    doc: 'Cuts one member off and lets it back, again and again.',
    faults: ['partition'],
    plan: (random) => {
      const whom: NodeId[] = [];
      let delayUs = 0;
      return Array.from({ length: random.int(3, 8) }, () => {
        const forUs = random.int(20_000, 400_000);
        const step: Step = {
          delayUs,
          forUs,
          aim: (scene) => {
            const node = whom[0] ?? someone(scene);
            if (node === null) return null;
            whom[0] = node;
            const well = scene.members.some((member) => member.id === node && member.well);
            return well && scene.spare.down >= 1 ? isolate([node]) : null;
          },
        };
        delayUs += forUs + random.int(10_000, 300_000);
        return step;
      });
    },
  },
];

/** Every move by name, in the order in which they are told. */
export const moves: ReadonlyMap<string, Move> = new Map(
  [...single, ...shapes].map((move) => [move.name, move]),
);

/** The kinds of faults that a nemesis may strike with, given the names of its moves; null: all. */
export function faultsOfMoves(names: readonly string[] | null): readonly string[] {
  const chosen = [...moves.values()].filter(({ name }) => names === null || names.includes(name));
  return [...new Set(chosen.flatMap(({ faults }) => faults))];
}
