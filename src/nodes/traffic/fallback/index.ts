/** Fallback: as a policy on calls, and as a proxy in front of a target. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import {
  type FallbackBug,
  FallbackLayer,
  type FallbackSpec,
  fallbackBugs,
  fallbackMeasures,
} from '../../parts/fallback.ts';
import { ProxyService } from '../../parts/proxy.ts';

const policyParams = defineParams({
  by: {
    type: 'choice',
    options: ['empty', 'stale', 'node'],
    default: 'empty',
    doc: 'What a failed call is answered with: nothing, the last good answer to it, or that of another node.',
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

function specOf({ by, held, node, most, ...rest }: Params<typeof policyParams>): FallbackSpec {
  return { kind: by, staleForMs: rest['stale-for'], held, nodes: node ?? [], most };
}

function refusal({ by, node }: Params<typeof policyParams>): string | null {
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

export default defineSystem({
  name: 'fallback',
  title: 'Fallback proxy',
  summary: 'Passes requests on, and answers those that fail with something less.',
  sources,
  answers: { of: 'target' },
  claims: [],
  params: defineParams({
    target: { type: 'nodes', doc: 'Where requests go; the nodes of a group take turns.' },
    ...policyParams,
  }),
  bugs: fallbackBugs,
  invariants: [],
  measures: fallbackMeasures,
  refuse: (params) => refusal(params),
  create: (params, place, bug) => {
    const layer = new FallbackLayer(specOf(params), bug as FallbackBug | null);
    return serve(new ProxyService(params.target, [layer]), place);
  },
});
