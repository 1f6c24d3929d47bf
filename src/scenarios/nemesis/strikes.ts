/** Moves of a nemesis that are one strike of one fault, of every family. */
import type { NodeId, Random } from '../../sim/node.ts';
import { type Aim, anyone, type Move, roughly, type Scene, several, someone } from './moves.ts';

type Given = Aim['given'];

interface Doing {
  /** The kind of the fault, and the name of the move unless it has another. */
  readonly fault: string;
  readonly doc: string;
  readonly name?: string;
  readonly loads?: boolean;
  readonly copies?: boolean;
  /** Chance of a strike that is over at once. */
  readonly brief?: number;
}

/** One strike; null from `aim` leaves it out. */
function once(doing: Doing, aim: (scene: Scene, forUs: number) => Omit<Aim, 'fault'> | null): Move {
  const { fault, doc, name = fault, loads, copies, brief = 0 } = doing;
  return {
    name,
    doc,
    faults: [fault],
    ...(loads === undefined ? {} : { loads }),
    ...(copies === undefined ? {} : { copies }),
    plan: (random, lastsUs) => {
      const forUs = random.chance(brief) ? random.int(2_000, 60_000) : lastsUs;
      const step = (scene: Scene): Aim | null => {
        const found = aim(scene, forUs);
        return found === null ? null : { fault, ...found };
      };
      return [{ delayUs: 0, forUs, aim: step }];
    },
  };
}

/** Several members are down or cut off while it holds. */
function fells(doing: Doing, given: (nodes: readonly NodeId[], random: Random) => Given): Move {
  return once(doing, (scene) => {
    const nodes = several(scene);
    return nodes.length === 0 ? null : { given: given(nodes, scene.random), down: nodes };
  });
}

/** Whatever it does, everybody stays up and can be reached. */
function annoys(doing: Doing, given: (scene: Scene) => Given | null): Move {
  return once(doing, (scene) => {
    const params = given(scene);
    return params === null ? null : { given: params };
  });
}

/** On the links of everybody, or of one node. */
function links(scene: Scene): { readonly nodes: readonly NodeId[] } {
  const node = anyone(scene);
  const one = scene.random.chance(0.5);
  return { nodes: one && node !== null ? [node] : scene.members.map(({ id }) => id) };
}

/** One member, or all: what hurts little may hurt many. */
function some(scene: Scene): { readonly nodes: readonly NodeId[] } {
  return links(scene);
}

function constant(ms: number) {
  return { kind: 'constant', value: ms } as const;
}

const network: readonly Move[] = [
  fells({ fault: 'partition', doc: 'Cuts members off from the rest of their group.' }, (nodes) => ({
    isolate: nodes,
  })),
  fells({ fault: 'one-way', doc: 'Cuts members off in one direction.' }, (nodes, random) => ({
    nodes,
    direction: random.pick(['out', 'in']),
  })),
  once({ fault: 'bridge', doc: 'Two halves, and one member that reaches both.' }, (scene) => {
    const over = someone(scene);
    if (over === null || scene.members.length < 3) return null;
    return { given: { over: [over] }, whole: true };
  }),
  once({ fault: 'majorities-ring', doc: 'Every member reaches another majority.' }, (scene) => {
    return scene.members.length < 4 ? null : { given: {}, whole: true };
  }),
  once({ fault: 'flapping', doc: 'The links of one member go down and up.' }, (scene) => {
    const node = someone(scene);
    if (node === null || scene.spare.down < 1) return null;
    const spell = () => ({ kind: 'exponential', mean: scene.random.int(50, 400), min: 0 });
    const given = { nodes: [node], down: spell(), up: spell(), shortest: 20 };
    return { given, down: [node] };
  }),
  annoys({ fault: 'latency', doc: 'Messages take longer.' }, (scene) => ({
    extra: constant(scene.random.int(5, 200)),
    ...links(scene),
  })),
  annoys({ fault: 'jitter', doc: 'Messages take longer, each by another time.' }, (scene) => ({
    by: { kind: 'uniform', min: 0, max: scene.random.int(5, 200) },
    ...links(scene),
  })),
  annoys({ fault: 'loss', doc: 'Messages are lost.' }, (scene) => ({
    ratio: roughly(scene.random, 0.02, 0.3),
    ...links(scene),
  })),
  annoys({ fault: 'loss-bursts', doc: 'Messages are lost, many in a row.' }, (scene) => ({
    'burst-messages': scene.random.int(2, 20),
    'gap-messages': scene.random.int(20, 200),
    ...links(scene),
  })),
  annoys({ fault: 'duplicate', doc: 'Messages arrive twice.' }, (scene) => ({
    ratio: roughly(scene.random, 0.05, 0.4),
    ...links(scene),
  })),
  annoys({ fault: 'reorder', doc: 'Messages overtake one another.' }, (scene) => ({
    ratio: roughly(scene.random, 0.05, 0.5),
    ...links(scene),
  })),
  annoys({ fault: 'corrupt', doc: 'Messages are damaged, and dropped for it.' }, (scene) => ({
    ratio: roughly(scene.random, 0.02, 0.3),
    ...links(scene),
  })),
  annoys({ fault: 'bandwidth', doc: 'Links carry little.' }, (scene) => ({
    limit: 1000 * scene.random.int(20, 200),
    queue: 1024 * scene.random.int(4, 64),
    ...links(scene),
  })),
  annoys({ fault: 'reset', doc: 'What is under way is lost.' }, links),
];

