/** The knobs of a store whose records each have a master. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  reads: {
    type: 'choice',
    options: ['any', 'critical', 'latest'],
    default: 'any',
    doc: 'What a read gets, unless its request says (`level`): `any`, what this member has; `critical`, nothing older than its session saw; `latest`, what the master has.',
  },
  'move-after': {
    type: 'integer',
    min: 0,
    default: 3,
    doc: 'When this many writes of a record in a row came through another region, its mastership moves there. 0: never.',
  },
  'resend-after': {
    type: 'duration',
    min: 1,
    default: 200,
    doc: 'How often a master sends again what a member has not acknowledged.',
  },
  heartbeat: {
    type: 'duration',
    min: 1,
    default: 100,
    doc: 'How often members show each other that they are alive.',
  },
  'suspect-after': {
    type: 'duration',
    min: 1,
    default: 500,
    doc: 'After this silence a member refuses requests for records of the silent one at once, in place of waiting for it.',
  },
});

export type Settings = Params<typeof params>;
