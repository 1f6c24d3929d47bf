/** The scenario in which a variant of a preset is measured, for the page and for the long suite. */
import { measuredAs, type Preset } from '../src/scenarios/presets/preset.ts';

/** One client beside each member, members 5 to 15 ms apart, and regions 30 to 40. */
export function presetScenario(preset: Preset, variant: string, seed: number): string {
  const { count = 3, regions, workload = 'register' } = measuredAs(preset, variant);
  // Compare-and-set is not for every store.
  const registers = workload === 'register' ? ', cas: 0' : '';
  // Each unanswered write of a node may have made its next version, or not: more nodes, fewer each.
  const keys = workload === 'coordination' ? 15 : 5;
  const where = regions === undefined ? '' : `, region: [${regions.join(', ')}]`;
  const [near, far] = regions ?? [];
  const apart = regions === undefined ? '' : `\n  regions: { ${near}: { ${far}: 30ms..40ms } }`;
  return `name: ${preset.name}-${variant}
seed: ${seed}
nodes:
  db: { kind: ${preset.name}, variant: ${variant}, count: ${count}${where}, disk: { sync: 1ms } }
network:
  latency: 5ms..15ms${apart}
  links:
    - { between: [load, db], latency: 0.2ms }
clients:
  load: { workload: ${workload}, target: db, per-node: 1, rate: 90/s, keys: ${keys}${registers}, timeout: 300ms }
expect:
  - availability >= 1%
`;
}
