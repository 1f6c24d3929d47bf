/**
 * The knobs of Raft: declared for people and YAML, and as the plain fields that the handlers read.
 */
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Place } from '../../../sim/system.ts';
import { type MachineName, machineParam } from '../../parts/machines/kinds.ts';
import { majority } from '../../parts/quorum.ts';
import { type Target, without } from './configuration.ts';

export const params = defineParams({
  machine: machineParam,
  'election-timeout': {
    type: 'duration-range',
    min: 1,
    default: { minMs: 150, maxMs: 300 },
    doc:
      'A follower that hears no leader for a time drawn from here starts an election; a wider ' +
      'range means fewer split votes, a higher one slower fail-over.',
  },
  heartbeat: {
    type: 'duration',
    min: 1,
    default: 50,
    doc: 'How often a leader shows that it is alive; must be well below the election timeout.',
  },
  'pre-vote': {
    type: 'boolean',
    default: true,
    doc:
      'Ask before raising the term whether an election could be won, so that a server that was ' +
      'cut off does not depose a healthy leader when it comes back.',
  },
  'check-quorum': {
    type: 'boolean',
    default: true,
    doc:
      'A leader that has not heard from a majority for an election timeout steps down, and ' +
      'servers with a live leader disregard calls for votes.',
  },
  forward: {
    type: 'boolean',
    default: true,
    doc:
      'Followers pass requests on to the leader and the answers back; without it they refuse and ' +
      'name the leader.',
  },
  'batch-entries': {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: 64,
    doc:
      'Entries in one appendEntries at most; more of them mean fewer messages and slower first ' +
      'ones.',
  },
  'batch-delay': {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long a leader waits for further requests before it replicates; 0 sends at once.',
  },
  'in-flight-max': {
    type: 'integer',
    min: 1,
    max: 10_000,
    default: 8,
    doc:
      'How many appendEntries with entries may be under way to one follower; 1 is stop-and-wait ' +
      'with the largest batches.',
  },
  'uncommitted-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc:
      'Entries that a leader appends beyond its commit index before it refuses further requests ' +
      'as overloaded.',
  },
  'sessions-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc:
      'Sessions whose last answers are kept, to execute retries only once; beyond it the one ' +
      'that wrote longest ago is forgotten.',
  },
  'snapshot-every': {
    type: 'integer',
    min: 0,
    default: 0,
    doc:
      'Entries after which a server takes a snapshot of its state and compacts its log; 0 never ' +
      'does, and the log grows forever.',
  },
  'snapshot-keep': {
    type: 'integer',
    min: 0,
    default: 64,
    doc:
      'Entries before a snapshot that stay in the log: a follower that lacks no more than these ' +
      'needs no snapshot.',
  },
  'snapshot-chunk': {
    type: 'bytes',
    min: 1,
    default: 64 * 1024,
    doc: 'How much of a snapshot goes into one message.',
  },
  reads: {
    type: 'choice',
    options: ['log', 'read-index', 'lease', 'local'],
    default: 'log',
    doc:
      'How reads are answered: through the log; after a round of heartbeats, by any server; by ' +
      'the leader at once while clocks that run at nearly the same pace vouch for it; or by any ' +
      'server from what it has, which is not linearizable.',
  },
  'lease-drift': {
    type: 'ratio',
    min: 0,
    max: 0.5,
    default: 0.01,
    doc: 'By how much, at most, clocks run too fast or too slow: leases are shorter by that.',
  },
  membership: {
    type: 'choice',
    options: ['single', 'joint'],
    default: 'single',
    doc:
      'How voters come and go: one at a time, or any number at once by way of a joint ' +
      'configuration, in which the old and the new voters must both agree.',
  },
  voters: {
    type: 'nodes',
    optional: true,
    doc:
      'Who votes as the group begins; who is neither here nor among the learners waits to be ' +
      'added. Absent: all but the learners and the spare.',
  },
  learners: {
    type: 'nodes',
    optional: true,
    doc:
      'Who gets the log and has no vote as the group begins: a copy to read from, or to be ' +
      'promoted, that no write waits for.',
  },
  'catch-up-rounds': {
    type: 'integer',
    min: 1,
    default: 10,
    doc:
      'Rounds in which a new server may catch up with the log before it votes; then the change is ' +
      'given up.',
  },
  'on-disk-full': {
    type: 'choice',
    options: ['stop', 'step-down'],
    default: 'stop',
    doc:
      'What a server does that cannot write: it stops as a process does that meets an error, or ' +
      'goes on without promising anything, and steps down if it leads.',
  },
  'on-corrupt-log': {
    type: 'choice',
    options: ['stop', 'repair'],
    default: 'stop',
    doc:
      'What a server does at boot if an entry of its log is damaged: it stops, or cuts the log ' +
      'off there and has no vote until a leader has given back what was lost.',
  },
  'on-lost-disk': {
    type: 'choice',
    options: ['vote', 'wait'],
    default: 'vote',
    doc:
      'What a server does that has lived before and finds its disk empty: it takes part as a new ' +
      'one does, and may vote a second time in a term; or it gets the log, and neither votes nor ' +
      'is counted until the others have gone on without it.',
  },
  'parallel-write': {
    type: 'boolean',
    default: false,
    doc: 'A leader replicates while its own disk still writes, instead of before.',
  },
});

