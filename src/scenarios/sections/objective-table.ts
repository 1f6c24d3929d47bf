/** The keys of an objective of `slo`, declared as the parameters of a system are. */
import { defineParams } from '../../sim/params.ts';
import type { SectionSpec } from '../values/param-text.ts';

const LEAST_DURATION_MS = 0.001;
const DAY_MS = 86_400_000;

/** `of` is read apart. */
export const OBJECTIVE_TABLE = defineParams({
  sli: {
    type: 'choice',
    doc: 'Which requests are good. answered: as `availability` counts it. ok: only those that ended ok.',
    options: ['answered', 'ok'],
    default: 'answered',
  },
  within: {
    type: 'duration',
    doc: 'An answer that took longer is bad. Without it an answer is good whenever it comes.',
    optional: true,
    min: LEAST_DURATION_MS,
  },
  target: {
    type: 'ratio',
    doc: 'The share of requests, or of slices of time, that must be good. The rest is the error budget.',
    max: 0.999_999_99,
    beyond: {
      code: 'DS105',
      label: 'expected a share below 100%',
      note: 'a target of 100% leaves no budget, and the first failure would burn without bounds',
    } satisfies SectionSpec['beyond'],
  },
  window: {
    type: 'duration',
    doc: 'The time that the error budget is for, such as 30d; the `duration` of the run without it. In a window longer than the run the load goes on at its mean rate.',
    optional: true,
    min: LEAST_DURATION_MS,
    max: 400 * DAY_MS,
  },
  by: {
    type: 'choice',
    doc: 'requests: each request counts. time: each slice of time counts in which anything ended, however many requests it had.',
    options: ['requests', 'time'],
    default: 'requests',
  },
  slice: {
    type: 'duration',
    doc: 'With `by: time`, how long a slice is.',
    default: 1000,
    min: LEAST_DURATION_MS,
  },
  'slice-target': {
    type: 'ratio',
    doc: 'With `by: time`, the share of the requests of a slice that must be good; less makes the slice bad.',
    default: 0.95,
  },
  alerts: {
    type: 'list',
    doc: 'When somebody is called. Without it: a burn of 14.4 over 1/720 of the window, 6 over 1/120 and 1 over 1/10, which are an hour, six hours and three days of 30 days. `[]` is no alert.',
    optional: true,
    of: {
      type: 'object',
      doc: 'One alert.',
      fields: defineParams({
        burn: {
          type: 'number',
          doc: 'The burn rate at which it fires: 1 spends the budget in just its window.',
          min: 0.001,
        },
        long: {
          type: 'duration',
          doc: 'The window over which it must burn so fast.',
          min: LEAST_DURATION_MS,
        },
        short: {
          type: 'duration',
          doc: 'A short window over which it must burn so fast too, so that the alert ends soon after the failure; a twelfth of `long` without it.',
          optional: true,
          min: LEAST_DURATION_MS,
        },
      }),
    },
  },
});
