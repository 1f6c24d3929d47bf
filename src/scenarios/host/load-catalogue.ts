/**
 * The catalogue for a scenario: every name from the generated lists, and the items that the
 * scenario names, loaded.
 */
import { checkers } from '../../checks/index.ts';
import { metrics } from '../../checks/metrics/index.ts';
import { faults } from '../../faults/index.ts';
import { selectorWords } from '../../faults/parts/select.ts';
import { policies, systems } from '../../nodes/index.ts';
import type { AnySystem } from '../../sim/system.ts';
import { workloads } from '../../workloads/index.ts';
import { kindsOf } from '../presets/preset.ts';
import {
  type Catalogue,
  type KindsNamed,
  type OwnKindRefusal,
  ownKindKey,
  type Shelf,
} from '../sections/catalogue.ts';
import type { SourceScalar } from '../text/source.ts';
import { presets } from './preset-list.ts';

/** Loads a system from a user's own file: the system, or why not. */
export type OwnKindLoader = (kind: SourceScalar) => Promise<AnySystem | OwnKindRefusal>;

/** Calls its argument, and returns what that returns. */
export type Within = <T>(work: () => T) => T;

export async function loadCatalogue(named: KindsNamed, loadOwn: OwnKindLoader): Promise<Catalogue> {
  const own = new Map<string, AnySystem | OwnKindRefusal>();
  for (const kind of named.own) {
    const key = ownKindKey(kind);
    if (!own.has(key)) own.set(key, await loadOwn(kind));
  }
  const products = await shelve(presets, named.systems, (module) => module.preset);
  const kinds = named.systems.flatMap((name) => {
    const preset = products.items.get(name);
    return preset === undefined ? [name] : kindsOf(preset);
  });
  return {
    systems: await shelve(systems, [...new Set(kinds)], (module) => module.default),
    presets: products,
    policies: await shelve(policies, named.policies, (module) => module.policy),
    faults: await shelve(faults, named.faults, (module) => module.default),
    workloads: await shelve(workloads, named.workloads, (module) => module.default),
    checkers: await shelve(checkers, named.checks, (module) => module.default),
    // Metrics are few and small: they come together.
    metrics: {
      summaries: new Map([...metrics].map(([name, { summary }]) => [name, summary])),
      items: metrics,
    },
    selectorWords,
    own,
  };
}

interface Listed<M> {
  readonly summary: string;
  load(): Promise<M>;
}

async function shelve<M, T>(
  list: ReadonlyMap<string, Listed<M>>,
  named: readonly string[],
  itemOf: (module: M) => T,
): Promise<Shelf<T>> {
  const summaries = new Map([...list].map(([name, { summary }]) => [name, summary]));
  const items = new Map<string, T>();
  for (const name of named) {
    const listed = list.get(name);
    if (listed !== undefined) items.set(name, itemOf(await listed.load()));
  }
  return { summaries, items };
}