export interface Settings {
  readonly machine: MachineName;
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  readonly heartbeatMs: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly forward: boolean;
  readonly batchEntries: number;
  readonly batchDelayMs: number;
  readonly inFlightMax: number;
  readonly uncommittedMax: number;
  readonly sessionsMax: number;
  readonly parallelWrite: boolean;
  /** 0: never. */
  readonly snapshotEvery: number;
  readonly snapshotKeep: number;
  readonly snapshotChunk: number;
  readonly reads: 'log' | 'read-index' | 'lease' | 'local';
  readonly leaseDrift: number;
  readonly membership: 'single' | 'joint';
  readonly catchUpRounds: number;
  readonly onDiskFull: 'stop' | 'step-down';
  readonly onCorruptLog: 'stop' | 'repair';
  readonly onLostDisk: 'vote' | 'wait';
}

export function settingsOf(values: Params<typeof params>): Settings {
  return {
    machine: values.machine,
    electionMinMs: values['election-timeout'].minMs,
    electionMaxMs: values['election-timeout'].maxMs,
    heartbeatMs: values.heartbeat,
    preVote: values['pre-vote'],
    // A lease is worth nothing without it: an operator cannot turn it off then.
    checkQuorum: values['check-quorum'] || values.reads === 'lease',
    forward: values.forward,
    batchEntries: values['batch-entries'],
    batchDelayMs: values['batch-delay'],
    inFlightMax: values['in-flight-max'],
    uncommittedMax: values['uncommitted-max'],
    sessionsMax: values['sessions-max'],
    parallelWrite: values['parallel-write'],
    snapshotEvery: values['snapshot-every'],
    snapshotKeep: values['snapshot-keep'],
    snapshotChunk: values['snapshot-chunk'],
    reads: values.reads,
    leaseDrift: values['lease-drift'],
    membership: values.membership,
    catchUpRounds: values['catch-up-rounds'],
    onDiskFull: values['on-disk-full'],
    onCorruptLog: values['on-corrupt-log'],
    onLostDisk: values['on-lost-disk'],
  };
}

/** What an operator may change while a server runs. */
export const changeable = ['pre-vote', 'check-quorum', 'batch-entries', 'batch-delay'] as const;

export type Changes = Partial<Pick<Params<typeof params>, (typeof changeable)[number]>>;

/** The settings with these changes. */
export function changedSettings(settings: Settings, changes: Changes): Settings {
  const checkQuorum = changes['check-quorum'] ?? settings.checkQuorum;
  return {
    ...settings,
    preVote: changes['pre-vote'] ?? settings.preVote,
    checkQuorum: checkQuorum || settings.reads === 'lease',
    batchEntries: changes['batch-entries'] ?? settings.batchEntries,
    batchDelayMs: changes['batch-delay'] ?? settings.batchDelayMs,
  };
}

/** The configuration that a group begins with. RangeError if it names others than its members. */
export function firstConfiguration(
  { voters, learners = [] }: Params<typeof params>,
  { initial, members }: Pick<Place, 'initial' | 'members'>,
): Target {
  const first = { voters: voters ?? without(initial, learners), learners };
  const [stranger] = without([...first.voters, ...learners], members);
  if (stranger !== undefined) throw new RangeError(`${stranger} is no member of the group`);
  return first;
}

/**
 * How many of the members always include a majority of the voters: those that only learn may be
 * among them.
 */
export function quorumOf(values: Params<typeof params>, members: number): number {
  const { voters, learners = [] } = values;
  const voting = voters?.length ?? members - learners.length;
  return Math.max(0, members - voting) + majority(voting);
}

/** Why these values make no sense together, or null. */
export function refuseSettings(values: Params<typeof params>, members: number): string | null {
  const { heartbeat } = values;
  const { minMs } = values['election-timeout'];
  if (heartbeat >= minMs) {
    const what = `heartbeat (${heartbeat}ms) must be shorter than election-timeout (${minMs}ms)`;
    return `${what}, or followers call elections while their leader is well`;
  }
  if (values.reads === 'lease' && !values['check-quorum']) {
    return 'reads: lease needs check-quorum: without it voters elect another while the lease holds';
  }
  const { voters, learners = [] } = values;
  const both = voters?.find((id) => learners.includes(id));
  if (both !== undefined) return `${both} cannot vote and learn only`;
  if ((voters?.length ?? members - learners.length) <= 0) return 'somebody must vote';
  return null;
}
