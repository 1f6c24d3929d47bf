/** Bulkhead: as a policy on calls, and as a proxy in front of a target. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import {
  BulkheadLayer,
  type BulkheadLayerSpec,
  bulkheadBugs,
  bulkheadMeasures,
} from '../../parts/bulkhead.ts';
import type { LimitSpec } from '../../parts/concurrency-limit.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';

const policyParams = defineParams({
  most: {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'Calls under way at most; of a limit that adapts, at the beginning. Absent: 25, or what suits the limit.',
  },
  limit: {
    type: 'choice',
    options: ['fixed', 'aimd', 'vegas', 'gradient2', 'gradient'],
    default: 'fixed',
    doc: 'Whether the number of places stays, or follows how long calls take.',
  },
  'limit-min': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'A limit that adapts never falls below this.',
  },
  'limit-max': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'A limit that adapts never grows beyond this.',
  },
  'slow-after': {
    type: 'duration',
    min: 0,
    default: 5000,
    doc: 'With `aimd`, a call that takes longer makes the limit fall; shorter keeps queues shorter.',
  },
  tolerance: {
    type: 'number',
    min: 1,
    default: 1,
    doc: 'With `gradient2`, how much longer than on average a call may take before the limit falls.',
  },
  'measure-every': {
    type: 'duration',
    min: 1,
    default: 60_000,
    doc: 'With `gradient`, how often the time without a queue is measured, at `limit-min`; less refuses more, and learns sooner that the target has changed.',
  },
  'measure-calls': {
    type: 'integer',
    min: 1,
    default: 50,
    doc: 'With `gradient`, how many calls such a measurement takes.',
  },
  buffer: {
    type: 'ratio',
    min: 0,
    max: 10,
    default: 0.25,
    doc: 'With `gradient`, how much longer than without a queue a call may take before the limit falls.',
  },
  wait: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a call waits for a place before it is refused.',
  },
  queue: {
    type: 'integer',
    min: 0,
    default: 1000,
    doc: 'Calls that may wait at once.',
  },
  by: {
    type: 'choice',
    options: ['target', 'type', 'tenant', 'path'],
    default: 'target',
    doc: 'What has places of its own: the target, or each type of request, tenant or path.',
  },
});

/** Where each limit begins, and its bounds. */
const defaults = {
  fixed: { initial: 25, min: 1, max: Infinity },
  aimd: { initial: 10, min: 1, max: Infinity },
  vegas: { initial: 20, min: 1, max: 1000 },
  gradient2: { initial: 20, min: 20, max: 200 },
  gradient: { initial: 3, min: 3, max: 1000 },
} as const;

function limitOf(params: Params<typeof policyParams>): LimitSpec {
  const { limit: kind, most, tolerance } = params;
  const preset = defaults[kind];
  return {
    kind,
    initial: most ?? preset.initial,
    min: params['limit-min'] ?? preset.min,
    max: params['limit-max'] ?? preset.max,
    slowAfterMs: params['slow-after'],
    tolerance,
    measureEveryMs: params['measure-every'],
    measureCalls: params['measure-calls'],
    buffer: params.buffer,
  };
}

function specOf(params: Params<typeof policyParams>): BulkheadLayerSpec {
  const { wait: waitMs, queue, by } = params;
  return { limit: limitOf(params), waitMs, queue, by };
}

function refusal(params: Params<typeof policyParams>): string | null {
  const { initial, min, max } = limitOf(params);
  if (initial >= min && initial <= max) return null;
  return `\`most\`, ${initial}, is not between \`limit-min\` and \`limit-max\`, ${min} and ${max}`;
}

const sources = [
  'Nygard 2007, Release It!: bulkheads',
  'Brakmo and Peterson 1994, TCP Vegas (SIGCOMM); Netflix concurrency-limits: AIMD, Vegas, Gradient2',
  'Envoy, adaptive concurrency: the gradient controller',
];

export const policy = definePolicy({
  name: 'bulkhead',
  summary:
    'Bounds the calls under way to a target, so that it cannot take all places of its caller.',
  sources,
  params: policyParams,
  shorthand: 'most',
  layer: 70,
  measures: bulkheadMeasures,
  refuse: refusal,
  create: (params) => new BulkheadLayer(specOf(params)),
});

export default proxyOf(policy, {
  title: 'Bulkhead',
  summary: 'Passes requests on, a limited number at a time, and refuses the others.',
  bugs: bulkheadBugs,
  layer: (params, _answers, bug) => new BulkheadLayer(specOf(params), bug),
});
