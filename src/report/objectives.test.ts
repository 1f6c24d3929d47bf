/** The section OBJECTIVES, as people read it. */
import { expect, test } from 'vitest';
import { buildResult } from '../../test/support/result.ts';
import type { Promised } from '../scenarios/result.ts';
import { createInk } from './ink.ts';
import { renderObjectives } from './objectives.ts';

const ink = createInk({ color: false, ascii: false, width: 100 });

const missed: Promised = {
  objective: {
    name: 'visits',
    sli: 'answered',
    withinUs: 200_000,
    of: ['visits'],
    target: 0.99995,
    windowUs: 720_000_000,
    by: 'requests',
    sliceUs: 1_000_000,
    sliceTarget: 0.95,
    alerts: [{ burn: 14.4, longUs: 1_000_000, shortUs: 83_333 }],
  },
  events: 10_000,
  bad: 20,
  sli: 0.998,
  burn: 40,
  allowed: 8,
  left: -1.5,
  exhaustedAtUs: 31_000_000,
  downtime: 'down for 26m18s a year',
  firings: [
    { burn: 14.4, longUs: 1_000_000, fromUs: 20_000_000, untilUs: 21_000_000 },
    { burn: 14.4, longUs: 1_000_000, fromUs: 25_000_000, untilUs: null },
  ],
};

const shown = (...objectives: readonly Promised[]) =>
  renderObjectives({ ...buildResult(), objectives }, ink);

test('an objective that was missed: how far, since when, and who was called', () => {
  expect(shown(missed)).toEqual([
    'OBJECTIVES',
    '  ✗ visits  99.80%, 9,980 of 10,000 requests; target 99.995% answered within 200ms',
    '      budget for 12m: 8 bad, spent 2.5 times, used up at 31.000s; burn rate 40',
    '      alerts: a burn of 14.4 over 1s: first at 20.000s, 2 times, and still fires',
    '      99.995% allows: down for 26m18s a year',
  ]);
});

test('one that was kept, by time, without alerts', () => {
  const objective = { ...missed.objective, by: 'time', target: 0.9, alerts: [] } as const;
  const kept = { left: 0.25, exhaustedAtUs: null, firings: [], burn: 0.75, events: 100, bad: 7 };
  expect(shown({ ...missed, ...kept, objective, sli: 0.93 }).slice(1, 4)).toEqual([
    '  ✓ visits  93.00%, 93 of 100 slices of time; target 90% of slices of 1s with 95% answered within 200ms',
    '      budget for 12m: 8 bad, 25.00% left; burn rate 0.75',
    '      no alerts',
  ]);
});

test('without a request nothing is said of it, and without objectives nothing at all', () => {
  const idle = { sli: null, burn: null, left: null, events: 0, bad: 0, firings: [], allowed: 0 };
  expect(shown({ ...missed, ...idle })[1]).toContain('visits  nothing was asked');
  expect(shown()).toEqual([]);
});
