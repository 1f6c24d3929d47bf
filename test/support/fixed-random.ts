/**
 * A small seeded stream for tests of code that draws, under the rim's interface: a 32-bit counter
 * and a mixer. The kernel has its own; what a test expects must not move when that one does.
 */
import type { DistributionSpec } from '../../src/sim/distribution.ts';
import type { Random } from '../../src/sim/node.ts';

export function fixedRandom(seed: number): Random {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const random: Random = {
    int: (min, max) => min + Math.floor(uniform() * (max - min + 1)),
    between: (min, max) => min + uniform() * (max - min),
    chance: (probability) => uniform() < probability,
    pick: (items) => {
      const item = items[Math.floor(uniform() * items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const order = [...items];
      for (let i = order.length - 1; i > 0; i--) {
        const j = random.int(0, i);
        [order[i], order[j]] = [order[j] as T, order[i] as T];
      }
      return order;
    },
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    draw: (spec) => draw(random, spec),
  };
  return random;
}

function draw(random: Random, spec: DistributionSpec): number {
  switch (spec.kind) {
    case 'constant':
      return spec.value;
    case 'uniform':
      return random.between(spec.min, spec.max);
    case 'exponential':
      return spec.min + random.exponential(spec.mean - spec.min);
    default:
      throw new RangeError(`${spec.kind} is not drawn in tests`);
  }
}
