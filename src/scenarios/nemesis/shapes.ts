/**
 * Moves of a nemesis that are several strikes in a row.
 *
 * Swizzle is that of FoundationDB's simulation: nodes are cut off one by one and come back in
 * another order. Hunting the leader is what it takes to have entries of old terms on a majority
 * (Ongaro & Ousterhout 2014, Figure 8).
 */
import type { NodeId } from '../../sim/node.ts';
import { type Aim, leaderOf, type Move, type Scene, type Step, someone } from './moves.ts';

function isolate(nodes: readonly NodeId[]): Aim {
  return { fault: 'partition', given: { isolate: nodes }, down: nodes };
}

function crash(nodes: readonly NodeId[]): Aim {
  return { fault: 'crash', given: { nodes }, down: nodes };
}

/** One more member that is well; null if none may be lost. */
function spared(scene: Scene): NodeId | null {
  const node = someone(scene);
  return scene.spare.down < 1 ? null : node;
}

function isWell({ members }: Scene, node: NodeId): boolean {
  return members.some(({ id, well }) => id === node && well);
}

const swizzle: Move = {
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
      aim: (scene) => {
        const node = spared(scene);
        return node === null ? null : isolate([node]);
      },
    }));
  },
};

const hunt: Move = {
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
          return crashes ? crash([leader]) : isolate([leader]);
        },
      };
    });
  },
};

const rolling: Move = {
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
        return crash([next.id]);
      },
    }));
  },
};

/** What a step has chosen, for the steps after it. */
interface Chosen {
  node: NodeId | null;
}

/** Holds something over one member, and crashes it meanwhile: what the disk did shows at boot. */
function withCrash(
  move: Pick<Move, 'name' | 'doc'> & { readonly copies?: boolean },
  fault: string,
  given: Aim['given'],
): Move {
  return {
    ...move,
    faults: [fault, 'crash'],
    plan: (random, lastsUs) => {
      const chosen: Chosen = { node: null };
      const holds: Step = {
        delayUs: 0,
        forUs: lastsUs + 1_000,
        aim: (scene) => {
          const node = spared(scene);
          if (node === null || (move.copies === true && scene.spare.copies < 1)) return null;
          chosen.node = node;
          const nodes = [node];
          const copies = move.copies === true ? { copies: nodes } : {};
          return { fault, given: { ...given, nodes }, ...copies };
        },
      };
      const crashes: Step = {
        delayUs: random.int(1_000, lastsUs),
        forUs: random.int(2_000, 200_000),
        aim: (scene) => {
          const { node } = chosen;
          if (node === null || scene.spare.down < 1 || !isWell(scene, node)) return null;
          return crash([node]);
        },
      };
      return [holds, crashes];
    },
  };
}

const disks: readonly Move[] = [
  withCrash(
    { name: 'torn-write', doc: 'A member crashes in the middle of a write.' },
    'torn-write',
    {},
  ),
  withCrash(
    { name: 'corrupt-disk', doc: 'Entries on one disk go bad, and its node boots.', copies: true },
    'corrupt-disk',
    { ratio: 0.05, what: 'logs' },
  ),
  withCrash(
    { name: 'lying-fsync', doc: 'A disk loses what it had reported durable.', copies: true },
    'lying-fsync',
    {},
  ),
  {
    name: 'disk-full',
    doc: 'A disk has no room until its node is started again.',
    faults: ['disk-full', 'restart'],
    plan: (random, lastsUs) => {
      const chosen: Chosen = { node: null };
      const fills: Step = {
        delayUs: 0,
        forUs: lastsUs,
        aim: (scene) => {
          const node = spared(scene);
          if (node === null) return null;
          chosen.node = node;
          return { fault: 'disk-full', given: { nodes: [node] }, down: [node] };
        },
      };
      const afterMs = random.int(5, 100);
      // A node that died of its disk stays down until somebody starts it.
      const starts: Step = {
        delayUs: lastsUs + 1_000,
        forUs: 1_000 * afterMs,
        aim: ({ members }) => {
          const { node } = chosen;
          const dead = members.some(({ id, up }) => id === node && !up);
          if (node === null || !dead) return null;
          return { fault: 'restart', given: { nodes: [node], after: afterMs }, down: [node] };
        },
      };
      return [fills, starts];
    },
  },
];

export const shapeMoves: readonly Move[] = [swizzle, hunt, rolling, ...disks];
