/** The knobs: declared for people and YAML, and as the plain fields that the handlers read. */

import { defineParams, type Params } from '../../../sim/params.ts';
import { type MachineName, machineParam } from '../../parts/machines/kinds.ts';
import { trustedLeaseMs } from '../../parts/trusted-lease.ts';

export const params = defineParams({
  machine: machineParam,
  'election-timeout': {
    type: 'duration-range',
    min: 1,
    default: { minMs: 150, maxMs: 300 },
    doc: 'A member that hears no leader for a time drawn from here begins a ballot of its own.',
  },
  heartbeat: {
    type: 'duration',
    min: 1,
    default: 50,
    doc: 'How often a leader shows that it is alive, asks silent members again, and renews its lease.',
  },
  'stable-leader': {
    type: 'boolean',
    default: true,
    doc: 'Members that have heard a leader within the least election timeout promise nothing to others, so that one that was cut off does not depose it when it comes back.',
  },
  window: {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: 64,
    doc: 'Slots that may be open at a time, proposed and not yet chosen; further requests wait. 1 is one at a time.',
  },
  'backlog-max': {
    type: 'integer',
    min: 0,
    default: 10_000,
    doc: 'Requests that wait for room in the window before further ones are refused as overloaded.',
  },
  lease: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How long members that hear a leader promise nobody else a ballot; while a majority is bound, the leader answers reads itself. 0: reads go through the log.',
  },
  'lease-drift': {
    type: 'ratio',
    min: 0,
    max: 0.5,
    default: 0.01,
    doc: 'By how much the pace of any clock may be wrong: the leader trusts its lease for less than members keep it, (1 - drift) / (1 + drift) of it.',
  },
  'snapshot-every': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'After this many slots a member keeps the state in place of them.',
  },
  'snapshot-keep': {
    type: 'integer',
    min: 0,
    default: 1000,
    doc: 'Slots before a snapshot that stay in memory, for members that are a little behind.',
  },
  'learn-slots': {
    type: 'integer',
    min: 1,
    default: 200,
    doc: 'The most slots in one answer to a member that is behind.',
  },
  'on-lost-disk': {
    type: 'choice',
    options: ['vote', 'ask'],
    default: 'vote',
    doc: 'What a member does that has lived before and finds its disk empty: it takes part as a new one does, and may help to choose two values for a slot; or it waits until a majority of the others has told it what they promised and accepted.',
  },
  forward: {
    type: 'boolean',
    default: true,
    doc: 'Members pass requests on to the leader and the answers back; without it they refuse and name the leader.',
  },
  'sessions-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'Sessions whose last answers are kept, to execute retries only once.',
  },
});

export interface Settings {
  readonly machine: MachineName;
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  readonly heartbeatMs: number;
  readonly stableLeader: boolean;
  readonly window: number;
  readonly backlogMax: number;
  /** 0: no lease. */
  readonly leaseMs: number;
  /** How long a leader trusts what a member promised for `leaseMs`, each on its own clock. */
  readonly trustMs: number;
  readonly snapshotEvery: number;
  readonly snapshotKeep: number;
  readonly learnSlots: number;
  readonly onLostDisk: 'vote' | 'ask';
  readonly forward: boolean;
  readonly sessionsMax: number;
}

export function settingsOf(values: Params<typeof params>): Settings {
  const drift = values['lease-drift'];
  return {
    machine: values.machine,
    electionMinMs: values['election-timeout'].minMs,
    electionMaxMs: values['election-timeout'].maxMs,
    heartbeatMs: values.heartbeat,
    stableLeader: values['stable-leader'],
    window: values.window,
    backlogMax: values['backlog-max'],
    leaseMs: values.lease,
    trustMs: trustedLeaseMs(values.lease, drift),
    snapshotEvery: values['snapshot-every'],
    snapshotKeep: values['snapshot-keep'],
    learnSlots: values['learn-slots'],
    onLostDisk: values['on-lost-disk'],
    forward: values.forward,
    sessionsMax: values['sessions-max'],
  };
}

/** Why these values make no sense together, or null. */
export function refuseSettings(values: Params<typeof params>): string | null {
  const { heartbeat, lease } = values;
  const { minMs } = values['election-timeout'];
  if (heartbeat >= minMs) {
    const what = `heartbeat (${heartbeat}ms) must be shorter than election-timeout (${minMs}ms)`;
    return `${what}, or members begin ballots while their leader is well`;
  }
  if (lease === 0 || lease > heartbeat) return null;
  return `lease (${lease}ms) must be longer than heartbeat (${heartbeat}ms), which renews it`;
}
