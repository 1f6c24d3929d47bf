/** The knobs, declared for people and YAML. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  sync: {
    type: 'choice',
    options: ['always', 'interval', 'never'],
    default: 'always',
    doc: 'When a write is acknowledged: `always`, once it is on disk; `interval`, at once, and the log is written each `sync-every`; `never`, at once, and the disk takes its time.',
  },
  'sync-every': {
    type: 'duration',
    min: 1,
    default: 1000,
    doc: 'With `sync: interval`: how often the log is written. A crash loses half of that on average.',
  },
  'group-commit': {
    type: 'boolean',
    default: true,
    doc: 'With `sync: always`: whether writes that come during a flush go together into the next one, or each waits for the flush of the one before.',
  },
  segment: {
    type: 'bytes',
    min: 1,
    default: 67_108_864,
    doc: 'The size at which a new segment begins; smaller ones are dropped sooner after a snapshot.',
  },
  recover: {
    type: 'choice',
    options: ['cut-tail', 'point-in-time', 'stop', 'skip'],
    default: 'cut-tail',
    doc: 'What is done at boot about a record that is damaged and not torn: `cut-tail` cuts it off if nothing follows, else the node stops; `point-in-time` cuts all that follows too; `stop` always stops; `skip` leaves it out and goes on.',
  },
  'snapshot-every': {
    type: 'integer',
    min: 1,
    default: 10_000,
    doc: 'After this many records the state is written down, and older segments are dropped that no reader of a log still needs: a shorter replay at boot.',
  },
  'snapshot-time': {
    type: 'duration',
    min: 0,
    default: 20,
    doc: 'How long it takes to write a snapshot; requests are served meanwhile.',
  },
  'replay-rate': {
    type: 'rate',
    min: 1,
    default: 100_000,
    doc: 'Records a second that are replayed at boot, before anything is served.',
  },
});

export type LogStoreParams = Params<typeof params>;
