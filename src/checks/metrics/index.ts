/**
 * What src/checks/metrics/ has, found by its place. Written by `npm run generate`; do not edit.
 */

import type { Metric } from '../checker.ts';
import availability from './availability.ts';
import clockError from './clock-error.ts';
import detection from './detection.ts';
import holders from './holders.ts';
import latency from './latency.ts';
import leaders from './leaders.ts';
import losses from './losses.ts';
import messages from './messages.ts';
import nines from './nines.ts';
import objectives from './objectives.ts';
import operations from './operations.ts';
import recovery from './recovery.ts';
import sessions from './sessions.ts';
import spread from './spread.ts';
import staleness from './staleness.ts';

const all: readonly (Metric | readonly Metric[])[] = [availability, clockError, detection, holders, latency, leaders, losses, messages, nines, objectives, operations, recovery, sessions, spread, staleness];

/** Every metric, by the name that `expect:` gives it. They are few and small, and come together. */
export const metrics: ReadonlyMap<string, Metric> = new Map(
  all.flat().map((item) => [item.name, item]),
);
