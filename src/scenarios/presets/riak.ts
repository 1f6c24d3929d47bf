/** Riak KV on `quorum-store`. */
import type { Preset } from './preset.ts';

const BUCKETS = 'Riak KV documentation, buckets: configuration (docs.riak.com)';
const PROPS = 'properties of the default bucket type (GET /buckets/test/props)';

export const preset: Preset = {
  name: 'riak',
  kind: 'quorum-store',
  summary: 'Riak KV: three copies, stand-ins for silent nodes, siblings or the latest timestamp.',
  differs: [
    'A ring of 16 tokens a node in place of 64 partitions in all.',
    'A node alone does not stand in for two others at once, as its vnodes do in Riak: it refuses.',
  ],
  claims: [
    {
      label: 'PA/EL',
      of: 'the defaults',
      source: 'Abadi 2012, Consistency Tradeoffs in Modern Distributed Database System Design',
    },
  ],
  values: {
    n: { value: 3, real: 'n_val: 3', source: BUCKETS },
    r: { value: 2, real: 'r: quorum', source: PROPS },
    w: { value: 2, real: 'w: quorum', source: PROPS },
    pr: { value: 0, real: 'pr: 0', source: PROPS },
    pw: { value: 0, real: 'pw: 0', source: PROPS },
    sloppy: { value: true, real: 'fallback vnodes count', source: PROPS },
    hints: { value: true, real: 'hinted handoff', source: BUCKETS },
    'read-repair': { value: 'async', real: 'read repair after the answer', source: BUCKETS },
  },
  measured: { count: 5 },
  variants: {
    siblings: {
      doc: 'Typed buckets of 2.0: concurrent writes stay side by side, by dotted version vectors.',
      values: {
        versions: { value: 'dotted', real: 'allow_mult: true, dvv_enabled: true', source: BUCKETS },
      },
      unlikeClaim:
        'With r + w > n_val and no fault, reads wait for a second copy and see the last write.',
    },
    lww: {
      doc: 'The latest timestamp wins, and the other write is gone.',
      values: {
        versions: { value: 'lww', real: 'last_write_wins: true', source: BUCKETS },
      },
      unlikeClaim:
        'With r + w > n_val and no fault, reads wait for a second copy and see the last write.',
    },
    strict: {
      doc: 'Siblings, and two of the three first nodes must answer: a minority serves nothing.',
      values: {
        versions: { value: 'dotted', real: 'allow_mult: true', source: BUCKETS },
        pr: { value: 2, real: 'pr: quorum', source: BUCKETS },
        pw: { value: 2, real: 'pw: quorum', source: BUCKETS },
      },
      measured: { count: 3 },
      unlikeClaim: 'The claim is of the defaults, without pr and pw.',
    },
  },
  usual: 'siblings',
};
