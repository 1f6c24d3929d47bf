/** The knobs of a primary with replicas. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { majority } from '../../parts/quorum.ts';

/** What the lock is asked for if the scenario names no lease. */
export const DEFAULT_LEASE_MS = 10_000;

export const params = defineParams({
  replication: {
    type: 'choice',
    options: ['async', 'semi-sync', 'sync', 'quorum'],
    doc: 'A write is acknowledged when the primary has it; when one replica has it too, or a time is over; when `sync-count` replicas have it; when a majority of all members has it.',
    default: 'async',
  },
  'ship-every': {
    type: 'duration',
    doc: 'How often records are sent to replicas; 0: each at once. What was acknowledged since the last shipment dies with the primary.',
    default: 0,
    min: 0,
  },
  apply: {
    type: 'distribution',
    doc: 'How long a replica takes to apply a record, one after the other; slower than the primary writes means growing lag.',
    default: { kind: 'constant', value: 0 },
  },
  'sync-count': {
    type: 'integer',
    doc: 'With `sync`, how many replicas must acknowledge a write.',
    default: 1,
    min: 1,
    max: 64,
  },
  'sync-choose': {
    type: 'choice',
    options: ['any', 'first'],
    doc: 'With `sync`, which replicas count: any, or the first `sync-count` in the order of names that are connected.',
    default: 'any',
  },
  'ack-when': {
    type: 'choice',
    options: ['received', 'written', 'applied'],
    doc: 'What a replica has done with a record when it acknowledges it: taken it into memory, written it to disk, made it readable.',
    default: 'written',
  },
  'semi-sync-timeout': {
    type: 'duration',
    doc: 'With `semi-sync`, how long a write waits for a replica before the primary goes on without any, in silence.',
    default: 10000,
    min: 1,
  },
  'semi-sync-point': {
    type: 'choice',
    options: ['after-sync', 'after-commit'],
    doc: 'With `semi-sync`, whether others see a write after a replica has it, or before: then what they saw can vanish.',
    default: 'after-sync',
  },
  reads: {
    type: 'choice',
    options: ['primary', 'replica', 'nearest', 'any'],
    doc: 'Who answers reads: the primary; a replica; of those that may, the one nearest to whoever is asked, by measured round trips; or whoever is asked.',
    default: 'primary',
  },
  'latency-window': {
    type: 'duration',
    doc: 'With `reads: nearest`, one is drawn of those whose round trip is at most so much longer than that of the nearest.',
    default: 0,
    min: 0,
  },
  'confirm-reads': {
    type: 'boolean',
    doc: 'Whether the primary writes a record of nothing before it answers a read, and waits as for a write: no other primary can know more.',
    default: false,
  },
  'max-staleness': {
    type: 'duration',
    doc: 'A replica that has heard nothing of the primary for longer refuses reads. Absent: it always answers.',
    optional: true,
    min: 1,
  },
  'min-replicas': {
    type: 'integer',
    doc: 'The primary refuses writes while fewer replicas have acknowledged something within `max-lag`.',
    default: 0,
    min: 0,
    max: 64,
  },
  'max-lag': {
    type: 'duration',
    doc: 'For `min-replicas`: how long ago a replica may have acknowledged last.',
    default: 10000,
    min: 1,
  },
  forward: {
    type: 'boolean',
    doc: 'Replicas pass writes on to the primary and the answers back; else they refuse.',
    default: true,
  },
  failover: {
    type: 'choice',
    options: ['none', 'watched'],
    doc: 'Whether a primary that boots again goes on as primary, or as a replica until a watchdog confirms it.',
    default: 'none',
  },
  election: {
    type: 'nodes',
    doc: 'The lock service that says who is primary: any group that answers `lock`. Its tokens are the epochs. Absent: the first member is, until somebody promotes another.',
    optional: true,
  },
  lease: {
    type: 'duration',
    doc: 'With `election`: for how long the lock is asked, and nobody else can be primary after its holder was heard last. 10 s if absent.',
    optional: true,
    min: 1,
  },
  'lease-drift': {
    type: 'ratio',
    doc: 'With `election`, or a lock shared: by how much the pace of clocks may be wrong. A primary trusts its lease for (1 - drift) / (1 + drift) of it.',
    default: 0.01,
    min: 0,
    max: 0.5,
  },
  rejoin: {
    type: 'choice',
    options: ['rewind', 'resync', 'diverge'],
    doc: 'What a member does with records that the new primary has not: undo them, take a full copy, or keep them and stand aside.',
    default: 'rewind',
  },
  'write-timeout': {
    type: 'duration',
    doc: 'How long a write waits for replicas before the primary answers `timeout`: it stays, and may be replicated later.',
    default: 5000,
    min: 1,
  },
  heartbeat: {
    type: 'duration',
    doc: 'How often the primary shows replicas that it is there, and sends again what was lost.',
    default: 100,
    min: 1,
  },
  'log-max': {
    type: 'integer',
    doc: 'Records kept for replicas that are behind; one that is further behind gets a full copy.',
    default: 10000,
    min: 1,
  },
});

export type Settings = Params<typeof params>;

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings(given: Settings, members: number): string | null {
  const replicas = members - 1;
  if (given.election !== undefined && given.failover !== 'none') {
    return 'election and failover: watched exclude each other: one of them says who is primary';
  }
  if (given.replication === 'sync' && given['sync-count'] > replicas) {
    return `sync-count is ${given['sync-count']}, and there are ${replicas} replicas`;
  }
  if (given['min-replicas'] > replicas) {
    return `min-replicas is ${given['min-replicas']}, and there are ${replicas} replicas`;
  }
  if (given.replication !== 'async' && replicas === 0) {
    return `replication: ${given.replication} needs a replica`;
  }
  if (given.reads === 'replica' && replicas === 0) return 'reads: replica needs a replica';
  return null;
}

/** How many replicas must have a record before it is acknowledged. */
export function acksNeeded(given: Settings, members: number): number {
  switch (given.replication) {
    case 'async':
      return 0;
    case 'semi-sync':
      return 1;
    case 'sync':
      return given['sync-count'];
    case 'quorum':
      return majority(members) - 1;
  }
}

/**
 * How many replicas one must have heard of to know that one of them has all that was acknowledged.
 * Async promises nothing, and neither does semi-sync once its time is over.
 */
export function candidatesNeeded(given: Settings, members: number): number {
  const { replication } = given;
  if (replication === 'async' || replication === 'semi-sync') return 1;
  return Math.max(1, members - 1 - acksNeeded(given, members) + 1);
}
