/** Cache: as a policy on calls, and as a proxy in front of a target. */

import { defineParams, type Params } from '../../../sim/params.ts';
import { definePolicy } from '../../../sim/policy.ts';
import { CacheLayer, type CacheSpec, cacheBugs, cacheMeasures } from '../../parts/cache.ts';
import { EVICTIONS } from '../../parts/evictions.ts';
import { proxyOf } from '../../parts/policy-proxy.ts';

const policyParams = defineParams({
  capacity: {
    type: 'integer',
    min: 1,
    default: 1000,
    doc: 'Entries held at most; more hit more often.',
  },
  evict: {
    type: 'choice',
    options: EVICTIONS,
    default: 'lru',
    doc: 'Which entry a full cache gives up: the least or most recently used, the oldest or newest, the one asked for least often, by a clock, or any.',
  },
  ttl: {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How long an entry is fresh; longer hits more often and may be older. Absent: until it is evicted.',
  },
  'ttl-jitter': {
    type: 'ratio',
    min: 0,
    max: 1,
    default: 0,
    doc: 'The share of `ttl` by which an entry may end early, at random, so that those made together do not end together.',
  },
  sliding: {
    type: 'boolean',
    default: false,
    doc: 'Whether each hit begins the `ttl` again: what is asked for often never ends.',
  },
  'negative-ttl': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long an answer that there is nothing is held (`key-does-not-exist`, null); 0: not at all.',
  },
  write: {
    type: 'choice',
    options: ['invalidate', 'through', 'around', 'behind'],
    default: 'invalidate',
    doc: 'What a write does to the entries of its key: drop them, replace them by the new value once it is written, leave them old, or answer the write at once and send it on later.',
  },
  'flush-every': {
    type: 'duration',
    min: 1,
    default: 100,
    doc: 'With `write: behind`, the time between two flushes; longer sends fewer writes, and loses more in a crash.',
  },
  'flush-timeout': {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'With `write: behind`, how long a write that is sent on may take before it is sent again.',
  },
  lease: {
    type: 'boolean',
    default: true,
    doc: 'Whether a write voids the loads under way, so that none of them fills the value from before it.',
  },
  'single-flight': {
    type: 'boolean',
    default: true,
    doc: 'Whether reads that miss while the same is being loaded wait for that load.',
  },
  'flight-timeout': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'How long a read waits for the load of another one before it loads by itself. Absent: as long as it has time.',
  },
  'stale-while-revalidate': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long after its `ttl` an entry still answers, while one load in the background renews it.',
  },
  'stale-if-error': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long after its `ttl` an entry still answers if its load fails.',
  },
  early: {
    type: 'number',
    min: 0,
    default: 0,
    doc: 'The beta of XFetch: reads renew an entry at random before its `ttl` ends, the earlier the larger this and the longer its load took; 0: never.',
  },
});

function specOf(params: Params<typeof policyParams>): CacheSpec {
  return {
    capacity: params.capacity,
    evict: params.evict,
    ttlMs: params.ttl ?? Infinity,
    jitter: params['ttl-jitter'],
    sliding: params.sliding,
    negativeTtlMs: params['negative-ttl'],
    write: params.write,
    flushEveryMs: params['flush-every'],
    flushTimeoutMs: params['flush-timeout'],
    lease: params.lease,
    singleFlight: params['single-flight'],
    flightTimeoutMs: params['flight-timeout'] ?? Infinity,
    revalidateMs: params['stale-while-revalidate'],
    ifErrorMs: params['stale-if-error'],
    early: params.early,
  };
}

const sources = [
  'Nishtala et al. 2013, Scaling Memcache at Facebook (NSDI): leases',
  'Fielding et al. 2022, RFC 9111, HTTP Caching; Nottingham 2010, RFC 5861: stale-while-revalidate, stale-if-error',
  'Vattani et al. 2015, Optimal Probabilistic Cache Stampede Prevention (PVLDB 8): XFetch',
  'Che et al. 2002, Hierarchical Web Caching Systems (IEEE JSAC 20): the hit ratio of LRU',
];

export const policy = definePolicy({
  name: 'cache',
  summary: 'Answers reads from what it holds of earlier answers.',
  sources,
  params: policyParams,
  shorthand: 'capacity',
  layer: 20,
  loops: {
    misses: {
      doc: 'Each reader that misses loads by itself; loads that come too late fill nothing.',
      measure: 'loads',
      open: { 'single-flight': true },
    },
  },
  measures: cacheMeasures,
  refuse: (params) =>
    params['stale-while-revalidate'] + params['stale-if-error'] > 0 && params.ttl === undefined
      ? 'stale-while-revalidate and stale-if-error do nothing without a ttl'
      : null,
  create: (params, answers) => new CacheLayer(specOf(params), answers),
});

export default proxyOf(policy, {
  title: 'Cache',
  summary: 'Answers reads from what it holds of earlier answers, and passes everything else on.',
  target: 'What it stands in front of; one of several nodes is called, in turn.',
  bugs: cacheBugs,
  layer: (params, answers, bug) => new CacheLayer(specOf(params), answers, bug),
});
