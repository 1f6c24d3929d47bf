/**
 * The knobs of Raft: declared for people and YAML, and as the plain fields that the handlers read.
 */
import { defineParams, type Params } from '../../../sim/params.ts';
import { type MachineName, machineNames } from '../../parts/machines/kinds.ts';

export const params = defineParams({
  machine: {
    type: 'choice',
    options: machineNames,
    default: 'registers',
    doc: 'What is replicated, and so what the group answers: a key-value store, locks with fencing tokens, a queue, identifiers, a counter.',
  },
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
}

export function settingsOf(values: Params<typeof params>): Settings {
  return {
    machine: values.machine,
    electionMinMs: values['election-timeout'].minMs,
    electionMaxMs: values['election-timeout'].maxMs,
    heartbeatMs: values.heartbeat,
    preVote: values['pre-vote'],
    checkQuorum: values['check-quorum'],
    forward: values.forward,
    batchEntries: values['batch-entries'],
    batchDelayMs: values['batch-delay'],
    inFlightMax: values['in-flight-max'],
    uncommittedMax: values['uncommitted-max'],
    sessionsMax: values['sessions-max'],
    parallelWrite: values['parallel-write'],
  };
}

/** Why these values make no sense together, or null. */
export function refuseSettings(values: Params<typeof params>): string | null {
  const { heartbeat } = values;
  const { minMs } = values['election-timeout'];
  if (heartbeat >= minMs) {
    const what = `heartbeat (${heartbeat}ms) must be shorter than election-timeout (${minMs}ms)`;
    return `${what}, or followers call elections while their leader is well`;
  }
  return null;
}
