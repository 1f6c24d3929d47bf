/** The knobs of a client that keeps a lease at a coordination service. */
import { defineParams, type Params } from '../../sim/params.ts';

export const leaseParams = defineParams({
  lease: {
    type: 'duration',
    doc: 'The lease that it asks for; the service has the last word. Pinged each third of it.',
    default: 10_000,
    min: 1,
  },
  grace: {
    type: 'duration',
    doc: 'How long a client waits when its lease is over by its own clock and nothing is heard, before it gives up.',
    default: 0,
    min: 0,
  },
  drift: {
    type: 'ratio',
    doc: 'By how much clocks may run fast or slow: a lease is over that much sooner. 0: it trusts its clock.',
    default: 0.01,
    min: 0,
    max: 0.9,
  },
  cache: {
    type: 'boolean',
    doc: 'Whether it keeps what it reads, where the service allows it.',
    default: false,
  },
  rewatch: {
    type: 'boolean',
    doc: 'Whether it brings its watches along to another server. Without, they are lost.',
    default: true,
  },
});

export type LeaseParams = Params<typeof leaseParams>;
