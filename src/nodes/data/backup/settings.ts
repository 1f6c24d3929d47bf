/** The knobs of a backup. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  of: {
    type: 'nodes',
    doc: 'The store that it backs up: the members of a `primary-replica`.',
  },
  to: {
    type: 'text',
    doc: 'The region where the backup is, as `region` says it.',
    optional: true,
  },
  'full-every': {
    type: 'duration',
    doc: 'How often a full copy is begun; a restore replays the log since the last one.',
    default: 86_400_000,
    min: 1,
  },
  'log-ship-every': {
    type: 'duration',
    doc: 'How often the log is fetched; what was written since is lost with the store.',
    default: 60_000,
    min: 1,
  },
  size: {
    type: 'bytes',
    doc: 'How large the store is, whatever the few keys of the scenario take: it decides how long copies last.',
    default: 1_073_741_824,
    min: 1,
  },
  'copy-rate': {
    type: 'bandwidth',
    doc: 'How fast a full copy is read, while writes go on.',
    default: 104_857_600,
    min: 1,
  },
  'restore-rate': {
    type: 'bandwidth',
    doc: 'How fast a full copy is written back.',
    default: 104_857_600,
    min: 1,
  },
  'replay-rate': {
    type: 'rate',
    doc: 'How many records of the log are replayed in a second, after the copy is back.',
    default: 10_000,
    min: 0.001,
  },
  verify: {
    type: 'boolean',
    doc: 'Whether each full copy is tested when it is taken. One that fails is taken again; else the restore finds out.',
    default: false,
  },
  keep: {
    type: 'integer',
    doc: 'How many full copies are kept, with the log since the first of them.',
    default: 2,
    min: 1,
    max: 1000,
  },
});

export type Settings = Params<typeof params>;