const process: readonly Move[] = [
  // What is over at once finds the writes of this moment not yet durable.
  fells(
    { fault: 'crash', doc: 'Crashes members; they boot when it is over.', brief: 0.3 },
    (nodes) => ({
      nodes,
    }),
  ),
  fells({ fault: 'pause', doc: 'Freezes members.' }, (nodes) => ({ nodes })),
  once({ fault: 'restart', doc: 'Crashes members, which boot soon.', brief: 1 }, (scene, forUs) => {
    const nodes = several(scene);
    if (nodes.length === 0) return null;
    return { given: { nodes, after: forUs / 1000 }, down: nodes };
  }),
  once(
    {
      fault: 'restart',
      name: 'amnesia',
      doc: 'Crashes one member, which boots with an empty disk.',
      copies: true,
    },
    (scene, forUs) => {
      const node = someone(scene);
      if (node === null || scene.spare.down < 1 || scene.spare.copies < 1) return null;
      const given = { nodes: [node], after: forUs / 1000, disk: 'lost' };
      return { given, down: [node], copies: [node] };
    },
  ),
  annoys({ fault: 'slow-cpu', doc: 'Members take long for each message.' }, (scene) => ({
    factor: scene.random.int(2, 30),
    ...some(scene),
  })),
];

const disk: readonly Move[] = [
  annoys({ fault: 'slow-disk', doc: 'Flushes take longer.' }, (scene) => ({
    extra: constant(scene.random.int(1, 80)),
    ...some(scene),
  })),
];

/** Sets the clock of one member off, as far as the budget lets it. */
function clocks(
  doing: Doing,
  stays: boolean,
  given: (nodes: readonly NodeId[], ms: number, forUs: number) => Given,
): Move {
  return once(doing, (scene, forUs) => {
    const node = anyone(scene);
    if (node === null || scene.clockMs <= 0) return null;
    const most = Math.max(1, Math.floor(scene.clockMs / (stays ? 4 : 1)));
    const ms = scene.random.int(1, most) * (scene.random.chance(0.5) ? 1 : -1);
    const clock = { nodes: [node], ms: Math.abs(ms), stays };
    return { given: given([node], ms, forUs), clock };
  });
}

/** The drift that makes so much of a difference while it lasts, within what clocks do. */
function driftOf(ms: number, forUs: number): number {
  const ppm = Math.round((ms * 1e9) / forUs);
  return Math.max(-50_000, Math.min(50_000, ppm));
}

const clock: readonly Move[] = [
  clocks({ fault: 'clock-offset', doc: 'A clock is ahead or behind.' }, false, (nodes, by) => ({
    by,
    nodes,
  })),
  clocks({ fault: 'clock-jump', doc: 'A clock leaps for good.' }, true, (nodes, by) => ({
    by,
    nodes,
  })),
  clocks({ fault: 'clock-drift', doc: 'A clock runs fast or slow.' }, true, (nodes, ms, forUs) => ({
    ppm: driftOf(ms, forUs),
    nodes,
  })),
  clocks(
    { fault: 'ntp-step', doc: 'A clock drifts and is set right.' },
    false,
    (nodes, ms, forUs) => ({
      ppm: driftOf(ms, forUs),
      nodes,
    }),
  ),
];

const clients: readonly Move[] = [
  annoys({ fault: 'load-spike', doc: 'Clients ask more.', loads: true }, ({ random }) => ({
    factor: random.int(2, 5),
  })),
  annoys(
    { fault: 'hot-key', doc: 'Most operations go to one key.', loads: true },
    ({ random }) => ({
      share: roughly(random, 0.5, 1),
    }),
  ),
  annoys({ fault: 'brown-out', doc: 'Members answer requests late.' }, (scene) => ({
    delay: { kind: 'exponential', mean: scene.random.int(20, 200), min: 0 },
    ...some(scene),
  })),
  annoys({ fault: 'error-rate', doc: 'Some requests fail, done or not.' }, (scene) => ({
    ratio: roughly(scene.random, 0.05, 0.5),
    stage: scene.random.pick(['before', 'after']),
    ...some(scene),
  })),
];

export const singleMoves: readonly Move[] = [...network, ...process, ...disk, ...clock, ...clients];
