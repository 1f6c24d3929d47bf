/** `dsim check --model queue`: see `models/queue.ts`. */
import { containerJudge } from '../container-judge.ts';
import { queueModel } from '../queue.ts';

export const judge = containerJudge({
  name: 'queue',
  summary: 'A queue: first in, first out.',
  sources: ['Henzinger, Sezgin, Vafeiadis: Aspect-oriented linearizability proofs (CONCUR 2013)'],
  put: 'enqueue',
  take: 'dequeue',
  taken: 'the value that was put in first',
  empty: 'drain',
  model: queueModel,
});
