/**
 * Hot key: most operations go to one key, as when a post goes viral. Whoever holds that key holds
 * the load; partitioning and caches by key are no help, and conflicts on it are many.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { LOAD_PARAMS, refuseLoad, strikeLoads } from './parts/load-faults.ts';

export default defineFault({
  name: 'hot-key',
  summary: 'Sends most operations to one key.',
  family: 'load',
  params: defineParams({
    share: {
      type: 'ratio',
      doc: 'Share of the operations that go to it; the others go where they would anyway.',
      default: 0.8,
      min: 0,
      max: 1,
    },
    key: { type: 'text', doc: "The key; the load's first without it.", optional: true },
    ...LOAD_PARAMS,
  }),
  shorthand: 'share',
  refuse: ({ load }, _nodes, loads) => refuseLoad(load, loads),
  inject: (levers, { share, key, load }) =>
    strikeLoads(
      levers,
      load,
      (name) => levers.heatKey(name, key ?? null, share),
      key === undefined ? 'hot' : `hot at ${key}`,
    ),
});
