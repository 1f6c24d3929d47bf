/**
 * `bounded-staleness(2s)`: no read returned a value that was older than that when the read began,
 * nor, with `versions`, one that more versions had followed. See `staleness.ts`.
 */
import register from '../../interfaces/register.ts';
import { defaultsOf, defineParams } from '../../sim/params.ts';
import { msToUs } from '../../sim/units.ts';
import type { Checker } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { BOUNDED_STALENESS, checkStaleness } from './bound.ts';

const params = defineParams({
  within: {
    type: 'duration',
    doc: 'How old a value may be at most when a read of it begins.',
    min: 0,
  },
  versions: {
    type: 'integer',
    doc: 'How many newer versions there may be at most; where it is not given, any number.',
    optional: true,
    min: 0,
  },
});

const boundedStaleness: Checker<typeof params> = {
  name: BOUNDED_STALENESS,
  summary: 'No read returns a value that is older than a bound.',
  sources: ['Terry: Replicated Data Consistency Explained Through Baseball (CACM 2013)'],
  judges: [register],
  params,
  shorthand: 'within',
  check(history, facts, { within, versions } = defaultsOf(params)) {
    const { operations, objectOf } = judgedBy(boundedStaleness, history, facts);
    const bound = { withinUs: msToUs(within), ...(versions === undefined ? {} : { versions }) };
    return checkStaleness(operations, bound, { objectOf });
  },
};

export default boundedStaleness;
