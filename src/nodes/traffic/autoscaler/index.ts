/** An autoscaler, as a kind of node. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Autoscaler, autoscalerMeasures, autoscalerParams } from './autoscaler.ts';

export default defineSystem({
  name: 'autoscaler',
  title: 'Autoscaler',
  summary: 'Spreads requests over servers, and starts and stops servers as the load asks for it.',
  sources: [
    'The documentation and code of the Kubernetes horizontal pod autoscaler: the rule, tolerance, stabilization',
  ],
  answers: { of: 'of' },
  claims: [],
  params: autoscalerParams,
  bugs: {
    'naive-count': {
      doc: 'Members that are starting count as if they carried load: they are asked for again each period.',
      caughtBy: 'members',
    },
  },
  invariants: [],
  operates: { of: 'of' },
  measures: autoscalerMeasures,
  notes: {
    scaled: {
      doc: 'It starts or stops members.',
      detail: { from: 'Members before.', to: 'Members now.', metric: 'The metric over all.' },
    },
  },
  refuse: ({ min, max, of }) =>
    min > Math.min(max, of.length) ? '`min` is more than `max`, or than there are members' : null,
  create: (params, place, bug) =>
    serve(new Autoscaler(params, place, bug === 'naive-count'), place),
});
