/** `dsim check --model ids`: see `models/ids.ts`. */
import { modelJudge } from '../../model-judge.ts';
import { ids } from '../ids.ts';

export const judge = modelJudge({
  name: 'ids',
  summary: 'Identifiers, each given to one asker only.',
  sources: [],
  operations: [
    { f: 'generate', input: 'null', output: 'the identifier', doc: 'Asks for a new one.' },
  ],
  params: {},
  model: () => ids,
});
