/** Timeout: as a policy on calls, and as a proxy in front of a target. */
import { defineParams } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { ProxyService } from '../../parts/proxy.ts';
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
  create: ({ after, cancel }) => new TimeoutLayer(after, cancel),
});

export default defineSystem({
  name: 'timeout',
  title: 'Timeout proxy',
  summary: 'Passes requests on and answers `timeout` when the target takes too long.',
  sources,
  answers: { of: 'target' },
  claims: [],
  params: defineParams({
    target: { type: 'nodes', doc: 'Where requests go; the nodes of a group take turns.' },
    ...policyParams,
  }),
  bugs: {},
  invariants: [],
  measures: timeoutMeasures,
  create: ({ target, after, cancel }, place) =>
    serve(new ProxyService(target, [new TimeoutLayer(after, cancel)]), place),
});
