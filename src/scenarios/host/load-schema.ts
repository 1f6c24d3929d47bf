/** The JSON Schema of scenario files, with every kind there is: what `dsim schema` prints. */
import { checkers } from '../../checks/index.ts';
import { metrics } from '../../checks/metrics/index.ts';
import { faults } from '../../faults/index.ts';
import { policies, systems } from '../../nodes/index.ts';
import { workloads } from '../../workloads/index.ts';
import { type SchemaItems, scenarioSchemaText } from '../sections/json-schema.ts';
import { presets } from './preset-list.ts';

export async function loadSchemaText(): Promise<string> {
  return scenarioSchemaText(await loadSchemaItems());
}

/** Everything that a scenario can name, loaded. */
export async function loadSchemaItems(): Promise<SchemaItems> {
  const all = <M, T>(
    list: ReadonlyMap<string, { load(): Promise<M> }>,
    itemOf: (module: M) => T,
  ): Promise<T[]> => Promise.all([...list.values()].map(async ({ load }) => itemOf(await load())));
  return {
    systems: await all(systems, (module) => module.default),
    presets: await all(presets, (module) => module.preset),
    policies: await all(policies, (module) => module.policy),
    faults: await all(faults, (module) => module.default),
    workloads: await all(workloads, (module) => module.default),
    checkers: await all(checkers, (module) => module.default),
    metrics: [...metrics.values()],
  };
}
