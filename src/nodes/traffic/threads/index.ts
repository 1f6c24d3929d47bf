/** A server whose threads share data behind locks, as a kind of node. */
import request from '../../../interfaces/request.ts';
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import {
  type Bug,
  bugs,
  measures,
  noneSleepsOn,
  notes,
  threadsParams,
  withinBounds,
} from './declared.ts';
import { Threads } from './threads.ts';

export default defineSystem({
  name: 'threads',
  title: 'Threads and locks',
  summary:
    'A server whose threads share data behind a mutex, a read-write lock, a semaphore or a monitor.',
  sources: [
    'Hoare 1974, Monitors: An Operating System Structuring Concept (CACM)',
    'Lampson and Redell 1980, Experience with Processes and Monitors in Mesa (CACM)',
    'Courtois, Heymans and Parnas 1971, Concurrent Control with Readers and Writers (CACM)',
    'Holt 1972, Some Deadlock Properties of Computer Systems (Computing Surveys)',
  ],
  answers: [request],
  claims: [],
  params: threadsParams,
  bugs,
  invariants: [withinBounds, noneSleepsOn],
  measures,
  notes,
  create: (params, place, bug) => {
    const { workers, queue } = params;
    const options = { concurrency: workers, measured: true };
    const threads = new Threads(params, bug as Bug | null);
    return serve(threads, place, queue === undefined ? options : { ...options, queue });
  },
});
