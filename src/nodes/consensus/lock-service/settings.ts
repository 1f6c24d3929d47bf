/**
 * The knobs of a lock service, and the presets: what four products chose, as data.
 *
 * ZooKeeper: sessions of 2 to 20 ticks of 2 s, whose end is rounded up to a tick; reads by the
 * server that is asked; watches that fire once. Chubby: leases of 12 s, pings that the master keeps
 * until the lease nearly ends; reads by the master, cached at the clients, and what is cached is
 * asked back before it changes; up to a minute of delay after a lost holder. etcd: a lease lasts at
 * least 2 s, and longer by an election timeout after a change of the leader; linearizable reads;
 * watches that go on from a revision. Consul: sessions of 10 s and more, which may last twice as
 * long; a blocking query is a watch that is set again after each answer; 15 s of delay after a lost
 * holder.
 */
import { defaultsOf, defineParams, type Params } from '../../../sim/params.ts';
import { params as raftParams, settingsOf as raftSettingsOf } from '../raft/settings.ts';

export const params = defineParams({
  preset: {
    type: 'choice',
    options: ['zookeeper', 'chubby', 'etcd', 'consul'],
    default: 'zookeeper',
    doc: 'Whose choices the other knobs have where the scenario says nothing.',
  },
  'lease-min': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'The shortest lease: one that is asked for less lasts as long. 4 s, 12 s, 2 s, 10 s in the presets.',
  },
  'lease-max': {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'The longest lease. A longer one survives longer silence, and blocks others for longer after a crash. 40 s, 12 s, 1 h, 24 h.',
  },
  tick: {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'The end of a lease is rounded up to the next tick; 0: it ends on time. 2 s, 0, 500 ms, 0.',
  },
  'lease-factor': {
    type: 'number',
    min: 1,
    max: 10,
    optional: true,
    doc: 'How many times its length a lease lasts before it is ended. 1, 1, 1, 2.',
  },
  'election-grace': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'By how much leases last longer after a change of the leader, which starts all of them again. 0, 0, 1 s, 0.',
  },
  'ping-hold': {
    type: 'ratio',
    min: 0,
    max: 0.9,
    optional: true,
    doc: 'For which share of a lease the leader keeps a ping before it answers, so that few are needed; 0: it answers at once. 0, 50%, 0, 0.',
  },
  reads: {
    type: 'choice',
    options: ['local', 'lease', 'read-index'],
    optional: true,
    doc: 'Who answers reads: the server that is asked, from what it has; the leader, by its lease; any, after a round of heartbeats. local, lease, read-index, lease.',
  },
  watch: {
    type: 'choice',
    options: ['once', 'stream'],
    optional: true,
    doc: 'Whether a watch tells one change and is over, or goes on and tells all. once, once, stream, once.',
  },
  history: {
    type: 'integer',
    min: 1,
    default: 1000,
    doc: 'Changes that a server keeps for watches that go on elsewhere from a revision. Who comes later has to read again.',
  },
  cache: {
    type: 'boolean',
    optional: true,
    doc: 'Whether clients may keep what they read, until the leader asks for it back. off, on, off, off.',
  },
  'lock-delay': {
    type: 'duration',
    min: 0,
    optional: true,
    doc: 'For how long nobody gets what a lost holder has left, so that its last messages may arrive; 0 after a release. 0, 60 s, 0, 15 s.',
  },
  'election-timeout': { ...raftParams['election-timeout'], default: { minMs: 1000, maxMs: 2000 } },
  heartbeat: { ...raftParams.heartbeat, default: 100 },
  'sessions-max': raftParams['sessions-max'],
  'snapshot-every': { ...raftParams['snapshot-every'], default: 10_000 },
});

type LockServiceParams = Params<typeof params>;

const HOUR_MS = 3_600_000;

