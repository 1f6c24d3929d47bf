/** Retry: as a policy on calls, and as a proxy in front of a target. */
import type { Interface } from '../../../sim/interface.ts';
import { nearestName } from '../../../sim/nearest-name.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { errors } from '../../../sim/rpc.ts';
import { longestWaits } from '../../parts/backoff.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import { RetryLayer, type RetrySpec, repeatable, retryMeasures } from '../../parts/retry.ts';
import type { BudgetSpec } from '../../parts/retry-budget.ts';
import { presetNames, presets } from './presets.ts';

const policyParams = defineParams({
  preset: {
    type: 'choice',
    options: presetNames,
    default: 'plain',
    doc: 'The library whose settings hold where nothing else is set.',
  },
  attempts: {
    type: 'integer',
    min: 1,
    max: 100,
    optional: true,
    doc: 'Tries in all, the first included; more hide longer failures and multiply the load of a target that fails. Absent: the preset’s, 3.',
  },
  backoff: {
    type: 'choice',
    options: ['fixed', 'exponential'],
    optional: true,
    doc: 'Whether the wait before a retry stays the same or doubles each time. Absent: the preset’s, exponential.',
  },
  wait: {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'The first wait before jitter; larger leaves a target more time to recover. Absent: the preset’s, 10ms.',
  },
  'wait-max': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'No wait is longer. Absent: the preset’s, 2s.',
  },
  jitter: {
    type: 'choice',
    options: ['none', 'full', 'equal', 'decorrelated'],
    optional: true,
    doc: 'How waits are spread, so that callers that failed together do not return together. Absent: the preset’s, full.',
  },
  idempotent: {
    type: 'list',
    of: { type: 'text', doc: 'A type of request, or `*` for all.' },
    optional: true,
    doc: 'Types of requests that are sent again even when the last try may have happened; others only after errors that say it did not. Absent: those that the interface of the target says are harmless to repeat (`dsim explain <interface>`).',
  },
  budget: {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'Retries for each call, on average, over all calls of this node to this target; absent, what the preset has.',
  },
  'budget-burst': {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Retries that the budget may save up; larger rides out longer failures of few calls.',
  },
  'budget-ttl': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How long a retry that was saved up may be used; absent, forever.',
  },
  'retry-on': {
    type: 'list',
    of: { type: 'text', doc: 'An error code.' },
    optional: true,
    doc: 'Tries again only after these errors, and of these only where it can help and do no harm. Absent: after all such errors.',
  },
  'budget-min': {
    type: 'rate',
    min: 0,
    default: 0,
    doc: 'Retries that the budget gains with time, however few calls there are.',
  },
});

function specOf(params: Params<typeof policyParams>, answers: readonly Interface[]): RetrySpec {
  const preset = presets[params.preset];
  const { budget: ratio } = params;
  const perMs = params['budget-min'] / 1000;
  const ttlMs = params['budget-ttl'] ?? Infinity;
  const burst = params['budget-burst'];
  const own: BudgetSpec | null =
    ratio === undefined ? null : { kind: 'share', ratio, burst, perMs, ttlMs };
  return {
    attempts: params.attempts ?? preset.attempts,
    backoff: {
      kind: params.backoff ?? preset.backoff.kind,
      jitter: params.jitter ?? preset.backoff.jitter,
      baseMs: params.wait ?? preset.backoff.baseMs,
      capMs: params['wait-max'] ?? preset.backoff.capMs,
    },
    isIdempotent: repeatable(params.idempotent, answers),
    retryOn: params['retry-on'] ?? null,
    budget: own ?? preset.budget,
  };
}

/** A code that is nearly one of dsim's is a slip. Others may be those of own kinds. */
function misspelt(codes: readonly string[]): string | null {
  for (const code of codes) {
    const near = errors.has(code) ? null : nearestName(code, errors.keys());
    if (near !== null) return `\`retry-on\` has \`${code}\`: did you mean \`${near}\`?`;
  }
  return null;
}

const sources = [
  'Brooker 2015, Exponential Backoff and Jitter (AWS Architecture Blog)',
  'Bronson et al. 2021, Metastable Failures in Distributed Systems (HotOS)',
];

export const policy = definePolicy({
  name: 'retry',
  summary: 'Tries a failed call again where that can help and can do no harm.',
  sources,
  params: policyParams,
  shorthand: 'attempts',
  layer: 30,
  measures: retryMeasures,
  loops: {
    retries: {
      doc: 'A target that is too slow is asked again, which makes it slower.',
      measure: 'retries',
      open: { attempts: 1 },
    },
  },
  refuse: (params) => misspelt(params['retry-on'] ?? []),
  longestMs: (params, insideMs) => {
    const { attempts, backoff } = specOf(params, []);
    return attempts * insideMs + longestWaits(backoff, attempts - 1);
  },
  create: (params, answers) => new RetryLayer(specOf(params, answers)),
});

export default proxyOf(policy, {
  title: 'Retry proxy',
  summary: 'Passes requests on, and tries those that fail again where that can do no harm.',
  target: 'Where requests go; a retry goes to another node of them.',
});
