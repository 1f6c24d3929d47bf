/** The judges of queues, stacks and bags: one judge, which differs in words and in the model. */
import { defineParams } from '../../sim/params.ts';
import { modelJudge } from '../model-judge.ts';
import type { SearchModel } from '../search/call.ts';
import { listOf } from '../text-values.ts';
import type { ContainerOptions } from './container.ts';

export interface ContainerJudge {
  /** `queue`: also what sentences call it. */
  readonly name: string;
  readonly summary: string;
  readonly sources: readonly string[];
  /** Names of the operations: `enqueue`, `dequeue`. */
  readonly put: string;
  readonly take: string;
  /** Which value a take has: `the value that was put in first`. */
  readonly taken: string;
  /** `drain`, if there is such an operation. */
  readonly empty?: string;
  model(options: ContainerOptions): SearchModel;
}

export function containerJudge({
  name,
  summary,
  sources,
  put,
  take,
  taken,
  empty,
  model,
}: ContainerJudge) {
  return modelJudge({
    name,
    summary,
    sources,
    operations: [
      { f: put, input: 'the value', output: 'ignored', doc: 'Puts a value in.' },
      {
        f: take,
        input: 'null',
        output: 'the value; null: it was empty',
        doc: `Takes ${taken}.`,
      },
      ...(empty === undefined
        ? []
        : [
            {
              f: empty,
              input: 'null',
              output: 'the list of values, in any order',
              doc: 'Takes all that is left, at one moment.',
            },
          ]),
    ],
    params: defineParams({
      initial: {
        type: 'text',
        doc: 'What is in it at first, the first to have been put in first: a JSON list.',
        default: '[]',
      },
      as: {
        type: 'choice',
        doc: `What a ${take} that failed with no error, or that of an empty ${name}, says: nothing, or that it was empty.`,
        options: ['ignored', 'observation'],
        default: 'ignored',
      },
    }),
    model: ({ initial, as }) => model({ initial: listOf(initial), refused: as }),
  });
}
