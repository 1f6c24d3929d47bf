/**
 * The keys that a scenario has whatever it simulates, declared like the parameters of a system: one
 * declaration for the reader, the JSON Schema and the manual.
 */
import { CONNECTION_PARAMS, LOSS_BURST_PARAMS } from '../../sim/link.ts';
import { defineParams } from '../../sim/params.ts';
import { SETTLE_US, VERIFY_US } from '../scenario.ts';
import { MOST_MEMBERS, MOST_NODES } from '../values/names.ts';
import type { SectionSpec } from '../values/param-text.ts';
import { SHAPE_TABLE } from './load-shape.ts';

const HOUR_MS = 3_600_000;
const MOST_CORES = 1024;

const members = {
  min: 1,
  max: MOST_MEMBERS,
  beyond: {
    code: 'DS128',
    label: 'expected a whole number from 1 to 10,000',
    note: 'a role, a load and a line of machines have from 1 to 10,000 members',
  },
} as const satisfies SectionSpec & { readonly min: number; readonly max: number };

/** Of nodes: how many a group may have depends on its kind too. */
const nodes = {
  min: 1,
  max: MOST_NODES,
  beyond: {
    code: 'DS128',
    label: 'expected a whole number from 1 to 1,000,000',
    note: 'a group has from 1 to 10,000 nodes, and up to 1,000,000 of a kind whose nodes cost little',
  },
} as const satisfies SectionSpec & { readonly min: number; readonly max: number };

/** The fields of `branch`. */
export const BRANCH_TABLE = defineParams({
  at: {
    type: 'duration',
    doc: 'The run is the same up to this time; all random draws after it differ.',
  },
  salt: {
    type: 'integer',
    doc: 'Each number gives other draws.',
    default: 1,
    min: 1,
  },
});

/** The top, besides the sections; `seed` is read apart. */
export const TOP_TABLE = defineParams({
  name: {
    type: 'text',
    doc: 'What reports call it; the file name without its ending by default.',
    optional: true,
  },
  summary: { type: 'text', doc: 'One sentence: what it shows.', default: '' },
  duration: {
    type: 'duration',
    doc: 'How long faults and load last. After it faults heal, operations end and final reads are made.',
    default: 30_000,
    min: 1,
    max: 720 * HOUR_MS,
  },
  settle: {
    type: 'duration',
    doc: 'How long a system may take to answer again once faults have healed.',
    default: SETTLE_US / 1000,
    min: 1,
    max: 24 * HOUR_MS,
  },
  verify: {
    type: 'duration',
    doc: 'How long the final reads may take.',
    default: VERIFY_US / 1000,
    min: 1,
    max: 24 * HOUR_MS,
  },
  branch: {
    type: 'object',
    doc: 'A time after which all random draws differ, under the same seed.',
    optional: true,
    fields: BRANCH_TABLE,
  },
});

const SPARE = {
  type: 'integer',
  doc: 'How many more members there are that do not start: they wait for a `join` or for whoever starts them.',
  optional: true,
  ...nodes,
} as const;

/** Of one machine; `region` and `labels` are read apart. */
export const MACHINE_TABLE = defineParams({
  count: {
    type: 'integer',
    doc: 'How many machines: `m` with `count: 3` makes m-1 to m-3; without it there is one, m.',
    optional: true,
    ...members,
  },
  cores: {
    type: 'integer',
    doc: 'Cores of each machine, which its nodes share.',
    default: 1,
    min: 1,
    max: MOST_CORES,
  },
});