export const presets = {
  zookeeper: {
    leaseMinMs: 4000,
    leaseMaxMs: 40_000,
    tickMs: 2000,
    leaseFactor: 1,
    electionGraceMs: 0,
    pingHold: 0,
    reads: 'local',
    watch: 'once',
    cache: false,
    lockDelayMs: 0,
  },
  chubby: {
    leaseMinMs: 12_000,
    leaseMaxMs: 12_000,
    tickMs: 0,
    leaseFactor: 1,
    electionGraceMs: 0,
    pingHold: 0.5,
    reads: 'lease',
    watch: 'once',
    cache: true,
    lockDelayMs: 60_000,
  },
  etcd: {
    leaseMinMs: 2000,
    leaseMaxMs: HOUR_MS,
    tickMs: 500,
    leaseFactor: 1,
    electionGraceMs: 1000,
    pingHold: 0,
    reads: 'read-index',
    watch: 'stream',
    cache: false,
    lockDelayMs: 0,
  },
  consul: {
    leaseMinMs: 10_000,
    leaseMaxMs: 24 * HOUR_MS,
    tickMs: 0,
    leaseFactor: 2,
    electionGraceMs: 0,
    pingHold: 0,
    reads: 'lease',
    watch: 'once',
    cache: false,
    lockDelayMs: 15_000,
  },
} as const satisfies { readonly [name in LockServiceParams['preset']]: object };

/** The knobs as the service reads them, with the preset's values filled in. */
export interface Settings {
  readonly leaseMinMs: number;
  readonly leaseMaxMs: number;
  readonly tickMs: number;
  readonly leaseFactor: number;
  readonly electionGraceMs: number;
  readonly pingHold: number;
  readonly reads: 'local' | 'lease' | 'read-index';
  readonly watch: 'once' | 'stream';
  readonly history: number;
  readonly cache: boolean;
  readonly lockDelayMs: number;
}

export function settingsOf(given: LockServiceParams): Settings {
  const preset = presets[given.preset];
  return {
    leaseMinMs: given['lease-min'] ?? preset.leaseMinMs,
    leaseMaxMs: given['lease-max'] ?? preset.leaseMaxMs,
    tickMs: given.tick ?? preset.tickMs,
    leaseFactor: given['lease-factor'] ?? preset.leaseFactor,
    electionGraceMs: given['election-grace'] ?? preset.electionGraceMs,
    pingHold: given['ping-hold'] ?? preset.pingHold,
    reads: given.reads ?? preset.reads,
    watch: given.watch ?? preset.watch,
    history: given.history,
    cache: given.cache ?? preset.cache,
    lockDelayMs: given['lock-delay'] ?? preset.lockDelayMs,
  };
}

/** The Raft below. Pings need rounds of confirmation, however reads are answered. */
export function raftSettings(given: LockServiceParams) {
  const { reads } = settingsOf(given);
  return raftSettingsOf({
    ...defaultsOf(raftParams),
    machine: 'coordination',
    'election-timeout': given['election-timeout'],
    heartbeat: given.heartbeat,
    'sessions-max': given['sessions-max'],
    'snapshot-every': given['snapshot-every'],
    reads: reads === 'lease' ? 'lease' : 'read-index',
  });
}

/** Why these values make no sense together, or null. */
export function refuseSettings(given: LockServiceParams): string | null {
  const { heartbeat } = given;
  const { minMs } = given['election-timeout'];
  if (heartbeat >= minMs) {
    return `heartbeat (${heartbeat}ms) must be shorter than election-timeout (${minMs}ms)`;
  }
  const { leaseMinMs, leaseMaxMs, cache, reads } = settingsOf(given);
  if (leaseMinMs > leaseMaxMs) {
    return `lease-min (${leaseMinMs}ms) must not be longer than lease-max (${leaseMaxMs}ms)`;
  }
  if (cache && reads !== 'lease') {
    return 'cache needs reads: lease: only the leader knows who has what in a cache';
  }
  return null;
}
