/** The key `shape` of a load: how its rate goes over time. */
import { defineParams, type Params } from '../../sim/params.ts';
import { msToUs } from '../../sim/units.ts';
import {
  bursts,
  diurnal,
  phases,
  type RatePiece,
  type RateShape,
  ramp,
} from '../../workloads/client/rate-curve.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry } from '../text/source.ts';
import type { ParseContext } from './context.ts';

const LEAST_MS = 0.001;
const MOST_PER_S = 1_000_000;

const time = (doc: string) => ({ type: 'duration', doc, min: LEAST_MS }) as const;
const rate = (doc: string) => ({ type: 'rate', doc, min: 0, max: MOST_PER_S }) as const;

/** One of them. */
export const SHAPE_TABLE = defineParams({
  ramp: {
    type: 'object',
    doc: 'Up or down in a line; then it stays.',
    optional: true,
    fields: defineParams({
      from: rate('The rate at the start.'),
      to: rate('The rate at the end of the ramp, and from then on.'),
      over: time('How long it takes.'),
    }),
  },
  burst: {
    type: 'object',
    doc: "The load's `rate`, and a burst at the end of each period.",
    optional: true,
    fields: defineParams({
      to: rate('The rate within a burst.'),
      for: time('How long a burst lasts.'),
      every: time('The period: from the end of one burst to the end of the next.'),
    }),
  },
  diurnal: {
    type: 'object',
    doc: 'The course of a day: lowest at its begin, highest in its middle, like a cosine.',
    optional: true,
    fields: defineParams({
      low: rate('The lowest rate.'),
      high: rate('The highest rate.'),
      period: time('How long a day lasts.'),
    }),
  },
  phases: {
    type: 'list',
    doc: 'One rate after another, such as `[{ for: 5s, rate: 50/s }]`; behind the last the load is over.',
    optional: true,
    of: {
      type: 'object',
      doc: 'A phase.',
      fields: defineParams({
        for: time('How long it lasts.'),
        rate: rate('The rate, at its start.'),
        to: {
          type: 'rate',
          doc: 'The rate at its end, if it changes on the way.',
          optional: true,
          min: 0,
          max: MOST_PER_S,
        },
      }),
    },
  },
});

type Shapes = Params<typeof SHAPE_TABLE>;

/**
 * The shape as it was written at `entry`; null after a complaint. `rate` is the load's own, which
 * only bursts have.
 */
export function readShape(
  given: Shapes,
  perSecond: number | undefined,
  entry: SourceEntry,
  context: ParseContext,
): RateShape | null {
  const named = Object.keys(SHAPE_TABLE).filter(
    (name) => given[name as keyof Shapes] !== undefined,
  );
  if (named.length !== 1) {
    context.diagnostics.error('DS103', entry.value.spot, '`shape` is one shape', {
      label: `expected one of ${listNames(Object.keys(SHAPE_TABLE), 'or')}`,
      help: ['for example `shape: { ramp: { from: 10/s, to: 100/s, over: 20s } }`'],
    });
    return null;
  }
  const wrong = rateProblem(given, perSecond);
  if (wrong !== null) {
    context.diagnostics.error('DS133', entry.keySpot, wrong.problem, { help: [wrong.help] });
    return null;
  }
  const shape = shapeOf(given, perSecond ?? 0);
  if (highestOf(shape) > 0) return shape;
  context.diagnostics.error('DS105', entry.value.spot, 'a load with this shape asks nothing', {
    label: 'expected a rate above 0 somewhere',
  });
  return null;
}

export function highestOf({ pieces }: RateShape): number {
  return pieces.reduce((most, { from, to }) => Math.max(most, from, to), 0);
}

function rateProblem(
  { burst }: Shapes,
  perSecond: number | undefined,
): { readonly problem: string; readonly help: string } | null {
  if (burst === undefined) {
    if (perSecond === undefined) return null;
    return {
      problem: `${quote('rate')} and this shape exclude each other`,
      help: 'the shape says the rate; only a burst stands out from the rate of its load',
    };
  }
  if (perSecond === undefined) {
    return {
      problem: 'a load with bursts lacks the rate between them',
      help: 'add `rate`, such as `rate: 50/s`',
    };
  }
  if (burst.for < burst.every) return null;
  return {
    problem: 'a burst is shorter than its period',
    help: 'make `for` less than `every`; without a pause between bursts it is a `rate`',
  };
}

function shapeOf(given: Shapes, perSecond: number): RateShape {
  if (given.ramp !== undefined) {
    const { from, to, over } = given.ramp;
    return ramp(from, to, msToUs(over));
  }
  if (given.burst !== undefined) {
    const { to, for: forMs, every } = given.burst;
    return bursts(perSecond, to, msToUs(forMs), msToUs(every));
  }
  if (given.diurnal !== undefined) {
    const { low, high, period } = given.diurnal;
    return diurnal(low, high, msToUs(period));
  }
  const pieces = (given.phases ?? []).map((phase): RatePiece => {
    return { forUs: msToUs(phase.for), from: phase.rate, to: phase.to ?? phase.rate };
  });
  return phases(pieces);
}
