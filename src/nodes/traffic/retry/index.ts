/** Retry: as a policy on calls, and as a proxy in front of a target. */
import type { Interface } from '../../../sim/interface.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { ProxyService } from '../../parts/proxy.ts';
import { RetryLayer, type RetrySpec, repeatable, retryMeasures } from '../../parts/retry.ts';

const policyParams = defineParams({
  attempts: {
    type: 'integer',
    min: 1,
    max: 100,
    default: 3,
    doc: 'Tries in all, the first included; more hide longer failures and multiply the load of a target that fails.',
  },
  backoff: {
    type: 'choice',
    options: ['fixed', 'exponential'],
    default: 'exponential',
    doc: 'Whether the wait before a retry stays the same or doubles each time.',
  },
  wait: {
    type: 'duration',
    min: 0,
    default: 10,
    doc: 'The first wait before jitter; larger leaves a target more time to recover.',
  },
  'wait-max': {
    type: 'duration',
    min: 0,
    default: 2000,
    doc: 'No wait is longer.',
  },
  jitter: {
    type: 'choice',
    options: ['none', 'full', 'equal', 'decorrelated'],
    default: 'full',
    doc: 'How waits are spread, so that callers that failed together do not return together.',
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
    doc: 'Retries for each call, on average, over all calls of this node to this target; absent, no limit.',
  },
  'budget-burst': {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Retries that the budget may save up; larger rides out longer failures of few calls.',
  },
});

function specOf(params: Params<typeof policyParams>, answers: readonly Interface[]): RetrySpec {
  const { attempts, backoff, wait, jitter, idempotent, budget } = params;
  return {
    attempts,
    backoff: { kind: backoff, jitter, baseMs: wait, capMs: params['wait-max'] },
    isIdempotent: repeatable(idempotent, answers),
    budget: budget === undefined ? null : { ratio: budget, burst: params['budget-burst'] },
  };
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
  create: (params, answers) => new RetryLayer(specOf(params, answers)),
});

export default defineSystem({
  name: 'retry',
  title: 'Retry proxy',
  summary: 'Passes requests on, and tries those that fail again where that can do no harm.',
  sources,
  answers: { of: 'target' },
  claims: [],
  params: defineParams({
    target: { type: 'nodes', doc: 'Where requests go; a retry goes to another node of them.' },
    ...policyParams,
  }),
  bugs: {},
  invariants: [],
  measures: retryMeasures,
  create: (params, place) =>
    serve(new ProxyService(params.target, [new RetryLayer(specOf(params, place.answers))]), place),
});
