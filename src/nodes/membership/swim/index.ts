/** SWIM with Lifeguard, as a kind of node. */
import members from '../../../interfaces/members.ts';
import { defineSystem } from '../../../sim/system.ts';
import { suspicionMs } from '../../parts/swim-times.ts';
import { incarnationByOwner, type SwimBug, swimBugs, swimMeasures, swimNotes } from './declared.ts';
import { settingsOf, swimParams } from './settings.ts';
import { Swim } from './swim.ts';

export default defineSystem({
  name: 'swim',
  title: 'SWIM membership',
  summary: 'Members probe each other, suspect who is silent, and pass news on with their probes.',
  sources: [
    'Das, Gupta, Motivala 2002, SWIM: Scalable Weakly-consistent Infection-style Process Group Membership Protocol (DSN)',
    'Dadgar, Phillips, Currey 2018, Lifeguard: Local Health Awareness for More Accurate Failure Detection (DSN-W)',
    'hashicorp/memberlist (presets, times, order of a probe) and hashicorp/serf (reconnect, reap)',
  ],
  answers: [members],
  claims: [],
  params: swimParams,
  bugs: swimBugs,
  measures: swimMeasures,
  notes: swimNotes,
  invariants: [incarnationByOwner],
  grows: true,
  // Each keeps five bytes of each other one: a run of 20,000 takes 3.9 GiB.
  mostMembers: 20_000,
  detectionMs(params) {
    const { intervalMs, suspicionMult, suspicionMax } = settingsOf(params);
    // Probed within a few intervals, then suspected for as long as a small group does.
    return 3 * intervalMs + suspicionMs(suspicionMult, 10, intervalMs) * suspicionMax;
  },
  refuse: (params, count) => {
    const { intervalMs, timeoutMs } = settingsOf(params);
    if (count < 2) return 'a member needs another one to probe: count must be 2 or more';
    return timeoutMs < intervalMs ? null : 'timeout must be shorter than interval';
  },
  create: (params, place, bug) => new Swim(params, place, bug as SwimBug | null),
});
