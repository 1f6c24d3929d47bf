/**
 * Strikes of the profiles of `nemesis.ts` that go for messages of an earlier reign, and for what a
 * leader counts before its disk has it.
 */
import crash from '../../src/faults/crash.ts';
import loss from '../../src/faults/loss.ts';
import message from '../../src/faults/message.ts';
import partition from '../../src/faults/partition.ts';
import slowDisk from '../../src/faults/slow-disk.ts';
import tornWrite from '../../src/faults/torn-write.ts';
import type { FaultSpec } from '../../src/scenarios/scenario.ts';
import type { Random } from '../../src/sim/node.ts';
import { type StrikeSketch, strikeOf } from './strikes.ts';

/** What servers say to each other, and what promises something. */
const TYPES = ['appendEntries', 'appendEntriesReply', 'requestVote', 'requestVoteReply', 'forward'];
/** More messages than there are. */
const ALL = 1_000_000;

/**
 * Copies of what is said for 120 ms come 0.3 to 1.6 s later. Meanwhile the leader loses all that is
 * sent to it and by it, which leaves alone what is under way, and others reboot in milliseconds.
 */
export function echoes(random: Random, nodes: readonly string[], untilUs: number): FaultSpec[] {
  return rounds(nodes, untilUs, 900_000, (atUs) => [
    ...[random.pick(TYPES), random.pick(TYPES)].map((type) => ({
      fault: message,
      params: {
        from: nodes,
        to: nodes,
        type,
        number: 1,
        count: ALL,
        action: 'duplicate',
        by: random.int(300, 1600),
      },
      atUs,
      forUs: 120_000,
    })),
    {
      fault: loss,
      params: { ratio: 1, nodes: 'leader' },
      atUs: atUs + 100_000,
      forUs: random.int(250_000, 500_000),
    },
    ...[1, 2].map(() => ({
      fault: crash,
      params: { nodes: random.pick<number | string>([1, 1, 2, 'leader']) },
      atUs: atUs + random.int(120_000, 880_000),
      forUs: random.int(1000, 40_000),
    })),
  ]);
}

/**
 * The leader's disk takes 300 ms longer, and the leader crashes before it is through: what it held
 * for written is gone, or torn. One server hears nothing of it, and others lose their power soon.
 */
export function slowLeaders(
  random: Random,
  nodes: readonly string[],
  untilUs: number,
): FaultSpec[] {
  const tears = { fault: tornWrite, params: { nodes: 'all' }, atUs: 0, forUs: null };
  const strikes = rounds(nodes, untilUs, 700_000, (atUs) => [
    {
      fault: slowDisk,
      params: { extra: { kind: 'constant', value: 300 }, nodes: 'leader' },
      atUs,
      forUs: 150_000,
    },
    {
      fault: partition,
      params: { isolate: 'leader', with: random.int(0, 2) },
      atUs: atUs + random.int(0, 60_000),
      forUs: random.int(100_000, 500_000),
    },
    { fault: crash, params: { nodes: 'leader' }, atUs: atUs + 140_000, forUs: 20_000 },
    {
      fault: crash,
      params: { nodes: random.pick<number | string>([1, 2, 'majority', 'all']) },
      atUs: atUs + random.int(150_000, 650_000),
      forUs: random.int(2000, 30_000),
    },
  ]);
  return [strikeOf(tears, 0, nodes), ...strikes];
}

/** The strikes of each round, numbered through. */
function rounds(
  nodes: readonly string[],
  untilUs: number,
  everyUs: number,
  round: (atUs: number) => readonly StrikeSketch[],
): FaultSpec[] {
  const count = Math.floor((untilUs - 1_500_000) / everyUs);
  const sketches = Array.from({ length: count }, (_, i) => round(500_000 + everyUs * i)).flat();
  return sketches.map((sketch, i) => strikeOf(sketch, i, nodes));
}
