/** Deadline: as a policy on calls, and as a proxy in front of a target. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import {
  DeadlineLayer,
  type DeadlineSpec,
  deadlineBugs,
  deadlineMeasures,
} from '../../parts/deadline.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';

const policyParams = defineParams({
  after: {
    type: 'duration',
    min: 0.001,
    optional: true,
    doc: 'What a call may take in all, with its retries; absent, as long as its caller waits.',
  },
  hop: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'What is taken off for the way back, so that the next hop gives up before this one does.',
  },
  least: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'With no more time left than this, a call is refused before any work is done for it.',
  },
});

function specOf({ after, hop, least }: Params<typeof policyParams>): DeadlineSpec {
  return { afterMs: after ?? Infinity, hopMs: hop, leastMs: least };
}

const sources = [
  'Beyer et al. 2016, Site Reliability Engineering, chapter 22: deadline propagation',
];

export const policy = definePolicy({
  name: 'deadline',
  summary: 'Bounds the time that a call takes in all, and refuses what cannot end in time.',
  sources,
  params: policyParams,
  shorthand: 'after',
  layer: 10,
  measures: deadlineMeasures,
  longestMs: ({ after }, insideMs) => Math.min(after ?? Infinity, insideMs),
  create: (params) => new DeadlineLayer(specOf(params)),
});

export default proxyOf(policy, {
  title: 'Deadline proxy',
  summary: 'Passes requests on with what is left of their time, and refuses what cannot end in it.',
  bugs: deadlineBugs,
  layer: (params, _answers, bug) => new DeadlineLayer(specOf(params), bug),
});
