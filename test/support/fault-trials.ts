/**
 * A trial of each fault that strikes nodes, disks, clocks, loads or requests: how to strike so that
 * it is felt, and what it then must have touched. All strike `kv-2` of five Raft servers.
 */

import brownOut from '../../src/faults/brown-out.ts';
import clockDrift from '../../src/faults/clock-drift.ts';
import clockJump from '../../src/faults/clock-jump.ts';
import clockOffset from '../../src/faults/clock-offset.ts';
import clockSkew from '../../src/faults/clock-skew.ts';
import corruptDisk from '../../src/faults/corrupt-disk.ts';
import crash from '../../src/faults/crash.ts';
import diskFull from '../../src/faults/disk-full.ts';
import errorRate from '../../src/faults/error-rate.ts';
import fsyncError from '../../src/faults/fsync-error.ts';
import hotKey from '../../src/faults/hot-key.ts';
import join from '../../src/faults/join.ts';
import leave from '../../src/faults/leave.ts';
import loadRamp from '../../src/faults/load-ramp.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import lyingFsync from '../../src/faults/lying-fsync.ts';
import ntpStep from '../../src/faults/ntp-step.ts';
import pause from '../../src/faults/pause.ts';
import restart from '../../src/faults/restart.ts';
import restartLoop from '../../src/faults/restart-loop.ts';
import rollingRestart from '../../src/faults/rolling-restart.ts';
import slowCpu from '../../src/faults/slow-cpu.ts';
import slowDisk from '../../src/faults/slow-disk.ts';
import tornWrite from '../../src/faults/torn-write.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault, FeltCounter } from '../../src/sim/fault.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import { raftUnder, type StrikeSketch } from './raft-scenario.ts';
import { stamping } from './stamping.ts';

export interface FaultTrial {
  readonly fault: AnyFault;
  readonly given: { readonly [param: string]: unknown };
  /** What it must touch, each at least once. */
  readonly felt: readonly FeltCounter[];
  /** Strikes beside it, without which it would not tell. */
  readonly beside?: readonly StrikeSketch[];
  /** What it leaves behind is no trace of it: a clock that nobody sets right. */
  readonly leavesError?: boolean;
}

const STRUCK = 'kv-2';
const nodes = STRUCK;

/** Crashes of the same node, over and over: what had been lost or torn comes to light. */
const crashes: readonly StrikeSketch[] = [
  {
    fault: restartLoop,
    params: { nodes, up: constant(120), down: constant(20) },
    atUs: 250_000,
    forUs: 3_600_000,
  },
];

/**
 * Crashes of all: a leader does not send anew what a follower has acknowledged and lost; the next
 * one does.
 */
const crashesOfAll: readonly StrikeSketch[] = [
  {
    fault: restartLoop,
    params: { nodes: 'all', up: constant(420), down: constant(30) },
    atUs: 250_000,
    forUs: 3_600_000,
  },
];

export const faultTrials: readonly FaultTrial[] = [
  { fault: crash, given: { nodes }, felt: ['eventsSuppressed'] },
  { fault: pause, given: { nodes }, felt: ['eventsSuppressed'] },
  { fault: restart, given: { nodes, after: 60_000 }, felt: ['eventsSuppressed'] },
  { fault: rollingRestart, given: { nodes, down: 60_000 }, felt: ['eventsSuppressed'] },
  {
    fault: restartLoop,
    given: { nodes, up: constant(100), down: constant(200) },
    felt: ['eventsSuppressed'],
  },
  { fault: leave, given: { nodes, grace: 100 }, felt: ['eventsSuppressed'] },
  { fault: slowCpu, given: { nodes }, felt: ['handlersSlowed'] },
  { fault: slowDisk, given: { nodes, extra: constant(20) }, felt: ['flushesDelayed'] },
  { fault: tornWrite, given: { nodes }, felt: ['writesTorn'], beside: crashes },
  {
    fault: corruptDisk,
    given: { nodes, ratio: 1 },
    felt: ['readsDamaged', 'eventsSuppressed'],
    beside: crashes,
  },
  { fault: diskFull, given: { nodes }, felt: ['writesRefused', 'eventsSuppressed'] },
  { fault: lyingFsync, given: { nodes }, felt: ['writesLost'], beside: crashesOfAll },
  { fault: fsyncError, given: { nodes }, felt: ['flushesFailed', 'eventsSuppressed'] },
  { fault: clockOffset, given: { nodes, by: 250 }, felt: ['clockReadings'] },
  { fault: clockJump, given: { nodes, by: -250 }, felt: ['clockReadings'], leavesError: true },
  {
    fault: clockDrift,
    given: { nodes, ppm: 100_000 },
    felt: ['clockReadings', 'timersMoved'],
    leavesError: true,
  },
  { fault: ntpStep, given: { nodes }, felt: ['clockReadings', 'timersMoved'] },
  { fault: clockSkew, given: { nodes, within: 200 }, felt: ['clockReadings'] },
  { fault: loadSpike, given: { factor: 3 }, felt: ['operationsAdded'] },
  { fault: loadRamp, given: { factor: 4, over: 250 }, felt: ['operationsAdded'] },
  { fault: hotKey, given: { key: 'k2' }, felt: ['operationsMoved'] },
  { fault: brownOut, given: { nodes, errors: 0.3 }, felt: ['requestsDelayed', 'requestsFailed'] },
  { fault: errorRate, given: { nodes, ratio: 0.5 }, felt: ['requestsFailed'] },
];

/** Those that end as they strike, with trials of their own. */
export const struckAtOnce: readonly AnyFault[] = [join];

/** Five servers on slow disks, asked by open loops: so a disk that crashes has writes under way. */
export function trialScenario(strikes: readonly StrikeSketch[], seed = '1'): Scenario {
  const scenario = raftUnder(strikes, { seed, seconds: 4 });
  return {
    ...scenario,
    groups: scenario.groups.map((group) => ({
      ...group,
      system: stamping(group.system),
      disk: { sync: constant(8) },
    })),
    loads: scenario.loads.map((load) => ({
      ...load,
      pace: { kind: 'open', arrivals: 'poisson', perSecond: 200 },
    })),
  };
}

/** What still holds the struck node, or any load; empty when nothing does. */
export function holdsOn(world: World, leavesError = false): readonly string[] {
  const host = world.hosts[world.indexOf(STRUCK)];
  if (host === undefined) return ['there is no such node'];
  const shown = host.clock.read(world.now);
  const signs: readonly (readonly [string, boolean])[] = [
    ['down', host.node === null],
    ['kept down', host.downBy.length > 0],
    ['paused', host.pausedBy.length > 0],
    ['slow', host.pace.messageUs !== 0],
    ['its requests are in trouble', host.troubles !== null],
    ['its disk is changed', host.disk.faults !== null || host.disk.heldBy.length > 0],
    ['its clock is wrong', shown !== world.now / 1000 && !leavesError],
    ['its clock runs at another pace', host.clock.pace !== 1],
    ['its load is changed', world.loads.some(({ dial }) => !dial.isNeutral)],
  ];
  return signs.filter(([, sign]) => sign).map(([text]) => text);
}
