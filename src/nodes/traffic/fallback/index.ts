/** Fallback: as a policy on calls, and as a proxy in front of a target. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import {
  FallbackLayer,
  type FallbackSpec,
  fallbackBugs,
  fallbackMeasures,
} from '../../parts/fallback.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';

const policyParams = defineParams({
  by: {
    type: 'choice',
    options: ['empty', 'reply', 'stale', 'node'],
    default: 'empty',
    doc: 'What a failed call is answered with: nothing, what `reply` says, the last good answer to it, or that of another node.',
  },
  reply: {
    type: 'map',
    of: { type: 'text', doc: 'The value of a field.' },
    optional: true,
    doc: 'With `reply`, the fields of the answer.',
  },
  'stale-for': {
    type: 'duration',
    min: 0,
    default: 60_000,
    doc: 'With `stale`, how old the last good answer may be.',
  },
  held: {
    type: 'integer',
    min: 1,
    default: 1000,
    doc: 'With `stale`, answers held at most.',
  },
  node: {
    type: 'nodes',
    optional: true,
    doc: 'With `node`, who answers instead; all the load of the target falls on it at once.',
  },
  most: {
    type: 'integer',
    min: 1,
    default: 10,
    doc: 'With `node`, calls to it under way at most.',
  },
});

function specOf({
  by,
  reply,
  held,
  node,
  most,
  ...rest
}: Params<typeof policyParams>): FallbackSpec {
  const fields = by === 'reply' ? (reply ?? {}) : {};
  return { kind: by, fields, staleForMs: rest['stale-for'], held, nodes: node ?? [], most };
}

function refusal({ by, node, reply }: Params<typeof policyParams>): string | null {
  if (by === 'reply' && reply === undefined) return '`by: reply` needs a `reply`';
  return by === 'node' && node === undefined ? '`by: node` needs a `node`' : null;
}

const sources = ['Nygard 2007, Release It!: what a circuit breaker answers with'];

export const policy = definePolicy({
  name: 'fallback',
  summary: 'Answers calls that failed with something less, and says so.',
  sources,
  params: policyParams,
  shorthand: 'by',
  layer: 25,
  measures: fallbackMeasures,
  refuse: refusal,
  create: (params) => new FallbackLayer(specOf(params)),
});

export default proxyOf(policy, {
  title: 'Fallback proxy',
  summary: 'Passes requests on, and answers those that fail with something less.',
  bugs: fallbackBugs,
  layer: (params, _answers, bug) => new FallbackLayer(specOf(params), bug),
});
