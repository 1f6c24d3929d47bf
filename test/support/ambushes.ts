/**
 * Strikes at the moments at which mistakes hide, for searches over hostile seeds: chance alone
 * seldom hits them. What strikes is as everywhere; when, is a condition on what members show and
 * note. Members that show and note nothing of the kind are never struck.
 */
import bridge from '../../src/faults/bridge.ts';
import crash from '../../src/faults/crash.ts';
import oneWay from '../../src/faults/one-way.ts';
import partition from '../../src/faults/partition.ts';
import type { Condition, FaultSpec, Measured } from '../../src/scenarios/scenario.ts';
import type { Random } from '../../src/sim/node.ts';
import { type StrikeSketch, strikeOf } from './strikes.ts';

const MS = 1000;

function atLeast(value: number, measured: Measured): Condition {
  const text = measured.kind === 'noted' ? `noted(${measured.label})` : measured.kind;
  const root = { kind: 'compare', text, measured, comparison: '>=', value } as const;
  return { text: `${text} >= ${value}`, root };
}

/** Of a group of these members, in a run of this length. */
export function ambushes(
  random: Random,
  nodes: readonly string[],
  durationUs: number,
): readonly FaultSpec[] {
  const made: FaultSpec[] = [];
  const add = (sketch: StrikeSketch, more: Partial<FaultSpec> = {}) => {
    // Few runs have all of these moments.
    made.push({ ...strikeOf(sketch, made.length, nodes), mayMiss: true, ...more });
  };
  const noted = (label: string) => ({ kind: 'noted', label, nodes: null }) as const;

  // Two leaders that do not reach each other, and members between them that forget all that is not
  // on their disks.
  const lastsUs = random.int(300, 600) * MS;
  for (let atUs = 500 * MS; atUs < durationUs - 1500 * MS; atUs += lastsUs + 200 * MS) {
    add({ fault: bridge, params: {}, atUs, forUs: lastsUs });
  }
  const forUs = random.int(2, 6) * MS;
  add(
    { fault: crash, params: { nodes: 'followers' }, atUs: 500 * MS, forUs },
    {
      when: atLeast(2, { kind: 'leaders', nodes }),
      repeat: { minUs: 50 * MS, maxUs: 50 * MS, waitsFirst: false },
    },
  );
  // A leader hears nothing of the one that it has asked to lead.
  for (let times = 1; times <= 12; times++) {
    add(
      { fault: oneWay, params: { nodes: 'leader', direction: 'in' }, atUs: 0, forUs: 400 * MS },
      { when: atLeast(times, noted('hands over')) },
    );
  }
  // Some know that the members are others now, and the rest does not.
  for (let times = 1; times <= 40; times += random.int(3, 9)) {
    const params = { isolate: 'leader', with: random.int(1, 2) };
    add(
      { fault: partition, params, atUs: 0, forUs: random.int(100, 400) * MS },
      { when: atLeast(times, noted('configuration')) },
    );
  }
  return made;
}
