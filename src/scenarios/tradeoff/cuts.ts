/**
 * The cuts of the battery, as one fault. The faults of scenarios choose among all nodes that they
 * are given; here the side that is cut off is made of replicas only, a known number of them, with
 * or without the leader, and whoever merely watches or passes requests on gets a side as well.
 */
import { others, select } from '../../faults/parts/select.ts';
import { type AnyFault, defineFault, type Injection, type Levers } from '../../sim/fault.ts';
import type { NodeId } from '../../sim/node.ts';

/**
 * - `apart`: two sides that do not reach each other.
 * - `deaf`: one side sends and hears nothing of the other; `mute`: it hears, and is not heard.
 * - `bridge`: two halves, and one replica that reaches both.
 * - `arbiter`: those who watch do not reach one replica, and everybody else reaches everybody.
 */
export type CutShape = 'apart' | 'deaf' | 'mute' | 'bridge' | 'arbiter';

export interface CutParams {
  readonly shape: CutShape;
  /** Whether the leader is among those that are cut off; null for stores in which nobody leads. */
  readonly leader: 'inside' | 'outside' | null;
  /** Replicas that are cut off, or `region`: all of one region, drawn at random. */
  readonly count: number | 'region';
  /** What the sides are called: the one that is cut off, and the other. */
  readonly names: readonly [cutOff: string, rest: string];
  /** Proxies that stand on the side that is cut off, and those that stand on the other. */
  readonly fronts: readonly [cutOff: readonly NodeId[], rest: readonly NodeId[]];
  /** Nodes that watch the replicas or decide for them. They stay with the others. */
  readonly arbiters: readonly NodeId[];
}

/** `of:` are the replicas. */
export const batteryCut: AnyFault = defineFault({
  name: 'cut of the battery',
  summary: 'Cuts replicas off as the battery needs it.',
  family: 'network',
  params: {},
  shorthand: null,
  severs: true,
  inject(levers, params): Injection | null {
    const given = params as unknown as CutParams;
    if (given.shape === 'bridge') return bridge(levers, given);
    const cutOff = chosen(levers, given);
    if (cutOff === null) return null;
    if (given.shape === 'arbiter') return withoutArbiter(levers, cutOff, given);
    return apart(levers, cutOff, given);
  },
});

/** The replicas that are cut off; null as long as nobody leads and somebody should. */
function chosen(levers: Levers, { leader, count }: CutParams): readonly NodeId[] | null {
  if (count === 'region') return ofOneRegion(levers);
  if (leader === null) return others(levers, [], count);
  const leading = select(levers, 'leader');
  if (leading === null) return null;
  if (leader === 'outside') return others(levers, leading, count);
  const company = others(levers, leading, count - leading.length);
  return company === null ? null : [...leading, ...company];
}

function ofOneRegion({ of, random }: Levers): readonly NodeId[] {
  const region = random.pick([...new Set(of.map((node) => node.region))]);
  return of.filter((node) => node.region === region).map(({ id }) => id);
}

function apart(
  levers: Levers,
  cutOff: readonly NodeId[],
  { shape, names, fronts, arbiters }: CutParams,
): Injection | null {
  const inside = [...cutOff, ...fronts[0]];
  const replicas = levers.of.map(({ id }) => id).filter((id) => !cutOff.includes(id));
  const outside = [...replicas, ...fronts[1], ...arbiters];
  if (outside.length === 0) return null;
  for (const near of inside) {
    for (const far of outside) {
      if (shape !== 'deaf') levers.cut(near, far);
      if (shape !== 'mute') levers.cut(far, near);
    }
  }
  const sign = { apart: '|', deaf: '⇍', mute: '⇏' }[shape as 'apart' | 'deaf' | 'mute'];
  return {
    label: `${inside.join(' ')} ${sign} ${outside.join(' ')}`,
    sides: [
      { name: names[0], nodes: inside },
      { name: names[1], nodes: outside },
    ],
    detail: {},
  };
}

function withoutArbiter(
  levers: Levers,
  replicas: readonly NodeId[],
  { names, fronts, arbiters }: CutParams,
): Injection {
  for (const arbiter of arbiters) {
    for (const replica of replicas) {
      levers.cut(arbiter, replica);
      levers.cut(replica, arbiter);
    }
  }
  const rest = levers.of.map(({ id }) => id).filter((id) => !replicas.includes(id));
  return {
    label: `${replicas.join(' ')} | ${arbiters.join(' ')}`,
    sides: [
      { name: names[0], nodes: replicas },
      { name: names[1], nodes: [...rest, ...fronts[0], ...fronts[1]] },
    ],
    detail: {},
  };
}

/** One replica and all that are no replicas reach both halves. */
function bridge(levers: Levers, { fronts, arbiters }: CutParams): Injection | null {
  const shuffled = others(levers, [], levers.of.length);
  if (shuffled === null || shuffled.length < 3) return null;
  const [between, ...rest] = shuffled as readonly [NodeId, ...NodeId[]];
  const left = rest.slice(0, Math.floor(rest.length / 2));
  const right = rest.slice(left.length);
  for (const a of left) {
    for (const b of right) {
      levers.cut(a, b);
      levers.cut(b, a);
    }
  }
  return {
    label: `${left.join(' ')} | ${right.join(' ')}, ${between} between`,
    sides: [
      { name: 'left', nodes: left },
      { name: 'right', nodes: right },
      { name: 'bridge', nodes: [between, ...fronts[0], ...fronts[1], ...arbiters] },
    ],
    detail: {},
  };
}
