/** `dsim check --model coordination`: see `models/coordination.ts`. */
import { modelJudge } from '../../model-judge.ts';
import { coordination } from '../coordination.ts';

export const judge = modelJudge({
  name: 'coordination',
  summary: coordination.summary,
  sources: ['Hunt et al.: ZooKeeper: Wait-free coordination for Internet-scale systems (ATC 2010)'],
  operations: [
    { f: 'create', input: 'the value', output: 'ignored', doc: 'Makes the node, with version 0.' },
    { f: 'get', input: 'ignored', output: '[value, version]', doc: 'Reads it.' },
    {
      f: 'set',
      input: '[value, version or null]',
      output: 'the new version',
      doc: 'Changes it, if it has that version.',
    },
    { f: 'delete', input: 'the version, or null', output: 'ignored', doc: 'Takes it away.' },
    { f: 'exists', input: 'ignored', output: 'the version, or null', doc: 'Whether it is there.' },
    { f: 'event', input: 'ignored', output: 'ignored', doc: 'A watch fires: says nothing here.' },
  ],
  params: {},
  model: () => coordination,
});
