/** A store without a protocol, as scenarios use it: `kind: naive-store`. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { NaiveStore } from './naive-store.ts';

export default defineSystem({
  name: 'naive-store',
  title: 'Naive store',
  summary:
    'Every member answers from what it has and sends writes to the others once: no protocol.',
  sources: [
    'Bailis & Ghodsi 2013, "Eventual Consistency Today: Limitations, Extensions, and Beyond": why convergence needs a protocol',
  ],
  answers: [register],
  claims: [],
  params: {},
  bugs: {},
  invariants: [],
  measures: {
    replaced: { sort: 'count', doc: 'Copies that took the place of another value.' },
  },
  quorum: () => 1,
  create: () => new NaiveStore(),
});
