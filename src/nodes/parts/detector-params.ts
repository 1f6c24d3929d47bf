/** The knobs of a failure detector, for every kind that has one. */
import { defineParams, type Params } from '../../sim/params.ts';
import type { DetectorSpec } from './failure-detector.ts';

export const detectorParams = defineParams({
  heartbeat: {
    type: 'duration',
    min: 1,
    default: 100,
    doc: 'How often a member says that it is there. More often detects sooner and costs more messages.',
  },
  detector: {
    type: 'choice',
    options: ['fixed', 'phi'],
    default: 'fixed',
    doc: 'Whether a silence of `timeout` makes a member suspect, or one that is long for what it has seen.',
  },
  timeout: {
    type: 'duration',
    min: 1,
    default: 350,
    doc: 'With `detector: fixed`, the silence after which a member is suspected. Longer is slower and wrong less often.',
  },
  threshold: {
    type: 'number',
    min: 0.1,
    max: 15,
    default: 8,
    doc: 'With `detector: phi`, the level that makes a member suspect: it is wrong with a chance of 10 to the minus this.',
  },
  model: {
    type: 'choice',
    options: ['normal', 'logistic', 'exponential'],
    default: 'normal',
    doc: 'With `detector: phi`, how gaps are taken to be distributed: normally, by the approximation of Akka, or exponentially as in Cassandra.',
  },
  window: {
    type: 'integer',
    min: 2,
    default: 1000,
    doc: 'How many gaps phi remembers. Fewer adapt sooner.',
  },
  'min-std': {
    type: 'duration',
    min: 0.001,
    default: 10,
    doc: 'The least standard deviation that phi reckons with: on a calm network the first small delay is no death.',
  },
  pause: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How much longer a silence phi forgives, such as a pause for garbage collection.',
  },
  'own-pause': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'A member that was not running for so long judges nobody by that silence. Absent: it does not look.',
  },
});

export type DetectorParams = Params<typeof detectorParams>;

export function detectorOf(given: DetectorParams, learnsAll = false): DetectorSpec {
  return {
    model: given.detector === 'fixed' ? 'fixed' : given.model,
    timeoutMs: given.timeout,
    threshold: given.threshold,
    window: given.window,
    minStdMs: given['min-std'],
    pauseMs: given.pause,
    heartbeatMs: given.heartbeat,
    learnsAll,
  };
}

/** A sentence for the user if a detector would suspect between two heartbeats; null if not. */
export function detectorProblem({ detector, timeout, heartbeat }: DetectorParams): string | null {
  return detector === 'fixed' && timeout <= heartbeat
    ? 'timeout must be longer than heartbeat: each gap would be a suspicion'
    : null;
}