/** What each member of a group has, and what may differ by a role or `only`. */
export const MEMBER_TABLE = defineParams({
  bug: { type: 'text', doc: 'A famous mistake to be made, by name.', optional: true },
  cpu: {
    type: 'object',
    doc: 'What handling costs.',
    default: { message: 0 },
    fields: defineParams({
      message: {
        type: 'duration',
        doc: 'Busy time for each message handled; 0 is a machine without limits.',
        default: 0,
      },
      cores: {
        type: 'integer',
        doc: 'Cores of each node: messages that cost time and computations hold one each. Absent, one.',
        optional: true,
        min: 1,
        max: MOST_CORES,
      },
    }),
  },
  disk: {
    type: 'object',
    doc: 'The disk of each node.',
    default: { sync: { kind: 'constant', value: 0.5 } },
    fields: defineParams({
      sync: {
        type: 'distribution',
        doc: 'How long a flush takes; 0 makes every write durable at once.',
        default: { kind: 'constant', value: 0.5 },
      },
      'write-back': {
        type: 'duration',
        doc: 'Writes stay in the page cache until the node asks for a flush, or for this long; a crash keeps them, a power cut does not. Without it each write is flushed at once.',
        optional: true,
        min: 0.001,
      },
    }),
  },
  clock: {
    type: 'object',
    doc: "Each node's clock against true time.",
    default: { offset: 0, drift: 0 },
    fields: defineParams({
      offset: {
        type: 'duration',
        doc: 'By how much it is ahead; negative is behind.',
        default: 0,
        min: -24 * HOUR_MS,
        max: 24 * HOUR_MS,
      },
      drift: {
        type: 'number',
        unit: 'ppm',
        doc: 'By how much it runs fast; negative is slow.',
        default: 0,
        min: -100_000,
        max: 100_000,
      },
    }),
  },
});

/**
 * Beside the parameters of a node's kind; `kind`, `region`, `labels`, `only`, `calls` and roles are
 * read apart.
 */
export const NODE_TABLE = defineParams({
  count: {
    type: 'integer',
    doc: 'How many nodes: `kv` with `count: 5` makes kv-1 to kv-5; without it there is one node, kv.',
    optional: true,
    ...nodes,
  },
  spare: SPARE,
  ...MEMBER_TABLE,
});

/** Beside the parameters of a role, and of its kind; `region` and `labels` are read apart. */
export const ROLE_TABLE = defineParams({
  count: { type: 'integer', doc: 'How many nodes of this role.', optional: true, ...members },
  spare: SPARE,
});

/** What a link may have besides; nothing of it without. */
const LINK_EXTRAS = defineParams({
  jitter: {
    type: 'distribution',
    doc: 'Added to the latency of each message, drawn again for each: `0ms..5ms`.',
    optional: true,
  },
  'loss-bursts': {
    type: 'object',
    doc: 'Loss in bursts, each link in its own.',
    optional: true,
    fields: LOSS_BURST_PARAMS,
  },
  corrupt: {
    type: 'ratio',
    doc: 'Chance of each message to be damaged; the receiver notices and drops it.',
    optional: true,
  },
  undetected: {
    type: 'ratio',
    doc: 'Share of the damaged messages that arrive, with one value changed.',
    optional: true,
  },
  bandwidth: {
    type: 'bandwidth',
    doc: 'What each direction of a link carries, on its own; without limit by default.',
    optional: true,
    min: 1,
  },
  queue: {
    type: 'bytes',
    doc: 'What may wait for the bandwidth; what finds no room is dropped. Without limit by default.',
    optional: true,
  },
  transport: {
    type: 'choice',
    doc: 'connection keeps order, doubles nothing, sends again what is lost, and breaks when it is cut. datagram, the default, promises nothing.',
    options: ['datagram', 'connection'],
    optional: true,
  },
  connection: {
    type: 'object',
    doc: 'How a connection opens, keeps order, breaks and closes; implies `transport: connection`.',
    optional: true,
    fields: CONNECTION_PARAMS,
  },
});

/** Each link's own, unless `links` or `regions` say otherwise. */
export const NETWORK_TABLE = defineParams({
  latency: {
    type: 'distribution',
    doc: 'One way, drawn for each message.',
    default: { kind: 'lognormal', median: 1, p99: 5 },
  },
  loss: { type: 'ratio', doc: 'Chance of each message to be lost.', default: 0 },
  duplicate: { type: 'ratio', doc: 'Chance of each message to arrive twice.', default: 0 },
  reorder: {
    type: 'ratio',
    doc: 'Chance of each message to be held back by one further latency, so that later ones overtake it.',
    default: 0,
  },
  ...LINK_EXTRAS,
});

/** What an entry of `links` may change. */
export const LINK_TABLE = defineParams({
  latency: { type: 'distribution', doc: NETWORK_TABLE.latency.doc, optional: true },
  loss: { type: 'ratio', doc: NETWORK_TABLE.loss.doc, optional: true },
  duplicate: { type: 'ratio', doc: NETWORK_TABLE.duplicate.doc, optional: true },
  reorder: { type: 'ratio', doc: NETWORK_TABLE.reorder.doc, optional: true },
  ...LINK_EXTRAS,
});

