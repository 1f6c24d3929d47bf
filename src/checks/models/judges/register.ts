/**
 * `dsim check --model register`: registers, one a key, and every level of consistency that they may
 * keep. See `models/register.ts` for the operations and `causal/levels.ts` for the levels.
 */
import type { History } from '../../../sim/history.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import { msToUs } from '../../../sim/units.ts';
import { BOUNDED_STALENESS, checkStaleness } from '../../bounded-staleness/bound.ts';
import { LEVELS, levelOf } from '../../causal/levels.ts';
import type { RegisterConventions } from '../../causal/register-history.ts';
import type { CheckResult } from '../../checker.ts';
import { checkEventual, EVENTUAL } from '../../eventual/convergence.ts';
import { checkStrongest, checkWithNext } from '../../hierarchy/strongest.ts';
import { defineJudge } from '../../judge.ts';
import type { Budget } from '../../search/turns.ts';
import { plainOf } from '../../text-values.ts';

const STRONGEST = 'strongest';

const params = defineParams({
  initial: {
    type: 'text',
    doc: 'What a key reads as before it is written: JSON, or else the text itself.',
    default: 'null',
  },
  as: {
    type: 'choice',
    doc: 'What a compare-and-set that failed says: nothing, or that the value was not the expected one.',
    options: ['ignored', 'observation'],
    default: 'ignored',
  },
  within: {
    type: 'duration',
    doc: 'For bounded-staleness: for how long a newer write may have been acknowledged when a read returns the older.',
    optional: true,
    min: 0,
  },
  versions: {
    type: 'integer',
    doc: 'For bounded-staleness: how many newer writes may have been acknowledged when a read returns the older.',
    optional: true,
    min: 0,
  },
  quiet: {
    type: 'duration',
    doc: 'For eventual: how long after the last write of a key its reads begin to count.',
    default: 0,
    min: 0,
  },
});

export const judge = defineJudge({
  name: 'register',
  summary:
    'Registers: read, write and compare-and-set of one value per key, at any level of consistency.',
  sources: [...new Set(LEVELS.flatMap(({ sources }) => sources))],
  operations: [
    { f: 'read', input: 'null', output: 'the value', doc: 'The value of the key.' },
    { f: 'write', input: 'the value', output: 'ignored', doc: 'Sets the key.' },
    {
      f: 'cas',
      input: '[from, to]',
      output: 'ignored; false: refused',
      doc: 'Sets the key to `to` if its value is `from`; `fail` if it is not.',
    },
  ],
  params,
  consistencies: [...LEVELS.map(({ name }) => name), EVENTUAL, BOUNDED_STALENESS, STRONGEST],
  judge: judgeRegisters,
});

function judgeRegisters(
  history: History,
  given: Params<typeof params>,
  consistency: string,
  budget: Budget,
): CheckResult {
  const conventions: RegisterConventions = {
    initial: plainOf(given.initial),
    failedCas: given.as,
  };
  switch (consistency) {
    case EVENTUAL:
      return checkEventual(history, conventions, { quietUs: msToUs(given.quiet) });
    case BOUNDED_STALENESS: {
      const { within, versions } = given;
      const bound = {
        ...(within === undefined ? {} : { withinUs: msToUs(within) }),
        ...(versions === undefined ? {} : { versions }),
      };
      return checkStaleness(history, bound, conventions);
    }
    case STRONGEST:
      return checkStrongest(history, conventions, budget);
    default:
      return checkWithNext(history, levelOf(consistency), conventions, budget);
  }
}
