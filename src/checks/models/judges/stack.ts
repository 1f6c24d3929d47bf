/** `dsim check --model stack`: see `models/stack.ts`. */
import { containerJudge } from '../container-judge.ts';
import { stackModel } from '../stack.ts';

export const judge = containerJudge({
  name: 'stack',
  summary: 'A stack: last in, first out.',
  sources: [],
  put: 'push',
  take: 'pop',
  taken: 'the value that was put in last',
  model: stackModel,
});
