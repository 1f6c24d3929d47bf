/** Apache Cassandra on `quorum-store`. */
import type { Preset } from './preset.ts';

const YAML = 'cassandra.yaml file configuration (cassandra.apache.org)';
const LEVELS = 'Cassandra documentation, Dynamo: tunable consistency';

const NAMES = { 1: 'ONE', 2: 'QUORUM', 3: 'ALL' } as const;

const levels = (read: 1 | 2 | 3, write: 1 | 2 | 3) => ({
  r: { value: read, real: `read consistency ${NAMES[read]}`, source: LEVELS },
  w: { value: write, real: `write consistency ${NAMES[write]}`, source: LEVELS },
});

const named = (read: string, write: string) => ({
  'read-level': { value: read, real: read.toUpperCase().replace('-', '_'), source: LEVELS },
  'write-level': { value: write, real: write.toUpperCase().replace('-', '_'), source: LEVELS },
});

const twoRegions = {
  n: { value: 6, real: "NetworkTopologyStrategy, 'eu': 3, 'us': 3", source: LEVELS },
  placement: { value: 'zones', real: 'NetworkTopologyStrategy', source: LEVELS },
} as const;

export const preset: Preset = {
  name: 'cassandra',
  kind: 'quorum-store',
  summary: 'Apache Cassandra: three copies, the latest timestamp wins, strict quorums by level.',
  differs: [
    'Stamps are those of the coordinators; drivers send their own since protocol version 3.',
    'The variants of two regions have six copies, three in each.',
  ],
  claims: [
    {
      label: 'PA/EL',
      of: 'the defaults',
      source: 'Abadi 2012, Consistency Tradeoffs in Modern Distributed Database System Design',
    },
  ],
  values: {
    n: {
      value: 3,
      real: 'replication_factor: 3',
      source: 'the usual factor; a keyspace says its own',
    },
    versions: {
      value: 'lww',
      real: 'the cell with the latest timestamp',
      source: 'Cassandra documentation, Dynamo: data versioning',
    },
    sloppy: { value: false, real: 'a hint never counts for a level but ANY', source: LEVELS },
    hints: { value: true, real: 'hinted_handoff_enabled: true', source: YAML },
    'hint-window': { value: 10_800_000, real: 'max_hint_window: 3h', source: YAML },
    'read-repair': {
      value: 'blocking',
      real: "read_repair = 'BLOCKING'",
      source: 'Cassandra documentation, read repair: the default of a table since 4.0',
    },
    vnodes: { value: 16, real: 'num_tokens: 16', source: YAML },
    'gc-grace': {
      value: 864_000_000,
      real: 'gc_grace_seconds = 864000',
      source: 'Cassandra documentation, CREATE TABLE: 10 days',
    },
  },
  variants: {
    one: { doc: 'Reads and writes at ONE, the default of cqlsh.', values: levels(1, 1) },
    quorum: {
      doc: 'Reads and writes at QUORUM.',
      values: levels(2, 2),
      unlikeClaim: 'The claim is of the defaults; two quorums of three always share a copy.',
    },
    all: {
      doc: 'Reads and writes at ALL.',
      values: levels(3, 3),
      unlikeClaim: 'The claim is of the defaults; at ALL every copy must answer.',
    },
    'write-all': {
      doc: 'Writes at ALL and reads at ONE.',
      values: {
        ...levels(1, 3),
        'read-repair': {
          value: 'async',
          real: 'one replica answers at ONE: there is nothing to compare before the answer',
          source: LEVELS,
        },
      },
      unlikeClaim:
        'The claim is of the defaults; a write at ALL needs every copy. Reads go on everywhere, and may show writes that failed.',
    },
    'local-quorum': {
      doc: 'Two regions with three copies each; reads and writes at LOCAL_QUORUM.',
      values: { ...twoRegions, ...named('local-quorum', 'local-quorum') },
      measured: { count: 6, regions: ['eu', 'us'] },
    },
    'each-quorum': {
      doc: 'Two regions; writes at EACH_QUORUM and reads at LOCAL_QUORUM.',
      values: { ...twoRegions, ...named('local-quorum', 'each-quorum') },
      measured: { count: 6, regions: ['eu', 'us'] },
      unlikeClaim:
        'The claim is of the defaults; a write at EACH_QUORUM needs every region. Reads go on in both, and may show writes that failed.',
    },
    any: {
      doc: 'Writes at ANY, for which a hint is enough, and reads at ONE.',
      values: {
        ...levels(1, 1),
        'write-level': { value: 'any', real: 'write consistency ANY', source: LEVELS },
      },
    },
  },
  usual: 'one',
};
