/** The knobs of a store of conflict-free types. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  type: {
    type: 'choice',
    options: [
      'g-counter',
      'pn-counter',
      'lww-register',
      'mv-register',
      'g-set',
      '2p-set',
      'or-set',
      'rga',
      'logoot',
    ],
    doc: 'What is kept, and so what the store answers: a counter, registers, a set, or a text.',
    default: 'pn-counter',
  },
  sync: {
    type: 'choice',
    options: ['state', 'delta', 'op'],
    doc: 'What replicas send each other: their whole state; what has changed since the other acknowledged; or operations, each applied once, after all that its replica had applied.',
    default: 'delta',
  },
  'gossip-every': {
    type: 'duration',
    doc: 'How often a replica sends; longer is cheaper, and later everywhere.',
    default: 100,
    min: 1,
  },
  'fan-out': {
    type: 'integer',
    doc: 'With `sync: state`, how many replicas, drawn at random, get the state each time.',
    default: 1,
    min: 1,
    max: 100,
  },
  'deltas-max': {
    type: 'integer',
    doc: 'With `sync: delta`, how many changes are kept for a replica that does not acknowledge; one further behind gets the whole state.',
    default: 1000,
    min: 1,
  },
});

export type Settings = Params<typeof params>;
export type TypeName = Settings['type'];
