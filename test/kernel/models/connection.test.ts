// What two nodes get and hear over a connection under any faults, against a model of its own, at
// random.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant } from '../../../src/sim/distribution.ts';
import { HeldLevers } from '../../../src/sim/kernel/levers.ts';
import { newTally } from '../../../src/sim/kernel/network.ts';
import { CONNECTION_DEFAULTS } from '../../../src/sim/link.ts';
import type { Message } from '../../../src/sim/node.ts';
import { times } from '../../support/long.ts';
import { type Body, fastLink, worldOf } from '../../support/stage.ts';
import { type ConnectionCase, type End, talk, type WireFault } from './connection-model.ts';

const SPAN_US = 60_000_000;
const NAMES = ['a', 'b'] as const;
type Letter = Message & { readonly n: number; readonly stream: number; readonly bytes: number };

function real(given: ConnectionCase): readonly string[] {
  const log: string[] = [];
  const ears = (end: End): Body => ({
    receive: (_ctx, _from, message) =>
      void log.push(`${world.now} ${end} gets ${(message as Letter).n}`),
    connected: () => void log.push(`${world.now} ${end} connected`),
    disconnected: (_ctx, _peer, why) => void log.push(`${world.now} ${end} ${why}`),
  });
  const world = worldOf(
    { a: () => ears(0), b: () => ears(1) },
    {
      link: {
        ...fastLink,
        latency: constant(given.latencyUs / 1000),
        transport: 'connection',
        bandwidth: given.perByteUs > 0 ? 1_000_000 / given.perByteUs : undefined,
        connection: {
          ...CONNECTION_DEFAULTS,
          order: given.byStream ? 'stream' : 'connection',
          'break-after': given.breakAfterUs / 1000,
        },
      },
    },
  );
  for (const [i, { from, fromUs, untilUs, does }] of given.faults.entries()) {
    const levers = new HeldLevers(world, `x${i}`, [...NAMES], newTally());
    const ends = [NAMES[from], NAMES[1 - from] as string] as const;
    world.at(fromUs, () => {
      if (does === 'cut') levers.cut(...ends);
      else if (does === 'lose') levers.shapeLink(...ends, { loss: 1 });
      else if (does === 'damage') levers.shapeLink(...ends, { corrupt: 1 });
      else {
        const { extraUs, factor } = does;
        const extraLatency = constant(extraUs / 1000);
        levers.shapeLink(...ends, { extraLatency, latencyFactor: factor });
      }
    });
    world.at(untilUs, () => levers.release());
  }
  const resetter = new HeldLevers(world, 'reset', [...NAMES], newTally());
  for (const atUs of given.resetsUs) world.at(atUs, () => resetter.reset('a', 'b'));
  for (const { end, atUs, forUs } of given.crashes) {
    const levers = new HeldLevers(world, `crash-${atUs}`, [...NAMES], newTally());
    world.at(atUs, () => {
      if (world.hosts[end]?.node === null) return;
      levers.crash(NAMES[end]);
      world.at(atUs + forUs, () => levers.release());
    });
  }
  for (const [n, { from, atUs, stream, bytes }] of given.sends.entries()) {
    world.at(atUs, () => {
      if (world.hosts[from]?.node === null) return;
      world.send(from, 1 - from, { type: 'm', n, stream, bytes } as Letter);
    });
  }
  world.run(SPAN_US);
  expect(world.error).toBeNull();
  return log;
}

/** What happens in one microsecond at two ends has no order. */
function inOrder(log: readonly string[]): readonly string[] {
  const parts = log.map((line) => ({ line, at: line.split(' ').slice(0, 2).map(Number) }));
  parts.sort(
    (x, y) =>
      (x.at[0] as number) - (y.at[0] as number) || (x.at[1] as number) - (y.at[1] as number),
  );
  return parts.map(({ line }) => line);
}

const end = fc.constantFrom<End>(0, 1);
const span = (max: number) => fc.noBias(fc.integer({ min: 1, max }));
/** Most moments lie where the messages are; some windows outlast all tries. */
const forUs = fc.oneof(span(40_000), span(900_000), span(30_000_000));
const fault: fc.Arbitrary<WireFault> = fc
  .record({
    from: end,
    fromUs: span(300_000),
    forUs,
    does: fc.oneof(
      fc.constantFrom('cut' as const, 'lose' as const, 'damage' as const),
      fc.record({ extraUs: fc.nat(30_000), factor: fc.constantFrom(0, 0.5, 1, 2, 3) }),
    ),
  })
  .map(({ from, fromUs, forUs, does }) => ({ from, fromUs, untilUs: fromUs + forUs, does }));
const connectionCase: fc.Arbitrary<ConnectionCase> = fc
  .record({
    latencyUs: fc.oneof(span(9000), span(300_000)),
    perByteUs: fc.constantFrom(0, 0, 4, 40),
    byStream: fc.boolean(),
    breakAfterUs: fc.oneof(fc.constant(0), span(500_000), span(40_000_000)),
    faults: fc.array(fault, { maxLength: 5 }),
    resetsUs: fc.array(span(500_000), { maxLength: 1 }),
    crashes: fc.array(fc.record({ end, atUs: span(500_000), forUs: span(400_000) }), {
      maxLength: 2,
    }),
    sends: fc.array(
      fc.record({
        from: fc.oneof(
          { arbitrary: fc.constant<End>(0), weight: 3 },
          { arbitrary: end, weight: 1 },
        ),
        gapUs: fc.oneof(span(3000), span(60_000)),
        stream: fc.nat(2),
        bytes: fc.nat(300),
      }),
      { minLength: 1, maxLength: 14 },
    ),
  })
  .map(({ sends, ...rest }) => {
    let atUs = 0;
    return {
      ...rest,
      sends: sends.map(({ gapUs, ...one }) => {
        atUs += gapUs;
        return { ...one, atUs };
      }),
    };
  });

test('what comes over a connection, when, and what its ends hear is what the model says', () => {
  let used = 0;
  const runs = times(600, 100_000);
  fc.assert(
    fc.property(connectionCase, (given) => {
      const expected = talk(given, SPAN_US);
      if (expected === null) return;
      used++;
      expect(inOrder(real(given))).toEqual(inOrder(expected));
    }),
    { seed: 47, numRuns: runs },
  );
  expect(used).toBeGreaterThan(runs / 2);
});
