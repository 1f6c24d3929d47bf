/** Dynamo, the store of the paper, on `quorum-store`. */
import type { Preset } from './preset.ts';

const PAPER = 'DeCandia et al. 2007, Dynamo: Amazon’s Highly Available Key-value Store (SOSP)';

export const preset: Preset = {
  name: 'dynamo',
  kind: 'quorum-store',
  summary: 'Dynamo of 2007: three copies, sloppy quorums, hints, version vectors.',
  differs: [
    'Registers: of several siblings a client reads one and writes over all of them.',
    'Replicas synchronize by Merkle trees once a minute; the paper names no interval.',
  ],
  claims: [
    {
      label: 'PA/EL',
      of: 'Dynamo, 2007',
      source: 'Abadi 2012, Consistency Tradeoffs in Modern Distributed Database System Design',
    },
  ],
  values: {
    n: { value: 3, real: 'N = 3', source: `${PAPER}, section 6` },
    versions: { value: 'vector', real: 'vector clocks', source: `${PAPER}, section 4.4` },
    prune: {
      value: 10,
      real: 'at most 10 pairs, the oldest goes',
      source: `${PAPER}, section 4.4`,
    },
    sloppy: { value: true, real: 'a sloppy quorum', source: `${PAPER}, section 4.6` },
    hints: { value: true, real: 'hinted handoff', source: `${PAPER}, section 4.6` },
    'read-repair': { value: 'async', real: 'read repair', source: `${PAPER}, section 5` },
    'anti-entropy': { value: 60_000, real: 'Merkle trees', source: `${PAPER}, section 4.7` },
  },
  measured: { count: 5 },
  variants: {
    common: {
      doc: 'The common configuration: R = W = 2.',
      values: {
        r: { value: 2, real: 'R = 2', source: `${PAPER}, section 6` },
        w: { value: 2, real: 'W = 2', source: `${PAPER}, section 6` },
      },
      unlikeClaim:
        'With R + W > N and no fault, reads wait for a second copy and see the last write.',
    },
    'write-one': {
      doc: 'A write is never refused as long as one node is up: W = 1.',
      values: {
        r: { value: 1, real: 'R = 1', source: `${PAPER}, section 4.5` },
        w: { value: 1, real: 'W = 1', source: `${PAPER}, section 6` },
      },
    },
  },
  usual: 'common',
};
