/** The knobs: declared for people and YAML, and as the plain fields that the handlers read. */
import { defineParams, type Params } from '../../../sim/params.ts';
import { majority } from '../../parts/quorum.ts';

export const params = defineParams({
  'read-quorum': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'How many replicas the first phase hears; a majority if it is left out. Together with `write-quorum` it must be more than there are replicas.',
  },
  'write-quorum': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'How many replicas must have a value on disk before the answer; a majority if it is left out.',
  },
  'write-back': {
    type: 'choice',
    options: ['always', 'needed'],
    default: 'always',
    doc: 'When a read stores what it has read before it answers: `always`, or only if fewer replicas than a write quorum showed it, which saves a round trip when nobody writes.',
  },
  resend: {
    type: 'duration',
    min: 1,
    default: 50,
    doc: 'How long a coordinator waits for replicas before it asks again those that are silent.',
  },
  patience: {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'How long a coordinator tries to reach a quorum before it gives up; at most as long as the client waits.',
  },
  'pending-max': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'Operations that one coordinator has under way before it refuses further ones as overloaded.',
  },
});

export interface Settings {
  readonly readQuorum: number;
  readonly writeQuorum: number;
  readonly writesBackAlways: boolean;
  readonly resendMs: number;
  readonly patienceMs: number;
  readonly pendingMax: number;
}

export function settingsOf(values: Params<typeof params>, members: number): Settings {
  return {
    ...quorumsOf(values, members),
    writesBackAlways: values['write-back'] === 'always',
    resendMs: values.resend,
    patienceMs: values.patience,
    pendingMax: values['pending-max'],
  };
}

export function quorumsOf(
  values: Params<typeof params>,
  members: number,
): { readonly readQuorum: number; readonly writeQuorum: number } {
  return {
    readQuorum: values['read-quorum'] ?? majority(members),
    writeQuorum: values['write-quorum'] ?? majority(members),
  };
}

/** Why these quorums make no sense, or null. */
export function refuseSettings(values: Params<typeof params>, members: number): string | null {
  const { readQuorum, writeQuorum } = quorumsOf(values, members);
  const most = readQuorum > writeQuorum ? readQuorum : writeQuorum;
  if (most > members) return `a quorum of ${most} is more than its ${members} replicas`;
  if (readQuorum + writeQuorum > members) return null;
  const sum = `read-quorum ${readQuorum} and write-quorum ${writeQuorum}`;
  return `${sum} together must be more than its ${members} replicas, or a read misses a write`;
}
