/** Every kind of fault, loaded at once: for what runs without a file system and without waiting. */
import bandwidth from '../../src/faults/bandwidth.ts';
import bridge from '../../src/faults/bridge.ts';
import brownOut from '../../src/faults/brown-out.ts';
import clockDrift from '../../src/faults/clock-drift.ts';
import clockJump from '../../src/faults/clock-jump.ts';
import clockOffset from '../../src/faults/clock-offset.ts';
import clockSkew from '../../src/faults/clock-skew.ts';
import corrupt from '../../src/faults/corrupt.ts';
import corruptDisk from '../../src/faults/corrupt-disk.ts';
import crash from '../../src/faults/crash.ts';
import cut from '../../src/faults/cut.ts';
import diskFull from '../../src/faults/disk-full.ts';
import duplicate from '../../src/faults/duplicate.ts';
import errorRate from '../../src/faults/error-rate.ts';
import flapping from '../../src/faults/flapping.ts';
import fsyncError from '../../src/faults/fsync-error.ts';
import hotKey from '../../src/faults/hot-key.ts';
import jitter from '../../src/faults/jitter.ts';
import join from '../../src/faults/join.ts';
import latency from '../../src/faults/latency.ts';
import leave from '../../src/faults/leave.ts';
import loadRamp from '../../src/faults/load-ramp.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import loss from '../../src/faults/loss.ts';
import lossBursts from '../../src/faults/loss-bursts.ts';
import lyingFsync from '../../src/faults/lying-fsync.ts';
import majoritiesRing from '../../src/faults/majorities-ring.ts';
import message from '../../src/faults/message.ts';
import ntpStep from '../../src/faults/ntp-step.ts';
import oneWay from '../../src/faults/one-way.ts';
import partition from '../../src/faults/partition.ts';
import pause from '../../src/faults/pause.ts';
import reorder from '../../src/faults/reorder.ts';
import reset from '../../src/faults/reset.ts';
import restart from '../../src/faults/restart.ts';
import restartLoop from '../../src/faults/restart-loop.ts';
import rollingRestart from '../../src/faults/rolling-restart.ts';
import slowCpu from '../../src/faults/slow-cpu.ts';
import slowDisk from '../../src/faults/slow-disk.ts';
import tornWrite from '../../src/faults/torn-write.ts';
import type { AnyFault } from '../../src/sim/fault.ts';

export const allFaults: ReadonlyMap<string, AnyFault> = new Map(
  [
    bandwidth,
    bridge,
    brownOut,
    clockDrift,
    clockJump,
    clockOffset,
    clockSkew,
    corrupt,
    corruptDisk,
    crash,
    cut,
    diskFull,
    duplicate,
    errorRate,
    flapping,
    fsyncError,
    hotKey,
    jitter,
    join,
    latency,
    leave,
    loadRamp,
    loadSpike,
    loss,
    lossBursts,
    lyingFsync,
    majoritiesRing,
    message,
    ntpStep,
    oneWay,
    partition,
    pause,
    reorder,
    reset,
    restart,
    restartLoop,
    rollingRestart,
    slowCpu,
    slowDisk,
    tornWrite,
  ].map((fault: AnyFault) => [fault.name, fault]),
);
