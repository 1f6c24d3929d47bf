/** Hedging: as a policy on calls, and as a proxy in front of a target. */
import type { Interface } from '../../../sim/interface.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { HedgeLayer, type HedgeSpec, hedgeBugs, hedgeMeasures } from '../../parts/hedge.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import { repeatable } from '../../parts/retry.ts';

const policyParams = defineParams({
  after: {
    type: 'duration',
    min: 0,
    default: 10,
    doc: 'How long an attempt may take before another begins elsewhere; shorter cuts more of the tail and adds more load.',
  },
  'after-quantile': {
    type: 'ratio',
    min: 0.01,
    max: 1,
    optional: true,
    doc: 'Waits for this quantile of the latencies it has seen instead: 95% hedges one call in twenty.',
  },
  most: {
    type: 'integer',
    min: 1,
    max: 10,
    default: 2,
    doc: 'Attempts in all, the first included.',
  },
  budget: {
    type: 'ratio',
    min: 0,
    max: 1,
    optional: true,
    doc: 'Hedges for each call, on average; absent, no limit.',
  },
  'budget-burst': {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'Hedges that the budget may save up.',
  },
  cancel: {
    type: 'boolean',
    default: true,
    doc: 'Whether the members that lost hear of it, so that they drop the work.',
  },
  idempotent: {
    type: 'list',
    of: { type: 'text', doc: 'A type of request, or `*` for all.' },
    optional: true,
    doc: 'Types of requests that may be done twice. Absent: those that the interface of the target says are harmless to repeat.',
  },
});

function specOf(params: Params<typeof policyParams>, answers: readonly Interface[]): HedgeSpec {
  const { after: afterMs, most, budget, cancel } = params;
  return {
    afterMs,
    afterQuantile: params['after-quantile'] ?? null,
    most,
    budget: budget === undefined ? null : { ratio: budget, burst: params['budget-burst'] },
    cancel,
    isIdempotent: repeatable(params.idempotent, answers),
  };
}

const sources = [
  'Dean and Barroso 2013, The Tail at Scale (CACM 56)',
  'gRPC proposal A6: hedging, and its cancelling',
];

export const policy = definePolicy({
  name: 'hedge',
  summary: 'Sends a call that takes long to another member too, and takes the first answer.',
  sources,
  params: policyParams,
  shorthand: 'after',
  layer: 40,
  measures: hedgeMeasures,
  loops: {
    hedges: {
      doc: 'Answers that are late for lack of capacity cost further attempts, which take more of it.',
      measure: 'hedges',
      open: { most: 1 },
    },
  },
  create: (params, answers) => new HedgeLayer(specOf(params, answers)),
});

export default proxyOf(policy, {
  title: 'Hedging proxy',
  summary: 'Passes requests on, and to another target too when an answer takes long.',
  target: 'Where requests go; a hedge goes to another node of them.',
  bugs: hedgeBugs,
  layer: (params, answers, bug) => new HedgeLayer(specOf(params, answers), bug),
});
