/** `dsim check --model bag`: see `models/bag.ts`. */
import { bagModel } from '../bag.ts';
import { containerJudge } from '../container-judge.ts';

export const judge = containerJudge({
  name: 'bag',
  summary: 'An unordered queue: what comes out was put in, once.',
  sources: ['Henzinger, Sezgin, Vafeiadis: Aspect-oriented linearizability proofs (CONCUR 2013)'],
  put: 'enqueue',
  take: 'dequeue',
  taken: 'any value that is in it',
  empty: 'drain',
  model: bagModel,
});
