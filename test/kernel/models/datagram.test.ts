// What arrives over a link of datagrams under any faults, against a model of each message by itself,
// at random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant } from '../../../src/sim/distribution.ts';
import type { LinkChange } from '../../../src/sim/fault.ts';
import { HeldLevers } from '../../../src/sim/kernel/levers.ts';
import { newTally } from '../../../src/sim/kernel/network.ts';
import type { Message } from '../../../src/sim/node.ts';
import { times } from '../../support/long.ts';
import { fastLink, worldOf } from '../../support/stage.ts';
import { type Arrival, arrivals, type DatagramCase, type LinkFault } from './datagram-model.ts';

const SPAN_US = 400_000;
type Numbered = Message & { readonly n: number; readonly bytes: number };

type Shape = Exclude<LinkFault['does'], { kind: 'script' }>;

function changeOf(does: Shape): LinkChange {
  switch (does.kind) {
    case 'cut':
    case 'lose':
      return { loss: 1 };
    case 'double':
      return { duplicate: 1 };
    case 'hold back':
      return { reorder: 1 };
    case 'damage':
      return { corrupt: 1 };
    case 'slow':
      return { extraLatency: constant(does.extraUs / 1000), latencyFactor: does.factor };
    case 'bandwidth':
      return { bandwidth: does.bytesPerSecond, queue: does.queue };
  }
}

function real({ latencyUs, holdsBack, doubles, faults, resetsUs, sends }: DatagramCase): Arrival[] {
  const own = { reorder: holdsBack ? 1 : 0, duplicate: doubles ? 1 : 0 };
  const got: Arrival[] = [];
  const world = worldOf(
    {
      a: () => ({}),
      b: () => ({
        receive: (_ctx, _from, message) =>
          void got.push({ n: (message as Numbered).n, atUs: world.now }),
      }),
    },
    { link: { ...fastLink, ...own, latency: constant(latencyUs / 1000) } },
  );
  for (const [i, { fromUs, untilUs, does }] of faults.entries()) {
    const levers = new HeldLevers(world, `x${i}`, ['a', 'b'], newTally());
    if (does.kind === 'script') levers.countMessages('a', 'b', 'm');
    world.at(fromUs, () => {
      if (does.kind === 'cut') levers.cut('a', 'b');
      else if (does.kind === 'script') {
        const byMs = does.byUs === null ? null : does.byUs / 1000;
        levers.script('a', 'b', { type: 'm', ...does, byMs });
      } else levers.shapeLink('a', 'b', changeOf(does));
    });
    world.at(untilUs, () => levers.release());
  }
  const resetter = new HeldLevers(world, 'reset', ['a', 'b'], newTally());
  for (const atUs of resetsUs) world.at(atUs, () => resetter.reset('a', 'b'));
  for (const [n, { atUs, bytes }] of sends.entries()) {
    world.at(atUs, () => world.send(0, 1, { type: 'm', n, bytes } as Numbered));
  }
  world.run(SPAN_US);
  expect(world.error).toBeNull();
  return got.sort((x, y) => x.atUs - y.atUs || x.n - y.n);
}

const moment = fc.noBias(fc.integer({ min: 1, max: 70_000 }));
const plain = (kind: 'cut' | 'lose' | 'double' | 'hold back' | 'damage') => fc.constant({ kind });
const does: fc.Arbitrary<LinkFault['does']> = fc.oneof(
  plain('cut'),
  plain('lose'),
  plain('double'),
  plain('hold back'),
  plain('damage'),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('slow' as const),
      extraUs: fc.nat(9000),
      factor: fc.constantFrom(0, 0.5, 1, 2, 3),
    }),
  },
  fc.record({
    kind: fc.constant('script' as const),
    first: fc.integer({ min: 1, max: 12 }),
    last: fc.integer({ min: 1, max: 30 }),
    action: fc.constantFrom('drop' as const, 'delay' as const, 'duplicate' as const),
    byUs: fc.option(fc.integer({ min: 1, max: 9000 })),
  }),
);
const pipe: fc.Arbitrary<LinkFault['does']> = fc.record({
  kind: fc.constant('bandwidth' as const),
  bytesPerSecond: fc.constantFrom(62_500, 125_000, 250_000),
  queue: fc.constantFrom(0, 500, 2000, Infinity),
});
const held = (what: fc.Arbitrary<LinkFault['does']>): fc.Arbitrary<LinkFault> =>
  fc
    .record({ fromUs: moment, forUs: fc.noBias(fc.integer({ min: 1, max: 60_000 })), does: what })
    .map(({ fromUs, forUs, does }) => ({ fromUs, untilUs: fromUs + forUs, does }));
const datagramCase: fc.Arbitrary<DatagramCase> = fc
  .record({
    latencyUs: fc.integer({ min: 2, max: 9000 }),
    holdsBack: fc.boolean(),
    doubles: fc.boolean(),
    faults: fc.array(held(does), { maxLength: 6 }),
    pipes: fc.array(held(pipe), { maxLength: 1 }),
    resetsUs: fc.array(moment, { maxLength: 3 }),
    sends: fc.array(fc.record({ gapUs: fc.integer({ min: 1, max: 5000 }), bytes: fc.nat(999) }), {
      minLength: 1,
      maxLength: 25,
    }),
  })
  .map(({ pipes, faults, sends, ...rest }) => {
    let atUs = 0;
    return {
      ...rest,
      faults: [...faults, ...pipes],
      sends: sends.map(({ gapUs, bytes }) => {
        atUs += gapUs;
        return { atUs, bytes };
      }),
    };
  });

test('what arrives over a link, and when, is what the model of links says', () => {
  let used = 0;
  const runs = times(1000, 100_000);
  fc.assert(
    fc.property(datagramCase, (given) => {
      const expected = arrivals(given);
      if (expected === null) return;
      used++;
      expect(real(given)).toEqual(expected);
    }),
    { seed: 41, numRuns: runs },
  );
  expect(used).toBeGreaterThan(runs / 2);
});
