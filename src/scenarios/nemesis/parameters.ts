/**
 * The parameters of `nemesis:`: how often it strikes, with what, and what the system claims to
 * survive.
 */
import { defineParams } from '../../sim/params.ts';

/** The parameters of `nemesis:` in a scenario. */
export const NEMESIS_TABLE = defineParams({
  kinds: {
    type: 'list',
    doc: 'What it may do: kinds of faults and shapes; all that apply by default.',
    of: { type: 'text', doc: 'A kind or a shape.' },
    optional: true,
  },
  between: {
    type: 'duration',
    doc: 'Mean time from one strike to the next, exponentially distributed.',
    default: 1000,
    min: 1,
  },
  lasts: {
    type: 'duration',
    doc: 'Mean time that a strike lasts, exponentially distributed, at most four times as long.',
    default: 1000,
    min: 1,
  },
  quiet: {
    type: 'duration',
    doc: 'Least time without a change before each strike, whatever else it holds.',
    default: 100,
    min: 0,
  },
  calm: {
    type: 'ratio',
    doc: 'Least share of the time in which it holds nothing at all.',
    default: 0.2,
    min: 0,
    max: 0.95,
  },
  swarm: {
    type: 'boolean',
    doc: 'Each seed draws half of the kinds, and how often and how long it strikes.',
    default: true,
  },
  budget: {
    type: 'object',
    doc: 'What the system claims to survive; by group, over all strikes that hold at once.',
    default: {},
    fields: defineParams({
      down: {
        type: 'text',
        doc: 'Members down, paused or cut off at once: a number, `none`, `minority`, `majority` or `all`; by default as many as leave a quorum, else a minority.',
        optional: true,
      },
      copies: {
        type: 'text',
        doc: 'Members whose disks were ever lost, damaged or lied to: a number or a word as for `down`.',
        default: 'none',
      },
      clock: {
        type: 'duration',
        doc: 'How far clocks may be wrong.',
        default: 500,
        min: 0,
      },
    }),
  },
  beyond: {
    type: 'boolean',
    doc: 'It may go beyond the budget, and then the result says so.',
    default: false,
  },
});
