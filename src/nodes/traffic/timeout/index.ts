/** Timeout: as a policy on calls, and as a proxy in front of a target. */
import { defineParams } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';
import { TimeoutLayer, timeoutMeasures } from '../../parts/timeout.ts';

const policyParams = defineParams({
  after: {
    type: 'duration',
    min: 0.001,
    doc: 'How long one attempt may take; larger waits longer for slow answers, and for none.',
  },
  cancel: {
    type: 'boolean',
    default: false,
    doc: 'Tell the target when an attempt is given up; services drop its work, which may have happened all the same.',
  },
});

const summary = 'Bounds the time that one attempt of a call may take.';
const sources = ["Brooker, Timeouts, retries, and backoff with jitter (Amazon Builders' Library)"];

export const policy = definePolicy({
  name: 'timeout',
  summary,
  sources,
  params: policyParams,
  shorthand: 'after',
  layer: 80,
  measures: timeoutMeasures,
  longestMs: ({ after }, insideMs) => Math.min(after, insideMs),
  create: ({ after, cancel }) => new TimeoutLayer(after, cancel),
});

export default proxyOf(policy, {
  title: 'Timeout proxy',
  summary: 'Passes requests on and answers `timeout` when the target takes too long.',
});
