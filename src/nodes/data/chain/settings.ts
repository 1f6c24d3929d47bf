/** The knobs of a chain. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  mode: {
    type: 'choice',
    options: ['chain', 'craq'],
    doc: 'Who answers reads: the tail alone, or every member, which asks the tail if it has a write that is not acknowledged yet.',
    default: 'chain',
  },
  heartbeat: {
    type: 'duration',
    doc: 'How often each member shows the master that it is alive.',
    default: 100,
    min: 1,
  },
  'failure-timeout': {
    type: 'duration',
    doc: 'A member that was silent for so long is taken out of the chain.',
    default: 500,
    min: 1,
  },
  lease: {
    type: 'duration',
    doc: 'How long after a heartbeat that the master has answered a member may serve. Shorter than failure-timeout, or a tail that was taken out answers with the past.',
    default: 400,
    min: 1,
  },
  forward: {
    type: 'boolean',
    doc: 'Members pass requests on to the member that serves them; else they refuse.',
    default: true,
  },
});

export type Settings = Params<typeof params>;

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings(given: Settings): string | null {
  const { heartbeat, lease } = given;
  const timeout = given['failure-timeout'];
  if (lease >= timeout) return `lease must be shorter than failure-timeout, which is ${timeout} ms`;
  if (heartbeat >= lease) return `heartbeat must be shorter than lease, which is ${lease} ms`;
  return null;
}