const LEAST_DURATION_MS = 0.001;

/** What a load has whatever the length of the run. */
const CLIENT_TABLE = defineParams({
  count: {
    type: 'integer',
    doc: 'How many clients; one without it.',
    optional: true,
    ...members,
  },
  'per-node': {
    type: 'integer',
    doc: 'How many clients for each node of the target, each pinned to its node.',
    optional: true,
    ...members,
  },
  rate: {
    type: 'rate',
    doc: 'Operations begun by all clients together, whatever the answers do: an open load.',
    optional: true,
    min: 0.000_001,
    max: 1_000_000,
  },
  pace: {
    type: 'choice',
    doc: 'open: at a rate, whatever the answers do. closed: each client thinks, asks and waits.',
    options: ['open', 'closed'],
    optional: true,
  },
  arrivals: {
    type: 'choice',
    doc: 'How an open load comes: at random moments, or evenly spaced.',
    options: ['poisson', 'constant'],
    optional: true,
  },
  think: {
    type: 'distribution',
    doc: 'How long each client of a closed load waits after an answer before it asks again.',
    optional: true,
  },
  shape: {
    type: 'object',
    doc: 'How the rate of an open load goes over time, from `start` on, in place of `rate`.',
    optional: true,
    fields: SHAPE_TABLE,
  },
  object: {
    type: 'text',
    doc: 'What its operations act on, for checkers: loads of one object are judged together. The target without it.',
    optional: true,
  },
  timeout: {
    type: 'duration',
    doc: 'After this a client gives up an operation, of which nobody knows then whether it happened.',
    default: 1000,
    min: LEAST_DURATION_MS,
  },
});

const OPERATIONS = defineParams({
  operations: {
    type: 'integer',
    doc: 'The most operations of all clients together.',
    optional: true,
    min: 1,
  },
  stamps: {
    type: 'boolean',
    doc: 'Whether each request carries the time of its client, by which a store with `timestamp: client` orders writes.',
    default: false,
  },
});

/**
 * Beside the parameters of a load's workload; `workload`, `target` and `pin` are read apart.
 * Bounded by the run.
 */
export function clientTable(durationMs: number, durationText: string) {
  const beyond = {
    code: 'DS131',
    label: `expected a time within the run, which lasts ${durationText}`,
    note: 'a load that begins at the end of the run, or ends after it, is not what it seems',
  } as const satisfies SectionSpec['beyond'];
  return defineParams({
    ...CLIENT_TABLE,
    start: {
      type: 'duration',
      doc: 'The first moment of the load.',
      default: 0,
      max: durationMs - LEAST_DURATION_MS,
      beyond,
    },
    stop: {
      type: 'duration',
      doc: 'The last moment; the end of the run without it.',
      optional: true,
      min: LEAST_DURATION_MS,
      max: durationMs,
      beyond,
    },
    ...OPERATIONS,
  });
}

/** Beside the one key that names the fault; `of` is read apart. Bounded by the run. */
export function faultTable(durationMs: number, durationText: string) {
  return defineParams({
    name: { type: 'text', doc: 'How expectations call it; its kind by default.', optional: true },
    at: {
      type: 'duration',
      doc: 'When it strikes, or from when on; required without `every` and `when`.',
      optional: true,
      max: durationMs - LEAST_DURATION_MS,
      beyond: {
        code: 'DS131',
        label: `expected a time before ${durationText}, when the run ends`,
        note: 'a fault that strikes at the end of the run or later would never be seen',
      },
    },
    for: {
      type: 'duration',
      doc: 'How long it lasts; without it, to the end and through settling.',
      optional: true,
      min: LEAST_DURATION_MS,
    },
    every: {
      type: 'duration-range',
      doc: 'It strikes again and again: the time from one strike to the next, drawn again from a range such as `2s..8s`.',
      optional: true,
      min: LEAST_DURATION_MS,
    },
    until: {
      type: 'duration',
      doc: 'With `every` or `when`: from then on no strike begins.',
      optional: true,
      max: durationMs,
      beyond: {
        code: 'DS131',
        label: `expected at most ${durationText}, when the run ends`,
        note: 'no fault strikes once the run is over',
      },
    },
    'may-miss': {
      type: 'boolean',
      doc: 'It need not touch anything. Without it a run in which it touched nothing is no success.',
      optional: true,
    },
  });
}
