/** `dsim check --model nondeterministic-register`: see `models/nondeterministic-register.ts`. */
import { modelJudge } from '../../model-judge.ts';
import { nondeterministicRegister } from '../nondeterministic-register.ts';

export const judge = modelJudge({
  name: 'nondeterministic-register',
  summary: 'A register that may keep any part of what is written to it.',
  sources: ['Athalye: Porcupine, the nondeterministic register of its tests'],
  operations: [
    { f: 'put-any', input: 'a list', output: 'ignored', doc: 'Keeps some of the values.' },
    { f: 'get-any', input: 'null', output: 'a list', doc: 'Answers some of those kept.' },
    { f: 'get-all', input: 'null', output: 'a list', doc: 'Answers all of those kept.' },
  ],
  params: {},
  model: () => nondeterministicRegister,
});
