/**
 * Corrupt disk: records and log entries rot where they lie. Reading one throws, since checksums
 * tell; `undetected` takes those away, and a read gives altered data. A record written again is
 * good; the others are good again when the fault heals, as if restored from a mirror.
 *
 * A node that keeps its state in memory reads its disk when it boots: only then is it felt.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'corrupt-disk',
  summary: 'Damages records on disks, so that reading them fails or lies.',
  family: 'disk',
  params: defineParams({
    ...NODE_PARAMS,
    ratio: {
      type: 'ratio',
      doc: 'Chance of each record that is there when it strikes to be hit.',
      default: 0.1,
      min: 0,
      max: 1,
    },
    what: {
      type: 'choice',
      doc: 'Entries of logs, keyed records, or all.',
      options: ['all', 'logs', 'records'],
      default: 'all',
    },
    undetected: {
      type: 'boolean',
      doc: 'No checksum tells: a read gives altered data.',
      default: false,
    },
  }),
  shorthand: 'nodes',
  inject(levers, { nodes, ratio, what, undetected }) {
    let records = 0;
    const done = strikeNodes(levers, nodes, (node) => {
      records += levers.damageDisk(node, { ratio, what, undetected });
    });
    if (done === null) return null;
    const label = `${done.label} (${records} ${records === 1 ? 'record' : 'records'})`;
    return { ...done, label, detail: { ...done.detail, records } };
  },
});
