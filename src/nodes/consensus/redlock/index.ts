/** Redlock over independent masters, as a kind of node. */
import lock from '../../../interfaces/lock.ts';
import { defineSystem } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';
import { Redlock } from './redlock.ts';
import { type RedlockBug, redlockBugs, redlockNotes, redlockParams } from './settings.ts';

export default defineSystem({
  name: 'redlock',
  title: 'Redlock',
  summary: 'A lock by a majority of independent masters that know nothing of each other.',
  sources: [
    'Redis documentation, Distributed Locks with Redis: the Redlock algorithm',
    'Kleppmann 2016, How to do distributed locking',
  ],
  answers: [lock],
  claims: [],
  params: redlockParams,
  bugs: redlockBugs,
  notes: redlockNotes,
  invariants: [],
  quorum: (_params, members) => majority(members),
  create: (params, place, bug) => new Redlock(params, place, bug as RedlockBug | null),
});
