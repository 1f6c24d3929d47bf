/** The knobs of a circuit breaker. All are optional: what is not set is the preset's. */
import { defineParams, type Params } from '../../../sim/params.ts';
import type { BreakerLayerSpec } from '../../parts/breaker-layer.ts';
import type { BreakerWindowSpec } from '../../parts/breaker-window.ts';
import { presetNames, presets } from './presets.ts';

export const breakerParams = defineParams({
  preset: {
    type: 'choice',
    options: presetNames,
    default: 'resilience4j',
    doc: 'The library whose settings hold where nothing else is set.',
  },
  window: {
    type: 'object',
    optional: true,
    fields: {
      count: {
        type: 'integer',
        min: 1,
        optional: true,
        doc: 'The number of calls that it looks back on.',
      },
      time: { type: 'duration', min: 1, optional: true, doc: 'The time that it looks back.' },
      buckets: {
        type: 'integer',
        min: 1,
        default: 10,
        doc: 'With `time`, the parts in which it forgets.',
      },
    },
    doc: 'The results that it looks back on; a shorter one opens sooner, and more often for nothing.',
  },
  minimum: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Results in the window below which no rate opens the circuit; larger trips less often by chance.',
  },
  threshold: {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'The share of failures that opens the circuit.',
  },
  compare: {
    type: 'choice',
    options: ['at-least', 'more-than'],
    optional: true,
    doc: 'Whether exactly the threshold opens the circuit.',
  },
  evaluate: {
    type: 'choice',
    options: ['failure', 'any'],
    optional: true,
    doc: 'Whether rates are compared after failures only, or after every result.',
  },
  consecutive: {
    type: 'integer',
    min: 0,
    optional: true,
    doc: 'Failures in a row that open the circuit, whatever the rate; 0: none do.',
  },
  'slow-after': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'A call that takes longer is slow.',
  },
  'slow-threshold': {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'The share of slow calls that opens the circuit.',
  },
  snapshot: {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How often rates are compared; larger opens later. 0: after each result.',
  },
  'open-for': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How long it refuses calls; longer spares the target, and notices later that it is well.',
  },
  'open-factor': {
    type: 'number',
    min: 1,
    optional: true,
    doc: 'The factor by which the open time grows each time that the probes fail.',
  },
  'open-max': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'It is never open for longer than this.',
  },
  'open-jitter': {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'The share of the open time by which it may end early, at random, so that callers do not probe in step.',
  },
  probes: {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'Calls that are let through to decide; more decide better, and hurt a weak target more.',
  },
  'probe-share': {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'Half-open, each call goes through with this chance, until `probes` results are in.',
  },
  'probe-rule': {
    type: 'choice',
    options: ['rate', 'all', 'first', 'in-a-row'],
    optional: true,
    doc: 'How probes decide: by the thresholds, one failure opens, the first result decides, or one at a time.',
  },
  'half-open-for': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'Half-open for longer, it opens again; without it, a probe that never ends holds it there forever.',
  },
  'half-open-by': {
    type: 'choice',
    options: ['call', 'timer'],
    optional: true,
    doc: 'Whether the open state ends with the first call after its time, or at its time.',
  },
  ignore: {
    type: 'list',
    of: { type: 'text', doc: 'An error code.' },
    optional: true,
    doc: 'Error codes that count neither as success nor as failure.',
  },
  force: {
    type: 'choice',
    options: ['none', 'open', 'closed'],
    default: 'none',
    doc: 'Holds the circuit open or closed, as an operator may.',
  },
});

type Given = Params<typeof breakerParams>;

/** The preset with what is set beside it. */
export function breakerSpecOf(given: Given): BreakerLayerSpec {
  const preset = presets[given.preset];
  return {
    window: windowOf(given) ?? preset.window,
    minimum: given.minimum ?? preset.minimum,
    threshold: given.threshold ?? preset.threshold,
    compare: given.compare ?? preset.compare,
    evaluate: given.evaluate ?? preset.evaluate,
    consecutive: given.consecutive ?? preset.consecutive,
    slowAfterMs: given['slow-after'] ?? preset.slowAfterMs,
    slowThreshold: given['slow-threshold'] ?? preset.slowThreshold,
    snapshotMs: given.snapshot ?? preset.snapshotMs,
    openForMs: given['open-for'] ?? preset.openForMs,
    openFactor: given['open-factor'] ?? preset.openFactor,
    openMaxMs: given['open-max'] ?? preset.openMaxMs,
    openJitter: given['open-jitter'] ?? preset.openJitter,
    probes: given.probes ?? preset.probes,
    probeShare: given['probe-share'] ?? preset.probeShare,
    probeRule: given['probe-rule'] ?? preset.probeRule,
    halfOpenForMs: given['half-open-for'] ?? preset.halfOpenForMs,
    halfOpenBy: given['half-open-by'] ?? preset.halfOpenBy,
    ignore: given.ignore ?? preset.ignore,
    force: given.force,
  };
}

function windowOf({ window }: Given): BreakerWindowSpec | null {
  if (window === undefined) return null;
  const { count, time, buckets } = window;
  if (time !== undefined) return { kind: 'time', ms: time, buckets };
  return count === undefined ? null : { kind: 'count', calls: count };
}

/** Why these values make no sense together; null if they do. */
export function refuseBreaker({ window }: Given): string | null {
  if (window === undefined) return null;
  const both = window.count !== undefined && window.time !== undefined;
  const none = window.count === undefined && window.time === undefined;
  return both || none ? '`window` needs either `count` or `time`' : null;
}
