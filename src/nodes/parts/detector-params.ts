/** The knobs of a failure detector, for every kind that has one, and what products have there. */
import { defineParams, type Params } from '../../sim/params.ts';
import type { DetectorSpec } from './failure-detector.ts';

export const detectorParams = defineParams({
  preset: {
    type: 'choice',
    options: ['plain', 'akka-cluster', 'akka-remote', 'cassandra', 'hdfs'],
    default: 'plain',
    doc: 'Whose values the knobs below have where nothing else is said; each knob takes the place of its value.',
  },
  heartbeat: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How often a member says that it is there: 100 ms, 1 s, 1 s, 1 s, 3 s in the presets. More often detects sooner and costs more messages.',
  },
  detector: {
    type: 'choice',
    options: ['fixed', 'phi'],
    optional: true,
    doc: 'Whether a silence of `timeout` makes a member suspect, or one that is long for what it has seen: fixed, phi, phi, phi, fixed.',
  },
  timeout: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'With `detector: fixed`, the silence after which a member is suspected: 350 ms, and 10 min 30 s in `hdfs`. Longer is slower and wrong less often.',
  },
  threshold: {
    type: 'number',
    min: 0.1,
    max: 15,
    optional: true,
    doc: 'With `detector: phi`, the level that makes a member suspect: it is wrong with a chance of 10 to the minus this. 8, and 10 in `akka-remote`.',
  },
  model: {
    type: 'choice',
    options: ['normal', 'logistic', 'exponential'],
    optional: true,
    doc: 'With `detector: phi`, how gaps are taken to be distributed: normally, by the approximation of Akka, or exponentially as in Cassandra.',
  },
  window: {
    type: 'integer',
    min: 2,
    optional: true,
    doc: 'How many gaps phi remembers: 1000, and 200 in `akka-remote`. Fewer adapt sooner.',
  },
  'min-std': {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'The least standard deviation that phi reckons with: on a calm network the first small delay is no death. 10 ms, and 100 ms in Akka.',
  },
  pause: {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How much longer a silence phi forgives, such as a pause for garbage collection: 0, 3 s, 10 s, 0.',
  },
  'own-pause': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'A member that was not running for so long judges nobody by that silence: 5 s in `cassandra`. Absent in the others: it does not look.',
  },
});

export type DetectorParams = Params<typeof detectorParams>;

const plain = {
  heartbeat: 100,
  detector: 'fixed',
  timeout: 350,
  threshold: 8,
  model: 'normal',
  window: 1000,
  'min-std': 10,
  pause: 0,
  'own-pause': Infinity,
  /** How many others watch each member. */
  monitors: Infinity,
} as const;

type Values = { readonly [K in keyof typeof plain]: number | string };

const akka = { ...plain, heartbeat: 1000, detector: 'phi', model: 'logistic', 'min-std': 100 };

const presets: { readonly [P in DetectorParams['preset']]: Values } = {
  plain,
  // akka-cluster and akka-remote, reference.conf: failure-detector, watch-failure-detector.
  'akka-cluster': { ...akka, pause: 3000, monitors: 9 },
  'akka-remote': { ...akka, threshold: 10, window: 200, pause: 10_000 },
  // FailureDetector.java: phi_convict_threshold, MAX_LOCAL_PAUSE_IN_MS; the gossiper beats each
  // second.
  cassandra: {
    ...plain,
    heartbeat: 1000,
    detector: 'phi',
    model: 'exponential',
    'own-pause': 5000,
  },
  // Of the name node: 2 * dfs.namenode.heartbeat.recheck-interval + 10 * dfs.heartbeat.interval.
  hdfs: { ...plain, heartbeat: 3000, timeout: 630_000 },
};

export interface DetectorSettings extends DetectorSpec {
  /** Infinity: a member judges by every silence. */
  readonly ownPauseMs: number;
  /** How many others watch each member; Infinity: all. */
  readonly monitors: number;
}

/** The knobs, with the values of the preset where nothing is said. */
export function detectorOf(given: DetectorParams, learnsAll = false): DetectorSettings {
  const preset = presets[given.preset];
  const of = (knob: Exclude<keyof Values, 'detector' | 'model' | 'monitors'>) =>
    given[knob] ?? (preset[knob] as number);
  const isFixed = (given.detector ?? preset.detector) === 'fixed';
  return {
    model: isFixed ? 'fixed' : (given.model ?? (preset.model as DetectorSpec['model'])),
    timeoutMs: of('timeout'),
    threshold: of('threshold'),
    window: of('window'),
    minStdMs: of('min-std'),
    pauseMs: of('pause'),
    heartbeatMs: of('heartbeat'),
    ownPauseMs: of('own-pause'),
    monitors: preset.monitors as number,
    learnsAll,
  };
}

/** The longest that a crash may stay unseen, on a network without loss, in ms. */
export function detectionMsOf(given: DetectorParams): number {
  const { model, timeoutMs, heartbeatMs, pauseMs } = detectorOf(given);
  return model === 'fixed' ? timeoutMs + heartbeatMs : 20 * heartbeatMs + pauseMs;
}

/** A sentence for the user if a detector would suspect between two heartbeats; null if not. */
export function detectorProblem(given: DetectorParams): string | null {
  const { model, timeoutMs, heartbeatMs } = detectorOf(given);
  return model === 'fixed' && timeoutMs <= heartbeatMs
    ? 'timeout must be longer than heartbeat: each gap would be a suspicion'
    : null;
}
