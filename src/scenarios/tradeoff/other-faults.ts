/**
 * Faults of the battery that cut nothing. They give no letter, for CAP speaks of partitions; but
 * they are where stores lose what no partition takes: a leader that freezes and goes on as if no
 * time had passed, a clock that is ahead, and a power cut of all nodes at once.
 */
import clockOffset from '../../faults/clock-offset.ts';
import crash from '../../faults/crash.ts';
import pause from '../../faults/pause.ts';
import type { AnyFault } from '../../sim/fault.ts';
import type { NodeId } from '../../sim/node.ts';

interface OtherFault {
  readonly fault: AnyFault;
  readonly params: { readonly [name: string]: unknown };
  /** The nodes among which it chooses. */
  readonly of: readonly NodeId[];
  readonly forUs: number;
}

export interface NamedFault {
  /** `leader paused`. */
  readonly name: string;
  readonly faults: OtherFault;
}

/** How long a pause is, in detections and in patiences, at least. */
const PAUSE_DETECTIONS = 2;
const PAUSE_PATIENCES = 3;
/** How far ahead a clock is, at least, and in detections: as wrong as leases are long. */
const AHEAD_MIN_US = 250_000;
const AHEAD_DETECTIONS = 2;
const DARK_US = 300_000;

/** The faults, for a store with these members. */
export function otherFaultsOf(
  replicas: readonly NodeId[],
  all: readonly NodeId[],
  { leads, detectionUs, patienceUs }: { leads: boolean; detectionUs: number; patienceUs: number },
): readonly NamedFault[] {
  const aheadUs = Math.max(AHEAD_MIN_US, AHEAD_DETECTIONS * detectionUs);
  const pauseUs = Math.max(PAUSE_DETECTIONS * detectionUs, PAUSE_PATIENCES * patienceUs);
  const named = (
    name: string,
    fault: AnyFault,
    of: readonly NodeId[],
    given: object,
    forUs: number,
  ) => ({ name, faults: { fault, params: given as OtherFault['params'], of, forUs } });
  return [
    named(
      `${leads ? 'leader' : 'one node'} paused`,
      pause,
      replicas,
      { nodes: leads ? 'leader' : 'one' },
      pauseUs,
    ),
    named(
      'one clock ahead',
      clockOffset,
      replicas,
      { by: aheadUs / 1000, nodes: 'one' },
      Math.max(pauseUs, 1_000_000),
    ),
    named('power cut of all', crash, all, { nodes: 'all', power: true }, DARK_US),
  ];
}
